"""Reads a file record by record, in constant memory, whatever its form: CSV, TSV, XLSX or JSON lines."""

from __future__ import annotations

import csv
import json
from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from os import R_OK, access
from pathlib import Path
from typing import Any, TextIO, cast

from services.intake.importing.encoding import WAY_OUT, Encoding, encoding_of, first_undecodable
from services.intake.importing.mapping import Source
from services.intake.importing.table import LONGEST_FIELD, Reject, Row, Table, damage, header, shaped
from services.intake.importing.workbook import open_workbook
from shared.kernel.errors import Invalid, Unknown

LONGEST_LINE = 4_000_000
DELIMITERS = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
JSON_LINES, WORKBOOKS = (".jsonl", ".ndjson"), (".xlsx", ".xlsm")


def open_table(path: Path, source: Source) -> AbstractContextManager[Table]:
    """The reader for this file's form. Raises Unknown without a file, Invalid for what cannot be read at all."""
    if not path.is_file():
        raise Unknown(f"{path} is not a file", way_out="name an existing CSV, TSV, XLSX or JSONL file")
    if not access(path, R_OK):
        raise Invalid(f"{path} may not be read", way_out="give yourself the right to read it, or copy it")
    suffix = path.suffix.lower()
    if suffix in WORKBOOKS:
        return open_workbook(path, source)
    if suffix in JSON_LINES:
        return _open_json_lines(path, source)
    if source.delimiter is None and suffix not in DELIMITERS:
        raise Invalid(
            f"{path.name}: nothing is known about files ending in {suffix or 'nothing'}",
            way_out='use .csv, .tsv, .xlsx or .jsonl, or declare [source] delimiter = ";" for a text file',
        )
    return _open_delimited(path, source, source.delimiter or DELIMITERS[suffix])


@contextmanager
def _open_text(path: Path, encoding: Encoding) -> Generator[TextIO, None, None]:
    """Undecodable bytes become lone surrogates, so that only their row is lost; else Invalid names the offset."""
    try:
        with path.open(encoding=encoding.name, errors="surrogateescape", newline="") as text:
            yield text
    except UnicodeDecodeError:
        at = first_undecodable(path, encoding.name)
        detail = f"{path.name}: the byte at offset {at} is not {encoding}"
        raise Invalid(detail, field="source.encoding", way_out=WAY_OUT) from None


def _lines(text: TextIO, name: str) -> Iterator[str]:
    while line := text.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise Invalid(
                f"{name}: a line is longer than {LONGEST_LINE} characters", way_out="is this the right kind of file?"
            )
        yield line


@contextmanager
def _open_delimited(path: Path, source: Source, delimiter: str) -> Generator[Table, None, None]:
    encoding = encoding_of(path, source.encoding)
    csv.field_size_limit(LONGEST_FIELD)
    with _open_text(path, encoding) as text:
        reader = csv.reader(
            _lines(text, path.name),
            delimiter=delimiter,
            quotechar=source.quotechar or None,
            quoting=csv.QUOTE_MINIMAL if source.quotechar else csv.QUOTE_NONE,
            strict=True,  # else an unclosed quote swallows the rest of the file without a word
        )
        try:
            columns = source.columns or header(path.name, next(reader, list[str]()))
        except csv.Error as error:
            raise Invalid(f"{path.name}: the header cannot be read: {error}", way_out=_QUOTES) from None
        records = _records(reader, 1 if source.columns else 2)
        rows = shaped(records, columns, encoding.name)
        # The raw file under the text knows how far it was read; tell() of the text itself is refused while iterating.
        raw = cast("Any", text).buffer.raw
        yield Table(columns, encoding, rows, raw.tell, path.stat().st_size, set(columns))


_QUOTES = 'declare [source] quotechar = "" if quotes are plain text in this file, or correct the row'


def _records(reader: Any, number: int) -> Iterator[tuple[int, Sequence[str]] | Reject]:
    while True:
        before = reader.line_num
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines = f"lines {before + 1} to {reader.line_num}" if reader.line_num > before + 1 else f"line {before + 1}"
            yield Reject(number, "", f"broken quoting in {lines} ({error}): {_QUOTES}")
        number += 1


@contextmanager
def _open_json_lines(path: Path, source: Source) -> Generator[Table, None, None]:
    encoding = encoding_of(path, source.encoding)
    with _open_text(path, encoding) as text:
        raw = cast("Any", text).buffer.raw
        table = Table(None, encoding, iter(()), raw.tell, path.stat().st_size)
        table.rows = _objects(_lines(text, path.name), table.seen, encoding.name)
        yield table


def _objects(lines: Iterator[str], seen: set[str], encoding: str) -> Iterator[Row | Reject]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            # Numbers stay the text they were: 007.10 would not survive a float, nor an order number of twenty digits.
            cells = _cells(json.loads(line, parse_int=str, parse_float=str, parse_constant=str))
        except (ValueError, RecursionError) as error:
            reason = (
                "is nested too deeply" if isinstance(error, RecursionError) else f"is not a flat JSON object: {error}"
            )
            yield Reject(number, "", reason, line[:200].rstrip())
            continue
        seen.update(cells)
        yield damage(number, cells, encoding) or Row(number, cells)


def _cells(record: object) -> dict[str, str]:
    if not isinstance(record, dict):
        raise ValueError("the line holds something else")
    return {name: _as_text(name, value) for name, value in cast("dict[str, object]", record).items()}


def _as_text(name: str, value: object) -> str:
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list():
            return ",".join(_as_text(name, item) for item in cast("list[object]", value))
        case _:
            raise ValueError(f"{name!r} holds another object")
