"""When a promise is due, when to warn of it, and why then. Pure arithmetic on a working calendar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from zoneinfo import ZoneInfo

from shared.clocks.calendars import WorkCalendar
from shared.clocks.lead import MOST_WARNINGS, WarnAt, before, lead
from shared.clocks.periods import is_rhythm, next_period
from shared.clocks.state import BY_DATE, Clock
from shared.clocks.worktime import Step as Counted
from shared.clocks.worktime import Target, add_working_seconds, due, working_seconds
from shared.events.clocks import Step
from shared.kernel.record import record

COMES_ROUND = "comes round"
"""The rule in the explanation of what is owed again and again."""
AS_TOLD = "as told"
"""The rule in the explanation of a clock that is due at the very instant somebody was told: no calendar moves it."""


@record(slots=False)
class DueTime:
    """A due instant with its warnings and its explanation."""

    at: datetime
    warn_at: tuple[datetime, ...]
    provisional: bool
    steps: tuple[Step, ...]


def due_time(
    target: str,
    warn: Sequence[WarnAt],
    start: datetime,
    calendar: WorkCalendar,
    pauses: Sequence[tuple[datetime, datetime]] = (),
    *,
    whole_days: bool = False,
    reminders: Sequence[str] = (),
) -> DueTime:
    """When a promise is due, when to warn, and why then. What comes round is due when its next period is over."""
    if is_rhythm(target):
        at = next_period(target, calendar, start).due
        provisional = not calendar.promised(calendar.day_of(start), calendar.day_of(at))
        when = DueTime(at, (), provisional, (Step(day=str(calendar.day_of(at)), rule=COMES_ROUND),))
    elif Target.parse(target).by_day and not pauses:
        when = _due_by_day(target, calendar.day_of(start), calendar)
    else:
        when = _counted(target, start, calendar, pauses, whole_days=whole_days)
    return _warning(when, warn, reminders, start, calendar, by_clock=by_the_clock(target))


@lru_cache(4_096)
def _due_by_day(target: str, day: date, calendar: WorkCalendar) -> DueTime:
    """The same for whatever starts on that day, so it is counted and explained once for all cases of the day."""
    return _counted(target, _instant(calendar.second(day)), calendar)


def _counted(
    target: str, start: datetime, calendar: WorkCalendar, pauses: Sequence[tuple[datetime, datetime]] = (), *,
    whole_days: bool = False,
) -> DueTime:  # fmt: skip
    result = due(calendar, start, Target.parse(target), pauses, whole_days=whole_days)
    return DueTime(result.at, (), result.provisional, tuple(_told(result.steps)))


def date_due(
    calendar: WorkCalendar, day: date, start: datetime, warn: Sequence[WarnAt] = (), reminders: Sequence[str] = ()
) -> DueTime:
    """An agreed day is over when work ends on it, or at midnight when nobody works then."""
    hours = calendar.pattern(day)
    last = _instant(calendar.hours(day)[-1][1]) if hours else _instant(calendar.second(day + timedelta(days=1)))
    provisional = not calendar.promised(start.date(), day)
    step = Step(day=str(day), rule="agreed day: end of work" if hours else "agreed day: midnight")
    return _warning(DueTime(max(last, start), (), provisional, (step,)), warn, reminders, start, calendar)


def told_due(
    calendar: WorkCalendar, at: datetime, start: datetime, warn: Sequence[WarnAt] = (), reminders: Sequence[str] = ()
) -> DueTime:
    """At the very instant that somebody was told."""
    step = Step(day=str(at.date()), rule=AS_TOLD)
    return _warning(DueTime(max(at, start), (), False, (step,)), warn, reminders, start, calendar, by_clock=True)


def due_again(clock: Clock, warn: Sequence[WarnAt], calendar: WorkCalendar) -> DueTime:
    """The same for a clock that has run, stood still or moved already; never before the least that was promised since."""
    least, reminders = clock.not_before, clock.reminders
    if as_told(clock):
        return told_due(calendar, clock.due_at, clock.starts_at, warn, reminders)
    if clock.target == BY_DATE:
        when = date_due(calendar, agreed_day(clock, calendar), clock.starts_at, warn, reminders)
    else:
        when = due_time(
            clock.target, warn, clock.start, calendar, clock.pauses, whole_days=clock.whole_days, reminders=reminders
        )
    if least is None or least <= when.at:
        return when
    return warning(clock, replace(when, at=least), warn, calendar)


def warning(clock: Clock, when: DueTime, warn: Sequence[WarnAt], calendar: WorkCalendar) -> DueTime:
    """What a clock is due at now, with its warnings counted anew."""
    by_clock = as_told(clock) or by_the_clock(clock.target)
    return _warning(when, warn, clock.reminders, clock.start, calendar, by_clock=by_clock)


def by_the_clock(target: str) -> bool:
    """Whether it is a length of plain time, nights and free days included."""
    return target.startswith("PT") and not target.endswith(":biz")


def as_told(clock: Clock) -> bool:
    """Whether it is due at the very instant that somebody was told; no calendar moves that."""
    return clock.target == BY_DATE and bool(clock.steps) and clock.steps[0].rule == AS_TOLD


def _told(steps: Sequence[Counted]) -> Iterator[Step]:
    """The explanation; days in a row that count by the same rule are told as one line with the last count."""
    for rule, run in groupby(steps, key=lambda step: step.rule or "working day"):
        first, *rest = run
        last = rest[-1] if rest else first
        day = str(first.day) if last is first else f"{first.day} – {last.day}"
        yield _step(day, rule, last.n)


@lru_cache(4_096)
def _step(day: str, rule: str, counted: int | None) -> Step:
    """Many clocks are explained by the same days."""
    return Step.model_construct(day=day, rule=rule, counted=counted)


def still_to_come(at: datetime, warn_at: tuple[datetime, ...]) -> tuple[datetime, ...]:
    """The warnings still to come: a promise that has just moved does not warn of what is past."""
    return tuple(each for each in warn_at if each > at)


def _warning(
    when: DueTime, warn: Sequence[WarnAt], reminders: Sequence[str], start: datetime, calendar: WorkCalendar, *,
    by_clock: bool = False,
) -> DueTime:  # fmt: skip
    """With its warnings: whatever of them comes after the start and before it is due."""
    found = {
        _share(calendar, start, when.at, one, by_clock)
        if isinstance(one, int)
        else before(calendar, when.at, lead(one))
        for one in warn
    } | {due(calendar, start, Target.parse(each)).at for each in reminders}
    warn_at = tuple(sorted(at for at in found if start < at < when.at))[:MOST_WARNINGS]
    return DueTime(when.at, warn_at, when.provisional, when.steps)


def _share(calendar: WorkCalendar, start: datetime, end: datetime, percent: int, by_clock: bool) -> datetime:
    """The instant at which a share of the allowed time is used up, in the kind of time that is allowed."""
    if by_clock:
        return start + (end - start) * percent / 100
    return add_working_seconds(calendar, start, working_seconds(calendar, start, end) * percent // 100)


def agreed_day(clock: Clock, calendar: WorkCalendar) -> date:
    """The day that was agreed: the one on which the promise is due, or which ends when it is due."""
    return (clock.due_at - timedelta(seconds=1)).astimezone(ZoneInfo(calendar.zone)).date()


def _instant(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
