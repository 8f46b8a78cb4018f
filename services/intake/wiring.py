"""Intake to the machinery: complaints, sites, people, tokens, reference data."""

from __future__ import annotations

from typing import Any

from services.intake import organisation as org
from services.intake import reference as ref
from services.intake.domain import TOPICS, ReceiveComplaint, complaint_id_for, decide
from services.intake.kept_files import KeptFiles
from services.intake.reference_lists import ReferenceLists
from services.intake.worklist import IntakeWorklist
from shared.kernel.fact import Occasion
from shared.runtime.orders import ANYWHERE
from shared.runtime.rules_now import RulesNow
from shared.runtime.service import Handles, Service, case_commands


def _new_complaint(id: str, command: Any, occasion: Occasion) -> str:
    return f"complaint-{complaint_id_for(command, occasion)}"


def _site(id: str, command: Any, rules: RulesNow) -> str:
    return str(command.site)


def _anywhere(id: str, command: Any, rules: RulesNow) -> str:
    return ANYWHERE


def _new_site(id: str, command: Any, occasion: Occasion) -> str:
    return f"site-{command.site}"


def _new_person(id: str, command: Any, occasion: Occasion) -> str:
    return f"person-{org.person_id_for(command, occasion)}"


def _person(id: str, command: Any, occasion: Occasion) -> str:
    return f"person-{id}"


def _of_person(body: dict[str, Any], command: Any) -> dict[str, Any]:
    first: dict[str, Any] = body["events"][0] if body["events"] else {}
    return {"person": first.get("person"), "token_id": first.get("token_id"), **body}


RECEIVE = Handles(ReceiveComplaint, decide, "complaints", _new_complaint, creates=True, site=_site)
ISSUE_TOKEN = Handles(
    org.IssueToken, org.decide, "people/{id}/issue-token", _person, site=_anywhere, answers=_of_person
)

ORGANISATION = (
    Handles(org.OpenSite, org.decide, "sites", _new_site, creates=True, site=_anywhere),
    Handles(org.AddPerson, org.decide, "people", _new_person, creates=True, site=_anywhere, answers=_of_person),
    Handles(org.ChangePerson, org.decide, "people/{id}/change-person", _person, site=_anywhere, answers=_of_person),
    Handles(org.GrantRole, org.decide, "people/{id}/grant-role", _person, site=_site, answers=_of_person),
    Handles(org.EndRole, org.decide, "people/{id}/end-role", _person, site=_site, answers=_of_person),
    Handles(org.NameStandIn, org.decide, "people/{id}/name-stand-in", _person, site=_site, answers=_of_person),
    Handles(org.EndStandIn, org.decide, "people/{id}/end-stand-in", _person, site=_site, answers=_of_person),
    Handles(org.RevokeToken, org.decide, "people/{id}/revoke-token", _person, site=_anywhere, answers=_of_person),
)


def _reference(id: str, command: Any, occasion: Occasion) -> str:
    return ref.stream_for(command)


def site_of_reference(id: str, command: Any, rules: RulesNow) -> str:
    """Where the roles must be held for something of a list: at its site, or anywhere when it has none."""
    return ref.site_of(command) or ANYWHERE


REFERENCE = (
    *(
        Handles(kind, ref.decide, f"reference/{of}", _reference, creates=True, site=site_of_reference)
        for of, kind in ref.COMMAND.items()
    ),
    # What is not there is said only to whoever may retire it, so the decision tells, not the desk.
    Handles(ref.RetireReference, ref.decide, "reference/retire", _reference, creates=True, site=site_of_reference),
)

SERVICE = Service(
    "intake",
    handles=(
        RECEIVE,
        *case_commands(TOPICS, but=ReceiveComplaint),
        *ORGANISATION,
        *REFERENCE,
    ),
    read_models=(IntakeWorklist, KeptFiles, ReferenceLists),
    description="Everything that touches the customer, and the organisation around it",
)
