"""Everything that can happen to a complaint, in the order in which it usually happens."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from shared.events.grading import GradedAs, GradeFacts
from shared.events.words import (
    Acceptance,
    ActionKind,
    AskedOf,
    CaseKind,
    Category,
    Channel,
    ContactPurpose,
    CostKind,
    Demand,
    Department,
    Direction,
    Disposition,
    EvidenceKind,
    Extent,
    GradeBasis,
    Method,
    Origin,
    Relation,
    ReopenReason,
    Verdict,
    Where,
)
from shared.kernel.fact import Event
from shared.kernel.personal import Complainant, Personal
from shared.kernel.values import (
    Code,
    ComplaintId,
    Day,
    FileRef,
    Instant,
    Language,
    Line,
    LocalId,
    Money,
    Percent,
    PersonId,
    Quantity,
    Rank,
    Sha256,
    Text,
    Value,
)

Says = dict[str, str]
CaseText = Personal[Text, Complainant]
"""Free text about a case may name the people in it, so it belongs to its complainant (domain §4.9)."""
CaseLine = Personal[Line, Complainant]
Ids = Annotated[tuple[LocalId, ...], Field(max_length=100)]


# ── intake ────────────────────────────────────────────────────────────────────────────────────────────────────────────
class Received(Event):
    """A complaint arrived, through whatever channel, and has its number from now on (S0-06, S1-04)."""

    TOPIC: ClassVar[str] = "complaint.Received"
    SAYS: ClassVar[Says] = {
        "en": "Received as {case_no} by {channel}: {description}",
        "zh": "经{channel}受理，编号{case_no}：{description}",
    }

    case_no: Line
    channel: Channel
    origin: Origin = Origin.CUSTOMER_COMPLAINT
    case_kind: CaseKind = CaseKind.COMPLAINT
    description: CaseText
    language: Language | None = None
    customer_no: Code | None = None
    customer_name: CaseLine | None = None
    contact_person: CaseLine | None = None
    contact: CaseLine | None = None
    product_model: Line | None = None
    lot_no: Line | None = None
    safety_hazard: bool | None = None
    external_ref: Line | None = None
    source: Line | None = None
    """The earlier system or file that an imported case comes from."""
    also: dict[Line, CaseText] = Field(default_factory=dict)
    """Columns of that source that have no field of their own, kept as they were."""


class Acknowledged(Event):
    """The customer was told that the complaint has arrived (S1-05)."""

    TOPIC: ClassVar[str] = "complaint.Acknowledged"
    SAYS: ClassVar[Says] = {
        "en": "Receipt acknowledged by {channel}; contact promised by {promised_contact_by}",
        "zh": "已通过{channel}确认受理，承诺联系时间：{promised_contact_by}",
    }

    channel: Channel
    apology: bool = False
    case_no_given: bool = True
    promised_contact_by: Instant | None = None


class InformationRequested(Event):
    """Something needed to go on is missing, and someone was asked for it (S1-14, S2-27)."""

    TOPIC: ClassVar[str] = "complaint.InformationRequested"
    SAYS: ClassVar[Says] = {"en": "Asked {asked_of} for: {items}", "zh": "向{asked_of}索要资料：{items}"}

    request_id: LocalId
    asked_of: AskedOf
    items: Annotated[tuple[Text, ...], Field(min_length=1, max_length=30)]
    due: Day | None = None


class InformationProvided(Event):
    """An answer came to a request for information."""

    TOPIC: ClassVar[str] = "complaint.InformationProvided"
    SAYS: ClassVar[Says] = {"en": "Information provided: {answer}", "zh": "资料已提供：{answer}"}

    request_id: LocalId
    answer: CaseText
    complete: bool = True


class EvidenceAttached(Event):
    """A file was added as evidence; its bytes are stored under their SHA-256 (S0-16, S1-13)."""

    TOPIC: ClassVar[str] = "complaint.EvidenceAttached"
    SAYS: ClassVar[Says] = {
        "en": "Evidence {evidence_id} attached ({kind}): {note}",
        "zh": "附上证据{evidence_id}（{kind}）：{note}",
    }

    evidence_id: LocalId
    kind: EvidenceKind
    file: FileRef
    taken_at: Instant | None = None
    note: CaseText | None = None


class DefectCount(Value):
    """How many pieces show one failure mode (S4-33)."""

    failure_mode: Line
    quantity: Quantity


class Registered(Event):
    """The complaint stands on the form: everything needed to judge it is known (S0-09 to S0-20, S1-07 to S1-13)."""

    TOPIC: ClassVar[str] = "complaint.Registered"
    SAYS: ClassVar[Says] = {
        "en": "Registered: {symptom} ({product_model}, lot {lot_no}); asked for: {demands}",
        "zh": "已登记：{symptom}（{product_model}，批次{lot_no}）；客户诉求：{demands}",
    }

    symptom: CaseText
    frequency: Line
    extent: Extent
    product_model: Line
    lot_no: Line | None = None
    serial_nos: Annotated[tuple[Line, ...], Field(max_length=500)] = ()
    order_no: Line | None = None
    purchase_date: Day | None = None
    failure_date: Day | None = None
    use_conditions: CaseText | None = None
    steps_tried: CaseText | None = None
    quantity_inspected: Quantity | None = None
    quantity_defective: Quantity | None = None
    defects: Annotated[tuple[DefectCount, ...], Field(max_length=100)] = ()
    safety_hazard: bool = False
    main_function_lost: bool = False
    demands: Annotated[tuple[Demand, ...], Field(min_length=1, max_length=12)]
    customer_loss: Money | None = None


class CustomerContacted(Event):
    """Somebody spoke with the customer; every contact is logged (S1-32, S3-29)."""

    TOPIC: ClassVar[str] = "complaint.CustomerContacted"
    SAYS: ClassVar[Says] = {
        "en": "Customer contact ({direction}, {channel}, {purpose}): {summary}",
        "zh": "客户沟通（{direction}，{channel}，{purpose}）：{summary}",
    }

    direction: Direction
    channel: Channel
    purpose: ContactPurpose
    summary: CaseText
    next_contact_by: Instant | None = None


class CustomerFeedbackRecorded(Event):
    """What the customer says to the result (S1-44, S3-38)."""

    TOPIC: ClassVar[str] = "complaint.CustomerFeedbackRecorded"
    SAYS: ClassVar[Says] = {
        "en": "Customer feedback, satisfied: {satisfied}, score {score}: {comment}",
        "zh": "客户反馈，满意：{satisfied}，评分{score}：{comment}",
    }

    satisfied: bool
    score: Percent | None = None
    comment: CaseText | None = None


class FollowUpCompleted(Event):
    """The customer was called again some time later (S1-49, S3-43). A failed one demands a decision."""

    TOPIC: ClassVar[str] = "complaint.FollowUpCompleted"
    SAYS: ClassVar[Says] = {
        "en": "Follow-up, reached: {reached}, product in order: {product_ok}: {comment}",
        "zh": "回访，联系到客户：{reached}，产品正常：{product_ok}：{comment}",
    }

    reached: bool
    product_ok: bool | None = None
    comment: CaseText | None = None


class FollowUpWaived(Event):
    """A failed follow-up will not reopen the case, for the reason given."""

    TOPIC: ClassVar[str] = "complaint.FollowUpWaived"
    SAYS: ClassVar[Says] = {"en": "Failed follow-up waived: {reason}", "zh": "回访异常不再重启：{reason}"}

    reason: CaseText


class Withdrawn(Event):
    """The customer takes the complaint back."""

    TOPIC: ClassVar[str] = "complaint.Withdrawn"
    SAYS: ClassVar[Says] = {"en": "Withdrawn: {reason}", "zh": "客户撤诉：{reason}"}

    reason: CaseText


class ClosedBeforeImport(Event):
    """The case had ended in the system it was imported from; nothing is known here about how."""

    TOPIC: ClassVar[str] = "complaint.ClosedBeforeImport"
    SAYS: ClassVar[Says] = {"en": "Had been closed in {source}: {result}", "zh": "在{source}中已结案：{result}"}

    source: Line
    result: CaseLine | None = None


# ── triage ────────────────────────────────────────────────────────────────────────────────────────────────────────────
class Classified(Event):
    """Category and grade were decided together (S0-21, S1-15 to S1-22, S3-17)."""

    TOPIC: ClassVar[str] = "complaint.Classified"
    SAYS: ClassVar[Says] = {
        "en": "Classified as {category}, grade {grade} (rank {rank}, {basis}): {reason}",
        "zh": "分类：{category}，等级{grade}（第{rank}级，{basis}）：{reason}",
    }

    SHAPE: ClassVar[int] = 2

    category: Category
    subcategory: Line | None = None
    failure_mode: Line | None = None
    grade: Code
    """The code in the site's grade scheme, for example P1, S or CRITICAL."""
    rank: Rank
    basis: GradeBasis
    reason: CaseText | None = None
    scheme: Code | None = None
    """The policy pack whose grades these are; none where the site has activated none."""
    rule_id: Code | None = None
    """The rule that gave the grade; none when somebody decided otherwise, with the reason."""
    facts: GradeFacts | None = None
    """What was known when it was graded."""
    also_graded: Annotated[tuple[GradedAs, ...], Field(max_length=50)] = ()
    """What the other schemes make of the same facts."""


