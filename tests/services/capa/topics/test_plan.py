"""The plan by the policy: which actions, what each names, milestones on a long way, and signatures that a return voids."""

from datetime import date
from typing import Any

import pytest

from services.capa.domain import ApproveActionPlan, PlanAction, ReturnActionPlan, SubmitActionPlan
from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events.capa_words import OwnerParty
from shared.events.organisation import Role
from shared.events.words import ActionKind, Department, Meaning, Where
from shared.kernel.values import Money, Rank
from tests.facts import classified, planned
from tests.given import Given, by, capa
from tests.services.capa.going_by import Ruled, asking, going_by, guarded

SUBMIT = SubmitActionPlan()
METRIC = e.SuccessMetric(kpi="cold joints", baseline="14 of 500", target="0 of 500", window_days=30)
MEANS = e.Resources(people="one process engineer", equipment="thermocouples", budget=Money(minor=50000, currency="CNY"))


def action(kind: ActionKind, id: str = "", **changed: Any) -> e.ActionPlanned:
    return planned(id or f"a-{kind}").model_copy(update={"kind": kind, **changed})


def wish(**changed: Any) -> PlanAction:
    usual: dict[str, Any] = {
        "kind": ActionKind.CORRECTIVE, "content": "lock the profile", "owner": "p-cy", "due": date(2026, 3, 20),
        "measure_of_success": "none of 500",
    }  # fmt: skip
    return PlanAction(**{**usual, **changed})


def planning(world: Ruled, *actions: e.ActionPlanned, rank: Rank = Rank.MAJOR) -> Given:
    contained = e.ContainmentDefined(containment_id="c1", where=(Where.LINE,), measure="stop", owner="p-cy")
    past = (Stage.REGISTERED, classified(rank), contained, Stage.PLANNING, *actions)
    return capa.given(*past).in_a_world(world)


CORRECTION, CORRECTIVE, PREVENTIVE, IMPROVEMENT = ActionKind


# ── what an action names ──────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.requirement("S0-39", "S3-30")
@pytest.mark.parametrize("pack", ["pack-s0", "pack-s3"])
def test_an_action_names_people_tools_and_money_where_the_source_asks_for_it(pack: str):
    bare = action(CORRECTION, "a1"), action(CORRECTIVE, "a2", success_metric=METRIC, resources=MEANS)
    planning(going_by(pack), *bare).when(SUBMIT).refused("G-SMART", "resources")
    whole = action(CORRECTION, "a1", success_metric=METRIC, resources=MEANS), bare[1]
    submitted = planning(going_by(pack), *whole).when(SUBMIT)
    assert submitted.after.actions["a2"].resources == MEANS
    planning(going_by("pack-s1"), *bare).when(SUBMIT).then_some(e.ActionPlanSubmitted)


def test_a_metric_has_target_and_window_and_what_is_not_smart_is_not_put_forward():
    given = guarded(smart_rank=2)
    open_ended = METRIC.model_copy(update={"window_days": None})
    one = action(CORRECTIVE, "a1", resources=MEANS, success_metric=open_ended)
    planning(given, one).when(SUBMIT).refused("G-SMART", "success_metric")
    checked = {"specific": True, "measurable": True, "achievable": False, "relevant": True, "timed": True}
    two = action(CORRECTIVE, "a1", resources=MEANS, success_metric=METRIC, smart=e.Smart(**checked))
    planning(given, two).when(SUBMIT).refused("G-SMART", "smart")
    three = two.model_copy(update={"smart": e.Smart(**{**checked, "achievable": True})})
    planning(given, three).when(SUBMIT).then_some(e.ActionPlanSubmitted)
    planning(given, one, rank=Rank.MINOR).when(SUBMIT).then_some(e.ActionPlanSubmitted)


@pytest.mark.requirement("S3-32")
def test_an_action_names_who_answers_which_department_and_who_helps():
    helped = wish(department=Department.PRODUCTION, supporting_departments=(Department.RND, Department.QUALITY))
    outcome = capa.given(Stage.PLANNING).when(helped)
    event, kept = outcome.event(), outcome.after.actions["a1"]
    assert (event.owner, event.department) == ("p-cy", Department.PRODUCTION)
    assert kept.supporting_departments == (Department.RND, Department.QUALITY)


@pytest.mark.requirement("S4-37")
@pytest.mark.parametrize("party", OwnerParty)
def test_an_action_may_be_a_recommendation_to_the_customer(party: OwnerParty):
    outcome = capa.given(Stage.PLANNING).when(wish(owner_party=party, content="store the goods dry"))
    assert outcome.after.actions["a1"].owner_party == party
    assert outcome.event().owner == "p-cy", "somebody of ours follows it"


@pytest.mark.requirement("S4-39")
def test_actions_stand_in_order_of_importance():
    outcome = capa.given(Stage.PLANNING, action(CORRECTION, "a1", priority=2)).when(wish(priority=1))
    assert {id: each.priority for id, each in outcome.after.actions.items()} == {"a1": 2, "a2": 1}
    with pytest.raises(ValueError):
        wish(priority=0)


# ── milestones ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_long_action_has_days_on_its_way():
    half = e.Milestone(name="process revised", due=date(2026, 4, 1))
    long = action(CORRECTIVE, "a1", due=date(2026, 5, 30))
    world = guarded(milestones_after_days=30)
    planning(world, long).when(SUBMIT).refused("G-SMART", "milestones")
    on_its_way = long.model_copy(update={"milestones": (half,)})
    planning(world, on_its_way).when(SUBMIT).then_some(e.ActionPlanSubmitted)
    begins_later = long.model_copy(update={"planned_start": date(2026, 5, 10)})
    planning(world, begins_later).when(SUBMIT).then_some(e.ActionPlanSubmitted)


