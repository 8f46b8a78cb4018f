"""Editions of a calendar: published only when they say something new, amended with a reason, refused when they cannot be."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from services.sla_watch.calendars import (
    AmendCalendar,
    AssignCalendar,
    PublishCalendar,
    amend,
    assign,
    decide_calendar,
    publish,
)
from shared.clocks.calendars import ALWAYS, TZDB, WorkCalendar
from shared.clocks.published import fold_calendar
from shared.events.calendars import CalendarPublished, Holiday
from shared.kernel.command import Decided
from shared.kernel.errors import Invalid, Problem, Refused
from shared.kernel.fact import Actor, Event, Occasion
from shared.policy.organisation import Site
from tests.facts import MONDAY, Log, OneSite

NATIONAL_DAY = Holiday(day=date(2026, 10, 1), name="国庆节")


def occasion(at: datetime = MONDAY) -> Occasion:
    return Occasion(Actor("p-owner"), at, at, "k", "k")


def says(known: WorkCalendar | None, decided: Decided, at: datetime = MONDAY) -> WorkCalendar:
    [event] = decided
    assert isinstance(event, Event)
    return fold_calendar(known, Log().append("calendar-cn-std", event, at))


def published(known: WorkCalendar | None, at: datetime = MONDAY) -> WorkCalendar:
    return says(known, decide_calendar(known, "cn-std", "Asia/Shanghai", occasion(at)), at)


def publishing(known: WorkCalendar | None = None, **said: Any) -> WorkCalendar:
    return says(known, publish(known, PublishCalendar(calendar="cn-std", **said), occasion(), OneSite()))


def amending(known: WorkCalendar, **said: Any) -> WorkCalendar:
    return says(known, amend(known, AmendCalendar(reason="because", **said), occasion(), OneSite()))


def refused(what: Any, kind: type[Problem] = Refused) -> Problem:
    with pytest.raises(kind) as no:
        what()
    assert no.value.rule == "G-CALENDAR"
    return no.value


# ── public holidays ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_edition_that_says_nothing_new_is_refused_and_the_next_year_is_news():
    first = published(None)
    assert refused(lambda: published(first, MONDAY + timedelta(days=1))).way_out
    assert published(first, MONDAY + timedelta(days=366)).version == 2


def test_a_calendar_remembers_whose_holidays_it_keeps():
    bavaria = publishing(zone="Europe/Berlin", country="DE", subdivision="BY")
    epiphany = date(2026, 1, 6)
    assert epiphany in bavaria.holidays and epiphany not in publishing(zone="Europe/Berlin", country="DE").holidays
    later = says(bavaria, publish(bavaria, PublishCalendar(calendar="cn-std", years_ahead=4), occasion(), OneSite()))
    assert date(2030, 1, 6) in later.holidays and later.version == 2
    assert (
        "Asturia"
        in refused(lambda: publishing(zone="Europe/Berlin", country="DE", subdivision="Asturia"), Invalid).detail
    )


def test_a_first_edition_needs_a_zone_and_an_edition_says_which_time_zones_it_read():
    assert refused(publishing, Invalid).field == "zone"
    [event] = publish(None, PublishCalendar(calendar="x", zone="Asia/Shanghai"), occasion(), OneSite())
    assert isinstance(event, CalendarPublished) and event.tzdb == TZDB


# ── as stated ─────────────────────────────────────────────────────────────────────────────────────────────────────────
STATED: dict[str, Any] = {
    "zone": "Asia/Shanghai", "weekly": ("mon-fri 08:00-17:00",), "holidays": (NATIONAL_DAY,),
    "published_from": date(2026, 1, 1), "published_through": date(2026, 12, 31),
}  # fmt: skip


def test_hours_and_holidays_may_be_stated():
    stated = publishing(**STATED, extra_working_days=(date(2026, 10, 10),), roll="next_working_day")
    assert stated.pattern(date(2026, 10, 1)) == () and stated.pattern(date(2026, 10, 10)) == ((time(8), time(17)),)
    assert stated.roll == "next_working_day" and not stated.promised(date(2026, 12, 1), date(2027, 1, 1))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
                ({"weekly": ("mon 08:00-12:00 11:00-17:00",)}, "overlap"),
        ({"weekly": ("mo 08:00-12:00",)}, "no day"),
        ({"weekly": ("fri-mon 08:00-12:00",)}, "backwards"),
        ({"weekly": ("mon-fri 08:00-12:00", "tue 09:00-10:00")}, "twice"),
        ({"weekly": ("mon 8-12",)}, "no hours"),
        ({"weekly": ("mon",)}, "no hours"),
        ({"weekly": ("mon 25:00-26:00",)}, "there is not"),
        ({"weekly": ("mon 20:00-06:00", "tue 05:00-12:00")}, "before the hours of the day before"),
        ({"extra_working_days": (NATIONAL_DAY.day,)}, "holiday"),
        ({"published_through": date(2025, 1, 1)}, "before it begins"),
        ({"country": "CN"}, "not both"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_calendar_is_named(changed: dict[str, Any], says: str):
    assert says in refused(lambda: publishing(**{**STATED, **changed}), Invalid).detail


@pytest.mark.parametrize(
    "said", [{"extra_working_days": (date(2026, 10, 10),)}, {"published_through": date(2026, 12, 31)},
             {"published_from": date(2026, 1, 1)}],
)  # fmt: skip
def test_what_goes_with_stated_holidays_is_not_dropped_without_them(said: dict[str, Any]):
    assert refused(lambda: publishing(zone="Asia/Shanghai", **said), Invalid).field == next(iter(said))


def test_where_no_country_is_known_the_rest_of_what_is_said_holds():
    nobody = publishing(zone="Etc/UTC", days_end="close", roll="next_working_day")
    assert (nobody.country, nobody.days_end, nobody.roll) == (None, "close", "next_working_day")
    assert refused(lambda: publishing(zone="Etc/UTC", subdivision="BY"), Invalid).field == "country"


def test_nobody_may_leave_a_gap_between_two_editions():
    first = publishing(**STATED)
    gap = {**STATED, "published_from": date(2027, 6, 1), "published_through": date(2027, 12, 31)}
    assert refused(lambda: publishing(first, **gap)).field == "published_from"
    assert publishing(first, **{**gap, "published_from": date(2027, 1, 1)}).version == 2


# ── amended ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_single_days_are_amended_and_the_rest_stays():
    first = publishing(**STATED)
    cut = amending(
        first, now_free=(Holiday(day=date(2026, 11, 27), name="power cut"),), now_worked=(date(2026, 11, 28),)
    )
    assert cut.version == 2 and cut.pattern(date(2026, 11, 27)) == () and cut.pattern(date(2026, 11, 28))
    assert cut.pattern(NATIONAL_DAY.day) == () and cut.published_through == first.published_through
    back = amending(cut, free_no_longer=(date(2026, 11, 27),), worked_no_longer=(date(2026, 11, 28),))
    assert back.pattern(date(2026, 11, 27)) and back.pattern(date(2026, 11, 28)) == ()


def test_a_holiday_that_is_worked_is_none_any_more():
    worked = amending(publishing(**STATED), now_worked=(NATIONAL_DAY.day,))
    assert worked.pattern(NATIONAL_DAY.day) and NATIONAL_DAY.day not in worked.holidays


def test_an_amendment_changes_something_that_there_is():
    first = publishing(**STATED)
    assert "nothing" in refused(lambda: amending(first)).detail
    assert refused(lambda: amending(first, free_no_longer=(date(2026, 10, 2),))).field == "free_no_longer"
    assert refused(lambda: amending(first, worked_no_longer=(date(2026, 10, 2),))).field == "worked_no_longer"
    assert "overlap" in refused(lambda: amending(first, weekly=("mon 08:00-12:00 11:00-12:00",)), Invalid).detail


# ── given to a site ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_site_works_by_a_calendar_that_there_is():
    site = Site("sz", "Shenzhen", "Asia/Shanghai", "sz", "p-owner")
    [event] = assign(site, AssignCalendar(calendar="cn-std", reason="one for all"), occasion(), OneSite())
    assert (event.calendar, event.was) == ("cn-std", "sz")  # type: ignore[union-attr]
    assert refused(lambda: list(assign(site, AssignCalendar(calendar="sz", reason="x"), occasion(), OneSite())))
    nowhere = type("Nowhere", (OneSite,), {"calendar": lambda self, id: ALWAYS})()
    assert refused(lambda: list(assign(site, AssignCalendar(calendar="moon", reason="x"), occasion(), nowhere))).way_out