class GradeChanged(Event):
    """The grade was changed, with the reason; earlier breaches stay facts (C11)."""

    TOPIC: ClassVar[str] = "complaint.GradeChanged"
    SAYS: ClassVar[Says] = {
        "en": "Grade changed from {was} to {grade} (rank {rank}): {reason}",
        "zh": "等级由{was}调整为{grade}（第{rank}级）：{reason}",
    }

    was: Code
    grade: Code
    rank: Rank
    basis: GradeBasis
    reason: CaseText


class Assigned(Event):
    """Someone answers for the case from now on (S0-24, S1-24, S2-30)."""

    TOPIC: ClassVar[str] = "complaint.Assigned"
    SAYS: ClassVar[Says] = {"en": "Assigned to {owner}, {department}", "zh": "分派给{owner}（{department}）"}

    owner: PersonId
    department: Department
    supporting: Annotated[tuple[Department, ...], Field(max_length=8)] = ()


class Reassigned(Event):
    """Someone else answers for the case from now on."""

    TOPIC: ClassVar[str] = "complaint.Reassigned"
    SAYS: ClassVar[Says] = {
        "en": "Reassigned to {owner}, {department}: {reason}",
        "zh": "改派给{owner}（{department}）：{reason}",
    }

    owner: PersonId
    department: Department
    reason: CaseText


