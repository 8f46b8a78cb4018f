"""What the SLA wall shows: open promises by how soon they are due, and how well each clause was kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.console.asked import Malformed, address, line, ticked
from services.console.frame import Desk
from services.console.site_duties import owed
from services.console.telling import Telling
from services.console.views import WallClock
from shared.clocks.state import ClockStatus

STATES = (ClockStatus.RUNNING.value, ClockStatus.PAUSED.value, ClockStatus.BREACHED.value, "provisional")
SHOWN_EACH = 40
TONES = {"overdue": "late", "hour": "soon", "today": "soon"}


@dataclass(frozen=True)
class Group:
    """Promises that are due about as soon as one another."""

    name: str
    tone: str
    count: int
    clocks: Sequence[WallClock]


def shown(desk: Desk, asked: Mapping[str, str], telling: Telling, person: str) -> dict[str, Any]:
    """The values of the wall's templates; raises Malformed."""
    views, sites = desk.views, desk.sites(person)
    site, state = line(asked, "site", 32), line(asked, "state", 32)
    if state is not None and state not in STATES:
        raise Malformed("state")
    still = ticked(asked, "still")
    wall = views.clocks(site, state, sites)
    zones = {telling.zone(code) for code in ([site] if site else sites)}
    return {
        "filters": {"site": site, "state": state}, "still": still, "states": STATES, "site_titles": sorted(sites),
        "wall_url": address("/sla", {"site": site, "state": state, "still": still}),
        "wall_zone": zones.pop() if len(zones) == 1 else "UTC",
        "groups": groups(wall.clocks, telling), "complete": wall.complete, "kept": views.kept(site, sites),
        "owed": owed(desk, person, site, sites),
    }  # fmt: skip


def groups(clocks: Sequence[WallClock], telling: Telling) -> list[Group]:
    """In the order of urgency. Today and this week are those of the clock's own site."""
    found: dict[str, list[WallClock]] = {name: [] for name in ("overdue", "hour", "today", "week", "later", "paused")}
    for clock in clocks:
        found[_group(clock, telling.now, telling.zone(clock.site))].append(clock)
    return [Group(name, TONES.get(name, "left"), len(each), each[:SHOWN_EACH]) for name, each in found.items()]


def _group(clock: WallClock, now: datetime, zone: str) -> str:
    if clock.status == ClockStatus.PAUSED:
        return "paused"
    if clock.status == ClockStatus.BREACHED or clock.due_at <= now:
        return "overdue"
    if clock.due_at - now <= timedelta(hours=1):
        return "hour"
    local = now.astimezone(ZoneInfo(zone))
    today = datetime.combine(local.date(), time(0), local.tzinfo)
    if clock.due_at < today + timedelta(days=1):
        return "today"
    return "week" if clock.due_at < today + timedelta(days=7 - local.weekday()) else "later"
