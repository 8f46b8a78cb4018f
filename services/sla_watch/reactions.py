"""When something happens to a case, its clocks follow; when a site opens, it gets a calendar."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from services.sla_watch.calendars import decide_calendar
from services.sla_watch.domain import keep, recalculate
from shared.complaint.fold import INITIAL, fold
from shared.complaint.state import Complaint
from shared.events.organisation import CalendarPublished, SiteOpened
from shared.kernel.fact import Fact
from shared.kernel.ids import derived
from shared.runtime.codec import fact_of
from shared.runtime.desk import Order
from shared.runtime.ledger import Ledger

SERVICE = "sla_watch"
ACTOR = "s-sla-watch"


class ClockKeeper:
    """Turns facts of cases into orders for their clocks. Every order carries the time of its fact, never now."""

    def __init__(self, ledger: Ledger, provisional_with: Callable[[str], list[tuple[str, str]]]) -> None:
        """`provisional_with` lists (complaint id, site) of cases with provisional due dates on a calendar."""
        self.ledger, self.provisional_with = ledger, provisional_with
        self._cases: OrderedDict[str, tuple[int, Complaint]] = OrderedDict()

    def orders(self, fact: Fact[Any]) -> Iterator[Order]:
        """What a fact leads to."""
        if fact.kind == "complaint":
            yield from self.when_a_case_changes_its_clocks_follow(fact)
        elif isinstance(fact.event, SiteOpened):
            yield self.when_a_site_opens_it_gets_a_calendar(fact)
        elif isinstance(fact.event, CalendarPublished) and fact.event.edition > 1:
            yield from self.when_a_calendar_is_published_provisional_dates_are_computed_again(fact)

    def when_a_case_changes_its_clocks_follow(self, fact: Fact[Any]) -> Iterator[Order]:
        """Starts, stops, pauses and moves."""
        case = self._case_at(fact)
        if not case.historical:
            yield _order(
                fact, f"clocks-{fact.subject_id}", fact.site,
                lambda clocks, occasion, rules: keep(clocks, fact, case, rules),
            )  # fmt: skip

    def when_a_site_opens_it_gets_a_calendar(self, fact: Fact[SiteOpened]) -> Order:
        """Published from the public holidays of the zone's country, unless the calendar is there already."""
        id, zone = fact.event.calendar, fact.event.zone
        return _order(
            fact, f"calendar-{id}", fact.site,
            lambda calendar, occasion, rules: decide_calendar(None, id, zone, occasion) if calendar is None else iter(()),
        )  # fmt: skip

    def when_a_calendar_is_published_provisional_dates_are_computed_again(
        self, fact: Fact[CalendarPublished]
    ) -> Iterator[Order]:
        """Only those that had reached beyond what was known."""
        for complaint_id, site in self.provisional_with(fact.event.calendar):
            yield _order(
                fact, f"clocks-{complaint_id}", site,
                lambda clocks, occasion, rules: recalculate(clocks, rules.calendar(fact.event.calendar), occasion.at),
            )  # fmt: skip

    def _case_at(self, fact: Fact[Any]) -> Complaint:
        """The case right after this fact: usually one fold on from the last time."""
        version, case = self._cases.get(fact.stream, (0, INITIAL))
        if version != fact.version - 1:
            earlier = (fact_of(row) for row in self.ledger.stream(fact.stream, up_to=fact.version - 1))
            case = INITIAL
            for one in earlier:
                case = fold(case, one)
        case = fold(case, fact)
        self._cases[fact.stream] = (fact.version, case)
        self._cases.move_to_end(fact.stream)
        if len(self._cases) > 5_000:
            self._cases.popitem(last=False)
        return case


def _order(fact: Fact[Any], stream: str, site: str, decide: Callable[..., Any]) -> Order:
    return Order(
        SERVICE, stream, partial(decide), ACTOR, derived("keep", fact.position, stream), site=site, must_exist=False,
        occurred_at=fact.occurred_at, may_backdate_freely=True, correlation=fact.correlation,
        causation=str(fact.position), remembered=False,
    )  # fmt: skip
