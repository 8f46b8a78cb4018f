"""A calendar as somebody writes it down, and what is wrong with one that cannot be."""

from __future__ import annotations

import json

import pytest

from services.sla_watch.calendar_files import read_calendar
from services.sla_watch.calendars import PublishCalendar, hours_of
from shared.kernel.errors import Invalid

EXAMPLE = """calendar: plant-2
zone: Asia/Shanghai
weekly:
  mon-fri: 08:00-12:00 13:00-17:00
  sat: 20:00-04:00
country: CN"""


def test_hours_by_weekday_become_a_week():
    body = read_calendar(EXAMPLE)
    command = PublishCalendar.model_validate_json(json.dumps(body))
    assert command.weekly is not None
    week = hours_of(command.weekly)
    assert [len(day) for day in week] == [2, 2, 2, 2, 2, 1, 0]
    assert (str(week[5][0].start), str(week[5][0].end)) == ("20:00:00", "04:00:00")


def test_holidays_and_extra_days_are_stated():
    body = read_calendar(
        "calendar: x\nholidays: {2026-10-01: 国庆节}\nextra_working_days: [2026-10-10]\npublished_through: 2026-12-31"
    )
    assert body["holidays"] == [{"day": "2026-10-01", "name": "国庆节"}]
    assert body["extra_working_days"] == ["2026-10-10"] and body["published_through"] == "2026-12-31"


@pytest.mark.parametrize(
    ("text", "field", "says"),
    [
        ("[1", "FILE", "YAML"),
        ("", "FILE", "nothing"),
        ("weeks: 3", "weeks", "no key"),
        ("weekly: 08:00", "weekly", "maps days"),
        ("holidays: [2026-10-01]", "holidays", "names"),
        ("extra_working_days: 2026-10-10", "extra_working_days", "lists days"),
        ("extra_working_days:", "extra_working_days", "lists days"),
    ],
)
def test_what_is_wrong_is_named(text: str, field: str, says: str):
    with pytest.raises(Invalid) as no:
        read_calendar(text)
    assert no.value.field == field and says in no.value.detail and no.value.way_out
