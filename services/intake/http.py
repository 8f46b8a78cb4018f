"""Intake's door beyond its commands: who there is, files, tokens, and the bulk door for imports."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
from fastapi import Request
from fastapi.responses import FileResponse
from starlette.datastructures import FormData
from starlette.formparsers import MultiPartException, MultiPartParser

from services.intake.histories import HISTORIES_EXAMPLE, Histories, take_over
from services.intake.imports import IMPORT_EXAMPLE, Import, take_in
from services.intake.kept_files import sites_of
from services.intake.wiring import ISSUE_TOKEN, SERVICE
from shared.kernel.changed import changed
from shared.kernel.command import Command
from shared.kernel.errors import Invalid
from shared.kernel.personal import masked
from shared.kernel.values import Instant, Line
from shared.policy.discretion import sees_contacts
from shared.policy.organisation import Person
from shared.policy.wordings import all_filled
from shared.runtime.aggregates import load
from shared.runtime.bodies import json_of, stream_of
from shared.runtime.clock import randomness
from shared.runtime.door import COMMAND_BYTES, Doorkeeper, read_command
from shared.runtime.files import LARGEST, Files
from shared.runtime.http import Routes, SignedIn, takes
from shared.runtime.readable import Readable
from shared.runtime.reader import CaseReader

IMPORT_BYTES = 16_000_000
FORM_BYTES = 10_000
"""What a form may add to the file in it."""


class TokenAsked(Command):
    """Who asks for a token says this; its hash is added by the door."""

    label: Line
    expires_at: Instant | None = None


def routes(doorkeeper: Doorkeeper, files: Files, kept: Readable) -> Routes:
    """`/intake/…` and `/files`"""
    router = Routes(tags=["intake"])
    directory = doorkeeper.desk.directory

    @router.get("/intake/sites", operation_id="intake.sites", summary="All sites")
    async def sites(person: SignedIn) -> dict[str, Any]:
        return {
            "items": [
                {
                    "site": s.code,
                    "title": s.title,
                    "zone": s.zone,
                    "calendar": s.calendar,
                    "owner": s.owner,
                    "language": s.language,
                }
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
            told["email"] = None if person.email is None else str(person.email)
            told["tokens"] = [
                {"token_id": t.token_id, "label": t.label, "expires_at": t.expires_at, "revoked": t.revoked}
                for t in person.tokens.values()
            ]
        return told

    @router.post(
        "/intake/people/{id}/issue-token",
        operation_id="intake.IssueToken",
        summary="Make a bearer token; it is shown once and never stored",
        openapi_extra=takes(TokenAsked, {"label": "the laboratory's gateway"}),
    )
    async def issue_token(request: Request, person: SignedIn, id: str) -> dict[str, Any]:
        token, sha256 = new_token()
        asked = read_command(TokenAsked, await json_of(request, COMMAND_BYTES))
        body = orjson.dumps({**asked.model_dump(mode="json", exclude_unset=True), "sha256": sha256})
        reply = await doorkeeper.handle(SERVICE, ISSUE_TOKEN, id, request.headers, body)
        # Repeated, it has made no other token, and the first one was shown then: it cannot be shown again.
        return {**reply.body, "token": None if "idempotent-replay" in reply.headers else token}

    @router.get(
        "/intake/complaints/{id}/wordings",
        operation_id="intake.wordings",
        summary="What the policy has everybody say to customers, filled in for this case",
    )
    async def wordings(reader: CaseReader, id: str) -> dict[str, Any]:
        desk = doorkeeper.desk
        stream = f"complaint-{doorkeeper.complaint_id(id)}"
        case = (await asyncio.to_thread(load, desk.ledger, stream)).state
        reader.must_see({case.site}, f"complaint {id[:80]!r}")
        now, site = desk.clock.now(), directory.site(case.site)
        roles = {
            *directory.roles(reader.person.id, site.code),
            *directory.stood_in_for(reader.person.id, site.code, now),
        }
        if not sees_contacts(roles):
            case = changed(case, contact_person=masked(case.contact_person), customer_name=masked(case.customer_name))
        pack = directory.policy(site.code, now).pack
        return {"items": all_filled(pack, case, site.zone, str(reader.person.name))}

    @router.post(
        "/intake/imports",
        operation_id="intake.imports",
        summary="Take over cases from another system, many at once",
        openapi_extra=takes(Import, IMPORT_EXAMPLE),
    )
    async def imports(request: Request, person: SignedIn) -> dict[str, Any]:
        return await take_in(doorkeeper, person, request.headers, await json_of(request, IMPORT_BYTES))

    @router.post(
        "/intake/histories",
        operation_id="intake.histories",
        summary="Take over cases of another system with all that its log says of them, many at once",
        openapi_extra=takes(Histories, HISTORIES_EXAMPLE),
    )
    async def histories(request: Request, person: SignedIn) -> dict[str, Any]:
        return await take_over(doorkeeper, person, request.headers, await json_of(request, IMPORT_BYTES))

    @router.post("/files", operation_id="files.store", status_code=201, summary="Store a file under the SHA-256 of its bytes",
                 openapi_extra={"requestBody": {"required": True, "content": {
                     "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
                     "security": [{"bearer": []}]})  # fmt: skip
    async def store(request: Request, person: SignedIn) -> dict[str, Any]:
        media_type = request.headers.get("content-type", "application/octet-stream")
        if media_type.startswith("multipart/form-data"):
            form = await _form(request)
            part = next((value for value in form.values() if not isinstance(value, str)), None)
            if part is None:
                raise Invalid("the form holds no file", field="file")

            async def chunks() -> AsyncIterator[bytes]:
                while chunk := await part.read(1 << 20):
                    yield chunk

            stored = await files.store(chunks(), part.content_type or "application/octet-stream")
        else:
            stored = await files.store(stream_of(request, LARGEST), media_type)
        return {"sha256": stored.sha256, "bytes": stored.bytes, "media_type": stored.media_type}

    @router.get("/files/{sha256}", operation_id="files.fetch", summary="A stored file", response_class=FileResponse)
    async def fetch(reader: CaseReader, sha256: str) -> FileResponse:
        # A file that no case names yet is known to nobody but those who can tell its hash.
        if sites := await kept.ask(lambda db: sites_of(db, sha256)):
            reader.must_see(sites, f"file {sha256[:80]!r}")
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


async def _form(request: Request) -> FormData:
    """A form, refused while it streams when it is too large; Starlette's own reader would put all of it on the disk first."""
    parser = MultiPartParser(request.headers, stream_of(request, LARGEST + FORM_BYTES), max_files=1, max_fields=10)
    try:
        return await parser.parse()
    except MultiPartException as error:
        raise Invalid(f"the form cannot be read: {error.message}", field="body") from None
