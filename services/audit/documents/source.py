"""What documents are made of: a case as of one of its versions, and how its values are told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, cast

from pydantic import BaseModel

from services.audit.documents.blocks import Block, Fields, Paragraph, Table
from services.audit.documents.texts import text
from shared.complaint.fold import INITIAL, fold
from shared.complaint.state import Complaint
from shared.events.complaint import Reopened, ReportDrafted
from shared.events.labels import field_label
from shared.kernel.fact import Event, Fact
from shared.kernel.say import Voice, names_people
from shared.kernel.values import FileRef, Value

PEOPLE = frozenset({"owner"})
"""Fields of states, which do not say so themselves, that hold ids of people."""


@dataclass(frozen=True)
class Drafted:
    """A report as it was drafted: what it says, by whom, and when."""

    event: ReportDrafted
    author: str
    at: datetime


@dataclass(frozen=True)
class Source:
    """The facts of a complaint up to a version, in order; at least one."""

    facts: tuple[Fact[Any], ...]
    voice: Voice
    site_title: str
    report: Drafted | None = None
    part: str = ""
    """Which request or stock-take the document is about."""

    @property
    def last(self) -> Fact[Any]:
        """The fact as of which the document is made."""
        return self.facts[-1]

    @cached_property
    def case(self) -> Complaint:
        """The case as folded from them."""
        case = INITIAL
        for fact in self.facts:
            case = fold(case, fact)
        return case

    @cached_property
    def _of_cycle(self) -> tuple[Fact[Any], ...]:
        begun = [n for n, fact in enumerate(self.facts) if isinstance(fact.event, Reopened)]
        return self.facts[begun[-1] :] if begun else self.facts

    def told(self, *kinds: type[Event]) -> list[Fact[Any]]:
        """Facts of the present cycle, since the case was last reopened."""
        return [fact for fact in self._of_cycle if isinstance(fact.event, kinds)]

    def ever(self, *kinds: type[Event]) -> list[Fact[Any]]:
        """Facts of all cycles."""
        return [fact for fact in self.facts if isinstance(fact.event, kinds)]

    # ── telling ───────────────────────────────────────────────────────────────────────────────────────────────────────
    def text(self, key: str, **values: str | int | None) -> str:
        """A text of the documents themselves."""
        return text(self.voice.language, key, None, **values)

    def name(self, person: str) -> str:
        """Somebody's name."""
        return self.voice.namer(person)

    def shown(self, value: Any, *, person: bool = False) -> str:
        """A value as text; nothing where there is none."""
        match value:
            case None | () | "":
                return ""
            case FileRef():
                return value.name
            case Value() if not hasattr(type(value), "SAYS") and type(value).__str__ is BaseModel.__str__:
                return "; ".join(f"{label}: {told}" for label, told in self.values(value))
            case tuple():
                many = [self.shown(one, person=person) for one in cast("tuple[Any, ...]", value)]
                return ("、" if self.voice.language == "zh" else ", ").join(filter(None, many))
            case _:
                return str(self.voice.value(value, person=person))

    def of(self, holder: Any, name: str) -> str:
        """What stands in one field of an event, a value or a state; `a.b` looks further inside."""
        name, _, inside = name.partition(".")
        value = getattr(holder, name)
        if inside:
            return "" if value is None else self.of(value, inside)
        person = name in (names_people(type(holder)) if isinstance(holder, BaseModel) else PEOPLE)
        return self.shown(value, person=person)

    def values(self, holder: Any, *names: str) -> tuple[tuple[str, str], ...]:
        """Label and value of its fields, those left out that hold nothing."""
        chosen = names or tuple(cast("type[BaseModel]", type(holder)).model_fields)
        told = ((self.label(name), self.of(holder, name)) for name in chosen)
        return tuple((label, value) for label, value in told if value)

    def label(self, name: str) -> str:
        """What a field is called, in the words of the document where it has its own."""
        own = f"field_{name.replace('.', '_')}"
        return text(self.voice.language, own, missing=field_label(self.voice.language, name.rpartition(".")[2]))

    # ── blocks ────────────────────────────────────────────────────────────────────────────────────────────────────────
    def fields(self, holder: Any, *names: str) -> list[Block]:
        """The fields of one thing, one a line."""
        return [] if holder is None else self.listed(*self.values(holder, *names))

    def signed_fields(self, fact: Fact[Any], *names: str) -> list[Block]:
        """The same for an event, with who recorded it and when."""
        return self.listed(*self.values(fact.event, *names), *self.who_and_when(fact))

    def who_and_when(self, fact: Fact[Any]) -> tuple[tuple[str, str], ...]:
        """Who recorded something, and when it happened."""
        return (
            (self.text("recorded_by"), self.name(fact.actor.id)), (self.text("when"), self.shown(fact.occurred_at)),
        )  # fmt: skip

    def listed(self, *rows: tuple[str, str]) -> list[Block]:
        """Labels and values, one a line."""
        return [Fields(rows)] if rows else []

    def table(self, things: Iterable[Any], *names: str, title: str = "") -> list[Block]:
        """One row for each thing; columns in which nothing stands are left out."""
        rows = [tuple(self.of(thing, name) for name in names) for thing in things]
        return self.grid(tuple(map(self.label, names)), rows, title)

    def facts_table(self, facts: Iterable[Fact[Any]], *names: str, title: str = "") -> list[Block]:
        """One row for each fact, with who recorded it and when."""
        rows = [
            (*(self.of(fact.event, name) for name in names), self.name(fact.actor.id), self.shown(fact.occurred_at))
            for fact in facts
        ]
        return self.grid((*map(self.label, names), self.text("recorded_by"), self.text("when")), rows, title)

    def grid(self, head: tuple[str, ...], rows: list[tuple[str, ...]], title: str = "") -> list[Block]:
        """A table of texts without its empty columns; nothing where there is no row."""
        filled = [n for n in range(len(head)) if any(row[n] for row in rows)]
        if not filled:
            return []
        return [Table(tuple(head[n] for n in filled), tuple(tuple(row[n] for n in filled) for row in rows), title)]

    def paragraph(self, value: Any) -> list[Block]:
        """A text that somebody wrote."""
        shown = self.shown(value)
        return [Paragraph(shown)] if shown else []
