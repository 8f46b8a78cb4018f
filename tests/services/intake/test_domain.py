"""What intake decides: every command accepted once, every guard refusing once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, get_args

import pytest

from services.intake.domain import (
    Acknowledge,
    AttachEvidence,
    CompleteFollowUp,
    ContactCustomer,
    ImportComplaint,
    IntakeCommand,
    ProvideInformation,
    ReceiveComplaint,
    RecordCustomerFeedback,
    Register,
    RequestInformation,
    WaiveFollowUp,
    Withdraw,
)
from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.events.organisation import NumberTaken
from shared.kernel.command import Command, Dated, Elsewhere
from shared.kernel.errors import Unknown
from shared.kernel.values import FileRef, Rank
from tests.facts import answered, asked, classified, followed_up, received, registered, utc
from tests.given import MISSING_FILE, World, intake

PHOTO = FileRef(sha256="a" * 64, bytes=12, media_type="image/png", name="screen.png")
RECEIVE: dict[str, Any] = {"site": "sz", "channel": w.Channel.EMAIL, "description": "the screen is garbled"}


def register(symptom: str = "the screen is garbled after start") -> Register:
    return Register(
        symptom=symptom,
        frequency="always",
        extent=w.Extent.SINGLE_UNIT,
        product_model="ABC-2000",
        demands=(w.Demand.REPAIR,),
    )


CLOSED_FAILED = (Stage.CLOSED, followed_up(ok=False))
ACCEPTED: dict[type[Command], tuple[tuple[Any, ...], Command, type, Stage]] = {
    ReceiveComplaint: ((), ReceiveComplaint(**RECEIVE), e.Received, Stage.RECEIVED),
    Acknowledge: ((received(),), Acknowledge(channel=w.Channel.EMAIL), e.Acknowledged, Stage.RECEIVED),
    RequestInformation: (
        (received(),),
        RequestInformation(asked_of=w.AskedOf.CUSTOMER, items=("a photo",)),
        e.InformationRequested,
        Stage.RECEIVED,
    ),
    ProvideInformation: (
        (received(), asked()),
        ProvideInformation(request_id="i1", answer="here"),
        e.InformationProvided,
        Stage.RECEIVED,
    ),
    AttachEvidence: (
        (received(),),
        AttachEvidence(kind=w.EvidenceKind.PHOTO, file=PHOTO),
        e.EvidenceAttached,
        Stage.RECEIVED,
    ),
    Register: ((received(),), register(), e.Registered, Stage.REGISTERED),
    ContactCustomer: (
        (received(),),
        ContactCustomer(
            direction=w.Direction.OUTBOUND,
            channel=w.Channel.TELEPHONE,
            purpose=w.ContactPurpose.PROGRESS,
            summary="told",
        ),
        e.CustomerContacted,
        Stage.RECEIVED,
    ),
    RecordCustomerFeedback: (
        (Stage.CLOSED,),
        RecordCustomerFeedback(satisfied=True, score=90),
        e.CustomerFeedbackRecorded,
        Stage.CLOSED,
    ),
    CompleteFollowUp: (
        (Stage.CLOSED,),
        CompleteFollowUp(reached=True, product_ok=True),
        e.FollowUpCompleted,
        Stage.CLOSED,
    ),
    WaiveFollowUp: (CLOSED_FAILED, WaiveFollowUp(reason="another product"), e.FollowUpWaived, Stage.CLOSED),
    Withdraw: ((received(),), Withdraw(reason="it works again"), e.Withdrawn, Stage.WITHDRAWN),
}


@pytest.mark.parametrize("kind", get_args(IntakeCommand))
def test_every_command_is_accepted_where_it_belongs(kind: type[Command]):
    past, command, event, stage = ACCEPTED[kind]
    outcome = intake.given(*past).when(command)
    assert event in [type(outcome.event(n)) for n in range(len(outcome.items))], outcome.problem
    outcome.leads_to(stage)


# ── receipt ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.requirement("S4-64")
def test_a_complaint_takes_the_next_number_of_its_site_and_year():
    outcome = intake.given().in_a_world(World(numbers_taken=41)).when(ReceiveComplaint(**RECEIVE))
    taken = outcome.items[0]
    assert isinstance(taken, Elsewhere)
    assert (taken.stream, taken.event.case_no) == ("numbers-sz-2026", "SZ-2026-00042")  # type: ignore[attr-defined]
    assert outcome.event(1).case_no == "SZ-2026-00042"


def test_the_year_of_the_number_is_the_year_at_the_site():
    new_year_in_shenzhen = utc("2026-12-31 16:00")
    outcome = intake.given().when(ReceiveComplaint(**RECEIVE), at=new_year_in_shenzhen)
    assert outcome.event(1).case_no == "SZ-2027-00001"


def imported(**changed: Any) -> ImportComplaint:
    return ImportComplaint(**{**RECEIVE, "source": "old-crm", "external_ref": "7", **changed})


def test_an_imported_case_has_the_same_id_whenever_it_is_imported():
    at = utc("2024-05-01 08:00")
    once, again = (intake.given().when(imported(), at=at).event(0) for _ in range(2))
    assert isinstance(once, NumberTaken) and once.complaint == again.complaint
    assert intake.given().when(imported(external_ref="8"), at=at).event(0).complaint != once.complaint


def test_an_imported_case_brings_its_grade_and_its_end():
    begin, end = utc("2024-05-01 08:00"), utc("2024-06-01 08:00")
    wish = imported(category=w.Category.OTHER, rank=Rank.MINOR, state="closed", closed_at=end, result="repaired")
    outcome = intake.given().when(wish, at=begin).then_some(NumberTaken, e.Received, e.Classified, e.ClosedBeforeImport)
    assert outcome.items[3] == Dated(e.ClosedBeforeImport(source="old-crm", result="repaired"), end)
    outcome.leads_to(Stage.CLOSED)


def test_an_imported_case_never_ends_before_it_began():
    begin = utc("2024-05-01 08:00")
    wish = imported(state="closed", closed_at=begin - timedelta(days=9))
    closed = intake.given().when(wish, at=begin).items[-1]
    assert isinstance(closed, Dated) and closed.at == begin


# ── guards ────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "vague",
    [
        *("坏了", "有问题。", "用不了", "不好用！", "屏幕花"),
        *("does not work", "Broken!", "it is bad", "PROBLEM."),
        *("kaputt", "Funktioniert nicht.", "defekt"),
        *("no funciona", "roto", "defectuoso"),
    ],
)
@pytest.mark.requirement("S0-15")
def test_a_vague_description_cannot_be_registered(vague: str):
    intake.given(received()).when(register(vague)).refused("G-DESC", "symptom")


@pytest.mark.parametrize(
    "clear", ["开机后花屏", "screen flickers", "Bildschirm flackert", "la pantalla parpadea", "画面が乱れる"]
)
def test_a_description_that_says_what_happens_can(clear: str):
    intake.given(received()).when(register(clear)).leads_to(Stage.REGISTERED)


def test_an_answer_belongs_to_an_open_request():
    answer = ProvideInformation(request_id="i1", answer="here it is")
    intake.given(received()).when(answer).invalid("G-REQUEST", "request_id")
    intake.given(received(), asked(), answered()).when(answer).invalid("G-REQUEST")


def test_a_request_takes_a_free_id_and_names_a_new_one_itself():
    request = {"asked_of": w.AskedOf.CUSTOMER, "items": ("a photo",)}
    given = intake.given(received(), asked("i1"), answered("i1"), asked("i3"))
    assert given.when(RequestInformation(**request)).event().request_id == "i2"
    given.when(RequestInformation(request_id="i1", **request)).invalid("G-UNIQUE", "request_id")
    given.when(RequestInformation(request_id="i3", **request)).invalid("G-UNIQUE", "request_id")


@pytest.mark.requirement("S1-14")
def test_an_incomplete_answer_leaves_the_request_open():
    part = ProvideInformation(request_id="i1", answer="the rest follows", complete=False)
    assert intake.given(received(), asked()).when(part).after.open_requests == {"i1": w.AskedOf.CUSTOMER}


def test_evidence_is_a_file_that_is_stored():
    missing = PHOTO.model_copy(update={"sha256": MISSING_FILE})
    outcome = intake.given(received()).when(AttachEvidence(kind=w.EvidenceKind.PHOTO, file=missing))
    assert isinstance(outcome.problem, Unknown) and outcome.problem.field == "file.sha256"


def test_evidence_ids_are_unique_within_the_case():
    first = e.EvidenceAttached(evidence_id="e1", kind=w.EvidenceKind.PHOTO, file=PHOTO)
    given = intake.given(received(), first)
    assert given.when(AttachEvidence(kind=w.EvidenceKind.PHOTO, file=PHOTO)).event().evidence_id == "e2"
    again = AttachEvidence(evidence_id="e1", kind=w.EvidenceKind.PHOTO, file=PHOTO)
    given.when(again).invalid("G-UNIQUE", "evidence_id")


@pytest.mark.requirement("S1-50")
def test_a_follow_up_that_reached_the_customer_says_whether_the_product_is_in_order():
    intake.given(Stage.CLOSED).when(CompleteFollowUp(reached=True)).invalid("S1-50", "product_ok")
    intake.given(Stage.CLOSED).when(CompleteFollowUp(reached=False)).then_some(e.FollowUpCompleted)


def test_a_failed_follow_up_demands_a_decision_and_only_such_a_one_is_waived():
    failed = intake.given(Stage.CLOSED).when(CompleteFollowUp(reached=True, product_ok=False))
    assert failed.after.follow_up_decision_due
    intake.given(Stage.CLOSED).when(WaiveFollowUp(reason="no reason")).refused("G-FOLLOWUP")
    waived = intake.given(*CLOSED_FAILED).when(WaiveFollowUp(reason="another product"))
    assert not waived.after.follow_up_decision_due


@pytest.mark.parametrize(
    "grave", [(received(safety_hazard=True),), (received(), registered(), classified(Rank.CRITICAL))]
)
def test_a_grave_case_goes_on_even_when_the_customer_withdraws_it(grave: tuple[Any, ...]):
    intake.given(*grave).when(Withdraw(reason="never mind")).refused("G-WITHDRAW")


def test_nothing_is_withdrawn_once_actions_are_done():
    intake.given(Stage.VERIFYING).when(Withdraw(reason="never mind")).refused("G-STAGE")


def test_a_case_is_registered_once():
    intake.given(received(), registered()).when(register()).refused("G-STAGE")


def test_a_refusal_names_what_is_possible():
    problem = intake.given(Stage.CLOSED).when(Acknowledge(channel=w.Channel.EMAIL)).problem
    assert problem is not None and "Reopened" in (problem.way_out or "")


def test_the_first_contact_that_goes_out_is_the_first_response():
    def contact(direction: w.Direction) -> e.CustomerContacted:
        return e.CustomerContacted(
            direction=direction,
            channel=w.Channel.TELEPHONE,
            purpose=w.ContactPurpose.PROGRESS,
            summary="call",
        )

    assert intake.given(received(), contact(w.Direction.INBOUND)).case.first_contact_at is None
    twice = intake.given(received(), contact(w.Direction.OUTBOUND), contact(w.Direction.OUTBOUND))
    assert twice.case.first_contact_at == twice.now - timedelta(hours=2)
