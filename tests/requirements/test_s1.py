"""S1, the guide to complaints about product quality: ways in, the form, grades and answers by grade, causes, follow-up."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from services.capa.domain import RecordRootCause, VerifyEffect
from services.intake.domain import Acknowledge, RequestInformation
from shared.clocks.state import ClockStatus
from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.kernel.values import Rank
from tests.facts import Story, acknowledged, classified, received
from tests.given import capa, intake
from tests.requirements import wishes


@pytest.mark.requirement("S1-01")
@pytest.mark.parametrize("department", [w.Department.PRODUCTION, w.Department.PURCHASING, w.Department.RND])
def test_a_complaint_from_outside_leads_to_improvements_in_any_department(department: w.Department):
    assert capa.given(Stage.PLANNING).case.case_kind == w.CaseKind.COMPLAINT
    assert wishes.was_planned(department=department).department == department


@pytest.mark.parametrize(
    "channel",
    [
        pytest.param(w.Channel.TELEPHONE, marks=pytest.mark.requirement("S1-02")),
        pytest.param(w.Channel.EMAIL, marks=pytest.mark.requirement("S1-02")),
        pytest.param(w.Channel.WEB_PORTAL, marks=pytest.mark.requirement("S1-02")),
        pytest.param(w.Channel.COMPLAINT_MAILBOX, marks=pytest.mark.requirement("S1-04")),
        pytest.param(w.Channel.CRM, marks=pytest.mark.requirement("S1-04")),
    ],
)
def test_there_are_proper_ways_in(channel: w.Channel):
    assert wishes.was_received(channel=channel).channel == channel


@pytest.mark.requirement("S1-03")
@pytest.mark.parametrize(
    "category",
    [
        w.Category.HARDWARE_FAILURE,
        w.Category.APPEARANCE_DEFECT,
        w.Category.BELOW_SPECIFICATION,
        w.Category.PACKAGING_DAMAGE,
    ],
)
def test_what_is_wrong_has_a_class(category: w.Category):
    assert wishes.was_classified(category).category == category


@pytest.mark.requirement("S1-05")
def test_receipt_is_confirmed_with_an_apology_and_a_clock_waits_for_it():
    wish = Acknowledge(channel=w.Channel.TELEPHONE, apology=True)
    assert wishes.stored(intake.given(received()).when(wish)).apology
    story = Story().goes_to(Stage.RECEIVED)
    assert story.clocks.clocks["acknowledgement/1"].status == ClockStatus.RUNNING
    story.happened(acknowledged())
    assert story.clocks.clocks["acknowledgement/1"].status == ClockStatus.MET


@pytest.mark.requirement("S1-07")
def test_a_complaint_is_put_on_the_form():
    intake.given(received()).when(wishes.registering()).then_some(e.Registered).leads_to(Stage.REGISTERED)


@pytest.mark.requirement("S1-08")
@pytest.mark.parametrize(("field", "value"), [("customer_name", "Zhang San"), ("contact", "zhang@example.com")])
def test_the_customer_can_be_named_and_reached(field: str, value: str):
    assert getattr(wishes.was_received(**{field: value}), field) == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("order_no", "PO-4711", marks=pytest.mark.requirement("S1-09")),
        pytest.param("product_model", "ABC-2000", marks=pytest.mark.requirement("S1-10")),
        pytest.param("lot_no", "L2403", marks=pytest.mark.requirement("S1-10")),
        pytest.param("purchase_date", date(2024, 3, 15), marks=pytest.mark.requirement("S1-10")),
        pytest.param("demands", (w.Demand.RETURN,), marks=pytest.mark.requirement("S1-12")),
        pytest.param("demands", (w.Demand.EXCHANGE, w.Demand.COMPENSATION), marks=pytest.mark.requirement("S1-12")),
        pytest.param("demands", (w.Demand.REPAIR,), marks=pytest.mark.requirement("S1-12")),
    ],
)
def test_the_form_keeps_its_fields(field: str, value: Any):
    assert getattr(wishes.was_registered(**{field: value}), field) == value


@pytest.mark.requirement("S1-13")
@pytest.mark.parametrize("kind", [w.EvidenceKind.PHOTO, w.EvidenceKind.VIDEO, w.EvidenceKind.TEST_REPORT])
def test_pictures_films_and_reports_are_attached(kind: w.EvidenceKind):
    assert wishes.was_attached(kind).kind == kind


@pytest.mark.requirement("S1-14")
def test_what_is_unclear_is_asked_again():
    question = RequestInformation(asked_of=w.AskedOf.CUSTOMER, items=("a picture of the scratch from the side",))
    intake.given(received()).when(wishes.registering(symptom="broken")).refused("G-DESC", "symptom")
    assert intake.given(received()).when(question).after.open_requests == {"i1": w.AskedOf.CUSTOMER}


# ── grades ────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("known", "grade"),
    [
        pytest.param({"safety_hazard": True}, "URGENT", marks=pytest.mark.requirement("S1-15")),
        pytest.param({"spoilage": True}, "URGENT", marks=pytest.mark.requirement("S1-15")),
        pytest.param({"same_lot_failed_units": 10}, "URGENT", marks=pytest.mark.requirement("S1-16")),
        pytest.param({"same_lot_failed_units": 9}, "GENERAL", marks=pytest.mark.requirement("S1-16")),
        pytest.param({"regulator_or_media_threat": True}, "URGENT", marks=pytest.mark.requirement("S1-17")),
        pytest.param({"main_function_lost": True}, "IMPORTANT", marks=pytest.mark.requirement("S1-19")),
        pytest.param(
            {"single_customer": True, "unit_price_minor": 1_000_000},
            "IMPORTANT",
            marks=pytest.mark.requirement("S1-20"),
        ),
        pytest.param(
            {"single_customer": True, "unit_price_minor": 999_999}, "GENERAL", marks=pytest.mark.requirement("S1-20")
        ),
        pytest.param({"cosmetic_only": True}, "GENERAL", marks=pytest.mark.requirement("S1-22")),
    ],
)
def test_the_rules_find_the_grade(known: dict[str, Any], grade: str):
    assert wishes.grade("pack-s1", **known) == grade


@pytest.mark.parametrize(
    ("rank", "hours"),
    [
        pytest.param(Rank.CRITICAL, 2, marks=pytest.mark.requirement("S1-18")),
        pytest.param(Rank.MAJOR, 4, marks=pytest.mark.requirement("S1-21")),
        pytest.param(Rank.MINOR, 8, marks=pytest.mark.requirement("S1-23")),
    ],
)
def test_the_graver_the_sooner_somebody_responds(rank: Rank, hours: int):
    story = Story().goes_to(Stage.RECEIVED).happened(classified(rank))
    clock = story.clocks.clocks["first_response/1"]
    assert clock.status == ClockStatus.RUNNING
    assert clock.due_at == clock.starts_at + timedelta(hours=hours)


# ── cause, actions, checks ────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.requirement("S1-32")
def test_the_customer_hears_how_far_the_investigation_is():
    assert wishes.was_contacted(Stage.INVESTIGATING, w.ContactPurpose.PROGRESS).purpose == w.ContactPurpose.PROGRESS


@pytest.mark.requirement("S1-34")
def test_a_chain_of_whys_leads_from_the_failure_to_a_gap_in_our_process():
    chain = (
        e.Why(why="the product failed", because="a part of a bad lot was built in", evidence=("e1",)),
        e.Why(why="the lot was bad", because="the supplier does not test to the standard"),
        e.Why(why="nobody noticed", because="purchasing had not raised the sample"),
        e.Why(why="the sample was not raised", because="no process says when to raise it"),
    )
    wish = wishes.finding(five_whys=chain, root_cause="no process says when to raise the sample")
    outcome = capa.given(Stage.INVESTIGATING, wishes.EVIDENCE).when(wish).leads_to(Stage.PLANNING)
    assert wishes.stored(outcome).five_whys == chain
    assert isinstance(wish, RecordRootCause) and outcome.after.root_cause is not None


@pytest.mark.parametrize(
    ("content", "kind", "department"),
    [
        pytest.param(
            "change how suppliers are controlled; inspect more of what comes in",
            w.ActionKind.PREVENTIVE,
            w.Department.PURCHASING,
            marks=pytest.mark.requirement("S1-39"),
        ),
        pytest.param(
            "train the people on line 2",
            w.ActionKind.CORRECTIVE,
            w.Department.PRODUCTION,
            marks=pytest.mark.requirement("S1-40"),
        ),
        pytest.param(
            "put foam around the product",
            w.ActionKind.CORRECTIVE,
            w.Department.LOGISTICS,
            marks=pytest.mark.requirement("S1-41"),
        ),
    ],
)
def test_actions_of_every_sort_are_planned(content: str, kind: w.ActionKind, department: w.Department):
    planned = wishes.was_planned(content=content, kind=kind, department=department)
    assert (planned.content, planned.kind, planned.department) == (content, kind, department)


@pytest.mark.requirement("S1-47")
@pytest.mark.parametrize(
    "method", ["records of 20 shifts were looked at", "50 pieces were inspected again", "the supplier was audited"]
)
def test_a_check_says_how_it_was_made(method: str):
    outcome = capa.given(Stage.VERIFYING).when(
        VerifyEffect(action_ids=("a1",), effective=True, method=method), by="p-vera"
    )
    assert wishes.stored(outcome).method == method
    with pytest.raises(ValidationError, match="method"):
        VerifyEffect(action_ids=("a1",), effective=True)  # type: ignore[call-arg]