def test_milestones_lie_before_the_end_and_have_names_of_their_own():
    given = capa.given(Stage.PLANNING)
    late = e.Milestone(name="half", due=date(2026, 3, 21))
    given.when(wish(milestones=(late,))).invalid("G-SMART", "milestones")
    half = e.Milestone(name="half", due=date(2026, 3, 10))
    given.when(wish(milestones=(half, half))).invalid("G-SMART", "milestones")
    given.when(wish(milestones=(half,))).then_some(e.ActionPlanned)
    given.when(wish(planned_start=date(2026, 3, 21))).invalid("G-SMART", "planned_start")


# ── which actions ─────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("kinds", "rank", "enough"),
    [
        ((CORRECTION,), Rank.MAJOR, False),
        ((CORRECTION, IMPROVEMENT), Rank.MAJOR, False),
        ((CORRECTIVE,), Rank.MAJOR, False),
        ((CORRECTION, PREVENTIVE), Rank.MAJOR, True),
        ((CORRECTION, CORRECTIVE), Rank.MAJOR, True),
        ((CORRECTION,), Rank.MINOR, True),
        ((CORRECTIVE,), Rank.MINOR, False),
    ],
)
def test_a_grave_case_is_corrected_and_its_cause_is_removed(kinds: tuple[ActionKind, ...], rank: Rank, enough: bool):
    outcome = planning(guarded(min_capa_rank=2), *map(action, kinds), rank=rank).when(SUBMIT)
    if enough:
        outcome.then_some(e.ActionPlanSubmitted)
    else:
        outcome.refused("G-SMART", "kind")


@pytest.mark.requirement("S2-41")
@pytest.mark.parametrize("missing", [CORRECTIVE, PREVENTIVE])
def test_an_answer_has_what_removes_the_cause_and_what_prevents_the_like(missing: ActionKind):
    world = going_by("pack-s2")
    without = [action(kind) for kind in (CORRECTION, CORRECTIVE, PREVENTIVE) if kind != missing]
    planning(world, *without).when(SUBMIT).refused("G-SMART", "kind")
    whole = [action(kind) for kind in (CORRECTION, CORRECTIVE, PREVENTIVE)]
    submitted = planning(world, *whole).when(SUBMIT)
    assert submitted.then_some(e.ActionPlanSubmitted).after.root_cause is not None


def test_an_improvement_alone_is_no_plan():
    capa.given(Stage.PLANNING, action(IMPROVEMENT)).when(SUBMIT).refused("G-SMART", "kind")


def test_what_was_found_ineffective_does_not_count():
    failed = e.Verified(action_ids=("a1",), effective=False, method="500 boards")
    past = (Stage.PLANNING, action(CORRECTION, "a1"), Stage.VERIFYING, failed, action(CORRECTIVE, "a2"))
    capa.given(*past).in_a_world(guarded(min_capa_rank=2)).when(SUBMIT).refused("G-SMART", "kind")
    more = (*past, action(CORRECTION, "a3"))
    capa.given(*more).in_a_world(guarded(min_capa_rank=2)).when(SUBMIT).then_some(e.ActionPlanSubmitted)


# ── signatures ────────────────────────────────────────────────────────────────────────────────────────────────────────
TWO_STEPS = asking(
    {"head": Role.QUALITY_HEAD, "gm": Role.GENERAL_MANAGER, "rnd": Role.RND_HEAD},
    approval_chains={
        "plan": [
            {"role": "quality_head", "meaning": "approval"}, {"role": "general_manager", "meaning": "approval"},
        ]
    },
)  # fmt: skip
WAITING = (Stage.PLANNING, planned("a1"), by("p-bo", e.ActionPlanSubmitted(plan_version=1, action_ids=("a1",))))
FIRST = by("p-head", e.StepSigned(chain="plan", of="p1", step=1, role="quality_head", meaning=Meaning.APPROVAL))


def test_returning_a_plan_voids_the_signatures_given_to_it():
    signed = capa.given(*WAITING, FIRST).in_a_world(TWO_STEPS)
    signed.when(ReturnActionPlan(comment="who measures?"), by="p-rnd").refused("G-APPR")
    back = signed.when(ReturnActionPlan(comment="who measures?"), by="p-gm")
    back.then_some(e.StepReturned, e.ActionPlanReturned).leads_to(Stage.PLANNING)
    assert back.after.signed["plan/p1"] == ()
    again = by("p-bo", e.ActionPlanSubmitted(plan_version=2, action_ids=("a1",)))
    anew = capa.given(*WAITING, FIRST, by("p-gm", back.event(0)), by("p-gm", back.event(1)), again)
    anew.in_a_world(TWO_STEPS).when(ApproveActionPlan(), by="p-gm").refused("G-APPR")
    first_again = anew.in_a_world(TWO_STEPS).when(ApproveActionPlan(), by="p-head")
    first_again.then_some(e.StepSigned).leads_to(Stage.PLAN_REVIEW)


def test_the_last_signature_approves_the_plan():
    last = capa.given(*WAITING, FIRST).in_a_world(TWO_STEPS).when(ApproveActionPlan(), by="p-gm")
    last.then_some(e.StepSigned, e.ActionPlanApproved).leads_to(Stage.IMPLEMENTING)
