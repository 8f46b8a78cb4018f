"""What happens at the customer's end of a complaint: receipt, information, contacts, follow-up."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from shared.events.texts import CaseLine, CaseText, Says
from shared.events.words import (
    AskedOf,
    CaseKind,
    Channel,
    ContactPurpose,
    Demand,
    Direction,
    EvidenceKind,
    Extent,
    Origin,
)
from shared.kernel.fact import Event
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
    SiteCode,
    Text,
    Value,
)

Serials = Annotated[tuple[Line, ...], Field(max_length=500)]


class Received(Event):
    """A complaint arrived, through whatever channel, and has its number from now on (S0-06, S1-04)."""

    TOPIC: ClassVar[str] = "complaint.Received"
    SAYS: ClassVar[Says] = {
        "en": "Received as {case_no} by {channel}: {description}",
        "zh": "经{channel}受理，编号{case_no}：{description}",
    }
    SHAPE: ClassVar[int] = 2

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
    origin_text: CaseLine | None = None
    """Where it was noticed, in words of one's own, when no origin fits (S0-54)."""
    requested_at: Instant | None = None
    """When the customer asked for service (S3-10)."""
    awareness_at: Instant | None = None
    """When anybody here first knew of it; if not given, it is the receipt."""
    failure_date: Day | None = None
    """The day on which it failed, where no more is known (S0-13)."""
    failure_at: Instant | None = None
    """The minute at which it failed, where that is known (S0-13)."""
    contact_address: CaseLine | None = None
    order_no: Line | None = None
    spec: Line | None = None
    serial_nos: Serials = ()
    purchase_date: Day | None = None
    shipment_date: Day | None = None
    udi: Line | None = None


class Acknowledged(Event):
    """The customer was told that the complaint has arrived (S1-05)."""

    TOPIC: ClassVar[str] = "complaint.Acknowledged"
    SAYS: ClassVar[Says] = {
        "en": "Receipt acknowledged by {channel}; contact promised by {promised_contact_by}",
        "zh": "已通过{channel}确认受理，承诺联系时间：{promised_contact_by}",
    }
    SHAPE: ClassVar[int] = 2

    channel: Channel
    apology: bool = False
    case_no_given: bool = True
    promised_contact_by: Instant | None = None
    template_id: Code | None = None
    """The wording of the policy that was used (S3-03)."""


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
    SHAPE: ClassVar[int] = 2

    evidence_id: LocalId
    kind: EvidenceKind
    file: FileRef
    taken_at: Instant | None = None
    note: CaseText | None = None
    taken_by: CaseLine | None = None
    holder: CaseLine | None = None
    """Who has the original, or the sample itself."""


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
    SHAPE: ClassVar[int] = 2

    symptom: CaseText
    frequency: Line
    extent: Extent
    product_model: Line
    lot_no: Line | None = None
    serial_nos: Serials = ()
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
    spec: Line | None = None
    shipment_date: Day | None = None
    failure_at: Instant | None = None
    scenario: CaseText | None = None
    """The situation in which it shows (S1-11)."""
    downtime: bool | None = None
    """Something stands still because of it (S0-21)."""
    downtime_minutes: Quantity | None = None
    core_function_lost: bool | None = None
    cosmetic_only: bool | None = None
    affects_use: bool | None = None
    spoilage: bool | None = None
    customers_affected: Quantity | None = None
    regulator_or_media_threat: bool | None = None
    threat: CaseText | None = None
    """What was said of authorities or the press (S1-17)."""
    unit_price: Money | None = None
    quantity_delivered: Quantity | None = None
    unit: Code | None = None
    """Unit of measure of the quantities; pieces, if nothing is said."""
    contract_ref: Line | None = None
    udi: Line | None = None
    contact_address: CaseLine | None = None
    not_available: Annotated[dict[Code, CaseLine], Field(max_length=60)] = Field(default_factory=dict)
    """Required fields that nobody can fill in, each with the reason (G-COMPLETE)."""


class FieldChange(Value):
    """One field of the record put right. Texts, codes and days stand as they are written, all else as JSON."""

    SAYS: ClassVar[Says] = {"en": "{field} {old} → {new}", "zh": "{field} {old} → {new}"}

    field: Code
    old: CaseText | None = None
    new: CaseText


class RegistrationCorrected(Event):
    """What the record says was wrong and is put right; what it said before stays told here (D8 of the domain)."""

    TOPIC: ClassVar[str] = "complaint.RegistrationCorrected"
    SAYS: ClassVar[Says] = {"en": "Registration corrected: {changes} – {reason}", "zh": "更正登记：{changes}——{reason}"}

    changes: Annotated[tuple[FieldChange, ...], Field(min_length=1, max_length=40)]
    reason: CaseText


