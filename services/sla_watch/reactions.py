"""When something happens to a case, its clocks follow; when a site opens, it gets a calendar. Pure: facts in, asks out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from services.sla_watch.calendars import decide_calendar
from services.sla_watch.keeping import keep
from services.sla_watch.rebasing import by_another_calendar
from shared.clocks.calendars import WorkCalendar
from shared.clocks.state import Clocks
from shared.complaint.state import Complaint
from shared.events.organisation import CalendarPublished, SiteOpened
from shared.kernel.command import Ask, Decided
from shared.kernel.fact import Fact, Occasion
from shared.policy.rules import Rules


class Known(Protocol):
    """What the reactions may look up."""

    def case_at(self, fact: Fact[Any]) -> Complaint:
        """The case right after a fact of its own."""
        ...

    def later_than(self, fact: Fact[Any]) -> Sequence[Fact[Any]]:
        """Facts of the same case that are recorded already and come after it."""
        ...

    def provisional_with(self, calendar: str) -> Iterable[tuple[str, str]]:
        """(complaint id, site) of cases with provisional due dates on a calendar."""
        ...


def asks(fact: Fact[Any], known: Known) -> Iterator[Ask]:
    """What a fact leads to. What is asked carries the time of the fact, never now."""
    if fact.historical:
        return  # an imported history has no live clocks
    if fact.kind == "complaint":
        yield from when_a_case_changes_its_clocks_follow(fact, known)
    elif isinstance(fact.event, SiteOpened):
        yield when_a_site_opens_it_gets_a_calendar(fact)
    elif isinstance(fact.event, CalendarPublished) and fact.event.edition > 1:
        yield from when_a_calendar_is_published_provisional_dates_are_computed_again(fact, known)


def when_a_case_changes_its_clocks_follow(fact: Fact[Any], known: Known) -> Iterator[Ask]:
    """Starts, stops, pauses and moves; an imported history has no live clocks."""
    case = known.case_at(fact)
    if case.historical:
        return
    later = known.later_than(fact)

    def decide(clocks: Clocks, occasion: Occasion, rules: Rules) -> Decided:
        return keep(clocks, fact, case, rules, later)

    yield Ask(f"clocks-{fact.subject_id}", decide, fact.site)


def when_a_site_opens_it_gets_a_calendar(fact: Fact[SiteOpened]) -> Ask:
    """Published from the public holidays of the zone's country, unless the calendar is there already."""
    id, zone = fact.event.calendar, fact.event.zone

    def decide(calendar: WorkCalendar | None, occasion: Occasion, rules: Rules) -> Decided:
        return iter(()) if calendar is not None else decide_calendar(None, id, zone, occasion)

    return Ask(f"calendar-{id}", decide, fact.site)


def when_a_calendar_is_published_provisional_dates_are_computed_again(
    fact: Fact[CalendarPublished], known: Known
) -> Iterator[Ask]:
    """Only those that had reached beyond what was known."""

    def decide(clocks: Clocks, occasion: Occasion, rules: Rules) -> Decided:
        return by_another_calendar(clocks, rules.calendar(fact.event.calendar), occasion.at)

    for complaint_id, site in known.provisional_with(fact.event.calendar):
        yield Ask(f"clocks-{complaint_id}", decide, site)
