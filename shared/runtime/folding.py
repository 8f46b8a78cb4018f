"""States of streams right after one of their facts: folded once for all listeners of a process, kept in memory alone.

What a listener has forgotten it folds again from the ledger, so a read model stores rows and nothing else.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any, Generic, Protocol, TypeVar

from shared.kernel.fact import Fact
from shared.runtime.codec import Row, fact_of

S = TypeVar("S")
FOLDED = 5_000
"""The latest folds, by position: the first listener to see a fact folds it for the others that come soon after."""
REMEMBERED = 3_000
"""Streams or cases that each listener keeps at hand."""


class Streams(Protocol):
    """Where facts can be read again: the ledger."""

    def stream(self, stream: str, after: int = 0, up_to: int | None = None) -> list[Row]: ...

    def streams(self, streams: Sequence[str]) -> Iterable[Row]: ...


class Lately(Generic[S]):
    """The latest states by the position of the fact that led to them."""

    def __init__(self, *, shared: bool = True) -> None:
        self._shared = shared
        self._states: OrderedDict[int, S] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, fact: Fact[Any]) -> S | None:
        """The state right after a fact, if somebody has folded it lately."""
        return self._states.get(fact.position)

    def put(self, fact: Fact[Any], state: S) -> None:
        """For the others, if there are any."""
        if not self._shared:
            return
        with self._lock:
            self._states[fact.position] = state
            if len(self._states) > FOLDED:
                self._states.popitem(last=False)


class Folds(Generic[S]):
    """How streams of one kind are folded, and what the listeners of a process share of it."""

    def __init__(self, ledger: Streams, initial: S, fold: Callable[[S, Fact[Any]], S], *, shared: bool = True) -> None:
        self.ledger, self.initial, self.fold = ledger, initial, fold
        self.lately = Lately[S](shared=shared)

    def after(self, before: S, fact: Fact[Any]) -> S:
        """The state right after a fact, from the one right before it."""
        state = self.lately.get(fact)
        if state is None:
            state = self.fold(before, fact)
            self.lately.put(fact, state)
        return state

    def all_after(self, state: S, rows: Iterable[Row]) -> S:
        """The state after more facts."""
        for row in rows:
            state = self.fold(state, fact_of(row))
        return state


class StreamMemory(Generic[S]):
    """What one listener knows of streams of one kind. It need not see all their facts: those in between are read."""

    def __init__(self, folds: Folds[S]) -> None:
        self._folds = folds
        self._latest: OrderedDict[str, tuple[int, S]] = OrderedDict()

    @property
    def in_use(self) -> bool:
        """Whether anything has been taken: whoever never asks has nothing to remember."""
        return bool(self._latest)

    def take(self, fact: Fact[Any]) -> S:
        """The state of its stream right after this fact."""
        version, before = self._latest.pop(fact.stream, (0, self._folds.initial))
        state = self._folds.lately.get(fact)
        if state is None:
            if version >= fact.version:
                version, before = 0, self._folds.initial  # given again: it starts over
            if version + 1 < fact.version:
                between = self._folds.ledger.stream(fact.stream, after=version, up_to=fact.version - 1)
                before = self._folds.all_after(before, between)
            state = self._folds.after(before, fact)
        self._latest[fact.stream] = fact.version, state
        if len(self._latest) > REMEMBERED:
            self._latest.popitem(last=False)
        return state

    def expect(self, facts: Iterable[Fact[Any]]) -> None:
        """Ask the ledger once for all the streams that these facts belong to and that are not at hand."""
        first: dict[str, Fact[Any]] = {}
        for fact in facts:
            first.setdefault(fact.stream, fact)
        missing = {stream: fact.version for stream, fact in first.items() if self._is_missing(fact)}
        if len(missing) < 2:
            return
        for stream, rows in groupby(self._folds.ledger.streams(list(missing)), key=lambda row: row.stream):
            before = [row for row in rows if row.version < missing[stream]]
            if before and before[0].version == 1:  # one that is long enough to have a snapshot is read by itself
                self._latest[stream] = before[-1].version, self._folds.all_after(self._folds.initial, before)

    def _is_missing(self, fact: Fact[Any]) -> bool:
        version, _ = self._latest.get(fact.stream, (0, None))
        return fact.version > 1 and version + 1 != fact.version and self._folds.lately.get(fact) is None
