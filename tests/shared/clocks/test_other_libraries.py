"""Working time counted by others as well: business-duration, businesstimedelta and numpy give the same answers.

They are here as witnesses and nowhere else in the system. Each is asked only what it can say: one zone, the same hours on
every working day, days off. What it cannot say, or gets wrong, stands below with an example of the difference.

    business-duration 0.68 (October 2025): one interval a day (several are asked for one by one), wall time without a zone
    businesstimedelta 1.0.1 (September 2019, not maintained since): several intervals, zones by pytz
    numpy: working days without hours
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.clocks.calendars import Hours, WorkCalendar
from shared.clocks.worktime import Target, add_working_seconds, due, working_seconds

CROSSCHECK = "the extra `crosscheck` is not installed"
businessDuration = pytest.importorskip("business_duration", reason=CROSSCHECK).businessDuration  # noqa: N816 - its name
pytest.importorskip("pandas", reason=CROSSCHECK)  # business-duration imports it when it is asked
btd = pytest.importorskip("businesstimedelta", reason=CROSSCHECK)
pytz = pytest.importorskip("pytz", reason=CROSSCHECK)
np = pytest.importorskip("numpy", reason=CROSSCHECK)

ZONES = ["Asia/Shanghai", "UTC", "Asia/Kolkata", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]
FIRST, LAST = date(2024, 2, 1), date(2024, 6, 1)
"""The weeks that are asked about; clocks change in them on both halves of the globe."""
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Plain:
    """A calendar that all of them can express, as each of them wants it."""

    zone: str
    hours: Hours
    working_days: tuple[int, ...]
    holidays: tuple[date, ...]

    @cached_property
    def ours(self) -> WorkCalendar:
        week = tuple(self.hours if day in self.working_days else () for day in range(7))
        return WorkCalendar("plain", 1, self.zone, week, holidays=dict.fromkeys(self.holidays, "free"))

    @cached_property
    def rules(self) -> Any:
        """For businesstimedelta: it fails where no day off lies before or behind, so there is one far out on either side."""
        tz = pytz.timezone(self.zone)
        free = {*self.holidays, FIRST - 150 * DAY, LAST + 150 * DAY}
        shifts = [btd.WorkDayRule(begin, end, self.working_days, tz=tz) for begin, end in self.hours]
        return btd.Rules([*shifts, btd.HolidayRule(free, tz=tz)])

    def by_business_duration(self, a: datetime, b: datetime) -> float:
        """It reads wall clocks, and knows one interval a day."""
        walls = [at.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None) for at in (a, b)]
        weekend = [day for day in range(7) if day not in self.working_days]
        return sum(businessDuration(*walls, *shift, weekend, self.holidays, unit="sec") for shift in self.hours)

    def by_businesstimedelta(self, a: datetime, b: datetime) -> float:
        return self.rules.difference(a, b).timedelta.total_seconds()

    def added_by_businesstimedelta(self, start: datetime, seconds: int) -> datetime:
        length = btd.BusinessTimeDelta(self.rules, seconds=abs(seconds))
        return ((start + length) if seconds > 0 else (start - length)).astimezone(UTC)


@st.composite
def plain(draw: st.DrawFn) -> Plain:
    """One to three intervals, to the minute, by daylight: clocks change at night."""
    count = draw(st.integers(1, 3))
    minutes = sorted(draw(st.sets(st.integers(5 * 60, 23 * 60), min_size=2 * count, max_size=2 * count)))
    times = [time(*divmod(minute, 60)) for minute in minutes]
    days = st.integers(0, (LAST - FIRST).days).map(lambda n: FIRST + n * DAY)
    return Plain(
        draw(st.sampled_from(ZONES)),
        tuple(zip(times[::2], times[1::2], strict=True)),
        tuple(sorted(draw(st.sets(st.integers(0, 6), min_size=1)))),
        tuple(sorted(draw(st.sets(days, max_size=12)))),
    )


SECONDS = st.integers(0, (LAST - FIRST).days * 86_400)
BEGIN = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC)
MOMENTS = SECONDS.map(lambda n: BEGIN + timedelta(seconds=n))
PAIRS = st.lists(st.tuples(MOMENTS, st.integers(0, 40 * 86_400)), min_size=30, max_size=30).map(
    lambda found: [(a, a + timedelta(seconds=n)) for a, n in found]
)
LENGTHS = st.lists(st.tuples(MOMENTS, st.integers(1, 8_000), st.booleans()), min_size=30, max_size=30)
"""From when, how many thousandths of a working day, and whether forwards."""
thoroughly = settings(max_examples=100, deadline=None)
"""A hundred calendars with thirty questions each."""


def edges(calendar: Plain) -> Iterator[datetime]:
    """The instants at which a mistake by one would show: openings, closings and midnights from Thursday to Sunday."""
    for n in range(4):
        for wall in (time.min, *(each for interval in calendar.hours for each in interval)):
            yield datetime.combine(FIRST + n * DAY, wall, ZoneInfo(calendar.zone)).astimezone(UTC)


# ── where they can, they agree ────────────────────────────────────────────────────────────────────────────────────────
@thoroughly
@given(plain(), PAIRS)
def test_working_seconds_are_those_of_business_duration(calendar: Plain, pairs: list[tuple[datetime, datetime]]):
    for a, b in pairs:
        assert working_seconds(calendar.ours, a, b) == calendar.by_business_duration(a, b)


@thoroughly
@given(plain(), PAIRS)
def test_working_seconds_are_those_of_businesstimedelta(calendar: Plain, pairs: list[tuple[datetime, datetime]]):
    for a, b in pairs:
        assert working_seconds(calendar.ours, a, b) == calendar.by_businesstimedelta(a, b)


@settings(max_examples=10, deadline=None)
@given(plain())
def test_at_the_edges_of_the_day_all_three_agree(calendar: Plain):
    moments = list(edges(calendar))
    for a in moments:
        for b in (each for each in moments if a <= each):
            ours = working_seconds(calendar.ours, a, b)
            assert ours == calendar.by_business_duration(a, b) == calendar.by_businesstimedelta(a, b)


@thoroughly
@given(plain(), LENGTHS)
def test_a_length_ends_where_businesstimedelta_ends_it_forwards_and_backwards(
    calendar: Plain, lengths: list[tuple[datetime, int, bool]]
):
    for start, thousandths, forwards in lengths:
        n = max(1, calendar.ours.usual_day * thousandths // 1000) * (1 if forwards else -1)
        theirs = calendar.added_by_businesstimedelta(start, n)
        assert add_working_seconds(calendar.ours, start, n) == theirs
        if forwards:
            assert due(calendar.ours, start, Target.parse(f"PT{n}S:biz")).at == theirs


@thoroughly
@given(plain(), st.lists(st.tuples(MOMENTS, st.integers(1, 60)), min_size=30, max_size=30))
def test_the_nth_working_day_is_that_of_numpy(calendar: Plain, questions: list[tuple[datetime, int]]):
    tz, close = ZoneInfo(calendar.zone), calendar.hours[-1][1]
    mask = [day in calendar.working_days for day in range(7)]
    days = np.busdaycalendar(weekmask=mask, holidays=np.array(calendar.holidays, dtype="datetime64[D]"))
    for start, n in questions:
        today = start.astimezone(tz).date()
        # From a day off numpy goes back to the working day before it, so that the n-th after it is the same one.
        last = np.busday_offset(today, n, roll="backward", busdaycal=days).astype(date)
        wanted = datetime.combine(last, close, tz).astimezone(UTC)
        assert due(calendar.ours, start, Target.parse(f"wd{n}")).at == wanted


# ── where they cannot, with the difference ────────────────────────────────────────────────────────────────────────────
NIGHT = (time(22), time(6))
SMALL_HOURS = (time(1), time(4))


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


def every_day(*hours: tuple[time, time], holidays: tuple[date, ...] = ()) -> Plain:
    return Plain("Europe/Berlin", hours, tuple(range(7)), holidays)


def test_business_duration_counts_a_night_shift_from_midnight_to_midnight():
    """From three to four in the morning is an hour of the night shift; it finds none, for it begins at 22:00 that day."""
    a, b = berlin("2024-05-21 03:00"), berlin("2024-05-21 04:00")
    assert working_seconds(every_day(NIGHT).ours, a, b) == 3600
    assert every_day(NIGHT).by_business_duration(a, b) == 0


def test_business_duration_does_not_know_that_the_clock_was_changed():
    """On the day summer began, the hour from two to three did not happen; in autumn it happened twice."""
    for day, hours in (("2024-03-31", 2), ("2024-10-27", 4)):
        a, b = berlin(f"{day} 00:00"), berlin(f"{day} 12:00")
        assert working_seconds(every_day(SMALL_HOURS).ours, a, b) == hours * 3600
        assert every_day(SMALL_HOURS).by_business_duration(a, b) == 3 * 3600


def test_business_duration_takes_the_last_second_of_a_day_for_midnight():
    """Midnight as the close is written 23:59:59, and that second is then counted before it is over."""
    a, b = berlin("2024-05-21 22:00"), berlin("2024-05-21 23:59:59")
    assert working_seconds(every_day((time(18), time(0))).ours, a, b) == 7199
    assert every_day((time(18), time(23, 59, 59))).by_business_duration(a, b) == 7200


def test_none_of_them_knows_a_make_up_day():
    """V5: Saturday 11 May 2024 was worked in China; there is nothing in their calendars to say so."""
    office: Hours = ((time(8, 30), time(12)), (time(13), time(17, 30)))
    shanghai = Plain("Asia/Shanghai", office, (0, 1, 2, 3, 4), ())
    made_up = WorkCalendar(
        "cn", 1, "Asia/Shanghai", (office,) * 5 + ((), ()), extra_working_days=frozenset({date(2024, 5, 11)})
    )
    friday, monday = (datetime(2024, 5, day, 7, tzinfo=UTC) for day in (10, 13))
    assert working_seconds(made_up, friday, monday) == 16 * 3600
    assert shanghai.by_business_duration(friday, monday) == shanghai.by_businesstimedelta(friday, monday) == 8 * 3600


def test_businesstimedelta_loses_a_night_shift_that_has_begun():
    """At eleven in the evening the shift runs already; it waits for the next one, and finds nothing of an hour of it."""
    a, b = berlin("2024-05-21 23:00"), berlin("2024-05-22 00:00")
    assert working_seconds(every_day(NIGHT).ours, a, b) == 3600
    assert every_day(NIGHT).by_businesstimedelta(a, b) == 0


def test_businesstimedelta_opens_an_hour_late_when_the_clock_jumps_over_the_opening():
    """A shift that opens at 02:30 on the day on which 02:30 does not exist opens when the clock jumps, at three."""
    night = every_day((time(2, 30), time(5)))
    a, b = berlin("2024-03-31 00:00"), berlin("2024-03-31 12:00")
    assert working_seconds(night.ours, a, b) == 2 * 3600
    assert night.by_businesstimedelta(a, b) == 1.5 * 3600


def test_businesstimedelta_ends_a_day_off_after_twenty_four_hours():
    """A Sunday on which clocks go back has twenty-five. In its last it works, backwards in time, and never comes to an end."""
    late = every_day((time(22), time(23, 59)), holidays=(date(2024, 10, 27),))
    eleven, midnight = berlin("2024-10-27 23:00"), berlin("2024-10-28 00:00")
    assert working_seconds(late.ours, eleven, midnight) == 0
    opens, closes = late.rules.next(eleven)
    assert closes < opens == eleven


def test_businesstimedelta_needs_a_day_off_ahead():
    """Behind the last day off that it was given it fails, as its users have reported (its issue 10)."""
    tz = pytz.timezone("Europe/Berlin")
    rules = btd.Rules([btd.WorkDayRule(tz=tz), btd.HolidayRule([date(2024, 1, 1)], tz=tz)])
    with pytest.raises(TypeError):
        rules.difference(berlin("2024-05-20 09:00"), berlin("2024-05-21 09:00"))
