"""The reports of a case, each with its revision and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never

from shared.events.capa_words import ReportKind
from shared.events.reports import (
    ReportAccepted,
    ReportApproved,
    ReportDrafted,
    ReportEvent,
    ReportIssued,
    ReportRejected,
    ReportReviewed,
)
from shared.kernel.changed import changed
from shared.kernel.fact import Fact
from shared.kernel.values import Money


class ReportStatus(StrEnum):
    """How far a report is."""

    DRAFTED = "drafted"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    ISSUED = "issued"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


def chain_of(kind: ReportKind) -> str:
    """The report on the handling stays in the house (S4-60); all others go to the customer (S4-83)."""
    return "handling_report" if kind == ReportKind.HANDLING_REPORT else "customer_report"


@dataclass(frozen=True)
class Report:
    """One report in its latest revision."""

    report_id: str
    kind: ReportKind
    revision: int
    author: str
    cycle: int
    status: ReportStatus = ReportStatus.DRAFTED
    paper: bool = False
    """There is a page of it: made from the facts, or the customer's own form (S4-82)."""
    compensation: Money | None = None
    issued_at: datetime | None = None
    next_report_due: date | None = None

    @property
    def signed_as(self) -> str:
        """What its signatures are given for."""
        return f"{self.report_id}.{self.revision}"


def fold_reports(reports: dict[str, Report], cycle: int, fact: Fact[ReportEvent]) -> dict[str, Report]:
    """The reports after one more fact."""
    match fact.event:
        case ReportDrafted() as event:
            paid = event.handling.compensation if event.handling else None
            report = Report(
                event.report_id, event.report_kind, event.revision, fact.actor.id, cycle, paper=event.file is not None,
                compensation=paid,
            )  # fmt: skip
        case ReportReviewed() as event:
            report = changed(reports[event.report_id], status=ReportStatus.REVIEWED)
        case ReportApproved() as event:
            report = changed(reports[event.report_id], status=ReportStatus.APPROVED)
        case ReportIssued() as event:
            report = changed(
                reports[event.report_id], status=ReportStatus.ISSUED, issued_at=fact.occurred_at,
                next_report_due=event.next_report_due,
            )  # fmt: skip
        case ReportAccepted() as event:
            report = changed(reports[event.report_id], status=ReportStatus.ACCEPTED)
        case ReportRejected() as event:
            report = changed(reports[event.report_id], status=ReportStatus.REJECTED)
        case _ as never:
            assert_never(never)
    return {**reports, report.report_id: report}
