"""What sla_watch decides: clocks start, stand still, move, are met, breached and escalated. Pure, like every decision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from services.sla_watch.clauses import BY_DATE, BY_NAME, Clause, starting
from services.sla_watch.due_times import DueTime, agreed_day, date_due, due_time, still_to_come
from services.sla_watch.moments import Begin, waits
from services.sla_watch.promises import Promise, promised, replaced
from shared.clocks.calendars import WorkCalendar
from shared.clocks.state import Clock, Clocks, ClockStatus, Deadline, DeadlineKind, evolve
from shared.clocks.worktime import Target, due
from shared.complaint.demands import Term
from shared.complaint.state import Complaint, Stage
from shared.events import clocks as e
from shared.events import complaint as c
from shared.events.clocks import Reason, Step
from shared.events.complaint import CaseText, ComplaintEvent
from shared.kernel.command import Command, Dated, Decided, Topics
from shared.kernel.errors import Refused
from shared.kernel.fact import Fact, Occasion
from shared.kernel.values import Rank
from shared.policy.policies import Policy
from shared.policy.rules import Rules

REGRADE_FLOOR = timedelta(minutes=30)
"""After a regrade, or an undone merge, nobody gets less than this from the change on (domain §4.5.3, Rebase)."""


class AcknowledgeEscalation(Command):
    """Take on an escalated breach, so that it climbs no further."""

    clock_id: e.ClockId
    decision: CaseText


Timely = e.WarningIssued | e.Breached | e.Escalated
"""What time alone does."""


# ── what a fact of the case does to its clocks ────────────────────────────────────────────────────────────────────────
def keep(
    clocks: Clocks,
    fact: Fact[ComplaintEvent],
    case: Complaint,
    rules: Rules,
    later: Sequence[Fact[ComplaintEvent]] = (),
) -> Decided:
    """The clock events that one fact of the case causes. `case` is the state right after that fact.

    `later` are facts of the case that are recorded already but come after this one: they may show that a promise was
    kept in time, and then it is never said to be broken.
    """
    if fact.historical or case.historical:
        return
    calendar = rules.calendar(rules.site(case.site).calendar)
    unsaid: dict[str, list[Dated]] = {}
    running: dict[str, Clock] = {}
    for clock in clocks.open():
        clause, item = _of(clock)
        if any(one.occurred_at <= clock.due_at and clause.stopped_by(one.event, item, case) for one in later):
            running[clock.clock_id] = clock
            continue
        running[clock.clock_id], unsaid[clock.clock_id] = _by_then(clock, fact.occurred_at, calendar)
    keeping = Keeping(clocks, running, case, rules.policy(case.site, fact.occurred_at), calendar)
    for event in keeping.kept(fact):
        yield from unsaid.pop(event.clock_id, ())
        yield event


def _of(clock: Clock) -> tuple[Clause, str]:
    """A clock's clause, and the thing in the case that it is about."""
    return BY_NAME[clock.clause], clock.clock_id.partition(":")[2].rpartition("/")[0]


def _by_then(clock: Clock, at: datetime, calendar: WorkCalendar) -> tuple[Clock, list[Dated]]:
    """The clock as it stood just before an instant, and what the watcher, if it was down or slow, has not said of that.

    A promise broken before it was kept late stays broken, whether or not anybody watched.
    """
    unsaid: list[Dated] = []
    for deadline, event in _passing(clock, at, calendar):
        if deadline.at < at:  # what happens at the very instant is in time
            unsaid.append(Dated(event, deadline.at))
            clock = evolve(clock, event)
    return clock, unsaid


