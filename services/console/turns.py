"""Whose turn it is: what signatures and the separation of duties leave of the commands, for one reader (G-APPR, G-SOD)."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from shared.complaint.rounds import CLOSE, STEPS, Round, rounds
from shared.complaint.state import ActionStatus, Complaint, Stage
from shared.events.words import Meaning
from shared.policy.chains import ALONE, step_of
from shared.policy.pack import Pack
from shared.policy.promise_terms import CASE_ROLES

DOOR_OF = {"approve_plan": "approve-action-plan"}
"""What waits for a signature → the command that gives it, if it is not called the same."""
SIGNED = tuple(step for step, (_, carried_out) in STEPS.items() if not carried_out)
OWNERS = (Stage.ASSIGNED, Stage.INVESTIGATING, Stage.PLANNING)
"""Where whoever answers for the case takes the next step."""


def is_signed(pack: Pack) -> bool:
    """Whether a policy has closures signed."""
    return bool((pack.approval_chains or {}).get(CLOSE))


def closing_step(case: Complaint, pack: Pack) -> str:
    """What brings the case nearer to its end: asking for the signatures, giving one, or closing where none are asked for."""
    if not is_signed(pack):
        return "close"
    return "request-closure" if case.closing.request is None else "sign-closure"


def barred(case: Complaint, pack: Pack, person: str, roles: Collection[str]) -> frozenset[str]:
    """Commands that would only be refused: somebody else is to sign, or has to judge what this reader did."""
    mine = {round.step for round in rounds(case) if _takes(round, case, pack, person, roles)}
    found = {_door(step) for step in SIGNED if step not in mine}
    found |= {"close", "sign-closure"} - {closing_step(case, pack)}
    done = [action for action in case.actions_of_cycle() if action.status == ActionStatus.COMPLETED]
    if done and all(person in (*action.doers, *action.planners, action.owner) for action in done):
        found.add("verify-effect")
    return frozenset(found)


def waiting(case: Complaint) -> Iterator[Round]:
    """Signatures that hold up the case in its stage: those of the plan, or of the closure."""
    return (round for round in rounds(case) if round.step in ("approve_plan", "sign_closure"))


def asked_next(case: Complaint, pack: Pack) -> str | None:
    """The role, or the part in the case, that is to sign next; None where nothing waits for a signature."""
    steps = (step_of(round, pack) for round in waiting(case))
    return next((step.role for step in steps if step is not None), None)


def person_asked(case: Complaint, role: str | None) -> str | None:
    """Who has this part in the case; who answers for it, where its steps are the owner's."""
    if role is None:
        return case.owner if case.stage in OWNERS else None
    return {"case_owner": case.owner, "first_responsible": case.first_responsible}.get(role)


def _door(step: str) -> str:
    return DOOR_OF.get(step, step.replace("_", "-"))


def _takes(round: Round, case: Complaint, pack: Pack, person: str, roles: Collection[str]) -> bool:
    """As the decisions have it (`shared/policy/chains.py`)."""
    step = step_of(round, pack)
    if step is not None and step.meaning == Meaning.AUTHORSHIP and round.step == "sign_report":
        return person in round.authors
    if round.only is not None:
        return person == round.only
    if person in round.never:
        return False
    if round.roles:
        return not set(round.roles).isdisjoint(roles)
    if step is None:
        return not set(ALONE.get(round.step, ())).isdisjoint(roles)
    return person_asked(case, step.role) in (None, person) if step.role in CASE_ROLES else step.role in roles
