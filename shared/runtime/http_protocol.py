"""HTTP below the application: what is not HTTP at all is answered with a problem document, too, and nobody may dawdle.

uvicorn's protocol takes a request head of any size and waits for it for ever; both would let a stranger without a token
fill the memory, or all connections.
"""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES = 65_536
"""Request line and headers; more than that is refused as soon as it is seen."""
HEAD_S = 20.0
"""Seconds in which they must have arrived, counted from the connection or from their first byte."""


class WritesTogether:
    """A transport that sends what is written in one turn of the event loop at once: uvicorn writes the head of an answer and its
    body one after the other, and each sending is a call of the system that takes longer than many an answer."""

    __slots__ = ("_loop", "_transport", "_written")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._written: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send it with whatever else is written before others have their turn."""
        if not self._written:
            self._loop.call_soon(self._send)
        self._written.append(data)

    def close(self) -> None:
        """As soon as all of it has been sent."""
        self._send()
        self._transport.close()

    def _send(self) -> None:
        if self._written:
            written, self._written = self._written, []
            self._transport.write(b"".join(written))


class GuardedHttp(HttpToolsProtocol):
    """uvicorn's protocol on httptools, with a limit and a deadline for the head of each request."""

    _in_head = False
    """Within the head of a request: its first byte has come, its empty line has not."""
    _head_bytes = 0
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection; its first request must come soon."""
        super().connection_made(WritesTogether(transport, self.loop))  # type: ignore[arg-type]
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """It has ended."""
        self._head_is_here()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some bytes of a request."""
        if self.transport.is_closing():
            return
        if self._head_bytes > HEAD_BYTES:
            self._refuse(431, "Too much before the body", f"request line and headers take at most {HEAD_BYTES:,} bytes")
            return
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)

    def on_headers_complete(self) -> None:
        """The head is here; the body has limits of its own (`stream_of`)."""
        self._in_head, self._head_bytes = False, 0
        self._head_is_here()
        super().on_headers_complete()

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._in_head = True
        if self._deadline is None:
            self._expect_head()

    def send_400_response(self, msg: str) -> None:
        """What is not HTTP."""
        self._refuse(400, "This is not HTTP", "the request cannot be read as HTTP/1.1")

    def _expect_head(self) -> None:
        self._deadline = self.loop.call_later(HEAD_S, self._too_slow)

    def _head_is_here(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        cycle: Any = self.cycle  # None until the first request, whatever its type says
        if cycle is not None and not cycle.response_complete:
            self._expect_head()  # the answer to the request before is still under way
        elif not self.transport.is_closing():
            self._refuse(408, "Too slow", f"the request did not arrive within {HEAD_S:.0f} seconds")

    def _refuse(self, status: int, title: str, detail: str) -> None:
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": title,
            "status": status,
            "detail": detail,
            "rule": "G-HTTP",
        }
        document = orjson.dumps(body)
        head = (
            f"HTTP/1.1 {status} {title}\r\ncontent-type: application/problem+json\r\n"
            f"content-length: {len(document)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + document)
        self.transport.close()
