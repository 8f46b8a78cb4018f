"""From the request to close to the archive: closure, reopening, and what is still recorded afterwards."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.events.capa_words import ReturnTo
from shared.events.texts import CaseText, Ids, Says
from shared.events.words import Acceptance, Department, Disposition, ReopenReason
from shared.kernel.fact import Event
from shared.kernel.values import Code, Day, Sha256


class ClosureRequested(Event):
    """Everything seems done: the result is stated, and waits for the signatures that the policy asks for (S0-50)."""

    TOPIC: ClassVar[str] = "complaint.ClosureRequested"
    SAYS: ClassVar[Says] = {
        "en": "Closure {request} requested as {disposition}, customer: {customer_acceptance}: {summary}",
        "zh": "第{request}次申请结案（{disposition}），客户意见：{customer_acceptance}：{summary}",
    }

    request: Annotated[int, Field(ge=1)]
    disposition: Disposition
    customer_acceptance: Acceptance
    summary: CaseText
    checklist: Annotated[tuple[Code, ...], Field(max_length=50)] = ()
    """What the policy asks for, and was found done."""


class ClosureReturned(Event):
    """The closure was sent back; what is named is to be done, or judged, again (T20)."""

    TOPIC: ClassVar[str] = "complaint.ClosureReturned"
    SAYS: ClassVar[Says] = {
        "en": "Closure returned to {to_stage}, actions {action_ids}: {reason}",
        "zh": "结案退回至{to_stage}，措施{action_ids}：{reason}",
    }

    to_stage: ReturnTo
    action_ids: Ids = ()
    reason: CaseText


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


class Archived(Event):
    """The case is put away until the end of its retention (S0-51, S4-62)."""

    TOPIC: ClassVar[str] = "complaint.Archived"
    SAYS: ClassVar[Says] = {
        "en": "Archived, to be kept until {retention_until:%d %b %Y}",
        "zh": "归档，保存至{retention_until:%Y-%m-%d}",
    }

    retention_until: Day
    dossier: Sha256 | None = None


ClosingEvent = ClosureRequested | ClosureReturned
