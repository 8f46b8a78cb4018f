"""Approval chains: who signs next, whether that person may, and whether everybody has (domain §1.4, G-APPR, G-SOD).

A chain is data of the policy. What is signed is named by the chain and an id within the case: `plan`, p2.
"""

from __future__ import annotations

from collections.abc import Collection

from shared.complaint.rounds import STEPS, Round
from shared.complaint.signatures import Signature, key
from shared.complaint.state import Complaint
from shared.events.complaint import CaseText
from shared.events.signatures import StepReturned, StepSigned
from shared.events.words import Meaning
from shared.kernel.errors import Refused
from shared.kernel.fact import Occasion
from shared.policy.access import COMMANDS, LEADERS, QUALITY, SERVICE
from shared.policy.pack import ChainStep, Pack
from shared.policy.promise_terms import CASE_ROLES
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


# ── whose turn it is ──────────────────────────────────────────────────────────────────────────────────────────────────
CARRIED_OUT = frozenset({Meaning.ISSUE, Meaning.EXECUTION})
"""Meanings of the steps that come after everybody has agreed."""
AUTHOR = "author"
ALONE = {
    "approve_plan": LEADERS, "sign_report": (*LEADERS, *QUALITY), "issue_report": SERVICE,
    "approve_compensation": LEADERS, "authorise_replacement": QUALITY,
    **{door.replace("-", "_"): COMMANDS[door] for door in ("pay-compensation", "execute-charge", "ship-replacement")},
}  # fmt: skip
"""What waits → the roles of which one is enough where the chain has no step for it; nobody's where it is not listed."""
_LONGEST = 20


def step_of(round: Round, pack: Pack) -> ChainStep | None:
    """The step of the policy that is next; None where the policy has none for it."""
    steps = _steps(round.chain, round.carried_out, pack)
    return steps[given] if (given := _given(round)) < len(steps) else None


def turn(round: Round) -> str:
    """How far it is, for lists that do not know the policy: `charge/1`."""
    return _turn(round.chain, round.carried_out, _given(round))


def turns(step: str, pack: Pack, roles: Collection[str]) -> list[str]:
    """The turns at which somebody with these roles takes this step; those that go by name are told as `plan/0 case_owner`."""
    found = list[str]()
    chains, carried_out = STEPS[step]
    for chain in chains:
        steps = _steps(chain, carried_out, pack)
        for given, one in enumerate(steps):
            named = one.role in CASE_ROLES or (one.meaning == Meaning.AUTHORSHIP and step == "sign_report")
            if named:
                found.append(by_name(_turn(chain, carried_out, given), one.role if one.role in CASE_ROLES else AUTHOR))
            elif one.role in roles:
                found.append(_turn(chain, carried_out, given))
        if set(roles).intersection(ALONE.get(step, ())):
            found += [_turn(chain, carried_out, given) for given in range(len(steps), _LONGEST)]
    return found


def by_name(turn: str, part: str) -> str:
    """The turn of one person alone: of the author, or of whoever has that part in the case."""
    return f"{turn} {part}"


def _steps(chain: str, carried_out: bool, pack: Pack) -> list[ChainStep]:
    steps = (pack.approval_chains or {}).get(chain, ())
    return [step for step in steps if (step.meaning in CARRIED_OUT) == carried_out]


def _given(round: Round) -> int:
    return sum((one.meaning in CARRIED_OUT) == round.carried_out for one in round.signed)


def _turn(chain: str, carried_out: bool, given: int) -> str:
    return f"{chain}/{'out/' if carried_out else ''}{given}"
