"""The evidence of a case: what it is, what took its place, and in whose hands the original is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from shared.events.information import EvidenceEvent, EvidenceHandedOver, EvidenceSuperseded
from shared.events.texts import CaseLine, CaseText
from shared.events.words import EvidenceKind
from shared.kernel.changed import changed
from shared.kernel.fact import Fact
from shared.kernel.values import FileRef


@dataclass(frozen=True)
class Evidence:
    """A stored file that shows something."""

    evidence_id: str
    kind: EvidenceKind
    file: FileRef
    attached_at: datetime
    note: CaseText | None = None
    holder: CaseLine | None = None
    superseded_by: str | None = None


def fold_evidence(evidence: dict[str, Evidence], fact: Fact[EvidenceEvent]) -> dict[str, Evidence]:
    """The evidence after one more fact."""
    one = evidence.get(fact.event.evidence_id)
    if one is None:
        return evidence
    match fact.event:
        case EvidenceSuperseded() as event:
            one = changed(one, superseded_by=event.by_evidence_id)
        case EvidenceHandedOver() as event:
            one = changed(one, holder=event.handed_to)
        case _ as never:
            assert_never(never)
    return {**evidence, one.evidence_id: one}
