"""Cases as they stood right after one of their facts: folded once for all listeners of a process, kept in memory alone.

What a listener has forgotten it folds again from the ledger, so a read model stores rows and nothing else.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, cast, get_args

from shared.clocks.duties import Duties, fold_duties
from shared.clocks.state import Clock, Clocks, after, fold_clocks
from shared.complaint.fold import INITIAL, fold
from shared.complaint.state import Complaint
from shared.events.clocks import ClocksEvent, ClockStarted
from shared.events.complaint import ComplaintEvent
from shared.kernel.changed import changed
from shared.kernel.fact import Event, Fact
from shared.runtime.codec import Row, fact_of

KINDS = ("complaint", "clocks")
"""The streams of a case that are folded here."""
CASE_EVENTS = cast("tuple[type[Event], ...]", get_args(ComplaintEvent) + get_args(ClocksEvent))
FOLDED = 5_000
"""The latest folds, by position: the first listener to see a fact folds it for the others that come soon after."""
REMEMBERED = 3_000
"""Cases that each listener keeps at hand."""


@dataclass(frozen=True)
class Case:
    """A case with its clocks, as folded up to `position`; `version` counts the facts of the complaint alone."""

    complaint: Complaint = INITIAL
    clocks: Clocks = field(default_factory=Clocks)
    version: int = 0
    position: int = 0
    history: bool = False
    """Taken over from another system, and nobody has worked on it here."""

    def after(self, fact: Fact[Any]) -> Case:
        """The case after one more fact."""
        if fact.kind == "complaint":
            complaint = fold(self.complaint, fact)
            return Case(complaint, self.clocks, fact.version, fact.position, fact.historical)
        clocks = fold_clocks(self.clocks, fact)
        if isinstance(fact.event, ClockStarted):
            # How a due date was counted is told from the timeline; it is two thirds of a clock's bytes.
            brief = changed(clocks.clocks[fact.event.clock_id], steps=())
            clocks = changed(clocks, clocks={**clocks.clocks, brief.clock_id: brief})
        return changed(self, clocks=clocks, position=fact.position)


class Streams(Protocol):
    """Where the facts of a case can be read again: the ledger."""

    def stream(self, stream: str, after: int = 0, up_to: int | None = None) -> list[Row]: ...

    def streams(self, streams: Sequence[str]) -> Iterable[Row]: ...


class Cases:
    """What the listeners of a process share."""

    def __init__(self, ledger: Streams) -> None:
        self.ledger = ledger
        self._folded: dict[int, Case] = {}
        self._lock = threading.Lock()

    def folded(self, fact: Fact[Any]) -> Case | None:
        """The case right after a fact, if somebody has folded it lately."""
        return self._folded.get(fact.position)

    def fold(self, before: Case, fact: Fact[Any]) -> Case:
        """The same from the case right before it."""
        case = before.after(fact)
        with self._lock:
            self._folded[fact.position] = case
            if len(self._folded) > FOLDED:
                del self._folded[next(iter(self._folded))]
        return case

    def before(self, fact: Fact[Any]) -> Case:
        """The case right before a fact, from the ledger."""
        return _replayed(
            (row for kind in KINDS for row in self.ledger.stream(f"{kind}-{fact.subject_id}")), fact.position
        )

    def before_all(self, facts: Mapping[str, Fact[Any]]) -> Iterator[tuple[str, Case]]:
        """The same for many cases by their id, in one question; without those that are long enough to have a snapshot."""
        rows: dict[str, list[Row]] = {id: [] for id in facts}
        for row in self.ledger.streams([f"{kind}-{id}" for id in facts for kind in KINDS]):
            rows[row.stream.partition("-")[2]].append(row)
        for id, of_case in rows.items():
            begun, first = {row.stream for row in of_case}, {row.stream for row in of_case if row.version == 1}
            if begun == first:
                yield id, _replayed(of_case, facts[id].position)


def _replayed(rows: Iterable[Row], before: int) -> Case:
    case = Case()
    for row in sorted(rows, key=lambda row: row.position):
        if row.position >= before:
            break
        case = case.after(fact_of(row))
    return case


class CaseMemory:
    """One listener's cases. It must be given every fact of every case, in order; given one again, it starts over from there."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases
        self._latest: dict[str, Case] = {}
        self._duties: dict[str, tuple[int, Duties]] = {}

    def take(self, fact: Fact[Any]) -> Case:
        """The case right after this fact of a complaint or of its clocks."""
        before = self._latest.pop(fact.subject_id, None)
        case = self._cases.folded(fact) or self._cases.fold(self._before(before, fact), fact)
        self._latest[fact.subject_id] = case
        if len(self._latest) > REMEMBERED:
            del self._latest[next(iter(self._latest))]
        return case

    def duty(self, fact: Fact[Any]) -> Clock:
        """The clock of a site's own duty right after this fact."""
        version, duties = self._duties.get(fact.subject_id, (0, Duties()))
        if version >= fact.version:
            version, duties = 0, Duties()  # given again, it starts over
        for row in self._cases.ledger.stream(fact.stream, after=version, up_to=fact.version - 1):
            duties = fold_duties(duties, fact_of(row))  # digests, which are no clocks' business, lie between
        self._duties[fact.subject_id] = fact.version, fold_duties(duties, fact)
        return after(duties, fact.event).clocks[fact.event.clock_id]  # the fold forgets what ended long ago

    def expect(self, facts: Iterable[Fact[Any]]) -> None:
        """Ask the ledger once for all the cases that these facts are about and that are not at hand."""
        if not self._latest:
            return  # whoever never asks has nothing to remember
        first: dict[str, Fact[Any]] = {}
        for fact in facts:
            if fact.kind in KINDS:
                first.setdefault(fact.subject_id, fact)
        missing = {id: fact for id, fact in first.items() if self._is_missing(fact)}
        if len(missing) > 1:
            self._latest.update(self._cases.before_all(missing))

    def _is_missing(self, fact: Fact[Any]) -> bool:
        if (fact.version == 1 and fact.kind == "complaint") or self._cases.folded(fact) is not None:
            return False
        latest = self._latest.get(fact.subject_id)
        return latest is None or latest.position >= fact.position

    def _before(self, before: Case | None, fact: Fact[Any]) -> Case:
        if fact.version == 1 and fact.kind == "complaint":
            return Case()
        if before is None or before.position >= fact.position:
            return self._cases.before(fact)
        return before
