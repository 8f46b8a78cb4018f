"""What sla_watch decides: clocks start, stand still, move, are met, breached and escalated. Pure, like every decision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import assert_never
from zoneinfo import ZoneInfo

from services.sla_watch.clauses import BY_DATE, BY_NAME, CLAUSES, Clause, stops
from shared.clocks.calendars import WorkCalendar
from shared.clocks.state import Clock, Clocks, ClockStatus, Deadline, DeadlineKind, evolve
from shared.clocks.worktime import Step as Counted
from shared.clocks.worktime import Target, add_working_seconds, due, working_seconds
from shared.complaint.state import ActionStatus, Complaint, Stage
from shared.events import clocks as e
from shared.events import complaint as c
from shared.events.clocks import Reason, Step, Wait
from shared.events.complaint import CaseText, ComplaintEvent
from shared.events.words import AskedOf
from shared.kernel.command import Command, Dated, Decided, Topics
from shared.kernel.errors import Refused
from shared.kernel.fact import Fact, Occasion
from shared.kernel.values import Rank
from shared.policy.rules import Rules

REGRADE_FLOOR = timedelta(minutes=30)
"""After a regrade nobody gets less than this from the change on (domain §4.5.3, Rebase)."""


class AcknowledgeEscalation(Command):
    """Take on an escalated breach, so that it climbs no further."""

    clock_id: e.ClockId
    decision: CaseText


Timely = e.WarningIssued | e.Breached | e.Escalated
"""What time alone does."""


@dataclass(frozen=True)
class DueTime:
    """A due instant with its warnings and its explanation."""

    at: datetime
    warn_at: tuple[datetime, ...]
    provisional: bool
    steps: tuple[Step, ...]


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
        if any(one.occurred_at <= clock.due_at and stops(BY_NAME[clock.clause], one.event) for one in later):
            running[clock.clock_id] = clock
            continue
        running[clock.clock_id], unsaid[clock.clock_id] = _by_then(clock, fact.occurred_at, calendar)
    for event in _kept(clocks, running, fact, case, calendar):
        yield from unsaid.pop(event.clock_id, ())
        yield event


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


def _kept(
    clocks: Clocks, running: dict[str, Clock], fact: Fact[ComplaintEvent], case: Complaint, calendar: WorkCalendar
) -> Iterator[e.ClocksEvent]:
    at, event = fact.occurred_at, fact.event
    if isinstance(event, (c.Merged, c.Withdrawn)):
        reason = Reason.MERGED if isinstance(event, c.Merged) else Reason.WITHDRAWN
        yield from (e.ClockCancelled(clock_id=id, reason=reason) for id in running)
        return
    if isinstance(event, c.InformationRequested) and event.asked_of == AskedOf.CUSTOMER:
        yield from _paused(running, at)
    if isinstance(event, c.InformationProvided) and AskedOf.CUSTOMER not in case.open_requests.values():
        yield from _resumed(running, at, calendar, case)
    if isinstance(event, (c.Classified, c.GradeChanged)):
        yield from _regraded(running, at, event.rank, calendar)
    yield from _met(running, fact, case)
    if isinstance(event, c.ActionPlanReturned):
        yield from _started(clocks, BY_NAME["action_plan"], at, case, calendar)
    if isinstance(event, c.Verified) and not event.effective:
        yield from _started(clocks, BY_NAME["action_plan"], at, case, calendar)
    if isinstance(event, c.Reopened):
        for name in ("action_plan", "closure", *(() if event.back_to_planning else ("root_cause",))):
            yield from _started(clocks, BY_NAME[name], at, case, calendar)
    for clause in CLAUSES:
        if isinstance(event, clause.starts):
            yield from _starting(clocks, clause, at, case, calendar)


def _starting(
    clocks: Clocks, clause: Clause, at: datetime, case: Complaint, calendar: WorkCalendar
) -> Iterator[e.ClocksEvent]:
    if clause.per_action:
        for action in case.actions_of_cycle():
            if action.status == ActionStatus.APPROVED:
                when = _date_due(calendar, action.due, at)
                yield _start(clocks, clause, at, case, calendar, when, action.action_id, action.owner)
    elif clause.name != "verification" or case.stage == Stage.VERIFYING:
        yield from _started(clocks, clause, at, case, calendar)


def _started(
    clocks: Clocks, clause: Clause, at: datetime, case: Complaint, calendar: WorkCalendar
) -> Iterator[e.ClocksEvent]:
    when = due_time(clause, clause.target(case.rank), at, calendar)
    started = _start(clocks, clause, at, case, calendar, when, None, case.owner)
    yield started
    if clause.pauses and AskedOf.CUSTOMER in case.open_requests.values():
        yield e.ClockPaused(clock_id=started.clock_id, wait=Wait.CUSTOMER, paused_at=at)


def _start(
    clocks: Clocks, clause: Clause, at: datetime, case: Complaint, calendar: WorkCalendar, when: DueTime,
    action_id: str | None, responsible: str | None,
) -> e.ClockStarted:  # fmt: skip
    name = clause.name if action_id is None else f"{clause.name}:{action_id}"
    cycle = 1 + sum(id.rpartition("/")[0] == name for id in clocks.clocks)
    return e.ClockStarted(
        clock_id=f"{name}/{cycle}", clause=clause.name, cycle=cycle, starts_at=at, target=clause.target(case.rank),
        due_at=when.at, warn_at=when.warn_at, rank=case.rank, ladder=clause.rungs(case.rank), responsible=responsible,
        provisional=when.provisional, calendar=str(calendar), source=clause.source, steps=when.steps,
    )  # fmt: skip


def _paused(running: dict[str, Clock], at: datetime) -> Iterator[e.ClockPaused]:
    for clock in running.values():
        if BY_NAME[clock.clause].pauses and clock.status == ClockStatus.RUNNING:
            yield e.ClockPaused(clock_id=clock.clock_id, wait=Wait.CUSTOMER, paused_at=max(at, clock.starts_at))


def _resumed(
    running: dict[str, Clock], at: datetime, calendar: WorkCalendar, case: Complaint
) -> Iterator[e.ClockResumed]:
    for clock in running.values():
        if clock.status == ClockStatus.PAUSED and clock.paused_since is not None:
            at = max(at, clock.paused_since)
            pauses = (*clock.pauses, (clock.paused_since, at))
            when = due_time(
                BY_NAME[clock.clause], BY_NAME[clock.clause].target(case.rank), clock.starts_at, calendar, pauses
            )
            yield e.ClockResumed(
                clock_id=clock.clock_id, resumed_at=at, due_at=when.at, warn_at=_after(at, when.warn_at),
                provisional=when.provisional,
            )  # fmt: skip


def _regraded(running: dict[str, Clock], at: datetime, rank: Rank, calendar: WorkCalendar) -> Iterator[e.ClockRebased]:
    """From the original start, but never less than half an hour from now; a breach already recorded stands."""
    for clock in running.values():
        clause = BY_NAME[clock.clause]
        if clause.per_action or clock.status == ClockStatus.BREACHED or clause.target(rank) == clock.target:
            continue
        when = due_time(clause, clause.target(rank), clock.starts_at, calendar, clock.pauses)
        yield e.ClockRebased(
            clock_id=clock.clock_id, reason=Reason.REGRADE, was_due_at=clock.due_at, due_at=max(when.at, at + REGRADE_FLOOR),
            warn_at=_after(at, when.warn_at), target=clause.target(rank), rank=rank, ladder=clause.rungs(rank),
            provisional=when.provisional, calendar=str(calendar),
        )  # fmt: skip


def _met(running: dict[str, Clock], fact: Fact[ComplaintEvent], case: Complaint) -> Iterator[e.ClocksEvent]:
    event, at = fact.event, fact.occurred_at
    for clock in running.values():
        clause = BY_NAME[clock.clause]
        if not _stopped(clock, clause, event, case):
            if isinstance(event, (c.Closed, c.ClosedBeforeImport)):
                yield e.ClockCancelled(clock_id=clock.clock_id, reason=Reason.CLOSED)
            elif clause.per_action and isinstance(event, c.Verified) and not event.effective:
                yield e.ClockCancelled(clock_id=clock.clock_id, reason=Reason.REPLANNED)
            continue
        if clock.breached_at is not None and at <= clock.due_at:
            # Never a false breach, and never an erased one: the breach stands beside its excuse (architecture §7).
            why = fact.backdate_reason or "recorded after the due instant"
            yield e.BreachExcused(clock_id=clock.clock_id, happened_at=at, reason=why)
        yield e.Met(clock_id=clock.clock_id, met_at=at, margin_s=int((clock.due_at - at).total_seconds()))


def _stopped(clock: Clock, clause: Clause, event: ComplaintEvent, case: Complaint) -> bool:
    if isinstance(event, c.ActionCompleted):
        return clause.per_action and clock.clock_id.partition(":")[2].rpartition("/")[0] == event.action_id
    if isinstance(event, c.Verified):
        return clause.stops is c.Verified and case.stage != Stage.VERIFYING
    if isinstance(event, c.RootCauseFound) and case.stage == Stage.CLOSING:
        return clause.name in ("root_cause", "action_plan")
    return stops(clause, event)


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
                _date_due(calendar, _agreed_day(clock, calendar), clock.starts_at)
                if clock.target == BY_DATE
                else due_time(BY_NAME[clock.clause], clock.target, clock.starts_at, calendar, clock.pauses)
            )
            yield e.ClockRebased(
                clock_id=clock.clock_id, reason=Reason.CALENDAR, was_due_at=clock.due_at, due_at=when.at,
                warn_at=_after(at, when.warn_at), target=clock.target, rank=clock.rank, ladder=clock.ladder,
                provisional=when.provisional, calendar=str(calendar),
            )  # fmt: skip


# ── arithmetic ────────────────────────────────────────────────────────────────────────────────────────────────────────
def due_time(
    clause: Clause,
    target: str,
    start: datetime,
    calendar: WorkCalendar,
    pauses: Sequence[tuple[datetime, datetime]] = (),
) -> DueTime:
    """When a promise is due, when to warn, and why then."""
    result = due(calendar, start, Target.parse(target), pauses)
    steps = tuple(_told(result.steps))
    warn_at = tuple(_share(calendar, start, result.at, percent, target) for percent in clause.warn)
    return DueTime(result.at, warn_at, result.provisional, steps)


def _told(steps: Sequence[Counted]) -> Iterator[Step]:
    """The explanation; days in a row that count by the same rule are told as one line with the last count."""
    for rule, run in groupby(steps, key=lambda step: step.rule or "working day"):
        first, *rest = run
        last = rest[-1] if rest else first
        day = str(first.day) if last is first else f"{first.day} – {last.day}"
        yield Step.model_construct(day=day, rule=rule, counted=last.n)


def _after(at: datetime, warn_at: tuple[datetime, ...]) -> tuple[datetime, ...]:
    """The warnings still to come: a promise that has just moved does not warn of what is past."""
    return tuple(each for each in warn_at if each > at)


def _share(calendar: WorkCalendar, start: datetime, end: datetime, percent: int, target: str) -> datetime:
    """The instant at which a share of the allowed time is used up, in the kind of time that is allowed."""
    if target.startswith("PT") and not target.endswith(":biz"):
        return start + (end - start) * percent / 100
    return add_working_seconds(calendar, start, working_seconds(calendar, start, end) * percent // 100)


def _date_due(calendar: WorkCalendar, day: date, start: datetime) -> DueTime:
    """An agreed day is over when work ends on it, or at midnight when nobody works then; warned a day before."""
    hours = calendar.pattern(day)
    last = _instant(calendar.hours(day)[-1][1]) if hours else _instant(calendar.second(day + timedelta(days=1)))
    at = max(last, start)
    warn = at - timedelta(days=1)
    provisional = not calendar.promised(start.date(), day)
    step = Step(day=str(day), rule="agreed day: end of work" if hours else "agreed day: midnight")
    return DueTime(at, (warn,) if warn > start else (), provisional, (step,))


def _agreed_day(clock: Clock, calendar: WorkCalendar) -> date:
    """The day that was agreed: the one on which the promise is due, or which ends when it is due."""
    return (clock.due_at - timedelta(seconds=1)).astimezone(ZoneInfo(calendar.zone)).date()


def _instant(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
