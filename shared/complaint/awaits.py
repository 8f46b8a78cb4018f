"""What a case waits for: the next step that each deciding service owes it, named by a code for worklists.

Each function answers None when the case waits for nothing from that service. The codes are steps of the lifecycle, not
commands: `plan` means that actions are to be agreed and submitted, `actions` that approved ones are to be carried out.
"""

from __future__ import annotations

from shared.complaint.remedies import RemedyStatus
from shared.complaint.state import OPEN, Complaint, Stage

_CAPA = {
    Stage.ASSIGNED: "start_investigation",
    Stage.INVESTIGATING: "root_cause",
    Stage.PLANNING: "plan",
    Stage.PLAN_REVIEW: "approve_plan",
    Stage.IMPLEMENTING: "actions",
    Stage.VERIFYING: "verify",
    Stage.CLOSING: "close",
}


def of_intake(case: Complaint) -> str | None:
    """What the customer is waiting for, or what is wanted from the customer, the most pressing first."""
    if case.stage == Stage.CLOSED:
        if case.follow_up_decision_due:
            return "follow_up_decision"
        return _dissatisfied(case)
    if case.stage not in OPEN:
        return None
    if case.acknowledged_at is None:
        return "acknowledge"
    if case.open_requests:
        return "information"
    if case.stage == Stage.RECEIVED:
        return "register"
    return _dissatisfied(case) or ("contact_customer" if case.first_contact_at is None else _remedy(case))


def _dissatisfied(case: Complaint) -> str | None:
    """Somebody objects, or was not satisfied and has not been answered (S1-45, S3-04)."""
    if any(one.outcome is None for one in case.objections.values()):
        return "objection"
    return "answer_feedback" if case.answer_to_feedback_due else None


def _remedy(case: Complaint) -> str | None:
    """What the customer has agreed to is to be carried out (S1-42)."""
    agreed = any(one.status == RemedyStatus.AGREED for one in case.remedies.values())
    return "execute_remedy" if agreed else None


def of_triage(case: Complaint) -> str | None:
    """A registered case is to be graded, a graded one to be given to somebody who takes it on; at another site, if need be."""
    if case.stage not in OPEN:
        return None
    if case.handover.to_site is not None:
        return "accept_transfer"
    waits = {Stage.RECEIVED: None, Stage.REGISTERED: "classify", Stage.TRIAGED: "assign"}
    return waits.get(case.stage, "reassign" if case.owner is None else None)


def of_capa(case: Complaint) -> str | None:
    """The step of the corrective action that is due in this stage."""
    return _CAPA.get(case.stage)


CODES = (
    "acknowledge", "register", "contact_customer", "information", "follow_up_decision", "objection", "answer_feedback",
    "execute_remedy", "classify", "assign", "reassign", "accept_transfer",
    *_CAPA.values(),
)  # fmt: skip
"""Every code there is, for labels."""
