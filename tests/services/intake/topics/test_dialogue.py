"""Who speaks with customers and in which words, what is promised, what is objected to, and what customers say at the end."""

from __future__ import annotations

from typing import Any

import pytest

from services.capa.domain import Close
from services.intake.domain import (
    Acknowledge,
    CompleteFollowUp,
    ContactCustomer,
    RecordCustomerFeedback,
    WaiveFollowUp,
    Withdraw,
)
from services.intake.topics.dialogue import EscalateObjection, PromiseContact, RaiseObjection, ResolveObjection
from shared.complaint.awaits import of_intake
from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.events.dialogue import ObjectionOutcome, ObjectionSubject
from shared.events.organisation import Role
from shared.events.triage_words import RecallDecision
from shared.kernel.values import Rank
from tests.facts import HOUR, MONDAY, acknowledged, assigned, classified, received, registered
from tests.given import World, by, capa, intake, told
from tests.services.intake.topics.worlds import going_by, saying


def calling(purpose: w.ContactPurpose = w.ContactPurpose.PROGRESS, **changed: Any) -> ContactCustomer:
    usual: dict[str, Any] = {
        "direction": w.Direction.OUTBOUND, "channel": w.Channel.TELEPHONE, "purpose": purpose, "summary": "told",
    }  # fmt: skip
    return ContactCustomer(**{**usual, **changed})


# ── who speaks ────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.requirement("S2-03", "S4-43")
def test_customers_hear_from_those_alone_whom_the_policy_names():
    world = going_by("pack-s4", p_lin=Role.CUSTOMER_LIAISON, p_bo=Role.QUALITY_ENGINEER)
    case = intake.given(received()).in_a_world(world)
    case.when(calling(), by="p-bo").refused("G-VOICE")
    assert case.when(calling(), by="p-lin").problem is None
    inbound = calling(direction=w.Direction.INBOUND)
    assert case.when(inbound, by="p-bo").problem is None, "whoever is called may say so"
    assert intake.given(received()).when(calling(), by="p-bo").problem is None, "no policy, no voice"


@pytest.mark.requirement("S4-48")
def test_whoever_was_asked_first_is_a_voice_where_the_policy_says_so():
    world = going_by("pack-base", p_first=Role.FIELD_ENGINEER, p_bo=Role.PRODUCTION)
    case = intake.given(by("p-first", received())).in_a_world(world)
    assert case.when(calling(), by="p-first").problem is None
    case.when(calling(), by="p-bo").refused("G-VOICE")


@pytest.mark.requirement("S3-35")
def test_a_customer_hears_of_an_improvement_also_after_closure():
    event = intake.given(Stage.CLOSED).when(calling(w.ContactPurpose.IMPROVEMENT_NOTICE)).event()
    assert event.purpose == w.ContactPurpose.IMPROVEMENT_NOTICE


@pytest.mark.requirement("S3-03")
def test_a_wording_that_is_named_is_one_of_the_policy_for_that_purpose():
    case = intake.given(received()).in_a_world(going_by("pack-base"))
    assert case.when(Acknowledge(channel=w.Channel.EMAIL, template_id="received")).event().template_id == "received"
    case.when(Acknowledge(channel=w.Channel.EMAIL, template_id="shipped")).invalid("G-WORDING", "template_id")
    case.when(calling(template_id="hello")).invalid("G-WORDING", "template_id")
    assert case.when(calling(template_id="shipped")).event().template_id == "shipped"
    bare = intake.given(received())
    bare.when(Acknowledge(channel=w.Channel.EMAIL, template_id="received")).invalid("G-WORDING", "template_id")


# ── promises ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_promise_is_kept_in_mind_until_somebody_calls():
    at = MONDAY + 30 * HOUR
    case = intake.given(received())
    promised = case.when(PromiseContact(promised_contact_by=at, channel=w.Channel.EMAIL))
    assert promised.after.promised_contact_by == at
    case.when(PromiseContact(promised_contact_by=MONDAY)).invalid("G-TIME", "promised_contact_by")
    called = intake.given(received(), promised.event()).when(calling())
    assert called.after.promised_contact_by is None
    again = intake.given(received(), promised.event()).when(calling(next_contact_by=at + HOUR))
    assert again.after.promised_contact_by == at + HOUR
    received_word = Acknowledge(channel=w.Channel.EMAIL, promised_contact_by=at)
    assert case.when(received_word).after.promised_contact_by == at


