"""Two processes of every part, a cluster of three NATS servers, PostgreSQL: one after the other is killed, the story goes on."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nats import connect as connect_to

from services.organisation_chart import PARTS, SERVICES
from services.upkeep import doctor
from shared.runtime.cases import Cases
from shared.runtime.nats_elsewhere import NatsElsewhere
from shared.runtime.relay import Relay
from shared.runtime.store import Store
from tests import checker
from tests.house import until
from tests.journeys.load import Load
from tests.journeys.people import People
from tests.postgres import database_at, why_not
from tests.shared.runtime.carrying import ledger_at, record, working
from tests.shared.runtime.carrying import until as eventually

if why_not():
    pytest.skip(str(why_not()), allow_module_level=True)

from shared.runtime.postgres_ledger import PostgresLedger
from shared.runtime.postgres_store import PostgresShelf
from shared.runtime.sqlite_ledger import SqliteLedger
from tests.many_machines import ManyMachines, NatsCluster, many_machines

LONG_AGO = (datetime.now(UTC) - timedelta(days=40)).isoformat()


@pytest.mark.slow
def test_any_process_and_any_nats_server_may_be_lost(tmp_path: Path):
    with many_machines(tmp_path, database_at(tmp_path)) as house:
        people = People.of(house)
        until(lambda: caught_up(house), "each fact lies on three servers")
        overdue(people)
        load = Load(people, tmp_path / "journal", commands=14 * (len(PARTS) + 1))
        with load.running():
            for number, part in enumerate(PARTS):
                load.after((number + 0.3) / (len(PARTS) + 1))
                if part == "console":
                    house.use(1)
                house.kill_process(part, 0)
                if part == "capa":
                    house.cluster.kill(house.cluster.leader())
            load.after((len(PARTS) + 0.3) / (len(PARTS) + 1))
            overdue(people)
        people.case_at("closed")
        agree(house, people, load)
        examined(house)
        (lost,) = set(house.cluster.ports) - set(house.cluster.running)
        house.cluster.start(lost)
        until(lambda: caught_up(house), "the server that was away has everything again")


def overdue(people: People) -> None:
    """A complaint of long ago: what was promised about it is broken as soon as it is recorded."""
    people.case(occurred_at=LONG_AGO, backdate_reason="found in a drawer")


def agree(house: ManyMachines, people: People, load: Load) -> None:
    """Ledger = stream = what was told; read models as if built anew in a file; each broken promise said once."""
    house.ready()
    entries = checker.check(house.home, house.nats("relay"), people.owner.sees)
    faults = list(load.faults(entries))
    assert not faults, "\n".join(faults[:20])
    said = Counter((one.stream, one.data["clock_id"]) for one in entries if one.type == "Breached")
    assert said and set(said.values()) == {1}
    there, here = PostgresLedger(str(house.database)), SqliteLedger(house.home / "copy.sqlite", "copy")
    with here.writing() as writing:
        writing.append(there.rows(0, 1_000_000))
    shelf = PostgresShelf(str(house.database))
    for model in (model for service in SERVICES.values() for model in service.read_models):
        anew = Store(model, house.home / "read", "copy:1", Cases(here))
        while behind := here.rows(anew.position, 500):
            anew.apply_rows(behind)
        assert shelf.read_only(model).dump() == anew.dump(), model.name
        anew.close()
    shelf.close()
    there.close()
    here.close()


def examined(house: ManyMachines) -> None:
    """The doctor looks at NATS as well, wherever that is; the server that is away does not matter to him."""
    nats = NatsElsewhere(house.cluster.url, "relay", house.cluster.passwords["relay"])
    findings = doctor(house.home, str(house.database), False, lambda line: None, nats)
    assert all(finding.ok for finding in findings), [finding for finding in findings if not finding.ok]
    said = [finding.what for finding in findings]
    assert (
        any(f"stream {checker.STREAM} at " in what for what in said) and sum("durable " in what for what in said) > 10
    )
    (wrong,) = (
        one for one in doctor(house.home, str(house.database), False, print, replace(nats, password="x")) if not one.ok
    )
    assert "nats-server cannot be reached" in wrong.what and "another address or password" in (wrong.way_out or "")


def caught_up(house: ManyMachines) -> bool:
    """Three servers, none behind."""
    return any(
        len(one["cluster"].get("replicas") or ()) == 2
        and all(other.get("current") and not other.get("lag") for other in one["cluster"]["replicas"])
        for one in house.cluster.streams()
    )


def test_the_stream_moves_to_three_servers_while_it_runs(tmp_path: Path):
    """With the cluster's own configuration: the relay may do this, and only the relay may publish facts."""

    async def main() -> None:
        cluster = NatsCluster(tmp_path / "nats")
        cluster.start()
        ledger = ledger_at(tmp_path, 5)
        try:
            for replicas in (1, 3):
                nats = NatsElsewhere(cluster.url, "relay", cluster.passwords["relay"], replicas)
                relay = Relay(ledger, nats.login("relay"), poll_s=0.05)
                async with working(relay.run()):
                    record(ledger, 1)
                    await eventually(lambda relay=relay: relay.position == ledger.head())
                    await eventually(lambda n=replicas: on_servers(cluster) == n)
            other = await connect_to(**cluster.login("intake"))
            with pytest.raises(TimeoutError):
                await other.request("casetrail.fact.sz.complaint.Received", b"{}", timeout=1)
            assert (await other.jetstream().stream_info(checker.STREAM)).state.last_seq == ledger.head()
            await other.close()
        finally:
            cluster.close()

    asyncio.run(main())


def on_servers(cluster: NatsCluster) -> int:
    return max((1 + len(one["cluster"].get("replicas") or ()) for one in cluster.streams()), default=0)
