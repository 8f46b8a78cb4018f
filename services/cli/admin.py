"""Sites, people, tokens and subscribers: who may do what where, and who may listen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import typer

from services.cli import show
from services.cli.connection import Connection, connected, in_path
from services.cli.look import AsJson

Person = Annotated[str, typer.Argument(metavar="PERSON", help="Name or id.", show_default=False)]
Role = Annotated[str, typer.Argument(metavar="ROLE", help="For example quality_engineer.", show_default=False)]
AtSite = Annotated[str, typer.Argument(metavar="SITE", help="Code of a site.", show_default=False)]
SiteCode = Annotated[str, typer.Argument(metavar="CODE", help="a-z, 0-9 and -, for example dd.", show_default=False)]
Name = Annotated[str, typer.Argument(metavar="NAME", show_default=False)]


@connected
def site_list(house: Connection, as_json: AsJson = False) -> None:
    """List the sites."""
    from services.cli.words import Words

    items, words = _items(house, "/intake/sites"), Words(house)
    keys = ("site", "title", "zone", "calendar", "language")
    rows = [(*map(each.get, keys), words.name(each["owner"])) for each in items]
    _listed(items, as_json, (*keys, "owner"), rows, "No site is open yet.")


@connected
def site_open(
    house: Connection,
    site: SiteCode,
    zone: Annotated[str, typer.Option(help="IANA time zone, for example Europe/Berlin.", show_default=False)],
    title: Annotated[str | None, typer.Option(help="What it is called; else its code.", show_default=False)] = None,
    language: Annotated[str, typer.Option(help="Language of its sentences: en or zh.")] = "en",
    owner: Annotated[str | None, typer.Option(help="Name or id of its owner; else you.", show_default=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Open a site: it takes complaints from now on."""
    body = {"site": site, "title": title or site, "zone": zone, "language": language}
    if owner:
        body["owner"] = _id(house, owner)
    _done(house.post("/intake/sites", body), as_json, f"Site {site} is open.")


@connected
def person_list(house: Connection, as_json: AsJson = False) -> None:
    """List people and services with their roles."""
    items = _items(house, "/intake/people")
    rows = [
        (each["person"], each["name"], "service" if each.get("service") else "person", _roles(each.get("roles", {})))
        for each in items
    ]
    _listed(items, as_json, ("id", "name", "kind", "roles"), rows, "There is nobody.")


