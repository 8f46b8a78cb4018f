"""My work: what waits for the reader, gravest first, then what is due next (S1-53, S3-45)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from services.console.asked import Malformed, address, line
from services.console.frame import Desk
from services.console.offered import doors_of, may
from services.console.site_duties import keep_url, owes, take_on_url
from services.console.turns import is_signed
from services.console.views import Mine, WorkItem
from services.insight.duties import ACTION, ESCALATION, OWN, SITE_DUTY, SITE_ESCALATION
from shared.complaint.awaits import CODES
from shared.complaint.rounds import CLOSE, STEPS
from shared.kernel.errors import Unknown
from shared.policy.chains import turns
from shared.policy.pack import Pack
from shared.policy.policies import NO_POLICY

DUTIES = (
    ESCALATION,
    SITE_ESCALATION,
    ACTION,
    SITE_DUTY,
    *(code for code in dict.fromkeys((*CODES, *STEPS)) if code != "actions"),
    OWN,
)
"""In the order of the chips."""
SHOWN = 100
DOOR_OF = {ACTION: "complete-action"}
ASKED_OF = {
    ACTION: "action_id", ESCALATION: "clock_id", "information": "request_id",
    **{step: f"{step.rpartition('_')[2]}_id" for step in STEPS},
}  # fmt: skip
"""The field of the form that a duty's part fills in."""
BY_ROLE = (ESCALATION, SITE_ESCALATION, "sign_stocktake")
"""Duties that name the very role they are asked of."""


def shown(desk: Desk, asked: Mapping[str, str], person: str) -> dict[str, Any]:
    """The values of the work templates; raises Malformed."""
    chosen = line(asked, "duty", 32)
    if chosen not in (None, *DUTIES):
        raise Malformed("duty")
    mine, sites = whose(desk, person), desk.sites(person)
    signed = frozenset(site for site in sites if is_signed(_pack(desk, site)))
    now = desk.clock()
    counts = desk.views.work_counts(person, mine, now, sites)
    wanted = [chosen] if chosen else [duty for duty in DUTIES if duty != OWN]
    return {
        "items": desk.views.work(person, mine, wanted, SHOWN, now, sites), "counts": counts, "duties": DUTIES, "chosen": chosen,
        "own": OWN, "all_mine": sum(n for duty, n in counts.items() if duty != OWN),
        "not_shown": max(0, sum(counts.get(duty, 0) for duty in wanted) - SHOWN), "do_url": partial(do_url, signed=signed),
        "gives": desk.gives, "work_url": work_url,
    }  # fmt: skip


def work_url(duty: str) -> str:
    """The page of one kind of duty."""
    return address("/work", {"duty": duty})


def do_url(item: WorkItem, signed: Collection[str] = ()) -> str | None:
    """The form that does it; None for a whole case. Where a site has closures signed, one asks for the signatures first."""
    if item.duty == OWN:
        return None
    if item.duty in (SITE_DUTY, SITE_ESCALATION):
        return (keep_url if item.duty == SITE_DUTY else take_on_url)(item.site, item.part)
    door = DOOR_OF.get(item.duty) or doors_of(item.duty)[0]
    if item.duty == CLOSE and item.site in signed:
        door = "request-closure"
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
            if duty in BY_ROLE:
                asks = sorted(roles)
            elif duty == SITE_DUTY:
                asks = owes(_pack(desk, site.code), roles)
            elif duty in STEPS:
                asks = turns(duty, _pack(desk, site.code), roles)
            found.setdefault(duty, {})[site.code] = asks
    return found


def _pack(desk: Desk, site: str) -> Pack:
    try:
        return desk.views.pack(site, desk.clock())
    except Unknown:
        return NO_POLICY.pack