class FirstResponsibleChanged(Event):
    """Somebody else follows the case to its end from now on (S0-07, S4-48)."""

    TOPIC: ClassVar[str] = "complaint.FirstResponsibleChanged"
    SAYS: ClassVar[Says] = {
        "en": "First responsible is now {first_responsible}: {reason}",
        "zh": "首责人变更为{first_responsible}：{reason}",
    }

    first_responsible: PersonId
    reason: CaseText


class Forwarded(Event):
    """The completed form was passed on to those who are to work on it (S2-22, S4-66)."""

    TOPIC: ClassVar[str] = "complaint.Forwarded"
    SAYS: ClassVar[Says] = {"en": "Forwarded to {to_roles}: {note}", "zh": "转发给{to_roles}：{note}"}

    to_roles: Annotated[tuple[Code, ...], Field(min_length=1, max_length=12)]
    to_sites: Annotated[tuple[SiteCode, ...], Field(max_length=30)] = ()
    form: Line | None = None
    medium: Line | None = None
    note: CaseText | None = None


class CustomerContacted(Event):
    """Somebody spoke with the customer; every contact is logged (S1-32, S3-29)."""

    TOPIC: ClassVar[str] = "complaint.CustomerContacted"
    SAYS: ClassVar[Says] = {
        "en": "Customer contact ({direction}, {channel}, {purpose}): {summary}",
        "zh": "客户沟通（{direction}，{channel}，{purpose}）：{summary}",
    }
    SHAPE: ClassVar[int] = 2

    direction: Direction
    channel: Channel
    purpose: ContactPurpose
    summary: CaseText
    next_contact_by: Instant | None = None
    symptom_confirmed: bool = False
    """Part of the first response where the policy says so, like the next one (S4-69)."""
    failure_info_collected: bool = False
    template_id: Code | None = None
    """The wording of the policy that was used (S3-03)."""


class CustomerFeedbackRecorded(Event):
    """What the customer says to the result (S1-44, S3-38)."""

    TOPIC: ClassVar[str] = "complaint.CustomerFeedbackRecorded"
    SAYS: ClassVar[Says] = {
        "en": "Customer feedback, satisfied: {satisfied}, score {score}: {comment}",
        "zh": "客户反馈，满意：{satisfied}，评分{score}：{comment}",
    }
    SHAPE: ClassVar[int] = 2

    satisfied: bool
    score: Percent | None = None
    """Satisfaction from 0 to 100 (CSAT, S3-38)."""
    comment: CaseText | None = None
    nps: Annotated[int, Field(ge=0, le=10)] | None = None
    """How likely the customer is to recommend us, from 0 to 10 (S3-39)."""
    channel: Channel | None = None
    asked_at: Instant | None = None


class FollowUpKind(StrEnum):
    """Which follow-up it is (S1-49, S3-43, S4-38)."""

    THIRTY_DAYS = "thirty_days"
    CALL_BACK = "call_back"
    VISIT = "visit"


class FollowUpCompleted(Event):
    """The customer was called again some time later (S1-49, S3-43). A failed one demands a decision."""

    TOPIC: ClassVar[str] = "complaint.FollowUpCompleted"
    SAYS: ClassVar[Says] = {
        "en": "Follow-up, reached: {reached}, product in order: {product_ok}: {comment}",
        "zh": "回访，联系到客户：{reached}，产品正常：{product_ok}：{comment}",
    }
    SHAPE: ClassVar[int] = 2

    reached: bool
    product_ok: bool | None = None
    comment: CaseText | None = None
    kind: FollowUpKind | None = None
    attempts: Annotated[int, Field(ge=1, le=100)] = 1
    other_problem: CaseText | None = None
    """Something else that is wrong (S1-50)."""
    new_case: ComplaintId | None = None
    """The case that was opened for it."""


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


class WithdrawnButContinued(Event):
    """The customer takes the complaint back; the case goes on as an internal nonconformity (G-WITHDRAW)."""

    TOPIC: ClassVar[str] = "complaint.WithdrawnButContinued"
    SAYS: ClassVar[Says] = {
        "en": "Withdrawn by the customer, goes on as an internal nonconformity: {reason}",
        "zh": "客户撤诉，作为内部不合格继续处理：{reason}",
    }

    reason: CaseText


class ClosedBeforeImport(Event):
    """The case had ended in the system it was imported from; nothing is known here about how."""

    TOPIC: ClassVar[str] = "complaint.ClosedBeforeImport"
    SAYS: ClassVar[Says] = {"en": "Had been closed in {source}: {result}", "zh": "在{source}中已结案：{result}"}

    source: Line
    result: CaseLine | None = None
