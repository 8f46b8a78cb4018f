"""Approval chains: who signs next, whether that person may, and whether everybody has (domain §1.4, G-APPR, G-SOD).

A chain is data of the policy. What is signed is named by the chain and an id within the case: `plan`, p2.
"""

from __future__ import annotations

from collections.abc import Collection

from shared.complaint.signatures import Signature, key
from shared.complaint.state import Complaint
from shared.events.complaint import CaseText
from shared.events.signatures import StepReturned, StepSigned
from shared.kernel.errors import Refused
from shared.kernel.fact import Occasion
from shared.policy.pack import CASE_ROLES, ChainStep
from shared.policy.rules import Rules


def steps_of(complaint: Complaint, chain: str, occasion: Occasion, rules: Rules) -> tuple[ChainStep, ...]:
    """The steps that the policy of the case's site asks for; none where it has no such chain."""
    chains = rules.policy(complaint.site, occasion.at).pack.approval_chains or {}
    return chains.get(chain, ())


def signatures(complaint: Complaint, chain: str, of: str) -> tuple[Signature, ...]:
    """Those of the present round."""
    return complaint.signed.get(key(chain, of), ())


def sign(
    complaint: Complaint,
    chain: str,
    of: str,
    steps: tuple[ChainStep, ...],
    occasion: Occasion,
    rules: Rules,
    *,
    authors: Collection[str] = (),
    comment: CaseText | None = None,
) -> StepSigned:
    """The signature of the next step; refused to whoever wrote it, has signed it, or is not the one who is asked."""
    given = signatures(complaint, chain, of)
    number = len(given) + 1
    if number > len(steps):
        raise Refused("every step of this is signed", rule="G-APPR")
    step = steps[number - 1]
    if occasion.actor.id in {*authors, *(one.by for one in given)}:
        raise Refused(
            f"{occasion.actor.id} wrote or signed this and cannot sign it again",
            rule="G-SOD",
            way_out=f"somebody else signs step {number}, as {step.role}",
        )
    _may(complaint, step, number, occasion, rules)
    return StepSigned(chain=chain, of=of, step=number, role=step.role, meaning=step.meaning, comment=comment)


def send_back(
    complaint: Complaint, chain: str, of: str, steps: tuple[ChainStep, ...], occasion: Occasion, rules: Rules,
    reason: CaseText,
) -> StepReturned:  # fmt: skip
    """Returned by whoever was to sign next."""
    number = len(signatures(complaint, chain, of)) + 1
    if number > len(steps):
        raise Refused("every step of this is signed", rule="G-APPR")
    _may(complaint, steps[number - 1], number, occasion, rules)
    return StepReturned(chain=chain, of=of, step=number, role=steps[number - 1].role, reason=reason)


def complete(complaint: Complaint, chain: str, of: str, steps: tuple[ChainStep, ...], more: int = 0) -> bool:
    """Whether everybody has signed; `more` counts those that are just being given."""
    return len(signatures(complaint, chain, of)) + more >= len(steps)


def _may(complaint: Complaint, step: ChainStep, number: int, occasion: Occasion, rules: Rules) -> None:
    who = occasion.actor.id
    if step.role in CASE_ROLES:
        person = {"case_owner": complaint.owner, "first_responsible": complaint.first_responsible}.get(step.role)
        allowed = person is None or person == who
    else:
        allowed = step.role in rules.roles(who, complaint.site, occasion.now)
    if not allowed:
        raise Refused(
            f"step {number} is signed as {step.role}", rule="G-APPR",
            way_out=f"somebody who is {step.role} at {complaint.site}, or stands in for one, signs it",
        )  # fmt: skip
