"""The relay: fact n of the ledger becomes message n of the stream. Stateless; several may run, the fence keeps order, and
whoever comes too late waits as the second.

The stream is a carrier, not a store: wiped, foreign, damaged, or ahead of the ledger, it is made anew and refilled from 1.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import orjson
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import DiscardPolicy
from nats.js.errors import APIError

from shared.kernel.errors import Problem
from shared.runtime.clock import randomness, seconds
from shared.runtime.codec import Row, headers, is_intact, see_that_it_is_intact, subject
from shared.runtime.comparison import Comparison, holds
from shared.runtime.ledger import Ledger
from shared.runtime.nats_client import QuickClient
from shared.runtime.nats_names import STREAM, NatsLogin
from shared.runtime.pace import Pace
from shared.runtime.stream import info_of, is_ours, look_at_server, made_for

log = logging.getLogger("casetrail.relay")

BATCH = 1_000
"""The most messages the server takes as one atomic batch."""
BATCH_BYTES = 4_000_000
OTHERWISE = 10071
"""The server's answer when the stream does not end where the publisher believed."""
SECOND_S = 1.0
"""How often the second of two relays looks whether the first one still works."""
TOLD_EVERY_S = 5.0
"""How often the log says how far a refill has come."""
LOOKS_EVERY_S = 5.0
"""How often it looks whether the stream is still as it was made and ends as the ledger does, although nothing has happened."""
APART_S, MOST_S = 0.01, 0.05
"""Under load a batch this often, instead of a synced message for each fact."""


@dataclass(slots=True)
class Refill:
    """The stream lacks more than a batch: after a wipe of NATS, an import, or a long time without it."""

    first: int
    """The position after which it began."""
    until: int
    began: float
    position: int = 0
    told: float = 0.0

    @property
    def rate(self) -> float:
        """Facts a second so far; 0 before the first batch."""
        passed = seconds() - self.began
        return (self.position - self.first) / passed if passed > 0 and self.position > self.first else 0.0

    @property
    def seconds_left(self) -> float | None:
        """About; None before the first batch."""
        return (self.until - self.position) / self.rate if self.rate else None

    def told_in_a_line(self) -> str:
        """For the log and for people."""
        left = "" if not self.rate else f", {self.rate:,.0f} facts/s, about {self.seconds_left:,.0f} s left"
        return f"the stream is filled in order: {self.position:,} of {self.until:,} facts{left}"


