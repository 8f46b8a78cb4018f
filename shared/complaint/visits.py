"""Visits to the customer: planned, and reported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from shared.events.information import FieldVisitReported, FieldVisitScheduled, VisitEvent, VisitPurpose
from shared.kernel.changed import changed
from shared.kernel.fact import Fact


@dataclass(frozen=True)
class Visit:
    """One visit."""

    visit_id: str
    purpose: VisitPurpose
    engineer: str
    planned_at: datetime
    demand_id: str | None = None
    reported_at: datetime | None = None


def fold_visits(visits: dict[str, Visit], fact: Fact[VisitEvent]) -> dict[str, Visit]:
    """The visits after one more fact."""
    match fact.event:
        case FieldVisitScheduled() as event:
            visit = Visit(event.visit_id, event.purpose, event.engineer, event.planned_at, event.demand_id)
            return {**visits, event.visit_id: visit}
        case FieldVisitReported() as event:
            visit = visits.get(event.visit_id)
            return visits if visit is None else {**visits, event.visit_id: changed(visit, reported_at=fact.occurred_at)}
        case _ as never:
            assert_never(never)
