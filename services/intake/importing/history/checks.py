"""Checks of a history's mapping that need to know our events, so that no row fails later by the mapping's fault."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from services.intake.history import TELLABLE
from services.intake.importing.checks import meant, missing_columns, source_faults, words_of
from services.intake.importing.history.event_fields import GIVEN, OURS, is_list, kind_of
from services.intake.importing.history.mapping import ANY, Begin, Change, HistoryMapping, Log, Rule
from services.intake.importing.load import load
from services.intake.importing.mapping import Extra, FieldSource, Source, Word
from services.intake.importing.moments import format_faults
from shared.events.complaint import Received
from shared.kernel.fact import Event


def load_history_mapping(path: Path) -> HistoryMapping:
    """Raises Invalid with every fault: file, key, rule, way out."""
    return load(path, HistoryMapping, faults, _model_at)


_SECTIONS: dict[str, type[BaseModel]] = {"source": Source, "log": Log, "begin": Begin, "extra": Extra}


def _model_at(place: list[str]) -> type[BaseModel]:
    if len(place) == 1:
        return HistoryMapping
    if len(place) == 2 and place[0] in _SECTIONS:
        return _SECTIONS[place[0]]
    if "fields" in place[:-1] or place[-2] in ("at", "time", "site"):
        return FieldSource
    return Change if place[0] == "changes" else Rule


def faults(mapping: HistoryMapping) -> Iterator[str]:
    """One sentence for each fault: key, rule, way out."""
    log, begin = mapping.log, mapping.begin
    with_zone = mapping.source.zone is not None
    yield from source_faults(mapping.source)
    yield from _moment("log.time", log.time, with_zone=with_zone)
    if log.activity is None and not mapping.changes:
        yield "log.activity: a log tells what happens in a column of its own, or by what changes: name it, or add [[changes]]"
    if mapping.activities and log.activity is None:
        yield "log.activity: is needed for [activities]"
    if twice := sorted(set(log.ignore) & set(mapping.activities)):
        yield f"log.ignore: {', '.join(map(repr, twice))} stands in [activities] too"
    if mapping.begin_column is None and ANY not in begin.values:
        yield "begin.column: is needed where there is no log.activity"
    if [rule.event for rule in begin.events].count("Received") != 1 or begin.events[0].event != "Received":
        yield "begin.events: the first one is Received, and the only one: a case begins with its receipt"
    for place, rule in mapping.rules():
        yield from _rule(place, rule, mapping, with_zone=with_zone)
    if mapping.source.columns is not None:
        yield from missing_columns(mapping.columns(), mapping.source.columns)


def _rule(place: str, rule: Rule, mapping: HistoryMapping, *, with_zone: bool) -> Iterator[str]:
    at_begin = place.startswith("begin")
    if rule.at is not None:
        if not at_begin:
            yield f"{place}.at: goes only with begin.events; what happens later happens when its row says"
        yield from _moment(f"{place}.at", rule.at, with_zone=with_zone)
    if rule.event is None:
        return
    kind = TELLABLE.get(rule.event)
    if kind is None:
        yield f"{place}.event: {rule.event!r} is nothing that a history can say{meant(rule.event, list(TELLABLE))}"
        return
    if kind is Received and not at_begin:
        yield f"{place}.event: a case is received once, at its beginning"
    for name, source in rule.fields.items():
        yield from _field(f"{place}.fields.{name}", kind, name, source, mapping.maps, with_zone=with_zone)
    for name, field in kind.model_fields.items():
        given = name in rule.fields or (kind, name) in GIVEN or (kind is Received and name in OURS)
        if field.is_required() and not given:
            yield f"{place}.fields.{name}: is needed for {rule.event}"


def _field(
    place: str, kind: type[Event], name: str, source: FieldSource, maps: dict[str, dict[str, Word]], *, with_zone: bool
) -> Iterator[str]:
    if name not in kind.model_fields or (kind is Received and name in OURS):
        known = [one for one in kind.model_fields if not (kind is Received and one in OURS)]
        yield f"{place}: {kind.__name__} has no such field{meant(name, known)}"
        return
    reads = kind_of(kind, name)
    if reads == "none":
        yield f"{place}: is a record of several fields, which a log cannot fill"
        return
    for option in ("any", "digest"):
        if getattr(source, option) is not None:
            yield f"{place}.{option}: goes only with casetrail import"
    if reads in ("moment", "day"):
        yield from _moment(place, source, with_zone=with_zone or reads == "day")
    elif source.format:
        yield f"{place}.format: goes only with times and days"
    if source.split is not None and not is_list(kind, name):
        yield f"{place}.split: goes only with a list"
    faults, words = words_of(place, source, maps)
    yield from faults
    for at, word in words.items():
        if reads not in ("moment", "day", "person") and (fault := _unfit(kind, name, reads, word, source.split)):
            yield f"{at}: {name} of {kind.__name__}: {fault}"


def _moment(place: str, source: FieldSource, *, with_zone: bool) -> Iterator[str]:
    if not source.format:
        yield f'{place}.format: is needed, times are never guessed; for example format = "%Y-%m-%d %H:%M:%S", or "iso"'
    yield from (
        f"{place}.format: {fault}" for one in source.format for fault in format_faults(one, with_zone=with_zone)
    )


def _unfit(kind: type[Event], name: str, reads: str, word: Word, split: str | None) -> str | None:
    """The field's own opinion of a word that the mapping says, asked of the field alone."""
    value: Any = word if reads in ("flag", "number") else str(word)
    if reads == "list":
        value = str(word).split(split) if split else [str(word)]
    try:
        kind.model_validate_json(json.dumps({name: value}))
    except ValidationError as error:
        about = [fault for fault in error.errors(include_url=False) if fault["loc"][:1] == (name,)]
        return about[0]["msg"].removeprefix("Value error, ") if about else None
    return None
