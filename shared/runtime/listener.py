"""Listeners: each on its own durable consumer, each going at its own pace, none able to block another.

A message is a nudge and no more: what is applied is read from the ledger. So whatever reaches the stream (a fact twice, out
of order, forged, or bytes that are none), and whatever does not reach it, no row comes of it but those of the ledger.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol
from zlib import crc32

from shared.kernel.errors import Problem, Unavailable
from shared.runtime.building import BUILT_AT_ONCE
from shared.runtime.clock import seconds
from shared.runtime.codec import Row
from shared.runtime.ledger import Ledger
from shared.runtime.pace import Pace

log = logging.getLogger("casetrail.listener")

MANY = 100
JUMP_APART_S = 2.0
"""Under load an old message is as good a nudge as a new one: passing by the others is asked for this often at most."""
AT_ONCE = 500
APART_S, MOST_S = 0.02, 1.0
"""Distances of a listener's turns under load. A transaction for each fact would cost ten times as much; and a case that
moves five times within a second is written once. Whoever waits for a position (`after_position`) is not kept waiting."""
WORKERS = ThreadPoolExecutor(2, thread_name_prefix="listener")
"""All listeners of a process share two threads: with one each, whoever waits would wait for Python's lock behind all of them."""
AHEAD = ThreadPoolExecutor(3, thread_name_prefix="listener-ahead")
"""For listeners that somebody waits for, always the watcher's: never behind a large batch of somebody else's."""
LOOK_AGAIN_S = 2.0
"""How often a listener looks at the ledger although nobody nudged it: heals a lost nudge."""

STAND_BY_S = 0.5
"""How often one that stands by looks whether the process that takes the facts has ended."""


def _share(durable: str) -> float:
    """Of the longest distance: turns of the same length would soon fall together, and whoever waits would wait for all of them."""
    return 0.7 + 0.3 * (crc32(durable.encode()) % 100) / 100


class Sink(Protocol):
    """What a listener feeds: a read model's store, or a reaction."""

    @property
    def position(self) -> int: ...

    @property
    def damaged(self) -> bool:
        """Whether what was taken before can no longer be read, so that all must be taken anew."""
        ...

    def apply_rows(self, rows: Sequence[Row]) -> None: ...

    def rebuild(self, rows_after: Callable[[int], Sequence[Row]]) -> None: ...

    def stands_by(self) -> bool:
        """Whether another process takes the facts just now, so that only the position moves here."""
        ...


