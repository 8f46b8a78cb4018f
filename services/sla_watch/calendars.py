"""Calendars as facts: a site gets one when it opens, and a new edition when more holidays have been published."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated

from pydantic import Field

from services.sla_watch.published_calendars import for_zone, published
from shared.clocks.calendars import WorkCalendar
from shared.events.organisation import CalendarPublished, Holiday, Hours
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Refused
from shared.kernel.fact import Occasion

YEARS_BACK, YEARS_AHEAD = 2, 2


class PublishCalendar(Command):
    """Publish a new edition of a site's calendar from its country's public holidays, as far as they are known."""

    years_ahead: Annotated[int, Field(ge=1, le=10)] = YEARS_AHEAD


def decide_calendar(
    calendar: WorkCalendar | None, id: str, zone: str, occasion: Occasion, years_ahead: int = YEARS_AHEAD
) -> Decided:
    """A first or a newer edition; refused when nothing would change."""
    this_year = occasion.at.year
    first = min([this_year, *(day.year for day in calendar.holidays)] if calendar else [this_year]) - (
        0 if calendar else YEARS_BACK
    )
    edition = 1 if calendar is None else calendar.version + 1
    found = public_calendar(id, edition, zone, range(first, this_year + years_ahead + 1))
    if calendar is not None and (found.holidays, found.extra_working_days, found.published_through) == (
        calendar.holidays, calendar.extra_working_days, calendar.published_through,
    ):  # fmt: skip
        raise Refused("no more holidays have been published", rule="G-CALENDAR")
    yield calendar_published(found)


def public_calendar(id: str, edition: int, zone: str, years: range) -> WorkCalendar:
    """The calendar of a zone's country; around the clock where the zone belongs to none that is known."""
    country = for_zone(zone)
    if country is None:
        return WorkCalendar(id, edition, zone, (((time.min, time.min),),) * 7)
    found = published(country, None, zone, None, years)
    return WorkCalendar(
        id, edition, zone, found.weekly, found.holidays, found.extra_working_days, found.published_through
    )


def calendar_published(calendar: WorkCalendar) -> CalendarPublished:
    """The fact that states a calendar."""
    return CalendarPublished(
        calendar=calendar.id,
        edition=calendar.version,
        zone=calendar.zone,
        weekly=tuple(tuple(Hours(start=start, end=end) for start, end in day) for day in calendar.weekly),
        holidays=tuple(Holiday(day=day, name=name) for day, name in calendar.holidays.items()),
        extra_working_days=tuple(sorted(calendar.extra_working_days)),
        published_through=_known(calendar.published_through),
        source="public holidays",
    )


def _known(day: date | None) -> date | None:
    return day if day is not None and day.year >= 1970 else None
