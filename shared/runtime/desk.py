"""The desk: where commands become facts. One thread commits; whatever has arrived meanwhile shares its transaction.

Lock first, then look, decide, insert, commit, answer: so no conflicts, no gaps, and an acknowledged command is on disk.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future

from shared.kernel.errors import Problem, Unavailable
from shared.runtime.aggregates import Loaded
from shared.runtime.clock import Clock
from shared.runtime.codec import Unreadable
from shared.runtime.known import Drafts, Known, no_pages
from shared.runtime.ledger import Ledger
from shared.runtime.orders import Answer, Order, Together, fail, size_of
from shared.runtime.transaction import Transaction

log = logging.getLogger("casetrail.desk")

AT_ONCE = 256
"""Commands that share one transaction, at most."""
WAITING = 5_000
"""Commands that may wait; past it the door says 503, so that memory stays flat under any load."""
ROOM_S = 0.01
"""The machinery looks this often whether there is room again."""


class Desk:
    """One for each process. `submit` from any thread; `ask` from asyncio."""

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        *,
        has_file: Callable[[str], bool] = lambda sha256: False,
        drafts: Drafts = no_pages,
        committed: Callable[[int], None] = lambda position: None,
    ) -> None:
        self.ledger, self.clock = ledger, clock
        self.known = Known(ledger, clock, has_file=has_file, drafts=drafts)
        self.directory, self.states = self.known.directory, self.known.states
        self._committed = committed
        self._queue: queue.SimpleQueue[Order | Together | None] = queue.SimpleQueue()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
        self._thread.start()

    def submit(self, order: Order) -> Future[Answer]:
        """Queue one command; raises Unavailable when too many wait already."""
        order.future = future = Future[Answer]()
        self._enqueue(order)
        return future

    def advance(self, step: Together) -> Future[Mapping[str, Loaded]]:
        """Queue many orders of the machinery; they wait for room, since nobody is kept waiting by them.

        The answer has the states of `step.streams`.
        """
        while self._queue.qsize() >= WAITING and not self._ended:
            time.sleep(ROOM_S)
        self._queue.put(step)
        self._fail_what_comes_too_late()
        return step.future

    def asked(self, order: Order) -> asyncio.Future[Answer]:
        """The same from a coroutine."""
        order.future = future = asyncio.get_running_loop().create_future()
        self._enqueue(order)
        return future

    async def ask(self, order: Order) -> Answer:
        """The answer to one command; raises a Problem."""
        return await self.asked(order)

    @property
    def waiting(self) -> int:
        """How many wait to be decided, about."""
        return self._queue.qsize()

    def stop(self) -> None:
        """Finish what waits, then end. Whatever comes later is told that it comes too late."""
        self._queue.put(None)
        self._thread.join()
        self._ended = True
        self._fail_what_comes_too_late()

    def _fail_what_comes_too_late(self) -> None:
        while self._ended:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return
            if item is not None:
                fail([item], Unavailable("this process is ending", way_out="try again in a second"))

    def _enqueue(self, order: Order) -> None:
        if self._queue.qsize() >= WAITING:
            raise Unavailable("too many commands are waiting", way_out="try again in a second")
        self._queue.put(order)
        self._fail_what_comes_too_late()

    # ── the committer ─────────────────────────────────────────────────────────────────────────────────────────────────
    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            batch, size = [first], size_of(first)
            while size < AT_ONCE:
                try:
                    following = self._queue.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    self._queue.put(None)
                    break
                batch.append(following)
                size += size_of(following)
            self._commit(batch)

    def _commit(self, batch: Sequence[Order | Together]) -> None:
        transaction: Transaction | None = None
        try:
            with self.ledger.writing() as writing:
                transaction = Transaction(self.known, writing)
                transaction.look_up(batch)
                for item in batch:
                    transaction.take(item)
                transaction.write()
        except Exception as error:
            # Nothing was stored; states folded ahead of the disk must go.
            if transaction is not None:
                self.states.evict(transaction.touched)
            if len(batch) > 1 and (isinstance(error, Unreadable) or not isinstance(error, Problem)):
                for item in batch:  # one bad command never harms its neighbours
                    self._commit([item])
                return
            if not isinstance(error, Problem):
                log.exception("a batch of %d could not be stored", len(batch))
                error = Unavailable("the ledger cannot be written just now", way_out="see casetrail doctor")
            fail(batch, error)
            return
        self.known.take(transaction.facts, transaction.rows, transaction.head)
        if transaction.facts:
            self._committed(transaction.head)
        transaction.answer()
