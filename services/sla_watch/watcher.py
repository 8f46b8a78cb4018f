"""The watcher: one sleeper on the deadlines. It records what time alone does to the clocks, each thing exactly once.

Never a false breach: before it says anything it has applied every fact up to the ledger head read at or after the due
instant. No hidden state: killed, doubled, late by a week, it says the same things in the same order.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime
from heapq import merge
from typing import Protocol

from services.sla_watch.passing import due_until, fire
from shared.clocks.calendars import WorkCalendar
from shared.clocks.state import Clocks, Deadline
from shared.kernel.command import Decided
from shared.kernel.errors import Problem
from shared.kernel.fact import Occasion
from shared.kernel.ids import derived
from shared.policy.rules import Rules
from shared.runtime.aggregates import load
from shared.runtime.desk import Desk, Order
from shared.runtime.reaction import actor_of

log = logging.getLogger("casetrail.watcher")

SERVICE = "sla_watch"
LONGEST_SLEEP_S = 30.0
AT_ONCE = 200
"""Deadlines looked at between two looks at the ledger's head."""


class Level(Protocol):
    """A listener whose position can be waited for."""

    async def reached(self, position: int, timeout_s: float = 5.0) -> None: ...


class Board(Protocol):
    """What the watcher asks of the SLA board."""

    def next_due(self) -> datetime | None: ...

    def due(self, now: datetime, limit: int) -> Sequence[tuple[str, str, Deadline]]: ...


class Watcher:
    """`keeper` and `board` are the listeners that must be level before anything is said."""

    def __init__(self, desk: Desk, keeper: Level, board_level: Level, board: Board) -> None:
        self.desk, self.keeper, self.board_level, self.board = desk, keeper, board_level, board
        self.fault: str | None = None
        self._woken = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()

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
                due = await asyncio.to_thread(self.board.due, now, AT_ONCE)
                if not due:
                    return said
                # With more waiting than we look at, nothing may be said that comes after what we have not seen.
                until = due[-1][2].at if len(due) == AT_ONCE else now
                cases = sorted({(case, site) for case, site, _ in due})
                deadlines = await asyncio.to_thread(self._in_due_order, cases, until)
                answers = await asyncio.gather(
                    *(self.desk.ask(self._order(case, site, deadline, simulated)) for case, site, deadline in deadlines)
                )
                said += len(answers)

    async def _level(self) -> None:
        """The keeper first, then the board, each up to the head as of now."""
        await self.keeper.reached(self.desk.ledger.head(), timeout_s=60)
        await self.board_level.reached(self.desk.ledger.head(), timeout_s=60)

    def _in_due_order(self, cases: list[tuple[str, str]], now: datetime) -> list[tuple[str, str, Deadline]]:
        found = [self._of_case(case, site, now) for case, site in cases]
        return list(merge(*found, key=lambda item: (item[2].at, item[0], item[2].clock_id)))

    def _of_case(self, case: str, site: str, now: datetime) -> list[tuple[str, str, Deadline]]:
        clocks: Clocks = load(self.desk.ledger, f"clocks-{case}").state
        calendar = self._calendar(site)
        deadlines = [[(case, site, d) for d in due_until(clock, now, calendar)] for clock in clocks.open()]
        return list(merge(*deadlines, key=lambda item: (item[2].at, item[2].clock_id)))

    def _calendar(self, site: str) -> WorkCalendar:
        directory = self.desk.directory
        return directory.calendar(directory.site(site).calendar)

    def _order(self, case: str, site: str, deadline: Deadline, simulated: bool) -> Order:
        def decide(clocks: Clocks, occasion: Occasion, rules: Rules) -> Decided:
            return fire(clocks, deadline, occasion, rules.calendar(rules.site(site).calendar))

        return Order(
            SERVICE, f"clocks-{case}", decide, actor_of(SERVICE),
            derived("fire", case, deadline.clock_id, deadline.kind, deadline.number), site=site, must_exist=False,
            occurred_at=deadline.at, may_backdate_freely=True, correlation=derived("clocks", case), remembered=False,
            clock=deadline.at if simulated else None,
        )  # fmt: skip

    def _clock_stands(self) -> bool:
        home = self.desk.directory.home()
        return home.simulated and not home.clock_running

    async def _sleep(self) -> None:
        due = await asyncio.to_thread(self.board.next_due)
        left = LONGEST_SLEEP_S if due is None else (due - self.desk.clock.now()).total_seconds()
        self._woken.clear()
        try:
            # Not wait_for: on Python 3.11 it can swallow the cancellation that ends us.
            async with asyncio.timeout(min(max(left, 0.005), LONGEST_SLEEP_S)):
                await self._woken.wait()
        except TimeoutError:
            pass
