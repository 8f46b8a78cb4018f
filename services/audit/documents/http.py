"""The door of documents: what can be printed of a case, each as a page, and whether a kept page still matches its facts."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Collection
from hashlib import sha256
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from fastapi.responses import HTMLResponse

from services.audit.documents.layouts import DocumentKind
from services.audit.documents.page import STYLE
from services.audit.documents.room import Room
from shared.policy.discretion import sees_contacts
from shared.runtime.door import Doorkeeper
from shared.runtime.http import Routes
from shared.runtime.reader import CaseReader, Reader

_ID = Path(description="The complaint's id, or its case number")
_LANGUAGE = Query(description="Of its headings; a report is told in its own unless asked otherwise")
Part = Literal["report", "replacement", "stocktake"]
_DIGEST = b64encode(sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "content-security-policy": f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
}
"""A page brings its own style, and may do nothing else."""


def routes(doorkeeper: Doorkeeper, room: Room) -> Routes:
    """`/audit/complaints/{id}/documents`"""
    router = Routes(prefix="/audit/complaints/{id}/documents", tags=["audit"])

    @router.get("", operation_id="audit.documents", summary="What can be printed of a case")
    async def documents(
        reader: CaseReader, id: Annotated[str, _ID], language: Annotated[Literal["en", "zh"], _LANGUAGE] = "en"
    ) -> dict[str, Any]:
        complaint_id, _ = await seen(reader, id)
        listed = await asyncio.to_thread(room.listed, complaint_id, language)
        return {"items": [{"kind": one.kind, "part": one.part, "title": one.title} for one in listed]}

    @router.get(
        "/8d", operation_id="audit.document", summary="The 8D report of a case, as a page to print",
        response_class=HTMLResponse,
    )  # fmt: skip
    async def of_case(
        reader: CaseReader, id: Annotated[str, _ID],
        version: Annotated[int | None, Query(ge=1, le=2**31)] = None,
        language: Annotated[Literal["en", "zh"], _LANGUAGE] = "en",
    ) -> HTMLResponse:  # fmt: skip
        return await shown(reader, id, DocumentKind.EIGHT_D, "", version, language)

    @router.get(
        "/{document}/{part}", operation_id="audit.document_part", response_class=HTMLResponse,
        summary="A report, a replacement request or a stock-take record, as a page to print",
    )  # fmt: skip
    async def of_part(
        reader: CaseReader, id: Annotated[str, _ID], document: Part, part: str,
        version: Annotated[int | None, Query(ge=1, le=2**31)] = None,
        language: Annotated[Literal["en", "zh"] | None, _LANGUAGE] = None,
    ) -> HTMLResponse:  # fmt: skip
        return await shown(reader, id, DocumentKind(document), part, version, language)

    @router.get(
        "/report/{part}/check", operation_id="audit.document_check",
        summary="Make the page of a report's draft again from the facts of then, and compare",
    )  # fmt: skip
    async def check(
        reader: CaseReader, id: Annotated[str, _ID], part: str, revision: Annotated[int | None, Query(ge=1)] = None
    ) -> dict[str, Any]:
        complaint_id, _ = await seen(reader, id)
        found = await asyncio.to_thread(room.checked, complaint_id, part, revision)
        return {
            "sha256": found.sha256, "as_of_version": found.as_of_version, "kept": found.kept,
            "made_again": found.made_again, "same": found.same,
        }  # fmt: skip

    async def shown(
        reader: Reader, id: str, kind: DocumentKind, part: str, version: int | None, language: str | None
    ) -> HTMLResponse:
        complaint_id, sites = await seen(reader, id)
        page = await asyncio.to_thread(
            room.page, complaint_id, kind, part, version=version, language=language, discreet=not in_full(reader, sites)
        )
        return HTMLResponse(page, headers=HEADERS)

    async def seen(reader: Reader, id: str) -> tuple[str, frozenset[str]]:
        complaint_id = doorkeeper.complaint_id(id)
        sites = await asyncio.to_thread(room.sites, complaint_id)
        reader.must_see(sites, f"complaint {id[:80]!r}")
        return complaint_id, sites

    def in_full(reader: Reader, sites: Collection[str]) -> bool:
        return any(sees_contacts(held(reader.person.id, site)) for site in sites)

    def held(person: str, site: str) -> Collection[Any]:
        directory = doorkeeper.desk.directory
        return {*directory.roles(person, site), *directory.stood_in_for(person, site, doorkeeper.desk.clock.now())}

    return router
