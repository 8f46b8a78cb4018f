"""How far the trouble reaches, and what is done about goods that have left the house or are still being made (domain §1.8)."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.events.texts import CaseText, Ids, Says
from shared.events.triage_words import RecallDecision
from shared.events.words import Where
from shared.kernel.fact import Event
from shared.kernel.values import Code, Day, Instant, Line, LocalId, PersonId, Quantity, Value

Lots = Annotated[tuple[Line, ...], Field(max_length=200)]


class Population(Value):
    """Goods that may have the same trouble, at one place."""

    SAYS: ClassVar[Says] = {"en": "{location} {quantity} ({lots})", "zh": "{location}{quantity}（{lots}）"}

    location: Where
    """`customer` stands for whatever has left the house and arrived."""
    lots: Lots = ()
    quantity: Quantity
    method: Line | None = None
    """How it was found: books, count, sales records."""


class ImpactScopeAssessed(Event):
    """How far the trouble may reach was found out; that it reaches no further is found out by evidence (S4-75)."""

    TOPIC: ClassVar[str] = "complaint.ImpactScopeAssessed"
    SAYS: ClassVar[Says] = {
        "en": "Scope of impact: {population}; at risk: {at_risk_quantity}; what remains: {residual_risk}",
        "zh": "影响范围：{population}；有风险数量：{at_risk_quantity}；剩余风险：{residual_risk}",
    }

    population: Annotated[tuple[Population, ...], Field(max_length=50)] = ()
    """Empty: nothing beyond the pieces complained of."""
    at_risk_quantity: Quantity
    residual_risk: CaseText | None = None
    evidence: Ids = ()


class RecallDecided(Event):
    """It was decided what happens to goods that have left the house (S4-76, S4-20)."""

    TOPIC: ClassVar[str] = "complaint.RecallDecided"
    SAYS: ClassVar[Says] = {
        "en": "Decided: {decision}, {quantity_shipped} pieces at {customers} customers, lots {lots}: {justification}",
        "zh": "召回判定：{decision}，{customers}家客户共{quantity_shipped}件，批次{lots}：{justification}",
    }

    decision_id: LocalId
    decision: RecallDecision
    lots: Lots = ()
    quantity_shipped: Quantity
    customers: Quantity
    justification: CaseText
    decided_by: Annotated[tuple[PersonId, ...], Field(max_length=10)] = ()
    """Who else took part."""
    signed_as: Annotated[tuple[Code, ...], Field(max_length=12)] = ()
    """Roles whose signatures, under the chain `recall`, make it final; where it is empty it is final at once."""


class RecallProgressed(Event):
    """How much of what is called back has come back or was put right; what nobody knows of is counted too."""

    TOPIC: ClassVar[str] = "complaint.RecallProgressed"
    SAYS: ClassVar[Says] = {
        "en": "Recall as of {as_of:%d %b %Y}: {returned} returned, {corrected} corrected, {unaccounted} unaccounted for",
        "zh": "截至{as_of:%Y-%m-%d}召回进度：已退回{returned}，已整改{corrected}，未追回{unaccounted}",
    }

    decision_id: LocalId
    returned: Quantity
    corrected: Quantity
    unaccounted: Quantity
    as_of: Day


class ProductionStopOrdered(Event):
    """Project planning has stopped production of what is concerned (S4-77, form F12)."""

    TOPIC: ClassVar[str] = "complaint.ProductionStopOrdered"
    SAYS: ClassVar[Says] = {
        "en": "Production stopped by notice {notice_no} from {effective_at}: lines {lines}, models {models}, lots {lots}: "
        "{reason}; goes on when {resume_condition}",
        "zh": "暂停生产通知{notice_no}，{effective_at}起生效：产线{lines}，型号{models}，批次{lots}："
        "{reason}；恢复条件：{resume_condition}",
    }

    stop_id: LocalId
    notice_no: Line
    lines: Annotated[tuple[Line, ...], Field(max_length=50)] = ()
    models: Annotated[tuple[Line, ...], Field(max_length=50)] = ()
    lots: Lots = ()
    reason: CaseText
    effective_at: Instant
    resume_condition: CaseText


class ProductionStopRefused(Event):
    """Project planning has looked at it and does not stop production; the reason stands (CL-STOP)."""

    TOPIC: ClassVar[str] = "complaint.ProductionStopRefused"
    SAYS: ClassVar[Says] = {"en": "Production goes on: {reason}", "zh": "不暂停生产：{reason}"}

    reason: CaseText


class ProductionResumed(Event):
    """The condition is met, and production goes on (S4-77)."""

    TOPIC: ClassVar[str] = "complaint.ProductionResumed"
    SAYS: ClassVar[Says] = {
        "en": "Production resumed after {stop_id}: {condition_met}",
        "zh": "恢复生产（{stop_id}）：{condition_met}",
    }

    stop_id: LocalId
    condition_met: CaseText
    evidence: Ids = ()


FieldActionEvent = (
    ImpactScopeAssessed | RecallDecided | RecallProgressed
    | ProductionStopOrdered | ProductionStopRefused | ProductionResumed
)  # fmt: skip
