"""Whom a notice reaches: the people who hold a role just now, and the ways by which each of them is reached."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from services.notify.settings import EMAIL, SMS, Settings
from shared.events.organisation import Role
from shared.kernel.personal import Erased
from shared.policy.notice_rules import CUSTOMER
from shared.runtime.directory import Directory

ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,24}")
_NUMBER = re.compile(r"\+?[0-9][0-9 ()/.-]{5,24}")


@dataclass(frozen=True)
class Way:
    """One person, or one group, and one way there; `via` is empty where there is none."""

    to: str
    via: str = ""


def people(targets: Iterable[str], site: str, now: datetime, directory: Directory) -> list[str]:
    """The people behind `person:…`, `role:…` and `stand_in:…`, each once. A role counts for its stand-ins as well."""
    found: list[str] = []
    for target in targets:
        kind, _, name = target.partition(":")
        match kind:
            case "person":
                found += [name] if name in directory.people else []
            case "role":
                role, _, elsewhere = name.partition("@")
                found += _holders(Role(role), elsewhere or site, now, directory)
            case "stand_in":
                found += [
                    id for id in sorted(directory.people) if name in directory.stood_in_for(id, site, now).values()
                ]
            case _:
                pass
    return [id for id in dict.fromkeys(found) if not directory.people[id].service]


def _holders(role: Role, site: str, now: datetime, directory: Directory) -> Iterator[str]:
    for id, person in sorted(directory.people.items()):
        lent = directory.stood_in_for(id, site, now) if person.stands_in else ()
        if role in lent or role in directory.roles(id, site):
            yield id


def ways(
    targets: tuple[str, ...], otherwise: tuple[str, ...], *, actor: str, site: str, at_once: bool, now: datetime,
    directory: Directory, settings: Settings,
) -> list[Way]:  # fmt: skip
    """All ways of one notice. Whoever did it himself needs not be told; what reaches nobody is one way to nobody."""
    if CUSTOMER in targets:
        return [Way(CUSTOMER, CUSTOMER)]
    named = people(targets, site, now, directory)
    if not named:
        targets, named = otherwise, people(otherwise, site, now, directory)
    found = [way for id in named if id != actor for way in _of_person(id, at_once, directory, settings)]
    found += _of_groups(targets, site, at_once, settings)
    return found if found or named else [Way("")]


def _of_person(id: str, at_once: bool, directory: Directory, settings: Settings) -> list[Way]:
    own = [
        Way(id, channel.name)
        for channel in settings.channel
        if channel.person == id and (at_once or not channel.at_once_only)
    ]
    if settings.mail is not None and address_of(id, directory):
        own.append(Way(id, EMAIL))
    return own or [Way(id)]


def _of_groups(targets: Iterable[str], site: str, at_once: bool, settings: Settings) -> Iterator[Way]:
    roles = {target.partition(":")[2] for target in targets if target.startswith("role:")}
    for channel in settings.channel:
        if channel.person is not None or channel.site not in (None, site) or (channel.at_once_only and not at_once):
            continue
        if channel.role is None or channel.role in roles:
            yield Way(f"role:{channel.role or 'all'}", channel.name)


def address_of(id: str, directory: Directory) -> str | None:
    """A person's e-mail address, if it is known, has not been erased, and looks like one."""
    person = directory.people.get(id)
    email = None if person is None or isinstance(person.email, Erased) else person.email
    return email if email is not None and ADDRESS.fullmatch(email) else None


def customer_way(contact: object, settings: Settings) -> tuple[str, str] | None:
    """(way, address) of a customer whose recorded contact is an address or a telephone number that we can write to."""
    text = contact.strip() if isinstance(contact, str) else ""
    if settings.mail is not None and ADDRESS.fullmatch(text):
        return EMAIL, text
    if settings.customers.sms is not None and _NUMBER.fullmatch(text):
        return SMS, "+" * text.startswith("+") + re.sub(r"\D", "", text)
    return None


def language_of(to: str, via: str, site: str, directory: Directory, settings: Settings) -> str:
    """The channel's own language, else the person's, else the site's."""
    channel = settings.by_name.get(via)
    if channel is not None and channel.language is not None:
        return channel.language
    if to in settings.people:
        return settings.people[to].language
    return directory.sites[site].language if site in directory.sites else "en"
