"""Is it a complaint, was it graded rightly, what was it in the end, and who was told."""

from __future__ import annotations

from typing import Any

import pytest

from services.triage.domain import ChangeGrade, Classify
from services.triage.topics.judgement import (
    AssignFinalGrade,
    DetermineNotAComplaint,
    NotifyQualityHead,
    ReviewGrade,
    StartEmergencyResponse,
)
from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events.grading import GradeFacts
from shared.events.triage_words import FinalBasis, NotAComplaint
from shared.events.words import Category, Channel, GradeBasis
from shared.kernel.values import Rank
from tests.facts import acknowledged, classified, received, registered, reopened
from tests.given import triage
from tests.services.triage.lives import Life

ENQUIRY = DetermineNotAComplaint(kind=NotAComplaint.ENQUIRY, reason="how is the filter cleaned?")
CRITICAL = classified(Rank.CRITICAL)
URGENT = (received(), acknowledged(), registered(), CRITICAL)


@pytest.mark.parametrize("past", [(received(),), (received(), registered())])
def test_what_is_no_complaint_ends_there(past: tuple[Any, ...]):
    outcome = triage.given(*past).when(ENQUIRY).then_some(e.NotAComplaintDetermined).leads_to(Stage.NOT_A_COMPLAINT)
    assert outcome.after.judgement.kind == NotAComplaint.ENQUIRY


def test_a_case_in_which_somebody_may_come_to_harm_is_a_complaint_whatever_it_was_meant_as():
    danger = received().model_copy(update={"safety_hazard": True})
    triage.given(danger).when(ENQUIRY).refused("G-SAFETY")
    found = registered().model_copy(update={"safety_hazard": True})
    triage.given(received(), found).when(ENQUIRY).refused("G-SAFETY")
    presumed = Life.of(received(), packs=("pack-s1",))
    presumed.does(Classify(category=Category.HARDWARE_FAILURE, facts=GradeFacts(spoilage=True)))
    presumed.asks(ENQUIRY).refused("G-SAFETY")


def test_a_graded_case_is_a_complaint():
    triage.given(Stage.TRIAGED).when(ENQUIRY).refused("G-STAGE")


# ── grades ────────────────────────────────────────────────────────────────────────────────────────────────────────────
LOWER = ChangeGrade(grade="P2", rank=Rank.MAJOR, reason="nobody was in danger")


@pytest.mark.parametrize(
    "command",
    [LOWER, ReviewGrade(attendees=("p-bo",), grade="P2", rank=Rank.MAJOR, comment="nobody was in danger")],
    ids=lambda command: type(command).__name__,
)
def test_only_the_head_of_quality_takes_a_case_down_from_rank_1(command: Any):
    case = Life.of(*URGENT)
    case.asks(command, by="p-eng").refused("G-GRADE", "rank")
    assert case.does(command, by="p-head").after.rank == Rank.MAJOR


def test_anybody_of_quality_takes_a_case_up_or_down_from_rank_2():
    case = Life.of(Stage.TRIAGED)
    case.does(ChangeGrade(grade="P3", rank=Rank.MINOR, reason="only the looks"), by="p-eng")
    case.does(ChangeGrade(grade="P1", rank=Rank.CRITICAL, reason="smoke was seen"), by="p-eng")


def test_a_review_confirms_what_was_presumed():
    presumed = classified().model_copy(update={"basis": GradeBasis.PRESUMED})
    case = Life.of(received(), acknowledged(), registered(), presumed)
    outcome = case.does(ReviewGrade(attendees=("p-bo", "p-cy"))).then_some(e.GradeReviewed)
    assert outcome.event().confirmed and outcome.after.grade_basis == GradeBasis.CONFIRMED
    assert outcome.after.judgement.reviews == 1


def test_a_review_that_sees_it_otherwise_changes_the_grade_and_says_why():
    case = Life.of(Stage.TRIAGED)
    case.asks(ReviewGrade(attendees=("p-bo",), grade="P1", rank=Rank.CRITICAL)).invalid("G-GRADE", "comment")
    wish = ReviewGrade(attendees=("p-bo",), grade="P1", rank=Rank.CRITICAL, comment="three more units")
    outcome = case.does(wish).then_some(e.GradeReviewed, e.GradeChanged)
    assert not outcome.event(0).confirmed and outcome.after.rank == Rank.CRITICAL
    assert outcome.event(1).was == "P2"


def test_what_has_no_grade_is_not_reviewed_and_strangers_review_nothing():
    triage.given(received(), registered()).when(ReviewGrade(attendees=("p-bo",))).refused("G-GRADE")
    triage.given(Stage.TRIAGED).when(ReviewGrade(attendees=("p-nobody",))).invalid("G-PERSON", "attendees")


