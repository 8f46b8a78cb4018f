"""The relay: fact n of the ledger becomes message n of the stream. Stateless; several may run, the fence keeps order.

The stream is a carrier, not a store: wiped, foreign, or ahead of the ledger, it is made anew and refilled from 1.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import nats
import orjson
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import APIError, NotFoundError

from shared.kernel.errors import Problem
from shared.runtime.clock import randomness
from shared.runtime.codec import Row, Unreadable, headers, row_from_message, subject
from shared.runtime.ledger import Ledger
from shared.runtime.nats_names import FACTS, STREAM, NatsLogin
from shared.runtime.pace import Pace

log = logging.getLogger("casetrail.relay")

BATCH = 1_000
"""The most messages the server takes as one atomic batch."""
BATCH_BYTES = 4_000_000
APART_S, MOST_S = 0.01, 0.05
"""Under load a batch this often, instead of a synced message for each fact."""


class Relay:
    """Publishes what the ledger holds and the stream does not. `wake` it after a commit; it polls besides."""

    def __init__(self, ledger: Ledger, login: NatsLogin, *, poll_s: float = 0.5) -> None:
        self.ledger, self.login, self.poll_s = ledger, login, poll_s
        self.position = 0
        self.fault: str | None = "not started"
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._levelled = asyncio.Event()
        self._agreed = False
        self._pace = Pace(APART_S, MOST_S)

    def wake(self) -> None:
        """Something was committed. From any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self) -> None:
        """Until cancelled: keep the stream level with the ledger, whatever happens to either."""
        self._loop = asyncio.get_running_loop()
        connection = await connect(self.login, self._doubt)
        delay = 0.05
        try:
            while True:
                try:
                    self._agreed = True
                    self.position = await self._agree(connection)
                    while self._agreed:
                        await self._pace.turn()
                        await self._level(connection)
                        self.fault, delay = None, 0.05
                        self._levelled.set()
                        await self._rest()
                except (APIError, NatsError, TimeoutError, OSError, Problem) as error:
                    self.fault = f"{type(error).__name__}: {error}"
                    log.warning("the relay pauses %.2f s: %s", delay, self.fault)
                    await asyncio.sleep(delay)
                    delay = min(delay * 2, 2.0)
        finally:
            await connection.close()

    async def _doubt(self) -> None:
        """The server was away, and may have come back without its data: look before anything new happens."""
        self._agreed = False
        self._wake.set()

    async def ready(self) -> None:
        """Wait until the stream has been level once."""
        await self._levelled.wait()

    async def _rest(self) -> None:
        try:
            # Not wait_for: on Python 3.11 it can swallow the cancellation that ends us.
            async with asyncio.timeout(self.poll_s):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    async def _agree(self, connection: Client) -> int:
        """The stream's last sequence, after making sure that it is this ledger's stream and not ahead of it."""
        js = jetstream(connection)
        ledger = self.ledger.identity()
        mine = {"ledger": ledger.ledger_id, "epoch": str(ledger.epoch)}
        try:
            info = await js.stream_info(STREAM)
        except NotFoundError:
            info = await self._create(connection, mine)
        if info.config.discard != DiscardPolicy.NEW:
            log.warning("the stream would have dropped its oldest facts when full; it refuses new ones instead")
            info.config.discard = DiscardPolicy.NEW
            info = await js.update_stream(config=info.config)
        kept: dict[str, str] = info.config.metadata or {}
        foreign = {name: kept.get(name) for name in mine} != mine
        last = info.state.last_seq
        if not foreign and last == 0 and info.state.first_seq <= 1:
            return 0
        if foreign or info.state.first_seq != 1 or not await self._ends_alike(connection, last):
            log.warning("the stream is not this ledger's, or differs from it: it is made anew and refilled")
            await js.delete_stream(STREAM)
            await self._create(connection, mine)
            return 0
        return last

    async def _ends_alike(self, connection: Client, last: int) -> bool:
        rows = self.ledger.rows(last - 1, 1)
        if not rows:
            return False
        message = await jetstream(connection).get_msg(STREAM, seq=last)
        head: dict[str, str] = message.headers or {}
        try:
            return row_from_message(head, message.data) == rows[0] and bool(message.subject == subject(rows[0]))
        except Unreadable:
            return False

    async def _create(self, connection: Client, mine: dict[str, str]) -> Any:
        config = StreamConfig(
            name=STREAM,
            subjects=[f"{FACTS}.>"],
            storage=StorageType.FILE,
            retention=RetentionPolicy.LIMITS,
            discard=DiscardPolicy.NEW,  # should somebody ever set a limit: refused is heard of, dropped is not
            duplicate_window=0.1,  # the fence orders and deduplicates; the window would only cost memory
            allow_direct=True,
            allow_atomic=True,
            deny_delete=True,
            metadata=mine,
        )
        return await jetstream(connection).add_stream(config)

    async def _level(self, connection: Client) -> None:
        while rows := await asyncio.to_thread(self.ledger.rows, self.position, BATCH):
            rows = _bounded(rows)
            await self._publish(connection, rows)
            self.position = rows[-1].position

    async def _publish(self, connection: Client, rows: Sequence[Row]) -> None:
        """All or nothing, and only right behind what is already there (`Nats-Expected-Last-Sequence`)."""
        ledger = self.ledger.identity()
        batch = randomness().hex()
        for number, row in enumerate(rows, 1):
            head = headers(row, ledger)
            if number == 1:
                head["Nats-Expected-Last-Sequence"] = str(row.position - 1)
            if len(rows) > 1:
                head |= {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}
            if number < len(rows):
                await connection.publish(subject(row), row.body, headers=head)
                continue
            if len(rows) > 1:
                head["Nats-Batch-Commit"] = "1"
            reply = orjson.loads((await connection.request(subject(row), row.body, headers=head, timeout=10)).data)
            if "error" in reply:
                raise APIError(**{name: reply["error"].get(name) for name in ("code", "err_code", "description")})
            if reply["seq"] != row.position:
                raise APIError(description=f"position {row.position} became sequence {reply['seq']}")


def _bounded(rows: Sequence[Row]) -> Sequence[Row]:
    size = 0
    for number, row in enumerate(rows):
        size += len(row.body) + 1_000
        if size > BATCH_BYTES and number:
            return rows[:number]
    return rows


def jetstream(connection: Client) -> Any:
    """nats-py's JetStream context; its types are only partly known, so nobody pretends here."""
    context: Any = connection.jetstream()  # pyright: ignore[reportUnknownMemberType]
    return context


async def connect(login: NatsLogin, reconnected: Callable[[], Awaitable[None]] | None = None) -> Client:
    """A connection that never gives up; `reconnected` is called whenever it was lost and found again."""

    async def told(error: Exception) -> None:
        log.debug("nats: %s", error)

    return await nats.connect(  # pyright: ignore[reportUnknownMemberType]
        login.url, user=login.user, password=login.password, inbox_prefix=login.inbox, allow_reconnect=True,
        max_reconnect_attempts=-1, reconnect_time_wait=0.1, error_cb=told, reconnected_cb=reconnected,
    )  # fmt: skip
