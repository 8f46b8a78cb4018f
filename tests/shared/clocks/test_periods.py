"""What comes round: each day, week, month and quarter on a site's own calendar (domain §4.5.2, V15)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sla_watch.published_calendars import published
from shared.clocks.calendars import ALWAYS, WorkCalendar
from shared.clocks.periods import is_rhythm, next_period

CN = published("CN", None, "Asia/Shanghai", None, range(2024, 2028))
SHANGHAI = ZoneInfo("Asia/Shanghai")
RHYTHMS = ("daily:17:00", "close_of_business", "weekly", "weekly_monday", "weekly_friday", "monthly", "quarterly")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def told(rhythm: str, after: str, calendar: WorkCalendar = CN) -> tuple[str, str, str, str]:
    period = next_period(rhythm, calendar, at(after))
    since, until, due = (
        f"{one.astimezone(SHANGHAI):%a %m-%d %H:%M}" for one in (period.since, period.until, period.due)
    )
    return period.key, since, until, due


@pytest.mark.parametrize(
    ("rhythm", "after", "expected"),
    [
        # A complaint at exactly 17:00:00 belongs to the next digest (V15): the window ends before it.
        ("daily:17:00", "2024-05-20 16:59", ("2024-05-20", "Fri 05-17 17:00", "Mon 05-20 17:00", "Mon 05-20 17:00")),
        ("daily:17:00", "2024-05-20 17:00", ("2024-05-21", "Mon 05-20 17:00", "Tue 05-21 17:00", "Tue 05-21 17:00")),
        # The Saturday before the holidays of May is worked; the first to the fifth are free.
        ("daily:17:00", "2024-04-30 18:00", ("2024-05-06", "Tue 04-30 17:00", "Mon 05-06 17:00", "Mon 05-06 17:00")),
        ("daily:17:00", "2024-04-27 09:00", ("2024-04-28", "Fri 04-26 17:00", "Sun 04-28 17:00", "Sun 04-28 17:00")),
        ("close_of_business", "2024-05-20 17:00", ("2024-05-20", "Fri 05-17 17:30", "Mon 05-20 17:30", "Mon 05-20 17:30")),
        ("weekly_monday", "2024-05-18 10:00", ("2024-W21", "Mon 05-13 00:00", "Mon 05-20 00:00", "Mon 05-20 17:30")),
        # Monday to Wednesday were free: the next working day.
        ("weekly_monday", "2024-05-01 10:00", ("2024-W19", "Mon 04-29 00:00", "Mon 05-06 00:00", "Mon 05-06 17:30")),
        ("weekly_monday", "2024-09-28 23:00", ("2024-W40", "Mon 09-23 00:00", "Mon 09-30 00:00", "Mon 09-30 17:30")),
        ("weekly_friday", "2024-05-20 10:00", ("2024-W21", "Mon 05-20 00:00", "Fri 05-24 17:30", "Fri 05-24 17:30")),
        # The Friday is free: the last working day before it.
        ("weekly_friday", "2024-09-30 10:00", ("2024-W40", "Mon 09-30 00:00", "Mon 09-30 17:30", "Mon 09-30 17:30")),
        # No day of that week is worked up to Friday but the make-up Saturday before it: the next week.
        ("weekly", "2024-10-08 10:00", ("2024-W41", "Mon 10-07 00:00", "Sat 10-12 17:30", "Sat 10-12 17:30")),
        ("monthly", "2024-05-20 10:00", ("2024-05", "Wed 05-01 00:00", "Sat 06-01 00:00", "Fri 06-07 17:30")),
        ("monthly", "2024-05-01 10:00", ("2024-04", "Mon 04-01 00:00", "Wed 05-01 00:00", "Fri 05-10 17:30")),
        ("quarterly", "2024-05-20 10:00", ("2024-Q2", "Mon 04-01 00:00", "Mon 07-01 00:00", "Fri 07-12 17:30")),
    ],
)  # fmt: skip
def test_periods_of_the_chinese_year(rhythm: str, after: str, expected: tuple[str, str, str, str]):
    assert told(rhythm, after) == expected


@given(
    st.sampled_from(RHYTHMS),
    st.datetimes(datetime(2024, 2, 1), datetime(2027, 6, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from([CN, published("DE", "BY", "Europe/Berlin", None, range(2024, 2028)), ALWAYS]),
)
def test_each_period_follows_the_last(rhythm: str, after: datetime, calendar: WorkCalendar):
    """Due dates rise, windows never overlap, and a period is found from its own opening: so a rebase finds it again."""
    one = next_period(rhythm, calendar, after)
    other = next_period(rhythm, calendar, one.due)
    assert after < one.due < other.due and one.key != other.key
    assert one.since < one.until <= other.until and one.until <= one.due and one.opens < one.due
    assert next_period(rhythm, calendar, one.opens) == one
    if rhythm.startswith(("daily", "close", "month", "quarter")):
        assert other.since == one.until, "no gap between the windows"


def test_what_is_no_rhythm_is_named():
    assert not is_rhythm("wd3") and not is_rhythm("daily:25:00") and all(map(is_rhythm, RHYTHMS))
    with pytest.raises(ValueError, match="none of daily:17:00"):
        next_period("fortnightly", CN, at("2024-05-20 10:00"))


def test_a_calendar_that_never_works_again_has_no_next_period():
    free = {date(2024, 1, 1) + timedelta(days=day): "closed" for day in range(1500)}
    closed = WorkCalendar("closed", 1, "UTC", (((time(8), time(16)),),) * 7, free)
    with pytest.raises(ValueError, match="no working time"):
        next_period("close_of_business", closed, datetime(2024, 3, 1, tzinfo=UTC))
