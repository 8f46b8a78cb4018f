"""What moves a running promise: another grade or policy, a merge, a reopening, another calendar, another wish.

A due date moves for a stated cause and never by itself (domain §4.5.3, Rebase). A breach that is recorded stays a fact.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from services.sla_watch.case_clocks import CaseClocks, of, warned
from services.sla_watch.due_times import DueTime, as_told, date_due, due_again, still_to_come, warning
from services.sla_watch.promises import Promise
from shared.clocks.calendars import WorkCalendar
from shared.clocks.lead import leads, shares
from shared.clocks.state import BY_DATE, Clock, Clocks, ClockStatus
from shared.clocks.worktime import Target, due
from shared.events import clocks as e
from shared.events import complaint as c
from shared.events.clocks import Reason
from shared.kernel.changed import changed
from shared.kernel.values import Rank

FROM_RECEIPT = frozenset({"acknowledgement", "first_response", "resolution"})
"""What a merged case is owed from the earlier of the two receipts (domain §4.5.3)."""


def graded_anew(now: CaseClocks, at: datetime, reason: Reason) -> Iterator[e.ClockRebased | e.ClockCancelled]:
    """As another grade or policy promises it: from the original start, or from now on, or not at all."""
    if now.rebase.regrade == "keep":
        return
    for clock in now.running.values():
        if clock.status == ClockStatus.BREACHED or clock.target == BY_DATE:
            continue
        promise = now.promise(*of(clock))
        if promise is None:
            yield e.ClockCancelled(clock_id=clock.clock_id, reason=reason)
        elif promise.target != BY_DATE and (promise.target, promise.ladder) != (clock.target, clock.ladder):
            longer_or_shorter = promise.target != clock.target
            from_now = at if now.rebase.regrade == "change_time" and longer_or_shorter else None
            yield _as_promised(now, clock, promise, at, reason, now.case.rank, from_now, least=longer_or_shorter)


def merged_in(now: CaseClocks, at: datetime, event: c.ComplaintMergedIn) -> Iterator[e.ClockRebased]:
    """The survivor is owed what either was: from the earlier receipt, and by the graver grade."""
    if now.rebase.merge == "keep":
        return
    case = now.case
    graver = event.rank is not None and (case.rank is None or event.rank < case.rank)
    rank, grade = (event.rank, None) if graver else (case.rank, case.grade)
    for clock in now.running.values():
        if clock.status == ClockStatus.BREACHED or clock.target == BY_DATE:
            continue
        clause, item = of(clock)
        promise = now.promise_at(clause, item, rank, grade)
        earlier = event.received_at if clause.name in FROM_RECEIPT and event.received_at < clock.start else None
        if promise is None or promise.target == BY_DATE:
            continue
        if earlier is not None or (graver and promise.target != clock.target):
            yield _as_promised(now, clock, promise, at, Reason.MERGED, rank, earlier)


def merged_out(now: CaseClocks, at: datetime) -> Iterator[e.ClockRebased]:
    """The other case stands by itself again, and what runs here goes by this one alone."""
    for clock in now.running.values():
        if Reason.MERGED not in clock.rebased or clock.status == ClockStatus.BREACHED or clock.target == BY_DATE:
            continue
        promise = now.promise(*of(clock))
        if promise is not None and promise.target != BY_DATE:
            yield _as_promised(now, clock, promise, at, Reason.MERGED, now.case.rank, clock.starts_at)


def taken_up_again(now: CaseClocks, at: datetime) -> Iterator[e.ClockRebased]:
    """What a merge had cancelled goes on from its original start, with half an hour at least; a breach stands."""
    for clock in now.clocks.clocks.values():
        if clock.cancelled_for != Reason.MERGED:
            continue
        owed = clock.breached_at is None and clock.paused_since is None
        floor = _least(now, at) if owed else None
        again = changed(clock, not_before=floor)
        if floor is not None and floor > clock.due_at:
            when = warning(again, DueTime(floor, (), clock.provisional, ()), warned(clock), now.calendar)
        else:
            when = DueTime(clock.due_at, clock.warn_at, clock.provisional, ())
        yield _moved(again, at, when, Reason.MERGED, was=clock, calendar=clock.calendar)


def reopened(now: CaseClocks, clock: Clock, at: datetime) -> e.ClockRebased | None:
    """The last clock of a promise goes on where it ended; the time that the case lay closed does not count."""
    ended = clock.met_at or now.case.closed_at
    if clock.open or ended is None:
        return None
    idle = e.Idle(since=ended, until=max(at, ended))
    if clock.breached_at is not None and not clock.excused:
        when = DueTime(clock.due_at, (), clock.provisional, ())
    else:
        again = changed(clock, pauses=(*clock.pauses, (idle.since, idle.until)))
        when = due_again(again, warned(clock), now.calendar)
    return _moved(clock, at, when, Reason.REOPEN, calendar=str(now.calendar), idle=idle)


def asked_for(now: CaseClocks, at: datetime, terms: str | None) -> Iterator[e.ClockRebased]:
    """The customer or a contract moves what runs already."""
    for clock in now.running.values():
        clause, item = of(clock)
        term, promise = now.term(clause), now.promise(clause, item)
        if terms != clause.terms or term is None or promise is None or clock.status != ClockStatus.RUNNING:
            continue
        if term.due is None:
            yield _as_promised(now, clock, promise, at, Reason.CUSTOMER, clock.rank, None, least=False)
        else:
            agreed = changed(clock, target=BY_DATE, ladder=promise.ladder)
            when = date_due(now.calendar, term.due, clock.starts_at, warned(clock), clock.reminders)
            yield _moved(agreed, at, when, Reason.CUSTOMER, was=clock, calendar=str(now.calendar))


def agreed_anew(now: CaseClocks, at: datetime, event: c.ActionDueDateChanged) -> Iterator[e.ClockRebased]:
    """Another day was agreed for an action."""
    for clock in now.running.values():
        clause, item = of(clock)
        if clause.name == "action" and item == event.action_id and clock.status != ClockStatus.BREACHED:
            when = date_due(now.calendar, event.new_due, clock.starts_at, warned(clock), clock.reminders)
            yield _moved(clock, at, when, Reason.AGREED, calendar=str(now.calendar))


def by_another_calendar(clocks: Clocks, calendar: WorkCalendar, at: datetime) -> Iterator[e.ClockRebased]:
    """A calendar was published or amended: what runs is computed again, and said where it changes.

    What stands still is computed again when it goes on. Nobody gets less than half an hour out of it.
    """
    for clock in clocks.open():
        if clock.status != ClockStatus.RUNNING or clock.due_at <= at or as_told(clock):
            continue
        when, moved = due_again(clock, warned(clock), calendar), clock
        least = min(clock.due_at, due(calendar, at, Target.parse("PT30M")).at)
        if least > when.at:
            moved = changed(clock, not_before=least)
            when = due_again(moved, warned(clock), calendar)
        if (when.at, when.provisional) != (clock.due_at, clock.provisional):
            yield _moved(moved, at, when, Reason.CALENDAR, calendar=str(calendar))


def _as_promised(
    now: CaseClocks, clock: Clock, promise: Promise, at: datetime, reason: Reason, rank: Rank | None,
    counts_from: datetime | None, *, least: bool = True,
) -> e.ClockRebased:  # fmt: skip
    moved = changed(
        clock, target=promise.target, rank=rank, ladder=promise.ladder, warn=shares(promise.warn),
        warn_before=leads(promise.warn), reminders=promise.reminders, counts_from=counts_from or clock.counts_from,
        not_before=_least(now, at) if least else clock.not_before,
    )  # fmt: skip
    when = due_again(moved, promise.warn, now.calendar)
    return _moved(moved, at, when, reason, was=clock, calendar=str(now.calendar), counts_from=counts_from)


def _moved(
    clock: Clock, at: datetime, when: DueTime, reason: Reason, *, calendar: str, was: Clock | None = None,
    counts_from: datetime | None = None, idle: e.Idle | None = None,
) -> e.ClockRebased:  # fmt: skip
    return e.ClockRebased(
        clock_id=clock.clock_id, reason=reason, was_due_at=(was or clock).due_at, due_at=when.at,
        warn_at=still_to_come(at, when.warn_at), target=clock.target, rank=clock.rank, ladder=clock.ladder,
        provisional=when.provisional, calendar=calendar, counts_from=counts_from, not_before=clock.not_before,
        idle=idle, warn=clock.warn, warn_before=clock.warn_before, reminders=clock.reminders,
    )  # fmt: skip


def _least(now: CaseClocks, at: datetime) -> datetime:
    return due(now.calendar, at, Target.parse(now.rebase.regrade_floor or "PT30M")).at
