"""So long before something is due: one working day, seven days, a quarter of an hour; targets counted backwards (domain §4.5.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import TypeAlias, assert_never

from shared.clocks.calendars import EPOCH, WorkCalendar
from shared.clocks.worktime import Kind, Target, add_working_seconds

WarnAt: TypeAlias = int | str
"""When to warn: at a share of the allowed time, in percent, or so long before it is over: `wd1`, `cd7`, `PT15M`."""
_NO_LENGTH = (Kind.MONTHS, Kind.HALF, Kind.BY)
MOST_WARNINGS = 9
"""Of one due date: they are numbered."""


def shares(warn: Sequence[WarnAt]) -> tuple[int, ...]:
    """Those in percent."""
    return tuple(one for one in warn if isinstance(one, int))


def leads(warn: Sequence[WarnAt]) -> tuple[str, ...]:
    """Those that come so long before the end."""
    return tuple(one for one in warn if isinstance(one, str))


def lead(text: str) -> Target:
    """How long before; raises ValueError for what is no length of time."""
    found = Target.parse(text)
    if found.kind in _NO_LENGTH:
        raise ValueError(
            f"{text!r} is no time before something is due; there are wd1, wd1:elapsed, cd7, PT15M, PT2H:biz"
        )
    return found


def before(calendar: WorkCalendar, at: datetime, length: Target) -> datetime:
    """So long before an instant.

    A working day before the close of one is the close of the one before it, and seven days before are the same time on
    the wall, so whoever is warned has all of that time left.
    """
    match length.kind:
        case Kind.CLOCK:
            return at - timedelta(seconds=length.n)
        case Kind.WORKING:
            return add_working_seconds(calendar, at, -length.n)
        case Kind.WORKING_DAYS_ELAPSED:
            return add_working_seconds(calendar, at, -length.n * calendar.usual_day)
        case Kind.WORKING_DAYS:
            return _working_days_before(calendar, at, length.n)
        case Kind.CALENDAR_DAYS:
            wall = at.astimezone(calendar.tz)
            then = wall.date() - timedelta(days=length.n)
            return _moment(calendar.second(then, wall.time().replace(microsecond=0)))
        case Kind.MONTHS | Kind.HALF | Kind.BY:
            raise ValueError(f"{length} is no length of time")
        case _:
            assert_never(length.kind)


def _working_days_before(calendar: WorkCalendar, at: datetime, n: int) -> datetime:
    """As far from the close of the n-th working day before as `at` is from that of its own; not before work begins on it."""
    end = at.timestamp()
    days = ((hours[0][0], hours[-1][1]) for day in _back_from(calendar.day_of(at)) if (hours := calendar.hours(day)))
    close = next(closes for opens, closes in days if opens < end)  # a night shift belongs to the day on which it begins
    left = max(0, close - int(end))
    for _ in range(n - 1):
        next(days)
    opens, closes = next(days)
    return _moment(max(opens, closes - left))


def _back_from(day: date) -> Iterator[date]:
    while True:
        yield day
        day -= timedelta(days=1)


def _moment(second: int) -> datetime:
    return EPOCH + timedelta(seconds=second)
