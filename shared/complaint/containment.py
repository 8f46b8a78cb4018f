"""The containment of a case: every measure from its definition to the day it is lifted or made permanent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import assert_never

from shared.events.containment import (
    ContainmentDefined,
    ContainmentEvent,
    ContainmentImplemented,
    ContainmentLifted,
    ContainmentVerified,
)
from shared.events.texts import CaseText
from shared.events.words import Where
from shared.kernel.changed import changed
from shared.kernel.fact import Fact


@dataclass(frozen=True)
class Containment:
    """An interim measure that keeps the problem from spreading."""

    containment_id: str
    where: tuple[Where, ...]
    measure: CaseText
    owner: str
    due: date | None = None
    implemented_at: datetime | None = None
    implemented_by: str | None = None
    effective: bool | None = None
    """What its verification found; None before."""
    lifted_at: datetime | None = None
    permanent: bool = False

    @property
    def active(self) -> bool:
        """Neither lifted nor made permanent."""
        return self.lifted_at is None


def fold_containment(
    containment: dict[str, Containment], fact: Fact[ContainmentEvent]
) -> dict[str, Containment]:  # fmt: skip
    """The measures after one more fact."""
    match fact.event:
        case ContainmentDefined() as event:
            measure = Containment(event.containment_id, event.where, event.measure, event.owner, event.due)
        case ContainmentImplemented() as event:
            measure = changed(
                containment[event.containment_id], implemented_at=fact.occurred_at, implemented_by=fact.actor.id
            )
        case ContainmentVerified() as event:
            measure = changed(containment[event.containment_id], effective=event.effective)
        case ContainmentLifted() as event:
            measure = changed(
                containment[event.containment_id], lifted_at=fact.occurred_at, permanent=event.made_permanent
            )
        case _ as never:
            assert_never(never)
    return {**containment, measure.containment_id: measure}
