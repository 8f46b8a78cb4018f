"""When something happens to a case, its clocks follow; when a site opens, it gets a calendar. Pure: facts in, asks out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Protocol

from services.sla_watch.calendars import decide_calendar
from services.sla_watch.duties import keep_duties, kept_by_review
from services.sla_watch.keeping import keep, migrate
from services.sla_watch.rebasing import by_another_calendar
from services.sla_watch.replaying import replay
from shared.clocks.calendars import WorkCalendar
from shared.clocks.duties import Duties, duties_stream
from shared.clocks.state import Clocks
from shared.complaint.state import Complaint
from shared.events.calendars import CalendarAmended, CalendarPublished
from shared.events.clocks import Breached, Met
from shared.events.complaint import HistoryTakenOver
from shared.events.organisation import CalendarAssigned, SiteOpened
from shared.events.policy import PolicyActivated, PolicyMigrated
from shared.events.reviews import ReviewHeld
from shared.kernel.command import Ask, Dated, Decided
from shared.kernel.errors import Problem, Refused
from shared.kernel.fact import Fact, Occasion
from shared.policy.rules import Rules

IGNORED = frozenset({"clocks"})
"""Kinds of streams of which no fact leads to anything: most facts of a house are about clocks."""


class Known(Protocol):
    """What the reactions may look up."""

    def case_at(self, fact: Fact[Any]) -> Complaint:
        """The case right after a fact of its own."""
        ...

    def later_than(self, fact: Fact[Any]) -> Sequence[Fact[Any]]:
        """Facts of the same case that are recorded already and come after it."""
        ...

    def sites_of(self, fact: Fact[Any]) -> Iterable[str]:
        """The sites that a fact about a site or calendar concerns."""
        ...

    def before(self, fact: Fact[Any]) -> Sequence[Fact[Any]]:
        """Facts of the same case that come before it."""
        ...

    def running_at(self, fact: Fact[Any]) -> Iterable[tuple[str, str]]:
        """(complaint id, site) of cases with running promises at the sites that a fact about a site or calendar concerns."""
        ...


def asks(fact: Fact[Any], known: Known) -> Iterator[Ask]:
    """What a fact leads to. What is asked carries the time of the fact, never now."""
    if isinstance(fact.event, HistoryTakenOver):
        yield when_a_history_is_taken_over_its_promises_are_told(fact, known)
    if fact.historical:
        return  # an imported history has no live clocks
    if fact.kind == "complaint":
        yield from when_a_case_changes_its_clocks_follow(fact, known)
    elif isinstance(fact.event, SiteOpened):
        yield when_a_site_opens_it_gets_a_calendar(fact)
    elif isinstance(fact.event, (CalendarPublished, CalendarAmended, CalendarAssigned)):
        yield from when_a_calendar_changes_running_promises_are_computed_again(fact, known)
        yield from (the_duties_of(site, fact.occurred_at) for site in known.sites_of(fact))
    elif isinstance(fact.event, PolicyMigrated):
        yield from when_a_policy_is_migrated_running_promises_go_by_it(fact, known)
        yield the_duties_of(fact.site, fact.occurred_at)
    elif isinstance(fact.event, PolicyActivated) or (fact.kind == "duties" and isinstance(fact.event, (Breached, Met))):
        yield the_duties_of(fact.site, fact.occurred_at)
    elif isinstance(fact.event, ReviewHeld):
        yield when_a_review_is_held_its_duty_is_kept(fact)


def when_a_case_changes_its_clocks_follow(fact: Fact[Any], known: Known) -> Iterator[Ask]:
    """Starts, stops, pauses and moves; an imported history has no live clocks."""
    case = known.case_at(fact)
    if case.historical:
        return
    later = cache(lambda: known.later_than(fact))

    def decide(clocks: Clocks, occasion: Occasion, rules: Rules) -> Decided:
        return keep(clocks, fact, case, rules, later)

    yield Ask(f"clocks-{fact.subject_id}", decide, fact.site)


def when_a_history_is_taken_over_its_promises_are_told(fact: Fact[HistoryTakenOver], known: Known) -> Ask:
    """All at once, as they stood at the end of its log, by the rules and calendars of those days."""
    facts, until = known.before(fact), fact.event.log_until

    def decide(clocks: Clocks, occasion: Occasion, rules: Rules) -> Decided:
        if clocks.clocks:
            return iter(())
        try:
            said = list(replay(facts, rules, until))
        except Problem:
            raise
        except Exception as error:  # one odd history must not stop all clocks of the house
            detail = f"the promises of this history cannot be told: {type(error).__name__} {error}"
            raise Refused(detail, rule="G-HISTORY") from error
        return (Dated(event, at) for event, at in said)

    return Ask(f"clocks-{fact.subject_id}", decide, fact.site, historical=True)


def when_a_site_opens_it_gets_a_calendar(fact: Fact[SiteOpened]) -> Ask:
    """Published from the public holidays of the zone's country, unless the calendar is there already."""
    id, zone = fact.event.calendar, fact.event.zone

    def decide(calendar: WorkCalendar | None, occasion: Occasion, rules: Rules) -> Decided:
        return iter(()) if calendar is not None else decide_calendar(None, id, zone, occasion)

    return Ask(f"calendar-{id}", decide, fact.site)


def when_a_calendar_changes_running_promises_are_computed_again(
    fact: Fact[CalendarPublished | CalendarAmended | CalendarAssigned], known: Known
) -> Iterator[Ask]:
    """Of every site that works by it; what was broken stays broken, and most promises do not move at all."""
    for complaint_id, site in known.running_at(fact):

        def decide(clocks: Clocks, occasion: Occasion, rules: Rules, site: str = site) -> Decided:
            rebase = rules.policy(site, occasion.at).pack.rebase
            if rebase is not None and rebase.calendar == "none":
                return iter(())
            return by_another_calendar(clocks, rules.calendar(rules.site(site).calendar), occasion.at)

        yield Ask(f"clocks-{complaint_id}", decide, site)


def the_duties_of(site: str, at: datetime) -> Ask:
    """Of a site, as its policy and calendar of then want them; the next one begins when the last is kept or broken."""

    def decide(duties: Duties, occasion: Occasion, rules: Rules) -> Decided:
        return keep_duties(duties, site, at, rules)

    return Ask(duties_stream(site), decide, site)


def when_a_review_is_held_its_duty_is_kept(fact: Fact[ReviewHeld]) -> Ask:
    """The oldest one that is owed (S0-44, S1-52, S3-25, S3-44, S4-25)."""

    def decide(duties: Duties, occasion: Occasion, rules: Rules) -> Decided:
        return kept_by_review(duties, fact.event.kind, fact.occurred_at)

    return Ask(duties_stream(fact.site), decide, fact.site)


def when_a_policy_is_migrated_running_promises_go_by_it(fact: Fact[PolicyMigrated], known: Known) -> Iterator[Ask]:
    """Each case that is open at the site, as it stands."""
    for complaint_id, site in known.running_at(fact):

        def decide(
            clocks: Clocks, occasion: Occasion, rules: Rules, id: str = complaint_id, site: str = site
        ) -> Decided:
            return migrate(clocks, rules.complaint(id), occasion.at, rules)

        yield Ask(f"clocks-{complaint_id}", decide, site)
