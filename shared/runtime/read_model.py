"""Read models: caches folded from facts, that may be dropped and rebuilt at any time.

A read model is one class in one file: its tables, a handler for each event it minds, and its queries. It takes every
position, also those of events it ignores, and moves rows and position in one transaction, so that every fact has exactly
one effect on it. Ids and times come only from facts; nothing is random: two builds are equal byte for byte.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.sql.dml import UpdateBase

from shared.events.catalogue import CATALOGUE
from shared.kernel.fact import Event, Fact
from shared.runtime.cases import CaseMemory
from shared.runtime.codec import Row
from shared.runtime.many_rows import write_many

Handler = Callable[[Any, Any], None]
"""Of a fact; of a row where rows are kept as they are stored."""


def on(*events: type[Event]) -> Callable[[Handler], Handler]:
    """Marks the method that handles these events."""

    def mark(handler: Handler) -> Handler:
        setattr(handler, "_handles", events)  # noqa: B010 - functions have no such attribute by type
        return handler

    return mark


class ReadModel:
    """Subclass it. `self.db` is the connection of the running transaction; statements are SQLAlchemy Core.

    A row comes from one case, or from facts that belong to none: a rebuild divides the cases (ADR 22).
    """

    name: ClassVar[str]
    version: ClassVar[int]
    """Raise it whenever tables or handlers change: the model is then rebuilt at the next start."""
    metadata: ClassVar[sa.MetaData]
    handlers: ClassVar[dict[type[Event], Handler]] = {}
    topics: ClassVar[frozenset[str]] = frozenset()
    """Of the events that it minds."""
    as_stored: ClassVar[bool] = False
    """Whether its handlers are given rows instead of facts: a copy need not understand what it keeps (measured: half of the
    time of a rebuild)."""
    of_sites: ClassVar[bool] = False
    """Whether it also minds the clocks of a site's own duties; most are about cases alone."""

    def __init__(self, db: sa.Connection, memory: CaseMemory) -> None:
        """`memory` has the cases as folded for this model; whoever asks it gives it every fact of every case."""
        self.db, self.memory = db, memory
        self.begin()

    def __init_subclass__(cls) -> None:
        cls.handlers = {}
        for _, member in inspect.getmembers(cls, inspect.isfunction):
            handles: tuple[type[Event], ...] = getattr(member, "_handles", ())
            for event in handles:
                cls.handlers[event] = member
        cls.topics = frozenset(event.TOPIC for event in cls.handlers)

    def write(self, statement: UpdateBase, rows: Sequence[Mapping[str, Any]]) -> None:
        """One statement for each of these rows, which all name the same parameters; nothing when there are none."""
        write_many(self.db, statement, rows)

    def begin(self) -> None:
        """Before the first fact of a transaction: each has a model object of its own."""

    def apply(self, fact: Fact[Any]) -> None:
        """Let the handler of the fact's event, if any, change rows."""
        event: Event = fact.event
        handler = self.handlers.get(type(event))
        if handler is not None and (self.of_sites or fact.kind != "duties"):
            handler(self, fact)

    def apply_stored(self, row: Row) -> None:
        """The same of a row, where rows are kept as they are stored: its bytes are those that were stored, its event is known."""
        handler = self.handlers.get(CATALOGUE[row.topic])
        if handler is not None and (self.of_sites or not row.stream.startswith("duties-")):
            handler(self, row)

    def finish(self) -> None:
        """After the last fact of a transaction, before it commits: write what was kept back to be written once."""

    @classmethod
    def fingerprint(cls) -> str:
        """Changes with the source of the class, so that a test can ask for a new version number."""
        return hashlib.sha256(inspect.getsource(inspect.getmodule(cls) or cls).encode()).hexdigest()[:16]
