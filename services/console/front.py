"""The front door where parts are processes of their own: one port; the first segment of the path names the service that answers.

A part may have several addresses: they take turns, and one that does not answer is passed over for a while.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import Response, StreamingResponse

from shared.kernel.errors import Unavailable, Unknown
from shared.runtime.clock import seconds
from shared.runtime.http import Json, problem_response

SEGMENTS = {
    "intake": "intake", "files": "intake", "triage": "triage", "capa": "capa", "sla-watch": "sla_watch", "audit": "audit",
    "insight": "insight", "notify": "notify",
}  # fmt: skip
PARTS = ("relay", *dict.fromkeys(SEGMENTS.values()))
_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "proxy-authorization", "host"}
_HOP_AND_LENGTH = _HOP | {"content-length"}

Upstream = Callable[[str], Sequence[str]]
"""The addresses of a part."""
PASSED_OVER_S = 5.0
IDLE_S = 2.0
"""How long a connection to a part is kept for the next request: less than the part does, or a command goes where nobody reads."""


class Turns:
    """Whose turn it is among the addresses of a part."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._asked = 0
        self._failed: dict[str, float] = {}

    def of(self, part: str) -> list[str]:
        """All of them, each time another one first, and last those that have just failed."""
        all = list(self._upstream(part))
        self._asked += 1
        first = self._asked % len(all)
        lately = seconds() - PASSED_OVER_S
        return sorted(all[first:] + all[:first], key=lambda address: self._failed.get(address, lately) > lately)

    def failed(self, address: str) -> None:
        """Nobody answered there."""
        self._failed[address] = seconds()


class _Lines(httpx.AsyncHTTPTransport):
    """The connections to parts."""

    def __init__(self) -> None:
        # plain HTTP on this machine: no authorities need be read
        super().__init__(verify=False, limits=httpx.Limits(max_connections=200, keepalive_expiry=IDLE_S))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises httpx.TransportError when the part is not there, or no longer."""
        try:
            return await super().handle_async_request(request)
        except (
            AttributeError
        ) as error:  # anyio asks uvloop for a socket that was reset as it was connected, and gets None
            raise httpx.NetworkError("the connection has ended") from error


def add_front_door(app: FastAPI, upstream: Upstream) -> None:
    """Pass on what belongs to other processes; `upstream` gives a part's address."""
    client = httpx.AsyncClient(timeout=httpx.Timeout(60, connect=2), transport=_Lines())
    turns = Turns(upstream)

    async def pass_on(request: Request) -> Response:
        part = SEGMENTS[request.url.path.split("/", 2)[1]]
        query = f"?{request.url.query}" if request.url.query else ""
        bodiless = request.method == "GET"
        left = _HOP_AND_LENGTH if bodiless else _HOP
        headers = [(name, value) for name, value in request.headers.raw if name.decode().lower() not in left]
        for address in turns.of(part):
            body = None if bodiless else request.stream()
            forward = client.build_request(
                request.method, f"{address}{request.url.path}{query}", headers=headers, content=body
            )
            try:
                answer = await client.send(forward, stream=True)
            except httpx.TransportError as error:
                turns.failed(address)
                if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout) or bodiless:
                    continue  # nobody has heard of it, or asking twice changes nothing
                break
            kept = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP_AND_LENGTH}
            return StreamingResponse(_body(answer), answer.status_code, headers=kept)
        return problem_response(Unavailable(f"{part} is being restarted", way_out="try again in a second"))

    for segment in SEGMENTS:
        app.add_api_route(
            f"/{segment}" + "/{rest:path}", pass_on, methods=["GET", "POST", "PUT", "DELETE"], include_in_schema=False
        )
    app.add_api_route("/files", pass_on, methods=["POST"], include_in_schema=False)

    @app.get("/metrics/{part}", include_in_schema=False)
    async def metrics_of(part: str) -> Response:
        if part not in PARTS:
            return problem_response(Unknown(f"there is no part {part[:40]!r}", way_out=f"one of {', '.join(PARTS)}"))
        for address in turns.of(part):
            try:
                answer = await client.get(f"{address}/metrics", timeout=5)
                return Response(answer.content, answer.status_code, media_type="text/plain; version=0.0.4")
            except httpx.TransportError:
                turns.failed(address)
        return problem_response(Unavailable(f"{part} does not answer", way_out="try again in a second"))

    async def ask_parts(path: str) -> dict[str, Any]:
        return await _asked(client, turns, path)

    app.state.ask_parts = ask_parts


async def _body(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.aiter_raw():
            yield chunk
    finally:
        await answer.aclose()


async def _asked(client: httpx.AsyncClient, turns: Turns, path: str) -> dict[str, Any]:
    """What every part says to a path: of several processes the first that is ready; None for a part that does not answer."""

    async def ask(part: str) -> Any:
        said = None
        for address in turns.of(part):
            try:
                answer = (await client.get(f"{address}{path}", timeout=5)).json()
            except (httpx.HTTPError, ValueError):
                turns.failed(address)
                continue
            if answer.get("ready", True):
                return answer
            said = said or answer
        return said

    return dict(zip(PARTS, await asyncio.gather(*(ask(part) for part in PARTS)), strict=True))


async def readiness(ask: Callable[[str], Any], hurry: bool = False) -> Json:
    """All parts' readiness as one answer."""
    found = await ask("/readyz?hurry=true" if hurry else "/readyz")
    ready = all(answer is not None and answer.get("ready") for answer in found.values())
    parts: dict[str, Any] = {}
    for part, answer in found.items():
        if answer is None:
            parts[part] = {"fault": "does not answer"}
        else:
            parts |= answer["parts"]
    head = max((answer["head"] for answer in found.values() if answer), default=0)
    return Json({"ready": ready, "head": head, "parts": parts}, 200 if ready else 503)


async def merged_openapi(ask: Callable[[str], Any], own: dict[str, Any]) -> dict[str, Any]:
    """One OpenAPI document of all parts."""
    for answer in (await ask("/openapi.json")).values():
        if answer is not None:
            own["paths"] = {**answer["paths"], **own["paths"]}
            own["components"]["schemas"] = {**answer["components"]["schemas"], **own["components"]["schemas"]}
    return own
