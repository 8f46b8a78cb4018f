"""What if: how the promises of a period would have gone under another pack or calendar, beside how they went. Pure.

Nothing is decided anew but the clocks: what people did, when they did it, stays. So the figures say how many promises of
the other kind the work that was done would have kept, not what people would have done had they been promised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from heapq import merge
from typing import Any
from zoneinfo import ZoneInfo

from services.sla_watch.replaying import replay
from services.sla_watch.worlds import KINDS, Change, Then, Worlds
from shared.clocks.state import Clock, Clocks, ClockStatus, after, fold_clocks
from shared.events.complaint import ComplaintEvent, Received
from shared.events.history import HistoryTakenOver
from shared.kernel.fact import Fact


@dataclass(frozen=True)
class Period:
    """Which cases: received at these sites (none named: all) on days of the site from `begins` on, before `ends`."""

    sites: frozenset[str] = frozenset()
    begins: date | None = None
    ends: date | None = None
    history: bool = False
    """Those that were taken over as history too: the SLA board leaves them out, unless asked."""

    def holds(self, site: str, zone: str, received_at: datetime) -> bool:
        """Whether a case is one of them."""
        day = received_at.astimezone(ZoneInfo(zone)).date()
        named = not self.sites or site in self.sites
        return named and (self.begins is None or self.begins <= day) and (self.ends is None or day < self.ends)


@dataclass
class History:
    """One case: its facts, and its clocks as they were recorded."""

    id: str
    case_no: str
    site: str
    facts: list[Fact[ComplaintEvent]]
    clocks: Clocks = field(default_factory=Clocks)

    @property
    def historical(self) -> bool:
        """Taken over from another system."""
        return self.facts[0].historical

    def told(self) -> list[Fact[ComplaintEvent]]:
        """What makes promises; of a history what was taken over with it, and nothing that was done here since."""
        end = self.end
        return [fact for fact in self.facts if fact.historical and fact.occurred_at <= end] if end else self.facts

    @property
    def end(self) -> datetime | None:
        """Where a history ends: as its log says, else with its last fact; nobody knows what came later. None: it is live."""
        if not self.historical:
            return None
        told = (fact for fact in self.facts if fact.historical)
        return max(
            fact.event.log_until if isinstance(fact.event, HistoryTakenOver) else fact.occurred_at for fact in told
        )


class Gathered:
    """What a ledger tells of the cases of a period, up to an instant; fed fact by fact, in order."""

    def __init__(self, period: Period, as_of: datetime | None = None) -> None:
        self.period, self.as_of = period, as_of
        self.worlds = Worlds()
        self.last_recorded_at: datetime | None = None
        self.received: tuple[date, date] | None = None
        """The first and the last day on which any case was received at the sites, in the period or not."""
        self._histories: dict[str, History] = {}

    def wants(self, stream: str, topic: str) -> bool:
        """Whether a fact of this stream says anything here, so that the others need not be read."""
        kind, _, id = stream.partition("-")
        return kind in KINDS or (kind in ("complaint", "clocks") and (id in self._histories or topic == Received.TOPIC))

    def ends(self, recorded_at: datetime) -> None:
        """The ledger ends with a fact recorded then, whether or not it says anything here."""
        self.last_recorded_at = recorded_at

    def take(self, fact: Fact[Any]) -> None:
        """One more fact; those that are not wanted change nothing."""
        if fact.kind in KINDS:
            self.worlds.take(fact)
        if self.as_of is not None and fact.recorded_at > self.as_of:
            return
        self.last_recorded_at = fact.recorded_at
        if fact.kind == "complaint":
            if isinstance(fact.event, Received):
                self._receive(fact)
            elif (history := self._histories.get(fact.subject_id)) is not None:
                history.facts.append(fact)
        elif fact.kind == "clocks" and (history := self._histories.get(fact.subject_id)) is not None:
            history.clocks = fold_clocks(history.clocks, fact)

    @property
    def until(self) -> datetime:
        """Up to when time passes: as asked, else to the end of the ledger."""
        until = self.as_of or self.last_recorded_at
        if until is None:
            raise ValueError("the ledger says nothing")
        return until

    @property
    def cases(self) -> list[History]:
        """The cases of the period."""
        return [each for each in self._histories.values() if self.period.history or not each.historical]

    @property
    def taken_over(self) -> int:
        """How many are left out, because they were taken over as history."""
        return len(self._histories) - len(self.cases)

    def _receive(self, fact: Fact[Received]) -> None:
        zone = self.worlds.latest.site(fact.site).zone
        if not self.period.sites or fact.site in self.period.sites:
            day = fact.occurred_at.astimezone(ZoneInfo(zone)).date()
            first, last = self.received or (day, day)
            self.received = min(first, day), max(last, day)
        if self.period.holds(fact.site, zone, fact.occurred_at):
            self._histories[fact.subject_id] = History(fact.subject_id, fact.event.case_no, fact.site, [fact])


class Verdict(StrEnum):
    """What became of a promise, as the SLA board counts: an excused breach was kept, one cancelled in time is neither."""

    KEPT = "kept"
    BROKEN = "broken"
    OPEN = "open"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Outcome:
    """How one clock stands."""

    due_at: datetime
    status: ClockStatus
    verdict: Verdict
    excused: bool


def outcome(clock: Clock) -> Outcome:
    """How a clock stands."""
    if clock.breached_at is not None and not clock.excused:
        verdict = Verdict.BROKEN
    elif clock.status == ClockStatus.CANCELLED:
        verdict = Verdict.CANCELLED
    else:
        verdict = Verdict.OPEN if clock.open else Verdict.KEPT
    return Outcome(clock.due_at, clock.status, verdict, clock.excused)


@dataclass
class Tally:
    """Promises of one clause, counted; started = kept + broken + open + cancelled."""

    started: int = 0
    kept: int = 0
    broken: int = 0
    late: int = 0
    """Of the broken ones, those that were met later."""
    excused: int = 0
    """Of the others, those that had been said to be broken before somebody told that they had been kept."""
    open: int = 0
    cancelled: int = 0

    def count(self, one: Outcome) -> None:
        """One more."""
        self.started += 1
        setattr(self, one.verdict, getattr(self, one.verdict) + 1)
        self.late += one.verdict == Verdict.BROKEN and one.status == ClockStatus.MET_LATE
        self.excused += one.excused

    @property
    def share(self) -> float | None:
        """Of those that are decided, the part that was kept; None when none is."""
        return self.kept / (self.kept + self.broken) if self.kept + self.broken else None


def total(tallies: Iterable[Tally]) -> Tally:
    """All clauses together."""
    found = Tally()
    for each in tallies:
        for name, count in vars(each).items():
            setattr(found, name, getattr(found, name) + count)
    return found


@dataclass(frozen=True)
class Difference:
    """A promise that would have gone otherwise; None on the side where nobody made it."""

    complaint_id: str
    case_no: str
    site: str
    clock_id: str
    clause: str
    recorded: Outcome | None
    simulated: Outcome | None


@dataclass
class Simulation:
    """What would have come of one change."""

    change: Change
    clauses: dict[str, Tally] = field(default_factory=dict[str, Tally])
    differences: list[Difference] = field(default_factory=list[Difference])

    @property
    def cases(self) -> int:
        """How many cases would have gone otherwise."""
        return len({each.complaint_id for each in self.differences})


@dataclass
class Comparison:
    """What was recorded, and each change beside it."""

    until: datetime
    cases: int
    clauses: dict[str, Tally]
    simulations: list[Simulation]


def compare(
    gathered: Gathered, changes: Iterable[Change], step: Callable[[int], None] = lambda steps: None
) -> Comparison:
    """Each case replayed under each change; `step` is told of every one that is done. Nothing is written anywhere."""
    simulations = [Simulation(change) for change in changes]
    cases, until = gathered.cases, gathered.until
    recorded: dict[str, Tally] = {}
    for case in cases:
        _count(recorded, case.clocks)
        for simulation in simulations:
            clocks = replayed(case, gathered.worlds, simulation.change, until)
            _count(simulation.clauses, clocks)
            simulation.differences.extend(_differences(case, clocks))
            step(1)
    return Comparison(until, len(cases), recorded, simulations)


def replayed(case: History, worlds: Worlds, change: Change, until: datetime) -> Clocks:
    """The clocks of a case as they would stand."""
    rules, facts, end = Then(worlds, change), case.told(), case.end
    if end is None and (moves := worlds.moves(case.site, change, facts[0].position, until)):
        facts = merge(facts, moves, key=lambda fact: fact.position)
    clocks = Clocks(case.id)
    for event, _ in replay(rules.following(facts), rules, until if end is None else min(end, until)):
        clocks = after(clocks, event)
    return clocks


def _count(tallies: dict[str, Tally], clocks: Clocks) -> None:
    for clock in clocks.clocks.values():
        tallies.setdefault(clock.clause, Tally()).count(outcome(clock))


def _differences(case: History, simulated: Clocks) -> Iterable[Difference]:
    for id in {**case.clocks.clocks, **simulated.clocks}:
        was, would_be = case.clocks.clocks.get(id), simulated.clocks.get(id)
        recorded, instead = was and outcome(was), would_be and outcome(would_be)
        if _result(recorded) != _result(instead):
            clause = id.partition("/")[0].partition(":")[0]
            yield Difference(case.id, case.case_no, case.site, id, clause, recorded, instead)


def _result(one: Outcome | None) -> tuple[datetime, ClockStatus, Verdict] | None:
    """Without whether a breach was said before it was excused: that told how quick the watcher was, not how the case went."""
    return None if one is None else (one.due_at, one.status, one.verdict)
