"""Turns rows into canonical complaints; the mapping is compiled into functions once, so that rows are cheap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from hashlib import blake2b
from typing import Any, cast

from pydantic import ValidationError

from services.intake.importing.canonical import ImportedComplaint
from services.intake.importing.checks import DAYS, MOMENTS
from services.intake.importing.mapping import FieldSource, Mapping, Word
from services.intake.importing.moments import day_reader, moment_reader
from services.intake.importing.rows import Reject, Row
from services.intake.importing.values import Cells, Take, Unfit, flag, parts, reading, word_of

Convert = Callable[[Row], ImportedComplaint | list[Reject]]


def compile_mapping(mapping: Mapping, site: str | None = None) -> Convert:
    """A function from a row to its complaint or to all that speaks against it. `site` overrides the mapping's.

    The function remembers the digests it has given out (about 100 bytes each), so it serves one run over one file.
    """
    maps, zone = mapping.maps, mapping.source.zone
    takes: list[tuple[str, str, Take]] = []
    fixed: dict[str, Any] = {}
    if mapping.source.language is not None:
        fixed["language"] = mapping.source.language
    if site is not None or isinstance(mapping.source.site, str):
        fixed["site"] = site or mapping.source.site
    else:
        takes.append(("site", _named(mapping.source.site), word_of(mapping.source.site, maps)))
    for name, source in mapping.fields.given():
        takes.append((name, _named(source), _take(name, source, maps, zone)))
    if mapping.extra.keep:
        takes.append(("extra", "", _extra(mapping)))
    columns = {name: column for name, column, _ in takes}

    def convert(row: Row) -> ImportedComplaint | list[Reject]:
        values: dict[str, Any] = fixed | {"row": row.number}
        cells = row.cells
        unfit: dict[str, Reject] = {}
        for name, column, take in takes:
            try:
                value = take(cells)
            except Unfit as problem:
                unfit[name] = Reject(row.number, column, f"{name}: {problem.reason}", problem.value[:200])
                continue
            if value is not None:
                values[name] = value
        if moment := values.get("received_at"):
            values["received_at"], values["received_precision"] = moment.at, moment.precision
        if moment := values.get("closed_at"):
            values["closed_at"] = moment.at
        try:
            complaint = ImportedComplaint.model_validate(values)
        except ValidationError as error:
            for fault in error.errors(include_url=False):
                name = str(fault["loc"][0]) if fault["loc"] else ""
                if name not in unfit:
                    reason, value = _reason(name, cast("dict[str, Any]", fault)), str(values.get(name, ""))[:200]
                    unfit[name] = Reject(row.number, columns.get(name, ""), reason, value)
            return list(unfit.values())
        return list(unfit.values()) or complaint

    return convert


def _reason(name: str, fault: dict[str, Any]) -> str:
    if fault["type"] == "missing":
        return f"{name}: is empty and needs a value"
    message = fault["msg"].removeprefix("Value error, ")
    return f"{name}: {message}" if name else message


def _named(source: FieldSource) -> str:
    return " + ".join(source.columns)


def _take(name: str, source: FieldSource, maps: dict[str, dict[str, Word]], zone: str | None) -> Take:
    """From cells to the field's value; None for nothing."""
    if source.digest is not None:
        return _digest(source.digest)
    if source.any is not None:
        return _any(source.any, source, maps)
    word = word_of(source, maps)
    if name in MOMENTS:
        return reading(word, moment_reader(source.format, zone))
    if name in DAYS:
        return reading(word, day_reader(source.format))
    match name:
        case "rank":
            return reading(word, _rank)
        case "safety_hazard":
            return reading(word, flag)
        case "serial_nos":
            return reading(word, parts(source.split))
        case "description":
            return reading(word, lambda text: str(text).replace("\r\n", "\n").replace("\r", "\n"))
        case _:
            return reading(word, str)


def _any(columns: tuple[str, ...], source: FieldSource, maps: dict[str, dict[str, Word]]) -> Take:
    words = [
        reading(word_of(FieldSource(column=column, map=source.map, blank=source.blank), maps), flag)
        for column in columns
    ]

    def take(cells: Cells) -> bool | None:
        said = [word(cells) for word in words]
        return True if True in said else False if False in said else cast("bool | None", source.default)

    return take


def _digest(columns: tuple[str, ...]) -> Take:
    given = Counter[bytes]()
    everything = "*" in columns

    def take(cells: Cells) -> str:
        names = sorted(cells) if everything else columns
        told = "\x1f".join([f"{name}\x1e{cells.get(name, '').strip()}" for name in names])
        digest = blake2b(told.encode(), digest_size=10)
        given[digest.digest()] += 1
        nth = given[digest.digest()]
        return digest.hexdigest() if nth == 1 else f"{digest.hexdigest()}-{nth}"

    return take


def _rank(value: Word) -> int:
    if isinstance(value, bool) or str(value) not in ("1", "2", "3", "4"):
        raise ValueError("is not a rank from 1 to 4: give it a map")
    return int(value)


def _extra(mapping: Mapping) -> Take:
    used = frozenset(column for _, source in mapping.sources() for column in source.columns)
    keep = tuple(column for column in mapping.extra.keep if column != "*")
    rest = "*" in mapping.extra.keep

    def take(cells: Cells) -> dict[str, str]:
        columns = (*keep, *(column for column in cells if column not in used and column not in keep)) if rest else keep
        return {column: value for column in columns if (value := cells.get(column, "").strip())}

    return take
