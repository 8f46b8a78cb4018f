"""How far the trouble reaches, and what was decided about goods outside and inside the house (domain §1.8)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import assert_never

from shared.complaint.signatures import Signed, key
from shared.events.field_action import (
    FieldActionEvent,
    ImpactScopeAssessed,
    ProductionResumed,
    ProductionStopOrdered,
    ProductionStopRefused,
    RecallDecided,
    RecallProgressed,
)
from shared.events.triage_words import RecallDecision
from shared.events.words import Where
from shared.kernel.changed import changed
from shared.kernel.fact import Fact
from shared.kernel.values import Rank

RECALL = "recall"
"""The chain under which a decision on a recall is signed."""


@dataclass(frozen=True)
class ProductionStop:
    """One notice to stop production."""

    stop_id: str
    notice_no: str
    ordered_by: str
    resumed: bool = False


@dataclass(frozen=True)
class FieldAction:
    """What is known and decided about goods that may have the same trouble."""

    scope: ImpactScopeAssessed | None = None
    """The latest assessment."""
    assessments: int = 0
    recalls: dict[str, RecallDecided] = field(default_factory=dict[str, RecallDecided])
    recall_author: str | None = None
    """Who recorded the latest decision on a recall; nobody consents to a decision of their own (G-SOD)."""
    progress: RecallProgressed | None = None
    stops: dict[str, ProductionStop] = field(default_factory=dict[str, ProductionStop])
    stop_refused: bool = False
    """Of the latest assessment."""

    def at(self, *places: Where) -> int:
        """How many pieces are concerned at these places."""
        return sum(one.quantity for one in self.scope.population if one.location in places) if self.scope else 0

    @property
    def shipped(self) -> int:
        """Pieces that have left the house and arrived."""
        return self.at(Where.CUSTOMER)

    @property
    def in_process(self) -> int:
        """Pieces that are being made."""
        return self.at(Where.LINE, Where.WIP)

    @property
    def standing(self) -> tuple[str, ...]:
        """Stops of production that have not been lifted."""
        return tuple(stop.stop_id for stop in self.stops.values() if not stop.resumed)


def fold_field_action(action: FieldAction, fact: Fact[FieldActionEvent]) -> FieldAction:
    """After one more fact."""
    match fact.event:
        case ImpactScopeAssessed() as event:
            return changed(action, scope=event, assessments=action.assessments + 1, stop_refused=False)
        case RecallDecided() as event:
            return changed(
                action, recalls={**action.recalls, event.decision_id: event}, recall_author=fact.actor.id, progress=None
            )
        case RecallProgressed() as event:
            return changed(action, progress=event)
        case ProductionStopOrdered() as event:
            stop = ProductionStop(event.stop_id, event.notice_no, fact.actor.id)
            return changed(action, stops={**action.stops, event.stop_id: stop})
        case ProductionStopRefused():
            return changed(action, stop_refused=True)
        case ProductionResumed() as event:
            stop = action.stops.get(event.stop_id)
            stops = action.stops if stop is None else {**action.stops, event.stop_id: changed(stop, resumed=True)}
            return changed(action, stops=stops)
        case _ as never:
            assert_never(never)


def latest(action: FieldAction) -> RecallDecided | None:
    """The latest decision on a recall, whether or not everybody has signed it."""
    return list(action.recalls.values())[-1] if action.recalls else None


def waits_for_signature(action: FieldAction, signed: Signed) -> bool:
    """Whether the latest decision on a recall is not yet signed by everybody whom the policy asks."""
    decision = latest(action)
    if decision is None:
        return False
    return len(signed.get(key(RECALL, decision.decision_id), ())) < len(decision.signed_as)


def undecided(action: FieldAction, rank: Rank | None, signed: Signed) -> str | None:
    """Why a case cannot be closed yet, as far as goods outside the house are concerned; None when it can (G-RECALL)."""
    if rank != Rank.CRITICAL or not action.shipped:
        return None
    if latest(action) is None:
        return f"{action.shipped} shipped pieces are concerned, and nobody has decided whether to recall them"
    if waits_for_signature(action, signed):
        return "the decision on the recall is not signed by everybody yet"
    return None


def recalling(action: FieldAction, signed: Signed) -> bool:
    """Whether goods are being called back and some of them are not accounted for."""
    decision = latest(action)
    if decision is None or decision.decision != RecallDecision.RECALL or waits_for_signature(action, signed):
        return False
    return action.progress is None or action.progress.unaccounted > 0


def unsettled(action: FieldAction, signed: Signed) -> str | None:
    """Why the matter does not end with one customer's interest in it; None when nothing else is at stake (T26)."""
    if action.standing:
        return "production is stopped because of it"
    if recalling(action, signed):
        return "goods are being called back"
    if action.shipped and (latest(action) is None or waits_for_signature(action, signed)):
        return f"{action.shipped} shipped pieces are concerned, and nothing is decided about them"
    if action.in_process and not action.stops and not action.stop_refused:
        return f"{action.in_process} pieces in process are concerned, and nothing is decided about them"
    return None
