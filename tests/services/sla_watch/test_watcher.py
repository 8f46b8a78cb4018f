"""The watcher on a real ledger: down for a week, doubled, with its clock set back, it says each thing once and in due order."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from services.sla_watch import board as sla_board
from services.sla_watch.board import Due, SlaBoard
from services.sla_watch.calendars import calendar_published
from services.sla_watch.watcher import Watcher
from shared.events.clocks import Breached, ClockStarted, Escalated, Met, Rung
from shared.kernel.fact import Fact
from shared.runtime.cases import Cases
from shared.runtime.codec import fact_of
from shared.runtime.desk import Desk
from shared.runtime.store import Store
from tests.facts import HOUR, MONDAY, OneSite, received
from tests.shared.runtime.desks import SetClock, desk_at, said, saying

LADDER = (Rung(role="dept_head"), Rung(role="quality_head", after="PT4H"))
WEEK = timedelta(days=7)


@dataclass
class Board:
    """The SLA board of one process, read from the ledger when it is asked to be level."""

    desk: Desk
    store: Store[SlaBoard]

    async def reached(self, position: int, timeout_s: float = 5.0) -> None:
        await asyncio.to_thread(self._read)

    def held(self) -> AbstractContextManager[None]:
        return nullcontext()

    def _read(self) -> None:
        while rows := self.desk.ledger.rows(self.store.position, 500):
            self.store.apply_rows(rows)

    def next_due(self) -> datetime | None:
        with self.store.reading() as db:
            return sla_board.next_due(db)

    def due(self, now: datetime, limit: int) -> Sequence[Due]:
        with self.store.reading() as db:
            return sla_board.due(db, now, limit)


class Keeper:
    """Level at once: nothing happens to these cases but time."""

    async def reached(self, position: int, timeout_s: float = 5.0) -> None:
        pass

    def held(self) -> AbstractContextManager[None]:
        return nullcontext()


@dataclass
class Process:
    """A desk, its board and its watcher."""

    desk: Desk
    clock: SetClock
    watcher: Watcher


@contextmanager
def processes(path: Path, count: int) -> Iterator[list[Process]]:
    """So many watchers over one ledger."""
    with ExitStack() as stack:
        found: list[Process] = []
        for number in range(count):
            desk = stack.enter_context(desk_at(path))
            assert isinstance(desk.clock, SetClock)
            board = Board(desk, Store(SlaBoard, path / f"read-{number}", "L1:1", Cases(desk.ledger)))
            found.append(Process(desk, desk.clock, Watcher(desk, Keeper(), board, board)))
        yield found


def promise(desk: Desk, count: int, over: timedelta = WEEK) -> list[datetime]:
    """Clocks of as many cases, due evenly over a time; where they are due."""
    if OneSite.week_days.id not in desk.directory.calendars:
        said(desk, saying("calendar-sz", calendar_published(OneSite.week_days).model_copy(update={"calendar": "sz"})))
    dues = [MONDAY + HOUR + over * number / count for number in range(count)]
    for number, due in enumerate(dues):
        started = ClockStarted(
            clock_id="root_cause/1", clause="root_cause", cycle=1, starts_at=MONDAY, target="wd3", due_at=due,
            ladder=LADDER, calendar="sz@1", source="S0-29", warn=(),
        )  # fmt: skip
        desk.submit(saying(f"complaint-c{number:05}", received(f"SZ-2026-{number:05}"))).result(20)
        desk.submit(saying(f"clocks-c{number:05}", started, site="sz")).result(20)
    return dues


def said_since(desk: Desk, head: int) -> list[Fact[Any]]:
    return [fact_of(row) for row in desk.ledger.rows(head, 100_000) if row.service == "sla_watch"]


def once_and_in_due_order(facts: Sequence[Fact[Any]], dues: Sequence[datetime], until: datetime) -> None:
    """Judged from the facts alone: nothing early, nothing twice, nothing left out, and in the order in which it was due."""
    assert all(fact.occurred_at <= fact.recorded_at for fact in facts), "nothing is said before its time"
    assert all(one.occurred_at <= other.occurred_at for one, other in pairwise(facts)), "in due order"
    counts = Counter((fact.stream, type(fact.event), getattr(fact.event, "level", 0)) for fact in facts)
    assert set(counts.values()) <= {1}, "each once"
    expected = {(f"clocks-c{number:05}", Breached, 0) for number, due in enumerate(dues) if due <= until}
    expected |= {(f"clocks-c{number:05}", Escalated, 1) for number, due in enumerate(dues) if due <= until}
    expected |= {(f"clocks-c{number:05}", Escalated, 2) for number, due in enumerate(dues) if due + 4 * HOUR <= until}
    assert counts.keys() == expected
    assert all(fact.event.breached_at == fact.occurred_at for fact in facts if isinstance(fact.event, Breached))


def test_after_a_week_down_each_thing_is_said_once_in_due_order(tmp_path: Path):
    with processes(tmp_path, 1) as (one,):
        dues = promise(one.desk, 600)
        head, until = one.desk.ledger.head(), MONDAY + WEEK
        one.clock.at = until
        assert asyncio.run(one.watcher.advance(until)) == len(said_since(one.desk, head))
        once_and_in_due_order(said_since(one.desk, head), dues, until)
        assert asyncio.run(one.watcher.advance(until)) == 0


def test_two_watchers_at_once_say_it_once(tmp_path: Path):
    with processes(tmp_path, 2) as both:
        dues = promise(both[0].desk, 300)
        head, until = both[0].desk.ledger.head(), MONDAY + WEEK + 5 * HOUR

        async def together() -> None:
            for process in both:
                process.clock.at = until
            await asyncio.gather(*(process.watcher.advance(until) for process in both))

        asyncio.run(together())
        facts = said_since(both[0].desk, head)
        once_and_in_due_order(facts, dues, until)


def test_a_clock_that_is_set_back_says_nothing_early_and_nothing_twice(tmp_path: Path):
    with processes(tmp_path, 1) as (one,):
        dues = promise(one.desk, 60)
        head = one.desk.ledger.head()
        for hours in (50, 20, 51, -10, 80, 79, 200):
            one.clock.at = MONDAY + timedelta(hours=hours)
            asyncio.run(one.watcher.advance(one.clock.at))
        once_and_in_due_order(said_since(one.desk, head), dues, MONDAY + timedelta(hours=200))


def test_what_was_worked_out_ahead_is_worked_out_again_when_something_has_happened(tmp_path: Path):
    """Of what is due at once some is kept just before: nobody accuses it, and the rest is said."""
    with processes(tmp_path, 1) as (one,):
        dues = promise(one.desk, 150, timedelta(seconds=1))
        one.clock.at = dues[0] - timedelta(seconds=2)

        async def play() -> None:
            await one.watcher.board_level.reached(one.desk.ledger.head())
            await one.watcher.look_ahead(dues[0])
            for number in range(0, 150, 10):
                kept = Met(clock_id="root_cause/1", met_at=one.clock.at, margin_s=2)
                said(one.desk, saying(f"clocks-c{number:05}", kept, site="sz"))
            one.clock.at = dues[-1] + HOUR
            await one.watcher.advance(one.clock.at)

        head = one.desk.ledger.head()
        asyncio.run(play())
        broken = {fact.stream for fact in said_since(one.desk, head) if isinstance(fact.event, Breached)}
        assert broken == {f"clocks-c{number:05}" for number in range(150) if number % 10}


def test_without_its_tables_it_says_the_same(tmp_path: Path):
    """No hidden state: the board is built anew from the ledger."""
    with processes(tmp_path, 1) as (one,):
        dues = promise(one.desk, 40)
        head = one.desk.ledger.head()
        one.clock.at = MONDAY + timedelta(days=3)
        asyncio.run(one.watcher.advance(one.clock.at))
    for file in (tmp_path / "read-0").iterdir():
        file.unlink()
    with processes(tmp_path, 1) as (again,):
        again.clock.at = MONDAY + WEEK + 5 * HOUR
        asyncio.run(again.watcher.advance(again.clock.at))
        once_and_in_due_order(said_since(again.desk, head), dues, again.clock.at)
