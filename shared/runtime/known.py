"""What a process knows of its ledger without asking it: the organisation, states of streams, and how far they reach."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from shared.events.reports import ReportDrafted
from shared.kernel.errors import Unavailable
from shared.kernel.fact import Fact, Occasion
from shared.policy.rules import Page
from shared.runtime.aggregates import States
from shared.runtime.clock import Clock
from shared.runtime.codec import Row, keep_understood
from shared.runtime.directory import Directory
from shared.runtime.ledger import ORGANISATION, Ledger, Writing

Drafts = Callable[[Sequence[Fact[Any]], ReportDrafted, Occasion], Page]
"""Makes the page of a report from the facts of its case, and keeps it."""


def no_pages(facts: Sequence[Fact[Any]], drafted: ReportDrafted, occasion: Occasion) -> Page:
    raise Unavailable("no pages are made here")


class Known:
    """Changed by the committer alone, who holds the writer lock; `directory` may be read by everybody."""

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        *,
        has_file: Callable[[str], bool] = lambda sha256: False,
        drafts: Drafts = no_pages,
    ) -> None:
        self.ledger, self.clock, self.has_file, self.drafts = ledger, clock, has_file, drafts
        self.directory = Directory(clock=clock)
        self.directory.take_rows(ledger.organisation(0))
        self.states = States()
        self._head = ledger.head()

    def catch_up(self, writing: Writing, head: int) -> None:
        """Inside the lock: what other processes have recorded since evicts what it touched."""
        if head == self._head:
            return
        after = self._head
        while rows := writing.rows(after, 1_000):
            self.states.evict({row.stream for row in rows})
            self.directory.take_rows(row for row in rows if row.stream.partition("-")[0] in ORGANISATION)
            after = rows[-1].position
        self._head = head

    def take(self, facts: Sequence[Fact[Any]], rows: Sequence[Row], head: int) -> None:
        """What this process itself has committed; its states stand already."""
        self._head = head
        for fact, row in zip(facts, rows, strict=True):
            keep_understood(row, fact)
            if fact.kind in ORGANISATION:
                self.directory.take(fact)
