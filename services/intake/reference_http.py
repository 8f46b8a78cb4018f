"""The door of the lists: search, versions, who got a lot, and whether what a case says is known."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import Path, Query, Request

from services.intake.reference_imports import REFERENCE_IMPORT_EXAMPLE, ReferenceImport, take_in
from services.intake.reference_lists import matched, search, shipments, shown, streams_of
from shared.events.reference import CustomerRecorded, ReferenceList, ReferenceRetired
from shared.events.sentences import sentence
from shared.kernel.errors import Unknown
from shared.kernel.fact import Fact
from shared.kernel.say import LANGUAGES
from shared.kernel.values import Line, SiteCode, rfc3339
from shared.policy.access import SERVICE
from shared.runtime.aggregates import load
from shared.runtime.bodies import json_of
from shared.runtime.codec import fact_of
from shared.runtime.door import Doorkeeper
from shared.runtime.http import AfterPosition, Routes, SignedIn, takes
from shared.runtime.readable import Readable
from shared.runtime.reader import CaseReader, ReferenceReader

IMPORT_BYTES = 16_000_000
_OF_PRODUCT = Query(max_length=300, description="Of which product, where lots of several share the number")


def routes(doorkeeper: Doorkeeper, lists: Readable) -> Routes:
    """`/intake/reference/…`"""
    router = Routes(tags=["intake"])
    ledger, directory = doorkeeper.desk.ledger, doorkeeper.desk.directory

    @router.post(
        "/intake/reference/{kind}/imports",
        operation_id="intake.reference_imports",
        summary="Record many things of a list at once; what is there already stays as it is",
        openapi_extra=takes(ReferenceImport, REFERENCE_IMPORT_EXAMPLE),
    )
    async def imports(request: Request, person: SignedIn, kind: ReferenceList) -> dict[str, Any]:
        return await take_in(doorkeeper, person, request.headers, kind, await json_of(request, IMPORT_BYTES))

    @router.get(
        "/intake/reference/{kind}", operation_id="intake.reference", summary="A list of reference data, by code"
    )
    async def listed(
        reader: ReferenceReader,
        kind: ReferenceList,
        q: Annotated[str | None, Query(max_length=200, description="In codes, titles, families, segments")] = None,
        site: SiteCode | None = None,
        product_model: Annotated[Line | None, _OF_PRODUCT] = None,
        retired: Annotated[
            bool | None, Query(description="Only what is retired; without it, only what is in use")
        ] = False,
        limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
        cursor: Annotated[str | None, Query(max_length=1_000)] = None,
        after_position: AfterPosition = None,
    ) -> dict[str, Any]:
        sites = reader.at(site)
        page = await lists.ask(
            lambda db: search(
                db, kind, q=q, sites=sites, product_model=product_model, retired=retired, limit=limit, cursor=cursor
            ),
            after_position,
        )
        return {"items": page.items, "next_cursor": page.next_cursor, "position": lists.position}

    @router.get(
        "/intake/reference/{kind}/{code:path}/versions",
        operation_id="intake.reference_versions",
        summary="Everything in a list that has a code, with all its versions: who recorded what, and when",
    )
    async def versions(
        reader: ReferenceReader,
        kind: ReferenceList,
        code: Annotated[str, Path(max_length=300)],
        site: SiteCode | None = None,
        product_model: Annotated[Line | None, _OF_PRODUCT] = None,
        after_position: AfterPosition = None,
    ) -> dict[str, Any]:
        sites = reader.at(site)
        streams = await lists.ask(lambda db: streams_of(db, kind, code, sites, product_model), after_position)
        if not streams:
            raise Unknown(
                f"nothing in {kind.replace('_', ' ')} has this code",
                way_out=f"casetrail reference list {kind} --search …",
            )
        full = any(role in SERVICE for site in directory.sites for role in directory.roles(reader.person.id, site))
        return {"items": [await asyncio.to_thread(_item, stream, full) for stream in streams]}

    @router.get(
        "/intake/reference/lots/{lot:path}/shipments",
        operation_id="intake.shipments",
        summary="For a recall: how much of a lot was shipped, and to whom; one entry for each product that has it",
    )
    async def of_lot(
        reader: ReferenceReader,
        lot: Annotated[str, Path(max_length=300)],
        product_model: Annotated[Line | None, _OF_PRODUCT] = None,
        after_position: AfterPosition = None,
    ) -> dict[str, Any]:
        sites = reader.at(None)
        found = await lists.ask(lambda db: shipments(db, [lot], product_model, sites), after_position)
        if not found:
            raise Unknown("no lot of this number is recorded", way_out="casetrail reference import lots FILE.csv")
        return {"items": found, "position": lists.position}

    @router.get(
        "/intake/complaints/{id}/references",
        operation_id="intake.references",
        summary="Whether customer, product and lot of a case are known, and what they may mean when they are not",
    )
    async def of_case(
        reader: CaseReader,
        id: Annotated[str, Path(description="The complaint's id, or its case number")],
        after_position: AfterPosition = None,
    ) -> dict[str, Any]:
        complaint_id = doorkeeper.complaint_id(id)
        found = await asyncio.to_thread(load, ledger, f"complaint-{complaint_id}")
        if not found.version:
            raise Unknown(f"there is no complaint {id[:80]!r}", way_out="casetrail board")
        case = found.state
        reader.must_see((case.site,), f"complaint {id[:80]!r}")
        sites = reader.at(None)
        told = await lists.ask(
            lambda db: matched(
                db, customer_no=case.customer_no, product_model=case.product_model, lot_no=case.lot_no, sites=sites
            ),
            after_position,
        )
        return {"complaint_id": complaint_id, "case_no": case.case_no, "references": told, "position": lists.position}

    def _item(stream: str, full: bool) -> dict[str, Any]:
        facts = [fact_of(row) for row in ledger.stream(stream)]
        entries = [_version(fact, full) for fact in facts]
        latest = [entry for entry in entries if entry["type"] != ReferenceRetired.__name__][-1]
        return {"retired": latest is not entries[-1], "data": latest["data"], "versions": entries}

    def _version(fact: Fact[Any], full: bool) -> dict[str, Any]:
        event = fact.event
        if isinstance(event, CustomerRecorded) and not full:
            event = event.model_copy(update={"customer_name": shown(event)["customer_name"]})
        zone = directory.sites[fact.site].zone if fact.site in directory.sites else "UTC"
        return {
            "version": fact.version,
            "position": fact.position,
            "type": type(event).__name__,
            "occurred_at": rfc3339(fact.occurred_at),
            "recorded_at": rfc3339(fact.recorded_at),
            "actor": fact.actor.id,
            "says": {one: sentence(event, one, zone=zone, namer=directory.name) for one in LANGUAGES},
            "data": event.model_dump(mode="json"),
        }

    return router
