"""Disputes that neither side can prove, and the stock-takes that decide them (domain §1.7)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import assert_never

from shared.complaint.signatures import Signature, Signed, key
from shared.events.disputes import (
    Claim,
    DisputeEvent,
    EvidenceDisputeOpened,
    EvidenceDisputeResolved,
    StocktakePerformed,
)
from shared.kernel.changed import changed
from shared.kernel.fact import Fact

STOCKTAKE = "stocktake"
"""The chain under which counters sign."""


@dataclass(frozen=True)
class Dispute:
    """One claim and what became of it."""

    dispute_id: str
    claim: Claim
    resolved: EvidenceDisputeResolved | None = None


@dataclass(frozen=True)
class Disputes:
    """All of a case."""

    disputes: dict[str, Dispute] = field(default_factory=dict[str, Dispute])
    counts: dict[str, StocktakePerformed] = field(default_factory=dict[str, StocktakePerformed])

    @property
    def open(self) -> tuple[str, ...]:
        """Those that are not resolved; meanwhile no cause can be found."""
        return tuple(one.dispute_id for one in self.disputes.values() if one.resolved is None)

    def latest_count(self, dispute_id: str) -> StocktakePerformed | None:
        """The stock-take that counts: the last one."""
        return next((one for one in reversed(self.counts.values()) if one.dispute_id == dispute_id), None)


def fold_disputes(disputes: Disputes, fact: Fact[DisputeEvent]) -> Disputes:
    """After one more fact."""
    match fact.event:
        case EvidenceDisputeOpened() as event:
            one = Dispute(event.dispute_id, event.claim)
            return changed(disputes, disputes={**disputes.disputes, event.dispute_id: one})
        case StocktakePerformed() as event:
            return changed(disputes, counts={**disputes.counts, event.stocktake_id: event})
        case EvidenceDisputeResolved() as event:
            one = disputes.disputes.get(event.dispute_id)
            if one is None:
                return disputes
            resolved = changed(one, resolved=event)
            return changed(disputes, disputes={**disputes.disputes, event.dispute_id: resolved})
        case _ as never:
            assert_never(never)


def counters(count: StocktakePerformed, signed: Signed) -> tuple[Signature, ...]:
    """Who has signed a stock-take."""
    return signed.get(key(STOCKTAKE, count.stocktake_id), ())


def still_to_sign(count: StocktakePerformed, signed: Signed) -> tuple[str, ...]:
    """The roles that have not signed it yet."""
    given = {one.role for one in counters(count, signed)}
    return tuple(role for role in count.counters if role not in given)
