"""My work: what waits for the reader, gravest first, then what is due next (S1-53, S3-45)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from services.console.asked import Malformed, address, line
from services.console.frame import Desk
from services.console.offered import doors_of, may
from services.console.turns import CLOSE, PLAN, chain
from services.console.views import Mine, WorkItem
from services.insight.duties import ACTION, APPROVAL, ESCALATION, OWN
from shared.complaint.awaits import CODES
from shared.kernel.errors import Unknown
from shared.policy.pack import CASE_ROLES, Pack

DUTIES = (ESCALATION, ACTION, *(code for code in dict.fromkeys(CODES) if code != "actions"), OWN)
"""In the order of the chips."""
SHOWN = 100
DOOR_OF = {ACTION: "complete-action"}
ASKED_OF = {ACTION: "action_id", ESCALATION: "clock_id", "information": "request_id"}
"""The field of the form that a duty's part fills in."""


def shown(desk: Desk, asked: Mapping[str, str], person: str) -> dict[str, Any]:
    """The values of the work templates; raises Malformed."""
    chosen = line(asked, "duty", 32)
    if chosen not in (None, *DUTIES):
        raise Malformed("duty")
    mine, sites = whose(desk, person), desk.sites(person)
    signed = frozenset(site for site in sites if chain(_pack(desk, site), CLOSE))
    counts = desk.views.work_counts(person, mine, sites)
    wanted = [chosen] if chosen else [duty for duty in DUTIES if duty != OWN]
    return {
        "items": desk.views.work(person, mine, wanted, SHOWN, sites), "counts": counts, "duties": DUTIES, "chosen": chosen,
        "own": OWN, "all_mine": sum(n for duty, n in counts.items() if duty != OWN),
        "not_shown": max(0, sum(counts.get(duty, 0) for duty in wanted) - SHOWN), "do_url": partial(do_url, signed=signed),
        "gives": desk.gives, "work_url": work_url,
    }  # fmt: skip


def work_url(duty: str) -> str:
    """The page of one kind of duty."""
    return address("/work", {"duty": duty})


def do_url(item: WorkItem, signed: Collection[str] = ()) -> str | None:
    """The form that does it; None for a whole case, and where sites have a closure signed: the case knows who is next."""
    if item.duty == OWN or (item.duty == CLOSE and item.site in signed):
        return None
    door = DOOR_OF.get(item.duty) or doors_of(item.duty)[0]
    part = {ASKED_OF[item.duty]: item.part} if item.duty in ASKED_OF and item.part else {}
    return address(f"/cases/{item.case_no}/do/{door}", part)


def whose(desk: Desk, person: str) -> Mine:
    """At which sites which duties are one's own by role: as the table of access and the chains of the site say."""
    found: dict[str, dict[str, Any]] = {}
    for site in desk.views.sites():
        roles = desk.roles(person, site.code)
        for duty in DUTIES:
            if duty in (OWN, ACTION) or not any(may(door, roles) for door in doors_of(duty)):
                continue
            asks: list[str] | None = None
            if duty == ESCALATION:
                asks = sorted(roles)
            elif duty == APPROVAL:
                asks = _rounds(_pack(desk, site.code), roles)
            found.setdefault(duty, {})[site.code] = asks
    return found


def _rounds(pack: Pack | None, roles: frozenset[str]) -> list[str] | None:
    """After how many signatures it is one's turn; None where nothing is said about it."""
    steps = chain(pack, PLAN)
    if not steps:
        return None
    return [str(number) for number, step in enumerate(steps) if step.role in roles or step.role in CASE_ROLES]


def _pack(desk: Desk, site: str) -> Pack | None:
    try:
        return desk.views.pack(site, desk.clock())
    except Unknown:
        return None