# ── objections ────────────────────────────────────────────────────────────────────────────────────────────────────────
RAISE = RaiseObjection(subject=ObjectionSubject.REMEDY, statement="a repair is not enough", wanted="a new unit")
CLIMB = EscalateObjection(objection_id="o1", reason="both sides stand by what they said")
SETTLE = ResolveObjection(objection_id="o1", outcome=ObjectionOutcome.COMPROMISE, answer="a unit on loan")
LADDER = {
    "p_bo": Role.QUALITY_ENGINEER, "p_head": Role.DEPT_HEAD, "p_mark": Role.MARKETING_HEAD, "p_gm": Role.GENERAL_MANAGER,
    "p_chair": Role.CHAIRMAN,
}  # fmt: skip


def climbed(to: int, world: World) -> Any:
    """A case of which an objection has reached a level."""
    past: list[Any] = [received(), acknowledged(), registered(), classified(), assigned("p-bo")]
    past.append(intake.given(*past).in_a_world(world).when(RAISE).event())
    for _ in range(to - 1):
        past.append(intake.given(*past).in_a_world(world).when(CLIMB).event())
    return intake.given(*past).in_a_world(world)


@pytest.mark.requirement("S1-45")
def test_an_objection_is_answered_first_by_whoever_has_the_case_then_by_the_head_of_the_department():
    world = going_by("pack-base", **LADDER)
    first = climbed(1, world)
    assert first.case.objections["o1"].role == "case_owner" and of_intake(first.case) == "objection"
    first.when(SETTLE, by="p-head").refused("G-OBJECTION", "objection_id")
    settled = first.when(SETTLE, by="p-bo")
    assert (settled.event().level_reached, settled.event().outcome) == (1, ObjectionOutcome.COMPROMISE)
    assert of_intake(settled.after) != "objection"
    second = climbed(2, world)
    second.when(SETTLE, by="p-bo").refused("G-OBJECTION")
    assert second.when(SETTLE, by="p-head").event().level_reached == 2


@pytest.mark.requirement("S4-57")
def test_what_cannot_be_settled_climbs_to_marketing_the_general_manager_and_the_chairman():
    world = going_by("pack-base", **LADDER)
    roles = [climbed(level, world).case.objections["o1"].role for level in range(1, 6)]
    assert roles == ["case_owner", "dept_head", "marketing_head", "general_manager", "chairman"]
    top = climbed(5, world)
    top.when(CLIMB, by="p-chair").refused("G-OBJECTION", "objection_id")
    top.when(SETTLE, by="p-gm").refused("G-OBJECTION")
    assert top.when(SETTLE, by="p-chair").event().level_reached == 5


def test_without_a_ladder_it_climbs_five_levels_and_anybody_settles_it():
    world = saying("")
    assert climbed(5, world).when(SETTLE, by="p-x").event().level_reached == 5
    climbed(5, world).when(CLIMB).refused("G-OBJECTION")


def test_a_ladder_without_levels_is_climbed_as_it_is_listed():
    world = saying("ladders: {E: [{to: dept_head}, {to: general_manager}]}\n")
    assert climbed(2, world).case.objections["o1"].role == "general_manager"
    climbed(2, world).when(CLIMB).refused("G-OBJECTION")


def test_before_anybody_has_the_case_whoever_follows_it_answers():
    case = intake.given(by("p-first", received())).in_a_world(going_by("pack-base"))
    assert case.when(RAISE).event().role == "first_responsible"


def test_a_case_is_closed_once_every_objection_is_settled():
    end = Close(
        disposition=w.Disposition.SOLVED, customer_acceptance=w.Acceptance.ACCEPTED, summary="repaired and explained"
    )
    raised = intake.given(Stage.CLOSING).when(RAISE).event()
    capa.given(Stage.CLOSING, raised).when(end).refused("G-CLOSE")
    settled = intake.given(Stage.CLOSING, raised).when(SETTLE).event()
    capa.given(Stage.CLOSING, raised, settled).when(end).leads_to(Stage.CLOSED)


def test_only_an_open_objection_climbs_or_is_settled():
    case = intake.given(received())
    case.when(CLIMB).invalid("G-OBJECTION", "objection_id")
    case.when(SETTLE).invalid("G-OBJECTION", "objection_id")


# ── feedback and follow-up ────────────────────────────────────────────────────────────────────────────────────────────
def test_feedback_has_a_score_and_how_likely_the_customer_recommends_us():
    event = intake.given(Stage.CLOSED).when(RecordCustomerFeedback(satisfied=True, score=90, nps=9)).event()
    assert (event.score, event.nps) == (90, 9)
    for nps in (-1, 11):
        with pytest.raises(ValueError, match="nps"):
            RecordCustomerFeedback(satisfied=True, nps=nps)


