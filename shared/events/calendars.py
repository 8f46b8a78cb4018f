"""Calendars: when a site works, stated in editions. Nothing in an edition ever changes; another edition says otherwise."""

from datetime import time
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.events.organisation import Zone
from shared.events.texts import Says
from shared.kernel.fact import Event
from shared.kernel.values import Code, Day, Line, Value


class Hours(Value):
    """One interval of work in local wall time; an end not after the start means the next day."""

    start: Annotated[time, Field(strict=False)]
    end: Annotated[time, Field(strict=False)]


class Holiday(Value):
    """A day on which nobody works, and why."""

    day: Day
    name: Line


Weekly = Annotated[tuple[tuple[Hours, ...], ...], Field(min_length=7, max_length=7)]
"""Monday first."""
Holidays = Annotated[tuple[Holiday, ...], Field(max_length=20_000)]
Days = Annotated[tuple[Day, ...], Field(max_length=5_000)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", examples=["CN"])]
"""ISO 3166."""
Subdivision = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,10}$", examples=["BY"])]
DaysEnd = Literal["midnight", "close"]
"""When a promise in calendar days or months falls due on its last day."""
Roll = Literal["stay", "next_working_day"]
"""Where it goes when that day is free."""


class CalendarPublished(Event):
    """A version of a working calendar: weekly hours, holidays, and extra working days (China's make-up days)."""

    TOPIC: ClassVar[str] = "calendar.CalendarPublished"
    SHAPE: ClassVar[int] = 2
    SAYS: ClassVar[Says] = {
        "en": "Calendar {calendar} version {edition} published, holidays known through {published_through}",
        "zh": "发布日历{calendar}第{edition}版，假日公布至{published_through}",
    }

    calendar: Code
    edition: Annotated[int, Field(ge=1)]
    zone: Zone
    weekly: Weekly
    holidays: Holidays = ()
    extra_working_days: Days = ()
    published_through: Day | None = None
    source: Line
    published_from: Day | None = None
    days_end: DaysEnd = "midnight"
    roll: Roll = "stay"
    country: Country | None = None
    """Whose public holidays it keeps; the next edition asks for the same."""
    subdivision: Subdivision | None = None
    tzdb: Line | None = None
    """The edition of the time-zone database that its hours were read with."""


class CalendarAmended(Event):
    """A calendar says something else than it said: a day was declared free, a Saturday is worked, the hours changed."""

    TOPIC: ClassVar[str] = "calendar.CalendarAmended"
    SAYS: ClassVar[Says] = {
        "en": "Calendar {calendar} amended, version {edition}: {reason}",
        "zh": "日历{calendar}修订为第{edition}版：{reason}",
    }

    calendar: Code
    edition: Annotated[int, Field(ge=2)]
    reason: Line
    weekly: Weekly | None = None
    """What is left out stays as it was."""
    now_free: Holidays = ()
    free_no_longer: Days = ()
    now_worked: Days = ()
    worked_no_longer: Days = ()
    days_end: DaysEnd | None = None
    roll: Roll | None = None
    tzdb: Line | None = None


CalendarEvent = CalendarPublished | CalendarAmended
