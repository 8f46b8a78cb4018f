"""The rules of a history's mapping as functions, compiled once, so that rows are cheap."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from services.intake.history import TELLABLE
from services.intake.importing.history.event_fields import is_list, kind_of
from services.intake.importing.history.mapping import ANY, Change, HistoryMapping, Rule
from services.intake.importing.mapping import FieldSource
from services.intake.importing.moments import day_reader, moment_reader
from services.intake.importing.values import Cells, Take, flag, parts, reading, word_of
from shared.kernel.fact import Event
from shared.kernel.values import rfc3339

PERSON = re.compile(r"[ps]-[0-9a-z-]{2,40}")
NUMBER = re.compile(r"-?[0-9]{1,15}")


@dataclass(frozen=True)
class Told:
    """A rule, ready for rows. `fields` are those of the event; `columns` are shown where the event can only be noted."""

    rule: Rule
    event: type[Event]
    fields: tuple[tuple[str, str, str, Take], ...]
    at: Take | None
    columns: tuple[str, ...]


def compiled(rule: Rule, mapping: HistoryMapping) -> Told:
    """The rule, ready for rows."""
    event = TELLABLE[rule.event or ""]
    fields = tuple(
        (
            name,
            kind_of(event, name),
            " + ".join(source.columns),
            taking(source, kind_of(event, name), mapping, event, name),
        )
        for name, source in rule.fields.items()
    )
    columns = tuple(dict.fromkeys(column for source in rule.fields.values() for column in source.columns))
    shown = (rule.column, *columns) if isinstance(rule, Change) else columns
    at = None if rule.at is None else taking(rule.at, "moment", mapping)
    return Told(rule, event, fields, at, tuple(dict.fromkeys(shown)))


def taking(
    source: FieldSource, kind: str, mapping: HistoryMapping, event: type[Event] | None = None, name: str = ""
) -> Take:
    """A function from cells to a value of this kind: of no field, a Moment; of a field, what JSON has for it."""
    word = word_of(source, mapping.maps)
    moment = moment_reader(source.format, mapping.source.zone) if kind == "moment" else None
    if moment is not None:
        return reading(word, moment if event is None else lambda text: rfc3339(moment(text).at))
    if kind == "day":
        day = day_reader(source.format)
        return reading(word, lambda text: day(text).isoformat())
    if kind == "flag":
        return reading(word, flag)
    if kind == "number":
        return reading(word, _whole)
    if kind == "list" or (kind == "person" and event is not None and is_list(event, name)):
        return reading(word, parts(source.split))
    return reading(word, _text)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not NUMBER.fullmatch(str(value)):
        raise ValueError("is not a whole number")
    return int(value)


def _text(value: Any) -> str:
    return str(value).replace("\r\n", "\n").replace("\r", "\n")


def site_of(mapping: HistoryMapping, given: str | None) -> Take:
    """The site of a case: the one given, else what the mapping says."""
    site = mapping.source.site if given is None else given
    return word_of(FieldSource(constant=site) if isinstance(site, str) else site, mapping.maps)


def kept(mapping: HistoryMapping) -> Callable[[Cells], dict[str, str]]:
    """Columns that have no field of their own, as they are."""
    used, keep = set(mapping.columns()), tuple(column for column in mapping.extra.keep if column != ANY)
    rest = ANY in mapping.extra.keep

    def take(cells: Cells) -> dict[str, str]:
        columns = (*keep, *(one for one in cells if one not in used and one not in keep)) if rest else keep
        return {column: value for column in columns if (value := cells.get(column, "").strip())}

    return take


def known(value: Any, *, required: bool) -> bool:
    """Whether it is somebody of ours; whoever is not needed may be nobody."""
    if value is None:
        return not required
    people = cast("tuple[str, ...]", value) if isinstance(value, tuple) else (str(value),)
    return all(map(PERSON.fullmatch, people))
