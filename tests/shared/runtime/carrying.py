"""A real nats-server, a ledger, and what runs between them, for tests of the relay and the listeners."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import nats
from nats.js.errors import NotFoundError

from shared.runtime.home import Home
from shared.runtime.ledger import Ledger
from shared.runtime.nats_names import STREAM
from shared.runtime.nats_server import EmbeddedNats
from shared.runtime.relay import Relay
from shared.runtime.sqlite_ledger import SqliteLedger
from tests.shared.runtime.ledgers import row

SERVICES = {"intake": ["intake-worklist"], "audit": ["audit-timeline", "audit-other"]}


@contextmanager
def server_at(path: Path) -> Generator[EmbeddedNats]:
    with Home(path / "home") as home:
        server = EmbeddedNats(home, SERVICES)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def ledger_at(path: Path, count: int = 0, ledger_id: str = "L1") -> SqliteLedger:
    ledger = SqliteLedger(path / f"{ledger_id}.sqlite", ledger_id)
    record(ledger, count)
    return ledger


def record(ledger: Ledger, count: int, stream: str = "complaint-a") -> None:
    """So many more facts."""
    with ledger.writing() as writing:
        first = writing.head().position + 1
        version = len(writing.stream(stream)) + 1
        writing.append([row(first + n, stream, version + n) for n in range(count)])


async def until(what: Callable[[], Awaitable[bool] | bool], seconds: float = 15) -> None:
    """Wait for a condition; never for a time."""
    async with asyncio.timeout(seconds):
        while True:
            found = what()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.01)


@asynccontextmanager
async def working(*works: Any) -> AsyncGenerator[list[asyncio.Task[Any]]]:
    """Tasks that run within the block."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        yield tasks
    finally:
        left = set(tasks)
        async with asyncio.timeout(10):
            while left:  # again and again: on Python 3.11 nats-py can swallow a cancellation
                for task in left:
                    task.cancel()
                _, left = await asyncio.wait(left, timeout=0.2)


@asynccontextmanager
async def jetstream_of(server: EmbeddedNats) -> AsyncGenerator[Any]:
    """The relay's own view of the stream, by which tests look at it and do harm to it."""
    login = server.login("relay")
    client = await nats.connect(
        login.url, user=login.user, password=login.password, inbox_prefix=login.inbox.encode(), max_reconnect_attempts=-1,
        reconnect_time_wait=0.05,
    )  # fmt: skip
    try:
        yield client.jetstream()
    finally:
        await client.close()


async def in_stream(js: Any) -> list[int]:
    """The positions that the stream holds, in order of sequence; each must be its own sequence."""
    try:
        state = (await js.stream_info(STREAM)).state
    except NotFoundError:
        return []
    found = list[int]()
    for sequence in range(1, state.last_seq + 1):
        message = await js.get_msg(STREAM, seq=sequence, direct=True)
        assert int(message.headers["ce-position"]) == sequence
        found.append(sequence)
    return found


def relay_for(server: EmbeddedNats, ledger: Ledger) -> Relay:
    return Relay(ledger, server.login("relay"), poll_s=0.02)


async def level(js: Any, ledger: Ledger) -> None:
    """Until the stream is as long as the ledger; then every position is its sequence."""

    async def same() -> bool:
        with contextlib.suppress(NotFoundError):
            return bool((await js.stream_info(STREAM)).state.last_seq == ledger.head())
        return False

    await until(same)
