"""Sites, people and the installation itself, folded from their facts; and who holds which role where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import assert_never
from zoneinfo import ZoneInfo

from shared.events import organisation as e
from shared.events.organisation import Role
from shared.events.policy import PolicyActivated, PolicyMigrated
from shared.kernel.fact import Fact
from shared.kernel.personal import Employee, Personal


@dataclass(frozen=True)
class Home:
    """This installation."""

    ledger_id: str = ""
    simulated: bool = False
    clock_set_to: datetime | None = None
    clock_running: bool = True
    clock_set_at: datetime | None = None


@dataclass(frozen=True)
class Site:
    """A site that takes complaints."""

    code: str = ""
    title: str = ""
    zone: str = "UTC"
    calendar: str = ""
    owner: str = ""
    language: str = "en"
    activations: tuple[PolicyActivated, ...] = ()
    """In the order in which they were decided."""

    def activation(self, at: datetime) -> PolicyActivated | None:
        """The policy activation that is in effect at an instant: of those that have begun, the one decided last."""
        return next((each for each in reversed(self.activations) if each.effective_from <= at), None)


@dataclass(frozen=True)
class Token:
    """A bearer token; the token itself is known only to whoever was given it."""

    token_id: str
    sha256: str
    label: str
    expires_at: datetime | None
    revoked: bool = False


@dataclass(frozen=True)
class StandIn:
    """Somebody's role at a site, held by another one up to and including a day there."""

    of: str
    role: Role
    site: str
    until: date


@dataclass(frozen=True)
class Person:
    """Someone, or some service, that may act."""

    id: str = ""
    name: Personal[str, Employee] = ""
    service: bool = False
    grants: frozenset[tuple[Role, str]] = frozenset()
    stands_in: tuple[StandIn, ...] = ()
    tokens: Mapping[str, Token] = field(default_factory=dict[str, Token])
    email: Personal[str, Employee] | None = None


@dataclass(frozen=True)
class CaseNumbers:
    """How many numbers of one site and period are taken."""

    taken: int = 0


def fold_home(home: Home, fact: Fact[e.HomeEvent]) -> Home:
    """The installation after one more fact."""
    match fact.event:
        case e.LedgerOpened() as event:
            return Home(event.ledger_id, event.simulated, clock_running=not event.simulated)
        case e.ClockSet() as event:
            return replace(home, clock_set_to=event.to, clock_running=event.running)
        case e.LedgerRestored():
            return home
        case _ as never:
            assert_never(never)


def fold_site(site: Site, fact: Fact[e.SiteEvent]) -> Site:
    """The site after one more fact."""
    match fact.event:
        case e.SiteOpened() as event:
            return Site(event.site, event.title, event.zone, event.calendar, event.owner, event.language)
        case e.CalendarAssigned() as event:
            return replace(site, calendar=event.calendar)
        case PolicyActivated() as event:
            return replace(site, activations=(*site.activations, event))
        case PolicyMigrated():
            return site
        case _ as never:
            assert_never(never)


def fold_person(person: Person, fact: Fact[e.PersonEvent]) -> Person:
    """The person after one more fact."""
    match fact.event:
        case e.PersonAdded() as event:
            return Person(event.person, event.name, event.service, email=event.email)
        case e.PersonChanged() as event:
            return replace(person, name=event.name, email=event.email)
        case e.RoleGranted() as event:
            return replace(person, grants=person.grants | {(event.role, event.site)})
        case e.RoleEnded() as event:
            return replace(person, grants=person.grants - {(event.role, event.site)})
        case e.StandInNamed() as event:
            rest = [
                one for one in person.stands_in if (one.of, one.role, one.site) != (event.of, event.role, event.site)
            ]
            return replace(person, stands_in=(*rest, StandIn(event.of, event.role, event.site, event.until)))
        case e.StandInEnded() as event:
            rest = [
                one for one in person.stands_in if (one.of, one.role, one.site) != (event.of, event.role, event.site)
            ]
            return replace(person, stands_in=tuple(rest))
        case e.TokenIssued() as event:
            token = Token(event.token_id, event.sha256, event.label, event.expires_at)
            return replace(person, tokens={**person.tokens, event.token_id: token})
        case e.TokenRevoked() as event:
            revoked = replace(person.tokens[event.token_id], revoked=True)
            return replace(person, tokens={**person.tokens, event.token_id: revoked})
        case _ as never:
            assert_never(never)


def fold_numbers(numbers: CaseNumbers, fact: Fact[e.NumbersEvent]) -> CaseNumbers:
    """The numbers after one more fact."""
    return CaseNumbers(numbers.taken + 1)


def roles_at(person: Person, site: Site, everyone: Mapping[str, Person]) -> frozenset[Role]:
    """The roles a person holds at a site. A site's owner also holds every role that nobody else was granted there."""
    held = frozenset(role for role, where in person.grants if where == site.code)
    if site.owner != person.id or not person.id:
        return held
    granted = {
        role
        for other in everyone.values()
        if other.id != person.id
        for role, where in other.grants
        if where == site.code
    }
    return held | (frozenset(Role) - granted) | {Role.OWNER}


def stood_in_for(person: Person, site: Site, at: datetime, everyone: Mapping[str, Person]) -> dict[Role, str]:
    """Roles that a person holds at a site for somebody else at an instant → for whom. Nobody lends what he does not hold."""
    if not person.stands_in:
        return {}
    today = at.astimezone(ZoneInfo(site.zone)).date()
    return {
        one.role: one.of
        for one in person.stands_in
        if one.site == site.code
        and today <= one.until
        and one.of in everyone
        and one.role in roles_at(everyone[one.of], site, everyone)
    }
