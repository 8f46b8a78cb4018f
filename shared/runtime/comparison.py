"""The stream held against the ledger, message by message: a disk that gives back other bytes than it was given says nothing.

One flipped bit in a file of nats-server takes a fact away from every reader without a line in its log, and its own counts
still say that all are there (trust.md §0); and a flipped bit in the ledger is as silent. So all messages and all rows are read
again, slowly, after each connection and then from time to time. Where the stream differs the relay makes it anew; where the
ledger is damaged nothing can be done but to say so, and the stream keeps the fact as it was.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import APIError, NotFoundError

from shared.kernel.errors import Problem
from shared.runtime.clock import seconds
from shared.runtime.codec import Row, Unreadable, headers, row_from_message, see_that_it_is_intact, subject
from shared.runtime.ledger import DamagedLedger, Ledger
from shared.runtime.nats_names import STREAM

AT_ONCE, APART_S = 100, 0.1
"""Messages that are asked for together, a few milliseconds of work, and how long others have their turn then."""
SOON_S, AGAIN_S, RESTS = 5.0, 600.0, 20
"""How long it rests after it has come to the end: soon again at first, since a server that was away may notice only later that
a file of its is damaged, and drop what follows; then twice as long each time, up to the second. And so many times as long as
it has worked: a server that did not answer is one more reason to look again soon."""
ANSWER_S = 5.0

log = logging.getLogger("casetrail.comparison")

Message = tuple[str, Mapping[str, str], bytes]
"""Subject, headers, body."""


class Comparison:
    """Goes through the stream from its beginning to its end, again and again."""

    def __init__(self, ledger: Ledger, *, again_s: float = AGAIN_S) -> None:
        self.ledger, self.again_s = ledger, again_s
        self.position = 0
        """So far it has come this time."""
        self.damage: str | None = None
        """The first row of the ledger that is not what was stored, and the way out."""
        self._begin = asyncio.Event()

    def begin(self) -> None:
        """From the beginning, now: the server was away. On the event loop."""
        self._begin.set()

    async def run(self, connection: Client, level: Callable[[], int], found: Callable[[int], None]) -> None:
        """Until cancelled. `level` says up to which position the stream should be filled, `found` is told of a difference."""
        rest = SOON_S
        while True:
            self._begin.clear()
            self.position, worked_s = 0, 0.0
            while not self._begin.is_set() and self.position < (end := level()):
                began = seconds()
                try:
                    rows = await asyncio.to_thread(self.ledger.rows, self.position, AT_ONCE, end)
                    different = await self._first_difference(connection, self._intact(rows)) if rows else None
                except (APIError, NatsError, TimeoutError, OSError, Problem, DamagedLedger) as error:
                    log.debug("it goes on later: %s", error)
                    await asyncio.sleep(1)
                    continue
                if different is not None:
                    log.warning("the stream does not hold position %d as the ledger does", different)
                    found(different)
                if not rows or different is not None:
                    break
                self.position = rows[-1].position
                await asyncio.sleep(APART_S)
                worked_s += seconds() - began
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(min(rest, self.again_s), RESTS * worked_s)):
                    await self._begin.wait()
                    rest = SOON_S / 2
            rest = min(2 * rest, self.again_s)

    async def _first_difference(self, connection: Client, rows: Sequence[Row]) -> int | None:
        """The first of these positions at which the stream does not hold what the ledger does; None when it holds them all.

        Raises what nats-py raises when the server does not answer.
        """
        if not rows:
            return None
        identity = self.ledger.identity()
        found = await _many(connection, rows[0].position, rows[-1].position - rows[0].position + 1)
        for row in rows:
            if (message := found.get(row.position)) is not None and _as_published(message, row, headers(row, identity)):
                continue
            # Of several servers any may have answered, also one that is a little behind: the one that leads the stream knows.
            if not _same(message, row) and not await holds(connection, row):
                return row.position
        return None

    def _intact(self, rows: Sequence[Row]) -> list[Row]:
        found: list[Row] = []
        for row in rows:
            try:
                see_that_it_is_intact(row)
                found.append(row)
            except Unreadable as error:
                if self.damage is None:
                    log.error("%s", error.line)
                self.damage = self.damage or error.line
        return found


async def holds(connection: Client, row: Row) -> bool:
    """Whether the stream, as the server that leads it has it, holds this row in its place."""
    js: Any = connection.jetstream()  # pyright: ignore[reportUnknownMemberType]  # see relay.jetstream
    try:
        message = await js.get_msg(STREAM, seq=row.position)
    except NotFoundError:  # also where its bytes no longer match the server's own checksum
        return False
    return _same((message.subject, message.headers or {}, message.data or b""), row)


def _as_published(message: Message, row: Row, head: Mapping[str, str]) -> bool:
    """Whether it is what we would publish today: asked first, since nearly all are and it is quick."""
    on, said, body = message
    return body == row.body and head.items() <= said.items() and on == subject(row)


def _same(message: Message | None, row: Row) -> bool:
    if message is None:
        return False
    on, head, body = message
    try:
        return on == subject(row) and row_from_message(head, body) == row
    except Unreadable:
        return False


async def _many(connection: Client, first: int, count: int) -> dict[int, Message]:
    """What the stream has from this sequence on; fewer than asked for where something is missing."""
    inbox = connection.new_inbox()
    answers = await connection.subscribe(inbox)  # pyright: ignore[reportUnknownMemberType]
    found: dict[int, Message] = {}
    try:
        asked = orjson.dumps({"seq": first, "batch": count})
        await connection.publish(f"$JS.API.DIRECT.GET.{STREAM}", asked, reply=inbox)
        async with asyncio.timeout(ANSWER_S):
            while True:
                message = await answers.next_msg(timeout=None)
                head = message.headers or {}
                if "Status" in head:  # the end of the batch, or that there is nothing
                    return found
                found[int(head["Nats-Sequence"])] = (head["Nats-Subject"], head, message.data)
    finally:
        await answers.unsubscribe()
