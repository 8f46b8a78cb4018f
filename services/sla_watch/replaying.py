"""The promises of one case from its facts alone, as a watcher who is never late would have kept them.

This answers "what if", and gives an imported history its clocks: the same decisions, under other rules or at other times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from heapq import merge
from typing import cast

from services.sla_watch.keeping import keep, migrate
from services.sla_watch.passing import passing
from services.sla_watch.rebasing import by_another_calendar
from shared.clocks.calendars import WorkCalendar
from shared.clocks.state import Clocks, after
from shared.complaint.fold import INITIAL, fold
from shared.complaint.state import Complaint
from shared.events.calendars import CalendarEvent
from shared.events.clocks import ClocksEvent
from shared.events.complaint import ComplaintEvent
from shared.events.organisation import CalendarAssigned
from shared.events.policy import PolicyMigrated
from shared.kernel.command import Dated, Decided
from shared.kernel.fact import Fact
from shared.policy.rules import PromiseRules

RuleEvent = CalendarEvent | CalendarAssigned | PolicyMigrated
"""What moves promises that run, besides what happens to their case."""


def replay(
    facts: Iterable[Fact[ComplaintEvent | RuleEvent]], rules: PromiseRules, until: datetime
) -> Iterator[tuple[ClocksEvent, datetime]]:
    """Each thing said of the case's clocks, with the instant it happened, until an instant that is included.

    The facts of the case, and among them those about rules that move its promises, come in the order in which they were
    recorded; of a history what happened counts as recorded when it happened.
    """
    case, clocks = INITIAL, Clocks()
    for fact in facts:
        told_at = fact.occurred_at if fact.historical else fact.recorded_at
        if case is not INITIAL:
            for event, at in _time_passes(clocks, told_at, rules.calendar(rules.site(case.site).calendar)):
                if at < told_at:  # what happens at the very instant is in time
                    clocks = after(clocks, event)
                    yield event, at
        if fact.kind == "complaint":
            case = fold(case, cast("Fact[ComplaintEvent]", fact))
        for item in list(_decided(clocks, fact, case, rules)):
            said, at = (item.event, item.at) if isinstance(item, Dated) else (item, fact.occurred_at)
            event = cast("ClocksEvent", said)
            clocks = after(clocks, event)
            yield event, at
    if case is not INITIAL:
        yield from _time_passes(clocks, until, rules.calendar(rules.site(case.site).calendar))


def _decided(clocks: Clocks, fact: Fact[ComplaintEvent | RuleEvent], case: Complaint, rules: PromiseRules) -> Decided:
    """What the fact does to the clocks, as the reactions to it say live."""
    if fact.kind == "complaint":
        return keep(clocks, cast("Fact[ComplaintEvent]", fact), case, rules)
    if isinstance(fact.event, PolicyMigrated):
        return migrate(clocks, case, fact.occurred_at, rules)
    rebase = rules.policy(case.site, fact.occurred_at).pack.rebase
    if rebase is not None and rebase.calendar == "none":
        return iter(())
    return by_another_calendar(clocks, rules.calendar(rules.site(case.site).calendar), fact.occurred_at)


def _time_passes(clocks: Clocks, until: datetime, calendar: WorkCalendar) -> Iterator[tuple[ClocksEvent, datetime]]:
    """What time alone does to all clocks of a case, in due order."""
    each = (
        [(passed.deadline.at, clock.clock_id, passed.event) for passed in passing(clock, until, calendar)]
        for clock in clocks.open()
    )
    return ((event, at) for at, _, event in merge(*each, key=lambda item: item[:2]))
