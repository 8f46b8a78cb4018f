"""The HTTP side of the machinery: one FastAPI application, problem documents for everything that is not an answer."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Match
from starlette.types import Receive

from shared.kernel.errors import Invalid, Problem, Unavailable, Unknown
from shared.policy.access import who_may
from shared.policy.organisation import Person
from shared.runtime.bodies import received_json
from shared.runtime.door import COMMAND_BYTES, Doorkeeper, Reply, problem_document
from shared.runtime.listener import Listener
from shared.runtime.service import Handles, Service

log = logging.getLogger("casetrail.http")

PROBLEM = "application/problem+json"
PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "rule": {"type": "string", "description": "The rule that says no, for example G-SOD or S0-52"},
        "field": {"type": "string"},
        "way_out": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
    "required": ["type", "title", "status", "detail"],
}
ANSWER_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "complaint_id": {"type": "string", "format": "uuid"},
        "case_no": {"type": "string", "examples": ["SZ-2026-00042"]},
        "person": {"type": ["string", "null"]},
        "token_id": {"type": ["string", "null"]},
        "version": {"type": "integer", "description": "Of the stream the command was for; send it as If-Match"},
        "position": {
            "type": "integer",
            "description": "Of the last fact; send it as after_position to read your own writes",
        },
        "events": {
            "type": "array",
            "items": {"type": "object", "properties": {"type": {"type": "string"}}, "required": ["type"]},
        },
    },
    "required": ["version", "position", "events"],
}
ANSWER = {"$ref": "#/components/schemas/Answer"}
SAYS_NO: dict[int | str, dict[str, Any]] = {
    status: {"description": said, "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for status, said in {
        401: "Nobody knows who is asking",
        403: "The actor holds no role that may do this",
        404: "There is no such thing",
        405: "Another method is wanted",
        408: "The request did not arrive in time",
        409: "A rule refuses it",
        412: "The case has moved on",
        413: "Too large",
        415: "Another content type is wanted",
        422: "Malformed",
        431: "Request line and headers are too large",
        503: "Not available just now",
        507: "The disk is full",
    }.items()
}


class Json(JSONResponse):
    """JSON by orjson."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content)


class Routes(APIRouter):
    """A part's routes, complete in themselves, so that an application can take them as they are (`take_routes`)."""

    def __init__(self, **how: Any) -> None:
        """`how` goes to FastAPI: a prefix, tags."""
        super().__init__(responses=SAYS_NO, default_response_class=Json, redirect_slashes=False, **how)  # pyright: ignore[reportUnknownMemberType]


def take_routes(app: FastAPI, *routers: APIRouter) -> None:
    """Their routes become the application's own. FastAPI's `include_router` would build each of them a second time with the
    first request, and look for each request's route twice: measured, a tenth of the start."""
    for router in routers:
        app.router.routes += router.routes


def application_of(title: str, description: str, doorkeeper: Doorkeeper) -> FastAPI:
    """An application whose errors are problem documents and whose documentation loads nothing from elsewhere."""
    app = FastAPI(
        title=title, version="0.1.0", description=description, docs_url=None, redoc_url=None,
        openapi_url=None, default_response_class=Json,
        redirect_slashes=False,  # a redirect would be built from whatever Host the caller names
    )  # fmt: skip
    app.state.doorkeeper = doorkeeper

    async def says_no(request: Request, problem: Exception) -> Response:
        assert isinstance(problem, Problem)
        return problem_response(problem)

    async def is_malformed(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:] if "[" not in str(part)) or "body"
        said = str(first["msg"]).removeprefix("Value error, ")
        return problem_response(Invalid(f"{where}: {said}", rule=first["type"], field=where))

    async def is_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        body = {
            "type": "about:blank",
            "title": str(error.detail),
            "status": error.status_code,
            "detail": str(error.detail),
            "way_out": "see /openapi.json",
        }
        headers = dict(error.headers or {})
        if error.status_code == 405:  # Starlette names the methods of the first route alone
            headers["allow"] = ", ".join(sorted(_methods(app, request)))
        return Response(orjson.dumps(body), error.status_code, media_type=PROBLEM, headers=headers)

    async def has_gone(request: Request, error: Exception) -> Response:
        return Response(status_code=400)  # nobody is there to read it

    async def is_a_bug(request: Request, error: Exception) -> Response:
        return a_bug(request, error)

    app.add_exception_handler(Problem, says_no)
    app.add_exception_handler(RequestValidationError, is_malformed)
    app.add_exception_handler(HTTPException, is_http)
    app.add_exception_handler(ClientDisconnect, has_gone)
    app.add_exception_handler(Exception, is_a_bug)
    return app


def _methods(app: FastAPI, request: Request) -> set[str]:
    """The methods that an address takes."""
    return {
        method
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
        for route in app.routes
        if route.matches({**request.scope, "method": method})[0] is Match.FULL
    }


def a_bug(request: Request, error: Exception) -> Response:
    """What nobody foresaw: logged once, and said to be a bug."""
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    body = {"type": "about:blank", "title": "A bug; it is logged", "status": 500, "detail": type(error).__name__}
    return Response(orjson.dumps(body), 500, media_type=PROBLEM)


def problem_response(problem: Problem) -> Response:
    """A problem as an HTTP answer."""
    headers = {"retry-after": "1"} if problem.status == 503 else {}
    if problem.status == 401:
        headers["www-authenticate"] = "Bearer"
    return Response(orjson.dumps(problem_document(problem)), problem.status, media_type=PROBLEM, headers=headers)


