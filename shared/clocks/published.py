"""From the fact that a calendar was published to the calendar itself."""

from __future__ import annotations

from shared.clocks.calendars import WorkCalendar
from shared.events.organisation import CalendarEvent, CalendarPublished
from shared.kernel.fact import Fact


def work_calendar(event: CalendarPublished) -> WorkCalendar:
    """The calendar of one published edition; raises ValueError for one that cannot be."""
    return WorkCalendar(
        id=event.calendar,
        version=event.edition,
        zone=event.zone,
        weekly=tuple(tuple((hours.start, hours.end) for hours in day) for day in event.weekly),
        holidays={holiday.day: holiday.name for holiday in event.holidays},
        extra_working_days=frozenset(event.extra_working_days),
        published_through=event.published_through,
    )


def fold_calendar(calendar: WorkCalendar | None, fact: Fact[CalendarEvent]) -> WorkCalendar | None:
    """The latest edition."""
    return work_calendar(fact.event)
