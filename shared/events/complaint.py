"""Everything that can happen to a complaint, by topic; the modules beside this one say what each event is."""

from __future__ import annotations

from shared.events.capa import (
    ActionCompleted,
    ActionPlanApproved,
    ActionPlanned,
    ActionPlanReturned,
    ActionPlanSubmitted,
    ActionProgressReported,
    Archived,
    Closed,
    ContainmentDefined,
    CostRecorded,
    InvestigationStarted,
    Reopened,
    ResponsibilitySigned,
    RootCauseFound,
    Verified,
)
from shared.events.capa import Criterion as Criterion
from shared.events.capa import Fishbone as Fishbone
from shared.events.capa import FiveWOneH as FiveWOneH
from shared.events.capa import Why as Why
from shared.events.receipt import (
    Acknowledged,
    ClosedBeforeImport,
    CustomerContacted,
    CustomerFeedbackRecorded,
    EvidenceAttached,
    FollowUpCompleted,
    FollowUpWaived,
    InformationProvided,
    InformationRequested,
    Received,
    Registered,
    Withdrawn,
)
from shared.events.receipt import DefectCount as DefectCount
from shared.events.signatures import SignatureEvent
from shared.events.signatures import StepReturned as StepReturned
from shared.events.signatures import StepSigned as StepSigned
from shared.events.texts import CaseLine as CaseLine
from shared.events.texts import CaseText as CaseText
from shared.events.texts import Ids as Ids
from shared.events.texts import Says as Says
from shared.events.triage import Assigned, Classified, GradeChanged, Merged, Reassigned, RecurrenceLinked
from shared.events.words import GradeBasis as GradeBasis

ComplaintEvent = (
    Received | Acknowledged | InformationRequested | InformationProvided | EvidenceAttached | Registered
    | CustomerContacted | CustomerFeedbackRecorded | FollowUpCompleted | FollowUpWaived | Withdrawn | ClosedBeforeImport
    | Classified | GradeChanged | Assigned | Reassigned | Merged | RecurrenceLinked
    | ContainmentDefined | InvestigationStarted | RootCauseFound
    | ActionPlanned | ActionPlanSubmitted | ActionPlanApproved | ActionPlanReturned
    | ActionProgressReported | ActionCompleted | Verified
    | Closed | Reopened | ResponsibilitySigned | CostRecorded | Archived
    | SignatureEvent
)  # fmt: skip
