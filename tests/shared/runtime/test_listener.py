"""Listeners on the real nats-server: every fact once, each at its own pace, healed by the doctor and the ledger."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from nats.errors import Error as NatsError

from shared.kernel.errors import Unavailable
from shared.runtime.bus import JUMP, Bus
from shared.runtime.codec import Row, headers
from shared.runtime.health import Health
from shared.runtime.listener import Listener
from shared.runtime.nats_names import STREAM
from shared.runtime.nats_server import EmbeddedNats
from shared.runtime.pace import Pace
from shared.runtime.service import Service
from shared.runtime.sqlite_ledger import SqliteLedger
from shared.runtime.store import Store
from tests.shared.runtime.carrying import jetstream_of, ledger_at, record, relay_for, server_at, until, working
from tests.shared.runtime.ledgers import NO_CASES, row
from tests.shared.runtime.test_store import Cases, count
from tests.stores import spoil

TIMELINE, OTHER = "audit-timeline", "audit-other"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedNats]:
    with server_at(tmp_path) as server:
        yield server


class Counting(Listener):
    """Notes which messages were delivered to it."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.delivered = list[int]()

    async def take(self, message: Any) -> None:
        self.delivered.append(int(message.headers["ce-position"]))
        await super().take(message)


@asynccontextmanager
async def listening(
    server: EmbeddedNats, ledger: SqliteLedger, path: Path, *names: str
) -> AsyncGenerator[tuple[Bus, list[Counting]]]:
    """A relay and listeners of one service, all running."""
    listeners = [
        Counting(name, Store(Cases, path / "read" / name, "L1:1", NO_CASES), ledger) for name in names or (TIMELINE,)
    ]
    bus = Bus(Service("audit"), server.login("audit"), listeners)
    relay = relay_for(server, ledger)
    async with working(relay.run(), *(listener.run() for listener in listeners)):
        await relay.ready()
        await bus.start()
        try:
            yield bus, listeners
        finally:
            with contextlib.suppress(NatsError):  # the server may be away
                await bus.stop()


async def level(ledger: SqliteLedger, *listeners: Listener) -> None:
    await until(lambda: all(listener.position == ledger.head() for listener in listeners))


async def delivered_again(ledger: SqliteLedger, listener: Counting) -> None:
    """Until something new is delivered; what was read from the ledger first is passed by."""
    last = ledger.head()

    async def nudged() -> bool:
        record(ledger, 1)
        await listener.reached(ledger.head(), timeout_s=10)
        return any(position > last for position in listener.delivered)

    await until(nudged)


def rows_of(listener: Listener) -> int:
    assert isinstance(listener.sink, Store)
    return count(listener.sink)


def test_facts_arrive_as_they_are_recorded(server: EmbeddedNats, tmp_path: Path):
    async def main() -> None:
        ledger = ledger_at(tmp_path, 5)
        async with listening(server, ledger, tmp_path) as (_, (listener,)):
            await level(ledger, listener)
            for _ in range(10):
                record(ledger, 3)
                await listener.reached(ledger.head())
            assert rows_of(listener) == 35
            assert listener.fault is None
            await until(lambda: bool(listener.delivered))

    asyncio.run(main())


def test_a_read_model_that_is_damaged_is_built_anew_by_itself(server: EmbeddedNats, tmp_path: Path):
    async def main() -> None:
        ledger = ledger_at(tmp_path, 400)
        async with listening(server, ledger, tmp_path) as (_, (listener,)):
            await level(ledger, listener)
            assert isinstance(listener.sink, Store)
            listener.sink.engine.dispose()  # its log is written into the file
            spoil(listener.sink.path, 4096)
            with pytest.raises(Unavailable, match="damaged"):
                rows_of(listener)
            await until(lambda: rows_or_none(listener) == 400)
            record(ledger, 3)
            await listener.reached(ledger.head())
            assert rows_of(listener) == 403 and listener.fault is None

    def rows_or_none(listener: Listener) -> int | None:
        try:
            return rows_of(listener)
        except Unavailable:
            return None

    asyncio.run(main())