@connected
def person_add(
    house: Connection,
    name: Name,
    email: Annotated[str | None, typer.Option(help="Where to write to.", show_default=False)] = None,
    service: Annotated[bool, typer.Option("--service", help="A program, not a human being.")] = False,
    role: Annotated[
        list[str] | None, typer.Option(metavar="ROLE@SITE", help="Grant at once; may be repeated.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Add a person, or a service, that may act."""
    grants = [_role_at(each) for each in role or ()]
    open_sites = {each["site"] for each in house.get("/intake/sites")["items"]} if grants else set[str]()
    for _, site in grants:  # before anybody is added: a person cannot be taken away again
        if site not in open_sites:
            raise show.typed_wrongly(
                f"there is no site {site!r}", field="--role", way_out=f"sites: {', '.join(open_sites)}"
            )
    body: dict[str, Any] = {"name": name, "service": service, **({"email": email} if email else {})}
    added = house.post("/intake/people", body)
    for held, site in grants:
        house.post(f"/intake/people/{added['person']}/grant-role", {"role": held, "site": site})
    _done(added, as_json, f"{name} is {added['person']}.")


@connected
def person_change(
    house: Connection,
    person: Person,
    name: Annotated[str | None, typer.Option(help="What they are called now.", show_default=False)] = None,
    email: Annotated[str | None, typer.Option(help="Where to write to now.", show_default=False)] = None,
    no_email: Annotated[bool, typer.Option("--no-email", help="They are not to be written to any more.")] = False,
    as_json: AsJson = False,
) -> None:
    """Change a person's name or e-mail address; what is not given stays as it is."""
    said = {"name": name, "email": email, "no_email": no_email or None}
    body = {field: value for field, value in said.items() if value is not None}
    answer = house.post(f"/intake/people/{_id(house, person)}/change-person", body)
    _done(answer, as_json, f"{name or person} is changed.")


@connected
def person_grant(house: Connection, person: Person, role: Role, site: AtSite, as_json: AsJson = False) -> None:
    """Let a person hold a role at a site."""
    answer = house.post(f"/intake/people/{_id(house, person)}/grant-role", {"role": role, "site": site})
    _done(answer, as_json, f"{person} holds {role} at {site}.")


@connected
def person_end_role(
    house: Connection,
    person: Person,
    role: Role,
    site: AtSite,
    reason: Annotated[str, typer.Option(help="Why; it is kept.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Let a person no longer hold a role at a site."""
    body = {"role": role, "site": site, "reason": reason}
    answer = house.post(f"/intake/people/{_id(house, person)}/end-role", body)
    _done(answer, as_json, f"{person} no longer holds {role} at {site}.")


@connected
def token_make(
    house: Connection,
    person: Person,
    label: Annotated[str, typer.Option(help="What it is for.")] = "command line",
    expires: Annotated[
        str | None, typer.Option(metavar="RFC3339", help="Worth nothing from then on.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a bearer token for a person. It is printed once and kept nowhere; only its hash is."""
    body = {"label": label, **({"expires_at": expires} if expires else {})}
    made = house.post(f"/intake/people/{_id(house, person)}/issue-token", body)
    if as_json:
        show.as_json(made)
        return
    show.line(str(made["token"]))  # alone on standard output: TOKEN=$(casetrail token make ...)
    show.remark(f"token {made['token_id']} of {person}; it is not shown again")


@connected
def token_revoke(house: Connection, person: Person, token_id: Name, as_json: AsJson = False) -> None:
    """Make a token worthless at once."""
    answer = house.post(f"/intake/people/{_id(house, person)}/revoke-token", {"token_id": token_id})
    _done(answer, as_json, f"Token {token_id} of {person} is worth nothing any more.")


@connected
def token_list(house: Connection, person: Person, as_json: AsJson = False) -> None:
    """List a person's tokens: what they are for, until when, and whether they are revoked."""
    whose = _id(house, person)
    items: list[dict[str, Any]] = []
    for each in (house.get("/intake/me"), *_items(house, "/intake/people")):
        if each["person"] == whose:
            items = each.get("tokens") or items  # an owner sees everybody's, anybody their own
    rows = [
        (
            each["token_id"],
            each["label"],
            show.when(each.get("expires_at")),
            "revoked" if each.get("revoked") else "valid",
        )
        for each in items
    ]
    _listed(items, as_json, ("id", "label", "expires", "state"), rows, f"{person} has no token.")


@connected
def subscriber_add(
    house: Connection,
    name: Name,
    site: Annotated[str | None, typer.Option(help="Only the facts of this site.", show_default=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Let a program read the facts from NATS, and nothing else; prints address and credential."""
    made = house.post("/sla-watch/subscribers", {"name": name, **({"site": site} if site else {})})
    if as_json:
        show.as_json(made)
        return
    for key, value in made.items():
        show.line(f"{key:<13} {value}")
    show.remark("asked for again, it is the same; `casetrail subscriber remove` makes it worthless")


@connected
def subscriber_list(house: Connection, as_json: AsJson = False) -> None:
    """List who may read the facts from NATS."""
    items = _items(house, "/sla-watch/subscribers")
    rows = [(each["name"], each["subject"]) for each in items]
    _listed(items, as_json, ("name", "subject"), rows, "Nobody listens.")


@connected
def subscriber_remove(house: Connection, name: Name) -> None:
    """Take a subscriber's credential away."""
    house.send("DELETE", f"/sla-watch/subscribers/{in_path(name)}")
    show.line(f"{name} may not read any more.")


@connected
def sign_in(house: Connection, as_json: AsJson = False) -> None:
    """Print a fresh link that signs a browser in, once."""
    made = house.post("/console/sign-in-links", {})
    if as_json:
        show.as_json(made)
    else:
        show.line(made["url"])


def _id(house: Connection, person: str) -> str:
    from services.cli.words import Words

    return Words(house).person(person)


def _role_at(text: str) -> tuple[str, str]:
    role, at, site = text.partition("@")
    if not (role and at and site):
        raise show.typed_wrongly(
            f"{text!r} is not ROLE@SITE", field="--role", way_out="for example quality_engineer@sz"
        )
    from shared.events.organisation import Role as Known

    if role not in set(Known):
        raise show.typed_wrongly(f"there is no role {role!r}", field="--role", way_out=f"roles: {', '.join(Known)}")
    return role, site


def _done(answer: Any, as_json: bool, text: str) -> None:
    if as_json:
        show.as_json(answer)
    else:
        show.line(text)


def _items(house: Connection, path: str) -> list[dict[str, Any]]:
    return house.get(path)["items"]


def _roles(by_site: dict[str, list[str]]) -> str:
    return "; ".join(f"{site}: {', '.join(roles)}" for site, roles in by_site.items())


def _listed(
    items: list[dict[str, Any]], as_json: bool, columns: Sequence[str], rows: Iterable[Sequence[object]], empty: str
) -> None:
    if as_json:
        show.as_json({"items": items})
    else:
        show.table(columns, rows, empty=empty)
