"""Who is held responsible for what went wrong, for now and for good."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from shared.events.responsibility import (
    ResponsibilityConfirmed,
    ResponsibilityEvent,
    ResponsibilityPreliminarilyAssigned,
    Shares,
)
from shared.kernel.changed import changed
from shared.kernel.fact import Fact


@dataclass(frozen=True)
class Accountability:
    """The latest word on it; what was said before stands in the timeline."""

    preliminary: Shares = ()
    confirmed: ResponsibilityConfirmed | None = None

    @property
    def shares(self) -> Shares:
        """How departments share it: as confirmed, or else as it seemed."""
        return self.preliminary if self.confirmed is None else self.confirmed.departments


def fold_accountability(accountability: Accountability, fact: Fact[ResponsibilityEvent]) -> Accountability:
    """After one more fact."""
    match fact.event:
        case ResponsibilityPreliminarilyAssigned() as event:
            return changed(accountability, preliminary=event.departments)
        case ResponsibilityConfirmed() as event:
            return changed(accountability, confirmed=event)
        case _ as never:
            assert_never(never)