class Listener:
    """Feeds one sink with every fact, in order, each once."""

    def __init__(
        self, durable: str, sink: Sink, ledger: Ledger, *, most_s: float = MOST_S, ahead: bool = False
    ) -> None:
        self.durable, self.sink, self.ledger = durable, sink, ledger
        self.fault: str | None = None
        self.behind_stream = 0
        """How many messages the consumer still has to deliver that were already read from the ledger."""
        self._stands_by = False
        self._rebuild: asyncio.Future[None] | None = None
        self._inbox: list[Any] = []
        self._ahead = ahead
        self._hurried = False
        self._nudged = asyncio.Event()
        self._pace = Pace(APART_S, most_s * _share(durable))
        self._jumped = 0.0
        self._moved = asyncio.Condition()
        self._free = asyncio.Event()
        self._free.set()
        self.jump: Callable[[int], Awaitable[None]] | None = None
        """Tells the stream to go on at this sequence; set by the bus."""
        self.after_move: Callable[[], None] = lambda: None
        """Called on the event loop whenever facts have been taken."""

    @property
    def position(self) -> int:
        """The last fact taken."""
        return self.sink.position

    async def take(self, message: Any) -> None:
        """A message arrived (a raw JetStream message)."""
        self._inbox.append(message)
        self._nudged.set()

    async def rebuild(self) -> None:
        """Build the read model anew beside the old one and swap; answers come from the old one meanwhile."""
        if self._rebuild is None:
            self._rebuild = asyncio.get_running_loop().create_future()
        self._nudged.set()
        await asyncio.shield(self._rebuild)

    async def run(self) -> None:
        """Until cancelled."""
        delay = 0.1
        while True:
            try:
                # Not wait_for: on Python 3.11 it can swallow the cancellation that ends us.
                async with asyncio.timeout(STAND_BY_S if self._stands_by else LOOK_AGAIN_S):
                    await self._nudged.wait()
            except TimeoutError:
                pass
            await self._pace.turn()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN_S):
                    await self._free.wait()
            self._nudged.clear()
            if self._rebuild is not None:
                await self._rebuilt(self._rebuild)
            messages, self._inbox = self._inbox, []
            workers, self._hurried = AHEAD if self._ahead or self._hurried else WORKERS, False
            try:
                before = self.position
                await asyncio.get_running_loop().run_in_executor(workers, self._apply)
                if self.position != before:
                    async with self._moved:
                        self._moved.notify_all()
                    self.after_move()
                if messages:
                    await messages[-1].ack()  # the consumer acknowledges all before it as well
                    await self._pass_by(messages[-1])
                self.fault, delay = None, 0.1
            except Problem as problem:
                # Never skipped: this one listener stands still, loudly, until somebody helps.
                await self._stands(problem.line, delay)
                delay = min(delay * 2, 10.0)
            except Exception as error:
                log.exception("%s failed at position %d", self.durable, self.position)
                await self._stands(f"{type(error).__name__}: {error}", delay)
                delay = min(delay * 2, 10.0)

    @contextlib.contextmanager
    def held(self) -> Generator[None]:
        """No new turn within the block, for a while at most: something in this process must not wait for Python's lock.

        On the event loop, by one at a time."""
        self._free.clear()
        try:
            yield
        finally:
            self._free.set()

    def nudge(self) -> None:
        """Something was committed: it looks at the ledger when its turn comes. On the event loop."""
        self._nudged.set()

    def hurry(self) -> None:
        """Somebody waits: it looks at the ledger now, whenever its turn would be. On the event loop."""
        self._hurried = True
        self._pace.hurry()
        self._nudged.set()

    async def reached(self, position: int, timeout_s: float = 5.0) -> None:
        """Wait until the fact at `position` has been taken; raises Unavailable when it takes too long."""
        until = seconds() + timeout_s
        while self.position < position:
            if self.fault is not None:
                raise Unavailable(f"{self.durable} stands at {self.position}: {self.fault}", way_out="see /readyz")
            self.hurry()
            async with self._moved:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(min(0.05, max(0.001, until - seconds()))):
                        await self._moved.wait()
            if seconds() > until and self.position < position:
                raise Unavailable(
                    f"{self.durable} is at {self.position} and has not reached {position} yet", way_out="try again"
                )

    async def _pass_by(self, last: Any) -> None:
        """What was read from the ledger need not be delivered: parsing its headers would cost more than applying it did."""
        said: dict[str, str] = last.headers or {}
        position = said.get("ce-position", "")
        delivered = int(position) if position.isdecimal() else 0
        if self.jump is not None and self.position - delivered > MANY and seconds() - self._jumped > JUMP_APART_S:
            self._jumped = seconds()
            with contextlib.suppress(Exception):  # it only spares work; the doctor looks after the consumer
                await self.jump(self.position + 1)

    async def _rebuilt(self, asked: asyncio.Future[None]) -> None:
        self._rebuild = None
        try:
            await asyncio.to_thread(self.sink.rebuild, lambda after: self.ledger.rows(after, BUILT_AT_ONCE))
            asked.set_result(None)
        except Exception as error:
            asked.set_exception(error)

    async def _stands(self, fault: str, delay: float) -> None:
        if fault != self.fault:
            log.error("%s stands still after position %d: %s", self.durable, self.position, fault)
        self.fault = fault
        await asyncio.sleep(delay)
        self._nudged.set()

    def _apply(self) -> None:
        self._stands_by = self.sink.stands_by()
        if self._stands_by:
            return
        if self.sink.damaged:
            self._anew("is damaged")
        while rows := self.ledger.rows(self.position, AT_ONCE):
            self.sink.apply_rows(rows)
            if len(rows) < AT_ONCE:
                return  # whoever commits more gives a nudge
        head = self.ledger.head()
        if self.position > head:
            # An older ledger was put back: what is shown beyond its end never happened in it.
            self._anew(f"stands at {self.position} and the ledger ends at {head}")

    def _anew(self, why: str) -> None:
        log.warning("%s %s: it is built anew", self.durable, why)
        self.sink.rebuild(lambda after: self.ledger.rows(after, BUILT_AT_ONCE))
