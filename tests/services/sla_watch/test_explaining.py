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
from shared.kernel.values import Rank, rfc3339
from tests.facts import DAY, HOUR, OneSite, Story, asked
from tests.services.sla_watch.test_warnings import ours

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


# ── when it warns, and why then ───────────────────────────────────────────────────────────────────────────────────────
WARNS = """{CL-RCA: {targets: {all: wd3}, warn: [50, 80, wd1, PT2H], ladder: C}}"""


def warning(language: str = "en", *then: Any) -> list[list[tuple[str | None, tuple[str, ...]]]]:
    """What is told of the warnings of a cause that is owed from Monday noon (Shanghai) on, chapter by chapter."""
    story = Story()
    story.rules.going_by = ours(WARNS)  # type: ignore[misc]
    story.goes_to(Stage.ASSIGNED)
    for event in then:
        story.now += DAY
        story.happened(event)
    chapters = of(story, "root_cause/1", language)["chapters"]
    return [[(one["at"], tuple(one["why"])) for one in chapter["warnings"]] for chapter in chapters]


def test_each_warning_says_why_it_comes_then():
    ((*told,),) = warning()
    assert [why for _, why in told] == [
        ("when 50 % of the allowed time is used up",), ("1 working day before it is due",),
        ("when 80 % of the allowed time is used up",), ("2 h before it is due",),
    ]  # fmt: skip
    instants = [at for at, _ in told]
    assert None not in instants and instants == sorted(instants, key=str)


def test_and_in_chinese():
    ((*told,),) = warning("zh")
    assert [why for _, why in told] == [
        ("用去允许时间的50%时",), ("到期前1个工作日",), ("用去允许时间的80%时",), ("到期前2小时",),
    ]  # fmt: skip


def test_what_is_past_when_the_due_date_moves_does_not_come():
    """Half of the time was over when the case began to wait for a sample."""
    waits = c.WaitBegan(wait_id="w1", wait=Wait.SAMPLE, explanation="on its way")
    first, then = warning("en", waits, c.WaitEnded(wait_id="w1", outcome="here"))
    assert [at for at, _ in first if at is None] == []
    assert [why for at, why in then if at is None] == [("when 50 % of the allowed time is used up",)]
    assert [why for at, why in then if at is not None] == [
        ("1 working day before it is due",), ("when 80 % of the allowed time is used up",), ("2 h before it is due",)
    ]  # fmt: skip


def test_a_reminder_is_told_from_the_start():
    """The customer owes something within seven days, and is asked again after two and after five (CL-INFO)."""
    story = Story()
    story.rules.going_by = ours("{}", "pack-base")  # type: ignore[misc]
    story.goes_to(Stage.RECEIVED).happened(asked())
    (id,) = [clock.clock_id for clock in story.clocks.open() if clock.clause == "information"]
    (chapter,) = of(story, id)["chapters"]
    assert [one["why"] for one in chapter["warnings"]] == [
        ["reminder 2 days after the start"], ["reminder 5 days after the start"]
    ]  # fmt: skip
    assert [one["at"] for one in chapter["warnings"]] == [
        rfc3339(at) for at in story.clocks.clocks[id].warn_at
    ]  # fmt: skip


def test_every_instant_that_was_recorded_is_told_and_agrees():
    story = told()
    for found in explained([fact for fact in story.facts if fact.kind == "clocks"], {str(CALENDAR): CALENDAR}, "en"):
        for chapter in found["chapters"]:
            assert all(one["why"] for one in chapter["warnings"]), (found["clock"], chapter)


def test_without_its_calendar_the_warnings_are_told_but_not_counted():
    story = told()
    (found,) = explained([fact for fact in story.facts if fact.kind == "clocks"], {}, "en", "root_cause/1")
    (first, *_) = found["chapters"]
    assert [one["at"] for one in first["warnings"] if one["why"] == []] == [
        rfc3339(at) for at in next(f.event.warn_at for f in story.facts if isinstance(f.event, e.ClockStarted)
                                   and f.event.clock_id == "root_cause/1")
    ]  # fmt: skip
    assert all(one["why"] for one in first["warnings"] if one["at"] is None)
