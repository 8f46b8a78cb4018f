"""What a site owes again and again, for people: how each duty stands, the form that keeps it, and the digests published."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from services.console.asked import address
from services.console.frame import Desk, page_route
from services.console.offered import may
from services.console.telling import Telling
from services.console.views import WallClock
from services.sla_watch.duties import BY_NAME, DUTIES, climbs_to, door_of, owed_by
from shared.clocks.duties import duties_stream
from shared.clocks.state import ClockStatus
from shared.events.duties import DigestPublished
from shared.kernel.errors import Unknown
from shared.kernel.fact import Fact
from shared.policy.pack import Pack
from shared.policy.policies import NO_POLICY
from shared.runtime.codec import Row, fact_of

TAKE_ON = "acknowledge-duty-escalation"
DIGESTS, CASES_EACH = 30, 40
"""How many digests a page shows, and how many cases of each."""


class Rows(Protocol):
    """What is asked of the ledger."""

    def stream(self, stream: str, after: int = 0, up_to: int | None = None) -> list[Row]: ...


# ── whose they are, and where they are kept ───────────────────────────────────────────────────────────────────────────
def owes(pack: Pack, roles: Collection[str]) -> list[str]:
    """The duties of a site that are the business of somebody with these roles there."""
    return [duty.name for duty in DUTIES if not owed_by(duty, pack).isdisjoint(roles)]


def keep_url(site: str, clock_id: str) -> str:
    """The form that keeps it, filled in as far as the duty says."""
    duty = BY_NAME[_clause(clock_id)]
    if duty.digest is not None:
        return address(f"/organisation/do/{door_of(duty)}", {"subject": site, "kind": duty.digest.value})
    only = next(iter(duty.reviews)).value if len(duty.reviews) == 1 else None
    return address(f"/organisation/do/{door_of(duty)}", {"site": site, "kind": only})


def take_on_url(site: str, clock_id: str) -> str:
    """The form that takes on what has climbed."""
    return address(f"/organisation/do/{TAKE_ON}", {"subject": site, "clock_id": clock_id})


def _clause(clock_id: str) -> str:
    return clock_id.partition(":")[0]


# ── how they stand ────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Owed:
    """One time that something is owed, with what the reader may do about it."""

    clock: WallClock
    clause: str
    period: str
    status: str
    """`coming`, `running`, `overdue`, `escalated`, `taken_on`."""
    door: str
    """The command that keeps it."""
    keep: str | None
    take_on: str | None


def owed(desk: Desk, person: str, site: str | None, sites: Collection[str]) -> list[Owed]:
    """At a site, or at all that the reader may see, in the order in which it is due."""
    return [_owed(desk, person, clock) for clock in desk.views.owed(site, sites) if _clause(clock.clock_id) in BY_NAME]


def _owed(desk: Desk, person: str, clock: WallClock) -> Owed:
    clause, _, period = clock.clock_id.partition("/")[0].partition(":")
    duty, status, roles = BY_NAME[clause], _status(desk, clock), desk.roles(person, clock.site)
    keeps = desk.gives and status != "coming" and may(door_of(duty), roles)
    takes = desk.gives and status == "escalated" and not climbs_to(duty, _pack(desk, clock.site)).isdisjoint(roles)
    return Owed(
        clock, clause, period, status, door_of(duty), keep_url(clock.site, clock.clock_id) if keeps else None,
        take_on_url(clock.site, clock.clock_id) if takes else None,
    )  # fmt: skip


def _status(desk: Desk, clock: WallClock) -> str:
    if clock.level:
        return "taken_on" if clock.taken_on else "escalated"
    now = desk.clock()
    if clock.status == ClockStatus.BREACHED or clock.due_at <= now:
        return "overdue"
    return "coming" if clock.starts_at is not None and clock.starts_at > now else "running"


def _pack(desk: Desk, site: str) -> Pack:
    try:
        return desk.views.pack(site, desk.clock())
    except Unknown:
        return NO_POLICY.pack


# ── a site's page ─────────────────────────────────────────────────────────────────────────────────────────────────────
def site_pages(desk: Desk, ledger: Rows) -> APIRouter:
    """`/sites/{site}/duties`: what it owes, and what it has published."""
    router = APIRouter(route_class=page_route(desk), include_in_schema=False, default_response_class=HTMLResponse)

    @router.get("/sites/{site}/duties")
    def duties(request: Request, site: str) -> Response:
        telling, person = desk.telling(request), desk.reader(request)
        if site not in desk.sites(person):
            raise Unknown(f"there is no site {site[:40]!r}", field="site")
        digests = list(islice(_published(ledger, site), DIGESTS))
        cases = [case for fact in digests for case in fact.event.cases[:CASES_EACH]]
        return desk.page(
            request, telling, "site_duties.html", page="sla", site=site, owed=owed(desk, person, site, (site,)),
            digests=digests, cases_each=CASES_EACH, numbers=desk.views.case_numbers(cases), counts_of=_counts(telling),
        )  # fmt: skip

    return router


def _published(ledger: Rows, site: str) -> Iterator[Fact[Any]]:
    """The latest first. Only these are understood: a site's stream is mostly about clocks."""
    rows = ledger.stream(duties_stream(site))
    return (fact_of(row) for row in reversed(rows) if row.topic == DigestPublished.TOPIC)


def _counts(telling: Telling) -> Any:
    """How often each thing was recorded, in words: `Received.channel.email` is told with what it is a part of."""

    def counts_of(digest: DigestPublished) -> Sequence[tuple[str, int, list[tuple[str, int]]]]:
        wholes = [one for one in digest.counts if "." not in one.of]
        return [
            (telling.label(whole.of), whole.times, [
                (telling.label(one.of.partition(".")[2].partition(".")[2]), one.times)
                for one in digest.counts if one.of.startswith(f"{whole.of}.")
            ])
            for whole in wholes
        ]  # fmt: skip

    return counts_of
