"""What every reader yields: rows with their number, and rejects for what cannot be a row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from services.intake.importing.encoding import WAY_OUT, Encoding
from shared.kernel.errors import Invalid

LONGEST_FIELD = 1_000_000
# PostgreSQL text cannot hold NUL; a lone surrogate is how an undecodable byte (or a broken \u escape) reads.
_DAMAGED = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Row:
    """One record; `number` counts the header as 1, so that people find it in a spreadsheet."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Reject:
    """Why a row, or one value of it, is not taken."""

    row: int
    column: str
    reason: str
    value: str = ""


@dataclass
class Table:
    """An open file. `columns` is None where every record names its own (JSON lines); `seen` are those met so far."""

    columns: tuple[str, ...] | None
    encoding: Encoding | None
    rows: Iterator[Row | Reject]
    done: Callable[[], int]
    """How much of `size` has been read, for a progress bar."""
    size: int
    seen: set[str] = field(default_factory=set[str])


def header(name: str, cells: Sequence[str]) -> tuple[str, ...]:
    """The column names; nameless columns are called by their number."""
    if not any(cells):
        raise Invalid(
            f"{name}: the first row is empty",
            way_out="begin with a header, or name the columns: [source] columns = [...]",
        )
    columns = [cell.lstrip("\ufeff").strip() or f"column {number}" for number, cell in enumerate(cells, 1)]
    if any(_DAMAGED.search(column) for column in columns):
        raise Invalid(f"{name}: the header is not readable in this encoding", field="source.encoding", way_out=WAY_OUT)
    if twice := sorted({column for column in columns if columns.count(column) > 1}):
        raise Invalid(
            f"{name}: several columns are called {', '.join(map(repr, twice))}", way_out="give each its own name"
        )
    return tuple(columns)


def shaped(
    records: Iterator[tuple[int, Sequence[str]] | Reject], columns: tuple[str, ...], encoding: str = ""
) -> Iterator[Row | Reject]:
    """Records to rows: empty ones are skipped, ragged and damaged ones rejected."""
    for record in records:
        if isinstance(record, Reject):
            yield record
            continue
        number, values = record
        if not any(values):
            continue
        if len(values) != len(columns):
            reason = f"has {len(values)} values where there are {len(columns)} columns"
            yield Reject(number, "", reason, " | ".join(values)[:200])
            continue
        cells = dict(zip(columns, values, strict=True))
        yield damage(number, cells, encoding) or Row(number, cells)


def damage(number: int, cells: dict[str, str], encoding: str = "") -> Reject | None:
    """What no store can hold: NUL, lone surrogates, bytes without a meaning."""
    if not _DAMAGED.search("\n".join(cells.values())):
        return None
    column, value, found = next((c, v, hit[0]) for c, v in cells.items() if (hit := _DAMAGED.search(v)))
    if found == "\0":
        reason = "contains a NUL character"
    elif encoding and "\udc80" <= found <= "\udcff":
        reason = f"byte 0x{ord(found) - 0xDC00:02X} is not {encoding}: {WAY_OUT}"
    else:
        reason = "contains half of a surrogate pair"
    return Reject(number, column, reason, value[:200])