class Merged(Event):
    """The case goes on as part of another one."""

    TOPIC: ClassVar[str] = "complaint.Merged"
    SAYS: ClassVar[Says] = {"en": "Merged into {survivor_case_no}: {reason}", "zh": "并入{survivor_case_no}：{reason}"}

    survivor: ComplaintId
    survivor_case_no: Line
    reason: CaseText


class RecurrenceLinked(Event):
    """An earlier or later case with the same problem was found; also recorded after closure."""

    TOPIC: ClassVar[str] = "complaint.RecurrenceLinked"
    SAYS: ClassVar[Says] = {
        "en": "Linked to {other_case_no} ({relation})",
        "zh": "关联案件{other_case_no}（{relation}）",
    }

    other: ComplaintId
    other_case_no: Line
    relation: Relation


# ── capa ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
class ContainmentDefined(Event):
    """An interim measure keeps the problem from spreading (S2-20, S4-70, D3)."""

    TOPIC: ClassVar[str] = "complaint.ContainmentDefined"
    SAYS: ClassVar[Says] = {
        "en": "Containment at {where}, {owner}: {measure}",
        "zh": "临时措施（{where}，{owner}）：{measure}",
    }

    containment_id: LocalId
    where: Annotated[tuple[Where, ...], Field(min_length=1, max_length=5)]
    measure: CaseText
    owner: PersonId
    due: Day | None = None
    quantity_checked: Quantity | None = None
    quantity_nonconforming: Quantity | None = None


class InvestigationStarted(Event):
    """The owner has begun to look for the cause (S0-28, S4-54)."""

    TOPIC: ClassVar[str] = "complaint.InvestigationStarted"
    SAYS: ClassVar[Says] = {"en": "Investigation started by {lead}", "zh": "{lead}开始调查"}

    lead: PersonId
    methods_planned: Annotated[tuple[Method, ...], Field(max_length=3)] = ()


class Why(Value):
    """One link of a 5-Why chain: why something is, because of what, shown by which evidence (S1-34)."""

    why: CaseText
    because: CaseText
    evidence: Ids = ()


