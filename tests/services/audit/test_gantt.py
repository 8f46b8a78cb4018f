"""The bars of a case's actions: planned, actual, status."""

from datetime import date

import pytest

from services.audit.gantt import bars
from shared.complaint.state import Stage
from shared.events import complaint as e
from tests.facts import Story, completed, planned, utc, verified


@pytest.mark.requirement("S3-33")
def test_each_action_has_what_was_planned_what_came_of_it_and_where_it_stands():
    milestone = e.Milestone(name="released", due=date(2026, 3, 12))
    first = planned("a1", due=date(2026, 3, 20)).model_copy(
        update={"planned_start": date(2026, 3, 9), "milestones": (milestone,), "priority": 2}
    )
    story = Story(clocks=False).goes_to(Stage.PLANNING).happened(first)
    story.happened(planned("a2", due=date(2026, 3, 18)).model_copy(update={"priority": 1})).goes_to(Stage.IMPLEMENTING)
    moved = e.ActionDueDateChanged(
        action_id="a1", old_due=date(2026, 3, 20), new_due=date(2026, 3, 25), count=1, reason="no oven"
    )
    story.happened(e.ActionStarted(action_id="a1"), utc("2026-03-10 01:00"), recorded_at=utc("2026-03-10 01:00"))
    story.happened(e.MilestoneReached(action_id="a1", milestone="released")).happened(moved)
    story.happened(e.ActionProgressReported(action_id="a1", percent=40))
    story.happened(e.ActionBlocked(action_id="a1", reason="no oven", way_out="line 3"))
    story.happened(completed("a2"), utc("2026-03-18 17:00"), recorded_at=utc("2026-03-18 17:00"))

    second, first_bar = bars(story.case, "Asia/Shanghai")
    assert (second["action_id"], second["status"], second["percent"]) == ("a2", "completed", 100)
    assert second["late"], "one in the morning of the nineteenth in Shenzhen"
    assert first_bar["planned"] == {"from": "2026-03-09", "until": "2026-03-20"}
    assert (first_bar["due"], first_bar["due_changes"], first_bar["blocked"]) == ("2026-03-25", 1, True)
    assert first_bar["actual"] == {"from": "2026-03-10T01:00:00.000000Z", "until": None}
    assert (first_bar["percent"], first_bar["status"], first_bar["late"]) == (40, "approved", False)
    (mark,) = first_bar["milestones"]
    assert (mark["name"], mark["due"]) == ("released", "2026-03-12") and mark["reached_at"].startswith("2026-03-10")

    story.happened(completed("a1"), by="p-cy").happened(verified("a1", "a2"), by="p-vera")
    assert [(bar["status"], bar["judged_at"] is not None) for bar in bars(story.case, "UTC")] == [
        ("effective", True)
    ] * 2


def test_a_bar_begins_on_the_day_on_which_the_site_planned_it():
    story = Story(clocks=False, begins=utc("2026-03-02 09:00")).goes_to(Stage.PLANNING)
    (bar,) = bars(story.happened(planned(due=date(2026, 3, 20)), utc("2026-03-02 17:00")).case, "Asia/Shanghai")
    assert bar["planned"]["from"] == "2026-03-03"
