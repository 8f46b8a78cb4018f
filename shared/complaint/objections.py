"""What the customer objects to, how high it has climbed, and how it was settled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from shared.events.dialogue import (
    CustomerObjectionEscalated,
    CustomerObjectionRaised,
    CustomerObjectionResolved,
    ObjectionEvent,
    ObjectionOutcome,
    ObjectionSubject,
)
from shared.kernel.changed import changed
from shared.kernel.fact import Fact


@dataclass(frozen=True)
class Objection:
    """One objection. `role` is who is to answer at this level; None where no policy says."""

    objection_id: str
    subject: ObjectionSubject
    raised_at: datetime
    level: int = 1
    role: str | None = None
    outcome: ObjectionOutcome | None = None


def fold_objections(objections: dict[str, Objection], fact: Fact[ObjectionEvent]) -> dict[str, Objection]:
    """The objections after one more fact."""
    id = fact.event.objection_id
    one = objections.get(id)
    match fact.event:
        case CustomerObjectionRaised() as event:
            one = Objection(id, event.subject, fact.occurred_at, role=event.role)
        case CustomerObjectionEscalated() as event:
            one = one and changed(one, level=event.level, role=event.role)
        case CustomerObjectionResolved() as event:
            one = one and changed(one, outcome=event.outcome)
        case _ as never:
            assert_never(never)
    return objections if one is None else {**objections, id: one}
