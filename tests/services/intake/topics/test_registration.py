"""Before a case is registered: times that fit, a description that says something, a record that is whole; and putting it right."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.intake.domain import AttachEvidence, Register
from services.intake.topics.record import ChangeFirstResponsible, Correction, CorrectRegistration, Forward
from services.triage.domain import Classify
from shared.complaint.record import CORRECTABLE, read, told
from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.events.organisation import Role
from shared.kernel.values import Money
from shared.policy.completeness import RECORD_FIELDS
from shared.policy.shipped import shipped
from tests.facts import acknowledged, received, registered, utc
from tests.given import Given, by, intake, triage
from tests.requirements import wishes
from tests.services.intake.topics.worlds import going_by, saying

CUSTOMER = received(contact="0755-8000", contact_person="Ms Li")


def ours(text: str, *past: Any) -> Given:
    return intake.given(*(past or (CUSTOMER, acknowledged()))).in_a_world(saying(text))


# ── what the record holds ─────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("scenario", "on the ward, during a transfusion", marks=pytest.mark.requirement("S1-11")),
        pytest.param("shipment_date", date(2026, 1, 5), marks=pytest.mark.requirement("S2-11")),
        ("spec", "220 V, 50 Hz"),
        ("downtime_minutes", 90),
        ("unit_price", Money(minor=1_000_000, currency="CNY")),
        ("quantity_delivered", 100),
        ("unit", "C62"),
        ("contract_ref", "SA-2025-17"),
    ],
)
def test_the_form_keeps_its_fields(field: str, value: Any):
    assert getattr(wishes.was_registered(**{field: value}), field) == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("requested_at", utc("2026-03-01 08:00"), marks=pytest.mark.requirement("S3-10")),
        pytest.param("origin_text", "at a trade fair", marks=pytest.mark.requirement("S0-54")),
        ("awareness_at", utc("2026-03-01 08:00")),
        ("failure_at", utc("2026-03-01 08:00")),
        ("failure_date", date(2026, 3, 1)),
        ("serial_nos", ("S1", "S2")),
    ],
)
def test_the_receipt_keeps_what_is_known_by_then(field: str, value: Any):
    assert getattr(wishes.was_received(**{field: value}), field) == value


@pytest.mark.parametrize("field", ["requested_at", "awareness_at", "failure_at"])
def test_what_was_before_the_receipt_does_not_lie_after_it(field: str):
    late = wishes.receiving(**{field: utc("2026-12-31 08:00")})
    intake.given().when(late).invalid("G-TIME", field)


def test_minute_and_day_of_a_failure_agree():
    night = utc("2026-03-01 17:00")  # the second of March in Shenzhen
    intake.given().when(wishes.receiving(failure_at=night, failure_date=date(2026, 3, 1))).invalid("G-TIME")
    assert wishes.was_received(failure_at=night, failure_date=date(2026, 3, 2)).failure_at == night
    intake.given().when(wishes.receiving(failure_date=date(2026, 3, 9))).invalid("G-TIME", "failure_date")


def test_the_form_is_whole_with_what_was_known_at_receipt():
    before = received(order_no="PO-1", serial_nos=("S1",), purchase_date=date(2025, 9, 1))
    event = intake.given(before).when(wishes.registering(serial_nos=("S1", "S2"))).event()
    assert (event.order_no, event.purchase_date, event.serial_nos) == ("PO-1", date(2025, 9, 1), ("S1", "S2"))
    assert event.lot_no == "L2403"


# ── clear ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_vague_terms_of_a_policy_count_besides_ours():
    vague = wishes.registering(symptom="it went kaboom")
    assert intake.given(received()).when(vague).problem is None
    ours("vague_terms: [went kaboom]\n").when(vague).refused("G-DESC", "symptom")
    ours("vague_terms: [went kaboom]\n").when(wishes.registering(symptom="broken")).refused("G-DESC", "symptom")


def test_a_policy_says_how_much_a_description_says_at_least():
    short = wishes.registering(symptom="screen is dark")
    assert ours("guards: {least_symptom_width: 14}\n").when(short).problem is None
    ours("guards: {least_symptom_width: 15}\n").when(short).refused("G-DESC", "symptom")


@pytest.mark.parametrize(
    ("field", "value"), [("frequency", "unknown"), ("frequency", "不详"), ("extent", w.Extent.UNKNOWN)]
)
def test_where_a_policy_wants_them_how_often_and_how_far_are_said(field: str, value: Any):
    form = wishes.registering(**{field: value})
    assert intake.given(received()).when(form).problem is None
    required = f"required_fields: [{field}]\n"
    ours(required).when(form).refused("G-DESC", field)
    excused = form.model_copy(update={"not_available": {field: "the customer does not know"}})
    assert ours(required).when(excused).problem is None


def test_the_question_to_ask_back_is_in_the_customers_language():
    chinese = intake.given(received(language="zh")).when(wishes.registering(symptom="坏了")).problem
    english = intake.given(received(language="en")).when(wishes.registering(symptom="broken")).problem
    assert chinese is not None and "多久发生一次" in (chinese.way_out or "")
    assert english is not None and "how often" in (english.way_out or "")


# ── complete ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_what_a_policy_requires_is_there_or_said_not_to_be_available():
    required = "required_fields: [customer_name, contact, order_no, purchase_date]\n"
    outcome = ours(required).when(wishes.registering()).refused("G-COMPLETE", "order_no")
    assert "order_no, purchase_date" in str(outcome.problem)
    part = wishes.registering(order_no="PO-1")
    ours(required).when(part).refused("G-COMPLETE", "purchase_date")
    whole = wishes.registering(order_no="PO-1", not_available={"purchase_date": "bought second-hand"})
    event = ours(required).when(whole).event()
    assert event.not_available == {"purchase_date": "bought second-hand"}
    wrong = wishes.registering(not_available={"star_sign": "unknown"})
    intake.given(received()).when(wrong).invalid("G-COMPLETE", "not_available")


def test_without_a_policy_nothing_more_is_required_than_ever():
    assert intake.given(received()).when(wishes.registering()).problem is None


def test_a_photo_counts_as_a_field_and_a_superseded_one_does_not():
    required = "required_fields: [evidence_photo]\n"
    ours(required).when(wishes.registering()).refused("G-COMPLETE", "evidence_photo")
    seen = ours(required, CUSTOMER, acknowledged(), wishes.EVIDENCE)
    seen.when(wishes.registering()).leads_to(Stage.REGISTERED)
    video = wishes.EVIDENCE.model_copy(update={"evidence_id": "e2", "kind": w.EvidenceKind.VIDEO})
    gone = e.EvidenceSuperseded(evidence_id="e1", by_evidence_id="e2", reason="blurred")
    blind = ours(required, CUSTOMER, acknowledged(), wishes.EVIDENCE, video, gone)
    blind.when(wishes.registering()).refused("G-COMPLETE", "evidence_photo")


@pytest.mark.requirement("S0-54")
def test_other_is_no_origin_until_somebody_says_which():
    required = "required_fields: [origin]\n"
    ours(required, received(origin=w.Origin.OTHER)).when(wishes.registering()).refused("G-COMPLETE", "origin")
    said = received(origin=w.Origin.OTHER, origin_text="at a trade fair")
    ours(required, said).when(wishes.registering()).leads_to(Stage.REGISTERED)


def test_where_receipt_is_to_be_acknowledged_that_comes_first_or_cannot_be_done():
    promised = "clauses: {CL-ACK: {targets: {all: PT1H}}}\n"
    ours(promised, received()).when(wishes.registering()).refused("G-COMPLETE", "acknowledgement")
    ours(promised, received(), acknowledged()).when(wishes.registering()).leads_to(Stage.REGISTERED)
    nobody = wishes.registering(not_available={"acknowledgement": "an unsigned note in the opinion book"})
    ours(promised, received(channel=w.Channel.OPINION_BOOK)).when(nobody).leads_to(Stage.REGISTERED)
    found = received(origin=w.Origin.INTERNAL_INSPECTION)
    ours(promised, found).when(wishes.registering()).leads_to(Stage.REGISTERED)


@pytest.mark.parametrize("pack", ["pack-s0", "pack-s1", "pack-s2", "pack-s3", "pack-s4"])
def test_a_full_form_is_registered_under_every_shipped_policy(pack: str):
    """And under the strictest overlay; without it, something is always missing."""
    world = going_by(pack, "overlay-meddev")
    before = (
        received(
            contact="0755-8000", contact_person="Ms Li", requested_at=utc("2026-03-01 08:00"), order_no="PO-1", spec="B",
            serial_nos=("S1",), purchase_date=date(2025, 9, 1), failure_date=date(2026, 3, 1), udi="(01)0695",
            contact_address="Shenzhen",
        ),
        acknowledged(),
        wishes.EVIDENCE,
    )  # fmt: skip
    form: dict[str, Any] = {
        "scenario": "in the store", "steps_tried": "restarted", "quantity_defective": 1, "lot_no": "L2403",
    }  # fmt: skip
    intake.given(*before).in_a_world(world).when(wishes.registering(**form)).leads_to(Stage.REGISTERED)
    intake.given(received(), acknowledged()).in_a_world(world).when(wishes.registering()).refused("G-COMPLETE")


def test_every_field_that_a_shipped_policy_requires_can_be_read():
    for pack in shipped().values():
        assert set(pack.required_fields or ()) <= RECORD_FIELDS.keys()


# ── put right ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def correcting(*changes: tuple[str, str]) -> CorrectRegistration:
    pairs = tuple(Correction(field=field, new=new) for field, new in changes)
    return CorrectRegistration(changes=pairs, reason="misread")


def test_a_correction_tells_what_stood_there_before():
    outcome = intake.given(received(), registered()).when(
        correcting(
            ("lot_no", "L2404"), ("contact", "0755-9000"), ("serial_nos", '["S1","S2"]'), ("safety_hazard", "true")
        )
    )
    changes = {change.field: (change.old, change.new) for change in outcome.event().changes}
    assert changes == {
        "lot_no": ("L2403", "L2404"), "contact": (None, "0755-9000"), "serial_nos": (None, '["S1","S2"]'),
        "safety_hazard": ("false", "true"),
    }  # fmt: skip
    after = outcome.after
    assert (after.lot_no, after.contact, after.safety_hazard) == ("L2404", "0755-9000", True)
    assert after.form is not None and after.form.serial_nos == ("S1", "S2")
    assert after.receipt is not None and after.receipt.contact == "0755-9000"


def test_only_fields_of_the_record_with_values_of_their_kind_are_put_right():
    case = intake.given(received(), registered())
    case.when(correcting(("description", "something else"))).invalid("G-RECORD", "changes.0.field")
    case.when(correcting(("shipment_date", "tomorrow"))).invalid("G-RECORD", "changes.0.new")
    case.when(correcting(("lot_no", "A"), ("lot_no", "B"))).invalid("G-RECORD", "changes.1.field")
    case.when(correcting(("product_model", "ABC-2000"))).refused("G-RECORD", "changes.0.new")
    case.when(correcting(("symptom", "broken"))).refused("G-DESC", "symptom")
    intake.given(received()).when(correcting(("lot_no", "B"))).refused("G-STAGE")


@pytest.mark.parametrize("field", CORRECTABLE)
def test_every_field_reads_what_is_written_of_it(field: str):
    from tests.examples import example

    kind = next(kind for kind in (e.Registered, e.Received) if field in kind.model_fields)
    value = getattr(example(kind), field)
    text = told(field, value)
    assert isinstance(text, str) and read(field, text) == value


# ── grading uses what the form holds ──────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("pack", "form", "grade"),
    [
        ("pack-s0", {"downtime": True}, "P1"),
        ("pack-s1", {"regulator_or_media_threat": True}, "URGENT"),
        ("pack-s1", {"spoilage": True}, "URGENT"),
        ("pack-s1", {"unit_price": Money(minor=1_000_000, currency="CNY")}, "IMPORTANT"),
        ("pack-s1", {"lot_no": "L1", "quantity_defective": 10}, "URGENT"),
        ("pack-s3", {"core_function_lost": True}, "A"),
        ("pack-s3", {"customers_affected": 2}, "S"),
        ("pack-s3", {"cosmetic_only": True, "affects_use": False}, "C"),
    ],
)
def test_the_grade_is_found_from_the_form(pack: str, form: dict[str, Any], grade: str):
    nothing = {
        "downtime": False, "spoilage": False, "regulator_or_media_threat": False, "core_function_lost": False,
        "cosmetic_only": False, "affects_use": True, "customers_affected": 1, "quantity_defective": 1,
    }  # fmt: skip
    full = registered().model_copy(update={**nothing, **form})
    case = triage.given(received(), acknowledged(), full).in_a_world(going_by(pack))
    from shared.events.grading import GradeFacts

    unknown = GradeFacts(core_business_interrupted=False, recurrences_90d=0)
    assert case.when(Classify(category=w.Category.HARDWARE_FAILURE, facts=unknown)).event().grade == grade


# ── passed on, handed over ────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.requirement("S4-66", "S2-03", "S4-43")
def test_the_liaison_passes_the_completed_form_to_quality_and_development():
    from shared.policy.access import who_may

    assert Role.CUSTOMER_LIAISON in who_may(Forward) and Role.CUSTOMER_LIAISON in who_may(Register)
    wish = Forward(to_roles=("quality_engineer", "rnd"), form="F6")
    intake.given(received()).when(wish).refused("G-STAGE")
    outcome = intake.given(received(), registered()).when(wish)
    assert outcome.event().to_roles == ("quality_engineer", "rnd") and outcome.after.forwarded_at is not None
    intake.given(received(), registered()).when(Forward(to_roles=("wizard",))).invalid("G-ROLE", "to_roles")


@pytest.mark.requirement("S4-48", "S0-07")
@pytest.mark.parametrize("role", [Role.CUSTOMER_SERVICE, Role.FIELD_ENGINEER])
def test_whoever_is_asked_first_follows_the_case_and_may_hand_it_over(role: Role):
    from services.intake.domain import ReceiveComplaint
    from shared.policy.access import who_may

    assert role in who_may(ReceiveComplaint)
    taken = intake.given().when(wishes.receiving(), by="p-first").after
    assert taken.first_responsible == "p-first"
    case = intake.given(by("p-first", received())).in_a_world(
        saying("", p_first=role, p_next=Role.CUSTOMER_SERVICE, p_welder=Role.PRODUCTION)
    )
    wish = ChangeFirstResponsible(first_responsible="p-next", reason="on leave")
    case.when(wish, by="p-welder").refused("G-FIRST")
    assert case.when(wish, by="p-first").after.first_responsible == "p-next"
    case.when(ChangeFirstResponsible(first_responsible="p-first", reason="x"), by="p-first").refused("G-FIRST")
    case.when(ChangeFirstResponsible(first_responsible="p-nobody", reason="x"), by="p-first").invalid("G-PERSON")


def test_nobody_follows_a_case_who_does_not_work_there():
    world = saying("", p_far=None)
    wish = ChangeFirstResponsible(first_responsible="p-far", reason="x")
    intake.given(received()).in_a_world(world).when(wish).refused("G-FIRST", "first_responsible")


def test_evidence_keeps_who_has_the_original():
    wish = AttachEvidence(kind=w.EvidenceKind.SAMPLE, file=wishes.FILE, holder="the customer", taken_by="Mr Wang")
    outcome = intake.given(received()).when(wish)
    assert outcome.after.evidence["e1"].holder == "the customer"


def test_a_price_in_another_currency_than_that_of_the_rules_says_nothing():
    from shared.events.grading import GradeFacts

    yen = registered().model_copy(update={"unit_price": Money(minor=1_000_000, currency="JPY")})
    case = triage.given(received(), acknowledged(), yen).in_a_world(going_by("pack-s1"))
    wish = Classify(category=w.Category.HARDWARE_FAILURE, facts=GradeFacts(single_customer=True))
    assert case.when(wish).event().facts.unit_price_minor is None
