"""Every explanation of a due date can be read in both languages: whatever the arithmetic says is known here."""

from __future__ import annotations

import re
from datetime import date

import pytest

from services.sla_watch.due_times import date_due, due_time
from shared.clocks import told as counting
from shared.clocks.calendars import WorkCalendar
from shared.clocks.worktime import Target, due
from tests.facts import OFFICE, utc

CALENDAR = WorkCalendar(
    "cn-std", 1, "Asia/Shanghai", (OFFICE,) * 5 + ((), ()), holidays={date(2026, 5, 1): "劳动节"},
    extra_working_days=frozenset({date(2026, 5, 9)}), published_from=date(2020, 1, 1), published_through=date(2027, 12, 31),
)  # fmt: skip
TARGETS = ("PT2H", "PT30M", "PT12H:biz", "wd8", "wd3:elapsed", "cd30", "mo3", "half", "by:17:00")
STARTS = (utc("2026-04-29 02:00"), utc("2026-05-07 08:30"))
PAUSED = (utc("2026-04-29 03:00"), utc("2026-05-06 03:00"))


def rules() -> set[str]:
    """All that is ever said, as the clocks keep it."""
    found = {
        step.rule
        for target in TARGETS
        for start in STARTS
        for pauses in ((), (PAUSED,))
        for step in due_time(target, (), start, CALENDAR, pauses).steps
    }
    found |= {
        step.rule for day in (date(2026, 5, 1), date(2026, 5, 6)) for step in date_due(CALENDAR, day, STARTS[0]).steps
    }
    long = due(CALENDAR, STARTS[0], Target.parse("wd400"))
    return found | {step.rule or "working day" for step in long.steps} | {"as told"}


@pytest.mark.parametrize("told", sorted(rules()))
def test_every_rule_is_told_in_both_languages(told: str):
    assert re.search("[\u4e00-\u9fff]", counting.rule(told, "zh"))
    assert not re.search("[A-Za-z]{3}", counting.rule(told, "zh"))
    english = counting.rule(told, "en")
    assert re.search("[a-z]", english) and "seconds" not in english


@pytest.mark.parametrize("target", [*TARGETS, "date"])
def test_every_length_is_told_in_both_languages(target: str):
    assert target not in (counting.allowed(target, "zh"), counting.allowed(target, "en"))
    assert re.search("[\u4e00-\u9fff]", counting.allowed(target, "zh"))


def test_what_was_counted_is_told_as_a_length_where_it_is_one():
    assert counting.counted("seconds by the clock", 7200, "en") == "2 h"
    assert counting.counted("working seconds", 5400, "zh") == "1小时30分钟"
    assert counting.counted("working day", 3, "zh") == "3"
    assert counting.counted("start day excluded", None, "en") == ""
    assert counting.rule("pauses give back 2 days and 3600 seconds", "en").endswith(": 2 d 1 h")
