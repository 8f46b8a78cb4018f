"""The fold of what triage says beside the main way of a case: its regions, and what it changes in the case itself."""

from __future__ import annotations

from typing import cast

from shared.complaint.disputes import fold_disputes
from shared.complaint.field_action import fold_field_action
from shared.complaint.findings import fold_findings
from shared.complaint.handover import fold_handover
from shared.complaint.judgement import fold_judgement
from shared.complaint.related import fold_related
from shared.complaint.reportability import fold_reportability
from shared.complaint.responsibility import fold_accountability
from shared.complaint.state import Complaint, Link
from shared.events import complaint as e
from shared.events.triage_words import FinalBasis
from shared.events.words import GradeBasis
from shared.kernel.changed import changed
from shared.kernel.fact import Fact


def fold_triage(c: Complaint, fact: Fact[e.TriageEvent]) -> Complaint:
    """The case after one more fact, but for its stage."""
    return _beside(_region(c, fact), fact.event)


def _region(c: Complaint, fact: Fact[e.TriageEvent]) -> Complaint:
    """Each topic has a part of the state to itself."""
    event = fact.event
    if isinstance(event, e.JudgementEvent):
        return changed(c, judgement=fold_judgement(c.judgement, cast("Fact[e.JudgementEvent]", fact)))
    if isinstance(event, e.HandoverEvent):
        return changed(c, handover=fold_handover(c.handover, cast("Fact[e.HandoverEvent]", fact)))
    if isinstance(event, e.ResponsibilityEvent):
        return changed(
            c, accountability=fold_accountability(c.accountability, cast("Fact[e.ResponsibilityEvent]", fact))
        )
    if isinstance(event, e.FieldActionEvent):
        return changed(c, field_action=fold_field_action(c.field_action, cast("Fact[e.FieldActionEvent]", fact)))
    if isinstance(event, e.RelatedEvent):
        return changed(c, related=fold_related(c.related, cast("Fact[e.RelatedEvent]", fact)))
    if isinstance(event, e.FindingEvent):
        return changed(c, findings=fold_findings(c.findings, cast("Fact[e.FindingEvent]", fact)))
    if isinstance(event, e.ReportabilityEvent):
        return changed(c, reportability=fold_reportability(c.reportability, cast("Fact[e.ReportabilityEvent]", fact)))
    return changed(c, disputes=fold_disputes(c.disputes, cast("Fact[e.DisputeEvent]", fact)))


def _beside(c: Complaint, event: e.TriageEvent) -> Complaint:
    """What some of them change beyond their own part."""
    match event:
        case e.GradeReviewed(confirmed=True):
            return changed(c, grade_basis=GradeBasis.CONFIRMED)
        case e.FinalGradeAssigned():
            basis = GradeBasis.CONFIRMED if event.basis == FinalBasis.RESULT else GradeBasis.PRESUMED
            return changed(c, grade=event.grade, rank=event.rank, grade_basis=basis)
        case e.AssignmentDeclined():
            return changed(c, owner=None)
        case e.TransferAccepted():
            return changed(c, site=event.to_site, owner=event.owner, department=event.department or c.department)
        case e.SimilarComplaintLinked():
            return changed(c, links=(*c.links, Link(event.other, event.other_case_no, event.relation)))
        case e.MergeUndone():
            return changed(c, merged_into=None)
        case e.EvidenceDisputeResolved(department=department) if department is not None:
            return changed(c, department=department)
        case _:
            return c