@dataclass(frozen=True)
class Keeping:
    """One fact and the clocks of its case: `running` are the open ones as they stood just before it."""

    clocks: Clocks
    running: dict[str, Clock]
    case: Complaint
    policy: Policy
    calendar: WorkCalendar

    def kept(self, fact: Fact[ComplaintEvent]) -> Iterator[e.ClocksEvent]:
        """What the fact does, in the order in which people would tell it."""
        at, event = fact.occurred_at, fact.event
        if (reason := ENDS.get(type(event))) is not None:
            yield from (e.ClockCancelled(clock_id=id, reason=reason) for id in self.running)
            return
        if isinstance(event, c.MergeUndone):
            yield from self._taken_up_again(at)
        yield from self._stood_still(at)
        if isinstance(event, (c.Classified, c.GradeChanged)):
            yield from self._regraded(at, event.rank)
        if isinstance(event, c.ActionDueDateChanged):
            yield from self._agreed_anew(at, event)
        if isinstance(event, (c.CustomerRequirementRecorded, c.ContractTermsRecorded)):
            yield from self._asked_for(at, event.clause)
        ended = set[str]()
        for one in self._ended(fact):
            ended.add(one.clock_id)
            yield one
        for clause, begin in starting(event, self.case):
            yield from self._started(clause, begin, at, ended)

    def _stood_still(self, at: datetime) -> Iterator[e.ClockPaused | e.ClockResumed]:
        waiting = waits(self.case)
        for clock in self.running.values():
            clause, item = _of(clock)
            why = () if clock.target == BY_DATE else sorted(clause.pauses & waiting)  # an agreed day stays that day
            if why and clock.status == ClockStatus.RUNNING:
                yield e.ClockPaused(clock_id=clock.clock_id, wait=why[0], paused_at=max(at, clock.starts_at))
            elif not why and clock.status == ClockStatus.PAUSED and clock.paused_since is not None:
                yield self._resumed(clock, self._promise(clause, item), max(at, clock.paused_since), clock.paused_since)

    def _resumed(self, clock: Clock, promise: Promise | None, at: datetime, since: datetime) -> e.ClockResumed:
        warn = _of(clock)[0].warn if promise is None else promise.warn
        when = due_time(clock.target, warn, clock.starts_at, self.calendar, (*clock.pauses, (since, at)))
        return e.ClockResumed(
            clock_id=clock.clock_id, resumed_at=at, due_at=when.at, warn_at=still_to_come(at, when.warn_at),
            provisional=when.provisional,
        )  # fmt: skip

    def _regraded(self, at: datetime, rank: Rank) -> Iterator[e.ClockRebased | e.ClockCancelled]:
        """From the original start, but never less than half an hour from now; a breach already recorded stands."""
        for clock in self.running.values():
            clause, item = _of(clock)
            if clock.status == ClockStatus.BREACHED or clock.target == BY_DATE:
                continue
            promise = self._promise(clause, item)
            if promise is None:
                yield e.ClockCancelled(clock_id=clock.clock_id, reason=Reason.REGRADE)
            elif promise.target not in (clock.target, BY_DATE):
                when = due_time(promise.target, promise.warn, clock.starts_at, self.calendar, clock.pauses)
                yield e.ClockRebased(
                    clock_id=clock.clock_id, reason=Reason.REGRADE, was_due_at=clock.due_at,
                    due_at=max(when.at, at + REGRADE_FLOOR), warn_at=still_to_come(at, when.warn_at), target=promise.target,
                    rank=rank, ladder=promise.ladder, provisional=when.provisional, calendar=str(self.calendar),
                )  # fmt: skip

    def _asked_for(self, at: datetime, terms: str | None) -> Iterator[e.ClockRebased]:
        """The customer or a contract moves what runs already; a breach already recorded stands."""
        for clock in self.running.values():
            clause, item = _of(clock)
            term, promise = self._term(clause), self._promise(clause, item)
            if terms != clause.terms or term is None or promise is None or clock.status != ClockStatus.RUNNING:
                continue
            when = (
                due_time(promise.target, promise.warn, clock.starts_at, self.calendar, clock.pauses)
                if term.due is None
                else date_due(self.calendar, term.due, clock.starts_at)
            )
            yield e.ClockRebased(
                clock_id=clock.clock_id, reason=Reason.CUSTOMER, was_due_at=clock.due_at, due_at=when.at,
                warn_at=still_to_come(at, when.warn_at), target=promise.target, rank=clock.rank, ladder=promise.ladder,
                provisional=when.provisional, calendar=str(self.calendar),
            )  # fmt: skip

    def _taken_up_again(self, at: datetime) -> Iterator[e.ClocksEvent]:
        """What the merge had cancelled goes on from its original start, with half an hour at least; a breach stands."""
        again: dict[str, Clock] = {}
        for clock in self.clocks.clocks.values():
            if clock.cancelled_for != Reason.MERGED:
                continue
            owed = clock.breached_at is None and clock.paused_since is None
            rebased = e.ClockRebased(
                clock_id=clock.clock_id, reason=Reason.MERGED, was_due_at=clock.due_at,
                due_at=max(clock.due_at, at + REGRADE_FLOOR) if owed else clock.due_at,
                warn_at=still_to_come(at, clock.warn_at), target=clock.target, rank=clock.rank, ladder=clock.ladder,
                provisional=clock.provisional, calendar=clock.calendar,
            )  # fmt: skip
            yield rebased
            again[clock.clock_id] = evolve(clock, rebased)
        yield from replace(self, running=again)._stood_still(at)

    def _agreed_anew(self, at: datetime, event: c.ActionDueDateChanged) -> Iterator[e.ClockRebased]:
        """Another day was agreed for an action; a breach already recorded stands."""
        for clock in self.running.values():
            clause, item = _of(clock)
            if clause.name == "action" and item == event.action_id and clock.status != ClockStatus.BREACHED:
                when = date_due(self.calendar, event.new_due, clock.starts_at)
                yield e.ClockRebased(
                    clock_id=clock.clock_id, reason=Reason.AGREED, was_due_at=clock.due_at, due_at=when.at,
                    warn_at=still_to_come(at, when.warn_at), target=clock.target, rank=clock.rank, ladder=clock.ladder,
                    provisional=when.provisional, calendar=str(self.calendar),
                )  # fmt: skip

    def _ended(self, fact: Fact[ComplaintEvent]) -> Iterator[e.ClocksEvent]:
        event, at = fact.event, fact.occurred_at
        over = isinstance(event, (c.Closed, c.ClosedBeforeImport))
        for clock in self.running.values():
            clause, item = _of(clock)
            if clause.stopped_by(event, item, self.case) and not self._goes_on(clause, event, item):
                if clock.breached_at is not None and at <= clock.due_at:
                    # Never a false breach, and never an erased one: the breach stands beside its excuse (architecture §7).
                    why = fact.backdate_reason or "recorded after the due instant"
                    yield e.BreachExcused(clock_id=clock.clock_id, happened_at=at, reason=why)
                yield e.Met(clock_id=clock.clock_id, met_at=at, margin_s=int((clock.due_at - at).total_seconds()))
            elif over and not clause.outlives:
                yield e.ClockCancelled(clock_id=clock.clock_id, reason=Reason.CLOSED)
            elif clause.dropped_by(event, item, self.case):
                yield e.ClockCancelled(clock_id=clock.clock_id, reason=Reason.REPLANNED)

    def _goes_on(self, clause: Clause, event: ComplaintEvent, item: str) -> bool:
        """One clock for all verifications is met by the last of them; and a policy may name the one event that counts."""
        if clause.name == "verification" and isinstance(event, c.Verified):
            return self.case.stage in (Stage.IMPLEMENTING, Stage.VERIFYING)
        promise = self._promise(clause, item)
        return promise is not None and not promise.kept_by(event)

    def _started(self, clause: Clause, begin: Begin, at: datetime, ended: set[str]) -> Iterator[e.ClocksEvent]:
        name = f"{clause.name}:{begin.item}" if begin.item else clause.name
        earlier = [id for id in self.clocks.clocks if id.rpartition("/")[0] == name]
        promise = self._promise(clause, begin.item)
        if promise is None or any(id in self.running and id not in ended for id in earlier):
            return
        term = self._term(clause)
        if term is not None and term.due is not None:
            begin = replace(begin, due=term.due)
        when, target = self._due(promise, begin, begin.since or at)
        if when is None:
            return
        clock_id = f"{name}/{len(earlier) + 1}"
        yield e.ClockStarted(
            clock_id=clock_id, clause=clause.name, cycle=len(earlier) + 1, starts_at=begin.since or at, target=target,
            due_at=when.at, warn_at=when.warn_at, rank=self.case.rank, ladder=promise.ladder,
            responsible=begin.responsible, provisional=when.provisional, calendar=str(self.calendar),
            source=promise.source, steps=when.steps,
        )  # fmt: skip
        if target != BY_DATE and (why := sorted(clause.pauses & waits(self.case))):
            yield e.ClockPaused(clock_id=clock_id, wait=why[0], paused_at=begin.since or at)

    def _due(self, promise: Promise, begin: Begin, since: datetime) -> tuple[DueTime | None, str]:
        if promise.target != BY_DATE and begin.due is None:
            return due_time(promise.target, promise.warn, since, self.calendar), promise.target
        if isinstance(begin.due, datetime):
            return DueTime(
                max(begin.due, since), (), False, (Step(day=str(begin.due.date()), rule="as told"),)
            ), BY_DATE
        return (None if begin.due is None else date_due(self.calendar, begin.due, since)), BY_DATE

    def _promise(self, clause: Clause, item: str) -> Promise | None:
        by = item if clause.by_item else self.case.grade
        found = promised(clause, self.policy, self.case.rank, by)
        return replaced(found, clause, self._term(clause), self.case.rank)

    def _term(self, clause: Clause) -> Term | None:
        return None if clause.terms is None else self.case.demanded.term(clause.terms)


