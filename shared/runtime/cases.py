"""Cases with their clocks as they stood right after one of their facts, for listeners that show both together."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast, get_args

from shared.clocks.duties import Duties, fold_duties
from shared.clocks.state import Clocks, after, fold_clocks
from shared.complaint.fold import INITIAL, fold
from shared.complaint.state import Complaint
from shared.events.clocks import ClocksEvent, ClockStarted
from shared.events.complaint import ComplaintEvent
from shared.events.duties import DigestPublished
from shared.kernel.changed import changed
from shared.kernel.fact import Event, Fact
from shared.runtime.codec import Row
from shared.runtime.folding import REMEMBERED, Folds, Lately, StreamMemory, Streams

KINDS = ("complaint", "clocks")
"""The streams of a case that are folded here."""
CASE_EVENTS = cast("tuple[type[Event], ...]", get_args(ComplaintEvent) + get_args(ClocksEvent))


@dataclass(frozen=True)
class Case:
    """A case with its clocks, as folded up to `position`; `version` counts the facts of the complaint alone."""

    complaint: Complaint = INITIAL
    clocks: Clocks = field(default_factory=Clocks)
    version: int = 0
    position: int = 0
    history: bool = False
    """Taken over from another system, and nobody has worked on it here."""


class Cases:
    """What the listeners of a process share."""

    def __init__(self, ledger: Streams, *, shared: bool = True) -> None:
        """`shared`: several listeners take the same facts, so what one of them folds is kept for the others."""
        self.ledger, self.shared = ledger, shared
        self.complaints = Folds[Complaint](ledger, INITIAL, fold, shared=shared)
        self.clocks = Folds[Clocks](ledger, Clocks(), _fold_briefly, shared=shared)
        self.duties = Folds[Duties](ledger, Duties(), _fold_with_its_clock, shared=shared)
        self._lately = Lately[Case](shared=shared)

    def apart(self, *, shared: bool) -> Cases:
        """The same for those that take facts which nobody else takes now; `shared` when they are several."""
        return Cases(self.ledger, shared=shared)

    def folded(self, fact: Fact[Any]) -> Case | None:
        """The case right after a fact, if somebody has folded it lately."""
        return self._lately.get(fact)

    def fold(self, before: Case, fact: Fact[Any]) -> Case:
        """The same from the case right before it."""
        if fact.kind == "complaint":
            complaint = self.complaints.after(before.complaint, fact)
            case = Case(complaint, before.clocks, fact.version, fact.position, fact.historical)
        else:
            case = changed(before, clocks=self.clocks.after(before.clocks, fact), position=fact.position)
        self._lately.put(fact, case)
        return case

    def before(self, fact: Fact[Any]) -> Case:
        """The case right before a fact, from the ledger."""
        return self._replayed(
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
                yield id, self._replayed(of_case, facts[id].position)

    def _replayed(self, rows: Iterable[Row], before: int) -> Case:
        case = Case()
        earlier = [row for row in rows if row.position < before]
        complaint = [row for row in earlier if row.stream.startswith("complaint-")]
        if complaint:
            last = complaint[-1]
            case = changed(
                case, complaint=self.complaints.all_after(case.complaint, complaint), version=last.version,
                history=bool(last.historical),
            )  # fmt: skip
        clocks = (row for row in earlier if row.stream.startswith("clocks-"))
        position = max((row.position for row in earlier), default=0)
        return changed(case, clocks=self.clocks.all_after(case.clocks, clocks), position=position)


def _fold_briefly(clocks: Clocks, fact: Fact[ClocksEvent]) -> Clocks:
    clocks = fold_clocks(clocks, fact)
    if not isinstance(fact.event, ClockStarted):
        return clocks
    # How a due date was counted is told from the timeline; it is two thirds of a clock's bytes.
    brief = changed(clocks.clocks[fact.event.clock_id], steps=())
    return changed(clocks, clocks={**clocks.clocks, brief.clock_id: brief})


def _fold_with_its_clock(duties: Duties, fact: Fact[ClocksEvent | DigestPublished]) -> Duties:
    """The fold forgets a duty that ended long ago; whoever shows what happened to it needs it once more."""
    folded = fold_duties(duties, fact)
    if isinstance(fact.event, DigestPublished) or fact.event.clock_id in folded.clocks:
        return folded
    clock = after(duties, fact.event).clocks[fact.event.clock_id]
    return Duties(folded.complaint_id, {**folded.clocks, clock.clock_id: clock}, folded.reach)


class CaseMemory:
    """One listener's cases. To `take` it must be given every fact of every case, in order; given one again, it starts over.

    Whoever minds only clocks or only duties asks those: they are cheaper.
    """

    def __init__(self, cases: Cases) -> None:
        self.clocks, self.duties = StreamMemory(cases.clocks), StreamMemory(cases.duties)
        self._cases = cases
        self._latest: OrderedDict[str, Case] = OrderedDict()

    def take(self, fact: Fact[Any]) -> Case:
        """The case right after this fact of a complaint or of its clocks."""
        id = fact.subject_id
        before = self._latest.pop(id, None)
        case = self._latest[id] = self._cases.folded(fact) or self._cases.fold(self._before(before, fact), fact)
        if len(self._latest) > REMEMBERED:
            self._latest.popitem(last=False)
        return case

    def expect(self, facts: Sequence[Fact[Any]]) -> None:
        """Ask the ledger once for all the cases that these facts are about and that are not at hand."""
        if self.clocks.in_use:
            self.clocks.expect(fact for fact in facts if fact.kind == "clocks")
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
