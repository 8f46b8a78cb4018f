"""When a promise is due, when to warn of it, and why then. Pure arithmetic on a working calendar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from shared.clocks.calendars import WorkCalendar
from shared.clocks.periods import is_rhythm, next_period
from shared.clocks.state import BY_DATE, Clock
from shared.clocks.worktime import Step as Counted
from shared.clocks.worktime import Target, add_working_seconds, due, working_seconds
from shared.events.clocks import Step

COMES_ROUND = "comes round"
"""The rule in the explanation of what is owed again and again."""
AS_TOLD = "as told"
"""The rule in the explanation of a clock that is due at the very instant somebody was told: no calendar moves it."""


@dataclass(frozen=True)
class DueTime:
    """A due instant with its warnings and its explanation."""

    at: datetime
    warn_at: tuple[datetime, ...]
    provisional: bool
    steps: tuple[Step, ...]


def due_time(
    target: str,
    warn: Sequence[int],
    start: datetime,
    calendar: WorkCalendar,
    pauses: Sequence[tuple[datetime, datetime]] = (),
    *,
    whole_days: bool = False,
) -> DueTime:
    """When a promise is due, when to warn, and why then. What comes round is due when its next period is over."""
    if is_rhythm(target):
        at = next_period(target, calendar, start).due
        shares = tuple(_share(calendar, start, at, percent, target) for percent in warn)
        provisional = not calendar.promised(calendar.day_of(start), calendar.day_of(at))
        return DueTime(at, shares, provisional, (Step(day=str(calendar.day_of(at)), rule=COMES_ROUND),))
    result = due(calendar, start, Target.parse(target), pauses, whole_days=whole_days)
    steps = tuple(_told(result.steps))
    warn_at = tuple(_share(calendar, start, result.at, percent, target) for percent in warn)
    return DueTime(result.at, warn_at, result.provisional, steps)


def due_again(clock: Clock, warn: Sequence[int], calendar: WorkCalendar) -> DueTime:
    """The same for a clock that has run, stood still or moved already; never before the least that was promised since."""
    if clock.target == BY_DATE:
        when = date_due(calendar, agreed_day(clock, calendar), clock.starts_at)
    else:
        when = due_time(clock.target, warn, clock.start, calendar, clock.pauses, whole_days=clock.whole_days)
    return when if clock.not_before is None or clock.not_before <= when.at else replace(when, at=clock.not_before)


def _told(steps: Sequence[Counted]) -> Iterator[Step]:
    """The explanation; days in a row that count by the same rule are told as one line with the last count."""
    for rule, run in groupby(steps, key=lambda step: step.rule or "working day"):
        first, *rest = run
        last = rest[-1] if rest else first
        day = str(first.day) if last is first else f"{first.day} – {last.day}"
        yield Step.model_construct(day=day, rule=rule, counted=last.n)


def still_to_come(at: datetime, warn_at: tuple[datetime, ...]) -> tuple[datetime, ...]:
    """The warnings still to come: a promise that has just moved does not warn of what is past."""
    return tuple(each for each in warn_at if each > at)


def _share(calendar: WorkCalendar, start: datetime, end: datetime, percent: int, target: str) -> datetime:
    """The instant at which a share of the allowed time is used up, in the kind of time that is allowed."""
    if target.startswith("PT") and not target.endswith(":biz"):
        return start + (end - start) * percent / 100
    return add_working_seconds(calendar, start, working_seconds(calendar, start, end) * percent // 100)


def date_due(calendar: WorkCalendar, day: date, start: datetime) -> DueTime:
    """An agreed day is over when work ends on it, or at midnight when nobody works then; warned a day before."""
    hours = calendar.pattern(day)
    last = _instant(calendar.hours(day)[-1][1]) if hours else _instant(calendar.second(day + timedelta(days=1)))
    at = max(last, start)
    warn = at - timedelta(days=1)
    provisional = not calendar.promised(start.date(), day)
    step = Step(day=str(day), rule="agreed day: end of work" if hours else "agreed day: midnight")
    return DueTime(at, (warn,) if warn > start else (), provisional, (step,))


def agreed_day(clock: Clock, calendar: WorkCalendar) -> date:
    """The day that was agreed: the one on which the promise is due, or which ends when it is due."""
    return (clock.due_at - timedelta(seconds=1)).astimezone(ZoneInfo(calendar.zone)).date()


def _instant(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
