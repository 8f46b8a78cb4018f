"""Which documents there are, and of which parts each consists."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from services.audit.documents import forms
from services.audit.documents import sections as part
from services.audit.documents.sections import Part
from services.audit.documents.source import Source
from shared.events.capa_words import ReportKind

Layout = tuple[tuple[str, Part], ...]
"""Heading → what stands under it."""

LAYOUT = 1
"""Raised whenever a page would come out otherwise; it stands on every page, so that nobody compares across it."""


class DocumentKind(StrEnum):
    """What can be printed; all but the first are about one thing of the case."""

    EIGHT_D = "8d"
    REPORT = "report"
    REPLACEMENT = "replacement"
    STOCKTAKE = "stocktake"


EIGHT_D: Layout = (
    ("d0", part.emergency), ("d1", part.team), ("d2", part.problem), ("d3", part.containment), ("d4", part.causes),
    ("d5", part.chosen), ("d6", part.implemented), ("d7", part.prevention), ("d8", part.conclusion),
    ("evidence", part.evidence),
)  # fmt: skip
"""Form F5 of the domain (S2-39 to S2-41, S4-86)."""
_ENDING: Layout = (("contributions", part.contributions), ("signatures", part.signatures))

REPORTS: Mapping[ReportKind, Layout] = {
    ReportKind.EIGHT_D: (("summary", part.summary), *EIGHT_D, *_ENDING),
    ReportKind.INITIAL: (
        ("summary", part.summary), ("facts", part.problem), ("containment", part.containment), *_ENDING,
    ),
    ReportKind.PROGRESS: (
        ("summary", part.summary), ("facts", part.problem), ("containment", part.containment), ("causes", part.causes),
        ("actions", part.done), *_ENDING,
    ),
    ReportKind.FINAL: (
        ("summary", part.summary), ("facts", part.problem), ("containment", part.containment), ("causes", part.causes),
        ("countermeasures", part.chosen), ("effect", part.implemented), ("prevention", part.prevention),
        ("evidence", part.evidence), *_ENDING,
    ),
    ReportKind.RECTIFICATION: (
        ("summary", part.summary), ("facts", part.problem), ("causes", part.causes), ("countermeasures", part.chosen),
        ("effect", part.implemented), *_ENDING,
    ),
    ReportKind.LETTER: (
        ("letter", part.summary), ("demands", part.demands), ("countermeasures", part.measures), *_ENDING,
    ),
    ReportKind.HANDLING_REPORT: (
        ("summary", part.summary), ("handling", part.handling), ("facts", part.complaint), *_ENDING,
    ),
}  # fmt: skip
"""RT-2, RT-4, RT-6, RT-7 and F8 of the domain (S2-33, S4-59, S4-80 to S4-86)."""

REPLACEMENT: Layout = (
    ("request", forms.request), ("decision", forms.decision), ("retro_signature", forms.retro_signature),
    ("shipment", forms.shipment), ("returned", forms.returned),
)  # fmt: skip
"""Form F4 of the domain (S2-21, S2-28, S2-29, S2-54)."""

STOCKTAKE: Layout = (
    ("claim", forms.claim), ("count", forms.count), ("counters", forms.counters), ("outcome", forms.outcome),
)  # fmt: skip
"""The record of a count of three (S2-34 to S2-38)."""


def layout_of(kind: DocumentKind, source: Source) -> Layout:
    """The parts of a document."""
    match kind:
        case DocumentKind.EIGHT_D:
            return EIGHT_D
        case DocumentKind.REPORT:
            assert source.report is not None
            return REPORTS[source.report.event.report_kind]
        case DocumentKind.REPLACEMENT:
            return REPLACEMENT
        case DocumentKind.STOCKTAKE:
            return STOCKTAKE
