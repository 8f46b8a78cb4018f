"""Everything that can happen to a complaint, by topic; the modules beside this one say what each event is."""

from __future__ import annotations

from shared.events.actions import ActionBlocked as ActionBlocked
from shared.events.actions import ActionCancelled as ActionCancelled
from shared.events.actions import ActionCompleted as ActionCompleted
from shared.events.actions import ActionDueDateChanged as ActionDueDateChanged
from shared.events.actions import ActionEvent as ActionEvent
from shared.events.actions import ActionPlanApproved as ActionPlanApproved
from shared.events.actions import ActionPlanned as ActionPlanned
from shared.events.actions import ActionPlanReturned as ActionPlanReturned
from shared.events.actions import ActionPlanSubmitted as ActionPlanSubmitted
from shared.events.actions import ActionProgressReported as ActionProgressReported
from shared.events.actions import ActionStarted as ActionStarted
from shared.events.actions import ActionUnblocked as ActionUnblocked
from shared.events.actions import ActionValidated as ActionValidated
from shared.events.actions import Criterion as Criterion
from shared.events.actions import Milestone as Milestone
from shared.events.actions import MilestoneReached as MilestoneReached
from shared.events.actions import PlanEvent as PlanEvent
from shared.events.actions import Resources as Resources
from shared.events.actions import Smart as Smart
from shared.events.actions import SuccessMetric as SuccessMetric
from shared.events.actions import Verified as Verified
from shared.events.capa import Archived as Archived
from shared.events.capa import Closed as Closed
from shared.events.capa import ClosingEvent as ClosingEvent
from shared.events.capa import ClosureRequested as ClosureRequested
from shared.events.capa import ClosureReturned as ClosureReturned
from shared.events.capa import Reopened as Reopened
from shared.events.capa import ResponsibilitySigned as ResponsibilitySigned
from shared.events.causes import Cause as Cause
from shared.events.causes import CauseEvent as CauseEvent
from shared.events.causes import Fishbone as Fishbone
from shared.events.causes import FiveWOneH as FiveWOneH
from shared.events.causes import RootCauseFound as RootCauseFound
from shared.events.causes import RootCauseProposed as RootCauseProposed
from shared.events.causes import RootCauseRejected as RootCauseRejected
from shared.events.causes import Why as Why
from shared.events.containment import ContainmentDefined as ContainmentDefined
from shared.events.containment import ContainmentEvent as ContainmentEvent
from shared.events.containment import ContainmentImplemented as ContainmentImplemented
from shared.events.containment import ContainmentLifted as ContainmentLifted
from shared.events.containment import ContainmentVerified as ContainmentVerified
from shared.events.containment import WorkItem as WorkItem
from shared.events.demands import ContractTermsRecorded as ContractTermsRecorded
from shared.events.demands import CustomerDemandRecorded as CustomerDemandRecorded
from shared.events.demands import CustomerRequirementRecorded as CustomerRequirementRecorded
from shared.events.demands import DemandEvent
from shared.events.dialogue import ContactPromised, ObjectionEvent
from shared.events.dialogue import CustomerObjectionEscalated as CustomerObjectionEscalated
from shared.events.dialogue import CustomerObjectionRaised as CustomerObjectionRaised
from shared.events.dialogue import CustomerObjectionResolved as CustomerObjectionResolved
from shared.events.disciplines import CapaOpened as CapaOpened
from shared.events.disciplines import CaseStudyPublished as CaseStudyPublished
from shared.events.disciplines import DisciplineEvent as DisciplineEvent
from shared.events.disciplines import IsIsNot as IsIsNot
from shared.events.disciplines import Member as Member
from shared.events.disciplines import ProblemDescribed as ProblemDescribed
from shared.events.disciplines import ReadAcrossCompleted as ReadAcrossCompleted
from shared.events.disciplines import SixQuestions as SixQuestions
from shared.events.disciplines import StandardDocument as StandardDocument
from shared.events.disciplines import StandardsUpdated as StandardsUpdated
from shared.events.disciplines import TeamFormed as TeamFormed
from shared.events.disciplines import TeamRecognised as TeamRecognised
from shared.events.disputes import Claim as Claim
from shared.events.disputes import Counted as Counted
from shared.events.disputes import DisputeEvent
from shared.events.disputes import EvidenceDisputeOpened as EvidenceDisputeOpened
from shared.events.disputes import EvidenceDisputeResolved as EvidenceDisputeResolved
from shared.events.disputes import Found as Found
from shared.events.disputes import StocktakePerformed as StocktakePerformed
from shared.events.field_action import FieldActionEvent
from shared.events.field_action import ImpactScopeAssessed as ImpactScopeAssessed
from shared.events.field_action import Population as Population
from shared.events.field_action import ProductionResumed as ProductionResumed
from shared.events.field_action import ProductionStopOrdered as ProductionStopOrdered
from shared.events.field_action import ProductionStopRefused as ProductionStopRefused
from shared.events.field_action import RecallDecided as RecallDecided
from shared.events.field_action import RecallProgressed as RecallProgressed
from shared.events.findings import FindingEvent
from shared.events.findings import InvestigationWaived as InvestigationWaived
from shared.events.findings import TrainingDelivered as TrainingDelivered
from shared.events.findings import UseErrorDetermined as UseErrorDetermined
from shared.events.handover import AssignmentAccepted as AssignmentAccepted
from shared.events.handover import AssignmentDeclined as AssignmentDeclined
from shared.events.handover import HandoverEvent
from shared.events.handover import TransferAccepted as TransferAccepted
from shared.events.handover import TransferDeclined as TransferDeclined
from shared.events.handover import TransferredToSite as TransferredToSite
from shared.events.history import Attribute as Attribute
from shared.events.history import Deviation as Deviation
from shared.events.history import HistoryEvent as HistoryEvent
from shared.events.history import HistoryNoted as HistoryNoted
from shared.events.history import HistoryTakenOver as HistoryTakenOver
from shared.events.history import Mode as Mode
from shared.events.history import ToldBy as ToldBy
from shared.events.information import EvidenceEvent, InformationReminderSent, InformationRequestLapsed, VisitEvent
from shared.events.information import EvidenceHandedOver as EvidenceHandedOver
from shared.events.information import EvidenceSuperseded as EvidenceSuperseded
from shared.events.information import FieldVisitReported as FieldVisitReported
from shared.events.information import FieldVisitScheduled as FieldVisitScheduled
from shared.events.information import LapseDecision as LapseDecision
from shared.events.information import VisitStep as VisitStep
from shared.events.investigation import Conditions as Conditions
from shared.events.investigation import InspectionRecorded as InspectionRecorded
from shared.events.investigation import InvestigationEvent as InvestigationEvent
from shared.events.investigation import InvestigationStarted as InvestigationStarted
from shared.events.investigation import Measured as Measured
from shared.events.investigation import ReproductionAttempted as ReproductionAttempted
from shared.events.investigation import Storage as Storage
from shared.events.investigation import TestRecorded as TestRecorded
from shared.events.investigation import TraceabilityRecorded as TraceabilityRecorded
from shared.events.investigation import Transport as Transport
from shared.events.judgement import EmergencyResponseStarted as EmergencyResponseStarted
from shared.events.judgement import FinalGradeAssigned as FinalGradeAssigned
from shared.events.judgement import GradeReviewed as GradeReviewed
from shared.events.judgement import JudgementEvent
from shared.events.judgement import NotAComplaintDetermined as NotAComplaintDetermined
from shared.events.judgement import QualityHeadNotified as QualityHeadNotified
from shared.events.money import AllocationScope as AllocationScope
from shared.events.money import Assessed as Assessed
from shared.events.money import ChargeShare as ChargeShare
from shared.events.money import CompensationApproved as CompensationApproved
from shared.events.money import CompensationGrounds as CompensationGrounds
from shared.events.money import CompensationPaid as CompensationPaid
from shared.events.money import CompensationWithdrawn as CompensationWithdrawn
from shared.events.money import CostAllocationApproved as CostAllocationApproved
from shared.events.money import CostAllocationExecuted as CostAllocationExecuted
from shared.events.money import CostAllocationProposed as CostAllocationProposed
from shared.events.money import CostAllocationSplit as CostAllocationSplit
from shared.events.money import CostAllocationWaived as CostAllocationWaived
from shared.events.money import CostCorrected as CostCorrected
from shared.events.money import CostRecorded as CostRecorded
from shared.events.money import DelayChargeAccrued as DelayChargeAccrued
from shared.events.money import DelayRule as DelayRule
from shared.events.money import MoneyEvent
from shared.events.money import PartyRole as PartyRole
from shared.events.money import PersonShare as PersonShare
from shared.events.receipt import (
    Acknowledged,
    ClosedBeforeImport,
    CustomerContacted,
    CustomerFeedbackRecorded,
    EvidenceAttached,
    FirstResponsibleChanged,
    FollowUpCompleted,
    FollowUpWaived,
    Forwarded,
    InformationProvided,
    InformationRequested,
    Received,
    Registered,
    RegistrationCorrected,
    Withdrawn,
    WithdrawnButContinued,
)
from shared.events.receipt import DefectCount as DefectCount
from shared.events.receipt import FieldChange as FieldChange
from shared.events.receipt import FollowUpKind as FollowUpKind
from shared.events.related import ComplaintMergedIn as ComplaintMergedIn
from shared.events.related import ComplaintMergedOut as ComplaintMergedOut
from shared.events.related import DuplicateSuspected as DuplicateSuspected
from shared.events.related import MergeUndone as MergeUndone
from shared.events.related import RecurrenceDetected as RecurrenceDetected
from shared.events.related import RelatedEvent
from shared.events.related import SimilarComplaintLinked as SimilarComplaintLinked
from shared.events.remedies import RemedyAgreed as RemedyAgreed
from shared.events.remedies import RemedyEvent
from shared.events.remedies import RemedyExecuted as RemedyExecuted
from shared.events.remedies import RemedyItem as RemedyItem
from shared.events.remedies import RemedyProposed as RemedyProposed
from shared.events.remedies import ServiceRestored as ServiceRestored
from shared.events.replacements import ReplacementAuthorised as ReplacementAuthorised
from shared.events.replacements import ReplacementDelivered as ReplacementDelivered
from shared.events.replacements import ReplacementEvent
from shared.events.replacements import ReplacementItem as ReplacementItem
from shared.events.replacements import ReplacementRefused as ReplacementRefused
from shared.events.replacements import ReplacementRequested as ReplacementRequested
from shared.events.replacements import ReplacementResponsibilitySigned as ReplacementResponsibilitySigned
from shared.events.replacements import ReplacementShipped as ReplacementShipped
from shared.events.replacements import ReturnReceived as ReturnReceived
from shared.events.reportability import AuthorityReportSubmitted as AuthorityReportSubmitted
from shared.events.reportability import ReportabilityAssessed as ReportabilityAssessed
from shared.events.reportability import ReportabilityEvent
from shared.events.reports import Contribution as Contribution
from shared.events.reports import Handling as Handling
from shared.events.reports import ReportAccepted as ReportAccepted
from shared.events.reports import ReportApproved as ReportApproved
from shared.events.reports import ReportDrafted as ReportDrafted
from shared.events.reports import ReportEvent as ReportEvent
from shared.events.reports import ReportIssued as ReportIssued
from shared.events.reports import ReportRejected as ReportRejected
from shared.events.reports import ReportReviewed as ReportReviewed
from shared.events.responsibility import DepartmentShare as DepartmentShare
from shared.events.responsibility import ResponsibilityConfirmed as ResponsibilityConfirmed
from shared.events.responsibility import ResponsibilityEvent
from shared.events.responsibility import ResponsibilityPreliminarilyAssigned as ResponsibilityPreliminarilyAssigned
from shared.events.signatures import SignatureEvent
from shared.events.signatures import StepReturned as StepReturned
from shared.events.signatures import StepSigned as StepSigned
from shared.events.texts import CaseLine as CaseLine
from shared.events.texts import CaseText as CaseText
from shared.events.texts import Ids as Ids
from shared.events.texts import Says as Says
from shared.events.triage import Assigned, Classified, GradeChanged, Merged, Reassigned, RecurrenceLinked
from shared.events.waiting import WaitBegan as WaitBegan
from shared.events.waiting import WaitEnded as WaitEnded
from shared.events.waiting import WaitingEvent
from shared.events.words import GradeBasis as GradeBasis

