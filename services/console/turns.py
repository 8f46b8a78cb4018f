"""Whose turn it is: what signatures and the separation of duties leave of the commands, for one reader (G-APPR, G-SOD)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from shared.complaint.signatures import Signature, key
from shared.complaint.state import ActionStatus, Complaint, Stage
from shared.policy.pack import CASE_ROLES, ChainStep, Pack

PLAN, CLOSE = "plan", "close"
OWNERS = (Stage.ASSIGNED, Stage.INVESTIGATING, Stage.PLANNING)
"""Where whoever answers for the case takes the next step."""


def chain(pack: Pack | None, name: str) -> Sequence[ChainStep]:
    """The steps that a policy asks for; none where it has no such chain."""
    return ((pack.approval_chains if pack is not None else None) or {}).get(name, ())


def given(case: Complaint, name: str) -> Sequence[Signature]:
    """The signatures of the present round."""
    number = f"p{case.plan_version}" if name == PLAN else f"z{case.closing.number}"
    return case.signed.get(key(name, number), ())


def closing_step(case: Complaint, pack: Pack | None) -> str:
    """What brings the case nearer to its end: asking for the signatures, giving one, or closing where none are asked for."""
    if not chain(pack, CLOSE):
        return "close"
    return "request-closure" if case.closing.request is None else "sign-closure"


def asked_next(case: Complaint, pack: Pack | None) -> str | None:
    """The role, or the part in the case, that is to sign next; None where nothing waits for a signature."""
    name = PLAN if case.stage == Stage.PLAN_REVIEW else CLOSE
    if case.stage == Stage.CLOSING and case.closing.request is None:
        return None
    steps, signed = chain(pack, name), given(case, name)
    waits = case.stage in (Stage.PLAN_REVIEW, Stage.CLOSING) and len(signed) < len(steps)
    return steps[len(signed)].role if waits else None


def person_asked(case: Complaint, role: str | None) -> str | None:
    """Who has this part in the case; who answers for it, where its steps are the owner's."""
    if role is None:
        return case.owner if case.stage in OWNERS else None
    return {"case_owner": case.owner, "first_responsible": case.first_responsible}.get(role)


def barred(case: Complaint, pack: Pack | None, person: str, roles: Collection[str]) -> frozenset[str]:
    """Commands that would only be refused: somebody else is to sign, or has to judge what this reader did."""
    found = {"close", "sign-closure"} - {closing_step(case, pack)}
    if not _may_sign(case, PLAN, pack, person, roles, case.plan_submitted_by):
        found.add("approve-action-plan")
    if not _may_sign(case, CLOSE, pack, person, roles, case.closing.requested_by):
        found.add("sign-closure")
    done = [action for action in case.actions_of_cycle() if action.status == ActionStatus.COMPLETED]
    if done and all(person in (*action.doers, action.owner) for action in done):
        found.add("verify-effect")
    return frozenset(found)


def _may_sign(
    case: Complaint, name: str, pack: Pack | None, person: str, roles: Collection[str], author: str | None
) -> bool:
    steps, signed = chain(pack, name), given(case, name)
    if person in (author, *(one.by for one in signed)):
        return False
    if not steps:
        return True
    if len(signed) >= len(steps):
        return False
    role = steps[len(signed)].role
    return person_asked(case, role) in (None, person) if role in CASE_ROLES else role in roles
