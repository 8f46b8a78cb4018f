"""Sites, people, calendars and the home itself in memory, folded from the few facts that concern them."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.clocks.calendars import ALWAYS, COMPANY, WorkCalendar
from shared.events.organisation import ClockSet, Role
from shared.kernel.errors import Unauthenticated, Unknown
from shared.kernel.fact import Fact
from shared.kernel.values import parse_instant
from shared.policy.organisation import Home, Person, Site, Token, roles_at, stood_in_for
from shared.policy.policies import NO_POLICY, Policy, PublishedPack, policy_of
from shared.runtime.aggregates import kind_of
from shared.runtime.clock import Clock
from shared.runtime.codec import Row, fact_of


@dataclass
class Directory:
    """Who and what there is. Shared by the doors and the desk of a process; fed under a lock, read without one."""

    homes: dict[str, Home] = field(default_factory=dict[str, Home])
    sites: dict[str, Site] = field(default_factory=dict[str, Site])
    people: dict[str, Person] = field(default_factory=dict[str, Person])
    calendars: dict[str, WorkCalendar] = field(default_factory=dict[str, WorkCalendar])
    packs: dict[str, PublishedPack] = field(default_factory=dict[str, PublishedPack])
    position: int = 0
    clock: Clock | None = None

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens: dict[str, tuple[str, Token]] = {}
        self._roles: dict[tuple[str, str], frozenset[Role]] = {}
        """As looked up since anything last changed: every command asks."""

    def take_rows(self, rows: Iterable[Row]) -> None:
        """Take stored facts of the organisation, in order; those already taken are dropped."""
        with self._lock:
            for row in rows:
                if row.position > self.position:
                    self._take(fact_of(row))

    def take(self, fact: Fact[Any]) -> None:
        """Take one fact that has just been recorded."""
        with self._lock:
            if fact.position > self.position:
                self._take(fact)

    def _take(self, fact: Fact[Any]) -> None:
        shelf: dict[str, Any] = {
            "home": self.homes, "site": self.sites, "person": self.people, "calendar": self.calendars,
            "policy": self.packs,
        }[fact.kind]  # fmt: skip
        kind = kind_of(fact.stream)
        state = kind.fold(shelf.get(fact.subject_id, kind.initial), fact)
        shelf[fact.subject_id] = state
        self._roles = {}
        self.position = fact.position
        if isinstance(state, Person):
            self._tokens.update({token.sha256: (state.id, token) for token in state.tokens.values()})
        if isinstance(fact.event, ClockSet) and self.clock is not None:
            if fact.event.running:
                self.clock.run_from(
                    fact.event.to, fact.recorded_at if fact.event.real_at is None else fact.event.real_at
                )
            else:
                self.clock.stand_at(fact.event.to)

    # ── lookups; each raises Unknown ──────────────────────────────────────────────────────────────────────────────────
    def home(self) -> Home:
        """The installation."""
        return next(iter(self.homes.values()), Home())

    def site(self, code: str) -> Site:
        """A site by its code."""
        if code not in self.sites:
            known = ", ".join(sorted(self.sites)) or "none"
            raise Unknown(f"there is no site {code!r}", rule="G-SITE", field="site", way_out=f"sites: {known}")
        return self.sites[code]

    def person(self, id: str) -> Person:
        """A person by id."""
        if id not in self.people:
            raise Unknown(f"there is no person {id!r}", rule="G-PERSON", way_out="casetrail person list")
        return self.people[id]

    def calendar(self, id: str) -> WorkCalendar:
        """The latest edition of a calendar; where there is none of that name the company's, else one without any rest."""
        return self.calendars.get(id) or self.calendars.get(COMPANY) or ALWAYS

    def roles(self, person: str, site: str) -> frozenset[Role]:
        """What a person may be at a site; nothing when either does not exist."""
        if person not in self.people or site not in self.sites:
            return frozenset()
        known = self._roles
        if (held := known.get((person, site))) is None:
            held = known[person, site] = roles_at(self.people[person], self.sites[site], self.people)
        return held

    def stood_in_for(self, person: str, site: str, at: datetime) -> dict[Role, str]:
        """Roles that a person holds at a site in place of somebody else → of whom."""
        if person not in self.people or site not in self.sites:
            return {}
        return stood_in_for(self.people[person], self.sites[site], at, self.people)

    def policy(self, site: str, at: datetime) -> Policy:
        """What a site goes by at an instant."""
        activated = self.site(site).activation(at)
        return NO_POLICY if activated is None else policy_of(activated, self.packs)

    def name(self, person: str) -> str:
        """A person's name for readers; the id when nobody has it."""
        return str(self.people[person].name) if person in self.people else person

    # ── tokens ────────────────────────────────────────────────────────────────────────────────────────────────────────
    def bearer(self, token: str, now: datetime) -> Person:
        """Whose token this is; raises Unauthenticated. Only hashes are compared, in constant time."""
        sha256 = hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
        owner, kept = self._tokens.get(sha256, ("", None))
        if kept is None or not hmac.compare_digest(kept.sha256, sha256):
            raise Unauthenticated("this token is not known here", way_out="casetrail token make")
        current = self.people[owner].tokens[kept.token_id]
        if current.revoked:
            raise Unauthenticated("this token has been revoked", way_out="casetrail token make")
        if current.expires_at is not None and current.expires_at <= now:
            raise Unauthenticated("this token has expired", way_out="casetrail token make")
        return self.people[owner]


def last_recorded(text: str) -> datetime | None:
    """The last recorded_at as an instant; None in an empty ledger."""
    return parse_instant(text) if text else None
