"""S2, the procedure for feedback of customers: the form, who does what, first measures, costs."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from services.capa.domain import (
    CompleteAction,
    DefineContainment,
    PlanAction,
    RecordRootCause,
    ReportActionProgress,
    VerifyEffect,
)
from services.capa.topics.money import RecordCost
from services.intake.domain import ContactCustomer, RequestInformation
from services.triage.domain import Assign, Classify
from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.events.organisation import Role
from shared.kernel.command import Command
from shared.kernel.values import Money, Rank
from shared.policy.access import who_may
from tests.facts import classified, received, registered
from tests.given import capa, intake, told, triage
from tests.requirements import wishes


@pytest.mark.requirement("S2-02")
@pytest.mark.parametrize("category", [w.Category.HARDWARE_FAILURE, w.Category.SERVICE_PROCESS_ERROR])
def test_feedback_is_about_goods_or_about_service(category: w.Category):
    assert wishes.was_received().case_kind == w.CaseKind.COMPLAINT
    assert wishes.was_classified(category).category == category


# ── who ───────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.requirement("S2-05")
def test_quality_plans_follows_and_alone_checks_the_measures():
    for command in (PlanAction, ReportActionProgress, VerifyEffect):
        assert Role.QUALITY_ENGINEER in who_may(command)
    assert set(who_may(VerifyEffect)) == {Role.QUALITY_ENGINEER, Role.QUALITY_HEAD}


@pytest.mark.requirement("S2-07")
@pytest.mark.parametrize("command", [RecordRootCause, PlanAction, CompleteAction])
@pytest.mark.parametrize("role", [Role.RND, Role.PRODUCTION, Role.SUPPLY_CHAIN, Role.DEPT_HEAD])
def test_departments_find_the_cause_and_plan_and_act(command: type[Command], role: Role):
    assert role in who_may(command)


# ── the form ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.requirement("S2-09")
def test_the_customer_is_named():
    assert wishes.was_received(customer_name="Shengyue Electronics").customer_name == "Shengyue Electronics"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("product_model", "A1 (charging case)", marks=pytest.mark.requirement("S2-10")),
        pytest.param("symptom", "left and right do not pair", marks=pytest.mark.requirement("S2-12")),
        pytest.param("quantity_defective", 14, marks=pytest.mark.requirement("S2-13")),
        pytest.param("serial_nos", ("SN-1", "SN-2"), marks=pytest.mark.requirement("S2-14")),
        pytest.param("demands", (w.Demand.ON_SITE_SERVICE, w.Demand.REPLENISH), marks=pytest.mark.requirement("S2-17")),
        pytest.param("demands", (w.Demand.EXCHANGE, w.Demand.RETURN), marks=pytest.mark.requirement("S2-17")),
        pytest.param("demands", (w.Demand.COMPENSATION, w.Demand.FINE), marks=pytest.mark.requirement("S2-17")),
    ],
)
def test_the_form_keeps_its_fields(field: str, value: Any):
    assert getattr(wishes.was_registered(**{field: value}), field) == value


@pytest.mark.requirement("S2-17", "S2-20")
def test_a_problem_is_not_registered_without_what_the_customer_asks_for():
    with pytest.raises(ValidationError, match="demands"):
        wishes.registering(demands=())


@pytest.mark.requirement("S2-15")
def test_pictures_of_the_machine_are_attached():
    assert wishes.was_attached(w.EvidenceKind.PHOTO).kind == w.EvidenceKind.PHOTO


@pytest.mark.requirement("S2-18")
@pytest.mark.parametrize("field", sorted(wishes.FORM))
def test_feedback_that_is_not_whole_is_not_passed_on(field: str):
    with pytest.raises(ValidationError, match=field):
        type(wishes.registering())(**{name: value for name, value in wishes.FORM.items() if name != field})
    intake.given(received()).when(wishes.registering(symptom="bad")).refused("G-DESC", "symptom")


@pytest.mark.requirement("S2-18", "S2-27")
def test_what_is_missing_is_asked_of_the_customer():
    question = RequestInformation(asked_of=w.AskedOf.CUSTOMER, items=("the serial numbers", "the packing list"))
    outcome = intake.given(received()).when(question)
    assert outcome.after.open_requests == {"i1": w.AskedOf.CUSTOMER}
    assert wishes.stored(outcome).items == question.items


@pytest.mark.requirement("S2-19", "S2-55")
def test_one_record_holds_problem_measures_cause_and_actions():
    contained = e.ContainmentDefined(containment_id="c1", where=(w.Where.LINE,), measure="stop", owner="p-cy")
    case = told(Stage.TRIAGED, contained, Stage.VERIFYING).case
    assert case.symptom == "the screen is garbled after start"
    assert set(case.containment) == {"c1"} and set(case.actions) == {"a1"}
    assert case.root_cause is not None and case.root_cause.root_cause == "oven profile drifted"


# ── from receipt to the departments ───────────────────────────────────────────────────────────────────────────────────
@pytest.mark.requirement("S2-56")
def test_receive_record_judge_and_pass_on_in_this_order():
    record = wishes.registering()
    judge = Classify(category=w.Category.OTHER, grade="P2", rank=Rank.MAJOR, basis=w.GradeBasis.CONFIRMED)
    pass_on = Assign(owner="p-bo", department=w.Department.QUALITY)
    intake.given().when(record).refused("G-STAGE")
    intake.given().when(wishes.receiving()).leads_to(Stage.RECEIVED)
    triage.given(received()).when(pass_on).refused("G-STAGE")
    intake.given(received()).when(record).leads_to(Stage.REGISTERED)
    triage.given(received(), registered()).when(pass_on).refused("G-STAGE")
    triage.given(received(), registered()).when(judge).leads_to(Stage.TRIAGED)
    triage.given(received(), registered(), classified()).when(pass_on).leads_to(Stage.ASSIGNED)


@pytest.mark.requirement("S2-30")
def test_quality_spreads_the_problem_over_departments():
    beside = (w.Department.PURCHASING, w.Department.RND)
    wish = Assign(owner="p-bo", department=w.Department.PRODUCTION, supporting=beside)
    outcome = triage.given(Stage.TRIAGED).when(wish)
    assert (outcome.after.department, wishes.stored(outcome).supporting) == (w.Department.PRODUCTION, beside)
    assert Role.QUALITY_ENGINEER in who_may(Assign)


@pytest.mark.requirement("S2-20")
def test_several_first_measures_stand_beside_the_demand():
    case = told(Stage.ASSIGNED)
    measures = [
        e.ContainmentDefined(containment_id=id, where=(w.Where.WAREHOUSE,), measure=text, owner="p-cy")
        for id, text in (("c1", "block the lot"), ("c2", "inspect the stock"))
    ]
    third = DefineContainment(where=(w.Where.CUSTOMER,), measure="send a spare unit", owner="p-cy")
    after = capa.given(Stage.ASSIGNED, *measures).when(third).after
    assert case.case.containment == {} and sorted(after.containment) == ["c1", "c2", "c3"]


@pytest.mark.requirement("S2-40")
@pytest.mark.parametrize("where", w.Where)
def test_first_measures_reach_every_place_where_goods_may_be(where: w.Where):
    wish = DefineContainment(where=(where,), measure="block the lot", owner="p-cy")
    assert capa.given(Stage.ASSIGNED).when(wish).after.containment["c1"].where == (where,)


@pytest.mark.requirement("S2-43")
def test_engineers_tell_the_customer_what_they_found():
    assert Role.RND in who_may(ContactCustomer)
    assert wishes.was_contacted(Stage.PLANNING, w.ContactPurpose.DECISION, by="p-rnd").summary


@pytest.mark.requirement("S2-45")
@pytest.mark.parametrize("kind", [w.CostKind.FREIGHT, w.CostKind.LOSS])
def test_freight_and_losses_are_recorded(kind: w.CostKind):
    outcome = capa.given(Stage.IMPLEMENTING).when(RecordCost(kind=kind, amount=Money(minor=8_640, currency="CNY")))
    (cost,) = outcome.after.money.costs.values()
    assert (cost.kind, cost.amount) == (kind, wishes.stored(outcome).amount)
