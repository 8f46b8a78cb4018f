"""So long before something is due: working days, days, and lengths of time, counted backwards."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.clocks.calendars import ALWAYS, Hours, WorkCalendar
from shared.clocks.lead import before, lead
from shared.clocks.worktime import Target, due, working_seconds
from tests.shared.clocks.test_worktime import NIGHT, at, cn, site


def so_long(length: str, end: str, calendar: WorkCalendar | None = None, zone: str = "Asia/Shanghai") -> str:
    """The instant as people on the site read it."""
    found = before(calendar or cn(), at(end, zone), lead(length))
    return f"{found.astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("length", "end", "found"),
    [
        ("PT15M", "2024-05-20 09:00", "Mon 2024-05-20 08:45"),
        ("PT2H:biz", "2024-05-20 09:30", "Fri 2024-05-17 16:30"),
        ("wd1", "2024-05-24 17:30", "Thu 2024-05-23 17:30"),
        ("wd1", "2024-05-20 17:30", "Fri 2024-05-17 17:30"),
        ("wd1", "2024-05-13 17:30", "Sat 2024-05-11 17:30"),  # worked although it is a Saturday
        ("wd1", "2024-05-06 17:30", "Tue 2024-04-30 17:30"),  # over the holidays of May
        ("wd3", "2024-05-24 17:30", "Tue 2024-05-21 17:30"),
        ("wd1", "2024-05-21 10:00", "Mon 2024-05-20 10:00"),  # in the middle of a day, where a pause has moved it
        ("wd1", "2024-05-20 08:30", "Thu 2024-05-16 17:30"),  # nothing of Monday is left: it ends with Friday
        ("wd1", "2024-05-20 00:00", "Thu 2024-05-16 17:30"),  # a Sunday’s midnight as well
        ("cd1", "2024-05-20 17:30", "Sun 2024-05-19 17:30"),
        ("cd7", "2024-05-20 17:30", "Mon 2024-05-13 17:30"),
        ("cd3", "2024-06-20 00:00", "Mon 2024-06-17 00:00"),
    ],
)
def test_so_long_before(length: str, end: str, found: str):
    assert so_long(length, end) == found


def test_a_working_day_in_seconds_ends_where_so_much_is_left():
    assert so_long("wd1:elapsed", "2024-05-21 10:00") == "Mon 2024-05-20 10:00"


def test_a_night_shift_belongs_to_the_day_on_which_it_begins():
    nights = site((NIGHT,) * 5 + ((), ()))
    assert so_long("wd1", "2024-05-23 06:00", nights) == "Wed 2024-05-22 06:00"
    assert so_long("wd1", "2024-05-21 06:00", nights) == "Sat 2024-05-18 06:00"


def test_a_short_day_is_not_left_before_it_begins():
    mornings: Hours = ((time(8), time(12)),)
    calendar = site(((((time(8), time(12)), (time(13), time(17)))),) * 4 + (mornings,) + ((), ()))
    assert so_long("wd1", "2024-05-20 09:00", calendar) == "Fri 2024-05-17 08:00"
    assert so_long("wd1", "2024-05-20 17:00", calendar) == "Fri 2024-05-17 12:00"


def test_days_are_days_on_the_wall_where_the_clocks_change():
    berlin = site(zone="Europe/Berlin")
    assert so_long("cd1", "2024-03-31 17:00", berlin, "Europe/Berlin") == "Sat 2024-03-30 17:00"
    assert at("2024-03-31 17:00", "Europe/Berlin") - at("2024-03-30 17:00", "Europe/Berlin") == timedelta(hours=23)


@pytest.mark.parametrize("text", ["half", "by:17:00", "mo1"])
def test_what_is_no_length_of_time_is_none_before_anything(text: str):
    with pytest.raises(ValueError, match=f"{text}.* no time before"):
        lead(text)
    with pytest.raises(ValueError, match="no length"):
        before(ALWAYS, datetime(2024, 5, 20, tzinfo=UTC), Target.parse(text))


instants = st.integers(1_700_000_000, 1_800_000_000).map(lambda second: datetime.fromtimestamp(second, UTC))


@given(instants, st.integers(1, 30), st.sampled_from([cn(), site((NIGHT,) * 5 + ((), ())), ALWAYS]))
def test_whoever_is_warned_so_many_working_days_before_has_them_all_to_work(
    start: datetime, n: int, calendar: WorkCalendar
):
    end = due(calendar, start, Target.parse(f"wd{n + 1}")).at
    warned = before(calendar, end, lead(f"wd{n}"))
    assert start < warned < end
    assert working_seconds(calendar, warned, end) == working_seconds(
        calendar, due(calendar, start, lead("wd1")).at, end
    )


@given(instants, st.integers(1, 500))
def test_lengths_by_the_clock_and_in_working_time_are_that_long(end: datetime, minutes: int):
    assert end - before(cn(), end, lead(f"PT{minutes}M")) == timedelta(minutes=minutes)
    assert working_seconds(cn(), before(cn(), end, lead(f"PT{minutes}M:biz")), end) == 60 * minutes
