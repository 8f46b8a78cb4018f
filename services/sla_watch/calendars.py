"""Calendars as facts: published from public holidays or as somebody states them, amended with a reason, given to sites."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Annotated

from pydantic import Field

from services.sla_watch.published_calendars import for_zone, published
from shared.clocks.calendars import TZDB, WorkCalendar
from shared.clocks.published import amended, week_of
from shared.events.calendars import (
    CalendarAmended,
    CalendarPublished,
    Country,
    Days,
    DaysEnd,
    Holiday,
    Holidays,
    Hours,
    Roll,
    Subdivision,
    Weekly,
)
from shared.events.organisation import CalendarAssigned, Zone
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Invalid, Refused
from shared.kernel.fact import Occasion
from shared.kernel.values import Code, Day, Line
from shared.policy.organisation import Site
from shared.policy.rules import Rules

YEARS_BACK, YEARS_AHEAD = 2, 2
WeekText = Annotated[
    tuple[Annotated[str, Field(max_length=200, examples=["mon-fri 08:00-12:00 13:00-17:00"])], ...],
    Field(min_length=1, max_length=7),
]
"""Lines of days and hours; a day that no line names is free."""
DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"(\d{2}:\d{2})\s*[-–]\s*(\d{2}:\d{2})")
WAY_OUT = "amend-calendar changes single days and hours, and says why"


class PublishCalendar(Command):
    """Publish a calendar, or a new edition of one: from its country's public holidays as far as they are known, or as stated.

    What is left out stays as it was; of a first edition it is that of the zone's country. With `holidays` given, they are
    the holidays, and no country is asked.
    """

    calendar: Code
    zone: Zone | None = None
    country: Country | None = None
    subdivision: Subdivision | None = None
    weekly: WeekText | None = None
    holidays: Holidays | None = None
    extra_working_days: Days | None = None
    published_from: Day | None = None
    published_through: Day | None = None
    """With stated holidays: the last day that they are known for. Promises that reach further are provisional."""
    days_end: DaysEnd | None = None
    roll: Roll | None = None
    years_ahead: Annotated[int, Field(ge=1, le=10)] = YEARS_AHEAD


class AmendCalendar(Command):
    """Change single days or the hours of a calendar, and say why. Running promises are computed again."""

    reason: Line
    weekly: WeekText | None = None
    now_free: Holidays = ()
    free_no_longer: Days = ()
    now_worked: Days = ()
    worked_no_longer: Days = ()
    days_end: DaysEnd | None = None
    roll: Roll | None = None


class AssignCalendar(Command):
    """Let a site work by another calendar. Running promises are computed again."""

    calendar: Code
    reason: Line


def publish(calendar: WorkCalendar | None, command: PublishCalendar, occasion: Occasion, rules: Rules) -> Decided:
    """A first or a newer edition; refused when nothing would change, or when days between the editions stay unknown."""
    yield from _published(calendar, command, occasion)


def _published(calendar: WorkCalendar | None, command: PublishCalendar, occasion: Occasion) -> Decided:
    found = stated(calendar, command, occasion.at)
    if calendar is not None and replace(found, version=calendar.version) == calendar:
        raise Refused("no more holidays have been published", rule="G-CALENDAR", way_out=WAY_OUT)
    _refuse_gap(calendar, found)
    yield calendar_published(found, "public holidays" if command.holidays is None else "stated")


def stated(calendar: WorkCalendar | None, command: PublishCalendar, at: datetime) -> WorkCalendar:
    """The edition that a command states, after the present one if there is one; raises Invalid for one that cannot be."""
    zone = command.zone or (calendar.zone if calendar else None)
    if zone is None:
        raise Invalid("a first edition needs a zone", rule="G-CALENDAR", field="zone")
    if command.holidays is None:
        return _public(calendar, command.calendar, zone, command, at)
    return _stated(calendar, command.calendar, zone, command)


def _public(calendar: WorkCalendar | None, id: str, zone: str, command: PublishCalendar, at: datetime) -> WorkCalendar:
    for field in ("extra_working_days", "published_from", "published_through"):
        if getattr(command, field) is not None:
            raise Invalid(
                "is stated together with the holidays; those of a country bring their own",
                rule="G-CALENDAR", field=field, way_out="state `holidays` too, or leave it out",
            )  # fmt: skip
    country = command.country or (calendar.country if calendar else None) or for_zone(zone)
    subdivision = command.subdivision or (calendar.subdivision if calendar and not command.country else None)
    weekly = week_of(hours_of(command.weekly)) if command.weekly else calendar.weekly if calendar else None
    days_end = command.days_end or (calendar.days_end if calendar else "midnight")
    roll = command.roll or (calendar.roll if calendar else "stay")
    if country is None:
        if subdivision is not None:
            raise Invalid("a region is one of a country", rule="G-CALENDAR", field="country")
        return _possible(lambda: WorkCalendar(
            id, _edition(calendar), zone, weekly or _AROUND_THE_CLOCK, days_end=days_end, roll=roll
        ))  # fmt: skip
    this_year = at.year
    first = min((day.year for day in calendar.holidays), default=this_year) if calendar else this_year - YEARS_BACK
    years = range(min(first, this_year), this_year + command.years_ahead + 1)
    found = _possible(lambda: published(country, subdivision, zone, weekly, years))
    return _possible(lambda: replace(
        found, id=id, version=_edition(calendar), country=country, subdivision=subdivision,
        published_from=calendar.published_from if calendar else found.published_from,
        days_end=days_end, roll=roll,
    ))  # fmt: skip


def _stated(calendar: WorkCalendar | None, id: str, zone: str, command: PublishCalendar) -> WorkCalendar:
    if command.country is not None:
        raise Invalid("holidays are stated, or those of a country: not both", rule="G-CALENDAR", field="country")
    weekly = week_of(hours_of(command.weekly)) if command.weekly else calendar.weekly if calendar else None
    if weekly is None:
        raise Invalid("a first edition with stated holidays needs its hours", rule="G-CALENDAR", field="weekly")
    return _possible(lambda: WorkCalendar(
        id, _edition(calendar), zone, weekly, {one.day: one.name for one in command.holidays or ()},
        frozenset(command.extra_working_days or ()), command.published_through, command.published_from,
        command.days_end or (calendar.days_end if calendar else "midnight"),
        command.roll or (calendar.roll if calendar else "stay"),
    ))  # fmt: skip


def hours_of(lines: WeekText) -> Weekly:
    """Seven days of hours, Monday first, from lines such as `mon-fri 08:00-12:00 13:00-17:00`; raises Invalid."""
    week: list[tuple[Hours, ...]] = [()] * 7
    for line in lines:
        days, _, hours = line.strip().partition(" ")
        for day in _days(days):
            if week[day]:
                raise _no_week(f"{DAY_NAMES[day]} is named twice")
            week[day] = _intervals(hours, days)
    return tuple(week)


def _days(text: str) -> range:
    first, _, last = text.lower().rstrip(":").partition("-")
    if first not in DAY_NAMES or (last and last not in DAY_NAMES):
        raise _no_week(f"{text!r} is no day; days are {', '.join(DAY_NAMES)}, and ranges such as mon-fri")
    begin, end = DAY_NAMES.index(first), DAY_NAMES.index(last or first)
    if end < begin:
        raise _no_week(f"{text!r} runs backwards; a week begins on mon")
    return range(begin, end + 1)


def _intervals(text: str, days: str) -> tuple[Hours, ...]:
    if _HOURS.sub("", text).strip(" ,") or not text.strip():
        raise _no_week(f"{days}: {text!r} are no hours; write 08:00-12:00 13:00-17:00")
    try:
        return tuple(
            Hours(start=time.fromisoformat(start), end=time.fromisoformat(end)) for start, end in _HOURS.findall(text)
        )
    except ValueError:
        raise _no_week(f"{days}: {text!r} holds a time that there is not") from None


def _no_week(detail: str) -> Invalid:
    return Invalid(detail, rule="G-CALENDAR", field="weekly", way_out="casetrail calendar publish --help")


def _edition(calendar: WorkCalendar | None) -> int:
    return 1 if calendar is None else calendar.version + 1


def _possible(make: Callable[[], WorkCalendar]) -> WorkCalendar:
    """What cannot be a calendar is named: overlapping hours, a week without work, an unknown zone or country."""
    try:
        return make()
    except ValueError as error:
        raise Invalid(str(error), rule="G-CALENDAR", field="weekly", way_out="casetrail calendar --help") from None


def _refuse_gap(calendar: WorkCalendar | None, found: WorkCalendar) -> None:
    first, last = found.published_from, found.published_through
    if first is not None and last is not None and last < first - timedelta(days=1):
        raise Invalid(f"ends on {last}, before it begins on {first}", rule="G-CALENDAR", field="published_through")
    known = calendar.published_through if calendar else None
    if first is not None and known is not None and first > known + timedelta(days=1):
        raise Refused(
            f"holidays are known through {known}, and from {first} on: nobody would know the days between",
            rule="G-CALENDAR", field="published_from", way_out="leave published_from out",
        )  # fmt: skip


def decide_calendar(
    calendar: WorkCalendar | None, id: str, zone: str, occasion: Occasion, years_ahead: int = YEARS_AHEAD
) -> Decided:
    """What a site gets when it opens."""
    return _published(calendar, PublishCalendar(calendar=id, zone=zone, years_ahead=years_ahead), occasion)


def amend(calendar: WorkCalendar, command: AmendCalendar, occasion: Occasion, rules: Rules) -> Decided:
    """Another edition; refused when nothing would change."""
    for field, days, known in (
        ("free_no_longer", command.free_no_longer, calendar.holidays),
        ("worked_no_longer", command.worked_no_longer, calendar.extra_working_days),
    ):
        if strange := [day for day in days if day not in known]:
            raise Refused(f"{strange[0]} is none in this calendar", rule="G-CALENDAR", field=field)
    event = CalendarAmended(
        calendar=calendar.id, edition=calendar.version + 1, reason=command.reason,
        weekly=hours_of(command.weekly) if command.weekly else None, now_free=command.now_free,
        free_no_longer=command.free_no_longer, now_worked=command.now_worked, worked_no_longer=command.worked_no_longer,
        days_end=command.days_end, roll=command.roll, tzdb=TZDB,
    )  # fmt: skip
    if replace(_possible(lambda: amended(calendar, event)), version=calendar.version) == calendar:
        raise Refused("nothing would change", rule="G-CALENDAR")
    yield event


def assign(site: Site, command: AssignCalendar, occasion: Occasion, rules: Rules) -> Decided:
    """Refused for a calendar that was never published."""
    if site.calendar == command.calendar:
        raise Refused("the site works by this calendar already", rule="G-CALENDAR", field="calendar")
    if rules.calendar(command.calendar).id != command.calendar:
        raise Refused(
            f"there is no calendar {command.calendar!r}",
            rule="G-CALENDAR",
            field="calendar",
            way_out="publish-calendar",
        )
    yield CalendarAssigned(site=site.code, calendar=command.calendar, was=site.calendar, reason=command.reason)


_AROUND_THE_CLOCK = (((time.min, time.min),),) * 7


def calendar_published(calendar: WorkCalendar, source: str = "public holidays") -> CalendarPublished:
    """The fact that states a calendar."""
    return CalendarPublished(
        calendar=calendar.id,
        edition=calendar.version,
        zone=calendar.zone,
        weekly=tuple(tuple(Hours(start=start, end=end) for start, end in day) for day in calendar.weekly),
        holidays=tuple(Holiday(day=day, name=name) for day, name in calendar.holidays.items()),
        extra_working_days=tuple(sorted(calendar.extra_working_days)),
        published_through=_known(calendar.published_through),
        source=source,
        published_from=_known(calendar.published_from),
        days_end=calendar.days_end,
        roll=calendar.roll,
        country=calendar.country,
        subdivision=calendar.subdivision,
        tzdb=TZDB,
    )


def _known(day: date | None) -> date | None:
    return day if day is not None and day.year >= 1970 else None
