"""Containment: what keeps the problem from spreading, from its definition to the day it is lifted (D3)."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.events.texts import CaseText, Ids, Says
from shared.events.words import Where
from shared.kernel.fact import Event
from shared.kernel.values import Day, LocalId, PersonId, Quantity, Value


class WorkItem(Value):
    """One piece of work on site, with the time that it takes (S4-71)."""

    item: CaseText
    minutes: Annotated[int, Field(ge=1, le=100_000)]


class ContainmentDefined(Event):
    """An interim measure keeps the problem from spreading (S2-20, S4-70, S4-71, D3)."""

    TOPIC: ClassVar[str] = "complaint.ContainmentDefined"
    SAYS: ClassVar[Says] = {
        "en": "Containment at {where}, {owner}: {measure}",
        "zh": "临时措施（{where}，{owner}）：{measure}",
    }

    SHAPE: ClassVar[int] = 2

    containment_id: LocalId
    where: Annotated[tuple[Where, ...], Field(min_length=1, max_length=5)]
    measure: CaseText
    owner: PersonId
    due: Day | None = None
    quantity_checked: Quantity | None = None
    quantity_nonconforming: Quantity | None = None
    agreed_with_customer: bool | None = None
    work_plan: Annotated[tuple[WorkItem, ...], Field(max_length=50)] = ()
    """What is done on site, piece by piece with its time."""


class ContainmentImplemented(Event):
    """The measure is in place; so many pieces were looked at, and so many were bad (D3)."""

    TOPIC: ClassVar[str] = "complaint.ContainmentImplemented"
    SAYS: ClassVar[Says] = {
        "en": "Containment {containment_id} in place: {quantity_checked} checked, {quantity_nonconforming} nonconforming",
        "zh": "临时措施{containment_id}已落实：检查{quantity_checked}件，不良{quantity_nonconforming}件",
    }

    containment_id: LocalId
    quantity_checked: Quantity | None = None
    quantity_nonconforming: Quantity | None = None
    evidence: Ids = ()


class ContainmentVerified(Event):
    """Somebody else made sure that the measure holds, or that it does not (D3)."""

    TOPIC: ClassVar[str] = "complaint.ContainmentVerified"
    SAYS: ClassVar[Says] = {
        "en": "Containment {containment_id} verified, effective: {effective}: {method}",
        "zh": "验证临时措施{containment_id}，有效：{effective}：{method}",
    }

    containment_id: LocalId
    effective: bool
    method: CaseText
    evidence: Ids = ()


class ContainmentLifted(Event):
    """The measure is needed no longer, or becomes the way in which work is done from now on (D3, G-CLOSE)."""

    TOPIC: ClassVar[str] = "complaint.ContainmentLifted"
    SAYS: ClassVar[Says] = {
        "en": "Containment {containment_id} ended, made permanent: {made_permanent}: {reason}",
        "zh": "结束临时措施{containment_id}，转为长期措施：{made_permanent}：{reason}",
    }

    containment_id: LocalId
    reason: CaseText
    made_permanent: bool = False


ContainmentEvent = ContainmentDefined | ContainmentImplemented | ContainmentVerified | ContainmentLifted