def test_far_behind_it_reads_the_ledger(server: EmbeddedNats, tmp_path: Path):
    async def main() -> None:
        ledger = ledger_at(tmp_path, 3 * JUMP)
        async with listening(server, ledger, tmp_path) as (bus, (listener,)):
            await level(ledger, listener)
            assert rows_of(listener) == 3 * JUMP
            await bus.ensure(listener)
            await delivered_again(ledger, listener)
            assert len(listener.delivered) < 3 * JUMP / 2, "the consumer was moved on instead of delivering old news"

    asyncio.run(main())


def test_a_consumer_far_behind_its_listener_is_moved_on(server: EmbeddedNats, tmp_path: Path):
    async def main() -> None:
        ledger = ledger_at(tmp_path, 2 * JUMP)
        async with listening(server, ledger, tmp_path) as (bus, (listener,)), jetstream_of(server) as js:
            await level(ledger, listener)
            await js.delete_consumer(STREAM, TIMELINE)
            listener.delivered.clear()
            await bus.ensure(listener)
            assert listener.behind_stream > JUMP, "a durable made anew would begin at 1"
            await delivered_again(ledger, listener)
            assert len(listener.delivered) < JUMP

    asyncio.run(main())


def test_a_lost_durable_is_made_again_and_catches_up(server: EmbeddedNats, tmp_path: Path):
    async def main() -> None:
        ledger = ledger_at(tmp_path, 5)
        async with listening(server, ledger, tmp_path) as (bus, (listener,)), jetstream_of(server) as js:
            await level(ledger, listener)
            await js.delete_consumer(STREAM, TIMELINE)
            record(ledger, 5)
            await bus.ensure(listener)
            await level(ledger, listener)
            await delivered_again(ledger, listener)
            assert rows_of(listener) == ledger.head()

    asyncio.run(main())


def test_without_any_nudge_it_looks_at_the_ledger_itself(server: EmbeddedNats, tmp_path: Path):
    async def main() -> None:
        ledger = ledger_at(tmp_path, 5)
        async with listening(server, ledger, tmp_path) as (_, (listener,)):
            await level(ledger, listener)
            server.stop()
            record(ledger, 5)
            await level(ledger, listener)
            server.start()
            assert rows_of(listener) == 10

    asyncio.run(main())


class Damaged:
    """A ledger one of whose bodies cannot be read."""

    def __init__(self, ledger: SqliteLedger, position: int) -> None:
        self.ledger, self.position = ledger, position

    def __getattr__(self, name: str) -> Any:
        return getattr(self.ledger, name)

    def rows(self, after: int, limit: int, up_to: int | None = None) -> Sequence[Row]:
        found = self.ledger.rows(after, limit, up_to)
        return [one._replace(body=b"{") if one.position == self.position else one for one in found]


def test_a_fact_that_cannot_be_read_stops_one_listener_loudly_and_no_other(server: EmbeddedNats, tmp_path: Path):
    async def main() -> None:
        ledger = ledger_at(tmp_path, 300)
        async with listening(server, ledger, tmp_path, TIMELINE, OTHER) as (_, (whole, other)):
            await level(ledger, whole, other)
        sick = Counting(TIMELINE, Store(Cases, tmp_path / "sick", "L1:1", NO_CASES), Damaged(ledger, 120))
        async with working(sick.run()):
            with pytest.raises(Unavailable, match="position 120"):
                await sick.reached(300, timeout_s=10)
            assert "position 120" in str(sick.fault)
            assert sick.position < 120, "never skipped"
            with pytest.raises(Unavailable, match="position 120"):
                await sick.reached(300)

    asyncio.run(main())


