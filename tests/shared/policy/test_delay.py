"""Counting the days of a delay (domain §1.6, M1 and M2)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.clocks.calendars import WorkCalendar
from shared.policy.delay import DayCount, Delay, late_days
from tests.facts import OFFICE, OneSite

OURS = OneSite.week_days
COUNTS: tuple[DayCount, ...] = ("started_working_days", "started_calendar_days", "full_days")


def sz(day: int, hour: int, minute: int = 0) -> datetime:
    """May 2024 in Shenzhen; the 15th is a Wednesday."""
    return datetime(2024, 5, day, hour, minute, tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)


def may(*days: int) -> tuple[date, ...]:
    return tuple(date(2024, 5, day) for day in days)


@pytest.mark.parametrize(
    ("count", "days"),
    [("started_working_days", may(16, 17)), ("started_calendar_days", may(16, 17, 18)), ("full_days", may(16, 17))],
)
def test_the_worked_example(count: DayCount, days: tuple[date, ...]):
    """Due on Wednesday at 17:00, delivered on Saturday at 09:00, 64 hours late."""
    assert late_days(OURS, count, Delay(sz(15, 17), sz(18, 9))) == days


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize(("until", "hours"), [(sz(15, 17), 0), (sz(15, 9), -8), (sz(15, 23, 59), 7)])
def test_the_day_itself_does_not_count(count: DayCount, until: datetime, hours: int):
    assert late_days(OURS, count, Delay(sz(15, 17), until)) == ()


def test_a_working_day_has_started_when_work_has():
    assert late_days(OURS, "started_working_days", Delay(sz(15, 17), sz(16, 8))) == ()
    assert late_days(OURS, "started_working_days", Delay(sz(15, 17), sz(16, 8, 1))) == may(16)
    assert late_days(OURS, "started_calendar_days", Delay(sz(15, 17), sz(16, 0, 1))) == may(16)


def test_a_full_day_is_over_after_24_hours():
    assert late_days(OURS, "full_days", Delay(sz(15, 17), sz(16, 16, 59))) == ()
    assert late_days(OURS, "full_days", Delay(sz(15, 17), sz(16, 17))) == may(16)


def test_due_at_midnight_is_due_on_the_day_that_ends():
    assert late_days(OURS, "started_calendar_days", Delay(sz(16, 0), sz(16, 9))) == may(16)


@pytest.mark.parametrize(
    ("count", "days"),
    [("started_working_days", may(16)), ("started_calendar_days", may(16, 18)), ("full_days", may(16))],
)
def test_what_lies_in_a_pause_does_not_count(count: DayCount, days: tuple[date, ...]):
    """Friday stands still from midnight to midnight: of 64 hours 40 are left."""
    assert late_days(OURS, count, Delay(sz(15, 17), sz(18, 9), ((sz(17, 0), sz(18, 0)),))) == days


def test_the_rest_of_a_day_with_a_pause_counts():
    noon = Delay(sz(15, 17), sz(17, 17), ((sz(16, 8), sz(16, 12)), (sz(16, 9), sz(16, 10))))
    assert late_days(OURS, "started_working_days", noon) == may(16, 17)


def test_pauses_outside_the_delay_change_nothing():
    pauses = ((sz(10, 8), sz(14, 8)), (sz(20, 8), sz(21, 8)))
    for count in COUNTS:
        assert late_days(OURS, count, Delay(sz(15, 17), sz(18, 9), pauses)) == late_days(
            OURS, count, Delay(sz(15, 17), sz(18, 9))
        )


def test_holidays_and_make_up_days_are_the_sites():
    site = WorkCalendar(
        "x", 1, "Asia/Shanghai", (OFFICE,) * 5 + ((), ()), {date(2024, 5, 16): "a holiday"}, frozenset(may(18))
    )
    assert late_days(site, "started_working_days", Delay(sz(15, 17), sz(18, 9))) == may(17, 18)


def test_a_day_of_25_hours_holds_one_full_day():
    berlin = WorkCalendar("b", 1, "Europe/Berlin", (OFFICE,) * 7)
    begin = datetime(2024, 10, 26, 0, 10, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    days = late_days(berlin, "full_days", Delay(begin, begin + timedelta(days=3)))
    assert days == (date(2024, 10, 27), date(2024, 10, 28), date(2024, 10, 29))


MOMENT = st.integers(0, 40 * 24 * 60).map(lambda minutes: datetime(2024, 5, 1, tzinfo=UTC) + timedelta(minutes=minutes))


@given(MOMENT, MOMENT, st.lists(st.tuples(MOMENT, MOMENT).map(sorted).map(tuple), max_size=3), st.sampled_from(COUNTS))
def test_days_are_in_order_within_the_delay_and_pauses_never_add_one(
    due_at: datetime, until: datetime, pauses: list[tuple[datetime, datetime]], count: DayCount
):
    plain = late_days(OURS, count, Delay(due_at, until))
    paused = late_days(OURS, count, Delay(due_at, until, tuple(pauses)))
    assert list(plain) == sorted(set(plain)) and list(paused) == sorted(set(paused))
    assert all(OURS.day_of(due_at) <= day <= OURS.day_of(until) for day in plain)
    assert len(paused) <= len(plain)
    if until <= due_at:
        assert plain == ()
    assert len(late_days(OURS, "started_working_days", Delay(due_at, until))) <= len(
        late_days(OURS, "started_calendar_days", Delay(due_at, until))
    )
