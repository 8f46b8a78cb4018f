"""Carrying out: proof before roll-out, start, progress, what is stuck, other days, milestones, completion, cancelling (D6)."""

from typing import ClassVar, assert_never

from services.capa.topics.asked import action_of, cites, guards_of, today_at
from services.capa.topics.plan import in_the_plan, lacking
from shared.complaint.state import Action, ActionStatus, Complaint
from shared.events import complaint as events
from shared.events.complaint import CaseText, Ids
from shared.events.words import ActionKind
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Invalid, Refused
from shared.kernel.fact import Occasion
from shared.kernel.told import told
from shared.kernel.values import Day, LocalId, Money, PersonId
from shared.policy.rules import Rules, must_know


class ValidateAction(events.ActionValidated, Command):
    """Prove a measure on a sample before it is rolled out; never by its owner (S4-79, D5)."""


class StartAction(events.ActionStarted, Command):
    """Report that work on an action has begun."""


class ReportActionProgress(events.ActionProgressReported, Command):
    """Say how far an action is (S0-41)."""


class BlockAction(events.ActionBlocked, Command):
    """Say why an action is stuck, and how it will get going again (S0-42)."""


class UnblockAction(events.ActionUnblocked, Command):
    """Say that an action goes on."""


class ChangeActionDueDate(Command):
    """Let an action be due another day, as a leader; never by its owner."""

    LEADS_TO: ClassVar = (events.ActionDueDateChanged,)

    action_id: LocalId
    new_due: Day
    reason: CaseText


class ReachMilestone(events.MilestoneReached, Command):
    """Report a part of a long action as done (S0-43)."""


class CompleteAction(Command):
    """Report an action as carried out; by the actor unless another doer is named."""

    LEADS_TO: ClassVar = (events.ActionCompleted,)

    action_id: LocalId
    done_by: PersonId | None = None
    result: CaseText
    evidence: Ids = ()
    actual_cost: Money | None = None


class CancelAction(Command):
    """Give an approved action up, with the reason; if what is left is not enough, the case is planned again (T31)."""

    LEADS_TO: ClassVar = (events.ActionCancelled,)

    action_id: LocalId
    reason: CaseText


WorkCommand = (
    ValidateAction | StartAction | ReportActionProgress | BlockAction | UnblockAction | ChangeActionDueDate
    | ReachMilestone | CompleteAction | CancelAction
)  # fmt: skip


def decide(complaint: Complaint, command: WorkCommand, occasion: Occasion, rules: Rules) -> Decided:
    """Events for one command about an action under way."""
    under_way = (ActionStatus.PLANNED, ActionStatus.APPROVED)
    action = action_of(
        complaint, command.action_id, *(under_way if isinstance(command, ValidateAction) else under_way[1:])
    )
    match command:
        case ValidateAction():
            if occasion.actor.id == action.owner:
                raise Refused(
                    f"{occasion.actor.id} owns {action.action_id} and cannot prove it", rule="G-SOD",
                    way_out="somebody else with the role quality_engineer or quality_head proves it",
                )  # fmt: skip
            cites(complaint, command.evidence)
            yield told(events.ActionValidated, command)
        case StartAction():
            if action.started_at is not None:
                raise Refused(f"{action.action_id} has begun already", rule="G-ACTION", field="action_id")
            yield told(events.ActionStarted, command)
        case ReportActionProgress():
            if command.blocked:
                raise Refused(
                    "an action that is stuck says why, and how it will get going again", rule="G-BLOCKED",
                    field="blocked", way_out="say so with block-action",
                )  # fmt: skip
            yield told(events.ActionProgressReported, command)
        case BlockAction():
            if command.new_due is not None and command.new_due < today_at(complaint, occasion, rules):
                raise Refused("the day that is thought possible has passed", rule="G-SMART", field="new_due")
            yield told(events.ActionBlocked, command)
        case UnblockAction():
            if not action.blocked:
                raise Refused(f"{action.action_id} is not blocked", rule="G-BLOCKED", field="action_id")
            yield told(events.ActionUnblocked, command)
        case ChangeActionDueDate():
            yield _due_another_day(complaint, action, command, occasion, rules)
        case ReachMilestone():
            _not_reached_yet(action, command.milestone)
            cites(complaint, command.evidence)
            yield told(events.MilestoneReached, command)
        case CompleteAction():
            cites(complaint, command.evidence)
            doer = command.done_by or occasion.actor.id
            must_know(rules, doer, "done_by")
            _proved_first(action, bool(guards_of(complaint, occasion, rules).require_pre_validation))
            yield told(events.ActionCompleted, command, done_by=doer)
        case CancelAction():
            left = [each for each in in_the_plan(complaint) if each.action_id != action.action_id]
            missing = lacking(complaint, guards_of(complaint, occasion, rules), left)
            yield events.ActionCancelled(
                action_id=action.action_id, reason=command.reason, plan_again=missing is not None
            )
        case _:
            assert_never(command)


def _due_another_day(
    complaint: Complaint, action: Action, command: ChangeActionDueDate, occasion: Occasion, rules: Rules
) -> events.ActionDueDateChanged:
    if occasion.actor.id == action.owner:
        raise Refused(
            f"{occasion.actor.id} owns {action.action_id} and cannot move its day", rule="G-SOD",
            way_out="say why it is stuck (block-action); another leader moves the day",
        )  # fmt: skip
    if command.new_due == action.due:
        raise Refused(f"{action.action_id} is due that day already", rule="G-SMART", field="new_due")
    if command.new_due < today_at(complaint, occasion, rules):
        raise Refused("an action cannot be due before today", rule="G-SMART", field="new_due")
    return events.ActionDueDateChanged(
        action_id=action.action_id, old_due=action.due, new_due=command.new_due, count=action.due_changes + 1,
        reason=command.reason,
    )  # fmt: skip


def _not_reached_yet(action: Action, milestone: str) -> None:
    names = [each.name for each in action.milestones]
    if milestone not in names:
        raise Invalid(
            f"{action.action_id} has no milestone {milestone!r}", rule="G-ACTION", field="milestone",
            way_out=f"milestones: {', '.join(names) or 'none'}",
        )  # fmt: skip
    if milestone in action.milestones_reached:
        raise Refused(f"{milestone!r} has been reached already", rule="G-ACTION", field="milestone")


def _proved_first(action: Action, required: bool) -> None:
    """A corrective action is rolled out only when it was found good on a sample (S4-79, G-PREVAL)."""
    if required and action.kind == ActionKind.CORRECTIVE and not action.validated:
        raise Refused(
            f"{action.action_id} has not been proved, and the policy wants that before it is rolled out",
            rule="G-PREVAL",
            way_out="a quality engineer proves it first (validate-action)",
        )
