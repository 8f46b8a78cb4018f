"""The front door meets a part that dies in the middle of a connection: whoever asks is told to come again, and of no bug."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest
import uvloop
from fastapi import FastAPI

from services.console.front import IDLE_S, add_front_door
from services.house import door
from tests.serving import serving

AT_ONCE, TIMES = 20, 15
RESET = struct.pack("ii", 1, 0)
"""Closing sends a reset, as the system does for a process that was killed with bytes unread."""


@pytest.fixture
def dying() -> Iterator[str]:
    """The address of somebody who takes a connection and is gone."""
    with socket.create_server(("127.0.0.1", 0), backlog=4 * AT_ONCE) as server:
        threading.Thread(target=_take_and_go, args=(server,), daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)


def _take_and_go(server: socket.socket) -> None:
    with suppress(OSError):  # the test is over
        while True:
            taken, _ = server.accept()
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            taken.close()


def test_the_body_of_a_question_is_left_behind() -> None:
    """Some clients send one; it has no meaning, and its length without it would be half a request."""
    asked, app = FastAPI(), FastAPI()

    @asked.get("/intake/complaints")
    async def complaints() -> str:
        return "none"

    add_front_door(app, lambda part: [address])
    with serving(asked) as address, serving(app) as front:
        assert httpx.request("GET", f"{front}/intake/complaints", content=b"{}").json() == "none"


def test_a_part_keeps_a_connection_for_longer_than_the_front_door_uses_it() -> None:
    """Else a command is sent while the part closes what has been idle, and whoever gave it is told of a restart there was none."""
    assert door(FastAPI(), "127.0.0.1", 0).timeout_keep_alive >= IDLE_S * 2


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_part_that_is_gone_as_soon_as_it_is_reached_is_being_restarted(dying: str, method: str) -> None:
    """uvloop forgets the socket of a connection that is reset as it is made, and anyio asks it for its peer: the HTTP client
    answers with an `AttributeError` then. Once in some thirty connections, so many are made; a house has uvloop as well."""
    app = FastAPI()
    add_front_door(app, lambda part: [dying])

    async def asked() -> Counter[int]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://front") as client:
            answers: list[httpx.Response] = []
            for _ in range(TIMES):
                answers += await asyncio.gather(
                    *(client.request(method, "/intake/complaints", content=b"{}") for _ in range(AT_ONCE))
                )
            parts = [await client.get("/metrics/intake") for _ in range(AT_ONCE)]
            asked_parts = await asyncio.gather(*(app.state.ask_parts("/readyz") for _ in range(AT_ONCE)))
        assert all(said is None for parts in asked_parts for said in parts.values())
        return Counter(answer.status_code for answer in [*answers, *parts])

    assert uvloop.run(asked()) == {503: AT_ONCE * TIMES + AT_ONCE}
