"""The watcher: one sleeper on the deadlines. It records what time alone does to the clocks, each thing exactly once.

Never a false breach: before it says anything it has applied every fact up to the ledger head read at or after the due
instant. No hidden state: killed, doubled, late by a week, it says the same things in the same order.
"""

from __future__ import annotations

import asyncio
import logging
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Protocol, TypeVar

from services.sla_watch.board import Due
from services.sla_watch.passing import Passed, fire_all, passing
from shared.clocks.calendars import EPOCH, WorkCalendar
from shared.clocks.state import Clocks
from shared.kernel.command import Decided
from shared.kernel.errors import Problem
from shared.kernel.fact import Occasion
from shared.kernel.ids import derived
from shared.kernel.values import rfc3339
from shared.policy.rules import Rules
from shared.runtime.aggregates import Loaded
from shared.runtime.desk import Desk
from shared.runtime.orders import Order, Together
from shared.runtime.reaction import actor_of

log = logging.getLogger("casetrail.watcher")

SERVICE = "sla_watch"
ACTOR = actor_of(SERVICE)
LONGEST_SLEEP_S = 30.0
AT_MOST = 20_000
"""Deadlines looked at between two looks at the ledger's head."""
AT_ONCE = 2_000
"""Deadlines whose cases are loaded in one question."""
MANY = 100
"""From so many on it is worth while to work them out before their time."""
AHEAD_S = 5.0
"""So long before its time: what is recorded in between is seen when it is said."""
TOGETHER = 250
"""Cases of which something is recorded in one transaction; others may record something between two of them."""


@dataclass(frozen=True, slots=True)
class Happening:
    """All that time alone does at one instant to the clocks of one case, or of one site's duties, as one order."""

    at: datetime
    stream: str
    passed: tuple[Passed, ...]
    order: Order


HAPPENING_ORDER = attrgetter("at", "stream")


@dataclass
class Ahead:
    """What has been worked out before its time, until an instant; what has changed since is worked out again."""

    until: datetime = EPOCH
    found: dict[str, list[Happening]] = field(default_factory=dict[str, list[Happening]])

    def take(self, due: Sequence[Due], sites: dict[str, str], until: datetime) -> Iterator[Happening]:
        """That of the streams whose deadlines are still the same; they are taken from `sites`."""
        if not self.found or until > self.until:
            return
        for stream, due_there in groupby(due, key=lambda one: one.stream):
            found = self.found.get(stream, [])
            known = {passed.deadline for one in found for passed in one.passed}
            if stream in sites and all(one.deadline in known for one in due_there):
                del sites[stream]
                yield from (one for one in found if one.at <= until)


def happenings(
    clocks: Clocks, stream: str, site: str, until: datetime, calendar: WorkCalendar, *, simulated: bool = False
) -> Iterator[Happening]:
    """In due order, until an instant that is included. `simulated`: recording one sets the desk's clock to its instant."""
    all_passed = [one for clock in clocks.open() for one in passing(clock, until, calendar)]
    all_passed.sort(key=lambda one: (one.deadline.at, one.deadline.clock_id))
    for at, together in groupby(all_passed, key=lambda one: one.deadline.at):
        passed = tuple(together)
        yield Happening(at, stream, passed, _order(stream, site, at, passed, simulated))


def _order(stream: str, site: str, at: datetime, passed: tuple[Passed, ...], simulated: bool) -> Order:
    def decide(clocks: Clocks, occasion: Occasion, rules: Rules) -> Decided:
        return fire_all(clocks, passed, occasion, rules.calendar(rules.site(site).calendar))

    return Order(
        SERVICE, stream, decide, ACTOR, derived("fire", stream, rfc3339(at)), site=site, must_exist=False, occurred_at=at,
        may_backdate_freely=True, correlation=derived(*stream.partition("-")[::2]), remembered=False,
        clock=at if simulated else None,
    )  # fmt: skip


class Level(Protocol):
    """A listener whose position can be waited for, and which can be told to wait itself."""

    async def reached(self, position: int, timeout_s: float = 5.0) -> None: ...

    def held(self) -> AbstractContextManager[None]: ...


class Board(Protocol):
    """What the watcher asks of the SLA board."""

    def next_due(self) -> datetime | None: ...

    def due(self, now: datetime, limit: int) -> Sequence[Due]: ...


