"""S4, reports on what was put right: classes, roles, answers within a day, plans of many actions, severity."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.capa.domain import (
    Close,
    CompleteAction,
    DefineContainment,
    PlanAction,
    RecordRootCause,
    ReportActionProgress,
    StartInvestigation,
    SubmitActionPlan,
    VerifyEffect,
)
from services.intake.domain import RecordCustomerFeedback, RequestInformation
from services.triage.domain import Assign, Classify
from shared.clocks.state import ClockStatus
from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.events.grading import GradeFacts
from shared.events.organisation import Role
from shared.kernel.command import Command
from shared.kernel.values import Money, Rank
from shared.policy.access import who_may
from tests.facts import Story, classified, planned, received, registered
from tests.given import capa, intake, triage
from tests.requirements import wishes


@pytest.mark.requirement("S4-01")
@pytest.mark.parametrize(
    "category", [w.Category.HARDWARE_FAILURE, w.Category.SERVICE_PROCESS_ERROR, w.Category.LOGISTICS_DAMAGE]
)
def test_product_service_and_delivery_have_classes(category: w.Category):
    assert wishes.was_classified(category).category == category


@pytest.mark.parametrize(
    ("content", "department"),
    [
        pytest.param("write a standard for inspection", "quality", marks=pytest.mark.requirement("S4-05")),
        pytest.param("make the hinge of one part", "rnd", marks=pytest.mark.requirement("S4-05")),
        pytest.param("plan tours a day ahead; train couriers", "logistics", marks=pytest.mark.requirement("S4-07")),
        pytest.param("talk with the kitchen; clean twice a day", "aftersales", marks=pytest.mark.requirement("S4-10")),
        pytest.param("a team that samples finished goods", "quality", marks=pytest.mark.requirement("S4-19")),
    ],
)
def test_actions_of_every_sort_are_planned(content: str, department: str):
    action = wishes.was_planned(content=content, department=w.Department(department))
    assert (action.content, action.department) == (content, department)


@pytest.mark.requirement("S4-12")
def test_whoever_is_on_duty_is_given_what_is_to_be_put_right():
    action = wishes.was_planned(kind=w.ActionKind.CORRECTION, owner="p-shift")
    assert (action.kind, action.owner) == (w.ActionKind.CORRECTION, "p-shift")


@pytest.mark.requirement("S4-40")
def test_a_plan_says_what_who_and_when():
    action = wishes.was_planned()
    assert (action.content, action.owner, action.due) == tuple(
        wishes.ACTION[name] for name in ("content", "owner", "due")
    )


@pytest.mark.requirement("S4-36")
def test_one_plan_holds_half_a_dozen_actions():
    six = [planned(f"a{number}") for number in range(1, 7)]
    submitted = wishes.stored(capa.given(Stage.PLANNING, *six).when(SubmitActionPlan()))
    assert submitted.action_ids == ("a1", "a2", "a3", "a4", "a5", "a6")


# ── answers ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.requirement("S4-13", "S4-68")
@pytest.mark.parametrize("rank", [None, *Rank])
def test_whatever_the_grade_the_customer_is_answered_within_a_day(rank: Rank | None):
    story = Story().goes_to(Stage.RECEIVED).happened(registered())
    if rank is not None:
        story.happened(classified(rank))
    clock = story.clocks.clocks["first_response/1"]
    assert clock.status == ClockStatus.RUNNING
    assert clock.due_at <= clock.starts_at + timedelta(hours=24)


@pytest.mark.requirement("S4-42")
@pytest.mark.parametrize("kind", w.CaseKind)
def test_feedback_of_every_kind_waits_for_an_answer(kind: w.CaseKind):
    story = Story().happened(received(case_kind=kind))
    assert story.clocks.clocks["acknowledgement/1"].status == ClockStatus.RUNNING


@pytest.mark.requirement("S4-23")
@pytest.mark.parametrize("satisfied", [True, False])
def test_whether_the_customer_is_content_is_kept(satisfied: bool):
    wish = RecordCustomerFeedback(satisfied=satisfied, score=80, comment="a little slow")
    outcome = intake.given(Stage.CLOSED).when(wish)
    assert (outcome.after.satisfied, wishes.stored(outcome).score) == (satisfied, 80)


# ── intake ────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.requirement("S4-18")
def test_what_fails_in_the_field_is_brought_to_production():
    wish = Assign(owner="p-bo", department=w.Department.PRODUCTION)
    assert triage.given(Stage.TRIAGED).when(wish).after.department == w.Department.PRODUCTION


@pytest.mark.requirement("S4-34")
def test_the_customers_own_measurements_are_evidence():
    assert wishes.was_attached(w.EvidenceKind.CUSTOMER_TEST_DATA).kind == w.EvidenceKind.CUSTOMER_TEST_DATA


@pytest.mark.requirement("S4-50", "S4-65")
def test_what_comes_by_fax_is_noted_with_customer_day_reason_wish_and_number():
    wish = wishes.receiving(
        channel=w.Channel.FAX, customer_name="Shengyue Electronics", description="14 of 100 are bad"
    )
    outcome = intake.given().when(wish).leads_to(Stage.RECEIVED)
    case = outcome.after
    assert (case.channel, case.customer_name, case.description) == (w.Channel.FAX, wish.customer_name, wish.description)
    assert case.received_at == intake.given().now
    form = wishes.was_registered(quantity_defective=14, demands=(w.Demand.REPLENISH,))
    assert (form.quantity_defective, form.demands) == (14, (w.Demand.REPLENISH,))


@pytest.mark.requirement("S4-55")
def test_what_the_customer_lost_and_asks_for_is_found_out():
    loss = Money(minor=1_250_000, currency="CNY")
    form = wishes.was_registered(customer_loss=loss, demands=(w.Demand.COMPENSATION,))
    assert (form.customer_loss, form.demands) == (loss, (w.Demand.COMPENSATION,))


@pytest.mark.requirement("S4-56")
def test_the_customer_is_asked_for_what_supports_the_claim():
    proof = ("the delivery note", "pictures of the box")
    outcome = intake.given(received()).when(RequestInformation(asked_of=w.AskedOf.CUSTOMER, items=proof))
    assert wishes.stored(outcome).items == proof
    assert outcome.after.open_requests == {"i1": w.AskedOf.CUSTOMER}


@pytest.mark.requirement("S4-70")
def test_the_owner_finds_the_cause_and_names_measures_for_the_emergency():
    given = capa.given(Stage.INVESTIGATING, wishes.EVIDENCE)
    measure = DefineContainment(where=(w.Where.CUSTOMER,), measure="lend a unit", owner="p-bo")
    assert given.case.owner == "p-bo"
    given.when(measure, by="p-bo").then_some(e.ContainmentDefined)
    given.when(wishes.finding(), by="p-bo").then_some(e.RootCauseFound)


@pytest.mark.requirement("S4-74")
@pytest.mark.parametrize(
    "command",
    [
        DefineContainment,
        StartInvestigation,
        RecordRootCause,
        PlanAction,
        SubmitActionPlan,
        ReportActionProgress,
        CompleteAction,
        VerifyEffect,
        Close,
    ],
)
def test_a_quality_engineer_can_move_the_work_at_every_step(command: type[Command]):
    assert Role.QUALITY_ENGINEER in who_may(command)


# ── severity ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.requirement("S4-78", "S4-88")
@pytest.mark.parametrize(
    ("known", "grade"),
    [
        ({"safety_hazard": True}, "CRITICAL"),
        ({"legal_reportable": True}, "CRITICAL"),
        ({"shipped_affected": True}, "MAJOR"),
        ({"main_function_lost": True}, "MAJOR"),
        ({"affects_use": True}, "MINOR"),
        ({"cosmetic_only": True}, "NEGLIGIBLE"),
    ],
)
def test_severity_follows_a_standard_of_four_grades(known: dict[str, Any], grade: str):
    assert wishes.grade("pack-s4", **known) == grade


@pytest.mark.requirement("S4-78")
def test_the_quality_engineer_grades_has_the_cause_found_and_confirms_the_effect():
    for command in (Classify, StartInvestigation, RecordRootCause, VerifyEffect):
        assert Role.QUALITY_ENGINEER in who_may(command)


@pytest.mark.requirement("S4-89")
def test_at_intake_severity_is_presumed_whatever_is_known():
    case = wishes.going_by("pack-s4")
    wish = Classify(category=w.Category.OTHER, facts=GradeFacts(safety_hazard=True))
    assert case.when(wish).after.grade_basis == w.GradeBasis.CONFIRMED
    at_intake = triage.given(received()).in_a_world(case.world)
    assert at_intake.when(wish).after.grade_basis == w.GradeBasis.PRESUMED
