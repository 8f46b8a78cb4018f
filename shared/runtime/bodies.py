"""Bodies of requests: as large as may be, within the time that is given, and of the kind that is read here."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping

from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from shared.kernel.errors import Problem, TooLarge

BODY_S = 30
"""Seconds in which a command must have arrived, and after which an upload that stands still is given up."""
JSON = re.compile(r"application/([\w.+-]+\+)?json\s*(;.*)?", re.IGNORECASE)


class OtherMediaType(Problem):
    """Sent as something that this door does not read."""

    status = 415
    title = "Another content type is wanted"


class TooSlow(Problem):
    """The rest of the request did not come."""

    status = 408
    title = "Too slow"


async def body_of(request: Request, limit: int) -> bytes:
    """The body; raises TooLarge before more than `limit` bytes are in memory, TooSlow or ClientDisconnect."""
    return await _whole(request.headers, request.receive, limit)


async def json_of(request: Request, limit: int) -> bytes:
    """The body of a request that says it is JSON, or says nothing about it; raises OtherMediaType as well."""
    return await received_json(request.headers, request.receive, limit)


async def received_json(headers: Mapping[str, str], receive: Receive, limit: int) -> bytes:
    """The same for whoever has only the headers and what ASGI receives with."""
    body = await _whole(headers, receive, limit)
    said = headers.get("content-type")
    if said is not None and said != "application/json" and body and not JSON.fullmatch(said):
        raise OtherMediaType("a command is JSON", field="Content-Type", way_out="send Content-Type: application/json")
    return body


async def _whole(headers: Mapping[str, str], receive: Receive, limit: int) -> bytes:
    _refuse_too_large(headers, limit)
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_S):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                chunks.append(chunk := message.get("body", b""))
                if (size := size + len(chunk)) > limit:
                    raise TooLarge(f"the body is larger than {limit:,} bytes")
                if not message.get("more_body", False):
                    return b"".join(chunks)
    except TimeoutError:
        raise TooSlow(f"the body did not arrive within {BODY_S} seconds") from None


async def stream_of(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    """The body as it comes; raises TooLarge before more than `limit` bytes were passed on, TooSlow when it stands still."""
    chunks = _measured(request, limit)
    while True:
        try:
            async with asyncio.timeout(BODY_S):
                chunk = await anext(chunks)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise TooSlow(f"nothing more came within {BODY_S} seconds") from None
        yield chunk


def _refuse_too_large(headers: Mapping[str, str], limit: int) -> None:
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length) > limit:
        raise TooLarge(f"the body has {int(length):,} bytes; at most {limit:,} are taken")


async def _measured(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    _refuse_too_large(request.headers, limit)
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"the body is larger than {limit:,} bytes")
        yield chunk
