"""Actions: planned, approved, proved, carried out, and judged by their effect (D5, D6)."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.events.capa_words import Effect, OwnerParty, ProofKind, Term
from shared.events.texts import CaseText, Ids, Says
from shared.events.words import ActionKind, Department
from shared.kernel.fact import Event
from shared.kernel.values import Day, Line, LocalId, Money, Percent, PersonId, Quantity, Value


class Milestone(Value):
    """A day on the way, by which a part of the action is done (S0-43)."""

    name: Line
    due: Day


class Resources(Value):
    """What an action takes: people, tools, money (S0-39, S3-30)."""

    people: CaseText | None = None
    equipment: CaseText | None = None
    budget: Money | None = None


class SuccessMetric(Value):
    """How one will see that it worked: from where to where, watched for how long (G-SMART). Numbers travel as text."""

    kpi: Line
    target: Line
    baseline: Line | None = None
    window_days: Annotated[int, Field(ge=0, le=3_650)] | None = None


class Smart(Value):
    """Whether the action is specific, measurable, achievable, relevant and timed, as its planner sees it (S0-37)."""

    specific: bool
    measurable: bool
    achievable: bool
    relevant: bool
    timed: bool


class ActionPlanned(Event):
    """An action was agreed, with someone answerable and a date (S0-36 to S0-43, S3-30, S3-32, S4-37, S4-39)."""

    TOPIC: ClassVar[str] = "complaint.ActionPlanned"
    SAYS: ClassVar[Says] = {
        "en": "Action {action_id} planned ({kind}), {owner}, due {due:%d %b %Y}: {content}",
        "zh": "计划措施{action_id}（{kind}），{owner}，期限{due:%Y-%m-%d}：{content}",
    }

    SHAPE: ClassVar[int] = 2

    action_id: LocalId
    kind: ActionKind
    content: CaseText
    owner: PersonId
    """Who of us answers for it; for an action of a supplier or of the customer, who follows it."""
    department: Department | None = None
    due: Day
    """A day in the site's calendar: the action is due when work ends that day."""
    measure_of_success: CaseText
    owner_party: OwnerParty = OwnerParty.OWN
    supporting_departments: Annotated[tuple[Department, ...], Field(max_length=8)] = ()
    planned_start: Day | None = None
    milestones: Annotated[tuple[Milestone, ...], Field(max_length=20)] = ()
    resources: Resources | None = None
    success_metric: SuccessMetric | None = None
    priority: Annotated[int, Field(ge=1, le=99)] | None = None
    """1 comes first (S4-39)."""
    smart: Smart | None = None


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


class ActionValidated(Event):
    """A measure was proved on a sample before it is rolled out, or was found wanting (S4-79, D5)."""

    TOPIC: ClassVar[str] = "complaint.ActionValidated"
    SAYS: ClassVar[Says] = {
        "en": "Action {action_id} tried before roll-out, good: {ok}: {method}",
        "zh": "措施{action_id}推广前验证，合格：{ok}：{method}",
    }

    action_id: LocalId
    ok: bool
    method: CaseText
    sample_quantity: Quantity | None = None
    evidence: Ids = ()


class ActionStarted(Event):
    """Work on an action has begun (S3-33)."""

    TOPIC: ClassVar[str] = "complaint.ActionStarted"
    SAYS: ClassVar[Says] = {"en": "Action {action_id} started", "zh": "措施{action_id}开始实施"}

    action_id: LocalId


class ActionProgressReported(Event):
    """How far an action is (S0-41, S3-33). That one is stuck is told by `ActionBlocked` today."""

    TOPIC: ClassVar[str] = "complaint.ActionProgressReported"
    SAYS: ClassVar[Says] = {
        "en": "Action {action_id} at {percent} %, blocked: {blocked}: {note}",
        "zh": "措施{action_id}完成{percent}%，受阻：{blocked}：{note}",
    }

    action_id: LocalId
    percent: Percent
    blocked: bool = False
    note: CaseText | None = None


class ActionBlocked(Event):
    """An action is stuck: why, and how it will get going again (S0-42)."""

    TOPIC: ClassVar[str] = "complaint.ActionBlocked"
    SAYS: ClassVar[Says] = {
        "en": "Action {action_id} blocked: {reason}; way out: {way_out}",
        "zh": "措施{action_id}受阻：{reason}；解决办法：{way_out}",
    }

    action_id: LocalId
    reason: CaseText
    way_out: CaseText
    new_due: Day | None = None
    """The day that its owner thinks possible; who approves it moves the due date."""