# ── at the end ────────────────────────────────────────────────────────────────────────────────────────────────────────
FINAL = AssignFinalGrade(grade="P3", rank=Rank.MINOR, reason="one unit, no harm")


@pytest.mark.requirement("S4-90")
@pytest.mark.parametrize("stage", [Stage.VERIFYING, Stage.CLOSING])
def test_at_the_end_severity_is_judged_again_by_what_came_out(stage: Stage):
    outcome = triage.given(stage).when(FINAL).then_some(e.FinalGradeAssigned)
    final = outcome.event()
    assert (final.initial, final.grade, final.differs_from_initial) == ("P2", "P3", True)
    assert final.basis == FinalBasis.RESULT
    assert (outcome.after.rank, outcome.after.judgement.final) == (Rank.MINOR, final)
    same = triage.given(stage).when(AssignFinalGrade(grade="P2", rank=Rank.MAJOR)).event()
    assert not same.differs_from_initial


@pytest.mark.requirement("S4-90")
def test_a_final_grade_is_presumed_only_where_the_result_shows_nothing():
    case = Life.of(Stage.CLOSING)
    case.asks(AssignFinalGrade(grade="P2", rank=Rank.MAJOR, basis=FinalBasis.PRESUMED)).invalid("G-GRADE", "reason")
    wish = AssignFinalGrade(grade="P2", rank=Rank.MAJOR, basis=FinalBasis.PRESUMED, reason="the unit was scrapped")
    assert case.does(wish).after.grade_basis == GradeBasis.PRESUMED


def test_the_final_grade_is_one_of_the_scheme_and_the_initial_one_is_the_first_that_was_given():
    case = Life.of(Stage.CLOSING, packs=("pack-s0",))
    case.asks(AssignFinalGrade(grade="P3", rank=Rank.CRITICAL)).invalid("G-GRADE", "grade")
    case.does(ChangeGrade(grade="P3", rank=Rank.MINOR, reason="less"))
    final = case.does(AssignFinalGrade(grade="P2", rank=Rank.MAJOR)).event()
    assert (final.initial, final.differs_from_initial) == ("P2", False)


def test_the_final_grade_is_given_at_the_end_and_by_the_head_of_quality_if_it_leaves_rank_1():
    triage.given(Stage.PLANNING).when(FINAL).refused("G-STAGE")
    case = Life.of(*URGENT, Stage.CLOSING)
    case.asks(FINAL, by="p-eng").refused("G-GRADE", "rank")
    assert case.does(FINAL, by="p-head").after.judgement.final is not None


def test_every_cycle_has_a_final_grade_of_its_own():
    case = Life.of(Stage.CLOSING)
    final = case.does(FINAL).event()
    again = triage.given(Stage.CLOSING, final, Stage.CLOSED, reopened()).case
    assert again.judgement.final is None and again.judgement.initial_grade == "P2"


# ── who was told ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_head_of_quality_is_told_by_name():
    case = Life.of(*URGENT, packs=("pack-s0",))
    case.asks(NotifyQualityHead(person="p-eng", channel=Channel.TELEPHONE)).refused("G-NOTIFY", "person")
    case.asks(NotifyQualityHead(person="p-nobody", channel=Channel.TELEPHONE)).invalid("G-PERSON", "person")
    outcome = case.does(NotifyQualityHead(person="p-head", channel=Channel.TELEPHONE))
    assert (outcome.event().role, outcome.event().person) == ("quality_head", "p-head")
    assert outcome.after.judgement.quality_head_notified_at is not None


def test_the_policy_says_who_else_may_be_told():
    ours = "meta: {id: ours, version: 1, title: {en: o, zh: 我}}\nrouting: {rank1_notify: [general_manager]}\n"
    case = Life.of(*URGENT, packs=(ours,))
    case.asks(NotifyQualityHead(person="p-head", channel=Channel.EMAIL)).refused("G-NOTIFY", "person")
    assert case.does(NotifyQualityHead(person="p-gm", channel=Channel.EMAIL)).event().role == "general_manager"


def test_an_emergency_response_has_a_leader_and_measures():
    case = Life.of(*URGENT)
    case.asks(StartEmergencyResponse(leader="p-nobody", measures=("stop the sale",))).invalid("G-PERSON", "leader")
    outcome = case.does(StartEmergencyResponse(leader="p-head", measures=("stop the sale",)))
    assert outcome.after.judgement.emergency_since is not None