class Fishbone(Value):
    """Findings along the six M of Ishikawa (S1-33)."""

    man: Annotated[tuple[CaseText, ...], Field(max_length=20)] = ()
    machine: Annotated[tuple[CaseText, ...], Field(max_length=20)] = ()
    material: Annotated[tuple[CaseText, ...], Field(max_length=20)] = ()
    method: Annotated[tuple[CaseText, ...], Field(max_length=20)] = ()
    environment: Annotated[tuple[CaseText, ...], Field(max_length=20)] = ()
    measurement: Annotated[tuple[CaseText, ...], Field(max_length=20)] = ()


class FiveWOneH(Value):
    """5W1H; the source asks for a root why in place of where, so where is optional (S0-31, C19)."""

    what: CaseText
    when: CaseText
    who: CaseText
    why: CaseText
    root_why: CaseText
    how: CaseText
    where: CaseText | None = None


class RootCauseFound(Event):
    """Direct and root cause are known, by a named method and with evidence (S0-31 to S0-34, S1-33, S4-35)."""

    TOPIC: ClassVar[str] = "complaint.RootCauseFound"
    SAYS: ClassVar[Says] = {
        "en": "Root cause found ({verdict}, {method}): {root_cause} – direct cause: {direct_cause}",
        "zh": "查明根本原因（{verdict}，{method}）：{root_cause}；直接原因：{direct_cause}",
    }

    direct_cause: CaseText
    root_cause: CaseText
    method: Method
    verdict: Verdict = Verdict.CONFIRMED
    reason_if_unverifiable: CaseText | None = None
    five_whys: Annotated[tuple[Why, ...], Field(max_length=12)] = ()
    fishbone: Fishbone | None = None
    five_w_one_h: FiveWOneH | None = None
    evidence: Ids = ()


class ActionPlanned(Event):
    """An action was agreed, with someone answerable and a date (S0-36 to S0-43)."""

    TOPIC: ClassVar[str] = "complaint.ActionPlanned"
    SAYS: ClassVar[Says] = {
        "en": "Action {action_id} planned ({kind}), {owner}, due {due:%d %b %Y}: {content}",
        "zh": "计划措施{action_id}（{kind}），{owner}，期限{due:%Y-%m-%d}：{content}",
    }

    action_id: LocalId
    kind: ActionKind
    content: CaseText
    owner: PersonId
    department: Department | None = None
    due: Day
    """A day in the site's calendar: the action is due when work ends that day."""
    measure_of_success: CaseText


class ActionPlanSubmitted(Event):
    """The plan is complete in its owner's eyes and waits for approval (S2-31, S3-31)."""

    TOPIC: ClassVar[str] = "complaint.ActionPlanSubmitted"
    SAYS: ClassVar[Says] = {
        "en": "Action plan {plan_version} submitted: {action_ids}",
        "zh": "提交措施计划第{plan_version}版：{action_ids}",
    }

    plan_version: Annotated[int, Field(ge=1)]
    action_ids: Ids


class ActionPlanApproved(Event):
    """The plan may be carried out (S3-31)."""

    TOPIC: ClassVar[str] = "complaint.ActionPlanApproved"
    SAYS: ClassVar[Says] = {
        "en": "Action plan {plan_version} approved: {comment}",
        "zh": "批准措施计划第{plan_version}版：{comment}",
    }

    plan_version: Annotated[int, Field(ge=1)]
    comment: CaseText | None = None


class ActionPlanReturned(Event):
    """The plan needs work; the comment says what."""

    TOPIC: ClassVar[str] = "complaint.ActionPlanReturned"
    SAYS: ClassVar[Says] = {
        "en": "Action plan {plan_version} returned: {comment}",
        "zh": "退回措施计划第{plan_version}版：{comment}",
    }

    plan_version: Annotated[int, Field(ge=1)]
    comment: CaseText


class ActionProgressReported(Event):
    """How far an action is; a blocked one names its way out (S0-41, S0-42, S3-33)."""

    TOPIC: ClassVar[str] = "complaint.ActionProgressReported"
    SAYS: ClassVar[Says] = {
        "en": "Action {action_id} at {percent} %, blocked: {blocked}: {note}",
        "zh": "措施{action_id}完成{percent}%，受阻：{blocked}：{note}",
    }

    action_id: LocalId
    percent: Percent
    blocked: bool = False
    note: CaseText | None = None


