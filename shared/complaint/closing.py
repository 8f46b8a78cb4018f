"""The closure that was asked for last, and whether it still stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from shared.events.capa import ClosingEvent, ClosureRequested, ClosureReturned
from shared.kernel.changed import changed
from shared.kernel.fact import Fact


@dataclass(frozen=True)
class Closing:
    """`number` counts the requests; `request` is the one that waits, if any."""

    number: int = 0
    request: ClosureRequested | None = None
    requested_by: str | None = None


def fold_closing(closing: Closing, fact: Fact[ClosingEvent]) -> Closing:
    """After one more fact."""
    match fact.event:
        case ClosureRequested() as event:
            return Closing(event.request, event, fact.actor.id)
        case ClosureReturned():
            return changed(closing, request=None)
        case _ as never:
            assert_never(never)
