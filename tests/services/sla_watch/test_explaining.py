"""Why a promise is due when it is: counted again from the facts, day by day, by the edition that was used then (K3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.sla_watch.due_times import due_time
from services.sla_watch.explaining import explained
from services.sla_watch.rebasing import by_another_calendar
from shared.clocks.calendars import TZDB, WorkCalendar
from shared.complaint.state import Stage
from shared.events import clocks as e
from shared.events import complaint as c
from shared.events.waiting import Wait
from shared.kernel.values import Rank
from tests.facts import DAY, HOUR, OneSite, Story

CALENDAR = OneSite.week_days
SHANGHAI = ZoneInfo("Asia/Shanghai")


def of(story: Story, clock: str, language: str = "en", *more: WorkCalendar) -> dict[str, Any]:
    facts = [fact for fact in story.facts if fact.kind == "clocks"]
    (found,) = explained(facts, {str(each): each for each in (CALENDAR, *more)}, language, clock)
    return found


def test_the_example_of_the_domain_comes_out_line_by_line():
    """Domain §4.5.3: Friday 10 May 2024, three working days, the Saturday after is worked in China."""
    office = ((time(8, 30), time(12)), (time(13), time(17, 30)))
    made_up = WorkCalendar("cn-std", 2, "Asia/Shanghai", (office,) * 5 + ((), ()), {}, frozenset({date(2024, 5, 11)}))
    when = due_time("wd3", (), datetime(2024, 5, 10, 15, tzinfo=SHANGHAI), made_up)
    story = Story(clocks=False).goes_to(Stage.RECEIVED)
    start = datetime(2024, 5, 10, 7, tzinfo=CALENDAR.tz).replace(tzinfo=ZoneInfo("UTC"))
    story.say(
        e.ClockStarted(
            clock_id="root_cause/1", clause="root_cause", cycle=1, starts_at=start, target="wd3", due_at=when.at,
            calendar="cn-std@2", source="S0-29", steps=when.steps, warn=(), tzdb=TZDB,
        )
    )  # fmt: skip
    (chapter,) = of(story, "root_cause/1", "en", made_up)["chapters"]
    assert [(step["day"], step["rule"], step["counted"]) for step in chapter["steps"]] == [
        ("2024-05-10", "the first day does not count", ""),
        ("2024-05-11", "extra working day", "1"),
        ("2024-05-12", "Sunday is free", ""),
        ("2024-05-13 – 2024-05-14", "working day", "3"),
    ]
    assert (chapter["zone"], chapter["due"]) == ("Asia/Shanghai", "2024-05-14T09:30:00.000000Z")
    assert chapter["agrees"] and (chapter["tzdb"], chapter["calendar"]) == (TZDB, "cn-std@2")


def told() -> Story:
    """A cause that was promised, waited for a sample, was graded anew, and lost a day to a power cut."""
    story = Story().goes_to(Stage.ASSIGNED)
    story.happened(c.WaitBegan(wait_id="w1", wait=Wait.SAMPLE, explanation="on its way"))
    story.now += DAY
    story.happened(c.WaitEnded(wait_id="w1", outcome="it is here"))
    story.happened(
        c.GradeChanged(was="P2", grade="P4", rank=Rank.NEGLIGIBLE, basis=c.GradeBasis.CONFIRMED, reason="cosmetic")
    )
    return story


def test_every_fact_that_set_the_due_date_is_a_chapter_and_counting_again_agrees():
    story = told()
    cut = replace(CALENDAR, version=2, holidays={date(2026, 3, 6): "power cut"})
    for event in list(by_another_calendar(story.clocks, cut, story.now)):
        story.say(event)
    found = of(story, "root_cause/1", "en", cut)
    assert [chapter["what"] for chapter in found["chapters"]] == [
        "clock started", "clock resumed", "due date moved", "due date moved"
    ]  # fmt: skip
    assert [chapter["because"] for chapter in found["chapters"]] == [None, None, "regraded", "calendar published"]
    assert all(chapter["agrees"] for chapter in found["chapters"])
    assert found["due"] == found["chapters"][-1]["due"]
    last = found["chapters"][-1]
    assert ("2026-03-06", "power cut, does not count") in [(step["day"], step["rule"]) for step in last["steps"]]
    assert len(last["pauses"]) == 1 and any("given back by pauses" in step["rule"] for step in last["steps"])


def test_it_is_told_in_chinese_as_well():
    found = of(told(), "root_cause/1", "zh")
    assert found["chapters"][0]["steps"][0]["rule"] == "起始日不计"
    assert found["chapters"][2]["what"] == "时限调整" and found["status_told"]


@pytest.mark.parametrize("minutes", [1, -1])
def test_what_comes_out_otherwise_is_said(minutes: int):
    """Another time-zone database or another version would show here; what was recorded holds."""
    story = told()
    office = tuple(
        (begin, (datetime.combine(date.min, end) + timedelta(minutes=minutes)).time())
        for begin, end in CALENDAR.weekly[0]
    )
    other = replace(CALENDAR, weekly=(office,) * 5 + ((), ()))
    facts = [fact for fact in story.facts if fact.kind == "clocks"]
    (found,) = explained(facts, {str(CALENDAR): other}, "en", "root_cause/1")
    assert not found["chapters"][0]["agrees"]
    assert found["due"] == of(story, "root_cause/1")["due"]


def test_a_calendar_that_is_not_here_is_not_guessed():
    facts = [fact for fact in told().facts if fact.kind == "clocks"]
    (found,) = explained(facts, {}, "en", "root_cause/1")
    assert (
        found["chapters"][0]["steps"] and found["chapters"][1]["steps"] == [] and found["chapters"][0]["zone"] is None
    )


def test_clocks_by_the_clock_agree_over_regrades_and_least_times():
    story = Story().goes_to(Stage.ASSIGNED)
    story.now += 2 * DAY
    story.happened(
        c.GradeChanged(was="P2", grade="P1", rank=Rank.CRITICAL, basis=c.GradeBasis.CONFIRMED, reason="smoke")
    )
    story.now += HOUR
    facts = [fact for fact in story.facts if fact.kind == "clocks"]
    for found in explained(facts, {str(CALENDAR): CALENDAR}, "en"):
        assert all(chapter["agrees"] for chapter in found["chapters"]), found
