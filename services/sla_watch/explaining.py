"""Why a promise is due when it is, and warns when it does: each fact that set its due date, with the days and seconds that
counted, and why.

Counted again from the facts alone, by the edition of the calendar that was used then. Where the result differs from what
was recorded – with other time zones, by a newer version – that is said, and what was recorded holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.sla_watch.case_clocks import warned
from services.sla_watch.due_times import DueTime, due_again
from shared.clocks.calendars import WorkCalendar
from shared.clocks.lead import leads, shares
from shared.clocks.state import BY_DATE, Clock, Clocks, fold_clocks
from shared.clocks.told import allowed, counted, reminds, rule, warns
from shared.events import clocks as e
from shared.events.clocks import Step
from shared.events.labels import label
from shared.kernel.changed import changed
from shared.kernel.fact import Fact
from shared.kernel.values import rfc3339


@dataclass(frozen=True)
class Chapter:
    """One fact that set the due date: what it was, and how it was counted."""

    position: int
    at: datetime
    event: e.ClockStarted | e.ClockResumed | e.ClockRebased
    clock: Clock
    """As it stood right after."""
    calendar: str
    steps: tuple[Step, ...]
    counted_due: datetime | None
    """What counting again gives; None where there is nothing to count, or the calendar is not here."""

    @property
    def agrees(self) -> bool:
        """Whether counting again gives what was recorded."""
        return self.counted_due is None or self.counted_due == self.event.due_at


def chapters(
    facts: Iterable[Fact[Any]], editions: Mapping[str, WorkCalendar]
) -> tuple[Clocks, dict[str, list[Chapter]]]:
    """The clocks of a case as they stand, and the chapters of each; `editions` by name, such as `cn-std@2`."""
    clocks = Clocks()
    found: dict[str, list[Chapter]] = {}
    for fact in facts:
        clocks = fold_clocks(clocks, fact)
        event = fact.event
        of_clock = found.setdefault(event.clock_id, [])
        if isinstance(event, (e.ClockStarted, e.ClockResumed, e.ClockRebased)):
            calendar = event.calendar or of_clock[-1].calendar
            clock = clocks.clocks[event.clock_id]
            again = _again(clock, editions.get(calendar))
            told = event.steps if isinstance(event, e.ClockStarted) else again.steps if again else ()
            counted_due = None if again is None else again.at
            of_clock.append(Chapter(fact.position, fact.occurred_at, event, clock, calendar, told, counted_due))
    return clocks, found


def _again(clock: Clock, calendar: WorkCalendar | None) -> DueTime | None:
    if calendar is None or clock.target == BY_DATE:
        return None
    return due_again(clock, warned(clock), calendar)


def told(chapter: Chapter, language: str, calendar: WorkCalendar | None) -> dict[str, Any]:
    """A chapter for people and programs; instants in UTC, with the zone on whose walls people read them."""
    event, clock = chapter.event, chapter.clock
    cause = event.reason if isinstance(event, e.ClockRebased) else None
    return {
        "position": chapter.position,
        "what": label(language, type(event).__name__),
        "because": None if cause is None else label(language, cause),
        "at": rfc3339(chapter.at),
        "counts_from": rfc3339(clock.start),
        "target": clock.target,
        "allowed": allowed(clock.target, language),
        "calendar": chapter.calendar,
        "tzdb": event.tzdb if isinstance(event, e.ClockStarted) else None,
        "pauses": [{"since": rfc3339(since), "until": rfc3339(until)} for since, until in clock.pauses],
        "not_before": None if clock.not_before is None else rfc3339(clock.not_before),
        "steps": [
            {"day": step.day, "rule": rule(step.rule, language), "counted": counted(step.rule, step.counted, language)}
            for step in chapter.steps
        ],
        "due": rfc3339(event.due_at),
        "warnings": list(_warnings(chapter, language, calendar)),
        "zone": None if calendar is None else calendar.zone,
        "provisional": event.provisional,
        "agrees": chapter.agrees,
    }


def _warnings(chapter: Chapter, language: str, calendar: WorkCalendar | None) -> Iterator[dict[str, Any]]:
    """Each instant at which this due date warns, and why then; last what does not come, having no instant: it was past, or
    would not have come between start and end. Where nothing can be counted again, all that was asked for is told so."""
    why: dict[datetime, list[str]] = {at: [] for at in chapter.event.warn_at}
    never: list[str] = []
    for words, alone in _asked_for(chapter.clock, language):
        comes = () if calendar is None else due_again(alone, warned(alone), calendar).warn_at
        place = next((why[at] for at in comes if at in why), never)
        place.append(words)
    for at, reasons in sorted(why.items()):
        yield {"at": rfc3339(at), "why": reasons}
    yield from ({"at": None, "why": [words]} for words in never)


def _asked_for(clock: Clock, language: str) -> Iterator[tuple[str, Clock]]:
    """Each warning and each reminder in words, and the clock as if there were no other."""
    for one in warned(clock):
        yield warns(one, language), changed(clock, warn=shares((one,)), warn_before=leads((one,)), reminders=())
    for one in clock.reminders:
        yield reminds(one, language), changed(clock, warn=(), warn_before=(), reminders=(one,))


def explained(
    facts: Iterable[Fact[Any]], editions: Mapping[str, WorkCalendar], language: str, clock_id: str | None = None
) -> list[dict[str, Any]]:
    """All clocks of a case, or one: how each due date came about, and how the clock stands now."""
    clocks, told_of = chapters(facts, editions)
    return [
        {
            "clock": id,
            "clause": label(language, clock.clause),
            "source": clock.source,
            "status": clock.status.value,
            "status_told": label(language, clock.status.value),
            "due": rfc3339(clock.due_at),
            "breached_at": None if clock.breached_at is None else rfc3339(clock.breached_at),
            "chapters": [told(chapter, language, editions.get(chapter.calendar)) for chapter in told_of[id]],
        }
        for id, clock in clocks.clocks.items()
        if clock_id in (None, id)
    ]
