"""S3, the standard for better after-sales service: ways in, the record, grades S to C, the plan."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.capa.domain import ApproveActionPlan, CompleteAction
from shared.complaint.state import OPEN, Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.events.organisation import Role
from shared.policy.access import who_may
from tests.given import capa, intake
from tests.requirements import wishes


@pytest.mark.requirement("S3-01")
@pytest.mark.parametrize("category", [w.Category.HARDWARE_FAILURE, w.Category.SOFTWARE_DEFECT])
def test_repairs_belong_to_what_is_dealt_with(category: w.Category):
    assert wishes.was_registered(demands=(w.Demand.REPAIR,)).demands == (w.Demand.REPAIR,)
    assert wishes.was_classified(category).category == category


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(w.CaseKind.COMPLAINT, marks=pytest.mark.requirement("S3-02")),
        pytest.param(w.CaseKind.ENQUIRY, marks=pytest.mark.requirement("S3-02")),
        pytest.param(w.CaseKind.SUGGESTION, marks=pytest.mark.requirement("S3-05")),
    ],
)
def test_questions_and_suggestions_are_taken_in_beside_complaints(kind: w.CaseKind):
    assert wishes.was_received(case_kind=kind).case_kind == kind
    assert intake.given().when(wishes.receiving(case_kind=kind)).after.case_kind == kind


@pytest.mark.requirement("S3-06")
@pytest.mark.parametrize(
    "channel",
    [w.Channel.TELEPHONE, w.Channel.APP_CHAT, w.Channel.WECHAT_OA, w.Channel.ON_SITE, w.Channel.SURVEY],
)
def test_every_way_in_leads_to_one_system(channel: w.Channel):
    assert wishes.was_received(channel=channel).channel == channel


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("customer_no", "C-1001", marks=pytest.mark.requirement("S3-07")),
        pytest.param("contact", "+86 755 0000 5678", marks=pytest.mark.requirement("S3-09")),
    ],
)
def test_what_is_known_at_receipt_is_kept(field: str, value: str):
    assert getattr(wishes.was_received(**{field: value}), field) == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("product_model", "AC-35", marks=pytest.mark.requirement("S3-07")),
        pytest.param("purchase_date", date(2023, 6, 1), marks=pytest.mark.requirement("S3-07")),
        pytest.param("symptom", "hardly cools any more", marks=pytest.mark.requirement("S3-08")),
        pytest.param("frequency", "all the time since May", marks=pytest.mark.requirement("S3-08")),
        pytest.param("steps_tried", "switched off and on, set to 18 °C", marks=pytest.mark.requirement("S3-08")),
        pytest.param(
            "use_conditions",
            "three years old; filter not cleaned of late; 28 °C in the room",
            marks=pytest.mark.requirement("S3-11"),
        ),
        pytest.param("extent", w.Extent.SINGLE_UNIT, marks=pytest.mark.requirement("S3-16")),
        pytest.param("extent", w.Extent.MULTI_CUSTOMER, marks=pytest.mark.requirement("S3-16")),
        pytest.param("extent", w.Extent.BUSINESS_INTERRUPTION, marks=pytest.mark.requirement("S3-16")),
    ],
)
def test_the_record_keeps_its_fields(field: str, value: Any):
    assert getattr(wishes.was_registered(**{field: value}), field) == value


@pytest.mark.parametrize(
    ("known", "grade"),
    [
        pytest.param({"customers_affected": 2}, "S", marks=pytest.mark.requirement("S3-17")),
        pytest.param({"core_business_interrupted": True}, "S", marks=pytest.mark.requirement("S3-17")),
        pytest.param({"core_function_lost": True}, "A", marks=pytest.mark.requirement("S3-19")),
        pytest.param({"affects_use": True}, "B", marks=pytest.mark.requirement("S3-21")),
        pytest.param({"case_kind": w.CaseKind.ENQUIRY}, "B", marks=pytest.mark.requirement("S3-21")),
        pytest.param({"case_kind": w.CaseKind.SUGGESTION}, "C", marks=pytest.mark.requirement("S3-23")),
        pytest.param({"cosmetic_only": True}, "C", marks=pytest.mark.requirement("S3-23")),
    ],
)
def test_the_rules_find_the_grade(known: dict[str, Any], grade: str):
    assert wishes.grade("pack-s3", **known) == grade


@pytest.mark.requirement("S3-27")
def test_a_chain_of_whys_leads_from_the_failure_to_a_test_that_was_never_made():
    chain = (
        e.Why(why="the air conditioner keeps stopping", because="a sensor raises false alarms", evidence=("e1",)),
        e.Why(why="the sensor is wrong", because="it was designed so"),
        e.Why(why="the design is wrong", because="nobody thought of hot rooms"),
        e.Why(why="nobody thought of them", because="development does not test in heat"),
    )
    wish = wishes.finding(five_whys=chain, root_cause="development does not test in heat")
    outcome = capa.given(Stage.INVESTIGATING, wishes.EVIDENCE).when(wish)
    assert wishes.stored(outcome).five_whys == chain


@pytest.mark.requirement("S3-29")
@pytest.mark.parametrize("stage", [stage for stage in Stage if stage in OPEN])
def test_somebody_may_talk_with_the_customer_at_every_stage(stage: Stage):
    assert wishes.was_contacted(stage, w.ContactPurpose.CLARIFICATION).direction == w.Direction.OUTBOUND


@pytest.mark.requirement("S3-31")
def test_nothing_of_a_plan_is_carried_out_before_the_quality_director_approves():
    waiting = capa.given(Stage.PLAN_REVIEW)
    waiting.when(CompleteAction(action_id="a1", result="done")).refused("G-ACTION", "action_id")
    waiting.when(ApproveActionPlan(), by="p-head").leads_to(Stage.IMPLEMENTING)
    assert Role.QUALITY_HEAD in who_may(ApproveActionPlan) and Role.QUALITY_ENGINEER not in who_may(ApproveActionPlan)
