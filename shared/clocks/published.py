"""From the facts about a calendar to the calendar itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import assert_never

from shared.clocks.calendars import ALWAYS, Week, WorkCalendar
from shared.events.calendars import CalendarAmended, CalendarEvent, CalendarPublished, Weekly
from shared.kernel.fact import Fact


def work_calendar(event: CalendarPublished) -> WorkCalendar:
    """The calendar of one published edition; raises ValueError for one that cannot be."""
    return WorkCalendar(
        id=event.calendar,
        version=event.edition,
        zone=event.zone,
        weekly=week_of(event.weekly),
        holidays={holiday.day: holiday.name for holiday in event.holidays},
        extra_working_days=frozenset(event.extra_working_days),
        published_through=event.published_through,
        published_from=event.published_from,
        days_end=event.days_end,
        roll=event.roll,
        country=event.country,
        subdivision=event.subdivision,
    )


def amended(calendar: WorkCalendar, event: CalendarAmended) -> WorkCalendar:
    """The calendar after an amendment; raises ValueError for one that cannot be."""
    gone = {*event.free_no_longer, *event.now_worked}
    free: dict[date, str] = {day: name for day, name in calendar.holidays.items() if day not in gone}
    free |= {holiday.day: holiday.name for holiday in event.now_free}
    worked = (calendar.extra_working_days | set(event.now_worked)) - set(event.worked_no_longer) - free.keys()
    return replace(
        calendar,
        version=event.edition,
        weekly=calendar.weekly if event.weekly is None else week_of(event.weekly),
        holidays=free,
        extra_working_days=worked,
        days_end=event.days_end or calendar.days_end,
        roll=event.roll or calendar.roll,
    )


def week_of(weekly: Weekly) -> Week:
    """A week as a calendar has it."""
    return tuple(tuple((hours.start, hours.end) for hours in day) for day in weekly)


def fold_calendar(calendar: WorkCalendar | None, fact: Fact[CalendarEvent]) -> WorkCalendar:
    """The latest edition."""
    match fact.event:
        case CalendarPublished() as event:
            return work_calendar(event)
        case CalendarAmended() as event:
            return amended(calendar or replace(ALWAYS, id=event.calendar), event)
        case _ as never:
            assert_never(never)
