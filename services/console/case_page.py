"""What the case page shows: the case, its drawings and its deadlines, all as they stood at one position."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from services.audit.documents.room import listed
from services.console.checklist import checklist
from services.console.drawings.bars import clock_bar, gantt
from services.console.drawings.fishbone import BOTTOM_BONES, TOP_BONES, fishbone
from services.console.drawings.lanes import lanes
from services.console.telling import Telling
from services.console.views import CaseView
from shared.clocks.state import Clock
from shared.complaint.state import ActionStatus, Complaint
from shared.events.clocks import Escalated
from shared.events.complaint import ActionPlanned, Fishbone
from shared.events.organisation import Role
from shared.kernel.errors import Unknown
from shared.policy.discretion import MASKS, sees_contacts
from shared.policy.pack import Pack

_DONE = (ActionStatus.COMPLETED, ActionStatus.EFFECTIVE, ActionStatus.INEFFECTIVE)


def shown(case: CaseView, telling: Telling, roles: Collection[str] = (), sites: Collection[str] = ()) -> dict[str, Any]:
    """The values of the case templates. At the last fact time goes on; before it, it stands where that was recorded.

    Who the customer is stands in full only for those whose `roles` at the site are of service or quality (S0-59). What
    the case names is held against the lists of the reader's own `sites`.
    """
    zone = telling.zone(case.complaint.site)
    positions = [fact.position for fact in case.facts]
    index = positions.index(case.position)
    live = index == len(positions) - 1
    at = telling.now if live else case.facts[index].recorded_at
    known = case.facts[: index + 1]
    planned_at = {fact.event.action_id: fact.occurred_at for fact in known if isinstance(fact.event, ActionPlanned)}
    cause = case.complaint.root_cause
    ordered = sorted(case.clocks, key=_open_first)
    bones = _bones(cause.fishbone, telling) if cause and cause.fishbone else []
    return {
        "case": case, "zone": zone, "positions": positions, "index": index, "live": live, "at": at,
        "title": case.complaint.symptom or case.complaint.description,
        "lanes": lanes(case.facts, case.position, zone),
        "clocks": [(clock, clock_bar(clock, at)) for clock in ordered if not _kept(clock)],
        "ended": [(clock, clock_bar(clock, at)) for clock in ordered if _kept(clock)],
        "chart": gantt(list(case.complaint.actions.values()), planned_at, at, zone),
        "actions_done": sum(action.status in _DONE for action in case.complaint.actions.values()),
        "escalations": sum(isinstance(fact.event, Escalated) for fact in known),
        "bones": fishbone(dict(bones), telling.shown(cause.root_cause)) if cause and bones else None,
        "listings": telling.views.listings(case.complaint, sites),
        "checklist": checklist(case.complaint, _pack(telling, case.complaint.site, at)), "can_do": frozenset[str](),
        "documents": listed(case.complaint, telling.language), "fishbone_texts": bones, "customer": customer(case.complaint, roles),
    }  # fmt: skip


def _pack(telling: Telling, site: str, at: datetime) -> Pack | None:
    """What the site went by then; None where the site itself is not known."""
    try:
        return telling.views.pack(site, at)
    except Unknown:
        return None


def customer(complaint: Complaint, roles: Collection[str]) -> dict[str, object]:
    """Whom to speak with, by field; masked unless there is need to see it."""
    told = {name: getattr(complaint, name) for name in ("customer_name", "contact_person", "contact")}
    needed = sees_contacts([Role(role) for role in roles])
    return {name: value if needed or value is None else MASKS[name](value) for name, value in told.items()}


def _open_first(clock: Clock) -> tuple[bool, datetime]:
    return not clock.open, clock.due_at


def _kept(clock: Clock) -> bool:
    """Over, and nothing was broken: nobody needs to look at it again."""
    return not clock.open and clock.breached_at is None


def _bones(found: Fishbone, telling: Telling) -> list[tuple[str, list[str]]]:
    """The findings by bone, those without any left out."""
    told = [(name, [telling.shown(text) for text in getattr(found, name)]) for name in (*TOP_BONES, *BOTTOM_BONES)]
    return [(name, texts) for name, texts in told if texts]
