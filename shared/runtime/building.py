"""Read models built anew from the first fact on: several in one pass over the ledger, each of them whole or in parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zlib import crc32

from shared.runtime.codec import Row

if TYPE_CHECKING:
    from shared.runtime.store import Store

AT_ONCE = 500
"""Facts that are understood at a time; the rest of a large transaction waits as rows, which are small."""
BUILT_AT_ONCE = 10_000
"""Facts in one transaction of a rebuild: what moves several times meanwhile is written once."""
RowsAfter = Callable[[int], Sequence[Row]]
"""Reads the ledger: some rows after a position."""


def rebuild_together(stores: Sequence[Store[Any]], rows_after: RowsAfter) -> None:
    """Read models of one ledger, each from position 1 into an empty store, then swapped.

    Nothing is shared with listeners: they are elsewhere in the ledger. Raises Unavailable when one of them is being rebuilt
    already.
    """
    with ExitStack() as held:
        fresh = [held.enter_context(store.fresh()) for store in stores]
        build(fresh, rows_after)
        for store, built in zip(stores, fresh, strict=True):
            store.swap(built)
    for store in stores:
        store.level(rows_after)


def build(stores: Sequence[Store[Any]], rows_after: RowsAfter, share: Share | None = None) -> None:
    """Feed empty stores with the ledger, or with a share of it. What is read, understood and folded for one is so for all."""
    cases = stores[0].cases.apart(shared=len(stores) > 1)
    for store in stores:
        store.fold_with(cases)
    while rows := rows_after(stores[0].position):
        _feed_together(stores, rows, share)


def _feed_together(stores: Sequence[Store[Any]], rows: Sequence[Row], share: Share | None) -> None:
    """By small parts: what one store has understood and folded is still at hand when the next one asks for it."""
    with ExitStack() as turns:
        models = [turns.enter_context(store.turn(rows)) for store in stores]
        wanted = rows if share is None else [row for row in rows if share.has(row)]
        for first in range(0, len(wanted), AT_ONCE):
            for store, model in zip(stores, models, strict=True):
                store.feed(model, wanted[first : first + AT_ONCE])


@dataclass(frozen=True)
class Share:
    """One of several equal parts of the ledger: cases and sites' duties are divided by their ids, all else is in each part.

    So every read model may be built in parts: each of its rows comes from one case, or from what is no case.
    """

    number: int
    of: int

    def has(self, row: Row) -> bool:
        """Whether a fact is in it."""
        kind, _, id = row.stream.partition("-")
        return kind not in _DIVIDED or crc32(id.encode()) % self.of == self.number


_DIVIDED = {"complaint", "clocks", "guard", "duties"}
