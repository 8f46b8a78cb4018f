"""SLA watch's door: the clocks, and in a simulated home the passing of time."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict

from services.sla_watch.board import clocks, compliance
from services.sla_watch.calendar_shelf import edition_told, editions, listed
from services.sla_watch.explaining import explained
from services.sla_watch.policies import told, unheld
from shared.clocks.duties import duties_stream
from shared.clocks.state import ENDED
from shared.events.clocks import CLOCK_ID
from shared.events.duties import DigestPublished
from shared.kernel.errors import Forbidden, Unknown
from shared.kernel.fact import Fact
from shared.kernel.values import Instant, SiteCode, rfc3339
from shared.runtime.bodies import json_of
from shared.runtime.codec import fact_of
from shared.runtime.door import NAME, Doorkeeper, read_strictly
from shared.runtime.http import AfterPosition, Routes, SignedIn, takes
from shared.runtime.readable import Readable
from shared.runtime.reader import CaseReader

PassTime = Callable[[datetime, bool], Awaitable[int]]


class Advance(BaseModel):
    """Let time pass in a simulated home, up to `to`; from there it runs on if `running`."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)

    to: Instant
    running: bool = False


def routes(doorkeeper: Doorkeeper, board: Readable, pass_time: PassTime) -> Routes:
    """`/sla-watch/…`"""
    router = Routes(prefix="/sla-watch", tags=["sla-watch"])

    @router.get(
        "/clocks", operation_id="sla_watch.clocks", summary="Promises about time, in the order in which they are due"
    )
    async def all_clocks(
        reader: CaseReader,
        state: Annotated[str | None, Query(pattern="^[a-z_]{1,20}$")] = None,
        site: SiteCode | None = None,
        complaint: Annotated[str | None, Query(max_length=64)] = None,
        due_before: Instant | None = None,
        historical: bool = False,
        limit: Annotated[int, Query(ge=1, le=1_000)] = 200,
        cursor: Annotated[str | None, Query(max_length=500)] = None,
        after_position: AfterPosition = None,
    ) -> dict[str, Any]:
        sites = reader.at(site)
        try:
            case = None if complaint is None else doorkeeper.complaint_id(complaint)
        except Unknown:
            raise Unknown("there is no such complaint", field="complaint", way_out="casetrail board") from None
        page = await board.ask(
            lambda db: clocks(
                db, state=state, sites=sites, case=case, due_before=due_before, limit=limit, cursor=cursor,
                historical=historical,
            ),
            after_position,
        )  # fmt: skip
        return {"items": page.items, "next_cursor": page.next_cursor, "position": board.position}

    @router.get("/compliance", operation_id="sla_watch.compliance", summary="Promises kept and broken, by clause")
    async def all_compliance(
        reader: CaseReader, site: SiteCode | None = None, historical: bool = False, after_position: AfterPosition = None
    ) -> dict[str, Any]:
        sites = reader.at(site)
        items = await board.ask(lambda db: compliance(db, sites, historical=historical), after_position)
        return {"items": items, "position": board.position}

    directory = doorkeeper.desk.directory

    def facts_of(stream: str) -> list[Fact[Any]]:
        return [fact_of(row) for row in doorkeeper.desk.ledger.stream(stream)]

    @router.get(
        "/policies", operation_id="sla_watch.policies", summary="Published policy packs, and where they are in effect"
    )
    async def policies(person: SignedIn) -> dict[str, Any]:
        now = doorkeeper.desk.clock.now()
        doorkeeper.refresh()
        return {"items": [told(each, directory.sites.values(), now) for _, each in sorted(directory.packs.items())]}

    @router.get(
        "/policies/{id}", operation_id="sla_watch.policy", summary="One version of a policy pack, as it was written"
    )
    async def policy(person: SignedIn, id: str, version: Annotated[int | None, Query(ge=1)] = None) -> dict[str, Any]:
        doorkeeper.refresh()
        pack = directory.packs.get(id)
        found = None if pack is None else pack.latest if version is None else pack.versions.get(version)
        if found is None:
            raise Unknown(f"there is no such pack {id[:80]!r}", way_out="casetrail policy list")
        return {**found.ref.model_dump(), "text": found.text}

    @router.get(
        "/sites/{site}/policy", operation_id="sla_watch.site_policy", summary="What a site goes by at an instant"
    )
    async def policy_of_site(person: SignedIn, site: SiteCode, at: Instant | None = None) -> dict[str, Any]:
        doorkeeper.refresh()
        when = at or doorkeeper.desk.clock.now()
        of_site, policy = directory.site(site), directory.policy(site, when)
        activated = of_site.activation(when)
        others = (person for person in directory.people if person != of_site.owner)
        held = {role for person in others for role in directory.roles(person, site)}
        return {
            "site": site,
            "at": rfc3339(when),
            "policy": activated.policy if activated else None,
            "effective_from": rfc3339(activated.effective_from) if activated else None,
            "lineage": [ref.model_dump() for ref in policy.lineage],
            "nobody_holds": unheld(policy, held),
            "pack": policy.pack.model_dump(mode="json", exclude_none=True, by_alias=True) if activated else None,
        }

    @router.get(
        "/complaints/{id}/explanation", operation_id="sla_watch.explanation",
        summary="Why the promises of a case are due, and warn, when they do: what counted, what did not, and why",
    )  # fmt: skip
    async def explanation(
        reader: CaseReader, id: str, clock: Annotated[str | None, Query(max_length=120, pattern=CLOCK_ID)] = None,
        language: Annotated[Literal["en", "zh"], Query()] = "en",
    ) -> dict[str, Any]:  # fmt: skip
        case = doorkeeper.complaint_id(id)
        of_case = facts_of(f"complaint-{case}")
        if not of_case:
            raise Unknown(f"there is no complaint {id[:80]!r}", way_out="casetrail board")
        reader.must_see((of_case[-1].site,), f"complaint {id[:80]!r}")
        facts = facts_of(f"clocks-{case}")
        named = {fact.event.calendar for fact in facts if getattr(fact.event, "calendar", None)}
        found = explained(facts, editions(facts_of, named), language, clock)
        if clock is not None and not found:
            known = ", ".join({fact.event.clock_id: None for fact in facts}) or "none"
            raise Unknown("this case has no such clock", field="clock", way_out=f"its clocks: {known}")
        return {"complaint_id": case, "items": found}

    @router.get(
        "/sites/{site}/duties", operation_id="sla_watch.duties",
        summary="What a site owes again and again: how it stands, why it is due then, and the latest digests",
    )  # fmt: skip
    async def duties(
        reader: CaseReader, site: SiteCode, clock: Annotated[str | None, Query(max_length=120, pattern=CLOCK_ID)] = None,
        language: Annotated[Literal["en", "zh"], Query()] = "en", ended: bool = False,
        digests: Annotated[int, Query(ge=0, le=200)] = 12,
    ) -> dict[str, Any]:  # fmt: skip
        reader.at(site)
        of_site = facts_of(duties_stream(site))
        of_clocks = [fact for fact in of_site if not isinstance(fact.event, DigestPublished)]
        published = [fact for fact in reversed(of_site) if isinstance(fact.event, DigestPublished)]
        named = {fact.event.calendar for fact in of_clocks if getattr(fact.event, "calendar", None)}
        known = editions(facts_of, named)
        found = explained(of_clocks, known, language, clock)
        if clock is not None and not found:
            raise Unknown("this site owes nothing of that name", field="clock", way_out=f"casetrail sla duties {site}")
        return {
            "site": site,
            "items": [one for one in found if clock or ended or one["status"] not in ENDED],
            "digests": [
                {"position": fact.position, "published_at": rfc3339(fact.recorded_at), "by": fact.actor.id,
                 **fact.event.model_dump(mode="json")}
                for fact in published[:digests]
            ],
        }  # fmt: skip

    @router.get("/calendars", operation_id="sla_watch.calendars", summary="The calendars, and who works by them")
    async def calendars(person: SignedIn) -> dict[str, Any]:
        doorkeeper.refresh()
        return {"items": [listed(each, directory.sites.values()) for _, each in sorted(directory.calendars.items())]}

    @router.get("/calendars/{id}", operation_id="sla_watch.calendar", summary="One edition of a calendar")
    async def calendar(person: SignedIn, id: str, edition: Annotated[int | None, Query(ge=1)] = None) -> dict[str, Any]:
        facts = (facts_of(f"calendar-{id}") if NAME.fullmatch(id) else [])[:edition]
        if not facts or (edition is not None and len(facts) < edition):
            raise Unknown(f"there is no such calendar {id[:80]!r}", way_out="casetrail calendar list")
        return edition_told(facts)

    @router.post("/simulation/advance", operation_id="sla_watch.advance", summary="Let time pass in a simulated home",
                 openapi_extra=takes(Advance, {"to": "2026-03-17T16:00:00+08:00"}))  # fmt: skip
    async def advance(person: SignedIn, request: Request) -> dict[str, Any]:
        home = doorkeeper.desk.directory.home()
        if not home.simulated or home.clock_running:
            raise Forbidden("this home runs on the machine's clock, and nothing can set it", rule="G-TIME")
        if not any(site.owner == person.id for site in doorkeeper.desk.directory.sites.values()):
            raise Forbidden("only an owner lets time pass", rule="G-TIME")
        command = read_strictly(Advance, await json_of(request, 10_000))
        said = await pass_time(command.to, command.running)
        return {"said": said, "position": doorkeeper.desk.ledger.head()}

    return router
