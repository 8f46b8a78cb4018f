"""Getting to know more: reminders before a request lapses, evidence from hand to hand, visits planned and reported."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.intake.domain import RequestInformation
from services.intake.topics.information import (
    HandOverEvidence,
    LetInformationRequestLapse,
    ReportFieldVisit,
    ScheduleFieldVisit,
    SendInformationReminder,
    SupersedeEvidence,
)
from shared.complaint.awaits import of_intake
from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.events.information import VisitPurpose
from shared.kernel.values import Rank
from tests.facts import HOUR, MONDAY, acknowledged, asked, classified, contacted, received, registered
from tests.given import intake
from tests.requirements import wishes
from tests.services.intake.topics.worlds import going_by, saying

TWICE = "clauses: {CL-INFO: {targets: {all: cd7}, reminders: [cd2, cd5]}}\n"
LAPSE = LetInformationRequestLapse(
    request_id="i1", decision=e.LapseDecision.CONTINUE_WITH_PRESUMPTION, reason="no answer came"
)
CLOSE = LAPSE.model_copy(update={"decision": e.LapseDecision.CLOSE})


def reminded(number: int) -> e.InformationReminderSent:
    return e.InformationReminderSent(request_id="i1", number=number)


# ── requests ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_request_lapses_only_after_the_reminders_that_the_policy_asks_for():
    remind = SendInformationReminder(request_id="i1")
    once = intake.given(received(), asked(), reminded(1)).in_a_world(saying(TWICE))
    once.when(LAPSE).refused("G-LAPSE", "request_id")
    assert once.when(remind).event().number == 2
    twice = intake.given(received(), asked(), reminded(1), reminded(2)).in_a_world(saying(TWICE))
    outcome = twice.when(LAPSE)
    assert outcome.event().reminders_sent == 2
    assert outcome.after.open_requests == {} and outcome.after.lapsed_requests == ("i1",)


def test_without_a_policy_a_request_may_lapse_at_any_time_but_only_an_open_one():
    assert intake.given(received(), asked()).when(LAPSE).event().reminders_sent == 0
    intake.given(received()).when(LAPSE).invalid("G-REQUEST", "request_id")
    intake.given(received()).when(SendInformationReminder(request_id="i1")).invalid("G-REQUEST", "request_id")
    lapsed = e.InformationRequestLapsed(
        request_id="i1", reminders_sent=0, decision=e.LapseDecision.CONTINUE_WITH_PRESUMPTION, reason="x"
    )
    again = RequestInformation(asked_of=w.AskedOf.CUSTOMER, items=("a photo",))
    assert intake.given(received(), asked(), lapsed).when(again).event().request_id == "i2"


def test_a_case_may_end_because_nobody_answers_unless_it_is_grave_or_too_early_or_too_late():
    graded = (received(), registered(), classified(Rank.MINOR))
    assert intake.given(*graded, asked()).when(CLOSE).after.stage == Stage.CLOSING
    assert intake.given(*graded, asked()).when(LAPSE).after.stage == Stage.TRIAGED
    intake.given(received(), asked()).when(CLOSE).refused("G-LAPSE", "decision")
    intake.given(Stage.PLANNING, asked()).when(CLOSE).refused("G-LAPSE", "decision")
    grave = (received(), registered(), classified(Rank.CRITICAL), asked())
    intake.given(*grave).when(CLOSE).refused("G-LAPSE", "decision")


# ── evidence ──────────────────────────────────────────────────────────────────────────────────────────────────────────
SECOND = wishes.EVIDENCE.model_copy(update={"evidence_id": "e2", "holder": "the customer"})


def test_superseded_evidence_stays_and_says_what_took_its_place():
    case = intake.given(received(), wishes.EVIDENCE, SECOND)
    wish = SupersedeEvidence(evidence_id="e1", by_evidence_id="e2", reason="blurred")
    outcome = case.when(wish)
    assert outcome.after.evidence["e1"].superseded_by == "e2" and "e2" in outcome.after.evidence
    case.when(wish.model_copy(update={"by_evidence_id": "e9"})).invalid("G-EVID", "by_evidence_id")
    case.when(wish.model_copy(update={"by_evidence_id": "e1"})).invalid("G-EVID", "by_evidence_id")
    done = intake.given(received(), wishes.EVIDENCE, SECOND, outcome.event())
    done.when(wish).refused("G-EVID", "evidence_id")


def test_evidence_goes_from_hand_to_hand_without_a_gap():
    case = intake.given(received(), wishes.EVIDENCE, SECOND)
    case.when(HandOverEvidence(evidence_id="e1", handed_to="laboratory")).invalid("G-CUSTODY", "handed_by")
    first = case.when(HandOverEvidence(evidence_id="e2", handed_to="courier"))
    assert first.event().handed_by == "the customer" and first.after.evidence["e2"].holder == "courier"
    later = intake.given(received(), wishes.EVIDENCE, SECOND, first.event())
    jump = HandOverEvidence(evidence_id="e2", handed_by="the customer", handed_to="laboratory")
    later.when(jump).refused("G-CUSTODY", "handed_by")
    assert later.when(HandOverEvidence(evidence_id="e2", handed_to="laboratory")).event().handed_by == "courier"
    case.when(HandOverEvidence(evidence_id="e9", handed_by="a", handed_to="b")).invalid("G-EVID", "evidence_id")


# ── visits ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def visiting(**changed: Any) -> ScheduleFieldVisit:
    usual: dict[str, Any] = {
        "purpose": VisitPurpose.GATHER_EVIDENCE,
        "engineer": "p-field",
        "planned_at": MONDAY + 20 * HOUR,
    }
    return ScheduleFieldVisit(**{**usual, **changed})


@pytest.mark.requirement("S2-16")
def test_somebody_travels_there_gathers_evidence_and_reports():
    planned = intake.given(received()).when(visiting()).event()
    assert (planned.visit_id, planned.engineer) == ("v1", "p-field")
    case = intake.given(received(), wishes.EVIDENCE, planned)
    report = ReportFieldVisit(
        visit_id="v1", arrived_at=MONDAY, left_at=MONDAY + HOUR, findings="a cold joint", evidence=("e1",)
    )
    assert case.when(report).after.visits["v1"].reported_at is not None
    case.when(report.model_copy(update={"visit_id": "v2"})).invalid("G-VISIT", "visit_id")
    case.when(report.model_copy(update={"evidence": ("e9",)})).invalid("G-EVID", "evidence")
    case.when(report.model_copy(update={"arrived_at": MONDAY + 2 * HOUR})).invalid("G-TIME", "left_at")
    case.when(report.model_copy(update={"left_at": MONDAY + timedelta(days=9)})).invalid("G-TIME", "left_at")
    told = case.when(report).event()
    intake.given(received(), wishes.EVIDENCE, planned, told).when(report).refused("G-VISIT", "visit_id")
    intake.given(received()).when(visiting(engineer="p-nobody")).invalid("G-PERSON", "engineer")


@pytest.mark.requirement("S2-23")
def test_where_the_customer_asks_for_somebody_to_come_somebody_comes():
    demand = e.CustomerDemandRecorded(demand_id="d1", kind=w.Demand.ON_SITE_SERVICE)
    wish = visiting(purpose=VisitPurpose.ON_SITE_SERVICE, demand_id="d1")
    intake.given(received()).when(wish).invalid("G-DEMAND", "demand_id")
    assert intake.given(received(), demand).when(wish).after.visits["v1"].demand_id == "d1"


@pytest.mark.requirement("S4-71")
def test_what_is_done_in_an_emergency_on_site_is_agreed_step_by_step():
    at = MONDAY + 20 * HOUR
    steps = (e.VisitStep(content="switch over", at=at), e.VisitStep(content="exchange the board", at=at + HOUR))
    plan = visiting(purpose=VisitPurpose.EMERGENCY, steps=steps, agreed_with_customer=True)
    assert intake.given(received()).when(plan).event().steps == steps
    bare = plan.model_copy(update={"steps": ()})
    intake.given(received()).when(bare).invalid("G-VISIT", "steps")
    alone = plan.model_copy(update={"agreed_with_customer": False})
    intake.given(received()).when(alone).refused("G-VISIT", "agreed_with_customer")
    backwards = plan.model_copy(update={"steps": steps[::-1]})
    intake.given(received()).when(backwards).invalid("G-VISIT", "steps")


def test_a_request_reminded_in_vain_no_longer_waits_for_anybody():
    world = going_by("pack-base")
    waits = intake.given(received(), acknowledged(), contacted(), asked(), reminded(1), reminded(2)).in_a_world(world)
    assert of_intake(waits.case) == "information"
    assert of_intake(waits.when(LAPSE).after) == "register"