class Relay:
    """Publishes what the ledger holds and the stream does not. `wake` it after a commit; it polls besides."""

    def __init__(
        self, ledger: Ledger, login: NatsLogin, *, poll_s: float = 0.5, looks_every_s: float = LOOKS_EVERY_S
    ) -> None:
        self.ledger, self.login, self.poll_s, self.looks_every_s = ledger, login, poll_s, looks_every_s
        self.position = 0
        self.fault: str | None = "not started"
        self.refill: Refill | None = None
        """While the stream lacks very much."""
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._levelled = asyncio.Event()
        self._agreed = False
        self._second = False
        """Another relay publishes; this one steps in as soon as something waits for longer than a look takes."""
        self._head_seen = 0
        self._comparison = Comparison(ledger)
        self._doubtful: int | None = None
        """Where the stream was found to hold something else than the ledger."""
        self._pace = Pace(APART_S, MOST_S)

    @property
    def damage(self) -> str | None:
        """What is wrong with the ledger itself, and the way out."""
        return self._comparison.damage

    def wake(self) -> None:
        """Something was committed. From any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self) -> None:
        """Until cancelled: keep the stream level with the ledger, whatever happens to either."""
        self._loop = asyncio.get_running_loop()
        connection = await connect(self.login, self._doubt)
        beside = [asyncio.create_task(self._comparison.run(connection, lambda: self.position, self._differs))]
        if self.login.elsewhere:
            beside.append(asyncio.create_task(asyncio.to_thread(self._advise)))
        delay = 0.05
        try:
            while True:
                try:
                    self._agreed = True
                    self.position = await self._agree(connection)
                    look_again = seconds() + self.looks_every_s
                    while self._agreed and seconds() < look_again:
                        await self._pace.turn()
                        if not self._second or await self._must_step_in(connection):
                            await self._level(connection)
                        self.fault, delay = None, 0.05
                        if not self._levelled.is_set():
                            self._levelled.set()
                            self._comparison.begin()
                        await self._rest()
                except (APIError, NatsError, TimeoutError, OSError, Problem) as error:
                    if getattr(error, "err_code", None) == OTHERWISE and not self._second:
                        self._second = True  # another relay was faster: nothing is wrong
                        continue
                    self.fault = _told(error)
                    log.warning("the relay pauses %.2f s: %s", delay, self.fault)
                    await asyncio.sleep(delay)
                    delay = min(delay * 2, 2.0)
        finally:
            for task in beside:
                task.cancel()
            await connection.close()

    def _advise(self) -> None:
        from shared.runtime.nats_syncing import advice  # a house with a server of its own needs no HTTP client

        for what, way_out in advice(self.login):
            log.warning("%s: %s", what, way_out)

    async def _doubt(self) -> None:
        """The server was away, and may have come back without its data: look before anything new happens."""
        self._comparison.begin()
        self._agreed = False
        self._wake.set()

    def _differs(self, position: int) -> None:
        self._doubtful, self._agreed = position, False
        self._wake.set()

    async def ready(self) -> None:
        """Wait until the stream has been level once."""
        await self._levelled.wait()

    async def _must_step_in(self, connection: Client) -> bool:
        """Whether the stream still lacks what was in the ledger at the last look."""
        self.position, before = await self._agree(connection), self._head_seen
        self._head_seen = await asyncio.to_thread(self.ledger.head)
        self._second = self.position >= before
        return not self._second

    async def _rest(self) -> None:
        if self._second:
            await asyncio.sleep(SECOND_S)
            return
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
        await look_at_server(connection)
        ledger = self.ledger.identity()
        info = await info_of(js) or await js.add_stream(made_for(ledger, self.login.replicas))
        ours = is_ours(info.config, ledger, elsewhere=self.login.elsewhere)
        if ours:
            info = await self._mended(js, info)
        last = info.state.last_seq
        if ours and last == 0 and info.state.first_seq <= 1:
            return 0
        if not ours or info.state.first_seq != 1 or not await self._ends_alike(connection, last):
            log.warning("the stream is not this ledger's, or differs from it: it is made anew and refilled")
            await js.delete_stream(STREAM)
            await js.add_stream(made_for(ledger, self.login.replicas))
            return 0
        return last

    async def _mended(self, js: Any, info: Any) -> Any:
        """What may be changed while it runs."""
        config = info.config
        if config.discard != DiscardPolicy.NEW:
            log.warning("the stream would have dropped its oldest facts when full; it refuses new ones instead")
        if (now := config.num_replicas or 1) != self.login.replicas:
            log.warning("the stream lies on %d servers; it shall lie on %d", now, self.login.replicas)
        if config.discard != DiscardPolicy.NEW or now != self.login.replicas:
            config.discard, config.num_replicas = DiscardPolicy.NEW, self.login.replicas
            return await js.update_stream(config=config)
        return info

    async def _ends_alike(self, connection: Client, last: int) -> bool:
        """At its end, and where there was a difference."""
        places, self._doubtful = {last, min(self._doubtful or last, last)}, None
        for position in places:
            rows = self.ledger.rows(position - 1, 1)
            if not rows or (is_intact(rows[0]) and not await holds(connection, rows[0])):
                return False
        return True

    async def _level(self, connection: Client) -> None:
        try:
            more = True  # whoever commits what is not among the rows wakes it
            while more and (rows := await asyncio.to_thread(self.ledger.rows, self.position, BATCH)):
                if len(rows) == BATCH:
                    await self._look_ahead()
                carried = _bounded(_intact(rows))
                await self._publish(connection, carried)
                self.position, self.fault = carried[-1].position, None
                more = len(rows) == BATCH or len(carried) < len(rows)
            if (refill := self.refill) is not None:
                refill.position = refill.until = self.position
                log.info("%s: the stream is level", refill.told_in_a_line())
        finally:
            self.refill = None

    async def _look_ahead(self) -> None:
        """How much is missing, how fast it comes, and a line in the log now and then."""
        head = await asyncio.to_thread(self.ledger.head)
        if self.refill is None:
            if head - self.position <= BATCH:
                return
            self.refill = Refill(self.position, head, seconds())
        refill = self.refill
        refill.position, refill.until = self.position, head
        if seconds() - refill.told >= TOLD_EVERY_S:
            refill.told = seconds()
            log.info("%s", refill.told_in_a_line())

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


def _told(error: Exception) -> str:
    return error.line if isinstance(error, Problem) else f"{type(error).__name__}: {error}"


def _intact(rows: Sequence[Row]) -> Sequence[Row]:
    """Those before the first one that is damaged; raises Unreadable when it is the very first."""
    whole = list(takewhile(is_intact, rows))
    if not whole:
        see_that_it_is_intact(rows[0])
    return whole


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

    client = QuickClient()
    patience: dict[str, Any] = {"reconnect_time_wait": 0.1, **login.patience}
    await client.connect(  # pyright: ignore[reportUnknownMemberType]
        login.servers, user=login.user, password=login.password, inbox_prefix=login.inbox, allow_reconnect=True,
        max_reconnect_attempts=-1, error_cb=told, reconnected_cb=reconnected, **patience,
    )  # fmt: skip
    return client
