"""What happens at the customer's end of a complaint: receipt, information, contacts, follow-up."""

from __future__ import annotations

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
    Day,
    FileRef,
    Instant,
    Language,
    Line,
    LocalId,
    Money,
    Percent,
    Quantity,
    Text,
    Value,
)


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

    SHAPE: ClassVar[int] = 2

    direction: Direction
    channel: Channel
    purpose: ContactPurpose
    summary: CaseText
    next_contact_by: Instant | None = None
    symptom_confirmed: bool = False
    """Part of the first response where the policy says so, like the next one (S4-69)."""
    failure_info_collected: bool = False


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
