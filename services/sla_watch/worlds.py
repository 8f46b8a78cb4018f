"""Sites, packs and calendars as a ledger had them at any of its facts; and the same with another pack or calendar instead."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from shared.clocks.calendars import ALWAYS, COMPANY, WorkCalendar
from shared.clocks.published import fold_calendar
from shared.events.calendars import CalendarAmended, CalendarPublished
from shared.events.organisation import CalendarAssigned
from shared.events.policy import PolicyMigrated
from shared.kernel.errors import Unknown
from shared.kernel.fact import Fact
from shared.policy.organisation import Site, fold_site
from shared.policy.policies import NO_POLICY, Policy, PublishedPack, fold_policy, policy_of

KINDS = ("site", "calendar", "policy")
"""Streams that say by what promises are made."""


@dataclass(frozen=True)
class World:
    """As it stands after one of the facts."""

    sites: Mapping[str, Site] = field(default_factory=dict[str, Site])
    calendars: Mapping[str, WorkCalendar] = field(default_factory=dict[str, WorkCalendar])
    packs: Mapping[str, PublishedPack] = field(default_factory=dict[str, PublishedPack])

    def after(self, fact: Fact[Any]) -> World:
        """The world after one more fact of the KINDS."""
        id = fact.subject_id
        match fact.kind:
            case "site":
                return replace(self, sites={**self.sites, id: fold_site(self.sites.get(id, Site()), fact)})
            case "calendar":
                return replace(self, calendars={**self.calendars, id: fold_calendar(self.calendars.get(id), fact)})
            case _:
                return replace(self, packs={**self.packs, id: fold_policy(self.packs.get(id, PublishedPack()), fact)})

    def site(self, code: str) -> Site:
        """A site by its code; raises Unknown."""
        if code not in self.sites:
            raise Unknown(
                f"there is no site {code!r}", rule="G-SITE", way_out=f"sites: {', '.join(sorted(self.sites))}"
            )
        return self.sites[code]

    def calendar(self, id: str) -> WorkCalendar:
        """The latest edition; where there is none of that name the company's, else one without any rest."""
        return self.calendars.get(id) or self.calendars.get(COMPANY) or ALWAYS

    def policy(self, site: str, at: datetime) -> Policy:
        """What a site goes by at an instant."""
        activated = self.site(site).activation(at)
        return NO_POLICY if activated is None else policy_of(activated, self.packs)


@dataclass(frozen=True)
class Change:
    """What is to be different, everywhere and all the time; what is not named stays as it was."""

    policy: Policy | None = None
    calendar: WorkCalendar | None = None


class Worlds:
    """The world after every fact that changed it, and those facts that moved promises which ran."""

    def __init__(self) -> None:
        self._positions: list[int] = [0]
        self._worlds: list[World] = [World()]
        self._moves: list[Fact[Any]] = []

    @property
    def latest(self) -> World:
        """As the ledger ends."""
        return self._worlds[-1]

    def take(self, fact: Fact[Any]) -> None:
        """One more fact of the KINDS, in the order of their positions."""
        self._positions.append(fact.position)
        self._worlds.append(self.latest.after(fact))
        if isinstance(fact.event, (CalendarPublished, CalendarAmended, CalendarAssigned, PolicyMigrated)):
            self._moves.append(fact)

    def at(self, position: int) -> World:
        """As it stood right after that position."""
        return self._worlds[bisect_right(self._positions, position) - 1]

    def calendar(self, id: str, edition: int | None = None) -> WorkCalendar | None:
        """An edition of a calendar, the latest unless named; None when there is none."""
        known = (world.calendars[id] for world in reversed(self._worlds) if id in world.calendars)
        return next((one for one in known if edition in (None, one.version)), None)

    def moves(self, site: str, change: Change, after: int, as_of: datetime) -> list[Fact[Any]]:
        """Facts that moved the promises that ran at a site, but for those about what is to be different."""
        return [
            fact for fact in self._moves
            if fact.position > after and fact.recorded_at <= as_of and self._concerns(fact, site)
            and (change.policy if isinstance(fact.event, PolicyMigrated) else change.calendar) is None
        ]  # fmt: skip

    def _concerns(self, fact: Fact[Any], site: str) -> bool:
        own = fact.subject_id
        if fact.kind == "site":
            return own == site
        then = self.at(fact.position)
        calendar = then.sites[site].calendar if site in then.sites else ""
        return calendar == own or (own == COMPANY and calendar not in then.calendars)


class Then:
    """The rules as they were when the fact that is looked at was recorded, but for what is to be different."""

    def __init__(self, worlds: Worlds, change: Change) -> None:
        self._worlds, self._change = worlds, change
        self._world = worlds.latest

    def following(self, facts: Iterable[Fact[Any]]) -> Iterator[Fact[Any]]:
        """The facts; while one is looked at, these are the rules of its time."""
        for fact in facts:
            self._world = self._worlds.at(fact.position)
            yield fact

    def site(self, code: str) -> Site:
        """A site by its code; raises Unknown."""
        return self._world.site(code)

    def calendar(self, id: str) -> WorkCalendar:
        """The one that is to hold instead, else the edition of that time."""
        return self._change.calendar or self._world.calendar(id)

    def policy(self, site: str, at: datetime) -> Policy:
        """The one that is to hold instead, else what the site went by."""
        return self._change.policy or self._world.policy(site, at)
