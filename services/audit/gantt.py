"""The bars of a case's actions: what was planned, what came of it, and where each stands (S3-33)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from shared.complaint.state import Action, Complaint
from shared.kernel.values import rfc3339


def bars(case: Complaint, zone: str) -> list[dict[str, Any]]:
    """One for each action, of all cycles, in the order of importance and then of planning; days as the site counts them."""
    actions = enumerate(case.actions.values())
    ordered = sorted(actions, key=lambda each: (each[1].cycle, each[1].priority or 100, each[0]))
    return [_bar(action, ZoneInfo(zone)) for _, action in ordered]


def _bar(action: Action, zone: ZoneInfo) -> dict[str, Any]:
    begins = action.planned_start or (action.planned_at.astimezone(zone).date() if action.planned_at else action.due)
    return {
        "action_id": action.action_id,
        "cycle": action.cycle,
        "kind": action.kind.value,
        "content": str(action.content),
        "owner": action.owner,
        "department": action.department,
        "priority": action.priority,
        "planned": {"from": begins.isoformat(), "until": (action.first_due or action.due).isoformat()},
        "due": action.due.isoformat(),
        "due_changes": action.due_changes,
        "actual": {"from": _instant(action.started_at), "until": _instant(action.completed_at)},
        "judged_at": _instant(action.judged_at),
        "percent": action.percent,
        "status": action.status.value,
        "blocked": action.blocked,
        "late": action.completed_at is not None and action.completed_at.astimezone(zone).date() > action.due,
        "milestones": [
            {
                "name": milestone.name,
                "due": milestone.due.isoformat(),
                "reached_at": _instant(action.milestones_reached.get(milestone.name)),
            }
            for milestone in action.milestones
        ],
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else rfc3339(at)
