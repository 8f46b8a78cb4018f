"""The files of a case, for those who may read it: handed over to be kept, never shown by the browser (trust.md, row 27)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse

from services.console.frame import Desk, page_route
from services.intake.kept_files import files_in
from shared.kernel.errors import Unknown
from shared.runtime.files import Files

HEADERS = {"x-content-type-options": "nosniff", "cache-control": "no-store"}


def file_pages(desk: Desk, files: Files) -> APIRouter:
    """`/cases/{case}/files/{sha256}`: only what a fact of the case names, under the name that it has there."""
    router = APIRouter(route_class=page_route(desk), include_in_schema=False)

    @router.get("/cases/{case}/files/{sha256}", response_class=FileResponse)
    def of_case(request: Request, case: str, sha256: str) -> FileResponse:
        view = desk.case(desk.reader(request), case)
        named = (file for fact in reversed(view.facts) for file in files_in(fact.event) if file.sha256 == sha256)
        file = next(named, None)
        if file is None:
            raise Unknown(f"no fact of {case!r} names this file", field="file")
        return FileResponse(
            files.path(sha256), media_type="application/octet-stream", filename=str(file.name), headers=HEADERS
        )

    return router
