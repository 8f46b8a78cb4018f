"""How many days somebody was late (S2-47, S2-48): counted in one of three ways, and never twice for the same day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from shared.clocks.calendars import EPOCH, WorkCalendar
from shared.clocks.worktime import Pause

DayCount = Literal["started_working_days", "started_calendar_days", "full_days"]

_DAY = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Delay:
    """From the due instant until it was done, or until now. What lies in a pause of the promise does not count."""

    due_at: datetime
    until: datetime
    pauses: tuple[Pause, ...] = ()


def late_days(calendar: WorkCalendar, count: DayCount, delay: Delay) -> tuple[date, ...]:
    """The days of a delay, in order. The day on which it was due is none of them (compare Civil Code art. 201).

    A started working day counts as soon as some of its working time has passed in delay, a started calendar day as soon as
    any of it has; a full day is 24 hours of delay, and counts for the day on which they are over.
    """
    due_day = calendar.day_of(delay.due_at - _MICROSECOND)
    pieces = list(_unpaused(delay))
    if count == "full_days":
        return tuple(_full_days(calendar, pieces, due_day))
    if not pieces:
        return ()
    last = calendar.day_of(delay.until)
    days = (due_day + _DAY * n for n in range(1, (last - due_day).days + 1))
    return tuple(day for day in days if any(_meets(span, pieces) for span in _spans(calendar, count, day)))


def _unpaused(delay: Delay) -> Iterator[Pause]:
    since = delay.due_at
    for began, ended in sorted(delay.pauses):
        if since < (stood_still := min(began, delay.until)):
            yield since, stood_still
        since = max(since, ended)
    if since < delay.until:
        yield since, delay.until


def _spans(calendar: WorkCalendar, count: DayCount, day: date) -> Iterator[Pause]:
    whole = ((calendar.second(day), calendar.second(day + _DAY)),)
    spans = calendar.hours(day) if count == "started_working_days" else whole
    return ((EPOCH + timedelta(seconds=begin), EPOCH + timedelta(seconds=end)) for begin, end in spans)


def _meets(span: Pause, pieces: list[Pause]) -> bool:
    return any(max(span[0], since) < min(span[1], until) for since, until in pieces)


def _full_days(calendar: WorkCalendar, pieces: list[Pause], last: date) -> Iterator[date]:
    left = _DAY
    for since, until in pieces:
        over = since + left
        while over <= until:
            last = max(last + _DAY, calendar.day_of(over - _MICROSECOND))  # a long day in autumn holds but one
            yield last
            over += _DAY
        left = over - until
