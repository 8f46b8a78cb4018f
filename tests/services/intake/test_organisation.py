"""Sites, people, roles and tokens: every command accepted once, every guard refusing once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, get_args

import pytest

from services.intake.organisation import (
    AddPerson,
    ChangePerson,
    EndRole,
    EndStandIn,
    GrantRole,
    IssueToken,
    NameStandIn,
    OpenSite,
    OrganisationCommand,
    RevokeToken,
    decide,
    person_id_for,
)
from shared.events import organisation as e
from shared.events.organisation import Role
from shared.kernel.command import Command
from shared.kernel.errors import Forbidden, Invalid, Problem, Refused
from shared.kernel.fact import Actor, Event, Fact, Occasion
from shared.policy.organisation import Person, Site, fold_person, fold_site, roles_at, stood_in_for
from tests.given import World

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
OCCASION = Occasion(Actor("p-owner"), NOW, NOW, "k1", "k1", randomness=b"0123456789")
HASH = "a" * 64


def fact(event: Event, stream: str = "person-p-ana") -> Fact[Any]:
    return Fact(1, stream, 1, event, NOW, NOW, "", "intake", Actor("p-owner"), "k1", "k1")


def person(*events: Event) -> Person:
    state = Person()
    for event in (e.PersonAdded(person="p-ana", name="Ana"), *events):
        state = fold_person(state, fact(event))
    return state


GRANTED = e.RoleGranted(person="p-ana", role=Role.RND, site="sz")
STANDS_IN = e.StandInNamed(
    person="p-ana", of="p-owner", role=Role.QUALITY_HEAD, site="sz", until=date(2026, 12, 31), reason="on leave"
)
TOKEN = e.TokenIssued(person="p-ana", token_id="t1", sha256=HASH, label="laptop")
MAILED = e.PersonChanged(person="p-ana", name="Ana", email="ana@example.com")
SITE = e.SiteOpened(site="sz", title="Shenzhen", zone="Asia/Shanghai", calendar="sz", owner="p-owner")
SHENZHEN = fold_site(Site(), fact(SITE, "site-sz"))


DRESDEN = Site("dd", "Dresden", "Europe/Berlin", "dd", "p-other")


class People(World):
    """Two sites, each with an owner of its own, and whoever the test speaks of."""

    def __init__(self, *people: Person) -> None:
        super().__init__()
        self.people = {one.id: one for one in (Person("p-owner"), Person("p-other"), *people)}

    def sites(self) -> list[Site]:
        return [SHENZHEN, DRESDEN]

    def roles(self, person: str, site: str, at: Any = None) -> frozenset[Role]:
        (at,) = (one for one in self.sites() if one.code == site)
        return roles_at(self.people[person], at, self.people)


def said(state: Any, command: Any, occasion: Occasion = OCCASION) -> list[Any]:
    return list(decide(state, command, occasion, People(*([state] if isinstance(state, Person) else []))))


def lending(**changed: Any) -> NameStandIn:
    usual: dict[str, Any] = {
        "of": "p-owner",
        "role": Role.QUALITY_HEAD,
        "site": "sz",
        "until": date(2026, 12, 31),
        "reason": "x",
    }
    return NameStandIn(**{**usual, **changed})


def test_who_stands_in_holds_the_role_until_the_day_and_no_longer():
    ana, everyone = person(STANDS_IN), {one.id: one for one in (Person("p-owner"), person(STANDS_IN))}
    last, after = (datetime(2026, 12, 31, 15, 59, tzinfo=UTC), datetime(2026, 12, 31, 16, 0, tzinfo=UTC))
    assert stood_in_for(ana, SHENZHEN, last, everyone) == {Role.QUALITY_HEAD: "p-owner"}
    assert stood_in_for(ana, SHENZHEN, after, everyone) == {}
    assert stood_in_for(ana, DRESDEN, last, everyone) == {}
    ended = person(
        STANDS_IN, e.StandInEnded(person="p-ana", of="p-owner", role=Role.QUALITY_HEAD, site="sz", reason="x")
    )
    assert stood_in_for(ended, SHENZHEN, last, everyone) == {}


ACCEPTED: dict[type[Command], tuple[Any, Command, Event]] = {
    OpenSite: (
        Site(),
        OpenSite(site="sz", title="Shenzhen", zone="Asia/Shanghai"),
        SITE,
    ),
    AddPerson: (Person(), AddPerson(name="Ana", person="p-ana"), e.PersonAdded(person="p-ana", name="Ana")),
    ChangePerson: (
        person(),
        ChangePerson(email="ana@example.com"),
        e.PersonChanged(person="p-ana", name="Ana", email="ana@example.com"),
    ),
    GrantRole: (person(), GrantRole(role=Role.RND, site="sz"), GRANTED),
    EndRole: (
        person(GRANTED),
        EndRole(role=Role.RND, site="sz", reason="moved"),
        e.RoleEnded(person="p-ana", role=Role.RND, site="sz", reason="moved"),
    ),
    NameStandIn: (
        person(),
        NameStandIn(of="p-owner", role=Role.QUALITY_HEAD, site="sz", until=date(2026, 12, 31), reason="on leave"),
        e.StandInNamed(
            person="p-ana", of="p-owner", role=Role.QUALITY_HEAD, site="sz", until=date(2026, 12, 31), reason="on leave"
        ),
    ),
    EndStandIn: (
        person(STANDS_IN),
        EndStandIn(of="p-owner", role=Role.QUALITY_HEAD, site="sz", reason="back"),
        e.StandInEnded(person="p-ana", of="p-owner", role=Role.QUALITY_HEAD, site="sz", reason="back"),
    ),
    IssueToken: (person(), IssueToken(label="laptop", sha256=HASH), TOKEN),
    RevokeToken: (person(TOKEN), RevokeToken(token_id="t1"), e.TokenRevoked(person="p-ana", token_id="t1")),
}


@pytest.mark.parametrize("kind", get_args(OrganisationCommand))
def test_every_command_is_accepted_where_it_belongs(kind: type[Command]):
    state, command, event = ACCEPTED[kind]
    assert said(state, command) == [event]


@pytest.mark.parametrize(
    ("state", "command", "problem", "rule"),
    [
        (SHENZHEN, OpenSite(site="sz", title="Again", zone="UTC"), Refused, "G-UNIQUE"),
        (Site(), OpenSite(site="dd", title="Dresden", zone="UTC", owner="p-nobody"), Invalid, "G-PERSON"),
        (person(), AddPerson(name="Ana", person="p-ana"), Refused, "G-UNIQUE"),
        (Person(), AddPerson(name="Casetrail", person="s-casetrail"), Invalid, "G-UNIQUE"),
        (person(), ChangePerson(), Refused, "G-CHANGE"),
        (person(MAILED), ChangePerson(email="ana@example.com", name="Ana"), Refused, "G-CHANGE"),
        (person(MAILED), ChangePerson(email="ana@example.org", no_email=True), Invalid, "G-CHANGE"),
        (person(GRANTED), GrantRole(role=Role.RND, site="sz"), Refused, "G-UNIQUE"),
        (person(), EndRole(role=Role.RND, site="sz", reason="moved"), Refused, "G-ROLE"),
        (person(), lending(until=date(2020, 1, 1)), Invalid, "G-TIME"),
        (person(), lending(role=Role.OWNER), Refused, "G-ROLE"),
        (person(), lending(of="p-other", site="dd"), Forbidden, "G-SITE"),
        (person(), lending(of="p-ana"), Invalid, "G-ROLE"),
        (person(), lending(of="p-other"), Refused, "G-ROLE"),
        (person(), EndStandIn(of="p-owner", role=Role.RND, site="sz", reason="back"), Refused, "G-ROLE"),
        (person(TOKEN), RevokeToken(token_id="t2"), Invalid, "G-TOKEN"),
        (
            person(TOKEN, e.TokenRevoked(person="p-ana", token_id="t1")),
            RevokeToken(token_id="t1"),
            Invalid,
            "G-TOKEN",
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Command) else None,
)
def test_every_guard_refuses(state: Any, command: Command, problem: type[Problem], rule: str):
    with pytest.raises(Problem) as refused:
        said(state, command)
    assert (type(refused.value), refused.value.rule) == (problem, rule)


def test_what_is_not_said_stays_and_an_address_can_be_taken_away():
    married = said(person(MAILED), ChangePerson(name="Ana Ruiz"))
    assert married == [e.PersonChanged(person="p-ana", name="Ana Ruiz", email="ana@example.com")]
    ana = person(MAILED, *married, *said(person(MAILED, *married), ChangePerson(no_email=True)))
    assert (ana.name, ana.email) == ("Ana Ruiz", None)
    assert person(MAILED, GRANTED).grants == {(Role.RND, "sz")}


def test_a_person_is_changed_by_herself_or_by_whoever_owns_every_site_she_works_at():
    ana = person(e.RoleGranted(person="p-ana", role=Role.RND, site="dd"))
    with pytest.raises(Forbidden) as forbidden:
        said(ana, ChangePerson(email="ana@example.com"))
    assert forbidden.value.rule == "G-SITE"
    assert said(ana, ChangePerson(email="ana@example.com"), Occasion(Actor("p-ana"), NOW, NOW, "k1", "k1"))
    assert said(ana, ChangePerson(email="ana@example.com"), Occasion(Actor("p-other"), NOW, NOW, "k1", "k1"))


def test_a_persons_id_says_nothing_about_the_person_and_is_the_same_for_the_same_command():
    wish = AddPerson(name="Ana")
    assert person_id_for(wish, OCCASION) == person_id_for(AddPerson(name="Bo"), OCCASION)
    assert person_id_for(wish, OCCASION).startswith("p-")
    assert person_id_for(AddPerson(name="relay", service=True), OCCASION).startswith("s-")


def test_tokens_are_numbered_and_a_revoked_number_is_not_given_again():
    revoked = person(TOKEN, e.TokenRevoked(person="p-ana", token_id="t1"))
    (issued,) = said(revoked, IssueToken(label="phone", sha256=HASH))
    assert issued.token_id == "t2"


def test_a_token_is_made_by_whoever_owns_every_site_its_holder_acts_at():
    away = e.RoleGranted(person="p-ana", role=Role.RND, site="dd")
    for command in (IssueToken(label="phone", sha256=HASH), RevokeToken(token_id="t1")):
        with pytest.raises(Forbidden) as forbidden:
            said(person(TOKEN, away), command)
        assert forbidden.value.rule == "G-SITE"
        assert said(person(TOKEN, GRANTED), command)
        herself = Occasion(Actor("p-ana"), NOW, NOW, "k1", "k1")
        assert said(person(TOKEN, away), command, herself), "one's own tokens are one's own business"


@pytest.mark.requirement("S4-06")
def test_the_owner_of_a_site_holds_every_role_that_nobody_else_holds_there():
    owner, ana = Person("p-owner"), person(GRANTED)
    everyone = {"p-owner": owner, "p-ana": ana}
    assert roles_at(owner, SHENZHEN, everyone) == frozenset(Role) - {Role.RND}
    assert roles_at(ana, SHENZHEN, everyone) == {Role.RND}
    assert roles_at(ana, Site("dd"), everyone) == frozenset()


def test_a_site_without_an_owner_gives_nothing_to_a_person_without_an_id():
    assert roles_at(Person(), Site("dd"), {}) == frozenset()
