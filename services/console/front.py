"""The front door under `--split`: one port; the first segment of the path names the service that answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import Response, StreamingResponse

from shared.kernel.errors import Unavailable
from shared.runtime.http import Json, problem_response

SEGMENTS = {
    "intake": "intake", "files": "intake", "triage": "triage", "capa": "capa", "sla-watch": "sla_watch", "audit": "audit",
    "insight": "insight", "notify": "notify",
}  # fmt: skip
_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "proxy-authorization", "host"}

Upstream = Callable[[str], str]


def add_front_door(app: FastAPI, upstream: Upstream) -> None:
    """Pass on what belongs to other processes; `upstream` gives a part's address."""
    client = httpx.AsyncClient(
        timeout=httpx.Timeout(60, connect=2), limits=httpx.Limits(max_connections=200),
        verify=False,  # plain HTTP on this machine: no authorities need be read
    )  # fmt: skip

    async def pass_on(request: Request) -> Response:
        part = SEGMENTS[request.url.path.split("/", 2)[1]]
        query = f"?{request.url.query}" if request.url.query else ""
        headers = [(name, value) for name, value in request.headers.raw if name.decode().lower() not in _HOP]
        forward = client.build_request(
            request.method, f"{upstream(part)}{request.url.path}{query}", headers=headers, content=request.stream()
        )
        try:
            answer = await client.send(forward, stream=True)
        except httpx.TransportError:
            return problem_response(Unavailable(f"{part} is being restarted", way_out="try again in a second"))
        kept = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP | {"content-length"}}
        return StreamingResponse(_body(answer), answer.status_code, headers=kept)

    for segment in SEGMENTS:
        app.add_api_route(
            f"/{segment}" + "/{rest:path}", pass_on, methods=["GET", "POST", "PUT", "DELETE"], include_in_schema=False
        )
    app.add_api_route("/files", pass_on, methods=["POST"], include_in_schema=False)

    @app.get("/metrics/{part}", include_in_schema=False)
    async def metrics_of(part: str) -> Response:
        answer = await client.get(f"{upstream(part)}/metrics")
        return Response(answer.content, answer.status_code, media_type="text/plain; version=0.0.4")

    async def ask_parts(path: str) -> dict[str, Any]:
        return await _asked(client, upstream, path)

    app.state.ask_parts = ask_parts


async def _body(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.aiter_raw():
            yield chunk
    finally:
        await answer.aclose()


async def _asked(client: httpx.AsyncClient, upstream: Upstream, path: str) -> dict[str, Any]:
    """What every part says to a path; None for one that does not answer."""
    parts = ("relay", *dict.fromkeys(SEGMENTS.values()))

    async def ask(part: str) -> Any:
        try:
            return (await client.get(f"{upstream(part)}{path}", timeout=5)).json()
        except (httpx.HTTPError, ValueError):
            return None

    return dict(zip(parts, await asyncio.gather(*(ask(part) for part in parts)), strict=True))


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
