"""What a calendar accepts, what it refuses, and what countries have published."""

import pickle
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from services.sla_watch.published_calendars import default_week, for_zone, published
from shared.clocks.calendars import ALWAYS, Hours, Week, WorkCalendar
from shared.clocks.worktime import working_seconds

OFFICE: Hours = ((time(8), time(12)), (time(13), time(17)))
NIGHT: Hours = ((time(22), time(6)),)
WEEK: Week = (OFFICE,) * 5 + ((), ())
SATURDAY = date(2024, 5, 11)


def calendar(weekly: Week = WEEK, zone: str = "Europe/Berlin", **more: Any) -> WorkCalendar:
    return WorkCalendar("site", 1, zone, weekly, **more)


def local(site: WorkCalendar, day: date) -> list[str]:
    moments = (datetime.fromtimestamp(second, site.tz) for interval in site.hours(day) for second in interval)
    return [f"{moment:%d %H:%M}" for moment in moments]


# What is refused


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "Europe", "Europe/Berlin\0"])
def test_a_zone_that_does_not_exist_is_refused(zone: str):
    with pytest.raises(ValueError, match="unknown time zone"):
        calendar(zone=zone)


@pytest.mark.parametrize(
    ("weekly", "why"),
    [
        (((),) * 7, "without working time"),
        ((OFFICE,) * 5, "7 days"),
        ((((time(8), time(12)), (time(11), time(17))),) + ((),) * 6, "Monday: intervals overlap"),
        ((((time(13), time(17)), (time(8), time(12))),) + ((),) * 6, "Monday: intervals overlap or are out of order"),
        ((NIGHT, ((time(5), time(9)),)) + ((),) * 5, "Tuesday: begins before"),
        ((((time(5), time(9)),),) + ((),) * 5 + (NIGHT,), "Monday: begins before"),
        ((((time(8, tzinfo=UTC), time(12)),),) + ((),) * 6, "carries a zone"),
        ((((time(8, 0, 0, 1), time(12)),),) + ((),) * 6, "finer than a second"),
    ],
)
def test_an_impossible_week_is_refused(weekly: Week, why: str):
    with pytest.raises(ValueError, match=why):
        calendar(weekly)


def test_a_day_is_either_a_holiday_or_a_make_up_day():
    with pytest.raises(ValueError, match="2024-05-11: cannot be a holiday"):
        calendar(holidays={SATURDAY: "Picnic"}, extra_working_days=frozenset({SATURDAY}))


def test_a_make_up_day_cannot_begin_in_the_night_shift_of_the_day_before():
    weekly = (OFFICE, *(((time(22), time(9)),),) * 4, (), ())
    with pytest.raises(ValueError, match="2024-05-11: the hours of the make-up day overlap"):
        calendar(weekly, extra_working_days=frozenset({SATURDAY}))


@pytest.mark.parametrize("year", [1969, 9999])
def test_years_out_of_reach_are_refused(year: int):
    with pytest.raises(ValueError, match="1970 to 9998"):
        calendar().second(date(year, 6, 1))
    with pytest.raises(ValueError, match="1970 to 9998"):
        working_seconds(calendar(), datetime(2024, 1, 1, tzinfo=UTC), datetime(year, 6, 1, tzinfo=UTC))


