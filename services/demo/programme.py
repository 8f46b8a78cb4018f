"""What the player plays: at which sites, from when to when, which steps."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile

from services.demo import worked, year
from services.demo.organisation import SITES, DemoSite, Hours
from services.demo.procedures import PROCEDURES
from services.demo.procedures.duties import kept
from services.demo.scenario import Step

TOLD = timedelta(days=230)
"""From the begin of what is told without the year to its end."""
NAMED = (*worked.WORKED, *(each.case for each in PROCEDURES))
"""The cases that are told one by one, which a visitor is shown."""
PLACES: tuple[DemoSite, ...] = (*SITES.values(), *(each.site for each in PROCEDURES))


@dataclass(frozen=True)
class Programme:
    """Steps in global time order, and everything that must be there before the first of them."""

    begins: datetime
    until: datetime
    seed: int
    steps: Iterable[Step]
    alone: frozenset[str] = frozenset()
    """Cases whose steps are sent one at a time, so that they happen at the very minute at which they are told."""
    sites: tuple[DemoSite, ...] = PLACES
    from_when: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    """Since when a site that goes by a policy does so."""


def demonstration(until: datetime, seed: int, complaints: int) -> Programme:
    """A year at three sites, the worked cases before it, and one case for each of the five procedures within it."""
    begins = year.begins(until)
    hours = _hours(begins, until)
    told = _told(begins, until, hours)
    everything = [*told, *_duties(until, hours), year.steps(until, seed, complaints)]
    return Programme(begins, until, seed, _in_order(everything, until), _cases(told), from_when=_founded(until))


def told_cases(until: datetime, seed: int = year.SEED) -> Programme:
    """The same without the year."""
    begins = (until - TOLD).replace(hour=0, minute=0, second=0, microsecond=0)
    hours = _hours(begins, until)
    told = _told(begins, until, hours)
    everything = [*told, *_duties(until, hours)]
    return Programme(begins, until, seed, _in_order(everything, until), _cases(told), from_when=_founded(until))


def _founded(until: datetime) -> dict[str, datetime]:
    """All of them before the first story begins: some cases go from one company to another."""
    first = min(each.begins(until) for each in PROCEDURES)
    return {each.site.code: first for each in PROCEDURES}


def _duties(until: datetime, hours: dict[str, Hours]) -> list[Iterable[Step]]:
    since = _founded(until)
    return [kept(one.site, since[one.site.code], until, hours[one.site.code].office) for one in PROCEDURES]


def _hours(begins: datetime, until: datetime) -> dict[str, Hours]:
    return {site.code: Hours(site, begins, until) for site in PLACES}


def _cases(told: list[list[Step]]) -> frozenset[str]:
    return frozenset(step.case for steps in told for step in steps)


def _told(begins: datetime, until: datetime, hours: dict[str, Hours]) -> list[list[Step]]:
    told = [tell(begins, hours["sz"]) for tell in (worked.garbled_screen, worked.earphone_trial)]
    return told + [each.steps(until, hours[each.site.code]) for each in PROCEDURES]


def _in_order(told: Sequence[Iterable[Step]], until: datetime) -> Iterable[Step]:
    merged = heapq.merge(*told, key=lambda step: (step.at, step.case, step.number))
    return takewhile(lambda step: step.at < until, merged)
