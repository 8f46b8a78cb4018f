"""Printable documents of a case: a card that offers them, and the pages themselves."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from services.audit.documents.http import HEADERS
from services.audit.documents.layouts import DocumentKind
from services.audit.documents.room import Room, told_in
from services.console.asked import Malformed, language_chosen
from services.console.frame import Desk, page_route
from shared.events.organisation import Role
from shared.policy.discretion import sees_contacts


def document_pages(desk: Desk, room: Room) -> APIRouter:
    """`/cases/{case}/documents/…`, as of `?version=`, with headings in `?lang=`."""
    router = APIRouter(route_class=page_route(desk), include_in_schema=False, default_response_class=HTMLResponse)

    @router.get("/cases/{case}/documents/{kind}")
    def of_case(request: Request, case: str, kind: str) -> Response:
        return page(request, case, kind)

    @router.get("/cases/{case}/documents/{kind}/{part}")
    def of_part(request: Request, case: str, kind: str, part: str) -> Response:
        return page(request, case, kind, part)

    def page(request: Request, case: str, kind: str, part: str = "") -> Response:
        person = desk.reader(request)
        view = desk.case(person, case)
        if kind not in set(DocumentKind):
            raise Malformed("kind")
        held = {Role(role) for site in view.sites for role in desk.roles(person, site)}
        made = room.page(
            view.complaint.complaint_id, DocumentKind(kind), part, version=_version(request),
            language=language_chosen(request) or (None if part else told_in(desk.telling(request).language)),
            discreet=not sees_contacts(held),
        )  # fmt: skip
        return HTMLResponse(made, headers=HEADERS)

    return router


def _version(request: Request) -> int | None:
    given = request.query_params.get("version") or None
    if given is None:
        return None
    if not given.isascii() or not given.isdigit() or len(given) > 9 or int(given) < 1:
        raise Malformed("version")
    return int(given)
