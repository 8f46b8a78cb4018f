"""Taking a case on: by its owner, and by another site."""

from __future__ import annotations

from services.triage.domain import Reassign
from services.triage.topics.handover import (
    AcceptAssignment,
    AcceptTransfer,
    DeclineAssignment,
    DeclineTransfer,
    TransferToSite,
)
from shared.complaint import awaits
from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events.words import Department
from tests.services.triage.lives import Life

DECLINE = DeclineAssignment(reason="the fault lies in the power supply")
HAND_OVER = TransferToSite(to_site="dd", reason="the lot was made there", handover_state="the customer waits")


def test_its_owner_takes_a_case_on_once():
    case = Life.of(Stage.ASSIGNED)
    case.asks(AcceptAssignment(), by="p-cy").refused("G-OWNER")
    assert case.does(AcceptAssignment(), by="p-bo").after.handover.accepted_at is not None
    case.asks(AcceptAssignment(), by="p-bo").refused("G-OWNER")


def test_a_case_that_was_declined_waits_for_triage_to_name_somebody_else():
    case = Life.of(Stage.ASSIGNED)
    assert awaits.of_triage(case.case) is None
    case.asks(DECLINE, by="p-cy").refused("G-OWNER")
    outcome = case.does(DECLINE, by="p-bo").leads_to(Stage.ASSIGNED)
    assert outcome.after.owner is None and awaits.of_triage(outcome.after) == "reassign"
    assert outcome.after.handover.declined_by == ("p-bo",)
    after = case.does(Reassign(owner="p-cy", department=Department.RND, reason="knows power supplies")).after
    assert awaits.of_triage(after) is None
    assert case.does(AcceptAssignment(), by="p-cy").after.handover.accepted_at is not None


def test_a_new_owner_is_asked_anew():
    case = Life.of(Stage.ASSIGNED)
    case.does(AcceptAssignment(), by="p-bo")
    case.does(Reassign(owner="p-cy", department=Department.RND, reason="knows it"))
    assert case.case.handover.accepted_at is None


# ── sites ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_case_belongs_to_the_other_site_once_that_site_accepts_it_and_keeps_its_number():
    case = Life.of(Stage.TRIAGED)
    number = case.case.case_no
    after = case.does(HAND_OVER).after
    assert (after.site, after.handover.to_site, awaits.of_triage(after)) == ("sz", "dd", "accept_transfer")
    outcome = case.does(AcceptTransfer(), by="p-dd-ana").leads_to(Stage.TRIAGED)
    assert (outcome.after.site, outcome.after.case_no, outcome.after.handover.earlier_sites) == ("dd", number, ("sz",))
    assert outcome.event().owner is None and awaits.of_triage(outcome.after) == "assign"


def test_a_case_with_an_owner_gets_one_at_its_new_site():
    case = Life.of(Stage.INVESTIGATING)
    case.does(HAND_OVER)
    case.asks(AcceptTransfer(owner="p-out"), by="p-dd-ana").refused("G-SITE", "owner")
    case.asks(AcceptTransfer(owner="p-nobody"), by="p-dd-ana").invalid("G-PERSON", "owner")
    assert case.asks(AcceptTransfer(), by="p-dd-ana").after.owner == "p-dd-ana"
    after = case.does(AcceptTransfer(owner="p-dd-bo", department=Department.RND), by="p-dd-ana").after
    assert (after.owner, after.department, after.handover.accepted_at) == ("p-dd-bo", Department.RND, None)


def test_a_case_that_is_declined_stays_where_it_was():
    case = Life.of(Stage.TRIAGED)
    case.does(HAND_OVER)
    outcome = case.does(DeclineTransfer(reason="made elsewhere"), by="p-dd-ana").then_some(e.TransferDeclined)
    assert (outcome.after.site, outcome.after.handover.to_site) == ("sz", None)
    case.does(HAND_OVER)


def test_a_case_goes_to_one_other_site_at_a_time_and_to_one_that_there_is():
    case = Life.of(Stage.TRIAGED)
    case.asks(TransferToSite(to_site="moon", reason="x", handover_state="x")).invalid("G-SITE", "to_site")
    case.asks(TransferToSite(to_site="sz", reason="x", handover_state="x")).invalid("G-SITE", "to_site")
    case.asks(AcceptTransfer(), by="p-dd-ana").refused("G-SITE")
    case.asks(DeclineTransfer(reason="x"), by="p-dd-ana").refused("G-SITE")
    case.does(HAND_OVER)
    case.asks(HAND_OVER).refused("G-SITE")
