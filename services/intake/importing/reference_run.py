"""One reference list from file to answer; also the dry run, which needs no server."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from os import W_OK, access
from pathlib import Path

import httpx
from pydantic import ValidationError
from rich.console import Console

from services.intake.importing.encoding import Encoding
from services.intake.importing.mapping import Source
from services.intake.importing.progress import Bar, Watcher
from services.intake.importing.reference_rows import ReferenceRows, columns_of
from services.intake.importing.rejects import RejectsFile
from services.intake.importing.rows import open_table
from services.intake.importing.table import Reject, Row, Table
from services.intake.importing.upload import BATCH_ROWS, packed, upload
from shared.events.reference import ReferenceList
from shared.kernel.errors import Invalid
from shared.runtime.door import malformed

_TELL_EVERY = 200  # rows
_SHOWN = 10


@dataclass
class ReferenceReport:
    """What became of a file: read = valid + rejected by us; valid = new + changed + unchanged + rejected by the server."""

    kind: ReferenceList
    dry_run: bool
    encoding: Encoding | None = None
    read: int = 0
    valid: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    seconds: float = 0.0
    position: int | None = None
    rejects: Path | None = None
    first: list[Reject] = field(default_factory=list[Reject])
    """The first rejects, to be told at once; all of them stand in the file."""
    reasons: Counter[str] = field(default_factory=Counter[str])
    unused: list[str] = field(default_factory=list[str])
    """Columns that mean nothing in this list."""


def import_reference(
    path: Path,
    kind: ReferenceList,
    client: httpx.Client | None,
    *,
    site: str | None = None,
    dry_run: bool = False,
    encoding: str | None = None,
    delimiter: str | None = None,
    beside: Path | None = None,
    batch_rows: int = BATCH_ROWS,
    console: Console | None = None,
) -> ReferenceReport:
    """Records a file, or with `dry_run` only checks it. Raises Problem when it cannot go on."""
    report = ReferenceReport(kind, dry_run)
    if beside is None:
        beside = path.parent if access(path.parent, W_OK) else Path()
    began = time.perf_counter()
    with ExitStack() as stack:
        table = stack.enter_context(open_table(path, _source(kind, encoding=encoding, delimiter=delimiter)))
        if table.columns is None:
            raise Invalid(f"{path.name}: lists come as CSV, TSV or XLSX with a header", field="FILE")
        report.encoding = table.encoding
        columns, report.unused = columns_of(kind, table.columns, site)
        rejects = stack.enter_context(RejectsFile(beside / f"{path.name}.rejects.csv"))
        bar = stack.enter_context(Bar(path.name, console)) if console is not None else None
        rows = _read(table, ReferenceRows(kind, columns, site), rejects, report, bar, began)
        if dry_run:
            for _ in rows:
                pass
        elif client is None:
            raise Invalid("an import needs a server", way_out="start one (casetrail up), or use --dry-run")
        else:
            _send(rows, client, kind, rejects, report, batch_rows)
        report.rejects = rejects.path if rejects.written else None
    report.seconds = time.perf_counter() - began
    return report


def _source(kind: ReferenceList, **said: str | None) -> Source:
    try:
        return Source.model_validate({"name": kind.value, **{name: text for name, text in said.items() if text}})
    except ValidationError as error:
        raise malformed(error) from None


def _read(
    table: Table, reads: ReferenceRows, rejects: RejectsFile, report: ReferenceReport, bar: Watcher | None, began: float
) -> Iterator[tuple[int, bytes]]:
    for item in table.rows:
        report.read += 1
        made = reads.read(item) if isinstance(item, Row) else [item]
        if isinstance(made, bytes):
            report.valid += 1
            yield item.number if isinstance(item, Row) else item.row, made
        else:
            report.rejected += 1
            _reject(made, rejects, report)
        if bar is not None and report.read % _TELL_EVERY == 0:
            seconds = time.perf_counter() - began
            bar.at(table.done(), table.size, rows=report.read, rejected=report.rejected, seconds=seconds)


def _send(
    rows: Iterator[tuple[int, bytes]],
    client: httpx.Client,
    kind: ReferenceList,
    rejects: RejectsFile,
    report: ReferenceReport,
    batch_rows: int,
) -> None:
    door = f"/intake/reference/{kind.value}/imports"
    for _, answer in upload(client, packed(rows, most_rows=batch_rows), door):
        report.new += answer.imported - answer.changed
        report.changed += answer.changed
        report.unchanged += answer.repeated
        report.rejected += len({one.row for one in answer.rejected})
        report.position = max(report.position or 0, answer.position or 0)
        _reject([Reject(one.row, one.column or "", one.reason) for one in answer.rejected], rejects, report)


def _reject(found: list[Reject], rejects: RejectsFile, report: ReferenceReport) -> None:
    for reject in found:
        rejects.write(reject)
        report.reasons[f"{reject.column}: {reject.reason}" if reject.column else reject.reason] += 1
        if len(report.first) < _SHOWN:
            report.first.append(reject)
