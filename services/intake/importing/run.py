"""One import from file to answer; also the dry run, which needs no server."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from os import W_OK, access
from pathlib import Path

import httpx
from pydantic import TypeAdapter, ValidationError
from rich.console import Console

from services.intake.importing.canonical import ImportedComplaint
from services.intake.importing.checkpoint import Checkpoint, fingerprint
from services.intake.importing.checks import missing_columns
from services.intake.importing.convert import Convert, compile_mapping
from services.intake.importing.encoding import Encoding
from services.intake.importing.load import load_mapping
from services.intake.importing.mapping import Mapping
from services.intake.importing.progress import Bar, Watcher
from services.intake.importing.rejects import RejectsFile
from services.intake.importing.rows import open_table
from services.intake.importing.table import Reject, Row, Table
from services.intake.importing.upload import BATCH_BYTES, BATCH_ROWS, Answer, Declined, batches, upload
from shared.kernel.errors import Invalid
from shared.kernel.values import SiteCode

_TELL_EVERY = 200  # rows
_MOST_REASONS = 100


@dataclass(frozen=True)
class ImportReport:
    """What became of a file. read = valid + rejected by us; valid = imported + repeated + rejected by the server."""

    source: str
    dry_run: bool
    read: int
    valid: int
    imported: int
    repeated: int
    rejected: int
    seconds: float
    encoding: Encoding | None
    """None for spreadsheets, which say it themselves."""
    rejects: Path | None
    reasons: dict[str, int]
    """How often each column was rejected for which reason; one row may count several times."""
    position: int | None = None
    resumed_after: int = 0
    """The row up to which an interrupted run had already come; its counts are included."""
    notes: tuple[str, ...] = ()

    @property
    def rows_per_second(self) -> float:
        """Rows read in a second, sending included."""
        return self.read / self.seconds if self.seconds else 0.0


@dataclass
class _Tally:
    started: float
    read: int = 0
    valid: int = 0
    imported: int = 0
    repeated: int = 0
    rejected: int = 0
    position: int | None = None
    reasons: Counter[str] = field(default_factory=Counter[str])

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.started


def import_file(
    path: Path,
    mapping_path: Path,
    client: httpx.Client | None,
    *,
    dry_run: bool = False,
    site: str | None = None,
    from_start: bool = False,
    beside: Path | None = None,
    ledger: str = "",
    batch_rows: int = BATCH_ROWS,
    batch_bytes: int = BATCH_BYTES,
    watcher: Watcher | None = None,
    console: Console | None = None,
) -> ImportReport:
    """Imports a file, or with `dry_run` only checks it. Raises Problem when it cannot go on; run again, it goes on.

    `client` has base_url and token. `beside` is the directory for the rejects file and the checkpoint: by default that
    of the file, or the current one where that is read-only. `ledger` names the ledger behind the address, so that a
    checkpoint is not used against another one. With a `console` and no `watcher`, a progress bar is shown.
    """
    mapping = load_mapping(mapping_path)
    if site is not None:
        check_site(site)
    if beside is None:
        beside = path.parent if access(path.parent, W_OK) else Path()
    with ExitStack() as stack:
        table = stack.enter_context(open_table(path, mapping.source))
        if table.columns is not None and (missing := list(missing_columns(mapping.columns(), table.columns))):
            raise Invalid(f"{path.name}: " + "; ".join(missing), way_out=separator(table.columns, mapping_path.name))
        check_writable(beside)
        rejects = stack.enter_context(RejectsFile(beside / f"{path.name}.rejects.csv"))
        if watcher is None and console is not None:
            watcher = stack.enter_context(Bar(path.name, console))
        run = _Run(table, compile_mapping(mapping, site), rejects, watcher, _Tally(time.perf_counter()))
        resumed_after = 0
        if dry_run:
            for _ in run.complaints():
                pass
        elif client is None:
            raise Invalid("an import needs a server", way_out="start one (casetrail up), or use --dry-run")
        else:
            identity = fingerprint(path, mapping_path, site or "", str(client.base_url), ledger)
            checkpoint = Checkpoint(beside / f"{path.name}.checkpoint.jsonl", identity)
            resumed_after = run.send(mapping, client, checkpoint, batch_rows, batch_bytes, from_start=from_start)
    return _report(run.tally, mapping, table, rejects, dry_run=dry_run, resumed_after=resumed_after)


@dataclass
class _Run:
    table: Table
    convert: Convert
    rejects: RejectsFile
    watcher: Watcher | None
    tally: _Tally

    def complaints(self) -> Iterator[ImportedComplaint]:
        """All that can be imported; the rest is written down."""
        tally = self.tally
        for item in self.table.rows:
            tally.read += 1
            made = self.convert(item) if isinstance(item, Row) else [item]
            if isinstance(made, ImportedComplaint):
                tally.valid += 1
                yield made
            else:
                tally.rejected += 1
                self._reject(made)
            if tally.read % _TELL_EVERY == 0:
                self._tell()
        self._tell()

    def send(
        self,
        mapping: Mapping,
        client: httpx.Client,
        checkpoint: Checkpoint,
        batch_rows: int,
        batch_bytes: int,
        *,
        from_start: bool,
    ) -> int:
        """Sends everything after the checkpoint; returns the row at which it stood.

        What was settled before is read and checked again, which is cheap: counts, digests and rejects stay whole.
        """
        if from_start:
            checkpoint.complete()
        for answer in checkpoint.resume():
            self._count(answer)
        resumed_after = checkpoint.through
        unsettled = (complaint for complaint in self.complaints() if complaint.row > resumed_after)
        source, live = mapping.source.name, mapping.open.live
        ready = batches(unsettled, source, live_open_cases=live, most_rows=batch_rows, most_bytes=batch_bytes)
        for batch, answer in upload(client, ready):
            if (answer.position or 0) < (self.tally.position or 0):
                detail = f"the server's ledger ends at {answer.position}; it had come to {self.tally.position} before"
                raise Declined(detail, way_out="if this is another ledger, begin again with --from-start")
            self._count(answer)
            checkpoint.passed(batch.through, answer)
        checkpoint.complete()
        return resumed_after

    def _count(self, answer: Answer) -> None:
        tally = self.tally
        tally.imported += answer.imported
        tally.repeated += answer.repeated
        tally.rejected += len({rejected.row for rejected in answer.rejected})
        if answer.position is not None:
            tally.position = answer.position
        self._reject([Reject(rejected.row, rejected.column or "", rejected.reason) for rejected in answer.rejected])

    def _reject(self, found: list[Reject]) -> None:
        for reject in found:
            self.rejects.write(reject)
            kind = f"{reject.column}: {reject.reason}" if reject.column else reject.reason
            reasons = self.tally.reasons
            reasons[kind if kind in reasons or len(reasons) < _MOST_REASONS else "other reasons"] += 1

    def _tell(self) -> None:
        if self.watcher is not None:
            tally = self.tally
            done, size = self.table.done(), self.table.size
            self.watcher.at(done, size, rows=tally.read, rejected=tally.rejected, seconds=tally.seconds)


def check_writable(directory: Path) -> None:
    """Raises Invalid where rejects and checkpoint cannot be written."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Invalid(f"{directory} cannot be made: {error}", way_out="name another directory") from None
    if not access(directory, W_OK):
        raise Invalid(f"{directory} may not be written to, and rejects go there", way_out="name another directory")


