"""Names instead of ids, wall time instead of UTC, sentences instead of fields: what the house knows, asked once."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

from services.cli.connection import Connection
from services.cli.show import cell, one_line, when
from shared.events.catalogue import CATALOGUE
from shared.events.labels import label
from shared.events.sentences import sentence
from shared.kernel.errors import Invalid, Problem, Unknown
from shared.kernel.fact import Event


class Words:
    """People and sites of one house, and how to tell its facts in one language."""

    def __init__(self, house: Connection, language: str = "en") -> None:
        self.house = house
        self.language = language

    @cached_property
    def people(self) -> dict[str, str]:
        """Names by id; masked (A*) for whoever is not an owner, but for the own name."""
        everyone = [*self._items("/intake/people"), self.house.get("/intake/me")]
        return {each["person"]: str(cell(each.get("name")) or each["person"]) for each in everyone}

    @cached_property
    def zones(self) -> dict[str, str]:
        """Time zones by site."""
        return {each["site"]: each["zone"] for each in self._items("/intake/sites")}

    def _items(self, path: str) -> list[dict[str, Any]]:
        try:
            return self.house.get(path)["items"]
        except Problem as problem:
            if problem.status in (403, 404):  # ids and UTC will do
                return []
            raise

    def forget_people(self) -> None:
        """Someone was added: ask again when a name is needed."""
        self.__dict__.pop("people", None)
        self.__dict__.pop("zones", None)

    def name(self, person: str | None) -> str:
        """A person's name, or a service's; an id nobody knows stands for itself."""
        if person and person.startswith("s-") and person not in self.people:
            return label(self.language, person.removeprefix("s-").replace("-", "_"))
        return self.people.get(person, person) if person else ""

    def zone(self, site: str | None) -> str:
        """A site's zone, else UTC."""
        return self.zones.get(site or "", "UTC")

    def when(self, text: str | None, site: str | None) -> str:
        """An instant as the site's wall time."""
        return when(text, self.zone(site))

    def code(self, code: object) -> str:
        """What a code is called."""
        return label(self.language, str(code)) if code not in (None, "") else ""

    def sentence(self, event: Event, site: str | None) -> str:
        """The event's sentence."""
        return one_line(sentence(event, self.language, zone=self.zone(site), namer=self.name))

    def sentence_of(self, kind: str, data: dict[str, Any], site: str | None) -> str:
        """The sentence of an event that came as JSON; its name when this version does not know it."""
        event = CATALOGUE.get(kind if "." in kind else f"complaint.{kind}")
        if event is None:
            return kind
        said = {name: value for name, value in data.items() if name in event.model_fields}
        try:
            return self.sentence(event.model_validate_json(json.dumps(said)), site)
        except ValueError:
            return kind

    def person(self, name: str) -> str:
        """The id of someone named by id or name. Raises Unknown or Invalid with the names that would do."""
        if name in self.people:
            return name
        wanted = name.casefold().strip()
        exact = [key for key, known in self.people.items() if known.casefold() == wanted]
        some = exact or [key for key, known in self.people.items() if wanted and wanted in known.casefold()]
        if len(some) == 1:
            return some[0]
        if some:
            raise Invalid(f"{name!r} may be {_listed(self.people, some)}", way_out="give the id")
        known = _listed(self.people, list(self.people))
        if any(masked.endswith("*") for masked in self.people.values()):
            raise Unknown(f"{name!r} is not known, as names are masked for you", way_out=f"give an id: {known}")
        raise Unknown(f"nobody here is called {name!r}", way_out=f"known: {known}")


def _listed(people: dict[str, str], ids: list[str]) -> str:
    told = [f"{people[key]} ({key})" for key in ids[:8]]
    return ", ".join(told) + (f" and {len(ids) - 8} more" if len(ids) > 8 else "")