class ActionUnblocked(Event):
    """An action goes on (S0-42)."""

    TOPIC: ClassVar[str] = "complaint.ActionUnblocked"
    SAYS: ClassVar[Says] = {"en": "Action {action_id} goes on: {note}", "zh": "措施{action_id}恢复实施：{note}"}

    action_id: LocalId
    note: CaseText | None = None


class ActionDueDateChanged(Event):
    """A leader let an action be due another day; how often that happened is counted (S0-40)."""

    TOPIC: ClassVar[str] = "complaint.ActionDueDateChanged"
    SAYS: ClassVar[Says] = {
        "en": "Action {action_id} due {new_due:%d %b %Y} instead of {old_due:%d %b %Y}, change {count}: {reason}",
        "zh": "措施{action_id}期限由{old_due:%Y-%m-%d}改为{new_due:%Y-%m-%d}（第{count}次）：{reason}",
    }

    action_id: LocalId
    old_due: Day
    new_due: Day
    count: Annotated[int, Field(ge=1)]
    reason: CaseText


class MilestoneReached(Event):
    """A part of a long action is done (S0-43)."""

    TOPIC: ClassVar[str] = "complaint.MilestoneReached"
    SAYS: ClassVar[Says] = {
        "en": "Action {action_id} reached: {milestone}",
        "zh": "措施{action_id}达到里程碑：{milestone}",
    }

    action_id: LocalId
    milestone: Line
    evidence: Ids = ()


class ActionCompleted(Event):
    """An action has been carried out (S0-40)."""

    TOPIC: ClassVar[str] = "complaint.ActionCompleted"
    SAYS: ClassVar[Says] = {
        "en": "Action {action_id} completed by {done_by}: {result}",
        "zh": "{done_by}完成措施{action_id}：{result}",
    }

    SHAPE: ClassVar[int] = 2

    action_id: LocalId
    done_by: PersonId
    result: CaseText
    evidence: Ids = ()
    actual_cost: Money | None = None


class ActionCancelled(Event):
    """An action is not carried out any more (T31)."""

    TOPIC: ClassVar[str] = "complaint.ActionCancelled"
    SAYS: ClassVar[Says] = {"en": "Action {action_id} cancelled: {reason}", "zh": "取消措施{action_id}：{reason}"}

    action_id: LocalId
    reason: CaseText
    plan_again: bool = False
    """True when what is left of the plan is not enough by the policy of the day."""


class Criterion(Value):
    """One measured criterion of a verification: what was wanted and what was found. Numbers travel as text."""

    metric: Line
    target: Line
    actual: Line
    met: bool
    n: Quantity | None = None
    """On how many pieces, days or cases it was measured."""


class Verified(Event):
    """Someone other than the doer judged whether actions are effective (S0-45 to S0-49, S1-46)."""

    TOPIC: ClassVar[str] = "complaint.Verified"
    SAYS: ClassVar[Says] = {
        "en": "Verified {action_ids}, effective: {effective}: {method}",
        "zh": "验证措施{action_ids}，有效：{effective}：{method}",
    }

    SHAPE: ClassVar[int] = 2

    action_ids: Annotated[tuple[LocalId, ...], Field(min_length=1, max_length=100)]
    effective: bool
    method: CaseText
    criteria: Annotated[tuple[Criterion, ...], Field(max_length=50)] = ()
    evidence: Ids = ()
    term: Term | None = None
    proof: ProofKind | None = None
    result: Effect | None = None
    """Only what is inconclusive needs to be said here; `effective` is false then, and nothing has failed."""
    look_again: Day | None = None
    """When it is judged once more, if it was inconclusive (T17)."""

    @property
    def inconclusive(self) -> bool:
        """Nobody can say yet."""
        return self.result == Effect.INCONCLUSIVE

    @property
    def failed(self) -> bool:
        """Not effective, so there must be other actions (S0-52)."""
        return not self.effective and not self.inconclusive


ActionEvent = (
    ActionPlanned | ActionPlanApproved | ActionValidated | ActionStarted | ActionProgressReported | ActionBlocked
    | ActionUnblocked | ActionDueDateChanged | MilestoneReached | ActionCompleted | ActionCancelled | Verified
)  # fmt: skip
"""What changes actions themselves."""
PlanEvent = ActionPlanSubmitted | ActionPlanReturned
