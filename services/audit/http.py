"""Audit's door: a case as it stood at any moment, its timeline, and all facts in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from typing import Annotated, Any

import orjson
from fastapi import Path, Query
from fastapi.responses import StreamingResponse

from services.audit.gantt import bars
from services.audit.timeline import CaseAt, case_at, entries, read_at
from shared.clocks.state import Clock
from shared.complaint.state import Complaint
from shared.events.sentences import sentence
from shared.kernel.errors import Invalid, Unknown
from shared.kernel.fact import Fact
from shared.kernel.say import LANGUAGES
from shared.kernel.values import Instant, rfc3339
from shared.policy.discretion import discreet, sees_contacts
from shared.runtime.aggregates import adapter
from shared.runtime.clock import seconds
from shared.runtime.codec import cloud_event
from shared.runtime.door import Doorkeeper
from shared.runtime.http import AfterPosition, Routes, SignedIn
from shared.runtime.readable import Readable
from shared.runtime.reader import CaseReader, LedgerReader, Reader

_ID = Path(description="The complaint's id, or its case number")


def routes(doorkeeper: Doorkeeper, timeline: Readable) -> Routes:
    """`/audit/…`"""
    router = Routes(prefix="/audit", tags=["audit"])
    ledger, directory = doorkeeper.desk.ledger, doorkeeper.desk.directory

    @router.get("/complaints/{id}", operation_id="audit.complaint", summary="A case as it stands, or as it stood")
    async def complaint(
        reader: CaseReader,
        id: Annotated[str, _ID],
        version: Annotated[int | None, Query(ge=1, le=2**31)] = None,
        as_of: Annotated[Instant | None, Query(description="What we knew then")] = None,
        happened_by: Annotated[Instant | None, Query(description="What had happened by then")] = None,
        position: Annotated[int | None, Query(ge=1, le=2**53)] = None,
        after_position: AfterPosition = None,
    ) -> dict[str, Any]:
        if sum(given is not None for given in (version, as_of, happened_by, position)) > 1:
            raise Invalid("ask for one of version, as_of, happened_by, position", rule="G-MOMENT", field="version")
        complaint_id = doorkeeper.complaint_id(id)
        found = await timeline.ask(
            lambda db: case_at(
                db, complaint_id, version=version, as_of=as_of, happened_by=happened_by, position=position
            ),
            after_position,
        )
        reader.must_see(found.sites, f"complaint {id[:80]!r}")
        return told(found) if sees(reader, found.sites) else discreet(told(found))

    @router.get(
        "/complaints/{id}/timeline", operation_id="audit.timeline", summary="Everything that was recorded about a case"
    )
    async def of_case(
        reader: CaseReader, id: Annotated[str, _ID], after_position: AfterPosition = None
    ) -> dict[str, Any]:
        complaint_id = doorkeeper.complaint_id(id)
        facts = await timeline.ask(lambda db: entries(db, complaint_id), after_position)
        if not facts:
            raise Unknown(f"there is no complaint {id[:80]!r}", way_out="casetrail board")
        reader.must_see(read_at(facts), f"complaint {id[:80]!r}")
        zone = directory.sites[facts[0].site].zone if facts[0].site in directory.sites else "UTC"
        shown = [_entry(fact, zone) for fact in facts]
        return {"entries": shown if sees(reader, {fact.site for fact in facts}) else discreet(shown)}

    def sees(reader: Reader, sites: Collection[str]) -> bool:
        """Whether a reader sees how the customer can be reached (S0-59)."""
        now, id = doorkeeper.desk.clock.now(), reader.person.id
        return any(
            sees_contacts({*directory.roles(id, site), *directory.stood_in_for(id, site, now)}) for site in sites
        )

    @router.get(
        "/complaints/{id}/gantt", operation_id="audit.gantt", summary="Its actions as bars: planned, actual, status"
    )
    async def gantt(
        reader: CaseReader, id: Annotated[str, _ID], after_position: AfterPosition = None
    ) -> dict[str, Any]:
        complaint_id = doorkeeper.complaint_id(id)
        found = await timeline.ask(lambda db: case_at(db, complaint_id), after_position)
        reader.must_see(found.sites, f"complaint {id[:80]!r}")
        site = directory.sites.get(found.complaint.site)
        return {"actions": bars(found.complaint, site.zone if site else "UTC"), "position": found.position}

    def _entry(fact: Fact[Any], zone: str) -> dict[str, Any]:
        return {
            "position": fact.position,
            "stream": fact.stream,
            "version": fact.version,
            "type": type(fact.event).__name__,
            "occurred_at": rfc3339(fact.occurred_at),
            "recorded_at": rfc3339(fact.recorded_at),
            "actor": fact.actor.id,
            "service": fact.service,
            "backdate_reason": fact.backdate_reason,
            "historical": fact.historical,
            "says": {
                language: sentence(fact.event, language, zone=zone, namer=directory.name) for language in LANGUAGES
            },
            "data": fact.event.model_dump(mode="json"),
        }

    @router.get("/head", operation_id="audit.head", summary="The end of the ledger, and which ledger it is")
    async def head(person: SignedIn) -> dict[str, Any]:
        identity = ledger.identity()
        return {
            "position": ledger.head(),
            "ledger_id": identity.ledger_id,
            "epoch": identity.epoch,
            "simulated": directory.home().simulated,
            "now": rfc3339(doorkeeper.desk.clock.now()),
        }

    @router.get(
        "/facts",
        operation_id="audit.facts",
        summary="All facts in order, as CloudEvents, one a line; of other sites than the reader's, none",
        response_class=StreamingResponse,
        responses={200: {"content": {"application/x-ndjson": {"schema": {"type": "string"}}}}},
    )
    async def facts(
        reader: LedgerReader,
        after: Annotated[int, Query(ge=0, le=2**53)] = 0,
        limit: Annotated[int, Query(ge=1, le=1_000_000)] = 1_000,
        wait: Annotated[float, Query(ge=0, le=30, description="Seconds to wait for the first new fact")] = 0,
    ) -> StreamingResponse:
        until = seconds() + wait
        while wait and ledger.head() <= after and seconds() < until:  # noqa: ASYNC110 - others write too
            await asyncio.sleep(0.05)
        return StreamingResponse(_lines(reader, after, limit), media_type="application/x-ndjson")

    async def _lines(reader: Reader, after: int, limit: int) -> AsyncIterator[bytes]:
        identity = ledger.identity()
        while limit > 0 and (rows := await asyncio.to_thread(ledger.rows, after, min(limit, 500))):
            yield b"".join(
                orjson.dumps(cloud_event(row, identity), option=orjson.OPT_APPEND_NEWLINE)
                for row in rows
                if reader.everywhere or not row.site or row.site in reader.sites
            )
            after, limit = rows[-1].position, limit - len(rows)

    return router


def told(found: CaseAt) -> dict[str, Any]:
    """A case as JSON: stage and version first, then everything that is known."""
    case = found.complaint
    return {
        "complaint_id": case.complaint_id,
        "case_no": case.case_no,
        "site": case.site,
        "stage": case.stage.value,
        "cycle": case.cycle,
        "version": found.version,
        "position": found.position,
        "state": adapter(Complaint).dump_python(case, mode="json"),
        "clocks": [adapter(Clock).dump_python(clock, mode="json") for clock in found.clocks.clocks.values()],
    }