def test_the_last_year_within_reach_is_whole():
    last_year = datetime(9998, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert working_seconds(ALWAYS, *last_year) == 365 * 86_400 - 1


# What a day is


def test_a_make_up_day_is_worked_like_the_first_working_day():
    site = calendar(extra_working_days=frozenset({SATURDAY}))
    assert local(site, SATURDAY) == ["11 08:00", "11 12:00", "11 13:00", "11 17:00"]
    assert site.reason(SATURDAY) == "extra working day (调休)"


def test_a_holiday_is_free_and_keeps_its_name():
    site = calendar(holidays={date(2024, 5, 9): "Himmelfahrt"})
    assert site.hours(date(2024, 5, 9)) == ()
    assert site.reason(date(2024, 5, 9)) == "Himmelfahrt, skipped"
    assert (site.reason(SATURDAY), site.reason(date(2024, 5, 10))) == ("Saturday, skipped", "")


def test_a_night_shift_belongs_to_the_day_it_starts_on_and_lasts_as_long_as_the_night():
    site = calendar((NIGHT,) * 7)
    lengths = {day: sum(e - s for s, e in site.hours(date(2024, *day))) // 3600 for day in [(3, 29), (3, 30), (10, 26)]}
    assert lengths == {(3, 29): 8, (3, 30): 7, (10, 26): 9}
    assert local(site, date(2024, 3, 30)) == ["30 22:00", "31 06:00"]


@pytest.mark.parametrize(
    ("zone", "day", "wall", "utc"),
    [
        ("Europe/Berlin", date(2024, 3, 31), time(2, 30), "2024-03-31T01:00"),  # skipped: the jump
        ("Europe/Berlin", date(2024, 10, 27), time(2, 30), "2024-10-27T00:30"),  # twice: the first
        ("America/Sao_Paulo", date(2018, 11, 4), time(0), "2018-11-04T03:00"),  # a midnight that was skipped
        ("America/Havana", date(2024, 11, 3), time(0), "2024-11-03T04:00"),  # a midnight that came twice
        ("Australia/Lord_Howe", date(2024, 10, 6), time(2, 15), "2024-10-05T15:30"),  # half an hour
        ("Pacific/Apia", date(2011, 12, 30), time(12), "2011-12-30T10:00"),  # a day that never came
        ("Asia/Shanghai", date(1986, 5, 4), time(2, 30), "1986-05-03T18:00"),
    ],
)
def test_a_wall_time_is_the_first_moment_the_clock_has_reached_it(zone: str, day: date, wall: time, utc: str):
    reached = datetime.fromtimestamp(calendar(zone=zone).second(day, wall), UTC)
    assert reached == datetime.fromisoformat(utc).replace(tzinfo=UTC)


def test_a_day_that_never_came_is_no_working_day():
    assert calendar(zone="Pacific/Apia").hours(date(2011, 12, 30)) == ()  # a Friday


def test_always_never_stops():
    start = datetime(2024, 3, 30, 12, tzinfo=UTC)
    assert working_seconds(ALWAYS, start, start + timedelta(days=400)) == 400 * 86_400


def test_a_calendar_is_a_value():
    site, same = (calendar(holidays={date(2024, 5, 9): "Himmelfahrt"}) for _ in range(2))
    site.span(40)
    assert site == same == pickle.loads(pickle.dumps(site))
    assert hash(site) == hash(same)
    assert str(site) == "site@1"


# What countries have published

YEARS = range(2024, 2028)


def cn(years: Iterable[int] = YEARS) -> WorkCalendar:
    return published("CN", None, "Asia/Shanghai", None, years)


def test_china_moves_working_days():
    make_up = {f"{day:%m-%d}" for day in cn().extra_working_days if day.year == 2024}
    assert make_up == {"02-04", "02-18", "04-07", "04-28", "05-11", "09-14", "09-29", "10-12"}
    assert cn().holidays[date(2024, 5, 1)] == "劳动节"
    assert cn().hours(date(2024, 5, 3)) == ()
    assert cn().usual_day == 8 * 3600


def test_a_chinese_year_without_decree_is_not_published():
    assert cn(range(2024, 2027)).published_through == date(2026, 12, 31)
    assert cn().published_through == date(2026, 12, 31)
    assert cn([2027, 2028]).published_through == date(2026, 12, 31)
    assert cn().published_from == date(2024, 1, 1)


def test_every_decree_since_2001_makes_a_calendar():
    site = cn(range(2001, 2027))
    assert not site.extra_working_days & site.holidays.keys()
    assert date(2005, 12, 31) in cn([2005]).extra_working_days  # told by the decree of 2006
    assert all(day.weekday() > 4 for day in site.extra_working_days)


@pytest.mark.parametrize(
    ("country", "subdivision", "zone", "day", "name"),
    [
        ("DE", None, "Europe/Berlin", date(2027, 3, 26), "Karfreitag"),
        ("DE", "HH", "Europe/Berlin", date(2027, 10, 31), "Reformationstag"),
        ("MX", None, "America/Monterrey", date(2027, 2, 1), "Día de la Constitución"),
        ("US", None, "America/New_York", date(2027, 11, 25), "Thanksgiving Day"),
    ],
)
def test_computed_law_is_published_to_the_last_year_asked_for(
    country: str, subdivision: str | None, zone: str, day: date, name: str
):
    site = published(country, subdivision, zone, None, YEARS)
    assert site.published_through == date(2027, 12, 31)
    assert site.holidays[day] == name
    assert site.weekly[0] == ((time(8), time(12)), (time(12, 30), time(16, 30)))


def test_names_do_not_follow_whoever_asks(monkeypatch: pytest.MonkeyPatch):
    before = published("DE", None, "Europe/Berlin", None, [2026])
    monkeypatch.setenv("LANGUAGE", "en_US" if "Neujahr" in before.holidays.values() else "de")
    assert published("DE", None, "Europe/Berlin", None, [2026]) == before


def test_a_year_that_waits_for_the_moon_is_not_published():
    assert published("ID", None, "Asia/Jakarta", None, range(2026, 2030)).published_through == date(2026, 12, 31)


def test_a_given_week_is_kept():
    assert published("CN", None, "Asia/Shanghai", WEEK, [2024]).weekly == WEEK
    assert default_week("CN")[0] == ((time(8, 30), time(12)), (time(13), time(17, 30)))


@pytest.mark.parametrize(("country", "subdivision"), [("XX", None), ("DE", "XX"), ("date", None), ("", None)])
def test_an_unknown_country_is_refused(country: str, subdivision: str | None):
    with pytest.raises(ValueError, match="no holidays known"):
        published(country, subdivision, "Europe/Berlin", None, [2024])


@pytest.mark.parametrize("years", [[], [2024, 2026]])
def test_years_with_a_hole_are_refused(years: list[int]):
    with pytest.raises(ValueError, match="follow one another"):
        cn(years)


def test_a_zone_tells_its_country_where_it_can():
    zones = ("Asia/Shanghai", "Europe/Berlin", "America/Monterrey", "America/New_York", "UTC")
    assert [for_zone(zone) for zone in zones] == ["CN", "DE", "MX", "US", None]
