"""Whether the owner of a case has accepted it, and whether it is on its way to another site."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from shared.events.handover import (
    AssignmentAccepted,
    AssignmentDeclined,
    HandoverEvent,
    TransferAccepted,
    TransferDeclined,
    TransferredToSite,
)
from shared.kernel.changed import changed
from shared.kernel.fact import Fact


@dataclass(frozen=True)
class Handover:
    """Of the present owner, and of the case as a whole."""

    accepted_at: datetime | None = None
    declined_by: tuple[str, ...] = ()
    to_site: str | None = None
    """Where the case was handed to, as long as that site has not answered."""
    earlier_sites: tuple[str, ...] = ()


def fold_handover(handover: Handover, fact: Fact[HandoverEvent]) -> Handover:
    """After one more fact."""
    match fact.event:
        case AssignmentAccepted():
            return changed(handover, accepted_at=fact.occurred_at)
        case AssignmentDeclined() as event:
            return changed(handover, accepted_at=None, declined_by=(*handover.declined_by, event.owner))
        case TransferredToSite() as event:
            return changed(handover, to_site=event.to_site)
        case TransferAccepted() as event:
            earlier = (*handover.earlier_sites, event.from_site)
            return changed(handover, accepted_at=None, to_site=None, earlier_sites=earlier)
        case TransferDeclined():
            return changed(handover, to_site=None)
        case _ as never:
            assert_never(never)
