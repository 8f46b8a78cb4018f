"""How far the trouble reaches, whether to recall, and when production stops and goes on."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st

from services.triage.topics.field_action import (
    AssessImpactScope,
    ConsentToRecall,
    DecideRecall,
    OrderProductionStop,
    RefuseProductionStop,
    ReportRecallProgress,
    ResumeProduction,
    ReturnRecallDecision,
)
from shared.complaint.field_action import FieldAction, recalling, undecided
from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events.organisation import Role
from shared.events.triage_words import RecallDecision
from shared.events.words import EvidenceKind, Where
from shared.kernel.values import FileRef, Rank
from shared.policy.access import who_may
from tests.facts import acknowledged, classified, received, registered, utc
from tests.services.triage.lives import Life

FILE = FileRef(sha256="a" * 64, bytes=12, media_type="image/png", name="stock.png")
EVIDENCE = e.EvidenceAttached(evidence_id="e1", kind=EvidenceKind.DOCUMENT, file=FILE)
SHIPPED = e.Population(location=Where.CUSTOMER, lots=("L-1",), quantity=180, method="sales records")
IN_PROCESS = e.Population(location=Where.WIP, lots=("L-2",), quantity=40)
SCOPE = AssessImpactScope(population=(SHIPPED, IN_PROCESS), residual_risk="repairs in the field are not known by lot")


def deciding(decision: RecallDecision = RecallDecision.RECALL, **more: Any) -> DecideRecall:
    return DecideRecall(decision=decision, lots=("L-1",), customers=12, justification="may overheat", **more)


def graded(rank: Rank, *packs: str) -> Life:
    return Life.of(received(), acknowledged(), registered(), classified(rank), Stage.ASSIGNED, EVIDENCE, packs=packs)


# ── scope ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.requirement("S4-75")
def test_development_says_how_far_the_trouble_may_reach():
    assert {Role.RND, Role.QUALITY_ENGINEER} <= set(who_may(AssessImpactScope))
    after = graded(Rank.MAJOR).does(SCOPE, by="p-rnd").after.field_action
    assert (after.shipped, after.in_process, after.assessments) == (180, 40, 1)
    assert after.scope is not None and after.scope.at_risk_quantity == 220


@pytest.mark.requirement("S4-75")
def test_that_it_reaches_no_further_is_shown_by_evidence():
    case = graded(Rank.MAJOR)
    case.asks(AssessImpactScope()).refused("G-EVID", "evidence")
    case.asks(AssessImpactScope(evidence=("e9",))).invalid("G-EVID", "evidence")
    assert case.does(AssessImpactScope(evidence=("e1",))).event().at_risk_quantity == 0


def test_no_more_is_at_risk_than_was_found():
    case = graded(Rank.MAJOR)
    case.asks(AssessImpactScope(population=(SHIPPED,), at_risk_quantity=181)).invalid("G-RECALL", "at_risk_quantity")
    assert case.does(AssessImpactScope(population=(SHIPPED,), at_risk_quantity=20)).event().at_risk_quantity == 20


# ── recall ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_nobody_decides_before_it_is_known_how_far_the_trouble_reaches():
    graded(Rank.MAJOR).asks(deciding()).refused("G-RECALL")


def test_the_head_of_quality_decides():
    assert who_may(DecideRecall) == (Role.QUALITY_HEAD,)
    case = graded(Rank.MAJOR, "pack-s4")
    case.does(SCOPE)
    outcome = case.does(deciding(), by="p-head").then_some(e.RecallDecided)
    assert (outcome.event().quantity_shipped, outcome.event().signed_as) == (180, ())
    assert recalling(outcome.after.field_action, outcome.after.signed)


def test_a_recall_of_rank_1_is_signed_by_the_general_manager_too():
    case = graded(Rank.CRITICAL, "pack-s4")
    case.does(SCOPE)
    assert _undecided(case)
    decided = case.does(deciding(), by="p-head").then_some(e.RecallDecided, e.StepSigned)
    assert decided.event().signed_as == ("quality_head", "general_manager")
    assert _undecided(case) and not recalling(case.case.field_action, case.case.signed)
    case.asks(ConsentToRecall(), by="p-head").refused("G-SOD")
    case.asks(ConsentToRecall(), by="p-eng").refused("G-APPR")
    signed = case.does(ConsentToRecall(), by="p-gm").then_some(e.StepSigned).event()
    assert (signed.chain, signed.of, signed.role) == ("recall", "f1", "general_manager")
    assert not _undecided(case) and recalling(case.case.field_action, case.case.signed)
    case.asks(ConsentToRecall(), by="p-gm").refused("G-RECALL")


def test_nobody_consents_to_a_decision_of_their_own():
    case = graded(Rank.CRITICAL, "pack-s4")
    case.does(SCOPE)
    case.does(deciding(), by="p-both")
    case.asks(ConsentToRecall(), by="p-both").refused("G-SOD")
    case.does(ReturnRecallDecision(reason="which lots?"), by="p-gm")
    case.asks(ConsentToRecall(), by="p-both").refused("G-SOD")
    case.does(ConsentToRecall(), by="p-head")


def test_what_the_general_manager_returns_is_decided_again():
    case = graded(Rank.CRITICAL, "pack-s4")
    case.does(SCOPE)
    case.does(deciding(), by="p-head")
    case.asks(ReturnRecallDecision(reason="which lots are safe?"), by="p-eng").refused("G-APPR")
    case.does(ReturnRecallDecision(reason="which lots are safe?"), by="p-gm").then_some(e.StepReturned)
    assert _undecided(case)
    assert case.does(deciding(RecallDecision.RECALL), by="p-head").event().decision_id == "f2"
    case.does(ConsentToRecall(), by="p-gm")
    assert not _undecided(case)


def test_nor_is_a_recall_of_rank_1_taken_back_by_one_person():
    case = graded(Rank.CRITICAL, "pack-s4")
    case.does(SCOPE)
    case.does(deciding(), by="p-head")
    case.does(ConsentToRecall(), by="p-gm")
    case.does(deciding(RecallDecision.NO_RECALL), by="p-head").then_some(e.RecallDecided, e.StepSigned)
    assert _undecided(case)


@pytest.mark.parametrize("decision", [RecallDecision.NO_RECALL, RecallDecision.MONITOR])
def test_that_nothing_is_called_back_is_the_word_of_the_head_of_quality(decision: RecallDecision):
    case = graded(Rank.CRITICAL, "pack-s4")
    case.does(SCOPE)
    case.does(deciding(decision), by="p-head").then_some(e.RecallDecided)
    assert not _undecided(case) and not recalling(case.case.field_action, case.case.signed)


def test_without_a_chain_in_the_policy_the_head_of_quality_decides_alone():
    case = graded(Rank.CRITICAL)
    case.does(SCOPE)
    case.does(deciding(decided_by=("p-gm",)), by="p-head").then_some(e.RecallDecided)
    assert not _undecided(case)
    case.asks(deciding(decided_by=("p-nobody",)), by="p-head").invalid("G-PERSON", "decided_by")


def test_only_a_case_of_rank_1_with_goods_outside_the_house_has_to_be_decided():
    shipped = FieldAction(scope=e.ImpactScopeAssessed(population=(SHIPPED,), at_risk_quantity=180))
    inside = FieldAction(scope=e.ImpactScopeAssessed(population=(IN_PROCESS,), at_risk_quantity=40))
    assert undecided(shipped, Rank.CRITICAL, {}) is not None
    assert undecided(shipped, Rank.MAJOR, {}) is None
    assert undecided(inside, Rank.CRITICAL, {}) is None
    assert undecided(FieldAction(), Rank.CRITICAL, {}) is None


def _undecided(case: Life) -> bool:
    return undecided(case.case.field_action, case.case.rank, case.case.signed) is not None


@pytest.mark.requirement("S4-20")
def test_what_was_called_back_is_accounted_for_to_the_last_piece():
    case = graded(Rank.MAJOR)
    progress: dict[str, Any] = {"as_of": date(2026, 3, 20)}
    case.does(SCOPE)
    case.asks(ReportRecallProgress(returned=0, corrected=0, unaccounted=180, **progress)).refused("G-RECALL")
    case.does(deciding(), by="p-head")
    assert case.case.field_action.scope is not None and case.case.field_action.scope.population[0].lots == ("L-1",)
    case.asks(ReportRecallProgress(returned=100, corrected=20, unaccounted=59, **progress)).invalid("G-RECALL")
    case.does(ReportRecallProgress(returned=100, corrected=20, unaccounted=60, **progress))
    assert recalling(case.case.field_action, case.case.signed)
    case.does(ReportRecallProgress(returned=150, corrected=30, unaccounted=0, **progress))
    assert not recalling(case.case.field_action, case.case.signed), "nothing is missing any more"
    case.asks(ReportRecallProgress(returned=150, corrected=30, unaccounted=0, **progress)).refused("G-RECALL")


@any_of(st.integers(0, 400), st.integers(0, 400), st.integers(0, 400))
def test_the_three_always_add_up(returned: int, corrected: int, unaccounted: int):
    case = graded(Rank.MAJOR)
    case.does(SCOPE)
    case.does(deciding(), by="p-head")
    outcome = case.asks(
        ReportRecallProgress(returned=returned, corrected=corrected, unaccounted=unaccounted, as_of=date(2026, 3, 20))
    )
    assert (outcome.problem is None) == (returned + corrected + unaccounted == 180)


# ── production ────────────────────────────────────────────────────────────────────────────────────────────────────────
def stopping(notice_no: str = "PS-7", **what: Any) -> OrderProductionStop:
    return OrderProductionStop(
        notice_no=notice_no, reason="cold joints", effective_at=utc("2026-03-03 06:00"),
        resume_condition="50 boards without one", **(what or {"lines": ("SMT 2",)}),
    )  # fmt: skip


def test_planning_stops_production_by_a_numbered_notice():
    assert who_may(OrderProductionStop) == (Role.PROJECT_PLANNING,)
    case = graded(Rank.MAJOR)
    case.asks(stopping(lines=())).invalid("G-STOP", "lines")
    assert case.does(stopping(), by="p-plan").event().stop_id == "s1"
    case.asks(stopping(), by="p-plan").invalid("G-UNIQUE", "notice_no")
    case.does(stopping("PS-8", models=("ABC-2000",)), by="p-plan")
    assert case.case.field_action.standing == ("s1", "s2")


def test_production_goes_on_when_somebody_of_quality_finds_the_condition_met():
    assert Role.PROJECT_PLANNING not in who_may(ResumeProduction)
    case = graded(Rank.MAJOR)
    case.does(stopping(), by="p-ana")
    met = ResumeProduction(stop_id="s1", condition_met="60 boards, none with a cold joint", evidence=("e1",))
    case.asks(met, by="p-ana").refused("G-SOD")
    case.asks(ResumeProduction(stop_id="s2", condition_met="x"), by="p-eng").refused("G-STOP", "stop_id")
    case.asks(ResumeProduction(stop_id="s1", condition_met="x", evidence=("e9",)), by="p-eng").invalid("G-EVID")
    assert case.does(met, by="p-eng").after.field_action.standing == ()
    case.asks(met, by="p-eng").refused("G-STOP", "stop_id")


def test_that_production_goes_on_is_said_with_the_reason_when_goods_in_process_are_concerned():
    case = graded(Rank.MAJOR)
    refusal = RefuseProductionStop(reason="the 40 boards are set aside")
    case.asks(refusal, by="p-plan").refused("G-STOP")
    case.does(SCOPE)
    assert case.does(refusal, by="p-plan").after.field_action.stop_refused
    assert not case.does(SCOPE).after.field_action.stop_refused, "a new assessment asks anew"
    case.does(stopping(), by="p-plan")
    case.asks(refusal, by="p-plan").refused("G-STOP")
