"""The lifecycle of a complaint in one table: which event may happen in which stage, and where it leads.

The desk refuses what is not listed, pages offer what is listed, documentation and tests are made from it (architecture §3).
Guards that need more than the stage stand in the services' `decide`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shared.complaint.state import OPEN, ActionStatus, Complaint, Stage
from shared.events import complaint as events
from shared.events.triage_words import DisputeOutcome
from shared.events.words import Verdict
from shared.kernel.fact import Event

Chooses = Callable[[Complaint, Event], Stage]
"""Chooses the next stage from the state (already folded, but for its stage) and the event."""

_BEFORE_TRIAGE = frozenset({Stage.RECEIVED, Stage.REGISTERED})
_UNTIL_VERIFIED = OPEN - {Stage.CLOSING}
_REGISTERED = OPEN - {Stage.RECEIVED}
_ENDED = frozenset({Stage.CLOSED, Stage.ARCHIVED})
_DISPUTED = frozenset({Stage.INVESTIGATING, Stage.PLANNING, Stage.CLOSING})
"""Where a dispute is open, or where its outcome has led; a second stock-take may lead elsewhere (domain §1.7)."""

AFTER_DISPUTE = {DisputeOutcome.CUSTOMER_INACCURATE: Stage.CLOSING, DisputeOutcome.WAREHOUSE_PROBLEM: Stage.PLANNING}
"""Where these outcomes lead (T29); after the others the search goes on."""
_GIVEN = OPEN - _BEFORE_TRIAGE - {Stage.TRIAGED}
"""From the assignment to the closure: somebody answers for it."""
_KNOWN = OPEN - {Stage.RECEIVED}
_PREVENTING = frozenset({Stage.PLANNING, Stage.PLAN_REVIEW, Stage.IMPLEMENTING, Stage.VERIFYING, Stage.CLOSING})


@dataclass(frozen=True)
class Row:
    """One event of the lifecycle. `leads_to` empty means: the stage stays as it is."""

    event: type[Event]
    allowed: frozenset[Stage]
    leads_to: frozenset[Stage] = frozenset()
    chooses: Chooses | None = None

    def next(self, complaint: Complaint, event: Event) -> Stage:
        """The stage after the event."""
        if not self.leads_to:
            return complaint.stage
        if self.chooses is not None:
            return self.chooses(complaint, event)
        (only,) = self.leads_to
        return only


def _after_registration(complaint: Complaint, event: Event) -> Stage:
    return Stage.REGISTERED if complaint.rank is None else Stage.TRIAGED


def _after_classification(complaint: Complaint, event: Event) -> Stage:
    """A grade presumed at intake (S4-78) waits for the registration."""
    return Stage.RECEIVED if complaint.stage == Stage.RECEIVED else Stage.TRIAGED


def _after_root_cause(complaint: Complaint, event: Event) -> Stage:
    nothing_found = isinstance(event, events.RootCauseFound) and event.verdict == Verdict.NO_TROUBLE_FOUND
    return Stage.CLOSING if nothing_found else Stage.PLANNING


def _after_completion(complaint: Complaint, event: Event) -> Stage:
    waiting = any(action.status == ActionStatus.APPROVED for action in complaint.actions_of_cycle())
    return Stage.IMPLEMENTING if waiting else Stage.VERIFYING


def _after_cancelling(complaint: Complaint, event: Event) -> Stage:
    """Without an action to carry out, what was done is judged; if it is not enough, one plans again (T31)."""
    present = {action.status for action in complaint.actions_of_cycle()}
    if ActionStatus.APPROVED in present:
        return Stage.IMPLEMENTING
    enough = not (isinstance(event, events.ActionCancelled) and event.plan_again)
    if not enough or not present & {ActionStatus.COMPLETED, ActionStatus.EFFECTIVE}:
        return Stage.PLANNING
    return Stage.VERIFYING if ActionStatus.COMPLETED in present else Stage.CLOSING


def _after_verification(complaint: Complaint, event: Event) -> Stage:
    """Not effective leads back to planning (S0-52); closing waits until every action is carried out and verified.

    A quick fix is judged within days, while what lasts is still under way (S0-45, S0-46).
    """
    if isinstance(event, events.Verified) and event.failed:
        return Stage.PLANNING
    present = {action.status for action in complaint.actions_of_cycle()}
    if ActionStatus.APPROVED in present:
        return Stage.IMPLEMENTING
    return Stage.VERIFYING if ActionStatus.COMPLETED in present else Stage.CLOSING


def _after_return(complaint: Complaint, event: Event) -> Stage:
    return Stage(event.to_stage) if isinstance(event, events.ClosureReturned) else Stage.PLANNING


def _after_reopening(complaint: Complaint, event: Event) -> Stage:
    planning = isinstance(event, events.Reopened) and event.back_to_planning
    return Stage.PLANNING if planning else Stage.INVESTIGATING


def _before_merge(complaint: Complaint, event: Event) -> Stage:
    return complaint.stage_before_merge or Stage.RECEIVED


def _after_dispute(complaint: Complaint, event: Event) -> Stage:
    """The customer was mistaken: nothing is left to put right. The warehouse was: it plans. Otherwise the search goes on."""
    assert isinstance(event, events.EvidenceDisputeResolved)
    return AFTER_DISPUTE.get(event.outcome, Stage.INVESTIGATING)


def _after_lapse(complaint: Complaint, event: Event) -> Stage:
    """Nobody waits any longer: the case goes on, or is to be closed as it stands."""
    ends = isinstance(event, events.InformationRequestLapsed) and event.decision == events.LapseDecision.CLOSE
    return Stage.CLOSING if ends else complaint.stage


def _to(*stages: Stage) -> frozenset[Stage]:
    return frozenset(stages)


S = Stage
TABLE: tuple[Row, ...] = (
    Row(events.Received, _to(S.NEW), _to(S.RECEIVED)),
    Row(events.Acknowledged, OPEN),
    Row(events.InformationRequested, OPEN),
    Row(events.InformationProvided, OPEN),
    Row(events.InformationReminderSent, OPEN),
    Row(events.InformationRequestLapsed, OPEN, OPEN, _after_lapse),
    Row(events.EvidenceAttached, OPEN),
    Row(events.EvidenceSuperseded, OPEN),
    Row(events.WaitBegan, OPEN),
    Row(events.WaitEnded, OPEN | _ENDED),
    Row(events.EvidenceHandedOver, OPEN | _ENDED),
    Row(events.FieldVisitScheduled, OPEN),
    Row(events.FieldVisitReported, OPEN),
    Row(events.CustomerContacted, OPEN | {S.CLOSED}),
    Row(events.ContactPromised, OPEN | {S.CLOSED}),
    Row(events.FirstResponsibleChanged, OPEN | {S.CLOSED}),
    Row(events.RegistrationCorrected, _REGISTERED),
    Row(events.Forwarded, _REGISTERED),
    # The customer's side goes its own way: neither waits for the other (S1-54).
    Row(events.CustomerDemandRecorded, OPEN),
    Row(events.CustomerRequirementRecorded, OPEN),
    Row(events.ContractTermsRecorded, OPEN),
    Row(events.RemedyProposed, _REGISTERED | {S.CLOSED}),
    Row(events.RemedyAgreed, _REGISTERED | {S.CLOSED}),
    Row(events.RemedyExecuted, _REGISTERED | {S.CLOSED}),
    Row(events.ServiceRestored, OPEN),
    Row(events.ReplacementRequested, _REGISTERED | {S.CLOSED}),
    Row(events.ReplacementAuthorised, _REGISTERED | {S.CLOSED}),
    Row(events.ReplacementRefused, _REGISTERED | {S.CLOSED}),
    Row(events.ReplacementResponsibilitySigned, _REGISTERED | {S.CLOSED}),
    Row(events.ReplacementShipped, _REGISTERED | {S.CLOSED}),
    Row(events.ReplacementDelivered, _REGISTERED | {S.CLOSED}),
    Row(events.ReturnReceived, _REGISTERED | {S.CLOSED}),
    Row(events.CustomerObjectionRaised, OPEN | {S.CLOSED}),
    Row(events.CustomerObjectionEscalated, OPEN | {S.CLOSED}),
    Row(events.CustomerObjectionResolved, OPEN | {S.CLOSED}),
    Row(events.Registered, _to(S.RECEIVED), _to(S.REGISTERED, S.TRIAGED), _after_registration),
    Row(events.Classified, _BEFORE_TRIAGE, _to(S.RECEIVED, S.TRIAGED), _after_classification),
    Row(events.GradeChanged, OPEN),
    Row(events.Assigned, _to(S.TRIAGED), _to(S.ASSIGNED)),
    Row(events.Reassigned, OPEN - _BEFORE_TRIAGE - {S.TRIAGED}),
    Row(events.CapaOpened, _GIVEN),
    Row(events.TeamFormed, _GIVEN),
    Row(events.ProblemDescribed, _GIVEN),
    Row(events.ContainmentDefined, OPEN - {S.RECEIVED, S.CLOSING}),
    Row(events.ContainmentImplemented, _KNOWN),
    Row(events.ContainmentVerified, _KNOWN),
    Row(events.ContainmentLifted, _KNOWN),
    Row(events.InspectionRecorded, _KNOWN - {S.CLOSING}),
    Row(events.TraceabilityRecorded, _KNOWN - {S.CLOSING}),
    Row(events.TestRecorded, _KNOWN - {S.CLOSING}),
    Row(events.ReproductionAttempted, _KNOWN - {S.CLOSING}),
    Row(events.InvestigationStarted, _to(S.ASSIGNED), _to(S.INVESTIGATING)),
    Row(events.RootCauseProposed, _to(S.INVESTIGATING)),
    Row(events.RootCauseRejected, _to(S.INVESTIGATING)),
    Row(events.RootCauseFound, _to(S.INVESTIGATING), _to(S.PLANNING, S.CLOSING), _after_root_cause),
    Row(events.ActionPlanned, _to(S.PLANNING)),
    Row(events.ActionPlanSubmitted, _to(S.PLANNING), _to(S.PLAN_REVIEW)),
    Row(events.ActionPlanApproved, _to(S.PLAN_REVIEW), _to(S.IMPLEMENTING)),
    Row(events.ActionPlanReturned, _to(S.PLAN_REVIEW), _to(S.PLANNING)),
    Row(events.ActionValidated, _to(S.PLANNING, S.PLAN_REVIEW, S.IMPLEMENTING)),
    Row(events.ActionStarted, _to(S.IMPLEMENTING)),
    Row(events.ActionProgressReported, _to(S.IMPLEMENTING)),
    Row(events.ActionBlocked, _to(S.IMPLEMENTING)),
    Row(events.ActionUnblocked, _to(S.IMPLEMENTING)),
    Row(events.ActionDueDateChanged, _to(S.IMPLEMENTING)),
    Row(events.MilestoneReached, _to(S.IMPLEMENTING)),
    Row(events.ActionCompleted, _to(S.IMPLEMENTING), _to(S.IMPLEMENTING, S.VERIFYING), _after_completion),
    Row(
        events.ActionCancelled,
        _to(S.IMPLEMENTING),
        _to(S.IMPLEMENTING, S.VERIFYING, S.PLANNING, S.CLOSING),
        _after_cancelling,
    ),
    Row(
        events.Verified,
        _to(S.IMPLEMENTING, S.VERIFYING),
        _to(S.PLANNING, S.IMPLEMENTING, S.VERIFYING, S.CLOSING),
        _after_verification,
    ),
    Row(events.StandardsUpdated, _PREVENTING),
    Row(events.ReadAcrossCompleted, _PREVENTING),
    Row(events.ClosureRequested, _to(S.CLOSING)),
    Row(events.ClosureReturned, _to(S.CLOSING), _to(S.PLANNING, S.IMPLEMENTING, S.VERIFYING), _after_return),
    Row(events.Closed, _to(S.CLOSING), _to(S.CLOSED)),
    Row(events.ClosedBeforeImport, _to(S.RECEIVED), _to(S.CLOSED)),
    Row(events.Reopened, _ENDED, _to(S.INVESTIGATING, S.PLANNING), _after_reopening),
    Row(events.Merged, OPEN, _to(S.MERGED)),
    Row(events.Withdrawn, _UNTIL_VERIFIED - {S.VERIFYING}, _to(S.WITHDRAWN)),
    # ── triage beside the main way ──
    Row(events.NotAComplaintDetermined, _BEFORE_TRIAGE, _to(S.NOT_A_COMPLAINT)),
    Row(events.GradeReviewed, OPEN - {S.RECEIVED}),
    Row(events.FinalGradeAssigned, _to(S.VERIFYING, S.CLOSING)),
    Row(events.QualityHeadNotified, OPEN),
    Row(events.EmergencyResponseStarted, OPEN - {S.CLOSING}),
    Row(events.AssignmentAccepted, OPEN - _BEFORE_TRIAGE - {S.TRIAGED}),
    Row(events.AssignmentDeclined, OPEN - _BEFORE_TRIAGE - {S.TRIAGED}),
    Row(events.TransferredToSite, OPEN),
    Row(events.TransferAccepted, OPEN),
    Row(events.TransferDeclined, OPEN),
    Row(events.ResponsibilityPreliminarilyAssigned, OPEN - {S.RECEIVED}),
    Row(events.ResponsibilityConfirmed, OPEN - _BEFORE_TRIAGE | {S.CLOSED}),
    Row(events.ImpactScopeAssessed, OPEN - {S.RECEIVED}),
    Row(events.RecallDecided, OPEN - {S.RECEIVED}),
    Row(events.RecallProgressed, OPEN - {S.RECEIVED} | {S.CLOSED}),
    Row(events.ProductionStopOrdered, OPEN),
    Row(events.ProductionStopRefused, OPEN),
    Row(events.ProductionResumed, OPEN | {S.CLOSED}),
    Row(events.DuplicateSuspected, OPEN),
    Row(events.SimilarComplaintLinked, OPEN | _ENDED),
    Row(events.RecurrenceDetected, OPEN | _ENDED),
    Row(events.ComplaintMergedIn, OPEN),
    Row(events.ComplaintMergedOut, OPEN),
    Row(events.MergeUndone, _to(S.MERGED), OPEN, _before_merge),
    Row(events.InvestigationWaived, _to(S.ASSIGNED, S.INVESTIGATING), _to(S.PLANNING)),
    Row(events.UseErrorDetermined, _to(S.INVESTIGATING), _to(S.PLANNING)),
    Row(events.TrainingDelivered, OPEN - _BEFORE_TRIAGE | {S.CLOSED}),
    Row(events.ReportabilityAssessed, OPEN | {S.CLOSED}),
    Row(events.AuthorityReportSubmitted, OPEN | {S.CLOSED}),
    Row(events.EvidenceDisputeOpened, _to(S.INVESTIGATING)),
    Row(events.StocktakePerformed, _DISPUTED),
    Row(events.EvidenceDisputeResolved, _DISPUTED, _DISPUTED, _after_dispute),
    Row(events.StepSigned, OPEN | {S.CLOSED}),
    Row(events.StepReturned, OPEN | {S.CLOSED}),
    Row(events.ReportDrafted, _KNOWN | {S.CLOSED}),
    Row(events.ReportReviewed, _KNOWN | {S.CLOSED}),
    Row(events.ReportApproved, _KNOWN | {S.CLOSED}),
    Row(events.ReportIssued, _KNOWN | {S.CLOSED}),
    Row(events.ReportAccepted, _KNOWN | {S.CLOSED}),
    Row(events.ReportRejected, _KNOWN | {S.CLOSED}),
    Row(events.WithdrawnButContinued, _UNTIL_VERIFIED - {S.VERIFYING}),
    # What may still be recorded after closure: none of it changes the finding.
    Row(events.CustomerFeedbackRecorded, _to(S.IMPLEMENTING, S.VERIFYING, S.CLOSING, S.CLOSED)),
    Row(events.FollowUpCompleted, _to(S.IMPLEMENTING, S.VERIFYING, S.CLOSING, S.CLOSED)),
    Row(events.FollowUpWaived, _to(S.IMPLEMENTING, S.VERIFYING, S.CLOSING, S.CLOSED)),
    Row(events.ResponsibilitySigned, OPEN - _BEFORE_TRIAGE | {S.CLOSED}),
    Row(events.CostRecorded, OPEN | {S.CLOSED}),
    Row(events.CostCorrected, OPEN | {S.CLOSED}),
    Row(events.CostAllocationProposed, OPEN | {S.CLOSED}),
    Row(events.DelayChargeAccrued, OPEN | {S.CLOSED}),
    Row(events.CostAllocationApproved, OPEN | {S.CLOSED}),
    Row(events.CostAllocationSplit, OPEN | {S.CLOSED}),
    Row(events.CostAllocationExecuted, OPEN | {S.CLOSED}),
    Row(events.CostAllocationWaived, OPEN | {S.CLOSED}),
    Row(events.CompensationApproved, OPEN | {S.CLOSED}),
    Row(events.CompensationPaid, OPEN | {S.CLOSED}),
    Row(events.CompensationWithdrawn, OPEN | {S.CLOSED}),
    Row(events.RecurrenceLinked, OPEN | _ENDED),
    Row(events.TeamRecognised, _to(S.VERIFYING, S.CLOSING, S.CLOSED)),
    Row(events.CaseStudyPublished, _to(S.CLOSED, S.ARCHIVED)),
    Row(events.Archived, _to(S.CLOSED), _to(S.ARCHIVED)),
    # Only in a history that is taken over: that is told as it was, whatever this table says.
    Row(events.HistoryNoted, _to()),
    Row(events.HistoryTakenOver, _to()),
)

LIFECYCLE: dict[type[Event], Row] = {row.event: row for row in TABLE}


def allowed_in(stage: Stage) -> tuple[type[Event], ...]:
    """What may happen next, in the order of the table."""
    return tuple(row.event for row in TABLE if stage in row.allowed)
