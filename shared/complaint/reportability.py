"""Under which regimes a case has to be reported, and what the authorities have been told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import assert_never

from shared.events.reportability import AuthorityReportSubmitted, ReportabilityAssessed, ReportabilityEvent
from shared.events.triage_words import ReportKind
from shared.kernel.changed import changed
from shared.kernel.fact import Fact


@dataclass(frozen=True)
class Reportability:
    """By regime; the latest assessment counts."""

    assessed: dict[str, bool] = field(default_factory=dict[str, bool])
    reported: dict[str, tuple[ReportKind, ...]] = field(default_factory=dict[str, "tuple[ReportKind, ...]"])


def fold_reportability(reportability: Reportability, fact: Fact[ReportabilityEvent]) -> Reportability:
    """After one more fact."""
    match fact.event:
        case ReportabilityAssessed() as event:
            return changed(reportability, assessed={**reportability.assessed, event.regime: event.reportable})
        case AuthorityReportSubmitted() as event:
            kinds = (*reportability.reported.get(event.regime, ()), event.kind)
            return changed(reportability, reported={**reportability.reported, event.regime: kinds})
        case _ as never:
            assert_never(never)


def unreported(reportability: Reportability) -> tuple[str, ...]:
    """Regimes under which the case has to be reported and nobody has done so."""
    return tuple(
        regime for regime, due in reportability.assessed.items() if due and not reportability.reported.get(regime)
    )
