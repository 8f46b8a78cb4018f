"""What the customer is offered, agrees to and gets (S1-35 to S1-44)."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from shared.events.texts import CaseLine, CaseText, Ids, Says
from shared.events.words import Demand
from shared.kernel.fact import Event
from shared.kernel.values import Day, Line, LocalId, Money, PersonId, Quantity, Value


class RemedyKind(StrEnum):
    """What may be offered (S1-36 to S1-38); the first are what customers ask for."""

    RETURN = "return"
    EXCHANGE = "exchange"
    REPAIR = "repair"
    REPLENISH = "replenish"
    COMPENSATION = "compensation"
    FINE = "fine"
    ON_SITE_SERVICE = "on_site_service"
    TRAINING = "training"
    REPORT = "report"
    OTHER = "other"
    WARRANTY_EXTENSION = "warranty_extension"
    COUPON = "coupon"
    GIFT = "gift"
    COSMETIC_REPAIR_NOTE = "cosmetic_repair_note"
    LOAN_UNIT = "loan_unit"


class RemedyBasis(StrEnum):
    """What an offer rests on (C13 of the domain)."""

    GRADE_MATRIX = "grade_matrix"
    CONTRACT = "contract"
    NEGOTIATED = "negotiated"
    GOODWILL = "goodwill"


class RemedyItem(Value):
    """One thing that is offered."""

    kind: RemedyKind
    amount: Money | None = None
    months: Annotated[int, Field(ge=1, le=240)] | None = None
    discount_percent: Annotated[int, Field(ge=1, le=100)] | None = None
    free: bool | None = None
    quantity: Quantity | None = None
    note: CaseLine | None = None

    @property
    def SAYS(self) -> Says:  # noqa: N802 - where other values have the one sentence of their class
        """Its kind, and of the rest what there is."""
        en = {
            "amount": "{amount}",
            "months": "{months} months",
            "discount_percent": "{discount_percent} %",
            "note": "{note}",
        }
        zh = {**en, "months": "{months}个月", "discount_percent": "{discount_percent}%"}
        there = [name for name in en if getattr(self, name) is not None]
        return {
            "en": " ".join(["{kind}", *(en[name] for name in there)]),
            "zh": "".join(["{kind}", *(zh[name] for name in there)]),
        }


class RemedyProposed(Event):
    """The customer is offered something, by grade and demand (S1-35 to S1-38)."""

    TOPIC: ClassVar[str] = "complaint.RemedyProposed"
    SAYS: ClassVar[Says] = {
        "en": "Remedy {remedy_id} proposed ({offer_basis} {rule_ref}): {offer}; demanded and not offered: {not_offered}",
        "zh": "提出方案{remedy_id}（{offer_basis}{rule_ref}）：{offer}；未满足的诉求：{not_offered}",
    }

    remedy_id: LocalId
    offer: Annotated[tuple[RemedyItem, ...], Field(min_length=1, max_length=20)]
    offer_basis: RemedyBasis
    rule_ref: Line | None = None
    """The pack and grade of the matrix, or the clause of the contract."""
    reason: CaseText | None = None
    demand_ids: Ids = ()
    not_offered: Annotated[tuple[Demand, ...], Field(max_length=12)] = ()
    """What the customer asked for and is not offered."""
    owner: PersonId | None = None
    """Who is to carry it out (S1-42)."""
    due: Day | None = None


class RemedyAgreed(Event):
    """The customer agrees to what was offered."""

    TOPIC: ClassVar[str] = "complaint.RemedyAgreed"
    SAYS: ClassVar[Says] = {
        "en": "Remedy {remedy_id} agreed by {accepted_by}: {comment}",
        "zh": "{accepted_by}接受方案{remedy_id}：{comment}",
    }

    remedy_id: LocalId
    accepted_by: CaseLine | None = None
    comment: CaseText | None = None


class RemedyExecuted(Event):
    """The customer has got what was agreed (S1-42 to S1-44)."""

    TOPIC: ClassVar[str] = "complaint.RemedyExecuted"
    SAYS: ClassVar[Says] = {
        "en": "Remedy {remedy_id} executed by {done_by}; shipment {tracking_no}, expected {expected_arrival}: {note}",
        "zh": "{done_by}执行方案{remedy_id}；单号{tracking_no}，预计{expected_arrival}送达：{note}",
    }

    remedy_id: LocalId
    done_by: PersonId
    tracking_no: Line | None = None
    expected_arrival: Day | None = None
    cost: Money | None = None
    note: CaseText | None = None


class ServiceRestored(Event):
    """The customer can work again, be it by a way around the problem (S3-18, S3-20)."""

    TOPIC: ClassVar[str] = "complaint.ServiceRestored"
    SAYS: ClassVar[Says] = {"en": "Service restored: {how}", "zh": "客户恢复使用：{how}"}

    how: CaseText


RemedyEvent = RemedyProposed | RemedyAgreed | RemedyExecuted | ServiceRestored
