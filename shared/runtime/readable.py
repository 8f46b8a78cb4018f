"""A read model that can be asked: its store, and the listener whose position tells how fresh an answer is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa

from shared.runtime.http import wait_for
from shared.runtime.listener import Listener
from shared.runtime.store import Store

T = TypeVar("T")


@dataclass(frozen=True)
class Readable:
    """One read model of this process."""

    store: Store[Any]
    listener: Listener

    async def ask(self, query: Callable[[sa.Connection], T], after_position: int | None = None) -> T:
        """The answer of a query function, not before the fact at `after_position` has been taken."""
        await wait_for(self.listener, after_position)
        return await asyncio.to_thread(self.now, query)

    def now(self, query: Callable[[sa.Connection], T]) -> T:
        """The answer at once, in this thread."""
        with self.store.reading() as db:
            return query(db)

    @property
    def position(self) -> int:
        """The last fact whose effect an answer holds."""
        return self.store.position