@pytest.mark.requirement("S3-04")
def test_a_customer_who_is_not_satisfied_waits_for_an_answer_or_a_measure():
    unhappy = e.CustomerFeedbackRecorded(satisfied=False, score=20)
    assert of_intake(told(Stage.CLOSED, unhappy).case) == "answer_feedback"
    for answer in (told(Stage.CLOSED, unhappy, intake.given(Stage.CLOSED).when(calling()).event()),
                   told(Stage.CLOSED, unhappy, Stage.INVESTIGATING)):  # fmt: skip
        assert not answer.case.answer_to_feedback_due
    assert of_intake(told(Stage.CLOSED, e.CustomerFeedbackRecorded(satisfied=True)).case) is None


@pytest.mark.parametrize("kind", e.FollowUpKind)
def test_after_the_solution_customers_are_called_or_visited(kind: e.FollowUpKind):
    wish = CompleteFollowUp(kind=kind, attempts=3, reached=True, product_ok=True)
    event = intake.given(Stage.CLOSED).when(wish).event()
    assert (event.kind, event.attempts) == (kind, 3)


def test_another_problem_becomes_a_case_or_demands_a_decision():
    other = told(received("SZ-2026-00002"), number=2).case
    case = intake.given(Stage.CLOSED).in_a_world(World(other))
    wish = CompleteFollowUp(reached=True, product_ok=True, other_problem="the hinge squeaks")
    assert case.when(wish).after.follow_up_decision_due
    opened = wish.model_copy(update={"new_case": other.complaint_id})
    assert not case.when(opened).after.follow_up_decision_due
    case.when(wish.model_copy(update={"new_case": case.case.complaint_id})).invalid("G-FOLLOWUP", "new_case")
    unknown = wish.model_copy(update={"new_case": "0199a3b4-6c1e-7b3a-9d52-3f1c2a4b5d6e"})
    case.when(unknown).invalid("G-FOLLOWUP", "new_case")
    due = intake.given(Stage.CLOSED, case.when(wish).event())
    assert not due.when(WaiveFollowUp(reason="a matter of taste")).after.follow_up_decision_due


# ── withdrawal ────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "grave", [(received(safety_hazard=True),), (received(), registered(), classified(Rank.CRITICAL))]
)
def test_a_grave_case_goes_on_as_an_internal_nonconformity(grave: tuple[Any, ...]):
    case = intake.given(*grave)
    case.when(Withdraw(reason="never mind")).refused("G-WITHDRAW", "goes_on")
    outcome = case.when(Withdraw(reason="never mind", goes_on=True)).then_some(e.WithdrawnButContinued)
    assert outcome.after.stage == case.case.stage
    assert outcome.after.case_kind == w.CaseKind.INTERNAL_NONCONFORMITY


def test_any_other_case_ends_with_the_withdrawal_unless_somebody_wants_to_go_on():
    case = intake.given(received(), acknowledged())
    case.when(Withdraw(reason="never mind")).leads_to(Stage.WITHDRAWN)
    case.when(Withdraw(reason="never mind", goes_on=True)).leads_to(Stage.RECEIVED)


def scope(where: w.Where, quantity: int = 20) -> e.ImpactScopeAssessed:
    population = e.Population(location=where, quantity=quantity, method="traced by lot")
    return e.ImpactScopeAssessed(population=(population,), at_risk_quantity=quantity)


def test_a_case_goes_on_as_long_as_nothing_is_decided_about_the_other_pieces():
    wish = Withdraw(reason="never mind")
    minor = (received(), registered(), classified(Rank.MINOR))
    shipped, making = intake.given(*minor, scope(w.Where.CUSTOMER)), intake.given(*minor, scope(w.Where.WIP))
    shipped.when(wish).refused("G-WITHDRAW", "goes_on")
    making.when(wish).refused("G-WITHDRAW", "goes_on")
    none = e.RecallDecided(
        decision_id="rc1", decision=RecallDecision.NO_RECALL, quantity_shipped=20, customers=1, justification="harmless"
    )
    intake.given(*minor, scope(w.Where.CUSTOMER), none).when(wish).leads_to(Stage.WITHDRAWN)
    back = none.model_copy(update={"decision": RecallDecision.RECALL})
    intake.given(*minor, scope(w.Where.CUSTOMER), back).when(wish).refused("G-WITHDRAW")
    stop = e.ProductionStopOrdered(
        stop_id="s1",
        notice_no="N-1",
        lines=("L3",),
        reason="cold joints",
        effective_at=MONDAY,
        resume_condition="sorted",
    )
    intake.given(*minor, scope(w.Where.WIP), stop).when(wish).refused("G-WITHDRAW")
    resumed = e.ProductionResumed(stop_id="s1", condition_met="sorted")
    intake.given(*minor, scope(w.Where.WIP), stop, resumed).when(wish).leads_to(Stage.WITHDRAWN)
