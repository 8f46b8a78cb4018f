"""What an investigation has gathered: inspections, traces, tests, attempts, and the causes that were thought of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import assert_never

from shared.events.causes import RootCauseProposed, RootCauseRejected
from shared.events.investigation import (
    InspectionRecorded,
    ReproductionAttempted,
    TestRecorded,
    TraceabilityRecorded,
)
from shared.kernel.changed import changed
from shared.kernel.fact import Fact

GatheringEvent = (
    InspectionRecorded | TraceabilityRecorded | TestRecorded | ReproductionAttempted | RootCauseProposed
    | RootCauseRejected
)  # fmt: skip


@dataclass(frozen=True)
class Inspection:
    """Who looked at what came back: two people, of whom the second has yet to sign, or has."""

    inspection_id: str
    inspector: str
    engineer: str


@dataclass(frozen=True)
class Investigation:
    """By id, in the order in which they were recorded; of all cycles."""

    inspections: dict[str, Inspection] = field(default_factory=dict[str, Inspection])
    traces: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    reproductions: tuple[str, ...] = ()
    proposed: dict[str, RootCauseProposed] = field(default_factory=dict[str, RootCauseProposed])
    rejected: tuple[str, ...] = ()


def fold_investigation(found: Investigation, fact: Fact[GatheringEvent]) -> Investigation:
    """What is known after one more fact."""
    match fact.event:
        case InspectionRecorded() as event:
            one = Inspection(event.inspection_id, fact.actor.id, event.engineer)
            return changed(found, inspections={**found.inspections, event.inspection_id: one})
        case TraceabilityRecorded() as event:
            return changed(found, traces=(*found.traces, event.trace_id))
        case TestRecorded() as event:
            return changed(found, tests=(*found.tests, event.test_id))
        case ReproductionAttempted() as event:
            return changed(found, reproductions=(*found.reproductions, event.reproduction_id))
        case RootCauseProposed() as event:
            return changed(found, proposed={**found.proposed, event.cause_id: event})
        case RootCauseRejected() as event:
            return changed(found, rejected=(*found.rejected, event.cause_id))
        case _ as never:
            assert_never(never)
