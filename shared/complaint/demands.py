"""What the customer asks for, and which promises customer or contract replace."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import assert_never

from shared.events.demands import (
    ContractTermsRecorded,
    CustomerDemandRecorded,
    CustomerRequirementRecorded,
    DemandEvent,
)
from shared.kernel.changed import changed
from shared.kernel.fact import Fact


@dataclass(frozen=True)
class Term:
    """What goes before a promise of the procedure: a day or a length of time, from the contract or from the customer."""

    term_id: str
    clause: str | None
    due: date | None
    target: str | None
    contract_ref: str | None = None
    """None for what the customer asks for without a contract."""


@dataclass(frozen=True)
class Demands:
    """Everything the customer wants."""

    items: dict[str, CustomerDemandRecorded] = field(default_factory=dict[str, CustomerDemandRecorded])
    terms: dict[str, Term] = field(default_factory=dict[str, Term])

    def term(self, clause: str) -> Term | None:
        """What replaces a clause: a contract goes before a wish, and the latest of each before those before it."""
        if not self.terms:
            return None  # as of nearly every case
        said = [term for term in self.terms.values() if term.clause == clause]
        return max(enumerate(said), key=lambda one: (one[1].contract_ref is not None, one[0]), default=(0, None))[1]


def fold_demands(demands: Demands, fact: Fact[DemandEvent]) -> Demands:
    """The demands after one more fact."""
    match fact.event:
        case CustomerDemandRecorded() as event:
            return changed(demands, items={**demands.items, event.demand_id: event})
        case CustomerRequirementRecorded() as event:
            term = Term(event.term_id, event.clause, event.due, event.target)
            return changed(demands, terms={**demands.terms, event.term_id: term})
        case ContractTermsRecorded() as event:
            term = Term(event.term_id, event.clause, event.due, event.target, event.contract_ref)
            return changed(demands, terms={**demands.terms, event.term_id: term})
        case _ as never:
            assert_never(never)