class Watcher:
    """`keeper` and `board` are the listeners that must be level before anything is said."""

    def __init__(self, desk: Desk, keeper: Level, board_level: Level, board: Board) -> None:
        self.desk, self.keeper, self.board_level, self.board = desk, keeper, board_level, board
        self.fault: str | None = None
        self._woken = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()
        self._ahead = Ahead()

    def wake(self) -> None:
        """The board has changed. On the event loop."""
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                if self._clock_stands():
                    await asyncio.sleep(1.0)  # simulated time passes only when somebody lets it
                    continue
                await self.advance(self.desk.clock.now())
                self.fault = None
                await self._sleep()
            except Problem as problem:
                self.fault = str(problem)
                log.warning("the watcher waits: %s", problem)
                await asyncio.sleep(0.5)
            except Exception as error:
                self.fault = f"{type(error).__name__}: {error}"
                log.exception("the watcher failed")
                await asyncio.sleep(2.0)

    async def advance(self, now: datetime, *, simulated: bool = False) -> int:
        """Record everything that has come due until `now`, in due order; how many things were said."""
        said = 0
        async with self._one_at_a_time:
            while True:
                await self._level()
                due = await asyncio.to_thread(self.board.due, now, AT_MOST)
                if not due:
                    return said
                # With more waiting than we look at, nothing may be said that comes after what we have not seen.
                until = due[-1].deadline.at if len(due) == AT_MOST else now
                if due[-1].deadline.at <= self._ahead.until:
                    until = min(until, self._ahead.until)
                with self.keeper.held(), self.board_level.held():
                    said += await self._say(due, until, simulated)

    async def _say(self, due: Sequence[Due], until: datetime, simulated: bool) -> int:
        """Everything until then that happens to the clocks of these cases; how many things were said."""
        sites = {one.stream: one.site for one in due}
        ahead, self._ahead = self._ahead, Ahead()
        later: list[Happening] = []
        said = 0
        for part in _parts(due, AT_ONCE):
            later += ahead.take(part, sites, until)
            streams = [stream for stream in dict.fromkeys(one.stream for one in part) if stream in sites]
            if streams:
                these = {stream: sites.pop(stream) for stream in streams}
                later += await self._happenings(these, until, simulated)
            later.sort(key=HAPPENING_ORDER)
            seen = bisect_right(later, part[-1].deadline.at if sites else until, key=lambda one: one.at)
            orders = [one.order for one in later[:seen]]
            said += sum(len(one.passed) for one in later[:seen])
            del later[:seen]
            # One after the other: a thread that loads and one that commits would only take Python's lock from each other.
            await asyncio.gather(*(
                asyncio.wrap_future(self.desk.advance(Together(few))) for few in _parts(orders, TOGETHER)
            ))  # fmt: skip
        return said

    async def _level(self) -> None:
        """The keeper first, then the board, each up to the head as of now."""
        await self.keeper.reached(self.desk.ledger.head(), timeout_s=60)
        await self.board_level.reached(self.desk.ledger.head(), timeout_s=60)

    async def _happenings(self, sites: Mapping[str, str], until: datetime, simulated: bool = False) -> list[Happening]:
        """From the states that the desk will decide by: they are loaded once for both."""
        found: list[Happening] = []
        for streams in _parts(list(sites), TOGETHER):
            states = await asyncio.wrap_future(self.desk.advance(Together(streams=streams)))
            found += await asyncio.to_thread(self._worked_out, states, sites, until, simulated)
        return found

    def _worked_out(
        self, states: Mapping[str, Loaded], sites: Mapping[str, str], until: datetime, simulated: bool
    ) -> list[Happening]:
        return [
            one for stream, loaded in states.items() for one in happenings(
                loaded.state, stream, sites[stream], until, self._calendar(sites[stream]), simulated=simulated
            )
        ]  # fmt: skip

    def _calendar(self, site: str) -> WorkCalendar:
        directory = self.desk.directory
        return directory.calendar(directory.site(site).calendar)

    async def look_ahead(self, next_due: datetime) -> None:
        """Where much comes due at once, the work is done before: only the recording is left for the instant itself."""
        until = next_due + timedelta(seconds=1)
        due = await asyncio.to_thread(self.board.due, until, AT_MOST)
        self._ahead = Ahead(until)
        if not MANY <= len(due) < AT_MOST:
            return
        for part in _parts(due, AT_ONCE):
            sites = {one.stream: one.site for one in part if one.stream not in self._ahead.found}
            for one in await self._happenings(sites, until):
                self._ahead.found.setdefault(one.stream, []).append(one)

    def _clock_stands(self) -> bool:
        home = self.desk.directory.home()
        return home.simulated and not home.clock_running

    async def _sleep(self) -> None:
        due = await asyncio.to_thread(self.board.next_due)
        left = LONGEST_SLEEP_S if due is None else (due - self.desk.clock.now()).total_seconds()
        if due is not None and due > self._ahead.until:
            if left > AHEAD_S:
                left -= AHEAD_S
            elif left > 0:
                await self.look_ahead(due)
                left = (due - self.desk.clock.now()).total_seconds()
        self._woken.clear()
        try:
            # Not wait_for: on Python 3.11 it can swallow the cancellation that ends us.
            async with asyncio.timeout(min(max(left, 0.005), LONGEST_SLEEP_S)):
                await self._woken.wait()
        except TimeoutError:
            pass


T = TypeVar("T")


def _parts(all: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (all[first : first + size] for first in range(0, len(all), size))