ENDS: dict[type[ComplaintEvent], Reason] = {
    c.Merged: Reason.MERGED,
    c.Withdrawn: Reason.WITHDRAWN,
    c.NotAComplaintDetermined: Reason.NOT_A_COMPLAINT,
}
"""Events after which nothing is promised any more, and why."""


# ── what time alone does ──────────────────────────────────────────────────────────────────────────────────────────────
def fire(clocks: Clocks, deadline: Deadline, occasion: Occasion, calendar: WorkCalendar) -> Decided:
    """The fact that a deadline calls for; nothing when the clock has moved on meanwhile, so firing twice is harmless."""
    clock = clocks.clocks.get(deadline.clock_id)
    if clock is not None and clock.next_deadline() == deadline and deadline.at <= occasion.now:
        yield _fired(clock, deadline, calendar)


def due_until(clock: Clock, now: datetime, calendar: WorkCalendar) -> Iterator[Deadline]:
    """Everything that time alone does to a clock until `now`, in order: after days of downtime that may be a lot."""
    return (deadline for deadline, _ in _passing(clock, now, calendar))


def _passing(clock: Clock, now: datetime, calendar: WorkCalendar) -> Iterator[tuple[Deadline, Timely]]:
    while (deadline := clock.next_deadline()) is not None and deadline.at <= now:
        event = _fired(clock, deadline, calendar)
        yield deadline, event
        clock = evolve(clock, event)


