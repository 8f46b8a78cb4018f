"""The doctor: what is in order in a home, what is not, and the way out. It changes nothing but lost durables."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace

from nats.errors import Error as NatsError
from nats.js.api import DiscardPolicy
from nats.js.errors import NotFoundError

from services.organisation_chart import SERVICES, durables
from services.start_options import Finding
from services.stores import CLOCK_WAY_OUT, clock_fault
from shared.kernel.errors import Problem
from shared.runtime.codec import Unreadable, digest, understood
from shared.runtime.home import Home
from shared.runtime.ledger import DamagedLedger, Ledger
from shared.runtime.nats_elsewhere import NatsElsewhere
from shared.runtime.nats_names import STREAM, NatsLogin
from shared.runtime.nats_server import EmbeddedNats
from shared.runtime.nats_syncing import advice
from shared.runtime.read_model import ReadModel
from shared.runtime.relay import connect, jetstream
from shared.runtime.shelf import Shelf
from shared.runtime.store import Damaged
from shared.runtime.stream import info_of, is_ours, look_at_server

AT_ONCE = 1_000
PATIENCE_S = 10.0
"""For servers on other machines."""

MODELS: dict[str, type[ReadModel]] = {
    model.name: model for service in SERVICES.values() for model in service.read_models
}
REACTIONS = tuple(name for service in SERVICES.values() for name in service.reactions)
Told = Callable[[str], None]
AGAIN = "it is made again by itself within seconds"
_RESTORE = "restore the ledger from a backup that doctor --deep finds in order"


def examine(
    home: Home, ledger: Ledger, shelf: Shelf, deep: bool, told: Told, elsewhere: NatsElsewhere | None = None
) -> list[Finding]:
    """All findings, the grave ones among them. `elsewhere`: the NATS of other machines, as the relay's user."""
    found = [*_ledger(ledger), *_read_models(home, ledger, shelf, deep)]
    if deep:
        try:
            found += _every_fact(ledger, told)
        except DamagedLedger as error:
            found.append(Finding(False, str(error), _RESTORE))
        found += _every_file(home)
    if elsewhere or home.occupant():
        nats = elsewhere or EmbeddedNats(home, durables())
        return [*found, *asyncio.run(_stream(ledger, nats.login("relay")))]
    return [*found, Finding(True, "not running: the stream was not looked at")]


def _every_file(home: Home) -> Iterator[Finding]:
    """Every stored file still has the content it is named after."""
    folder, count = home / "files", 0
    for path in sorted(folder.glob("??/*")) if folder.exists() else ():
        count += 1
        if digest(path.read_bytes()) != path.name:
            yield Finding(False, f"file {path.name} does not match its SHA-256", "put it back from a backup")
    yield Finding(True, f"{count} stored files re-read")


def _ledger(ledger: Ledger) -> Iterator[Finding]:
    identity = ledger.identity()
    weak = ledger.weaknesses()
    yield Finding(
        not weak,
        "what protects the facts: " + ("; ".join(weak) if weak else "all in place"),
        _RESTORE if weak else None,
    )
    yield Finding(True, f"ledger {identity.ledger_id}, epoch {identity.epoch}, {ledger.head()} facts")
    for what, way_out in ledger.advice():
        yield Finding(True, what, way_out)
    behind = clock_fault(ledger, simulated=identity.simulated)
    yield Finding(behind is None, behind or "the clock is not behind the last fact", CLOCK_WAY_OUT if behind else None)
    refused = ledger.refusals()
    yield Finding(
        not refused,
        f"{len(refused)} orders of reactions were refused" + (f"; first: {refused[0]}" if refused else ""),
        "look at the facts at these positions (casetrail tail --after N)" if refused else None,
    )


