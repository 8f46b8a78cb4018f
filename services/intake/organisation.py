"""Sites, people, roles and tokens: each change of them is a fact, decided here."""

import hashlib
from collections.abc import Sequence
from typing import Annotated, Protocol, assert_never
from zoneinfo import ZoneInfo

from pydantic import Field

from shared.events import organisation as events
from shared.events.organisation import Role, Zone
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Forbidden, Invalid, Refused
from shared.kernel.fact import Occasion
from shared.kernel.personal import Employee, Personal
from shared.kernel.told import told
from shared.kernel.values import Code, Day, Instant, Line, PersonId, Sha256, SiteCode, Text
from shared.policy.organisation import Person, Site
from shared.policy.rules import Rules, must_know

RESERVED = frozenset(
    {"s-casetrail", "s-intake", "s-triage", "s-capa", "s-sla-watch", "s-audit", "s-insight", "s-notify"}
)
"""Ids under which the services themselves act; nobody else may be called so."""
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"


class OpenSite(Command):
    """Open a site; its owner holds every role there that nobody else is granted."""

    site: SiteCode
    title: Line
    zone: Zone
    calendar: Code | None = None
    """Left out, the site gets a calendar of its own, published from its country's public holidays."""
    owner: PersonId | None = None
    language: Annotated[str, Field(pattern="^(en|zh)$")] = "en"


class AddPerson(Command):
    """Add a person or a service that may act; roles and tokens are given afterwards."""

    name: Personal[Line, Employee]
    email: Personal[Line, Employee] | None = None
    service: bool = False
    person: PersonId | None = None
    """Pseudonymous; left out, one is made."""


class ChangePerson(Command):
    """Say what somebody is called now, or how they are written to; what is left out stays as it is."""

    name: Personal[Line, Employee] | None = None
    email: Personal[Line, Employee] | None = None
    no_email: bool = False
    """They are not to be written to any more."""


class GrantRole(Command):
    """Let a person hold a role at a site."""

    role: Role
    site: SiteCode


class EndRole(Command):
    """Let a person no longer hold a role at a site."""

    role: Role
    site: SiteCode
    reason: Text


class IssueToken(Command):
    """Make a bearer token for a person; the token itself is shown once and never stored."""

    BY_DOOR = frozenset({"sha256"})

    label: Line
    expires_at: Instant | None = None
    sha256: Sha256
    """Filled in by the door, which makes the token and keeps only this."""


class RevokeToken(Command):
    """Make a token worthless at once."""

    token_id: Code


class Organisation(Rules, Protocol):
    """What decisions about people look up besides."""

    def sites(self) -> Sequence[Site]:
        """All sites."""
        ...


class NameStandIn(Command):
    """Let the person stand in for another one in a role, until a day; by that other one, or by the owner of the site."""

    of: PersonId
    role: Role
    site: SiteCode
    until: Day
    reason: Text


class EndStandIn(Command):
    """Let the person no longer stand in for another one."""

    of: PersonId
    role: Role
    site: SiteCode
    reason: Text


OrganisationCommand = (
    OpenSite | AddPerson | ChangePerson | GrantRole | EndRole | NameStandIn | EndStandIn | IssueToken | RevokeToken
)  # fmt: skip


