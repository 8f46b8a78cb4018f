"""When things are due: the vectors of the proposal, properties, and a slow count that knows nothing of the index."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.sla_watch.published_calendars import published
from shared.clocks.calendars import ALWAYS, EPOCH, SPAN, WEEKDAYS, Hours, Week, WorkCalendar
from shared.clocks.worktime import Kind, Step, Target, add_working_seconds, due, working_seconds

HOUR = 3600
MINUTE = timedelta(minutes=1)
EIGHT: Hours = ((time(8), time(12)), (time(13), time(17)))
NIGHT: Hours = ((time(22), time(6)),)


def site(weekly: Week = (EIGHT,) * 5 + ((), ()), zone: str = "Asia/Shanghai", **more: Any) -> WorkCalendar:
    return WorkCalendar("site", 1, zone, weekly, **more)


@cache
def cn() -> WorkCalendar:
    return published("CN", None, "Asia/Shanghai", None, range(2024, 2028))


def at(text: str, zone: str = "Asia/Shanghai") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def when(
    start: str, target: str, *paused: tuple[str, str], calendar: WorkCalendar | None = None, zone: str = "Asia/Shanghai"
) -> str:
    """The due moment as people on the site read it."""
    pauses = [(at(since, zone), at(until, zone)) for since, until in paused]
    result = due(calendar or cn(), at(start, zone), Target.parse(target), pauses)
    return f"{result.at.astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M}"


# The vectors of proposal 4.5.4


@pytest.mark.parametrize(
    ("name", "start", "target", "expected"),
    [
        ("V1", "2024-05-20 16:00", "PT2H", "Mon 2024-05-20 18:00"),
        ("V2", "2024-05-20 16:00", "PT2H:biz", "Tue 2024-05-21 09:00"),
        ("V3", "2024-05-20 10:00", "wd3", "Thu 2024-05-23 17:30"),
        ("V4", "2024-05-20 10:00", "wd3:elapsed", "Thu 2024-05-23 10:00"),
        ("V5", "2024-05-10 15:00", "wd1", "Sat 2024-05-11 17:30"),
        ("V6", "2024-04-30 10:00", "wd1", "Mon 2024-05-06 17:30"),
        ("V10", "2024-05-20 09:00", "half", "Mon 2024-05-20 17:30"),
        ("V10", "2024-05-20 14:00", "half", "Tue 2024-05-21 12:00"),
        ("V10", "2024-05-20 09:00", "PT4H:biz", "Mon 2024-05-20 14:00"),
        ("V10", "2024-05-20 14:00", "PT4H:biz", "Tue 2024-05-21 09:00"),
        ("V11", "2024-11-30 00:00", "mo3", "Sat 2025-03-01 00:00"),  # 24:00 of 28 February
        ("V12", "2024-05-20 12:00", "cd30", "Thu 2024-06-20 00:00"),  # 24:00 of 19 June
        ("V13", "2024-05-17 16:00", "PT48H", "Sun 2024-05-19 16:00"),
        ("V13", "2024-05-17 16:00", "wd2", "Tue 2024-05-21 17:30"),
        ("V13", "2024-05-17 16:00", "PT48H:biz", "Mon 2024-05-27 16:00"),
        ("V14", "2024-09-27 10:00", "wd7", "Sat 2024-10-12 17:30"),
        ("V15", "2024-05-20 17:00", "by:17:00", "Tue 2024-05-21 17:00"),
        ("V15", "2024-05-20 16:59:59", "by:17:00", "Mon 2024-05-20 17:00"),
    ],
)
def test_the_vectors_are_exact(name: str, start: str, target: str, expected: str):
    assert when(start, target) == expected, name


def test_v7_a_weekend_in_a_pause_gives_back_its_working_hours_only():
    assert when("2024-05-16 10:00", "wd3:elapsed", ("2024-05-17 16:00", "2024-05-20 10:00")) == "Tue 2024-05-21 14:00"


def test_v9_a_day_by_the_clock_is_an_hour_later_on_the_wall_when_summer_begins():
    assert when("2024-03-30 12:00", "PT24H", zone="Europe/Berlin") == "Sun 2024-03-31 13:00"


# Pauses


@pytest.mark.parametrize(
    ("target", "pauses", "expected"),
    [
        ("PT24H", [("2024-05-20 12:00", "2024-05-20 18:30")], "Tue 2024-05-21 16:30"),
        ("wd3", [("2024-05-21 00:00", "2024-05-23 00:00")], "Mon 2024-05-27 17:30"),  # two whole days
        ("wd3", [("2024-05-21 16:30", "2024-05-22 09:30")], "Fri 2024-05-24 10:30"),  # two hours of two days
        ("wd3", [("2024-05-20 16:30", "2024-05-22 09:30")], "Mon 2024-05-27 10:30"),  # both
        ("wd3", [("2024-05-18 00:00", "2024-05-20 08:00")], "Thu 2024-05-23 17:30"),  # over before it began
        ("wd3", [("2024-05-23 17:30", "2024-05-24 17:30")], "Thu 2024-05-23 17:30"),  # begins when it is due
        ("cd3", [("2024-05-21 00:00", "2024-05-23 00:00")], "Sun 2024-05-26 00:00"),
        ("cd3", [("2024-05-21 18:00", "2024-05-23 06:00")], "Sat 2024-05-25 12:00"),
        ("mo1", [("2024-05-31 00:00", "2024-06-03 00:00")], "Mon 2024-06-24 00:00"),
        ("half", [("2024-05-20 16:30", "2024-05-20 18:00")], "Tue 2024-05-21 09:30"),
        ("by:17:00", [("2024-05-20 16:00", "2024-05-21 10:00")], "Tue 2024-05-21 17:00"),
        ("PT2H:biz", [("2024-05-20 11:00", "2024-05-20 13:30")], "Mon 2024-05-20 14:30"),
        # nested and overlapping reasons count once; a second pause may begin in the time the first one gave back
        (
            "PT2H:biz",
            [("2024-05-20 11:00", "2024-05-20 13:30"), ("2024-05-20 11:30", "2024-05-20 12:00")],
            "Mon 2024-05-20 14:30",
        ),
        (
            "PT2H:biz",
            [("2024-05-20 14:00", "2024-05-20 15:00"), ("2024-05-20 11:00", "2024-05-20 13:30")],
            "Mon 2024-05-20 15:30",
        ),
    ],
)
def test_pauses_give_back_what_they_took(target: str, pauses: Sequence[tuple[str, str]], expected: str):
    assert when("2024-05-20 10:00", target, *pauses) == expected


def test_a_pause_cannot_end_before_it_begins():
    with pytest.raises(ValueError, match="before it begins"):
        when("2024-05-20 10:00", "wd3", ("2024-05-21 10:00", "2024-05-20 10:00"))


# Half days, night shifts, ends of days


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2024-05-20 07:00", "Mon 2024-05-20 12:00"),
        ("2024-05-20 08:30", "Mon 2024-05-20 17:30"),
        ("2024-05-20 12:00", "Mon 2024-05-20 17:30"),
        ("2024-05-20 12:30", "Mon 2024-05-20 17:30"),
        ("2024-05-20 13:00", "Tue 2024-05-21 12:00"),
        ("2024-05-24 17:30", "Mon 2024-05-27 12:00"),
    ],
)
def test_half_a_day_ends_with_the_next_half_that_begins_after_the_start(start: str, expected: str):
    assert when(start, "half") == expected


def test_a_day_is_halved_at_its_longest_break_or_in_the_middle():
    shifts: Hours = ((time(6), time(8)), (time(8, 10), time(10)), (time(10, 30), time(14)))
    assert when("2024-05-20 06:30", "half", calendar=site((shifts,) * 7)) == "Mon 2024-05-20 14:00"
    assert when("2024-05-20 23:00", "half", calendar=site((NIGHT,) * 7)) == "Tue 2024-05-21 06:00"
    assert when("2024-05-21 01:00", "half", calendar=site((NIGHT,) * 7)) == "Tue 2024-05-21 06:00"
    assert when("2024-05-21 03:00", "half", calendar=site((NIGHT,) * 7)) == "Wed 2024-05-22 02:00"


def test_a_night_shift_closes_its_working_day_the_next_morning():
    assert when("2024-05-20 10:00", "wd1", calendar=site((NIGHT,) * 7)) == "Wed 2024-05-22 06:00"


def test_deadlines_in_calendar_days_can_end_at_close_and_roll_to_a_working_day():
    for days_end, roll, friday, saturday in [
        ("midnight", "stay", "Sat 2024-05-25 00:00", "Sun 2024-05-26 00:00"),
        ("close", "stay", "Fri 2024-05-24 17:00", "Sun 2024-05-26 00:00"),
        ("midnight", "next_working_day", "Sat 2024-05-25 00:00", "Mon 2024-05-27 17:00"),
        ("close", "next_working_day", "Fri 2024-05-24 17:00", "Mon 2024-05-27 17:00"),
    ]:
        calendar = site(days_end=days_end, roll=roll)
        assert when("2024-05-20 10:00", "cd4", calendar=calendar) == friday
        assert when("2024-05-20 10:00", "cd5", calendar=calendar) == saturday


def test_a_fraction_of_a_second_is_kept_but_never_worked_after_the_close():
    start = at("2024-05-20 16:00") + timedelta(microseconds=250_000)
    assert add_working_seconds(cn(), start, 60) == start + MINUTE
    assert add_working_seconds(cn(), start, 90 * 60) == at("2024-05-21 08:30") + timedelta(microseconds=250_000)
    assert add_working_seconds(cn(), at("2024-05-20 16:00"), 90 * 60) == at("2024-05-20 17:30")
    assert due(cn(), start, Target.parse("PT1M")).at == start + MINUTE


def test_backwards_finds_the_last_moment_from_which_so_much_is_left():
    assert add_working_seconds(cn(), at("2024-05-21 08:30"), -4 * HOUR - 1800) == at("2024-05-20 13:00")
    assert add_working_seconds(cn(), at("2024-05-19 03:00"), -60) == at("2024-05-17 17:29")


# Provisional, explained


@pytest.mark.parametrize(
    ("start", "target", "provisional"),
    [
        ("2026-12-30 10:00", "wd1", False),
        ("2026-12-31 10:00", "wd1", True),
        ("2026-12-31 16:00", "PT90M:biz", False),
        ("2026-12-31 16:00", "PT91M:biz", True),
        ("2026-12-31 14:00", "half", True),
        ("2026-12-31 14:00", "PT48H", False),  # holidays cannot move these
        ("2026-12-31 14:00", "cd30", False),
        ("2023-12-29 10:00", "wd1", True),  # the calendar begins with 2024
    ],
)
def test_what_leans_on_days_nobody_has_published_is_provisional(start: str, target: str, provisional: bool):
    assert due(cn(), at(start), Target.parse(target)).provisional is provisional


def test_cd_is_provisional_where_it_rolls():
    rolling = site(roll="next_working_day", published_through=date(2024, 5, 31))
    assert due(rolling, at("2024-05-20 10:00"), Target.parse("cd12")).provisional
    assert not due(rolling, at("2024-05-20 10:00"), Target.parse("cd11")).provisional


def test_the_explanation_tells_every_day():
    steps = due(cn(), at("2024-05-10 15:00"), Target.parse("wd3")).steps
    assert steps == (
        Step(date(2024, 5, 10), "start day excluded"),
        Step(date(2024, 5, 11), "extra working day (调休)", 1),
        Step(date(2024, 5, 12), "Sunday, skipped"),
        Step(date(2024, 5, 13), "", 2),
        Step(date(2024, 5, 14), "", 3, "17:30+08:00"),
    )


def test_the_explanation_of_working_seconds_adds_up():
    pauses = [(at("2024-05-17 16:00"), at("2024-05-20 10:00"))]
    *days, given = due(cn(), at("2024-05-16 10:00"), Target.parse("wd3:elapsed"), pauses).steps
    assert sum(step.n or 0 for step in days) == 24 * HOUR + 3 * HOUR
    assert given.rule == "pauses give back 10800 seconds"
    assert [f"{step.day:%d}" for step in days if "skipped" in step.rule] == ["18", "19"]


def test_the_end_of_a_day_is_told_as_24_o_clock():
    assert due(cn(), at("2024-05-20 10:00"), Target.parse("cd30")).steps[-1] == Step(
        date(2024, 6, 19), "calendar days", 30, "24:00+08:00"
    )


def test_a_long_explanation_is_shortened():
    assert len(due(cn(), at("2024-01-02 10:00"), Target.parse("wd300")).steps) == 41


# Targets

NOTATIONS = [
    "PT2H",
    "PT15M",
    "PT1H30M",
    "PT48H",
    "PT1S",
    "PT2H:biz",
    "wd3",
    "wd3:elapsed",
    "cd30",
    "half",
    "mo3",
    "by:17:00",
    "by:00:00",
]


@pytest.mark.parametrize("text", NOTATIONS)
def test_a_target_reads_as_it_was_written(text: str):
    assert str(Target.parse(text)) == text


def test_the_same_length_is_the_same_target():
    assert Target.parse("PT120M") == Target.parse("PT2H")


@given(st.sampled_from([kind for kind in Kind if kind not in (Kind.HALF, Kind.BY)]), st.integers(1, 120))
def test_every_target_survives_being_written(kind: Kind, n: int):
    assert Target.parse(str(Target(kind, n))) == Target(kind, n)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("wd0", "longer than nothing"),
        ("PT0S", "longer than nothing"),
        ("-PT2H", "negative"),
        ("wd-1", "negative"),
        ("PT87673H", "longer than ten years"),
        ("wd3654", "longer than ten years"),
        ("mo121", "longer than ten years"),
        ("cd" + "9" * 30, "longer than ten years"),
        ("cd" + "9" * 5000, "too long"),
        ("by:24:00", "no such time of day"),
        ("by:09:60", "no such time of day"),
        ("cd3:elapsed", "only working days"),
        ("wd3:biz", "is none of"),
        ("PT", "is none of"),
        ("PT2H ", "is none of"),
        ("PT1.5H", "is none of"),
        ("P2D", "is none of"),
        ("wd٣", "is none of"),
        ("immediate", "is none of"),
        ("", "is none of"),
    ],
)
def test_a_target_that_makes_no_sense_is_refused_with_its_reason(text: str, why: str):
    with pytest.raises(ValueError, match=why):
        Target.parse(text)


def test_moments_without_a_zone_or_out_of_reach_are_refused():
    with pytest.raises(TypeError):
        working_seconds(cn(), datetime(2024, 5, 20), at("2024-05-21 10:00"))  # noqa: DTZ001
    for target in ("PT87600H", "wd3000", "PT8H:biz", "half", "cd30", "mo1", "by:17:00", "wd1:elapsed"):
        with pytest.raises(ValueError, match="1970 to 9998"):
            due(ALWAYS, datetime(9998, 12, 31, 23, tzinfo=UTC), Target.parse(target))
    with pytest.raises(ValueError, match="1970 to 9998"):
        add_working_seconds(ALWAYS, datetime(1970, 1, 2, tzinfo=UTC), -2 * 86_400)


# Properties

ZONES = ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana", "UTC"]
TARGETS = [*NOTATIONS, "PT40H:biz", "wd12", "cd7", "mo13", "by:02:30", "wd5:elapsed"]


@st.composite
def weeks(draw: st.DrawFn, near: date = date(2024, 3, 31)) -> Week:
    """Any week cut at full quarters of an hour, more often than not in the small hours of one day."""
    midnight = near.weekday() * 96
    small_hours = st.integers(midnight, midnight + 16)
    quarters = sorted(draw(st.sets(small_hours | st.integers(0, 7 * 96 - 1), min_size=2, max_size=24)))
    week: list[list[tuple[time, time]]] = [[] for _ in WEEKDAYS]
    for start, end in zip(quarters[::2], quarters[1::2], strict=False):
        week[start // 96].append((_quarter(start), _quarter(min(end, start + 96))))
    return tuple(tuple(hours) for hours in week)


def _quarter(n: int) -> time:
    return time(n % 96 // 4, n % 4 * 15)


@st.composite
def calendars(draw: st.DrawFn, around: date = date(2024, 6, 1)) -> WorkCalendar:
    days = st.integers(-90, 90).map(lambda n: around + timedelta(days=n))
    return site(
        draw(weeks()), draw(st.sampled_from(ZONES)), holidays=dict.fromkeys(draw(st.sets(days, max_size=20)), "free")
    )


MOMENTS = st.datetimes(datetime(2023, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
WHOLE = MOMENTS.map(lambda moment: moment.replace(microsecond=0))
quickly = settings(max_examples=40, deadline=None)


@quickly
@given(calendars(), MOMENTS, MOMENTS, MOMENTS)
def test_parts_add_up(calendar: WorkCalendar, a: datetime, b: datetime, c: datetime):
    assert working_seconds(calendar, a, b) + working_seconds(calendar, b, c) == working_seconds(calendar, a, c)
    assert working_seconds(calendar, a, b) == -working_seconds(calendar, b, a)


@quickly
@given(calendars(), MOMENTS, st.integers(-5_000_000, 5_000_000))
def test_adding_and_counting_are_inverse(calendar: WorkCalendar, start: datetime, seconds: int):
    assert working_seconds(calendar, start, add_working_seconds(calendar, start, seconds)) == seconds


@quickly
@given(calendars(), WHOLE, st.integers(1, 1_000_000))
def test_adding_lands_on_the_first_such_moment_and_backwards_on_the_last(
    calendar: WorkCalendar, start: datetime, n: int
):
    second = timedelta(seconds=1)
    later, earlier = add_working_seconds(calendar, start, n), add_working_seconds(calendar, start, -n)
    assert working_seconds(calendar, start, later - second) == n - 1
    assert working_seconds(calendar, earlier + second, start) == n - 1


@quickly
@given(calendars(), WHOLE, st.integers(1, 1_000_000))
def test_the_way_back_is_the_way_there(calendar: WorkCalendar, start: datetime, n: int):
    """Back from where a length ends lies its start, or the opening up to which nobody worked; likewise the other way."""
    there, before = add_working_seconds(calendar, start, n), add_working_seconds(calendar, start, -n)
    back, again = add_working_seconds(calendar, there, -n), add_working_seconds(calendar, before, n)
    assert back == start if _worked(calendar, start) else back > start
    assert working_seconds(calendar, start, back) == working_seconds(calendar, again, start) == 0
    assert again <= start
    assert add_working_seconds(calendar, back, n) == there


NIGHTS = [("Europe/Berlin", "2024-03-30"), ("Europe/Berlin", "2024-10-26"), ("Australia/Lord_Howe", "2024-04-06")]


@pytest.mark.parametrize(("zone", "evening"), NIGHTS)
@quickly
@given(data=st.data())
def test_in_the_night_in_which_clocks_change_each_second_counts_once(zone: str, evening: str, data: st.DataObject):
    """A shift from ten to six, all the year round: within it time passes as it does, whatever the wall says."""
    nights = site((NIGHT,) * 7, zone)
    opens, closes = nights.hours(date.fromisoformat(evening))[0]
    assert closes - opens != 8 * HOUR
    shift = st.integers(opens, closes)
    one, other = (EPOCH + timedelta(seconds=data.draw(shift)) for _ in range(2))
    elapsed = round((other - one).total_seconds())
    assert working_seconds(nights, one, other) == elapsed
    assert elapsed == 0 or add_working_seconds(nights, one, elapsed) == other
    early, late = EPOCH + timedelta(seconds=opens - HOUR), EPOCH + timedelta(seconds=closes + HOUR)
    assert working_seconds(nights, early, late) == closes - opens


@quickly
@given(calendars(), MOMENTS, MOMENTS, st.integers(1, 500_000), st.integers(1, 500_000))
def test_adding_in_two_steps_is_adding_at_once(calendar: WorkCalendar, a: datetime, b: datetime, m: int, n: int):
    twice = add_working_seconds(calendar, add_working_seconds(calendar, a, m), n)
    assert twice == add_working_seconds(calendar, a, m + n)
    one, other = (add_working_seconds(calendar, start, m) for start in sorted((a, b)))
    assert one <= other


@quickly
@given(calendars(), MOMENTS, MOMENTS, st.sampled_from(TARGETS))
def test_later_starts_are_never_due_earlier(calendar: WorkCalendar, a: datetime, b: datetime, text: str):
    one, other = (due(calendar, start, Target.parse(text)).at for start in sorted((a, b)))
    assert one <= other


@quickly
@given(
    calendars(),
    MOMENTS,
    st.sampled_from(TARGETS),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 200)), max_size=4),
)
def test_a_promise_is_due_after_it_is_made_and_pauses_never_shorten_it(
    calendar: WorkCalendar, start: datetime, text: str, hours: list[tuple[int, int]]
):
    pauses = [(start + timedelta(hours=since), start + timedelta(hours=since + length)) for since, length in hours]
    plain, paused = (due(calendar, start, Target.parse(text), each) for each in ([], pauses))
    assert start < plain.at <= paused.at
    assert paused == due(calendar, start, Target.parse(text), [*reversed(pauses), *pauses])


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
@pytest.mark.parametrize("fraction", [0, 250_000])
def test_where_one_span_of_the_index_ends_and_the_next_begins_nothing_is_to_be_seen(zone: str, fraction: int):
    calendar, second = site((EIGHT,) * 7, zone), timedelta(seconds=1)
    for edge in (EPOCH + timedelta(seconds=k << SPAN) for k in range(40, 60)):
        start, end = (edge + timedelta(hours=hours, microseconds=fraction) for hours in (-60, 60))
        for n in (working_seconds(calendar, start, edge) + more for more in (-1, 0, 1)):
            later, earlier = add_working_seconds(calendar, start, n), add_working_seconds(calendar, end, -n)
            assert working_seconds(calendar, start, later) == working_seconds(calendar, earlier, end) == n
            assert fraction or working_seconds(calendar, start, later - second) == n - 1
            assert _worked(calendar, later) or not later.microsecond


def _worked(calendar: WorkCalendar, moment: datetime) -> bool:
    return working_seconds(calendar, moment, moment + timedelta(seconds=1)) == 1


# Counted by the minute: walks the clock and reads the wall, without days, spans or seconds since 1970


def counted_by_the_minute(calendar: WorkCalendar, begin: datetime, end: datetime) -> Iterator[tuple[datetime, bool]]:
    """Each minute and whether it is worked. The wall clock never counts backwards: what it has shown has been."""
    zone = ZoneInfo(calendar.zone)
    shown = datetime.min  # noqa: DTZ901
    minute = begin - timedelta(days=2)
    while minute < end:
        shown = max(shown, minute.astimezone(zone).replace(tzinfo=None))
        if minute >= begin:
            yield minute, any(_covers(calendar, shown.date() - timedelta(days=i), shown) for i in (0, 1))
        minute += MINUTE


def _covers(calendar: WorkCalendar, day: date, wall: datetime) -> bool:
    if day in calendar.holidays:
        return False
    for start, end in calendar.weekly[day.weekday()]:
        opens, closes = datetime.combine(day, start), datetime.combine(day, end)
        if opens <= wall < (closes if opens < closes else closes + timedelta(days=1)):
            return True
    return False


TRANSITIONS = [
    ("Europe/Berlin", "2024-03-31"),
    ("Europe/Berlin", "2024-10-27"),
    ("America/New_York", "2024-11-03"),
    ("Australia/Lord_Howe", "2024-04-07"),
    ("America/Havana", "2024-11-03"),
    ("America/Sao_Paulo", "2018-11-04"),
    ("America/St_Johns", "2010-11-07"),
    ("Pacific/Apia", "2011-12-30"),
    ("Asia/Shanghai", "2024-02-10"),
    ("Asia/Kathmandu", "1985-12-31"),
]


@pytest.mark.parametrize(("zone", "day"), TRANSITIONS)
@settings(max_examples=8, deadline=None)
@given(st.data())
def test_the_index_counts_like_someone_watching_the_clock(zone: str, day: str, data: st.DataObject):
    noon = datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)
    free = data.draw(st.sets(st.integers(-2, 2), max_size=2))
    holidays = {noon.date() + timedelta(days=n): "free" for n in free}
    calendar = site(data.draw(weeks(noon.date())), zone, holidays=holidays)
    minutes = list(counted_by_the_minute(calendar, noon - timedelta(days=2), noon + timedelta(days=2)))
    worked = [minute for minute, works in minutes if works]
    for minute, works in minutes[:: data.draw(st.integers(7, 45))]:
        assert working_seconds(calendar, minute, minute + MINUTE) == 60 * works
    assert working_seconds(calendar, minutes[0][0], minutes[-1][0] + MINUTE) == 60 * len(worked)
    for i in range(0, len(worked), 97):
        assert add_working_seconds(calendar, minutes[0][0], 60 * (i + 1)) == worked[i] + MINUTE
        assert add_working_seconds(calendar, worked[-1] + MINUTE, -60 * (len(worked) - i)) == worked[i]


@pytest.mark.parametrize(("zone", "hours"), [("Europe/Berlin", (23, 25)), ("Asia/Shanghai", (24, 24))])
def test_a_day_without_pause_has_as_many_hours_as_the_clock_gives_it(zone: str, hours: tuple[int, int]):
    always_here = site((((time(0), time(0)),),) * 7, zone)
    for day, expected in zip(("2024-03-31", "2024-10-27"), hours, strict=True):
        begin = at(day, zone)
        end = at(f"{date.fromisoformat(day) + timedelta(days=1)}", zone)
        assert working_seconds(always_here, begin, end) == expected * HOUR


def test_equal_questions_have_equal_answers():
    question = cn(), at("2024-05-20 10:00"), Target.parse("wd3")
    again = due(*question)
    assert due(*question) == again and (again.at, again.provisional) == (at("2024-05-23 17:30"), False)
    assert due(*question).steps == again.steps
