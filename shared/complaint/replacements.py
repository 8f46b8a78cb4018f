"""Requests for parts, an exchange or a return: how far each is, and whose signature is still owed (S2-28, S2-29)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, assert_never

from shared.events.replacements import (
    ReplacementAuthorised,
    ReplacementDelivered,
    ReplacementEvent,
    ReplacementItem,
    ReplacementKind,
    ReplacementRefused,
    ReplacementRequested,
    ReplacementResponsibilitySigned,
    ReplacementShipped,
    ReturnReceived,
)
from shared.events.words import Department
from shared.kernel.changed import changed
from shared.kernel.fact import Fact


class ReplacementStatus(StrEnum):
    """How far a request is."""

    REQUESTED = "requested"
    AUTHORISED = "authorised"
    REFUSED = "refused"
    SHIPPED = "shipped"
    DELIVERED = "delivered"


@dataclass(frozen=True)
class Replacement:
    """One request."""

    replacement_id: str
    kind: ReplacementKind
    parts: tuple[ReplacementItem, ...]
    urgent: bool
    requested_by: str
    status: ReplacementStatus = ReplacementStatus.REQUESTED
    department: Department | None = None
    signature_owed: bool = False
    """It left before anybody signed for the responsible department."""
    retro_sign_due: date | None = None
    tracking_no: str | None = None
    expected_arrival: date | None = None


@dataclass(frozen=True)
class Replacements:
    """All requests of a case, and what came back."""

    requests: dict[str, Replacement] = field(default_factory=dict[str, Replacement])
    returns: tuple[str, ...] = ()

    @property
    def signatures_owed(self) -> tuple[str, ...]:
        """Requests whose responsible department is still to be signed for."""
        return tuple(one.replacement_id for one in self.requests.values() if one.signature_owed)


def fold_replacements(replacements: Replacements, fact: Fact[ReplacementEvent]) -> Replacements:
    """The replacements after one more fact."""
    match fact.event:
        case ReplacementRequested() as event:
            one = Replacement(event.replacement_id, event.kind, event.parts, event.urgent, fact.actor.id)
            return changed(replacements, requests={**replacements.requests, one.replacement_id: one})
        case ReturnReceived() as event:
            return changed(replacements, returns=(*replacements.returns, event.return_id))
        case ReplacementAuthorised() as event:
            changes: dict[str, Any] = {
                "status": ReplacementStatus.AUTHORISED, "department": event.department, "signature_owed": event.pending,
                "retro_sign_due": event.retro_sign_due,
            }  # fmt: skip
        case ReplacementRefused() as event:
            changes = {"status": ReplacementStatus.REFUSED}
        case ReplacementResponsibilitySigned() as event:
            changes = {"department": event.department, "signature_owed": False}
        case ReplacementShipped() as event:
            changes = {
                "status": ReplacementStatus.SHIPPED, "tracking_no": event.tracking_no,
                "expected_arrival": event.expected_arrival,
            }  # fmt: skip
        case ReplacementDelivered() as event:
            changes = {"status": ReplacementStatus.DELIVERED}
        case _ as never:
            assert_never(never)
    one = replacements.requests.get(event.replacement_id)
    if one is None:
        return replacements
    return changed(replacements, requests={**replacements.requests, one.replacement_id: changed(one, **changes)})