def _fired(clock: Clock, deadline: Deadline, calendar: WorkCalendar) -> Timely:
    match deadline.kind:
        case DeadlineKind.WARNING:
            return e.WarningIssued(
                clock_id=clock.clock_id, number=deadline.number, warned_at=deadline.at, due_at=clock.due_at
            )
        case DeadlineKind.BREACH:
            climbs_at = tuple(_climbs(clock, deadline.at, calendar))
            return e.Breached(clock_id=clock.clock_id, breached_at=clock.due_at, climbs_at=climbs_at)
        case DeadlineKind.ESCALATION:
            rung = clock.ladder[deadline.number - 1]
            return e.Escalated(
                clock_id=clock.clock_id, level=deadline.number, to_role=rung.role, escalated_at=deadline.at
            )
        case _ as never:
            assert_never(never)


def _climbs(clock: Clock, breached_at: datetime, calendar: WorkCalendar) -> Iterator[datetime]:
    for rung in clock.ladder:
        yield breached_at if rung.after is None else due(calendar, breached_at, Target.parse(rung.after)).at


def acknowledge(clocks: Clocks, command: AcknowledgeEscalation, occasion: Occasion, rules: Rules) -> Decided:
    """Someone takes an escalated breach on."""
    clock = clocks.clocks.get(command.clock_id)
    if clock is None or clock.level == 0:
        escalated = ", ".join(clock.clock_id for clock in clocks.open() if clock.level) or "none"
        raise Refused(
            "this clock is not escalated", rule="G-ESCALATION", field="clock_id", way_out=f"escalated: {escalated}"
        )
    if clock.acknowledged_level >= clock.level:
        raise Refused("the escalation has already been taken on", rule="G-ESCALATION", field="clock_id")
    yield e.EscalationAcknowledged(
        clock_id=clock.clock_id, level=clock.level, by=occasion.actor.id, decision=command.decision
    )


TOPICS: Topics = ((AcknowledgeEscalation, acknowledge),)


def recalculate(clocks: Clocks, calendar: WorkCalendar, at: datetime) -> Decided:
    """A calendar was published: due dates that had reached beyond the old one are computed again."""
    for clock in clocks.open():
        if clock.provisional and clock.status == ClockStatus.RUNNING:
            when = (
                date_due(calendar, agreed_day(clock, calendar), clock.starts_at)
                if clock.target == BY_DATE
                else due_time(clock.target, BY_NAME[clock.clause].warn, clock.starts_at, calendar, clock.pauses)
            )
            yield e.ClockRebased(
                clock_id=clock.clock_id, reason=Reason.CALENDAR, was_due_at=clock.due_at, due_at=when.at,
                warn_at=still_to_come(at, when.warn_at), target=clock.target, rank=clock.rank, ladder=clock.ladder,
                provisional=when.provisional, calendar=str(calendar),
            )  # fmt: skip
