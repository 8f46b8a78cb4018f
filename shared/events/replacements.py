"""The request for parts, an exchange or a return (form F4): asked for, authorised, shipped, delivered, come back."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from shared.events.texts import CaseLine, CaseText, Says
from shared.events.words import Department
from shared.kernel.fact import Event
from shared.kernel.values import Code, Day, Line, LocalId, Money, Quantity, Value


class ReplacementKind(StrEnum):
    """Which of the three the form asks for (S2-21, S2-54)."""

    REPLENISH = "replenish"
    EXCHANGE = "exchange"
    RETURN = "return"


class ReplacementItem(Value):
    """One line of the form."""

    SAYS: ClassVar[Says] = {"en": "{quantity} × {part_no}", "zh": "{part_no}×{quantity}"}

    part_no: Line
    lot_no: Line | None = None
    serial_no: Line | None = None
    quantity: Annotated[int, Field(ge=1, le=1_000_000_000)]
    unit: Code | None = None


class ReplacementRequested(Event):
    """The form for parts, an exchange or a return was filled in (S2-21, S2-54)."""

    TOPIC: ClassVar[str] = "complaint.ReplacementRequested"
    SAYS: ClassVar[Says] = {
        "en": "Request {replacement_id} for {kind}: {parts}, urgent: {urgent}: {reason}",
        "zh": "补/换/退申请{replacement_id}（{kind}）：{parts}，紧急：{urgent}：{reason}",
    }

    replacement_id: LocalId
    kind: ReplacementKind
    parts: Annotated[tuple[ReplacementItem, ...], Field(min_length=1, max_length=100)]
    urgent: bool = False
    reason: CaseText | None = None
    demand_id: LocalId | None = None
    request_no: Line | None = None


class ReplacementAuthorised(Event):
    """Quality has checked the facts and signed for the responsible department, or will sign later (S2-28, S2-29)."""

    TOPIC: ClassVar[str] = "complaint.ReplacementAuthorised"
    SAYS: ClassVar[Says] = {
        "en": "Request {replacement_id} authorised; responsible: {department}, to be signed later: {pending}, by {retro_sign_due}",
        "zh": "批准申请{replacement_id}；责任部门：{department}，后补签：{pending}，期限{retro_sign_due}",
    }

    replacement_id: LocalId
    facts_correct: bool = True
    department: Department | None = None
    pending: bool = False
    """It leaves first; who is responsible is signed afterwards."""
    retro_sign_due: Day | None = None
    comment: CaseText | None = None


class ReplacementRefused(Event):
    """Quality has checked the facts and found that they do not carry the request (S2-28)."""

    TOPIC: ClassVar[str] = "complaint.ReplacementRefused"
    SAYS: ClassVar[Says] = {
        "en": "Request {replacement_id} refused, facts correct: {facts_correct}: {reason}",
        "zh": "驳回申请{replacement_id}，情况属实：{facts_correct}：{reason}",
    }

    replacement_id: LocalId
    facts_correct: bool
    reason: CaseText


class ReplacementResponsibilitySigned(Event):
    """The department that is responsible for a replacement was signed for afterwards (S2-29)."""

    TOPIC: ClassVar[str] = "complaint.ReplacementResponsibilitySigned"
    SAYS: ClassVar[Says] = {
        "en": "Responsibility for request {replacement_id} signed: {department}: {comment}",
        "zh": "补签申请{replacement_id}的责任部门{department}：{comment}",
    }

    replacement_id: LocalId
    department: Department
    comment: CaseText | None = None


class ReplacementShipped(Event):
    """The goods have left the warehouse (S2-06, S1-44)."""

    TOPIC: ClassVar[str] = "complaint.ReplacementShipped"
    SAYS: ClassVar[Says] = {
        "en": "Request {replacement_id} shipped by {carrier}, shipment {tracking_no}, expected {expected_arrival}",
        "zh": "申请{replacement_id}已由{carrier}发货，单号{tracking_no}，预计{expected_arrival}送达",
    }

    replacement_id: LocalId
    warehouse_issue_no: Line | None = None
    carrier: Line | None = None
    tracking_no: Line | None = None
    expected_arrival: Day | None = None
    freight: Money | None = None
    loss: Money | None = None


class ReplacementDelivered(Event):
    """The goods have reached the customer."""

    TOPIC: ClassVar[str] = "complaint.ReplacementDelivered"
    SAYS: ClassVar[Says] = {
        "en": "Request {replacement_id} delivered to {received_by}",
        "zh": "申请{replacement_id}已送达{received_by}",
    }

    replacement_id: LocalId
    received_by: CaseLine | None = None


class ReturnReceived(Event):
    """Goods came back from the customer (S2-24)."""

    TOPIC: ClassVar[str] = "complaint.ReturnReceived"
    SAYS: ClassVar[Says] = {
        "en": "{quantity} pieces returned ({rma_no}), stored at {stored_at}: {condition}",
        "zh": "收到退货{quantity}件（{rma_no}），存放于{stored_at}：{condition}",
    }

    return_id: LocalId
    replacement_id: LocalId | None = None
    rma_no: Line | None = None
    quantity: Quantity
    condition: CaseText
    stored_at: Line | None = None


ReplacementEvent = (
    ReplacementRequested | ReplacementAuthorised | ReplacementRefused | ReplacementResponsibilitySigned
    | ReplacementShipped | ReplacementDelivered | ReturnReceived
)  # fmt: skip
