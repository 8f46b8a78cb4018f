"""All promises about time of one complaint, folded from its clock facts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, assert_never

from shared.events import clocks as e
from shared.events.clocks import Rung
from shared.kernel.changed import changed
from shared.kernel.fact import Fact
from shared.kernel.record import record
from shared.kernel.values import Rank

BY_DATE = "date"
"""The target of a promise that is due on a day, or at an instant, which was agreed in the case."""


class ClockStatus(StrEnum):
    """How a promise stands. A breached clock goes on until it is met late or cancelled."""

    RUNNING = "running"
    PAUSED = "paused"
    BREACHED = "breached"
    MET = "met"
    MET_LATE = "met_late"
    CANCELLED = "cancelled"


ENDED = frozenset({ClockStatus.MET, ClockStatus.MET_LATE, ClockStatus.CANCELLED})


class DeadlineKind(StrEnum):
    """What the watcher has to say when a deadline comes."""

    WARNING = "warning"
    BREACH = "breach"
    ESCALATION = "escalation"
    UNANSWERED = "unanswered"
    RESUMPTION = "resumption"


class Deadline(NamedTuple):
    """The next thing that time alone will do to a clock; `number` counts warnings or ladder levels."""

    at: datetime
    clock_id: str
    kind: DeadlineKind
    number: int


@record(slots=False)
class Clock:
    """One promise. Instants are UTC."""

    clock_id: str
    clause: str
    cycle: int
    starts_at: datetime
    target: str
    due_at: datetime
    rank: Rank | None
    warn_at: tuple[datetime, ...] = ()
    """The warnings of the present due date; counted anew when it moves."""
    ladder: tuple[Rung, ...] = ()
    responsible: str | None = None
    provisional: bool = False
    calendar: str = ""
    source: str = ""
    steps: tuple[e.Step, ...] = ()
    warn: tuple[int, ...] | None = None
    whole_days: bool = False
    counts_from: datetime | None = None
    """Where it counts from, if no longer from its start."""
    not_before: datetime | None = None
    status: ClockStatus = ClockStatus.RUNNING
    warned: int = 0
    paused_since: datetime | None = None
    paused_until: datetime | None = None
    """When the longest pause allowed is over."""
    waits: tuple[e.Wait, ...] = ()
    exhausted: bool = False
    """It ran again although the wait went on: it has stood still as long as it may."""
    pauses: tuple[tuple[datetime, datetime], ...] = ()
    breached_at: datetime | None = None
    climbs_at: tuple[datetime, ...] = ()
    level: int = 0
    answer_by: datetime | None = None
    """By when the present level takes the breach on; None when it has, or when it was said that it has not."""
    acknowledged_level: int = 0
    excused: bool = False
    met_at: datetime | None = None
    rebased: tuple[str, ...] = ()
    cancelled_for: e.Reason | None = None
    warn_before: tuple[str, ...] | None = None
    reminders: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        """Neither met nor cancelled."""
        return self.status not in ENDED

    @property
    def start(self) -> datetime:
        """From when on time counts."""
        return self.counts_from or self.starts_at

    def next_deadline(self) -> Deadline | None:
        """What time will do next: warn, breach, climb a level, end a pause; nothing once ended or taken on."""
        if self.status == ClockStatus.RUNNING:
            if self.warned < len(self.warn_at) and self.warn_at[self.warned] < self.due_at:
                return Deadline(self.warn_at[self.warned], self.clock_id, DeadlineKind.WARNING, self.warned + 1)
            return Deadline(self.due_at, self.clock_id, DeadlineKind.BREACH, 1)
        if self.status == ClockStatus.PAUSED and self.paused_until is not None:
            return Deadline(self.paused_until, self.clock_id, DeadlineKind.RESUMPTION, len(self.pauses) + 1)
        if self.status == ClockStatus.BREACHED and not self.acknowledged_level:
            climbs = self.climbs_at[self.level] if self.level < len(self.climbs_at) else None
            if self.answer_by is not None and (climbs is None or self.answer_by <= climbs):
                return Deadline(self.answer_by, self.clock_id, DeadlineKind.UNANSWERED, self.level)
            if climbs is not None:
                return Deadline(climbs, self.clock_id, DeadlineKind.ESCALATION, self.level + 1)
        return None


@dataclass(frozen=True)
class Clocks:
    """The clocks of one complaint by id."""

    complaint_id: str = ""
    clocks: dict[str, Clock] = field(default_factory=dict[str, Clock])

    def open(self) -> Iterator[Clock]:
        """Those still running, paused or breached."""
        return (clock for clock in self.clocks.values() if clock.open)


def fold_clocks(clocks: Clocks, fact: Fact[e.ClocksEvent]) -> Clocks:
    """The clocks after one more fact."""
    return after(Clocks(fact.subject_id, clocks.clocks), fact.event)


def after(clocks: Clocks, event: e.ClocksEvent) -> Clocks:
    """The clocks after one more event."""
    if isinstance(event, e.ClockStarted):
        clock = Clock(
            event.clock_id, event.clause, event.cycle, event.starts_at, event.target, event.due_at, event.rank,
            event.warn_at, event.ladder, event.responsible, event.provisional, event.calendar, event.source, event.steps,
            event.warn, event.whole_days, warn_before=event.warn_before, reminders=event.reminders,
        )  # fmt: skip
    else:
        clock = evolve(clocks.clocks[event.clock_id], event)
    return Clocks(clocks.complaint_id, {**clocks.clocks, event.clock_id: clock})


def evolve(clock: Clock, event: e.ClocksEvent) -> Clock:
    """The clock after one more event."""
    match event:
        case e.ClockStarted():
            return clock
        case e.ClockPaused():
            return changed(
                clock, status=ClockStatus.PAUSED, paused_since=clock.paused_since or event.paused_at,
                paused_until=event.until, waits=(event.wait, *event.also), exhausted=False,
            )  # fmt: skip
        case e.ClockResumed():
            return changed(
                gone_on(clock, event.resumed_at), due_at=event.due_at, warn_at=event.warn_at, warned=0,
                provisional=event.provisional, exhausted=event.exhausted, calendar=event.calendar or clock.calendar,
            )  # fmt: skip
        case e.ClockRebased():
            idle = () if event.idle is None else ((event.idle.since, event.idle.until),)
            return changed(
                clock, status=_taken_up(clock), cancelled_for=None, met_at=None, due_at=event.due_at,
                warn_at=event.warn_at, warned=0, target=event.target, rank=event.rank, ladder=event.ladder,
                provisional=event.provisional, calendar=event.calendar, counts_from=event.counts_from or clock.counts_from,
                not_before=event.not_before, pauses=(*clock.pauses, *idle),
                warn=clock.warn if event.warn is None else event.warn, rebased=(*clock.rebased, event.reason),
                warn_before=clock.warn_before if event.warn_before is None else event.warn_before,
                reminders=clock.reminders if event.reminders is None else event.reminders,
            )  # fmt: skip
        case e.WarningIssued():
            return changed(clock, warned=event.number)
        case e.Breached():
            return changed(clock, status=ClockStatus.BREACHED, breached_at=event.breached_at, climbs_at=event.climbs_at)
        case e.BreachExcused():
            return changed(clock, excused=True)
        case e.Met():
            late = clock.breached_at is not None and not clock.excused
            return changed(clock, status=ClockStatus.MET_LATE if late else ClockStatus.MET, met_at=event.met_at)
        case e.ClockCancelled():
            return changed(clock, status=ClockStatus.CANCELLED, cancelled_for=event.reason)
        case e.Escalated():
            return changed(clock, level=event.level, answer_by=event.answer_by)
        case e.EscalationUnanswered():
            return changed(clock, answer_by=None)
        case e.EscalationAcknowledged():
            return changed(clock, acknowledged_level=event.level, answer_by=None)
        case _ as never:
            assert_never(never)


def gone_on(clock: Clock, at: datetime) -> Clock:
    """A paused clock that runs again: what was paused is given back, to a least time that was promised as well."""
    began = clock.paused_since or at
    floor = clock.not_before
    return changed(
        clock, status=ClockStatus.RUNNING, paused_since=None, paused_until=None, waits=(),
        pauses=(*clock.pauses, (began, at)), not_before=None if floor is None else floor + max(at - began, timedelta()),
    )  # fmt: skip


def _taken_up(clock: Clock) -> ClockStatus:
    """What moves an ended clock takes it up again, as it stood: broken, standing still, or running."""
    if clock.open:
        return clock.status
    if clock.breached_at is not None and not clock.excused:
        return ClockStatus.BREACHED
    return ClockStatus.RUNNING if clock.paused_since is None else ClockStatus.PAUSED