class ActionCompleted(Event):
    """An action has been carried out (S0-40)."""

    TOPIC: ClassVar[str] = "complaint.ActionCompleted"
    SAYS: ClassVar[Says] = {
        "en": "Action {action_id} completed by {done_by}: {result}",
        "zh": "{done_by}完成措施{action_id}：{result}",
    }

    action_id: LocalId
    done_by: PersonId
    result: CaseText
    evidence: Ids = ()


class Criterion(Value):
    """One measured criterion of a verification: what was wanted and what was found. Numbers travel as text."""

    metric: Line
    target: Line
    actual: Line
    met: bool


class Verified(Event):
    """Someone other than the doer judged whether actions are effective (S0-45 to S0-49, S1-46)."""

    TOPIC: ClassVar[str] = "complaint.Verified"
    SAYS: ClassVar[Says] = {
        "en": "Verified {action_ids}, effective: {effective}: {method}",
        "zh": "验证措施{action_ids}，有效：{effective}：{method}",
    }

    action_ids: Annotated[tuple[LocalId, ...], Field(min_length=1, max_length=100)]
    effective: bool
    method: CaseText
    criteria: Annotated[tuple[Criterion, ...], Field(max_length=50)] = ()
    evidence: Ids = ()


class Closed(Event):
    """Everything is done and verified, and the result is stated (S0-50)."""

    TOPIC: ClassVar[str] = "complaint.Closed"
    SAYS: ClassVar[Says] = {
        "en": "Closed as {disposition}, customer: {customer_acceptance}: {summary}",
        "zh": "结案（{disposition}），客户意见：{customer_acceptance}：{summary}",
    }

    disposition: Disposition
    customer_acceptance: Acceptance
    summary: CaseText


class Reopened(Event):
    """A closed case begins a new cycle (S0-52, G-REOPEN)."""

    TOPIC: ClassVar[str] = "complaint.Reopened"
    SAYS: ClassVar[Says] = {
        "en": "Reopened for cycle {cycle} ({reason}): {explanation}",
        "zh": "重新打开，第{cycle}轮（{reason}）：{explanation}",
    }

    cycle: Annotated[int, Field(ge=2)]
    reason: ReopenReason
    explanation: CaseText
    back_to_planning: bool = False
    """True when the cause stands and only new actions are needed; otherwise the investigation begins again."""


class ResponsibilitySigned(Event):
    """A responsible department is named and signed for, if need be after closure (S2-29)."""

    TOPIC: ClassVar[str] = "complaint.ResponsibilitySigned"
    SAYS: ClassVar[Says] = {
        "en": "Responsibility signed for {department}: {comment}",
        "zh": "补签责任部门{department}：{comment}",
    }

    department: Department
    comment: CaseText | None = None


class CostRecorded(Event):
    """A cost of the case (S2-45)."""

    TOPIC: ClassVar[str] = "complaint.CostRecorded"
    SAYS: ClassVar[Says] = {"en": "Cost recorded, {kind}: {amount}", "zh": "记录费用（{kind}）：{amount}"}

    cost_id: LocalId
    kind: CostKind
    amount: Money
    department: Department | None = None
    incurred_on: Day | None = None
    source_document: Line | None = None


class Archived(Event):
    """The case is put away until the end of its retention (S0-51, S4-62)."""

    TOPIC: ClassVar[str] = "complaint.Archived"
    SAYS: ClassVar[Says] = {
        "en": "Archived, to be kept until {retention_until:%d %b %Y}",
        "zh": "归档，保存至{retention_until:%Y-%m-%d}",
    }

    retention_until: Day
    dossier: Sha256 | None = None


ComplaintEvent = (
    Received | Acknowledged | InformationRequested | InformationProvided | EvidenceAttached | Registered
    | CustomerContacted | CustomerFeedbackRecorded | FollowUpCompleted | FollowUpWaived | Withdrawn | ClosedBeforeImport
    | Classified | GradeChanged | Assigned | Reassigned | Merged | RecurrenceLinked
    | ContainmentDefined | InvestigationStarted | RootCauseFound
    | ActionPlanned | ActionPlanSubmitted | ActionPlanApproved | ActionPlanReturned
    | ActionProgressReported | ActionCompleted | Verified
    | Closed | Reopened | ResponsibilitySigned | CostRecorded | Archived
)  # fmt: skip
