"""What the customer was offered, agreed to and got. None of it moves the case, and the case does not move it (S1-54)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from shared.events.remedies import (
    RemedyAgreed,
    RemedyBasis,
    RemedyEvent,
    RemedyExecuted,
    RemedyItem,
    RemedyProposed,
    ServiceRestored,
)
from shared.kernel.changed import changed
from shared.kernel.fact import Fact


class RemedyStatus(StrEnum):
    """How far a remedy is."""

    PROPOSED = "proposed"
    AGREED = "agreed"
    EXECUTED = "executed"


@dataclass(frozen=True)
class Remedy:
    """One offer."""

    remedy_id: str
    offer: tuple[RemedyItem, ...]
    offer_basis: RemedyBasis
    owner: str | None = None
    status: RemedyStatus = RemedyStatus.PROPOSED
    executed_at: datetime | None = None


def fold_remedies(remedies: dict[str, Remedy], fact: Fact[RemedyEvent]) -> dict[str, Remedy]:
    """The remedies after one more fact."""
    match fact.event:
        case ServiceRestored():
            return remedies
        case RemedyProposed() as event:
            return {**remedies, event.remedy_id: Remedy(event.remedy_id, event.offer, event.offer_basis, event.owner)}
        case RemedyAgreed() as event:
            changes = {"status": RemedyStatus.AGREED}
        case RemedyExecuted() as event:
            changes = {"status": RemedyStatus.EXECUTED, "executed_at": fact.occurred_at}
        case _ as never:
            assert_never(never)
    one = remedies.get(event.remedy_id)
    return remedies if one is None else {**remedies, event.remedy_id: changed(one, **changes)}
