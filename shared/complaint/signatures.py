"""Who has signed what in a case, folded from its signatures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from shared.events.signatures import SignatureEvent, StepReturned, StepSigned
from shared.events.words import Meaning
from shared.kernel.fact import Fact

Signed = dict[str, "tuple[Signature, ...]"]
"""`chain/of` → the signatures of the present round, in order."""


@dataclass(frozen=True)
class Signature:
    """One signature."""

    step: int
    role: str
    meaning: Meaning
    by: str
    at: datetime
    on_behalf_of: str | None = None


def key(chain: str, of: str) -> str:
    """Under which a round of signatures is kept."""
    return f"{chain}/{of}"


def fold_signatures(signed: Signed, fact: Fact[SignatureEvent]) -> Signed:
    """The signatures after one more fact."""
    match fact.event:
        case StepSigned() as event:
            one = Signature(
                event.step, event.role, event.meaning, fact.actor.id, fact.occurred_at, fact.actor.on_behalf_of
            )
            here = key(event.chain, event.of)
            return {**signed, here: (*signed.get(here, ()), one)}
        case StepReturned() as event:
            return {**signed, key(event.chain, event.of): ()}
        case _ as never:
            assert_never(never)