# ── commands ──────────────────────────────────────────────────────────────────────────────────────────────────────────
_HEADERS: list[dict[str, Any]] = [
    {
        "name": "Idempotency-Key", "in": "header", "required": False,
        "description": "The command id. The same key again gives the first answer; with another body it is refused (422).",
        "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"},
    },
    {
        "name": "If-Match", "in": "header", "required": False,
        "description": 'The version the caller has seen, in quotes: "7". 412 when the case has moved on.',
        "schema": {"type": "string", "examples": ['"7"'], "pattern": '^"[0-9]{1,15}"$'},
    },
]  # fmt: skip


class CommandRoutes(BaseRoute):
    """`POST /<service>/<path>` for every command of a service, documented from the command's own type.

    `ShortCut` answers the commands. FastAPI's routes are for the documentation and for other methods, and are built when one
    of these is asked for: there are 160, and to build them was measured to be a twentieth of the start.
    """

    def __init__(self, service: Service, doorkeeper: Doorkeeper, examples: Mapping[str, Any]) -> None:
        """`examples`: the class name of a command → its body."""
        self._service, self._doorkeeper, self._examples = service, doorkeeper, examples
        self._paths = {tuple(f"/{service.prefix}/{handles.path}".split("/")) for handles in service.handles}

    @cached_property
    def router(self) -> Routes:
        """The routes themselves."""
        router = Routes(tags=[self._service.prefix])
        for handles in self._service.handles:
            _command_route(router, self._service, handles, self._doorkeeper, self._examples)
        return router

    def matches(self, scope: Any) -> tuple[Match, Any]:
        """FULL for a command, PARTIAL for its address with another method."""
        parts = tuple(scope["path"].split("/")) if scope["type"] == "http" else ()
        known = parts in self._paths or (len(parts) == 5 and parts[3] and (*parts[:3], "{id}", parts[4]) in self._paths)
        return (Match.FULL if scope["method"] == "POST" else Match.PARTIAL) if known else Match.NONE, {}

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        await self.router(scope, receive, send)


async def carry_out(
    doorkeeper: Doorkeeper, service: Service, handles: Handles, id: str, headers: Mapping[str, str], receive: Receive
) -> Reply:
    """The answer to one command; raises a Problem, or ClientDisconnect."""
    body = await received_json(headers, receive, COMMAND_BYTES)
    return await doorkeeper.handle(service, handles, id, headers, body)


def _command_route(
    router: Routes, service: Service, handles: Handles, doorkeeper: Doorkeeper, examples: Mapping[str, Any]
) -> None:
    kind = handles.command
    id = "id" if "{id}" in handles.path else None

    async def command(request: Request) -> Response:
        id = request.path_params.get("id", "")
        reply = await carry_out(doorkeeper, service, handles, id, request.headers, request.receive)
        return Response(orjson.dumps(reply.body), reply.status, media_type="application/json", headers=reply.headers)

    parameters = list(_HEADERS)
    if id is not None:
        about = (
            "The complaint's id, or its case number" if handles.path.startswith("complaints/") else "The person's id"
        )
        parameters.insert(
            0, {"name": "id", "in": "path", "required": True, "description": about, "schema": {"type": "string"}}
        )
    media: dict[str, Any] = {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}}
    if kind.__name__ in examples:
        media["example"] = examples[kind.__name__]
    required = any(field.is_required() for field in kind.model_fields.values())
    router.add_api_route(
        f"/{service.prefix}/{handles.path}",
        command,
        methods=["POST"],
        status_code=201 if handles.creates else 200,
        name=kind.__name__,
        operation_id=f"{service.name}.{kind.__name__}",
        summary=(kind.__doc__ or "").strip().splitlines()[0],
        description=f"Roles: {', '.join(who_may(kind))}.",
        response_class=Json,
        responses={201 if handles.creates else 200: {"content": {"application/json": {"schema": ANSWER}}}},
        openapi_extra={
            "parameters": parameters,
            "requestBody": {"required": required, "content": {"application/json": media}},
            "security": [{"bearer": []}],
        },
    )


def takes(kind: type[BaseModel], example: Mapping[str, Any]) -> dict[str, Any]:
    """For `openapi_extra` of a route that reads its body itself: what is in it. Its schema is made with the document."""
    media = {"schema": kind, "example": example}
    return {"requestBody": {"required": True, "content": {"application/json": media}}}


# ── queries ───────────────────────────────────────────────────────────────────────────────────────────────────────────
AfterPosition = Annotated[
    int | None,
    Query(ge=0, le=2**53, description="Wait until the read model has taken this fact (read your own writes)."),
]


async def signed_in(request: Request) -> Person:
    """The dependency of every read: raises Unauthenticated."""
    doorkeeper: Doorkeeper = request.app.state.doorkeeper
    if doorkeeper.alone:
        return doorkeeper.who(
            request.headers
        )  # in a thread of its own it would wait longer for Python's lock than it takes
    return await asyncio.to_thread(doorkeeper.who, request.headers)


SignedIn = Annotated[Person, Depends(signed_in)]


SOON_S = 0.1
"""Nearly everything that is waited for has come by then."""


async def wait_for(listener: Listener, position: int | None) -> None:
    """Read your own writes: waits, or raises Invalid for a position past the head, or Unavailable."""
    if position is None or listener.position >= position:
        return
    with contextlib.suppress(Unavailable):
        await listener.reached(position, SOON_S)
        return
    # Only now: most of what is waited for comes at once, and to ask for the head is a question to the database.
    head = await asyncio.to_thread(listener.ledger.head)
    if position > head:
        raise Invalid(f"the ledger's head is {head}", rule="G-POSITION", field="after_position")
    await listener.reached(position)


Answers = Callable[..., Awaitable[Any]]


def must_be_known(found: Any, what: str) -> Any:
    """The thing itself; raises Unknown for None."""
    if found is None:
        raise Unknown(f"there is no {what}")
    return found
