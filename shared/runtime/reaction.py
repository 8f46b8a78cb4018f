"""Reactions: a fact in, commands out. Their positions live in the ledger's database and never rewind, so refilling NATS
asks for nothing twice; the step and what it asked for are stored in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import islice
from typing import Any

from shared.kernel.command import Ask
from shared.kernel.errors import Refused
from shared.kernel.fact import Fact
from shared.kernel.ids import derived
from shared.runtime.codec import Row, fact_of
from shared.runtime.desk import Desk
from shared.runtime.ledger import ORGANISATION
from shared.runtime.orders import Order, Progress
from shared.runtime.store import Gap

AT_ONCE = 200
TOGETHER = 500
"""Orders that share a transaction. Only a fact about a whole site asks for more, of each of its open cases: others shall
not wait for all of them, and what it asks for is such that asking again changes nothing."""
KEEP_EVERY = 1_000
"""Facts that ask for nothing are only noted this often; seen again after a crash, they ask for nothing again."""

Reacts = Callable[[Fact[Any]], Iterable[Ask]]


class Reaction:
    """The sink of a listener that reacts, on behalf of one service."""

    def __init__(
        self,
        service: str,
        name: str,
        desk: Desk,
        reacts: Reacts,
        expects: Callable[[Sequence[Fact[Any]]], None] = lambda facts: None,
        ignored: Collection[str] = (),
    ) -> None:
        """`expects` is told of each step before it reacts to any of it: what it needs may be loaded in one question.

        Facts of the `ignored` kinds of streams are passed by without being read.
        """
        self.service, self.name, self.desk, self.reacts = service, name, desk, reacts
        self.expects, self.ignored = expects, frozenset(ignored)
        self._position = self._kept = desk.ledger.position(name)

    @property
    def position(self) -> int:
        """The last fact reacted to."""
        return self._position

    def apply_rows(self, rows: Sequence[Row]) -> None:
        """React to what is new, in steps of bounded size; raises Gap when the next fact is missing."""
        new = [row for row in rows if row.position > self._position]
        if new and new[0].position != self._position + 1:
            raise Gap(f"{self.name} stands at {self._position}, got {new[0].position}")
        for step in _steps(new):
            facts = [fact_of(row) for row in step if row.stream.partition("-")[0] not in self.ignored]
            self.expects(facts)
            asked = (self._order(fact, ask) for fact in facts for ask in self.reacts(fact))
            reached = step[-1].position
            while len(orders := list(islice(asked, TOGETHER))) == TOGETHER:
                self._advance(orders, reached, ends=False)
            if orders or reached - self._kept >= KEEP_EVERY:
                self._advance(orders, reached)
                self._kept = reached
            self._position = reached

    def _advance(self, orders: Sequence[Order], reached: int, *, ends: bool = True) -> None:
        if self.desk.ledger.position(self.name) < reached:  # else another process was faster: no need to ask the desk
            self.desk.advance(Progress(orders, listener=self.name, position=reached, ends=ends)).result()

    @property
    def damaged(self) -> bool:
        """Its position is in the ledger, which nothing here can make anew."""
        return False

    def stands_by(self) -> bool:
        """Several may react: what one has done, the desk does not do again for another."""
        return False

    def rebuild(self, rows_after: Callable[[int], Sequence[Row]]) -> None:
        """Reactions never rewind: what they asked for has been done."""
        raise Refused("a reaction cannot be rebuilt", rule="G-REBUILD")

    def _order(self, fact: Fact[Any], ask: Ask) -> Order:
        """Derived ids and the time of the fact: asked for twice it would be the same order, however late it is."""
        return Order(
            self.service, ask.stream, ask.decide, actor_of(self.service), derived(self.name, fact.position, ask.stream),
            site=ask.site, must_exist=False, occurred_at=fact.occurred_at, may_backdate_freely=True,
            correlation=fact.correlation, causation=str(fact.position), remembered=False,
            historical=ask.historical,
        )  # fmt: skip


def actor_of(service: str) -> str:
    """The pseudonymous id under which a service itself acts."""
    return f"s-{service.replace('_', '-')}"


def _steps(rows: Sequence[Row]) -> Iterable[Sequence[Row]]:
    """Bounded, and ending after each fact about sites, people or calendars: what it leads to must stand before the rest."""
    step: list[Row] = []
    for row in rows:
        step.append(row)
        if len(step) == AT_ONCE or row.stream.partition("-")[0] in ORGANISATION:
            yield step
            step = []
    if step:
        yield step
