"""What a fact of a case does to its clocks: they start, stand still, move, are kept or let go. Pure, like every decision."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from services.sla_watch import rebasing
from services.sla_watch.case_clocks import CaseClocks, of
from services.sla_watch.clauses import Clause, starting
from services.sla_watch.due_times import DueTime, date_due, due_time, told_due
from services.sla_watch.moments import Begin, wait_begun_by
from services.sla_watch.passing import by_then, resumed
from services.sla_watch.promises import Promise
from shared.clocks.calendars import TZDB
from shared.clocks.state import BY_DATE, Clock, Clocks, ClockStatus, evolve
from shared.complaint.state import Complaint, Stage
from shared.events import clocks as e
from shared.events import complaint as c
from shared.events.clocks import Reason
from shared.events.complaint import ComplaintEvent
from shared.kernel.command import Dated, Decided
from shared.kernel.fact import Fact
from shared.policy.rules import PromiseRules

ENDS: dict[type[ComplaintEvent], Reason] = {
    c.Merged: Reason.MERGED,
    c.Withdrawn: Reason.WITHDRAWN,
    c.NotAComplaintDetermined: Reason.NOT_A_COMPLAINT,
}
"""Events after which nothing is promised any more, and why."""


Later = Callable[[], Sequence[Fact[ComplaintEvent]]]


def keep(
    clocks: Clocks,
    fact: Fact[ComplaintEvent],
    case: Complaint,
    rules: PromiseRules,
    later: Later = tuple,
) -> Decided:
    """The clock events that one fact of the case causes. `case` is the state right after that fact.

    `later` finds the facts of the case that are recorded already but come after this one: they may show that a promise was
    kept in time, and then it is never said to be broken. It is asked only when one might be: of a long case it is much to read.
    """
    now, unsaid = _standing(clocks, case, fact.occurred_at, rules, later)
    yield from _after_what_time_did(unsaid, kept(now, fact))


def migrate(clocks: Clocks, case: Complaint, at: datetime, rules: PromiseRules) -> Decided:
    """The promises that run go by the policy that is in effect now."""
    now, unsaid = _standing(clocks, case, at, rules)
    yield from _after_what_time_did(unsaid, rebasing.graded_anew(now, at, Reason.POLICY))


def _standing(
    clocks: Clocks, case: Complaint, at: datetime, rules: PromiseRules, later: Later = tuple
) -> tuple[CaseClocks, dict[str, list[Dated]]]:
    """The open clocks as time has left them by then, and what of that nobody has said yet, by clock."""
    calendar = rules.calendar(rules.site(case.site).calendar)
    unsaid: dict[str, list[Dated]] = {}
    running: dict[str, Clock] = {}
    for clock in clocks.open():
        clause, item = of(clock)
        stood, said = by_then(clock, at, calendar)
        if said and any(
            one.occurred_at <= clock.due_at and clause.stopped_by(one.event, item, case) for one in later()
        ):
            stood, said = clock, []
        running[clock.clock_id], unsaid[clock.clock_id] = stood, said
    return CaseClocks(clocks, running, case, rules.policy(case.site, at), calendar), unsaid


def _after_what_time_did(unsaid: dict[str, list[Dated]], events: Iterator[e.ClocksEvent]) -> Decided:
    for event in events:
        yield from unsaid.pop(event.clock_id, ())
        yield event


def kept(now: CaseClocks, fact: Fact[ComplaintEvent]) -> Iterator[e.ClocksEvent]:
    """What the fact does, in the order in which people would tell it."""
    at, event = fact.occurred_at, fact.event
    if (reason := ENDS.get(type(event))) is not None:
        yield from (e.ClockCancelled(clock_id=id, reason=reason) for id in now.running)
        return
    if isinstance(event, c.MergeUndone):
        yield from _unmerged(now, at)
    yield from _stood_still(now, at, event)
    yield from _moved(now, at, event)
    ended = set[str]()
    for one in _ended(now, fact):
        ended.add(one.clock_id)
        yield one
    how = now.rebase.reopen if isinstance(event, c.Reopened) else None
    if how != "ignore":
        for clause, begin in starting(event, now.case):
            yield from _started(now, clause, begin, at, ended, take_up=how == "resume")


def _unmerged(now: CaseClocks, at: datetime) -> Iterator[e.ClocksEvent]:
    again: dict[str, Clock] = {}
    for rebased in rebasing.taken_up_again(now, at):
        yield rebased
        again[rebased.clock_id] = evolve(now.clocks.clocks[rebased.clock_id], rebased)
    yield from _stood_still(replace(now, running=again), at)


def _moved(now: CaseClocks, at: datetime, event: ComplaintEvent) -> Iterator[e.ClocksEvent]:
    match event:
        case c.Classified() | c.GradeChanged():
            yield from rebasing.graded_anew(now, at, Reason.REGRADE)
        case c.ComplaintMergedIn():
            yield from rebasing.merged_in(now, at, event)
        case c.ComplaintMergedOut():
            yield from rebasing.merged_out(now, at)
        case c.ActionDueDateChanged():
            yield from rebasing.agreed_anew(now, at, event)
        case c.CustomerRequirementRecorded() | c.ContractTermsRecorded():
            yield from rebasing.asked_for(now, at, event.clause)
        case _:
            pass


def _stood_still(
    now: CaseClocks, at: datetime, event: ComplaintEvent | None = None
) -> Iterator[e.ClockPaused | e.ClockResumed]:
    """Nothing counts while a case waits for others; but a pause that was as long as it may be is not simply begun again."""
    waiting, anew = now.waits, wait_begun_by(event)
    for clock in now.running.values():
        why = _why(clock, waiting)
        since = max(at, clock.starts_at)
        if clock.status == ClockStatus.RUNNING:
            if why and (not clock.exhausted or anew in why):
                yield _paused(now, clock.clock_id, why, since, since)
        elif clock.status == ClockStatus.PAUSED and clock.paused_since is not None:
            if not why:
                yield resumed(clock, max(at, clock.paused_since), now.calendar)
            elif why != clock.waits:
                yield _paused(now, clock.clock_id, why, since, clock.paused_since)


def _why(clock: Clock, waiting: frozenset[e.Wait]) -> tuple[e.Wait, ...]:
    """For what a clock stands still; an agreed day stays that day."""
    return () if clock.target == BY_DATE else tuple(sorted(of(clock)[0].pauses & waiting))


def _paused(now: CaseClocks, clock_id: str, why: tuple[e.Wait, ...], at: datetime, since: datetime) -> e.ClockPaused:
    longest = now.times.max_pause
    until = None if longest is None else due_time(longest, (), since, now.calendar).at
    return e.ClockPaused(clock_id=clock_id, wait=why[0], also=why[1:], paused_at=at, until=until)


def _ended(now: CaseClocks, fact: Fact[ComplaintEvent]) -> Iterator[e.ClocksEvent]:
    event, at = fact.event, fact.occurred_at
    over = isinstance(event, (c.Closed, c.ClosedBeforeImport))
    for clock in now.running.values():
        clause, item = of(clock)
        if clause.stopped_by(event, item, now.case) and not _goes_on(now, clause, event, item):
            if clock.breached_at is not None and at <= clock.due_at:
                # Never a false breach, and never an erased one: the breach stands beside its excuse (architecture §7).
                why = fact.backdate_reason or "recorded after the due instant"
                yield e.BreachExcused(clock_id=clock.clock_id, happened_at=at, reason=why)
            yield e.Met(clock_id=clock.clock_id, met_at=at, margin_s=int((clock.due_at - at).total_seconds()))
        elif over and not clause.outlives:
            yield e.ClockCancelled(clock_id=clock.clock_id, reason=Reason.CLOSED)
        elif clause.dropped_by(event, item, now.case):
            yield e.ClockCancelled(clock_id=clock.clock_id, reason=Reason.REPLANNED)


def _goes_on(now: CaseClocks, clause: Clause, event: ComplaintEvent, item: str) -> bool:
    """One clock for all verifications is met by the last of them; and a policy may name the one event that counts."""
    if clause.name == "verification" and isinstance(event, c.Verified):
        return now.case.stage in (Stage.IMPLEMENTING, Stage.VERIFYING)
    promise = now.promise(clause, item)
    return promise is not None and not promise.kept_by(event)


def _started(
    now: CaseClocks, clause: Clause, begin: Begin, at: datetime, ended: set[str], *, take_up: bool
) -> Iterator[e.ClocksEvent]:
    name = f"{clause.name}:{begin.item}" if begin.item else clause.name
    earlier = [id for id in now.clocks.clocks if id.rpartition("/")[0] == name]
    promise = now.promise(clause, begin.item)
    if promise is None or any(id in now.running and id not in ended for id in earlier):
        return
    if any(promise.stops_at in (None, kind.__name__) for kind in begin.done):
        return
    if take_up and earlier and (again := rebasing.reopened(now, now.clocks.clocks[earlier[-1]], at)) is not None:
        yield again
        return
    term = now.term(clause)
    if term is not None and term.due is not None:
        begin = replace(begin, due=term.due)
    since = _since(promise, begin, at)
    if clause.comes_round and earlier:
        since = max(since, now.clocks.clocks[earlier[-1]].due_at)  # what was told in time holds for that week
    whole_days = now.times.pause_day_rule == "whole_days"
    when, target = _due(now, promise, begin, since)
    if when is None:
        return
    clock_id = f"{name}/{len(earlier) + 1}"
    yield e.ClockStarted(
        clock_id=clock_id, clause=clause.name, cycle=len(earlier) + 1, starts_at=since, target=target, due_at=when.at,
        warn_at=when.warn_at, rank=now.case.rank, ladder=promise.ladder, responsible=begin.responsible,
        provisional=when.provisional, calendar=str(now.calendar), source=promise.source, steps=when.steps,
        warn=promise.shares, whole_days=whole_days, tzdb=TZDB, warn_before=promise.leads, reminders=promise.reminders,
    )  # fmt: skip
    if target != BY_DATE and (why := tuple(sorted(clause.pauses & now.waits))):
        yield _paused(now, clock_id, why, since, since)


def _since(promise: Promise, begin: Begin, at: datetime) -> datetime:
    if promise.starts_at == "occurrence" and begin.failed is not None:
        return begin.failed
    return at if promise.starts_at == "receipt" else begin.since or at


def _due(now: CaseClocks, promise: Promise, begin: Begin, since: datetime) -> tuple[DueTime | None, str]:
    warn, reminders = promise.warn, promise.reminders
    if promise.target != BY_DATE and begin.due is None:
        return due_time(promise.target, warn, since, now.calendar, reminders=reminders), promise.target
    if isinstance(begin.due, datetime):
        return told_due(now.calendar, begin.due, since, warn, reminders), BY_DATE
    return (None if begin.due is None else date_due(now.calendar, begin.due, since, warn, reminders)), BY_DATE
