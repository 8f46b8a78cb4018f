"""Checks of a mapping that need to know what each field holds, so that no row fails later by the mapping's fault."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from pydantic import TypeAdapter, ValidationError

from services.intake.importing.canonical import ImportedComplaint
from services.intake.importing.mapping import FieldSource, Mapping, Source, Word
from services.intake.importing.moments import format_faults
from shared.events.words import CaseKind, Channel, Origin
from shared.kernel.values import Language, SiteCode

MOMENTS, DAYS = frozenset({"received_at", "closed_at"}), frozenset({"purchase_date", "failure_date"})
WORDS: dict[str, list[str]] = {
    "channel": [word.value for word in Channel],
    "origin": [word.value for word in Origin],
    "kind": [word.value for word in CaseKind],
    "state": ["open", "closed"],
}
_ONLY = {"any": "safety_hazard", "digest": "external_ref", "split": "serial_nos"}
_SITE, _LANGUAGE = TypeAdapter[str](SiteCode), TypeAdapter[str](Language)


def faults(mapping: Mapping) -> Iterator[str]:
    """One sentence for each fault: key, rule, way out."""
    for place, source in mapping.sources():
        name = place.rpartition(".")[2]
        yield from (f"{place}.{fault}" for fault in _misplaced(name, source))
        if name in MOMENTS | DAYS:
            with_zone = name in DAYS or mapping.source.zone is not None
            yield from (
                f"{place}.format: {fault}" for one in source.format for fault in format_faults(one, with_zone=with_zone)
            )
        yield from _words(place, name, source, mapping.maps)
    yield from source_faults(mapping.source)
    if mapping.source.columns is not None:
        yield from missing_columns(mapping.columns(), mapping.source.columns)


def source_faults(source: Source) -> Iterator[str]:
    """What cannot be a site or a language."""
    if isinstance(source.site, str):
        yield from _unfit("source.site", "site", source.site)
    if source.language is not None:
        yield from _unfit("source.language", "language", source.language)


def missing_columns(read: dict[str, str], columns: tuple[str, ...]) -> Iterator[str]:
    """The columns that a mapping reads, each with its place there, and the file does not have."""
    for column, place in read.items():
        if column not in columns:
            yield f"{place}: there is no column {column!r}{meant(column, list(columns))}"


def _misplaced(name: str, source: FieldSource) -> Iterator[str]:
    for option, owner in _ONLY.items():
        if getattr(source, option) is not None and name != owner:
            yield f"{option}: goes only with {owner}"
    if name in MOMENTS | DAYS:
        if not source.format:
            yield 'format: is needed, dates are never guessed; for example format = "%Y-%m-%d", or "iso"'
    elif source.format:
        yield f"format: goes only with {', '.join(sorted(MOMENTS | DAYS))}"
    if source.digest is None and "*" in source.named:
        yield 'columns: "*" goes only with digest'


def _words(place: str, name: str, source: FieldSource, maps: dict[str, dict[str, Word]]) -> Iterator[str]:
    """Everything that a constant, a default or a map may put into the field."""
    faults, words = words_of(place, source, maps)
    yield from faults
    for at, word in words.items():
        yield from _unfit(at, name, word)


def words_of(place: str, source: FieldSource, maps: dict[str, dict[str, Word]]) -> tuple[list[str], dict[str, Word]]:
    """What a constant, a default or a map may say, by where it stands in the mapping; and a map that there is not."""
    words = {
        f"{place}.{option}": word
        for option, word in (("constant", source.constant), ("default", source.default))
        if word is not None
    }
    if source.map is None:
        return [], words
    if source.map not in maps:
        return [f"{place}.map: there is no [maps.{source.map}]{meant(source.map, list(maps))}"], words
    return [], words | {f"maps.{source.map}.{key!r}": word for key, word in maps[source.map].items() if word != ""}


def _unfit(at: str, name: str, word: Word) -> Iterator[str]:
    if name in WORDS:
        if word not in WORDS[name]:
            yield f"{at}: {name} cannot be {word!r}{meant(str(word), WORDS[name])}"
    elif name == "site":
        if not _accepts(_SITE, word):
            yield f"{at}: a site code has 1 to 32 characters of a-z, 0-9 and -, not {word!r}"
    elif name == "language":
        if not _accepts(_LANGUAGE, word):
            yield f'{at}: a language is written as in BCP 47, for example "zh" or "pt-BR", not {word!r}'
    elif name == "rank":
        if word not in (1, 2, 3, 4) or isinstance(word, bool):
            yield f"{at}: a rank is a whole number from 1 (the gravest) to 4, not {word!r}"
    elif name == "safety_hazard":
        if not isinstance(word, bool):
            yield f"{at}: is true or false, without quotes, not {word!r}"
    elif name in MOMENTS | DAYS:
        pass  # read with the field's format, row by row
    elif fault := _field_fault(name, str(word)):
        yield f"{at}: {fault}"


def _accepts(kind: TypeAdapter[str], word: object) -> bool:
    try:
        kind.validate_python(word, strict=True)
    except ValidationError:
        return False
    return True


def _field_fault(name: str, word: str) -> str | None:
    """The canonical field's own opinion, asked of the field alone."""
    value: Any = (word,) if name == "serial_nos" else word
    try:
        ImportedComplaint.model_validate({name: value})
    except ValidationError as error:
        about = [fault for fault in error.errors(include_url=False) if fault["loc"][:1] == (name,)]
        return about[0]["msg"].removeprefix("Value error, ") if about else None
    return None


def meant(word: str, known: list[str]) -> str:
    """ "; did you mean …?", or the possibilities when nothing is near."""
    if near := get_close_matches(word, known, n=1, cutoff=0.6):
        return f"; did you mean {near[0]!r}?"
    return f"; known: {', '.join(known[:40])}"
