"""The plan: actions agreed, put forward, approved step by step or sent back (D5, G-SMART, G-APPR)."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import ClassVar, assert_never

from services.capa.topics.asked import guards_of, holds_for, pack_of, today_at
from services.capa.topics.containment import least_measures
from shared.complaint.local_ids import NEXT, free
from shared.complaint.state import Action, ActionStatus, Complaint
from shared.events import complaint as events
from shared.events.complaint import CaseText
from shared.events.words import ActionKind
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Invalid, Refused
from shared.kernel.fact import Occasion
from shared.kernel.told import told
from shared.kernel.values import LocalId
from shared.policy.chains import complete, send_back, sign, steps_of
from shared.policy.pack import Guards
from shared.policy.rules import Rules, must_know

CHAIN = "plan"
_OUT_OF_THE_PLAN = frozenset({ActionStatus.INEFFECTIVE, ActionStatus.CANCELLED})


class PlanAction(events.ActionPlanned, Command):
    """Agree an action; one that is not yet approved may be planned again under its id."""

    action_id: LocalId = NEXT


class SubmitActionPlan(Command):
    """Put the planned actions forward for approval."""

    LEADS_TO: ClassVar = (events.ActionPlanSubmitted,)


class ApproveActionPlan(Command):
    """Let the plan be carried out; never by whoever planned an action of it, or submitted it (G-SOD)."""

    LEADS_TO: ClassVar = (events.ActionPlanApproved,)

    comment: CaseText | None = None


class ReturnActionPlan(Command):
    """Send the plan back with a comment; signatures given to it are void."""

    LEADS_TO: ClassVar = (events.ActionPlanReturned,)

    comment: CaseText


PlanCommand = PlanAction | SubmitActionPlan | ApproveActionPlan | ReturnActionPlan


def decide(complaint: Complaint, command: PlanCommand, occasion: Occasion, rules: Rules) -> Decided:
    """Events for one command about the plan."""
    match command:
        case PlanAction():
            yield _planned(complaint, command, occasion, rules)
        case SubmitActionPlan():
            yield _submitted(complaint, occasion, rules)
        case ApproveActionPlan():
            yield from _approved(complaint, command, occasion, rules)
        case ReturnActionPlan():
            version = _submitted_version(complaint)
            if steps := steps_of(complaint, CHAIN, occasion, rules):
                yield send_back(complaint, CHAIN, f"p{version}", steps, occasion, rules, command.comment)
            yield events.ActionPlanReturned(plan_version=version, comment=command.comment)
        case _:
            assert_never(command)


# ── what the policy wants of a plan ───────────────────────────────────────────────────────────────────────────────────
def lacking(complaint: Complaint, guards: Guards, actions: Iterable[Action]) -> str | None:
    """Which kind of action the policy misses among these, in words; None when they are enough (G-SMART, S2-41)."""
    kinds = {action.kind for action in actions}
    lasting = {ActionKind.CORRECTIVE, ActionKind.PREVENTIVE}
    if guards.min_capa_rank is not None and ActionKind.CORRECTION not in kinds:
        return "a correction"
    if holds_for(complaint, guards.min_capa_rank) and not kinds & lasting:
        return "a corrective or preventive action"
    if holds_for(complaint, guards.preventive_rank) and not kinds >= lasting:
        return "a corrective and a preventive action"
    return None


def in_the_plan(complaint: Complaint) -> list[Action]:
    """The actions of the cycle that still count: neither cancelled nor found ineffective."""
    return [action for action in complaint.actions_of_cycle() if action.status not in _OUT_OF_THE_PLAN]


# ── agreeing ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def _planned(complaint: Complaint, command: PlanAction, occasion: Occasion, rules: Rules) -> events.ActionPlanned:
    must_know(rules, command.owner, "owner")
    earlier = complaint.actions.get(command.action_id)
    if earlier is not None and (earlier.status != ActionStatus.PLANNED or earlier.cycle != complaint.cycle):
        raise Invalid(f"action {command.action_id} is already {earlier.status}", rule="G-UNIQUE", field="action_id")
    id = command.action_id if earlier else free(command.action_id, "a", complaint.actions, "action_id")
    if command.due < today_at(complaint, occasion, rules):
        raise Refused("an action cannot be due before it is planned", rule="G-SMART", field="due")
    if command.planned_start is not None and command.planned_start > command.due:
        raise Invalid("an action cannot start after it is due", rule="G-SMART", field="planned_start")
    names = [milestone.name for milestone in command.milestones]
    if len(set(names)) < len(names):
        raise Invalid("two milestones have the same name", rule="G-SMART", field="milestones")
    if any(milestone.due > command.due for milestone in command.milestones):
        raise Invalid("a milestone cannot be due after its action", rule="G-SMART", field="milestones")
    return told(events.ActionPlanned, command, action_id=id)


# ── putting forward ───────────────────────────────────────────────────────────────────────────────────────────────────
def _submitted(complaint: Complaint, occasion: Occasion, rules: Rules) -> events.ActionPlanSubmitted:
    """A plan holds at least one new action, and every cycle at least one correction or corrective action (G-SMART)."""
    new = [action for action in complaint.actions_of_cycle() if action.status == ActionStatus.PLANNED]
    if not new:
        raise Refused("the plan holds no new action", rule="G-SMART", way_out="plan one first (plan-action)")
    kinds = {action.kind for action in complaint.actions_of_cycle() if action.status != ActionStatus.CANCELLED}
    if not kinds & {ActionKind.CORRECTION, ActionKind.CORRECTIVE}:
        raise Refused("the plan holds no correction or corrective action", rule="G-SMART", field="kind")
    guards = guards_of(complaint, occasion, rules)
    missing = lacking(complaint, guards, in_the_plan(complaint))
    if missing is not None:
        raise Refused(
            f"the policy wants {missing} in this plan", rule="G-SMART", field="kind", way_out="plan one (plan-action)"
        )
    _contained(complaint, least_measures(complaint, pack_of(complaint, occasion, rules), guards.containment_rank))
    _each_is_smart(complaint, new, guards, today_at(complaint, occasion, rules))
    return events.ActionPlanSubmitted(
        plan_version=complaint.plan_version + 1, action_ids=tuple(action.action_id for action in new)
    )


def _contained(complaint: Complaint, least: int) -> None:
    """Before one plans what lasts, the problem is kept from spreading (S2-20, G-CONT)."""
    if len(complaint.containment) < least:
        raise Refused(
            f"the policy wants at least {least} interim measure{'' if least == 1 else 's'} before the plan",
            rule="G-CONT",
            way_out="define containment first (define-containment)",
        )


def _each_is_smart(complaint: Complaint, new: Sequence[Action], guards: Guards, today: date) -> None:
    """Resources and a metric (S0-39, S3-30), and milestones on a long way (S0-43)."""
    for action in new:
        if holds_for(complaint, guards.smart_rank):
            _names_what_it_takes(action)
        longest = guards.milestones_after_days
        days = (action.due - (action.planned_start or today)).days
        if longest is not None and days > longest and not action.milestones:
            raise Refused(
                f"{action.action_id} takes {days} days; after {longest} the policy wants milestones", rule="G-SMART",
                field="milestones", way_out=_AGAIN.format(action.action_id),
            )  # fmt: skip


_AGAIN = "plan {0} again under its id (plan-action)"


def _names_what_it_takes(action: Action) -> None:
    metric, smart = action.success_metric, action.smart
    wrong: str | None = None
    if action.resources is None:
        field, wrong = "resources", "names no resources"
    elif metric is None or metric.window_days is None:
        field, wrong = "success_metric", "has no metric with target and window"
    else:
        field = "smart"
        if smart is not None and not all(smart.model_dump().values()):
            wrong = "is not SMART in its planner's own eyes"
    if wrong is not None:
        raise Refused(
            f"{action.action_id} {wrong}", rule="G-SMART", field=field, way_out=_AGAIN.format(action.action_id)
        )


# ── approving ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def _approved(complaint: Complaint, command: ApproveActionPlan, occasion: Occasion, rules: Rules) -> Decided:
    """By every signature that the policy asks for, one after another; by one leader where it asks for none (G-APPR)."""
    version = _submitted_version(complaint)
    if occasion.actor.id in complaint.plan_authors:
        raise Refused(
            "whoever planned an action of the plan, or submitted it, cannot approve it", rule="G-SOD",
            way_out="somebody else with the role quality_head, dept_head or general_manager approves it",
        )  # fmt: skip
    if steps := steps_of(complaint, CHAIN, occasion, rules):
        plan = f"p{version}"
        yield sign(complaint, CHAIN, plan, steps, occasion, rules, comment=command.comment)
        if not complete(complaint, CHAIN, plan, steps, more=1):
            return
    yield events.ActionPlanApproved(plan_version=version, comment=command.comment)


def _submitted_version(complaint: Complaint) -> int:
    if complaint.plan_version == 0:
        raise Refused("no plan has been submitted yet", rule="G-STAGE", way_out="submit one first (submit-action-plan)")
    return complaint.plan_version
