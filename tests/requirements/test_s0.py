"""S0, the feedback form of after-sales: its fields, its classes, its three priorities, its way from cause to archive."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from services.capa.domain import Archive, Close, PlanAction, RecordRootCause, SignResponsibility
from services.triage.domain import Assign, Classify
from services.triage.topics.related import LinkCase
from shared.complaint.state import OPEN, ActionStatus, Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.kernel.values import Rank
from tests.facts import Story, received, utc, verified
from tests.given import World, capa, intake, told, triage
from tests.requirements import wishes


@pytest.mark.requirement("S0-03")
@pytest.mark.parametrize("channel", [w.Channel.TELEPHONE, w.Channel.WEB_PORTAL, w.Channel.ON_SITE])
def test_people_reach_us_by_phone_on_the_web_and_on_site(channel: w.Channel):
    assert wishes.was_received(channel=channel).channel == channel


@pytest.mark.parametrize(
    "origin",
    [
        pytest.param(w.Origin.CUSTOMER_COMPLAINT, marks=pytest.mark.requirement("S0-06")),
        pytest.param(w.Origin.FIELD_SERVICE_FINDING, marks=pytest.mark.requirement("S0-04", "S0-06")),
        pytest.param(w.Origin.INTERNAL_INSPECTION, marks=pytest.mark.requirement("S0-06")),
        pytest.param(w.Origin.INTERNAL_AUDIT, marks=pytest.mark.requirement("S0-05")),
        pytest.param(w.Origin.SATISFACTION_SURVEY, marks=pytest.mark.requirement("S0-05")),
    ],
)
def test_a_case_begins_wherever_the_problem_was_noticed(origin: w.Origin):
    assert wishes.was_received(origin=origin).origin == origin
    outcome = intake.given().when(wishes.receiving(origin=origin)).leads_to(Stage.RECEIVED)
    assert outcome.after.origin == origin


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("customer_name", "Shenguang Technology", marks=pytest.mark.requirement("S0-09")),
        pytest.param("contact_person", "Zhang San", marks=pytest.mark.requirement("S0-09")),
        pytest.param("contact", "+86 755 0000 5678", marks=pytest.mark.requirement("S0-10")),
        pytest.param("description", "the screen is garbled", marks=pytest.mark.requirement("S0-14")),
    ],
)
def test_what_is_known_at_receipt_is_kept(field: str, value: Any):
    assert getattr(wishes.was_received(**{field: value}), field) == value
    assert getattr(intake.given().when(wishes.receiving(**{field: value})).after, field) == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("purchase_date", date(2024, 3, 15), marks=pytest.mark.requirement("S0-11")),
        pytest.param("product_model", "ABC-2000", marks=pytest.mark.requirement("S0-12")),
        pytest.param("lot_no", "20240315001", marks=pytest.mark.requirement("S0-12")),
        pytest.param("failure_date", date(2024, 5, 20), marks=pytest.mark.requirement("S0-13")),
        pytest.param("symptom", "garbled two hours after start", marks=pytest.mark.requirement("S0-14", "S0-15")),
        pytest.param("frequency", "after two hours, then after one", marks=pytest.mark.requirement("S0-15")),
        pytest.param("extent", w.Extent.LOT, marks=pytest.mark.requirement("S0-15")),
    ],
)
def test_the_form_keeps_its_fields(field: str, value: Any):
    assert getattr(wishes.was_registered(**{field: value}), field) == value


@pytest.mark.requirement("S0-15")
@pytest.mark.parametrize("field", ["symptom", "frequency", "extent"])
def test_what_how_often_and_how_far_must_be_said(field: str):
    with pytest.raises(ValidationError, match=field):
        type(wishes.registering())(**{name: value for name, value in wishes.FORM.items() if name != field})


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(w.EvidenceKind.PHOTO, marks=pytest.mark.requirement("S0-16")),
        pytest.param(w.EvidenceKind.VIDEO, marks=pytest.mark.requirement("S0-16")),
        pytest.param(w.EvidenceKind.REPAIR_RECORD, marks=pytest.mark.requirement("S0-17")),
        pytest.param(w.EvidenceKind.TEST_REPORT, marks=pytest.mark.requirement("S0-18")),
    ],
)
def test_evidence_of_each_kind_is_attached(kind: w.EvidenceKind):
    assert wishes.was_attached(kind).kind == kind


@pytest.mark.requirement("S0-20", "S0-56")
@pytest.mark.parametrize(
    "category",
    [
        w.Category.HARDWARE_FAILURE,
        w.Category.SOFTWARE_DEFECT,
        w.Category.SERVICE_PROCESS_ERROR,
        w.Category.LOGISTICS_DAMAGE,
    ],
)
def test_a_case_has_one_of_the_classes(category: w.Category):
    assert wishes.was_classified(category).category == category


# ── priorities ────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.requirement("S0-21")
@pytest.mark.parametrize(
    ("known", "grade"),
    [
        ({"safety_hazard": True}, "P1"),
        ({"downtime": True}, "P1"),
        ({"same_lot_failed_units": 10}, "P1"),
        ({"recurrences_90d": 3}, "P1"),
        ({"recurrences_90d": 1}, "P2"),
        ({"units_affected": 2}, "P2"),
        ({"units_affected": 1}, "P3"),
    ],
)
def test_urgency_follows_from_harm_repetition_and_reach(known: dict[str, Any], grade: str):
    assert wishes.grade("pack-s0", **known) == grade


@pytest.mark.requirement("S0-22", "S0-55")
@pytest.mark.parametrize(("code", "rank"), [("P1", Rank.CRITICAL), ("P2", Rank.MAJOR), ("P3", Rank.MINOR)])
def test_three_priorities_and_no_more(code: str, rank: Rank):
    case = wishes.going_by("pack-s0")
    wish = Classify(category=w.Category.HARDWARE_FAILURE, grade=code, reason="as the head of quality says")
    after = case.when(wish).after
    assert (after.grade, after.rank) == (code, rank)
    case.when(wish.model_copy(update={"grade": "P4"})).invalid("G-GRADE", "grade")


# ── who ───────────────────────────────────────────────────────────────────────────────────────────────────────────────
DEPARTMENTS = [w.Department.RND, w.Department.PRODUCTION, w.Department.AFTERSALES, w.Department.SUPPLY_CHAIN]


@pytest.mark.requirement("S0-57")
@pytest.mark.parametrize("department", DEPARTMENTS)
def test_the_record_shows_the_responsible_department(department: w.Department):
    assigned = triage.given(Stage.TRIAGED).when(Assign(owner="p-bo", department=department))
    assert assigned.after.department == department
    signed = capa.given(Stage.VERIFYING).when(SignResponsibility(department=department))
    assert signed.after.responsibility == (department,)


@pytest.mark.requirement("S0-28")
def test_other_departments_stand_beside_the_one_that_leads():
    beside = (w.Department.RND, w.Department.PURCHASING)
    wish = Assign(owner="p-bo", department=w.Department.PRODUCTION, supporting=beside)
    assert wishes.stored(triage.given(Stage.TRIAGED).when(wish)).supporting == beside


# ── cause and actions ─────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.requirement("S0-29")
def test_the_cause_is_promised_within_three_working_days():
    case = Story().goes_to(Stage.ASSIGNED)
    assert case.now < utc("2026-03-03 00:00"), "assigned on a Monday"
    assert case.clocks.clocks["root_cause/1"].due_at == utc("2026-03-05 09:00"), "Thursday, when work ends in Shenzhen"


@pytest.mark.requirement("S0-33")
@pytest.mark.parametrize("field", ["direct_cause", "root_cause"])
def test_direct_and_root_cause_are_both_stated(field: str):
    cause = wishes.stored(capa.given(Stage.INVESTIGATING, wishes.EVIDENCE).when(wishes.finding()))
    assert (cause.direct_cause, cause.root_cause) == ("cold joint", "the profile drifted")
    with pytest.raises(ValidationError, match=field):
        RecordRootCause(**{name: value for name, value in wishes.CAUSE.items() if name != field})


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(w.ActionKind.CORRECTION, marks=pytest.mark.requirement("S0-36")),
        pytest.param(w.ActionKind.CORRECTIVE, marks=pytest.mark.requirement("S0-37")),
        pytest.param(w.ActionKind.PREVENTIVE, marks=pytest.mark.requirement("S0-37")),
    ],
)
def test_actions_put_right_or_prevent(kind: w.ActionKind):
    assert wishes.was_planned(kind=kind).kind == kind


@pytest.mark.requirement("S0-38")
@pytest.mark.parametrize("field", ["content", "owner", "due", "measure_of_success"])
def test_an_action_says_what_by_whom_by_when_and_how_it_is_measured(field: str):
    with pytest.raises(ValidationError, match=field):
        PlanAction(**{name: value for name, value in wishes.ACTION.items() if name != field})


@pytest.mark.requirement("S0-51")
def test_a_closed_case_goes_into_the_archive():
    wish = Archive(retention_until=date(2036, 3, 1))
    outcome = capa.given(Stage.CLOSED).when(wish).leads_to(Stage.ARCHIVED)
    assert wishes.stored(outcome).retention_until == date(2036, 3, 1)
    capa.given(Stage.CLOSING).when(wish).refused("G-STAGE")


@pytest.mark.requirement("S0-52")
def test_after_a_failed_check_responsibility_may_be_named_anew():
    signed = e.ResponsibilitySigned(department=w.Department.PRODUCTION)
    failed = capa.given(Stage.VERIFYING, signed, verified(effective=False))
    assert failed.case.stage == Stage.PLANNING
    again = failed.when(SignResponsibility(department=w.Department.SUPPLY_CHAIN))
    assert again.after.responsibility == (w.Department.PRODUCTION, w.Department.SUPPLY_CHAIN)


# ── the loop ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.requirement("S0-02", "S0-50")
@pytest.mark.parametrize("stage", [stage for stage in Stage if stage in OPEN - {Stage.CLOSING}])
def test_no_case_is_closed_before_cause_action_and_proof(stage: Stage):
    wish = Close(disposition=w.Disposition.SOLVED, customer_acceptance=w.Acceptance.ACCEPTED, summary="solved")
    capa.given(stage).when(wish).refused("G-STAGE")
    proved = capa.given(Stage.CLOSING)
    assert proved.case.root_cause is not None
    assert [action.status for action in proved.case.actions.values()] == [ActionStatus.EFFECTIVE]
    proved.when(wish).leads_to(Stage.CLOSED)


@pytest.mark.requirement("S0-02")
def test_a_problem_that_comes_back_is_linked_to_the_case_that_should_have_prevented_it():
    earlier = told(Stage.CLOSED, number=2).case
    wish = LinkCase(other=earlier.complaint_id, relation=w.Relation.RECURRENCE)
    (link,) = triage.given(received()).in_a_world(World(earlier)).when(wish).after.links
    assert (link.case_no, link.relation) == (earlier.case_no, w.Relation.RECURRENCE)