def test_a_fact_that_cannot_be_applied_stops_one_listener_and_no_other(server: EmbeddedNats, tmp_path: Path):
    async def main() -> None:
        ledger = ledger_at(tmp_path, 5)
        async with listening(server, ledger, tmp_path, TIMELINE, OTHER) as (_, (sick, well)):
            await level(ledger, sick, well)
            real = sick.sink.apply_rows

            def apply_rows(rows: Sequence[Row]) -> None:
                if any(one.position == 7 for one in rows):
                    raise ZeroDivisionError
                real(rows)

            sick.sink.apply_rows = apply_rows  # type: ignore[method-assign]
            record(ledger, 5)
            await level(ledger, well)
            await until(lambda: sick.fault is not None and "ZeroDivisionError" in sick.fault)
            assert (sick.position < 7, well.fault) == (True, None)
            sick.sink.apply_rows = real  # type: ignore[method-assign]
            await level(ledger, sick)
            await until(lambda: sick.fault is None)
            assert rows_of(sick) == 10

    asyncio.run(main())


def messages_of_others(ledger: SqliteLedger) -> Iterator[tuple[dict[str, str], bytes]]:
    """Whatever may be on the stream: poison, an old fact, one twice, one too early, and one that nobody has recorded."""
    identity, after = ledger.identity(), ledger.head() + 1
    yield {"ce-position": str(after)}, b"{}"
    yield {"ce-position": "six"}, b"\x00\xff"
    yield {}, b""
    old = ledger.rows(2, 1)[0]
    yield headers(old, identity), old.body
    for position in (after, after, after + 3, after + 1):
        forged = row(position, "complaint-forged", position)
        yield headers(forged, identity), forged.body


def test_what_the_ledger_does_not_hold_does_not_reach_the_rows(server: EmbeddedNats, tmp_path: Path):
    """Not even a message that looks like the next fact in every way."""

    class Stranger:
        def __init__(self, said: dict[str, str], data: bytes) -> None:
            self.headers, self.data, self.acknowledged = said, data, False

        async def ack(self) -> None:
            self.acknowledged = True

    async def main() -> None:
        ledger = ledger_at(tmp_path, 5)
        listener = Listener(TIMELINE, Store(Cases, tmp_path / "read", "L1:1", NO_CASES), ledger)
        async with working(listener.run()):
            await listener.reached(ledger.head(), timeout_s=10)
            for stranger in [Stranger(*message) for message in messages_of_others(ledger)]:
                await listener.take(stranger)
                await until(lambda stranger=stranger: stranger.acknowledged)
                assert (listener.position, rows_of(listener), listener.fault) == (5, 5, None)
            record(ledger, 2)
            await listener.reached(7, timeout_s=10)
            assert rows_of(listener) == 7

    asyncio.run(main())


def test_a_wait_that_takes_too_long_is_an_answer(tmp_path: Path):
    async def main() -> None:
        listener = Listener(TIMELINE, Store(Cases, tmp_path / "read", "L1:1", NO_CASES), ledger_at(tmp_path, 1))
        with pytest.raises(Unavailable, match="has not reached 9"):
            await listener.reached(9, timeout_s=0.05)

    asyncio.run(main())


def test_what_lags_is_hurried_by_whoever_waits_for_it(tmp_path: Path):
    async def main() -> None:
        ledger = ledger_at(tmp_path)
        listener = Listener(TIMELINE, Store(Cases, tmp_path / "read", "L1:1", NO_CASES), ledger)
        listener._pace = Pace(600.0, 600.0)  # its second turn would come after all patience
        health = Health(ledger, [listener], None)
        async with working(listener.run()):
            for _ in range(3):
                record(ledger, 1)
                health.hurry()
                await level(ledger, listener)

    asyncio.run(main())


def test_a_rebuild_answers_when_it_is_done(tmp_path: Path):
    async def main() -> None:
        ledger = ledger_at(tmp_path, 50)
        listener = Listener(TIMELINE, Store(Cases, tmp_path / "read", "L1:1", NO_CASES), ledger)
        async with working(listener.run()):
            await listener.reached(ledger.head(), timeout_s=10)
            assert row(50).position == listener.position
            await listener.rebuild()
            assert (listener.position, rows_of(listener)) == (50, 50)

    asyncio.run(main())
