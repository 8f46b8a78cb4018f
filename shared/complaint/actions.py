"""The actions of a case: planned, approved, proved, under way, completed, judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never

from shared.events.actions import (
    ActionBlocked,
    ActionCancelled,
    ActionCompleted,
    ActionDueDateChanged,
    ActionEvent,
    ActionPlanApproved,
    ActionPlanned,
    ActionProgressReported,
    ActionStarted,
    ActionUnblocked,
    ActionValidated,
    Milestone,
    MilestoneReached,
    Resources,
    Smart,
    SuccessMetric,
    Verified,
)
from shared.events.capa_words import OwnerParty
from shared.events.texts import CaseText
from shared.events.words import ActionKind, Department
from shared.kernel.changed import changed
from shared.kernel.fact import Fact
from shared.kernel.values import Money


class ActionStatus(StrEnum):
    """How far an action is."""

    PLANNED = "planned"
    APPROVED = "approved"
    COMPLETED = "completed"
    EFFECTIVE = "effective"
    INEFFECTIVE = "ineffective"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Action:
    """One action of the plan: a correction, a corrective or a preventive action, or an improvement."""

    action_id: str
    kind: ActionKind
    content: CaseText
    owner: str
    due: date
    measure_of_success: CaseText
    cycle: int
    status: ActionStatus = ActionStatus.PLANNED
    percent: int = 0
    blocked: bool = False
    doers: tuple[str, ...] = ()
    planners: tuple[str, ...] = ()
    """Whoever planned it, or planned it again."""
    completed_at: datetime | None = None

    department: Department | None = None
    supporting_departments: tuple[Department, ...] = ()
    owner_party: OwnerParty = OwnerParty.OWN
    planned_at: datetime | None = None
    planned_start: date | None = None
    milestones: tuple[Milestone, ...] = ()
    milestones_reached: dict[str, datetime] = field(default_factory=dict[str, datetime])
    resources: Resources | None = None
    success_metric: SuccessMetric | None = None
    priority: int | None = None
    smart: Smart | None = None
    validated: bool | None = None
    """What the proof before roll-out found; None before."""
    started_at: datetime | None = None
    blocked_why: CaseText | None = None
    first_due: date | None = None
    """As it was approved, where it has been moved since."""
    due_changes: int = 0
    inconclusive: int = 0
    """How often nobody could say whether it works."""
    judged_at: datetime | None = None
    actual_cost: Money | None = None


Actions = dict[str, Action]
"""By id; those of earlier cycles too."""


def fold_actions(actions: Actions, cycle: int, fact: Fact[ActionEvent]) -> Actions:
    """The actions after one more fact."""
    return {**actions, **{action.action_id: action for action in _changed(actions, cycle, fact)}}


def done_again(actions: Actions, ids: tuple[str, ...], status: ActionStatus) -> Actions:
    """Some of them back to an earlier status: to be carried out, or to be judged, once more."""
    at_work = {"completed_at": None} if status == ActionStatus.APPROVED else {}
    return {**actions, **{id: changed(actions[id], status=status, judged_at=None, **at_work) for id in ids}}


def _changed(actions: Actions, cycle: int, fact: Fact[ActionEvent]) -> tuple[Action, ...]:
    match fact.event:
        case ActionPlanned() as event:
            earlier = actions.get(event.action_id)
            before = earlier.planners if earlier is not None and earlier.cycle == cycle else ()
            return (_planned(event, cycle, fact.occurred_at, tuple(dict.fromkeys((*before, fact.actor.id)))),)
        case ActionPlanApproved():
            waiting = (each for each in actions.values() if (each.cycle, each.status) == (cycle, ActionStatus.PLANNED))
            return tuple(changed(action, status=ActionStatus.APPROVED) for action in waiting)
        case ActionValidated() as event:
            return (changed(actions[event.action_id], validated=event.ok),)
        case ActionStarted() as event:
            return (changed(actions[event.action_id], started_at=fact.occurred_at),)
        case ActionProgressReported() as event:
            action = actions[event.action_id]
            why = action.blocked_why if event.blocked else None
            begun = action.started_at or fact.occurred_at
            return (
                changed(action, percent=event.percent, blocked=event.blocked, blocked_why=why, started_at=begun),
            )  # fmt: skip
        case ActionBlocked() as event:
            return (changed(actions[event.action_id], blocked=True, blocked_why=event.reason),)
        case ActionUnblocked() as event:
            return (changed(actions[event.action_id], blocked=False, blocked_why=None),)
        case ActionDueDateChanged() as event:
            action = actions[event.action_id]
            first = action.first_due or event.old_due
            return (changed(action, due=event.new_due, first_due=first, due_changes=event.count),)
        case MilestoneReached() as event:
            action = actions[event.action_id]
            reached = {**action.milestones_reached, event.milestone: fact.occurred_at}
            return (changed(action, milestones_reached=reached),)
        case ActionCompleted() as event:
            action = actions[event.action_id]
            # Whoever reports it done vouches for it, so counts as a doer too.
            doers = tuple(dict.fromkeys((*action.doers, event.done_by, fact.actor.id)))
            return (
                changed(
                    action, status=ActionStatus.COMPLETED, percent=100, blocked=False, blocked_why=None, doers=doers,
                    completed_at=fact.occurred_at, actual_cost=event.actual_cost,
                ),
            )  # fmt: skip
        case ActionCancelled() as event:
            return (changed(actions[event.action_id], status=ActionStatus.CANCELLED, blocked=False, blocked_why=None),)
        case Verified() as event:
            return tuple(_judged(actions[id], event, fact.occurred_at) for id in event.action_ids)
        case _ as never:
            assert_never(never)


def _planned(event: ActionPlanned, cycle: int, at: datetime, planners: tuple[str, ...]) -> Action:
    return Action(
        event.action_id, event.kind, event.content, event.owner, event.due, event.measure_of_success, cycle,
        planners=planners,
        department=event.department, supporting_departments=event.supporting_departments,
        owner_party=event.owner_party, planned_at=at, planned_start=event.planned_start, milestones=event.milestones,
        resources=event.resources, success_metric=event.success_metric, priority=event.priority, smart=event.smart,
    )  # fmt: skip


def _judged(action: Action, event: Verified, at: datetime) -> Action:
    if event.inconclusive:
        return changed(action, inconclusive=action.inconclusive + 1)
    status = ActionStatus.EFFECTIVE if event.effective else ActionStatus.INEFFECTIVE
    return changed(action, status=status, judged_at=at)
