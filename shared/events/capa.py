"""From the first interim measure to the archive: cause, plan, actions, verification, closure."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from shared.events.texts import CaseText, Ids, Says
from shared.events.words import (
    Acceptance,
    ActionKind,
    Department,
    Disposition,
    Method,
    ReopenReason,
    Verdict,
    Where,
)
from shared.kernel.fact import Event
from shared.kernel.values import Day, Line, LocalId, Percent, PersonId, Quantity, Sha256, Value


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


class Archived(Event):
    """The case is put away until the end of its retention (S0-51, S4-62)."""

    TOPIC: ClassVar[str] = "complaint.Archived"
    SAYS: ClassVar[Says] = {
        "en": "Archived, to be kept until {retention_until:%d %b %Y}",
        "zh": "归档，保存至{retention_until:%Y-%m-%d}",
    }

    retention_until: Day
    dossier: Sha256 | None = None