TriageEvent = (
    JudgementEvent | HandoverEvent | ResponsibilityEvent | FieldActionEvent | RelatedEvent | FindingEvent
    | ReportabilityEvent | DisputeEvent
)  # fmt: skip
"""What triage says beside the main way of a case."""

MainEvent = (
    Received | Acknowledged | ContactPromised | InformationRequested | InformationProvided | InformationReminderSent
    | InformationRequestLapsed | EvidenceAttached | Registered | RegistrationCorrected | FirstResponsibleChanged
    | Forwarded | CustomerContacted | CustomerFeedbackRecorded | FollowUpCompleted | FollowUpWaived | Withdrawn
    | WithdrawnButContinued | ClosedBeforeImport | Classified | GradeChanged | Assigned | Reassigned | Merged
    | RecurrenceLinked | InvestigationStarted | RootCauseFound | PlanEvent | Closed | Reopened | ResponsibilitySigned
    | Archived
)  # fmt: skip
"""The usual way of a case, from receipt to the archive."""
ComplaintEvent = (
    MainEvent
    | DisciplineEvent | ContainmentEvent | InvestigationEvent | CauseEvent | ActionEvent | ReportEvent | ClosingEvent
    | SignatureEvent | TriageEvent | MoneyEvent
    | EvidenceEvent | VisitEvent | ObjectionEvent | DemandEvent | RemedyEvent | ReplacementEvent | WaitingEvent
    | HistoryEvent
)  # fmt: skip
