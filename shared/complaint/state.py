"""What is known about a complaint. Nothing in here is ever stored: it is folded from facts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shared.complaint.actions import Action as Action
from shared.complaint.actions import ActionStatus as ActionStatus
from shared.complaint.closing import Closing
from shared.complaint.containment import Containment as Containment
from shared.complaint.demands import Demands
from shared.complaint.disciplines import Disciplines
from shared.complaint.disputes import Disputes
from shared.complaint.evidence import Evidence
from shared.complaint.field_action import FieldAction
from shared.complaint.findings import Findings
from shared.complaint.handover import Handover
from shared.complaint.investigation import Investigation
from shared.complaint.judgement import Judgement
from shared.complaint.money import CaseMoney
from shared.complaint.objections import Objection
from shared.complaint.related import Related
from shared.complaint.remedies import Remedy
from shared.complaint.replacements import Replacements
from shared.complaint.reportability import Reportability
from shared.complaint.reports import Report
from shared.complaint.responsibility import Accountability
from shared.complaint.signatures import Signature, Signed
from shared.complaint.visits import Visit
from shared.complaint.waiting import Waiting
from shared.events.complaint import CaseLine, CaseText, HistoryTakenOver, Received, Registered, RootCauseFound
from shared.events.words import (
    AskedOf,
    CaseKind,
    Category,
    Channel,
    Department,
    Disposition,
    Extent,
    GradeBasis,
    Origin,
    Relation,
)
from shared.kernel.values import Rank


class Stage(StrEnum):
    """Where a complaint stands on its way (domain §4.4.1). Only the lifecycle table sets it."""

    NEW = "new"
    RECEIVED = "received"
    REGISTERED = "registered"
    TRIAGED = "triaged"
    ASSIGNED = "assigned"
    INVESTIGATING = "investigating"
    PLANNING = "planning"
    PLAN_REVIEW = "plan_review"
    IMPLEMENTING = "implementing"
    VERIFYING = "verifying"
    CLOSING = "closing"
    CLOSED = "closed"
    ARCHIVED = "archived"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"
    NOT_A_COMPLAINT = "not_a_complaint"


OPEN = frozenset(Stage) - {
    Stage.NEW, Stage.CLOSED, Stage.ARCHIVED, Stage.WITHDRAWN, Stage.MERGED, Stage.NOT_A_COMPLAINT
}  # fmt: skip


@dataclass(frozen=True)
class Link:
    """Another case that belongs to this one."""

    complaint_id: str
    case_no: str
    relation: Relation


@dataclass(frozen=True)
class Complaint:
    """The state of one case. Instants are UTC."""

    complaint_id: str = ""
    site: str = ""
    stage: Stage = Stage.NEW
    cycle: int = 1
    historical: bool = False
    taken_over: HistoryTakenOver | None = None
    """With its whole history, from another system; what our rules would have refused of it stands in there."""

    # intake
    receipt: Received | None = None
    """What was known at receipt, as corrected."""
    form: Registered | None = None
    """What stands on the form, as corrected."""
    case_no: str = ""
    first_responsible: str | None = None
    """Who was asked first follows the case to its end (S0-07, S4-48)."""
    channel: Channel | None = None
    origin: Origin | None = None
    case_kind: CaseKind = CaseKind.COMPLAINT
    received_at: datetime | None = None
    description: CaseText | None = None
    language: str | None = None
    customer_no: str | None = None
    customer_name: CaseLine | None = None
    contact_person: CaseLine | None = None
    contact: CaseLine | None = None
    product_model: str | None = None
    lot_no: str | None = None
    symptom: CaseText | None = None
    safety_hazard: bool | None = None
    main_function_lost: bool | None = None
    extent: Extent | None = None
    quantity_defective: int | None = None
    external_ref: str | None = None
    acknowledged_at: datetime | None = None
    first_contact_at: datetime | None = None
    registered_at: datetime | None = None
    open_requests: dict[str, AskedOf] = field(default_factory=dict[str, AskedOf])
    answered_requests: tuple[str, ...] = ()
    lapsed_requests: tuple[str, ...] = ()
    reminders: dict[str, int] = field(default_factory=dict[str, int])
    """Open request → how often its owner was reminded."""
    promised_contact_by: datetime | None = None
    """The latest word given to the customer and not yet kept."""
    forwarded_at: datetime | None = None
    evidence: dict[str, Evidence] = field(default_factory=dict[str, Evidence])
    waiting: dict[str, Waiting] = field(default_factory=dict[str, Waiting])

    visits: dict[str, Visit] = field(default_factory=dict[str, Visit])
    objections: dict[str, Objection] = field(default_factory=dict[str, Objection])
    demanded: Demands = field(default_factory=Demands)
    remedies: dict[str, Remedy] = field(default_factory=dict[str, Remedy])
    replacements: Replacements = field(default_factory=Replacements)
    service_restored_at: datetime | None = None

    # triage
    category: Category | None = None
    subcategory: str | None = None
    failure_mode: str | None = None
    grade: str | None = None
    rank: Rank | None = None
    grade_basis: GradeBasis | None = None
    owner: str | None = None
    department: Department | None = None
    supporters: tuple[str, ...] = ()
    """Who answers for it beside the owner (S1-24)."""
    merged_into: str | None = None
    stage_before_merge: Stage | None = None
    """Where it goes on if the merge is undone."""
    links: tuple[Link, ...] = ()
    judgement: Judgement = field(default_factory=Judgement)
    handover: Handover = field(default_factory=Handover)
    accountability: Accountability = field(default_factory=Accountability)
    related: Related = field(default_factory=Related)
    findings: Findings = field(default_factory=Findings)
    reportability: Reportability = field(default_factory=Reportability)
    field_action: FieldAction = field(default_factory=FieldAction)
    disputes: Disputes = field(default_factory=Disputes)

    # capa
    disciplines: Disciplines = field(default_factory=Disciplines)
    investigation: Investigation = field(default_factory=Investigation)
    containment: dict[str, Containment] = field(default_factory=dict[str, Containment])
    root_cause: RootCauseFound | None = None
    earlier_root_causes: tuple[RootCauseFound, ...] = ()
    actions: dict[str, Action] = field(default_factory=dict[str, Action])
    plan_version: int = 0
    plan_submitted_by: str | None = None
    plan_approved_at: datetime | None = None
    failed_verifications: int = 0
    reports: dict[str, Report] = field(default_factory=dict[str, Report])
    closing: Closing = field(default_factory=Closing)
    responsibility: tuple[Department, ...] = ()

    money: CaseMoney = field(default_factory=CaseMoney)
    signed: Signed = field(default_factory=dict[str, "tuple[Signature, ...]"])

    # closure and after
    disposition: Disposition | None = None
    closed_at: datetime | None = None
    reopened_at: datetime | None = None
    """When the present cycle began, if it is not the first."""
    satisfied: bool | None = None
    answer_to_feedback_due: bool = False
    """The customer was not satisfied and nobody has answered yet (S3-04)."""
    follow_ups: int = 0
    follow_up_decision_due: bool = False
    """A follow-up failed and nobody has decided yet whether to reopen or to waive."""
    follow_up_waived: bool = False

    def actions_of_cycle(self) -> tuple[Action, ...]:
        """The actions of the present cycle; those of earlier cycles stay in `actions`."""
        return tuple(action for action in self.actions.values() if action.cycle == self.cycle)

    @property
    def plan_authors(self) -> frozenset[str]:
        """Whoever planned an action of the present cycle, or submitted the plan: none of them approves it (G-SOD)."""
        submitted = () if self.plan_submitted_by is None else (self.plan_submitted_by,)
        return frozenset((*submitted, *(one for action in self.actions_of_cycle() for one in action.planners)))

    @property
    def doers(self) -> frozenset[str]:
        """Everyone who carried out an action of the present cycle."""
        return frozenset(doer for action in self.actions_of_cycle() for doer in action.doers)
