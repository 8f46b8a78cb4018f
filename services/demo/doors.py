"""The player's way to the doors: plain HTTP on connections that stay open, a thread each.

Thirty thousand commands in a row are sent from here; httpx was measured to need four times the processor time, which the house
that answers them could not use.
"""

from __future__ import annotations

import asyncio
import http.client
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

PATIENCE_S = 120


@dataclass(frozen=True, slots=True)
class Answer:
    """What a door said."""

    status: int
    content: bytes

    @property
    def ok(self) -> bool:
        """Whether it did what was asked."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body, read; raises ValueError when it is not JSON."""
        return orjson.loads(self.content)


class Doors:
    """Of one house. Requests that do not wait for one another leave in the order in which they were asked for."""

    def __init__(self, base_url: str, at_once: int) -> None:
        where = urlsplit(base_url)
        self._host, self._port = where.hostname or "127.0.0.1", where.port
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="door")
        self._own = threading.local()

    async def ask(self, method: str, path: str, headers: Mapping[str, str], content: bytes | None) -> Answer:
        """One request; raises OSError or http.client.HTTPException when nobody answers."""
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, self._ask, method, path, headers, content
        )

    def close(self) -> None:
        """Let go of the threads; their connections end with them."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _ask(self, method: str, path: str, headers: Mapping[str, str], content: bytes | None) -> Answer:
        connection: http.client.HTTPConnection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = http.client.HTTPConnection(self._host, self._port, timeout=PATIENCE_S)
        try:
            connection.request(method, path, content, dict(headers))
            response = connection.getresponse()
            return Answer(response.status, response.read())
        except BaseException:
            connection.close()  # it opens itself again
            raise
