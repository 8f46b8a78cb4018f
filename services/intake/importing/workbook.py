"""Reads the rows of a spreadsheet (XLSX) as the text a person sees in it."""

from __future__ import annotations

import zlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, cast
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

import openpyxl  # pyright: ignore[reportMissingTypeStubs] - openpyxl ships no types; it stays behind this file

from services.intake.importing.mapping import Source
from services.intake.importing.table import LONGEST_FIELD, Reject, Table, header, shaped
from shared.kernel.errors import Invalid

# What openpyxl lets through of a file that is damaged or none at all.
_BROKEN = (BadZipFile, ParseError, zlib.error, EOFError, KeyError, ValueError, OSError)
_WAY_OUT = "open it in a spreadsheet program and save it again as .xlsx"


@contextmanager
def open_workbook(path: Path, source: Source) -> Generator[Table, None, None]:
    """The sheet named by the mapping, else the one shown first. Dates read as 2026-03-17 or 2026-03-17 16:00:00."""
    try:
        # data_only: the result of a formula, as shown, instead of the formula.
        workbook: Any = cast("Any", openpyxl).load_workbook(path, read_only=True, data_only=True)
    except _BROKEN as error:
        raise Invalid(f"{path.name} is not a readable workbook: {error}", way_out=_WAY_OUT) from None
    try:
        sheet = _sheet(workbook, path, source.sheet)
        size = sheet.max_row or 0
        sheet.reset_dimensions()  # the width a file claims is often wrong, and rows would be cut to it
        place = _Place()
        records = _records(sheet, place, path.name)
        columns = source.columns or header(path.name, next(records, (1, ()))[1])
        rows = shaped((_padded(record, len(columns)) for record in records), columns)
        yield Table(columns, None, rows, lambda: place.row, size, set(columns))
    finally:
        workbook.close()


class _Place:
    """How far the sheet has been read."""

    row = 0


def _sheet(workbook: Any, path: Path, name: str | None) -> Any:
    if name is None:
        return workbook.worksheets[0] if workbook.active not in workbook.worksheets else workbook.active
    if name not in workbook.sheetnames:
        raise Invalid(
            f"{path.name} has no sheet {name!r}",
            field="source.sheet",
            way_out=f"it has: {', '.join(workbook.sheetnames)}",
        )
    return workbook[name]


def _records(sheet: Any, place: _Place, name: str) -> Iterator[tuple[int, Sequence[str]]]:
    rows = enumerate(sheet.iter_rows(), 1)
    while True:
        try:
            number, cells = next(rows)
        except StopIteration:
            return
        except _BROKEN as error:
            raise Invalid(f"{name} is broken after row {place.row}: {error}", way_out=_WAY_OUT) from None
        place.row = number
        values = [_as_text(cell) for cell in cells]
        while values and not values[-1]:
            values.pop()
        yield number, values


def _padded(record: tuple[int, Sequence[str]], width: int) -> tuple[int, Sequence[str]] | Reject:
    """A sheet does not store the empty cells at the end of a row."""
    number, values = record
    if any(len(value) > LONGEST_FIELD for value in values):
        return Reject(number, "", f"a cell holds more than {LONGEST_FIELD} characters")
    return (number, [*values, *[""] * (width - len(values))]) if values else record


def _as_text(cell: Any) -> str:
    value = cell.value
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() else repr(value)
        case datetime():
            shows_time = "h" in str(cell.number_format).lower()
            return value.strftime("%Y-%m-%d %H:%M:%S" if shows_time else "%Y-%m-%d")
        case date() | time():
            return value.isoformat()
        case _:
            return str(value)
