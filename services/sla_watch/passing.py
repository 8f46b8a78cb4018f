"""What time alone does to a clock: it warns, breaks, climbs a ladder, and ends a pause that may not be longer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import assert_never

from services.sla_watch.case_clocks import warned
from services.sla_watch.clauses import BY_NAME
from services.sla_watch.due_times import due_again, still_to_come
from shared.clocks.calendars import WorkCalendar
from shared.clocks.state import Clock, Clocks, Deadline, DeadlineKind, after, evolve, gone_on
from shared.clocks.worktime import Target, due
from shared.events import clocks as e
from shared.kernel.command import Dated
from shared.kernel.fact import Occasion

Timely = e.WarningIssued | e.Breached | e.Met | e.Escalated | e.EscalationUnanswered | e.ClockResumed
"""What time alone does."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A deadline that has come, the clock as it stood then, and what that leads to."""

    clock: Clock
    deadline: Deadline
    event: Timely


def fire(clocks: Clocks, deadline: Deadline, occasion: Occasion, calendar: WorkCalendar) -> Iterator[Timely]:
    """The fact that a deadline calls for; nothing when the clock has moved on meanwhile, so firing twice is harmless."""
    clock = clocks.clocks.get(deadline.clock_id)
    if clock is not None and clock.next_deadline() == deadline and deadline.at <= occasion.now:
        yield _fired(clock, deadline, calendar)


def fire_all(clocks: Clocks, passed: Iterable[Passed], occasion: Occasion, calendar: WorkCalendar) -> Iterator[Timely]:
    """The same for deadlines that come together; what was worked out beforehand holds while the clock stands as it did."""
    for one in passed:
        if clocks.clocks.get(one.clock.clock_id) == one.clock and one.deadline.at <= occasion.now:
            clocks = after(clocks, one.event)
            yield one.event
            continue
        for event in fire(clocks, one.deadline, occasion, calendar):
            clocks = after(clocks, event)
            yield event


def by_then(clock: Clock, at: datetime, calendar: WorkCalendar) -> tuple[Clock, list[Dated]]:
    """The clock as it stood just before an instant, and what the watcher, if it was down or slow, has not said of that.

    A promise broken before it was kept late stays broken, whether or not anybody watched.
    """
    unsaid: list[Dated] = []
    for passed in passing(clock, at, calendar):
        if passed.deadline.at < at:  # what happens at the very instant is in time
            unsaid.append(Dated(passed.event, passed.deadline.at))
            clock = evolve(clock, passed.event)
    return clock, unsaid


def passing(clock: Clock, now: datetime, calendar: WorkCalendar) -> Iterator[Passed]:
    """Each deadline until `now`, the clock moving on between them: after days of downtime that may be a lot."""
    while (deadline := clock.next_deadline()) is not None and deadline.at <= now:
        event = _fired(clock, deadline, calendar)
        yield Passed(clock, deadline, event)
        clock = evolve(clock, event)


def _fired(clock: Clock, deadline: Deadline, calendar: WorkCalendar) -> Timely:
    match deadline.kind:
        case DeadlineKind.WARNING:
            return e.WarningIssued(
                clock_id=clock.clock_id, number=deadline.number, warned_at=deadline.at, due_at=clock.due_at
            )
        case DeadlineKind.BREACH if (clause := BY_NAME.get(clock.clause)) is not None and clause.ends_itself:
            return e.Met(clock_id=clock.clock_id, met_at=clock.due_at, margin_s=0)
        case DeadlineKind.BREACH:
            climbs_at = tuple(_later(deadline.at, rung.after, calendar) for rung in clock.ladder)
            return e.Breached(clock_id=clock.clock_id, breached_at=clock.due_at, climbs_at=climbs_at)
        case DeadlineKind.ESCALATION:
            rung = clock.ladder[deadline.number - 1]
            return e.Escalated(
                clock_id=clock.clock_id, level=deadline.number, to_role=rung.role, escalated_at=deadline.at,
                answer_by=None if rung.answer is None else _later(deadline.at, rung.answer, calendar),
            )  # fmt: skip
        case DeadlineKind.UNANSWERED:
            return e.EscalationUnanswered(
                clock_id=clock.clock_id, level=deadline.number, to_role=clock.ladder[deadline.number - 1].role,
                answer_by=deadline.at,
            )  # fmt: skip
        case DeadlineKind.RESUMPTION:
            return resumed(clock, deadline.at, calendar, exhausted=True)
        case _ as never:
            assert_never(never)


def resumed(clock: Clock, at: datetime, calendar: WorkCalendar, *, exhausted: bool = False) -> e.ClockResumed:
    """A paused clock runs again, and gets back what was paused."""
    when = due_again(gone_on(clock, at), warned(clock), calendar)
    return e.ClockResumed(
        clock_id=clock.clock_id, resumed_at=at, due_at=when.at, warn_at=still_to_come(at, when.warn_at),
        provisional=when.provisional, exhausted=exhausted, calendar=str(calendar),
    )  # fmt: skip


@lru_cache(4_096)
def _later(at: datetime, after: str | None, calendar: WorkCalendar) -> datetime:
    return at if after is None else due(calendar, at, Target.parse(after)).at
