"""The mapping file (TOML) of an event log: which column is case, time and activity, and which event here stands for what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from services.intake.importing.mapping import Extra, FieldSource, Source, Word

ANY = "*"
"""In lists of values: whatever is not empty."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


def _one_or_more(value: object) -> object:
    return cast("object", value) if isinstance(value, list) else [value]


def _column(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


_Texts = Annotated[tuple[str, ...], BeforeValidator(_one_or_more), Field(strict=False)]
_Taken = Annotated[FieldSource, BeforeValidator(_column)]
"""A plain text is short for {column = "…"}."""


class Log(_Strict):
    """[log]: what a row of the log is."""

    case: str
    """The column that says to which case a row belongs; with `source.name` it tells whether a case was taken over before."""
    time: _Taken
    """When it happened: a column with its format. Without an offset it is meant in `source.zone`."""
    activity: str | None = None
    """The column that names what happened, if there is one; each of its values stands in [activities] or in `ignore`."""
    resource: str | None = None
    """The column that says who did it. Kept as it stands; nobody here is taken for that person."""
    sequence: str | None = None
    """A column with a number that orders the rows of a case, where their order in the file does not."""
    order: Literal["file", "time"] = "file"
    """`file`: rows of a case stand in order of time, and one that goes back is a fault. `time`: they are sorted by it."""
    ignore: _Texts = ()
    """Activities that mean nothing here."""
    skip: dict[str, _Texts] = {}
    """Column → values: such rows are left out, for example {"lifecycle:transition" = ["start"]}."""


class Rule(_Strict):
    """What becomes an event, and where its fields come from. With `ignore = true` it becomes nothing, on purpose."""

    event: str | None = None
    ignore: bool = False
    at: _Taken | None = None
    """Only at the beginning: when it happened, if that was before the first row."""
    fields: dict[str, _Taken] = {}

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.event is None) != self.ignore:
            raise ValueError('needs either event = "…" or ignore = true')
        if self.ignore and (self.fields or self.at):
            raise ValueError("what is ignored has no fields")
        return self


_Rules = Annotated[tuple[Rule, ...], BeforeValidator(_one_or_more), Field(strict=False)]


class Change(Rule):
    """[[changes]]: a column says something else than in the row before; the first row changes from nothing."""

    column: str
    from_: Annotated[_Texts | None, Field(alias="from")] = None
    """From one of these; "" is nothing, "*" anything but nothing. Without it: from whatever."""
    to: _Texts | None = None

    def means(self, before: str, now: str) -> bool:
        """Whether it stands for this change."""
        return _among(self.from_, before) and _among(self.to, now)


def _among(values: tuple[str, ...] | None, value: str) -> bool:
    return values is None or value in values or (ANY in values and value != "")


class Begin(_Strict):
    """[begin]: how the first row of a case is known, and what it means. A case that begins otherwise is rejected."""

    column: str | None = None
    """Which column tells; else that of the activity."""
    values: _Texts
    """What the first row of a case says there; "*" takes every first row for the beginning."""
    events: Annotated[_Rules, Field(min_length=1)]


class HistoryMapping(_Strict):
    """One mapping file of an event log."""

    source: Source
    log: Log
    begin: Begin
    activities: dict[str, _Rules] = {}
    changes: Annotated[tuple[Change, ...], Field(strict=False)] = ()
    maps: dict[str, dict[str, Word]] = {}
    """[maps.NAME]: the file's value = ours, as for `casetrail import`."""
    extra: Extra = Extra()
    """Columns of the first row that are kept beside the receipt as they are."""

    def rules(self) -> Iterator[tuple[str, Rule]]:
        """Each with its place in the file."""
        for number, rule in enumerate(self.begin.events, 1):
            yield f"begin.events[{number}]", rule
        for name, rules in self.activities.items():
            for number, rule in enumerate(rules, 1):
                yield f"activities.{name!r}" + (f"[{number}]" if len(rules) > 1 else ""), rule
        for number, change in enumerate(self.changes, 1):
            yield f"changes[{number}]", change

    def sources(self) -> Iterator[tuple[str, FieldSource]]:
        """Everything that reads columns, under its name in the file."""
        if isinstance(self.source.site, FieldSource):
            yield "source.site", self.source.site
        yield "log.time", self.log.time
        for place, rule in self.rules():
            if rule.at is not None:
                yield f"{place}.at", rule.at
            for name, source in rule.fields.items():
                yield f"{place}.fields.{name}", source

    @property
    def begin_column(self) -> str | None:
        """The column that tells the beginning of a case."""
        return self.begin.column or self.log.activity

    def columns(self) -> dict[str, str]:
        """Each column that is read, with the first place in the mapping that names it."""
        named = {column: "extra.keep" for column in self.extra.keep if column != ANY}
        named |= dict.fromkeys(self.log.skip, "log.skip")
        for place, source in self.sources():
            named |= dict.fromkeys(source.columns, place)
        for number, change in enumerate(self.changes, 1):
            named[change.column] = f"changes[{number}].column"
        plain = (
            ("begin.column", self.begin.column),
            *((f"log.{name}", getattr(self.log, name)) for name in ("case", "activity", "resource", "sequence")),
        )
        return named | {column: place for place, column in plain if column is not None}
