"""Actions under way: proof before roll-out, what is stuck, other days, milestones, completion, cancelling."""

from datetime import date
from typing import Any

import pytest

from services.capa.domain import CompleteAction, ReportActionProgress
from services.capa.topics.work import (
    BlockAction,
    CancelAction,
    ChangeActionDueDate,
    ReachMilestone,
    StartAction,
    UnblockAction,
    ValidateAction,
)
from shared.complaint.state import ActionStatus, Stage
from shared.events import complaint as e
from shared.events.words import ActionKind
from shared.kernel.values import Money
from shared.policy.access import LEADERS, QUALITY, who_may
from tests.facts import completed, planned, utc, verified
from tests.given import capa
from tests.services.capa.going_by import going_by, guarded

COMPLETE = CompleteAction(action_id="a1", result="done")
PROVED = e.ActionValidated(action_id="a1", ok=True, method="30 boards")


# ── proof ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.requirement("S4-79")
def test_a_measure_is_proved_before_it_is_rolled_out():
    world = going_by("pack-s4")
    unproved = capa.given(Stage.IMPLEMENTING).in_a_world(world)
    unproved.when(COMPLETE, by="p-cy").refused("G-PREVAL")
    wanting = capa.given(Stage.IMPLEMENTING, PROVED.model_copy(update={"ok": False})).in_a_world(world)
    wanting.when(COMPLETE, by="p-cy").refused("G-PREVAL")
    proved = capa.given(Stage.IMPLEMENTING, PROVED).in_a_world(world)
    proved.when(COMPLETE, by="p-cy").then_some(e.ActionCompleted)
    capa.given(Stage.IMPLEMENTING).when(COMPLETE, by="p-cy").then_some(e.ActionCompleted)


def test_only_a_corrective_action_needs_proof():
    correction = planned("a1").model_copy(update={"kind": ActionKind.CORRECTION})
    given = capa.given(Stage.PLANNING, correction, Stage.IMPLEMENTING).in_a_world(guarded(require_pre_validation=True))
    given.when(COMPLETE).then_some(e.ActionCompleted)


def test_a_quality_engineer_proves_it_and_not_its_owner():
    assert set(who_may(ValidateAction)) == set(QUALITY)
    wish = ValidateAction(action_id="a1", ok=True, method="30 boards", sample_quantity=30)
    given = capa.given(Stage.PLANNING, planned("a1"))
    given.when(wish, by="p-cy").refused("G-SOD")
    assert given.when(wish, by="p-vera").after.actions["a1"].validated is True
    capa.given(Stage.IMPLEMENTING).when(wish, by="p-vera").then_some(e.ActionValidated)


# ── stuck ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.requirement("S0-42")
def test_an_action_that_is_stuck_says_why_and_how_it_gets_going_again():
    given = capa.given(Stage.IMPLEMENTING)
    given.when(ReportActionProgress(action_id="a1", percent=40, blocked=True)).refused("G-BLOCKED", "blocked")
    with pytest.raises(ValueError):
        BlockAction(action_id="a1", reason="the oven is in repair")  # type: ignore[call-arg]
    with pytest.raises(ValueError):
        BlockAction(action_id="a1", way_out="line 3 takes over")  # type: ignore[call-arg]
    stuck = given.when(BlockAction(action_id="a1", reason="oven in repair", way_out="line 3 takes over"))
    assert stuck.after.actions["a1"].blocked and stuck.after.actions["a1"].blocked_why == "oven in repair"
    going = capa.given(Stage.IMPLEMENTING, stuck.event()).when(UnblockAction(action_id="a1"))
    assert not going.after.actions["a1"].blocked and going.after.actions["a1"].blocked_why is None


def test_only_what_is_stuck_goes_on():
    capa.given(Stage.IMPLEMENTING).when(UnblockAction(action_id="a1")).refused("G-BLOCKED", "action_id")


def test_the_day_thought_possible_has_not_passed():
    past = BlockAction(action_id="a1", reason="x", way_out="y", new_due=date(2026, 3, 1))
    capa.given(Stage.IMPLEMENTING).when(past, at=utc("2026-03-02 15:00")).refused("G-SMART", "new_due")


