"""The same decisions from the facts alone: what the watcher and the keeper said live comes out again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.sla_watch.replaying import replay
from shared.clocks.calendars import ALWAYS, WorkCalendar
from shared.complaint.state import Stage
from shared.events import clocks as e
from shared.events import complaint as c
from shared.events.waiting import Wait
from shared.events.words import Channel
from tests.facts import DAY, HOUR, MONDAY, OneSite, Story, acknowledged


def live(story: Story) -> list[tuple[Any, datetime]]:
    return [(fact.event, fact.occurred_at) for fact in story.facts if fact.kind == "clocks"]


def again(story: Story, until: datetime) -> list[tuple[Any, datetime]]:
    return list(replay([fact for fact in story.facts if fact.kind == "complaint"], story.rules, until))


def slow() -> Story:
    """Days pass between the steps, so that promises are broken, climb and are kept late; a sample keeps others waiting."""
    story = Story().goes_to(Stage.ASSIGNED)
    story.happened(c.WaitBegan(wait_id="w1", wait=Wait.SAMPLE, explanation="on its way"))
    story.time_passes(story.now + 30 * DAY).happened(c.WaitEnded(wait_id="w1", outcome="it is here"))
    for stage in (Stage.VERIFYING, Stage.CLOSED):
        story.time_passes(story.now + 4 * DAY).goes_to(stage)
    return story.time_passes(story.now + 40 * DAY)


@pytest.mark.parametrize("days", [0, 1, 6])
def test_what_was_said_live_is_said_again(days: int):
    story = slow()
    story.time_passes(story.now + days * DAY)
    assert again(story, story.now) == live(story)
    assert {type(event) for event, _ in live(story)} >= {
        e.Breached,
        e.Escalated,
        e.ClockResumed,
        e.Met,
        e.WarningIssued,
    }


def test_under_other_rules_something_else_comes_out():
    story = slow()

    class AroundTheClock(OneSite):
        def calendar(self, id: str) -> WorkCalendar:
            return ALWAYS

    facts = [fact for fact in story.facts if fact.kind == "complaint"]
    assert list(replay(facts, AroundTheClock(), story.now)) != live(story)


def test_what_is_told_late_is_broken_and_excused_and_what_happens_at_the_very_instant_is_in_time():
    due = next(event.due_at for event, _ in live(Story().goes_to(Stage.RECEIVED)) if event.clause == "acknowledgement")
    in_time = Story().goes_to(Stage.RECEIVED).happened(acknowledged(), at=due)
    assert e.Breached not in {type(event) for event, _ in again(in_time, due + HOUR)}
    late = Story().goes_to(Stage.RECEIVED).time_passes(due + HOUR)
    late.happened(acknowledged(), at=due - timedelta(minutes=1), recorded_at=due + HOUR)
    said = [type(event) for event, _ in again(late, due + HOUR) if event.clock_id == "acknowledgement/1"]
    assert said[-3:] == [e.Escalated, e.BreachExcused, e.Met] and again(late, due + HOUR) == live(late)


def test_a_history_counts_as_told_when_it_happened():
    story = Story(historical=True).goes_to(Stage.RECEIVED)
    due = MONDAY + DAY
    story.happened(c.Acknowledged(channel=Channel.EMAIL), at=MONDAY + HOUR, recorded_at=due)
    said = {event.clock_id: event for event, _ in again(story, due) if isinstance(event, e.Met)}
    assert said["acknowledgement/1"].met_at == MONDAY + HOUR
