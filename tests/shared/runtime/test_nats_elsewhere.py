"""NATS that somebody else looks after: what may be wrong with it is told, nothing is touched, and nobody need help afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from nats.js.api import DiscardPolicy, RetentionPolicy, StreamConfig

from shared.kernel.errors import Refused
from shared.runtime.nats_elsewhere import NatsElsewhere
from shared.runtime.nats_names import FACTS, STREAM
from shared.runtime.nats_syncing import advice
from shared.runtime.relay import Relay
from tests.house import free_port
from tests.house import until as wait_until
from tests.shared.runtime.carrying import in_stream, ledger_at, level, record, until, working
from tests.shared.runtime.nats_of_others import PLAIN, STORE, Server, server_of_others


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with server_of_others(tmp_path) as server:
        yield server


def relay_for(server: Server, ledger: Any) -> Relay:
    return Relay(ledger, server.login, poll_s=0.02)


def says(relay: Relay, *words: str) -> bool:
    return all(word in (relay.fault or "") for word in words)


def test_without_jetstream_it_says_so_and_goes_on_when_there_is_one(server: Server, tmp_path: Path):
    async def main() -> None:
        server.start(PLAIN)
        ledger = ledger_at(tmp_path, 7)
        relay = relay_for(server, ledger)
        async with working(relay.run()):
            await until(lambda: says(relay, "without JetStream", "jetstream {"))
            server.stop()
            server.start(PLAIN, STORE)
            await relay.ready()
            assert relay.fault is None
            connection = await server.connect()
            assert await in_stream(connection.jetstream()) == list(range(1, 8))
            await connection.close()

    asyncio.run(main())


def test_an_account_without_jetstream(server: Server, tmp_path: Path):
    async def main() -> None:
        users = "users: [{user: relay, password: secret}]"
        server.start("accounts {A {" + users + "}}", STORE)
        relay = relay_for(server, ledger_at(tmp_path, 1))
        async with working(relay.run()):
            await until(lambda: says(relay, "without JetStream", "account"))
            server.stop()
            server.start("accounts {A {jetstream: enabled, " + users + "}}", STORE)
            await relay.ready()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("other", "said"),
    [
        pytest.param({"metadata": {}}, "somebody else", id="of nobody we know"),
        pytest.param({"metadata": {"ledger": "L9", "epoch": "1"}}, "L9", id="of another ledger"),
        pytest.param({"subjects": ["orders.>"]}, "subjects=orders.>", id="for other subjects"),
        pytest.param({"retention": RetentionPolicy.WORK_QUEUE}, "retention=workqueue", id="that forgets what was read"),
        pytest.param({"max_age": 3600}, "max_age=3600s", id="that forgets what is old"),
        pytest.param({"max_msgs_per_subject": 1}, "max_msgs_per_subject=1", id="that keeps the last of each"),
        pytest.param({"allow_atomic": False}, "allow_atomic=false", id="that takes no batches"),
    ],
)
def test_a_stream_of_that_name_that_is_other_than_ours(
    server: Server, tmp_path: Path, other: dict[str, Any], said: str
):
    async def main() -> None:
        server.start(PLAIN, STORE)
        connection = await server.connect()
        js = connection.jetstream()
        config = {
            "name": STREAM, "subjects": [f"{FACTS}.>"], "allow_atomic": True, "discard": DiscardPolicy.NEW,
            "metadata": {"ledger": "L1", "epoch": "1"}, **other,
        }  # fmt: skip
        await js.add_stream(StreamConfig(**config))
        await js.publish(config["subjects"][0].replace(">", "of.theirs"), b"kept")
        before = (await js.stream_info(STREAM)).config
        ledger = ledger_at(tmp_path, 3)
        relay = relay_for(server, ledger)
        async with working(relay.run()):
            await until(lambda: says(relay, said, "nothing in it was touched", "goes on by itself"))
            assert (await js.get_msg(STREAM, seq=1)).data == b"kept"
            assert (await js.stream_info(STREAM)).config == before
            await js.delete_stream(STREAM)
            await relay.ready()
            assert await in_stream(js) == [1, 2, 3]
        await connection.close()

    asyncio.run(main())


def test_a_stream_that_was_sealed_by_hand(server: Server, tmp_path: Path):
    async def main() -> None:
        server.start(PLAIN, STORE)
        ledger = ledger_at(tmp_path, 3)
        relay = relay_for(server, ledger)
        async with working(relay.run()):
            await relay.ready()
            connection = await server.connect()
            js = connection.jetstream()
            config = (await js.stream_info(STREAM)).config
            config.sealed = True
            await js.update_stream(config=config)
            record(ledger, 1)
            await until(lambda: says(relay, "other settings", "sealed"))
            await js.delete_stream(STREAM)
            await level(js, ledger)
            await until(lambda: relay.fault is None)
            await connection.close()

    asyncio.run(main())


def test_of_two_relays_one_publishes_and_the_other_steps_in(server: Server, tmp_path: Path):
    async def main() -> None:
        server.start(PLAIN, STORE)
        ledger = ledger_at(tmp_path, 20)
        relays = [relay_for(server, ledger), relay_for(server, ledger)]
        faults = set[str | None]()
        connection = await server.connect()
        js = connection.jetstream()
        async with working(*(relay.run() for relay in relays)) as tasks:
            await asyncio.gather(*(relay.ready() for relay in relays))
            for _ in range(60):
                record(ledger, 1)
                for relay in relays:
                    relay.wake()
                await level(js, ledger)
                faults |= {relay.fault for relay in relays}
            assert faults == {None}, "being second is no fault"
            assert [relay._second for relay in relays].count(True) == 1
            first = next(number for number, relay in enumerate(relays) if not relay._second)
            tasks[first].cancel()
            record(ledger, 5)
            await level(js, ledger)
            assert await in_stream(js) == list(range(1, 86))
            assert relays[1 - first].fault is None
        await connection.close()

    asyncio.run(main())


async def _greeting_of_an_older_one(server: Server) -> asyncio.Server:
    """In front of the real one, a proxy that changes the version in its greeting: an older one cannot be installed beside it."""

    async def passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(re.sub(rb'"version":"[^"]+"', b'"version":"2.11.11"', await there.readline()))

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError):
                while some := await source.read(65_536):
                    sink.write(some)
                    await sink.drain()
            sink.close()

        await asyncio.gather(pump(reader, back), pump(there, writer))

    return await asyncio.start_server(passed_on, "127.0.0.1", 0)


def test_a_server_that_is_too_old(server: Server, tmp_path: Path):
    async def main() -> None:
        server.start(PLAIN, STORE)
        await (await server.connect()).close()
        older = await _greeting_of_an_older_one(server)
        url = f"nats://127.0.0.1:{older.sockets[0].getsockname()[1]}"
        relay = Relay(ledger_at(tmp_path, 2), replace(server.login, url=url), poll_s=0.02)
        async with working(relay.run()):
            await until(lambda: says(relay, "nats-server is 2.11.11", "install nats-server 2.12 or newer"))
        older.close()

    asyncio.run(main())


def _monitor(port: int) -> str:
    return f'http: "127.0.0.1:{port}"'


def test_a_server_that_says_too_early_that_it_has_a_fact(server: Server, tmp_path: Path, caplog: Any):
    """A warning, by the start and by `casetrail doctor`: NATS can be refilled. Three servers are the other way out."""
    port = free_port()
    login = replace(server.login, monitor_port=port)
    server.start(PLAIN, _monitor(port), "jetstream {store_dir: STORE}")
    until_answered(port)
    ((what, way_out),) = advice(login)
    assert (
        "before that is on its disk" in what and "sync_interval: always" in way_out and "--nats-replicas 3" in way_out
    )
    assert not list(advice(replace(login, replicas=3))) and not list(advice(replace(login, elsewhere=False)))

    async def main() -> None:
        async with working(Relay(ledger_at(tmp_path, 1), login).run()):
            await until(lambda: what in caplog.text)

    asyncio.run(main())
    server.stop()
    server.start(PLAIN, _monitor(port), STORE)
    until_answered(port)
    assert not list(advice(login))


@pytest.mark.parametrize("other", ["", "without JetStream"])
def test_whether_a_server_syncs_cannot_be_seen(server: Server, other: str):
    port = free_port()
    server.start(PLAIN, *([_monitor(port)] if other else []))
    if other:
        until_answered(port)
    ((what, way_out),) = advice(replace(server.login, monitor_port=port))
    assert f"could not be seen: http://127.0.0.1:{port}/varz" in what and "--nats-monitor" in way_out


def until_answered(port: int) -> None:
    """Its monitor is there."""

    def answers() -> bool:
        with contextlib.suppress(OSError), urlopen(f"http://127.0.0.1:{port}/healthz"):
            return True
        return False

    wait_until(answers, "nats-server's monitor answers")


def test_subscribers_are_named_in_the_configuration_of_the_servers():
    there = NatsElsewhere("nats://a:4222", "relay", "secret", readers={"warehouse": "sz", "erp": None})
    assert there.subscribers() == {"sub-warehouse": f"{FACTS}.sz.>", "sub-erp": f"{FACTS}.>"}
    for change in (there.add_subscriber, there.remove_subscriber):
        with pytest.raises(Refused) as refusal:
            change("another")
        assert refusal.value.rule == "G-SUBSCRIBER" and "casetrail nats config" in (refusal.value.way_out or "")
    with pytest.raises(KeyError):
        there.login("intake")