# ── another day ───────────────────────────────────────────────────────────────────────────────────────────────────────
def moved(day: date) -> ChangeActionDueDate:
    return ChangeActionDueDate(action_id="a1", new_due=day, reason="the oven was in repair")


def test_a_leader_moves_the_day_and_how_often_is_counted():
    assert set(who_may(ChangeActionDueDate)) == set(LEADERS)
    given = capa.given(Stage.PLANNING, planned("a1"), Stage.IMPLEMENTING)
    given.when(moved(date(2026, 3, 27)), by="p-cy").refused("G-SOD")
    once = given.when(moved(date(2026, 3, 27)), by="p-head")
    assert (once.event().old_due, once.event().count) == (date(2026, 3, 20), 1)
    twice = capa.given(Stage.PLANNING, planned("a1"), Stage.IMPLEMENTING, once.event()).when(moved(date(2026, 4, 3)))
    action = twice.after.actions["a1"]
    assert (action.due, action.first_due, action.due_changes) == (date(2026, 4, 3), date(2026, 3, 20), 2)


@pytest.mark.parametrize("day", [date(2026, 3, 20), date(2026, 3, 1)])
def test_it_is_moved_to_another_day_that_has_not_passed(day: date):
    given = capa.given(Stage.PLANNING, planned("a1"), Stage.IMPLEMENTING)
    given.when(moved(day), by="p-head").refused("G-SMART", "new_due")


# ── milestones, start, completion ─────────────────────────────────────────────────────────────────────────────────────
def test_a_milestone_is_reached_once_and_must_have_been_planned():
    half = e.Milestone(name="half", due=date(2026, 3, 10))
    with_half = planned("a1").model_copy(update={"milestones": (half,)})
    given = capa.given(Stage.PLANNING, with_half, Stage.IMPLEMENTING)
    reached = given.when(ReachMilestone(action_id="a1", milestone="half"))
    assert list(reached.after.actions["a1"].milestones_reached) == ["half"]
    given.when(ReachMilestone(action_id="a1", milestone="whole")).invalid("G-ACTION", "milestone")
    again = capa.given(Stage.PLANNING, with_half, Stage.IMPLEMENTING, reached.event())
    again.when(ReachMilestone(action_id="a1", milestone="half")).refused("G-ACTION", "milestone")


def test_an_action_begins_once():
    begun = e.ActionStarted(action_id="a1")
    capa.given(Stage.IMPLEMENTING, begun).when(StartAction(action_id="a1")).refused("G-ACTION", "action_id")


def test_what_it_cost_is_kept():
    cost = Money(minor=12_000, currency="CNY")
    done = capa.given(Stage.IMPLEMENTING).when(COMPLETE.model_copy(update={"actual_cost": cost}))
    assert done.after.actions["a1"].actual_cost == cost


# ── cancelling ────────────────────────────────────────────────────────────────────────────────────────────────────────
CANCEL = CancelAction(action_id="a1", reason="the product runs out")


def two(**second: Any) -> tuple[Any, ...]:
    return (Stage.PLANNING, planned("a1"), planned("a2").model_copy(update=second), Stage.IMPLEMENTING)


def test_without_the_last_action_one_plans_again():
    outcome = capa.given(Stage.IMPLEMENTING).when(CANCEL).leads_to(Stage.PLANNING)
    assert outcome.after.actions["a1"].status == ActionStatus.CANCELLED


def test_without_one_of_several_the_others_go_on():
    capa.given(*two()).when(CANCEL).leads_to(Stage.IMPLEMENTING)


def test_what_was_done_is_judged_if_it_is_enough():
    done = (*two(kind=ActionKind.CORRECTION), completed("a2"))
    capa.given(*done).when(CANCEL).leads_to(Stage.VERIFYING)
    capa.given(*done).in_a_world(guarded(min_capa_rank=4)).when(CANCEL).leads_to(Stage.PLANNING)
    capa.given(*done, verified("a2")).when(CANCEL).leads_to(Stage.CLOSING)


def test_only_what_is_approved_and_not_done_is_cancelled():
    capa.given(*two(), completed("a1")).when(CANCEL).refused("G-ACTION", "action_id")
