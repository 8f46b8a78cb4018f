"""What spares a case the search for its cause: a waiver, or wrong use."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.triage.domain import Classify
from services.triage.topics.findings import DetermineUseError, RecordTraining, WaiveInvestigation
from shared.complaint.state import ActionStatus, Complaint, Stage
from shared.events import complaint as e
from shared.events.grading import GradeFacts
from shared.events.triage_words import Audience, WaiverReason
from shared.events.words import Category, EvidenceKind
from shared.kernel.values import FileRef, Rank
from tests.facts import acknowledged, assigned, classified, received, registered
from tests.given import told
from tests.services.triage.lives import Life

SETTLED = told(Stage.CLOSED, number=2).case
FILE = FileRef(sha256="a" * 64, bytes=12, media_type="image/png", name="filter.png")
EVIDENCE = e.EvidenceAttached(evidence_id="e1", kind=EvidenceKind.PHOTO, file=FILE)


def waiving(reason: WaiverReason = WaiverReason.NO_FAILURE_ALLEGED, **more: Any) -> WaiveInvestigation:
    return WaiveInvestigation(reason=reason, explanation="nothing failed", **more)


def at(stage: Stage, rank: Rank = Rank.MAJOR, *packs: str, others: tuple[Complaint, ...] = ()) -> Life:
    return Life.of(
        received(),
        acknowledged(),
        registered(),
        classified(rank),
        assigned(),
        stage,
        EVIDENCE,
        packs=packs,
        others=others,
    )


@pytest.mark.parametrize("stage", [Stage.ASSIGNED, Stage.INVESTIGATING])
def test_a_waiver_leads_to_the_plan_and_names_who_answers_for_it(stage: Stage):
    outcome = at(stage).does(waiving(), by="p-eng").then_some(e.InvestigationWaived).leads_to(Stage.PLANNING)
    assert outcome.event().decided_by == "p-eng" and outcome.after.findings.in_place_of_a_cause
    at(Stage.PLANNING).asks(waiving()).refused("G-STAGE")


def test_the_cause_of_a_case_of_rank_1_is_always_looked_for():
    at(Stage.ASSIGNED, Rank.CRITICAL).asks(waiving()).refused("G-WAIVE")


def test_where_somebody_may_come_to_harm_the_cause_is_looked_for():
    danger = registered().model_copy(update={"safety_hazard": True})
    case = Life.of(received(), acknowledged(), danger, classified(), Stage.ASSIGNED)
    case.asks(waiving()).refused("G-WAIVE")
    graded = Life.of(received(), acknowledged(), registered(), packs=("pack-s0",))
    graded.does(Classify(category=Category.HARDWARE_FAILURE, facts=GradeFacts(spoilage=True)))
    graded.case = replace(graded.case, stage=Stage.ASSIGNED, rank=Rank.MAJOR)
    graded.asks(waiving()).refused("G-WAIVE")


def test_the_lowest_grade_is_a_reason_for_the_lowest_grade_alone():
    at(Stage.ASSIGNED, Rank.MINOR).asks(waiving(WaiverReason.LOWEST_GRADE)).refused("G-WAIVE", "reason")
    at(Stage.ASSIGNED, Rank.NEGLIGIBLE).does(waiving(WaiverReason.LOWEST_GRADE))


def test_a_similar_case_was_closed_with_an_action_that_proved_effective():
    unproved = replace(
        SETTLED,
        actions={id: replace(one, status=ActionStatus.INEFFECTIVE) for id, one in SETTLED.actions.items()},
    )
    still_open = told(Stage.VERIFYING, number=2).case
    similar = waiving(WaiverReason.SIMILAR_INVESTIGATED, similar_case=SETTLED.complaint_id)
    at(Stage.ASSIGNED).asks(waiving(WaiverReason.SIMILAR_INVESTIGATED)).refused("G-WAIVE", "similar_case")
    at(Stage.ASSIGNED).asks(similar).invalid("G-MERGE", "similar_case")
    for other in (unproved, still_open):
        at(Stage.ASSIGNED, others=(other,)).asks(similar).refused("G-WAIVE", "similar_case")
    event = at(Stage.ASSIGNED, others=(SETTLED,)).does(similar).event()
    assert event.similar_case_no == SETTLED.case_no


def test_some_policies_always_ask_for_a_similar_case():
    case = at(Stage.ASSIGNED, Rank.MINOR, "pack-s0", "overlay-meddev", others=(SETTLED,))
    case.asks(waiving()).refused("G-WAIVE", "similar_case")
    case.does(waiving(similar_case=SETTLED.complaint_id))


# ── wrong use ─────────────────────────────────────────────────────────────────────────────────────────────────────────
USE_ERROR = DetermineUseError(description="the filter was never cleaned", evidence=("e1",))


def test_wrong_use_is_shown_by_evidence_and_leads_to_measures():
    case = at(Stage.INVESTIGATING)
    case.asks(DetermineUseError(description="x", evidence=("e9",))).invalid("G-EVID", "evidence")
    outcome = case.does(USE_ERROR).then_some(e.UseErrorDetermined).leads_to(Stage.PLANNING)
    assert outcome.after.findings.use_error is not None and outcome.event().training_offered
    at(Stage.ASSIGNED).asks(USE_ERROR).refused("G-STAGE")


@pytest.mark.requirement("S4-87")
def test_the_customer_is_trained_where_wrong_use_was_the_cause():
    case = at(Stage.INVESTIGATING)
    case.does(USE_ERROR)
    training = {"audience": Audience.CUSTOMER, "subject": "cleaning the filter", "attendees": 3}
    case.asks(RecordTraining(held_on=date(2027, 1, 1), **training)).invalid("G-TIME", "held_on")
    case.asks(RecordTraining(held_on=date(2026, 3, 2), evidence=("e9",), **training)).invalid("G-EVID", "evidence")
    event = case.does(RecordTraining(held_on=date(2026, 3, 2), **training)).event()
    assert (event.audience, case.case.findings.trainings) == (Audience.CUSTOMER, 1)