def _every_fact(ledger: Ledger, told: Told) -> Iterator[Finding]:
    """Re-read everything: gaps, hashes, readability, versions, order of recording; names the first bad position."""
    after, recorded, versions = 0, "", dict[str, int]()
    while rows := ledger.rows(after, AT_ONCE):
        for row in rows:
            wrong = None
            if row.position != after + 1:
                wrong = f"positions {after + 1} to {row.position - 1} are missing"
            elif digest(row.body) != row.sha256:
                wrong = f"position {row.position} ({row.topic}) does not match its SHA-256"
            elif row.recorded_at < recorded:
                wrong = f"position {row.position} was recorded before its predecessor"
            elif row.version != versions.get(row.stream, 0) + 1:
                before = versions.get(row.stream, 0)
                wrong = f"position {row.position}: version {row.version} of {row.stream} does not follow {before}"
            else:
                try:
                    understood(row)  # past the cache: what is on the disk counts
                except Unreadable as error:
                    wrong = str(error)
            if wrong:
                yield Finding(False, f"first bad position: {wrong}", _RESTORE)
                return
            after, recorded, versions[row.stream] = row.position, row.recorded_at, row.version
        told(f"{after} facts re-read")
    yield Finding(True, f"every one of {after} facts re-read: no gap, all bytes match their SHA-256")


def _read_models(home: Home, ledger: Ledger, shelf: Shelf, deep: bool) -> Iterator[Finding]:
    head = ledger.head()
    for model in MODELS.values():
        store = shelf.read_only(model)
        if not store.made:
            yield Finding(True, f"read model {model.name} will be built at the next start")
            continue
        try:
            position = store.position_on_disk()
            if deep:
                store.examine()
        except Damaged as damaged:
            yield Finding(False, str(damaged), damaged.way_out)
            continue
        behind = head - position
        if behind < 0:
            yield Finding(
                False, f"read model {model.name} at {position}, beyond the end of the ledger at {head}",
                "facts are missing at the end of the ledger, or an older one was put back; the next start builds it anew",
            )  # fmt: skip
            continue
        ok = behind < 10_000 or not home.occupant()
        yield Finding(
            ok,
            f"read model {model.name} at {position}, {behind} behind",
            None if ok else f"casetrail rebuild {model.name}",
        )
    for name in REACTIONS:
        position = ledger.position(name)
        if position > head:
            yield Finding(
                False,
                f"{name} at {position}, beyond the end of the ledger at {head}: facts are missing there",
                _RESTORE,
            )


async def _stream(ledger: Ledger, login: NatsLogin) -> list[Finding]:
    restart = "restart the relay" if login.elsewhere else "casetrail down, casetrail up"
    try:
        async with asyncio.timeout(PATIENCE_S):
            connection = await connect(login)
    except (NatsError, OSError, TimeoutError) as error:
        way_out = "start it, or name another address or password" if login.elsewhere else f"restart with {restart}"
        return [Finding(False, f"nats-server cannot be reached: {error or 'no answer'}", way_out)]
    try:
        await look_at_server(connection)
        js = jetstream(connection)
        if (info := await info_of(js)) is None:
            return [Finding(False, f"there is no stream {STREAM}", AGAIN)]
        ours = is_ours(info.config, ledger.identity(), elsewhere=login.elsewhere)
        found = [
            Finding(
                ours and info.state.last_seq <= ledger.head(),
                f"stream {STREAM} at {info.state.last_seq}, ledger at {ledger.head()}"
                + ("" if ours else "; it is of another ledger"),
                None if ours else AGAIN,
            )
        ]
        if info.config.discard != DiscardPolicy.NEW:
            found.append(
                Finding(
                    False,
                    f"stream {STREAM} has discard=old: when it is full it drops its oldest facts and says nothing",
                    f"the relay sets discard=new when it starts: {restart}",
                )
            )
        alone = replace(login, replicas=info.config.num_replicas or 1)
        found += [Finding(True, *told) for told in await asyncio.to_thread(lambda: list(advice(alone)))]
        for names in durables().values():
            for name in names:
                consumer = await js.consumer_info(STREAM, name)
                bound = bool(consumer.push_bound)
                found.append(
                    Finding(
                        bound,
                        f"durable {name}, {consumer.num_pending} pending",
                        None if bound else "it is bound again by itself within seconds",
                    )
                )
        return found
    except Problem as problem:
        return [Finding(False, problem.detail, problem.way_out)]
    except NotFoundError as error:
        return [Finding(False, f"a durable is missing: {error.description}", AGAIN)]
    except NatsError as error:
        said = f"nats-server does not answer what it is asked about the stream: {error or type(error).__name__}"
        return [Finding(False, said, "the relay's /readyz says what is wrong with it")]
    finally:
        await connection.close()
