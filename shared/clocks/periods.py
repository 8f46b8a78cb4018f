"""What comes round: each working day, each week, month or quarter, on the site's own calendar, until when it is due.

A day on which nobody works has no daily duty, a week without a working day no weekly one; what would have been told of them
is told by the next, since a window begins where the last one ended.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, islice
from typing import NamedTuple

from shared.clocks.calendars import WorkCalendar

_AT = re.compile(r"daily:([01]\d|2[0-3]):([0-5]\d)")
MONTHLY_WORKING_DAY, QUARTERLY_WORKING_DAY = 5, 10
"""Of the month, or the quarter, that follows (domain §4.5.2, CL-REVIEW-M, CL-REVIEW-Q)."""
_FAR = 800
"""Periods looked through; a calendar without working time for so long promises nothing."""


class Period(NamedTuple):
    """`since` to `until` (not included) is what it is about; it is owed from `opens` and due at `due`. Instants are UTC."""

    key: str
    since: datetime
    until: datetime
    opens: datetime
    due: datetime


def is_rhythm(target: str) -> bool:
    """Whether a target names a rhythm instead of a length of time."""
    return target in _WAYS or _AT.fullmatch(target) is not None


def next_period(rhythm: str, calendar: WorkCalendar, after: datetime) -> Period:
    """The first one that is due after an instant. Raises ValueError for a rhythm that there is not, or where none comes."""
    at = _AT.fullmatch(rhythm)
    way = _daily(time(int(at[1]), int(at[2]))) if at else _WAYS.get(rhythm)
    if way is None:
        raise ValueError(f"{rhythm!r} is none of daily:17:00, {', '.join(_WAYS)}")
    for period in islice(way(calendar, calendar.day_of(after)), _FAR):
        if period.due > after:
            return period
    raise ValueError(f"{calendar} has no working time after {after}")


Way = Callable[[WorkCalendar, date], Iterator[Period]]


def _daily(at: time | None) -> Way:
    """Until a time of the day, or until work ends; from the same of the working day before."""

    def due(calendar: WorkCalendar, day: date) -> datetime:
        return _instant(calendar.second(day, at) if at is not None else calendar.hours(day)[-1][1])

    def periods(calendar: WorkCalendar, first: date) -> Iterator[Period]:
        before = next((day for day in _days(first, -1) if calendar.hours(day)), first)
        since = due(calendar, before) if calendar.hours(before) else _midnight(calendar, before)
        for day in _days(first - timedelta(days=1), 1):
            if calendar.hours(day):
                until = due(calendar, day)
                yield Period(str(day), since, until, since, until)
                since = until

    return periods


def _monday(calendar: WorkCalendar, first: date) -> Iterator[Period]:
    """Until work ends on the first working day of a week; about the week before."""
    for monday, worked in _weeks(calendar, first):
        since, until = _midnight(calendar, monday - timedelta(days=7)), _midnight(calendar, monday)
        yield Period(_week(monday), since, until, until, _close(calendar, worked[0]))


def _friday(calendar: WorkCalendar, first: date) -> Iterator[Period]:
    """Until work ends on Friday, or on the last working day before it; about the week so far."""
    for monday, worked in _weeks(calendar, first):
        if days := [day for day in worked if day.weekday() <= 4]:
            since, due = _midnight(calendar, monday), _close(calendar, days[-1])
            yield Period(_week(monday), since, due, since, due)


def _weekly(calendar: WorkCalendar, first: date) -> Iterator[Period]:
    """Until work ends on the last working day of a week."""
    for monday, worked in _weeks(calendar, first):
        since, due = _midnight(calendar, monday), _close(calendar, worked[-1])
        yield Period(_week(monday), since, due, since, due)


def _months(length: int, working_day: int) -> Way:
    """Until work ends on the n-th working day after a month or a quarter; about that month or quarter."""

    def periods(calendar: WorkCalendar, first: date) -> Iterator[Period]:
        for number in count((first.year * 12 + first.month - 1) // length):
            begin, end = _first_of(number * length - length), _first_of(number * length)
            key = f"{begin:%Y-%m}" if length == 1 else f"{begin.year}-Q{(begin.month + 2) // 3}"
            worked = (day for day in _days(end - timedelta(days=1), 1) if calendar.hours(day))
            due = _close(calendar, next(islice(worked, working_day - 1, None)))
            yield Period(key, _midnight(calendar, begin), _midnight(calendar, end), _midnight(calendar, end), due)

    return periods


_WAYS: dict[str, Way] = {
    "close_of_business": _daily(None), "weekly": _weekly, "weekly_monday": _monday, "weekly_friday": _friday,
    "monthly": _months(1, MONTHLY_WORKING_DAY), "quarterly": _months(3, QUARTERLY_WORKING_DAY),
}  # fmt: skip


def _weeks(calendar: WorkCalendar, first: date) -> Iterator[tuple[date, list[date]]]:
    """Monday, and the days of that week that are worked; weeks without any are left out."""
    for number in count():
        monday = first - timedelta(days=first.weekday()) + timedelta(weeks=number)
        if worked := [day for day in (monday + timedelta(days=i) for i in range(7)) if calendar.hours(day)]:
            yield monday, worked


def _days(day: date, step: int) -> Iterator[date]:
    return (day + timedelta(days=step * i) for i in range(1, _FAR))


def _first_of(months: int) -> date:
    return date(months // 12, months % 12 + 1, 1)


def _week(monday: date) -> str:
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02}"


def _close(calendar: WorkCalendar, day: date) -> datetime:
    return _instant(calendar.hours(day)[-1][1])


def _midnight(calendar: WorkCalendar, day: date) -> datetime:
    return _instant(calendar.second(day))


def _instant(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
