"""Whether the search for a cause was spared, and who was trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from shared.events.findings import FindingEvent, InvestigationWaived, TrainingDelivered, UseErrorDetermined
from shared.kernel.changed import changed
from shared.kernel.fact import Fact


@dataclass(frozen=True)
class Findings:
    """What stands in place of a cause."""

    waiver: InvestigationWaived | None = None
    use_error: UseErrorDetermined | None = None
    trainings: int = 0

    @property
    def in_place_of_a_cause(self) -> bool:
        """Measures may be planned although no cause was recorded."""
        return self.waiver is not None or self.use_error is not None


def fold_findings(findings: Findings, fact: Fact[FindingEvent]) -> Findings:
    """After one more fact."""
    match fact.event:
        case InvestigationWaived() as event:
            return changed(findings, waiver=event)
        case UseErrorDetermined() as event:
            return changed(findings, use_error=event)
        case TrainingDelivered():
            return changed(findings, trainings=findings.trainings + 1)
        case _ as never:
            assert_never(never)
