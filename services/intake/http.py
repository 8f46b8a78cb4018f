"""Intake's door beyond its commands: who there is, files, tokens, and the bulk door for imports."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import FileResponse

from services.intake.imports import take_in
from services.intake.wiring import ISSUE_TOKEN, SERVICE
from shared.kernel.errors import Invalid
from shared.kernel.personal import masked
from shared.policy.organisation import Person
from shared.runtime.clock import randomness
from shared.runtime.door import COMMAND_BYTES, Doorkeeper
from shared.runtime.files import Files
from shared.runtime.http import SignedIn, body_of

IMPORT_BYTES = 16_000_000


def routes(doorkeeper: Doorkeeper, files: Files) -> APIRouter:
    """`/intake/…` and `/files`"""
    router = APIRouter(tags=["intake"])
    directory = doorkeeper.desk.directory

    @router.get("/intake/sites", operation_id="intake.sites", summary="All sites")
    async def sites(person: SignedIn) -> dict[str, Any]:
        return {
            "items": [
                {"site": s.code, "title": s.title, "zone": s.zone, "calendar": s.calendar, "owner": s.owner, "language": s.language}
                for s in sorted(directory.sites.values(), key=lambda s: s.code)
            ]
        }

    @router.get("/intake/people", operation_id="intake.people", summary="All people and services, with their roles")
    async def people(person: SignedIn) -> dict[str, Any]:
        owner = _is_owner(person)
        return {"items": [_told(one, full=owner) for one in sorted(directory.people.values(), key=lambda p: p.id)]}

    @router.get("/intake/me", operation_id="intake.me", summary="Who is asking")
    async def me(person: SignedIn) -> dict[str, Any]:
        return _told(person, full=True)

    def _is_owner(person: Person) -> bool:
        return any(site.owner == person.id for site in directory.sites.values())

    def _told(person: Person, *, full: bool) -> dict[str, Any]:
        roles = {code: sorted(directory.roles(person.id, code)) for code in sorted(directory.sites)}
        told: dict[str, Any] = {
            "person": person.id,
            "name": str(person.name) if full else masked(person.name),
            "service": person.service,
            "roles": {code: held for code, held in roles.items() if held},
        }
        if full:
            told["tokens"] = [
                {"token_id": t.token_id, "label": t.label, "expires_at": t.expires_at, "revoked": t.revoked}
                for t in person.tokens.values()
            ]
        return told

    @router.post(
        "/intake/people/{id}/issue-token",
        operation_id="intake.IssueToken",
        summary="Make a bearer token; it is shown once and never stored",
        openapi_extra=_body({"label": {"type": "string"}, "expires_at": {"type": "string", "format": "date-time"}}, ["label"]),
    )
    async def issue_token(request: Request, person: SignedIn, id: str) -> dict[str, Any]:
        token, sha256 = new_token()
        said = _object(await body_of(request, COMMAND_BYTES))
        body = orjson.dumps({**said, "sha256": sha256})
        reply = await doorkeeper.handle(SERVICE, ISSUE_TOKEN, id, request.headers, body)
        return {**reply.body, "token": token}

    @router.post("/intake/imports", operation_id="intake.imports", summary="Take over cases from another system, many at once",
                 openapi_extra=_body({"source": {"type": "string"}, "live_open_cases": {"type": "boolean"},
                                      "rows": {"type": "array", "items": {"type": "object"}}}, ["source", "rows"]))  # fmt: skip
    async def imports(request: Request, person: SignedIn) -> dict[str, Any]:
        return await take_in(doorkeeper, person, request.headers, await body_of(request, IMPORT_BYTES))

    @router.post("/files", operation_id="files.store", status_code=201, summary="Store a file under the SHA-256 of its bytes",
                 openapi_extra={"requestBody": {"required": True, "content": {
                     "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
                     "security": [{"bearer": []}]})  # fmt: skip
    async def store(request: Request, person: SignedIn) -> dict[str, Any]:
        media_type = request.headers.get("content-type", "application/octet-stream")
        if media_type.startswith("multipart/form-data"):
            form = await request.form(max_files=1, max_fields=10)
            part = next((value for value in form.values() if not isinstance(value, str)), None)
            if part is None:
                raise Invalid("the form holds no file", field="file")

            async def chunks() -> AsyncIterator[bytes]:
                while chunk := await part.read(1 << 20):
                    yield chunk

            stored = await files.store(chunks(), part.content_type or "application/octet-stream")
        else:
            stored = await files.store(request.stream(), media_type)
        return {"sha256": stored.sha256, "bytes": stored.bytes, "media_type": stored.media_type}

    @router.get("/files/{sha256}", operation_id="files.fetch", summary="A stored file", response_class=FileResponse)
    async def fetch(person: SignedIn, sha256: str) -> FileResponse:
        # Never shown by a browser, whatever it claims to be (trust.md, row 27).
        headers = {"content-disposition": "attachment", "x-content-type-options": "nosniff"}
        return FileResponse(files.path(sha256), media_type="application/octet-stream", headers=headers)

    return router


def new_token() -> tuple[str, str]:
    """A bearer token of 256 random bits, and the hash that is all we keep of it."""
    import hashlib
    from base64 import urlsafe_b64encode

    token = "ct_" + urlsafe_b64encode(randomness(32)).decode().rstrip("=")
    return token, hashlib.sha256(token.encode()).hexdigest()


def _object(body: bytes) -> dict[str, Any]:
    try:
        said = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError:
        raise Invalid("the body is not JSON that can be read") from None
    if not isinstance(said, dict):
        raise Invalid("the body must be a JSON object")
    return said


def _body(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}, "security": [{"bearer": []}]}