def decide(state: Site | Person, command: OrganisationCommand, occasion: Occasion, rules: Organisation) -> Decided:
    """Events for one command about sites and people."""
    match command:
        case OpenSite():
            if isinstance(state, Site) and state.code:
                raise Refused(f"site {command.site!r} is open already", rule="G-UNIQUE", field="site")
            owner = command.owner or occasion.actor.id
            must_know(rules, owner, "owner")
            yield events.SiteOpened(
                site=command.site, title=command.title, zone=command.zone, calendar=command.calendar or command.site,
                owner=owner, language=command.language,
            )  # fmt: skip
        case AddPerson():
            if command.person in RESERVED:
                raise Invalid("this id belongs to Casetrail itself", rule="G-UNIQUE", field="person")
            if isinstance(state, Person) and state.id:
                raise Refused("this id is taken", rule="G-UNIQUE", field="person")
            yield events.PersonAdded(
                person=person_id_for(command, occasion), name=command.name, email=command.email, service=command.service
            )
        case ChangePerson():
            yield _changed(_person(state), command, occasion, rules)
        case GrantRole():
            person = _person(state)
            rules.site(command.site)
            if (command.role, command.site) in person.grants:
                raise Refused("this role is granted already", rule="G-UNIQUE", field="role")
            yield events.RoleGranted(person=person.id, role=command.role, site=command.site)
        case EndRole():
            person = _person(state)
            if (command.role, command.site) not in person.grants:
                raise Refused("this role was not granted", rule="G-ROLE", field="role")
            yield events.RoleEnded(person=person.id, role=command.role, site=command.site, reason=command.reason)
        case NameStandIn():
            yield _stand_in(_person(state), command, occasion, rules)
        case EndStandIn():
            person = _person(state)
            _may_lend(command.of, command.site, occasion, rules)
            if (command.of, command.role, command.site) not in {(x.of, x.role, x.site) for x in person.stands_in}:
                raise Refused(f"{person.id} does not stand in for {command.of} so", rule="G-ROLE", field="of")
            yield told(events.StandInEnded, command, person=person.id)
        case IssueToken():
            person = _person(state)
            _may_speak_for(person, occasion, rules)
            yield events.TokenIssued(
                person=person.id, token_id=f"t{len(person.tokens) + 1}", sha256=command.sha256, label=command.label,
                expires_at=command.expires_at,
            )  # fmt: skip
        case RevokeToken():
            person = _person(state)
            _may_speak_for(person, occasion, rules)
            token = person.tokens.get(command.token_id)
            if token is None or token.revoked:
                known = ", ".join(token.token_id for token in person.tokens.values() if not token.revoked) or "none"
                raise Invalid(
                    "there is no such token in use", rule="G-TOKEN", field="token_id", way_out=f"tokens: {known}"
                )
            yield events.TokenRevoked(person=person.id, token_id=command.token_id)
        case _:
            assert_never(command)


def person_id_for(command: AddPerson, occasion: Occasion) -> str:
    """The given id, or a pseudonymous one that says nothing: `p-7k2m9q`."""
    if command.person is not None:
        return command.person
    digest = hashlib.sha256(f"{occasion.actor.id} {occasion.command_id}".encode() + occasion.randomness).digest()
    return ("s-" if command.service else "p-") + "".join(_LETTERS[byte % 32] for byte in digest[:6])


def _changed(person: Person, command: ChangePerson, occasion: Occasion, rules: Organisation) -> events.PersonChanged:
    _may_speak_for(person, occasion, rules)
    if command.email is not None and command.no_email:
        raise Invalid("give an address or none, not both", rule="G-CHANGE", field="no_email")
    name = person.name if command.name is None else command.name
    email = None if command.no_email else person.email if command.email is None else command.email
    if (name, email) == (person.name, person.email):
        raise Refused("nothing would be changed", rule="G-CHANGE", way_out="give another name or e-mail")
    return events.PersonChanged(person=person.id, name=name, email=email)


def _stand_in(person: Person, command: NameStandIn, occasion: Occasion, rules: Organisation) -> events.StandInNamed:
    site = rules.site(command.site)
    must_know(rules, command.of, "of")
    _may_lend(command.of, command.site, occasion, rules)
    if person.id == command.of:
        raise Invalid("nobody stands in for himself", rule="G-ROLE", field="of")
    if command.role not in rules.roles(command.of, command.site):
        raise Refused(f"{command.of} does not hold the role {command.role} there", rule="G-ROLE", field="role")
    if command.role == Role.OWNER:
        raise Refused("nobody stands in for a site's owner", rule="G-ROLE", field="role", way_out="grant-role")
    if command.until < occasion.now.astimezone(ZoneInfo(site.zone)).date():
        raise Invalid("lies in the past", rule="G-TIME", field="until")
    return told(events.StandInNamed, command, person=person.id)


def _may_lend(of: str, site: str, occasion: Occasion, rules: Organisation) -> None:
    if occasion.actor.id != of and Role.OWNER not in rules.roles(occasion.actor.id, site):
        raise Forbidden(
            f"{occasion.actor.id} is neither {of} nor the owner of {site}", rule="G-SITE", way_out=f"{of} does it"
        )


def _may_speak_for(person: Person, occasion: Occasion, rules: Organisation) -> None:
    """Tokens and addresses are one's own business, and that of whoever owns every site at which the person acts."""
    if person.id == occasion.actor.id:
        return
    for site in rules.sites():
        if rules.roles(person.id, site.code) and Role.OWNER not in rules.roles(occasion.actor.id, site.code):
            raise Forbidden(
                f"{person.id} holds roles at site {site.code!r}, which {occasion.actor.id} does not own",
                rule="G-SITE",
                way_out="the owner of that site does it",
            )


def _person(state: Site | Person) -> Person:
    assert isinstance(state, Person)
    return state