def check_site(site: str) -> None:
    """Raises Invalid for what is no site code."""
    try:
        TypeAdapter[str](SiteCode).validate_python(site)
    except ValidationError:
        raise Invalid(
            f"{site!r} is not a site code", field="site", way_out="use 1 to 32 characters of a-z, 0-9 and -"
        ) from None


def separator(columns: tuple[str, ...], mapping: str) -> str:
    """The way out when columns are missing: one column that contains separators means: another delimiter."""
    if len(columns) == 1 and (found := [mark for mark in ";\t|," if mark in columns[0]]):
        return f"declare [source] delimiter = {found[0]!r} in {mapping}"
    return f"correct the names in {mapping}"


def _report(
    tally: _Tally, mapping: Mapping, table: Table, rejects: RejectsFile, *, dry_run: bool, resumed_after: int
) -> ImportReport:
    unseen = sorted(set(mapping.columns()) - table.seen)
    return ImportReport(
        source=mapping.source.name,
        dry_run=dry_run,
        read=tally.read,
        valid=tally.valid,
        imported=tally.imported,
        repeated=tally.repeated,
        rejected=tally.rejected,
        seconds=tally.seconds,
        encoding=table.encoding,
        rejects=rejects.path if rejects.written else None,
        reasons=dict(tally.reasons.most_common()),
        position=tally.position,
        resumed_after=resumed_after,
        notes=tuple(f"no record has a {column!r}, which the mapping reads" for column in unseen),
    )
