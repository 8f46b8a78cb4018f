"""One import of histories from file to answer; also the dry run, which needs no server."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import datetime
from os import W_OK, access
from pathlib import Path

import httpx
from rich.console import Console

from services.intake.importing.checkpoint import Checkpoint, fingerprint
from services.intake.importing.checks import meant, missing_columns
from services.intake.importing.history.cases import CaseHistory, CaseReader, NoCase
from services.intake.importing.history.checks import load_history_mapping
from services.intake.importing.history.mapping import HistoryMapping
from services.intake.importing.history.report import Bars, HistoryReport, Shown
from services.intake.importing.history.spool import Spool, spooling
from services.intake.importing.history.xes import open_xes
from services.intake.importing.progress import Watcher
from services.intake.importing.rejects import RejectsFile
from services.intake.importing.rows import open_table
from services.intake.importing.run import check_site, check_writable, separator
from services.intake.importing.table import Reject, Row, Table
from services.intake.importing.upload import BATCH_BYTES, Answer, Declined, packed, upload
from shared.events.history import Mode
from shared.kernel.errors import Invalid, Unknown
from shared.kernel.values import rfc3339
from shared.runtime.clock import wall

DOOR = "/intake/histories"
BATCH_CASES = 100
XES = ".xes"
_TELL_EVERY = 500  # rows; of cases, a tenth of it
_MOST_KINDS = 100


def import_history(
    path: Path,
    mapping_path: Path,
    client: httpx.Client | None,
    *,
    dry_run: bool = False,
    strict: bool = False,
    site: str | None = None,
    from_start: bool = False,
    beside: Path | None = None,
    ledger: str = "",
    batch_cases: int = BATCH_CASES,
    batch_bytes: int = BATCH_BYTES,
    watcher: Watcher | None = None,
    console: Console | None = None,
    now: datetime | None = None,
) -> HistoryReport:
    """Takes over the cases of a log, or with `dry_run` only checks them.

    Raises Problem when it cannot go on; run again, it goes on.

    Parameters as in `import_file`; `now` is the instant after which nothing can have happened.
    """
    mapping = load_history_mapping(mapping_path)
    if site is not None:
        check_site(site)
    if beside is None:
        beside = path.parent if access(path.parent, W_OK) else Path()
    if client is None and not dry_run:
        raise Invalid("an import needs a server", way_out="start one (casetrail up), or use --dry-run")
    report = HistoryReport(mapping.source.name, Mode.STRICT if strict else Mode.LENIENT, dry_run)
    with ExitStack() as stack:
        table = stack.enter_context(_open(path, mapping))
        if table.columns is not None and (missing := list(missing_columns(mapping.columns(), table.columns))):
            raise Invalid(f"{path.name}: " + "; ".join(missing), way_out=separator(table.columns, mapping_path.name))
        check_writable(beside)
        rejects = stack.enter_context(RejectsFile(beside / f"{path.name}.rejects.csv"))
        run = _Run(mapping, CaseReader(mapping, now or wall(), site), stack.enter_context(spooling()), rejects, report)
        bars = Bars(path.name, console if watcher is None else None, watcher)
        with bars.shown("reading") as bar:
            run.gather(table, bar)
        report.encoding = table.encoding
        _must_be_seen(mapping, table, path, mapping_path)
        if report.unreadable and not dry_run:
            detail = f"{report.unreadable:,} rows cannot be read or name no case, so any case may lack them: nothing was sent"
            raise Invalid(detail, way_out=f"put them right: {rejects.path}")
        with bars.shown("sending" if not dry_run else "checking") as bar:
            if client is None or dry_run:
                for _ in run.histories(bar):
                    pass
            else:
                identity = fingerprint(path, mapping_path, site or "", str(client.base_url), ledger, report.mode)
                checkpoint = Checkpoint(beside / f"{path.name}.checkpoint.jsonl", identity)
                run.send(client, checkpoint, bar, batch_cases, batch_bytes, from_start=from_start)
        report.rejects = rejects.path if rejects.written else None
    report.seconds = time.perf_counter() - report.started
    return report


def _open(path: Path, mapping: HistoryMapping) -> AbstractContextManager[Table]:
    if path.suffix.lower() != XES:
        return open_table(path, mapping.source)
    if not path.is_file():
        raise Unknown(f"{path} is not a file", way_out="name an existing CSV, TSV, XLSX, JSONL or XES file")
    return open_xes(path)


def _must_be_seen(mapping: HistoryMapping, table: Table, path: Path, mapping_path: Path) -> None:
    """Where records name their own columns, one that no record has is a mistake in the mapping."""
    unseen = [(column, place) for column, place in mapping.columns().items() if column not in table.seen]
    if unseen:
        told = "; ".join(
            f"{place}: no event has {column!r}{meant(column, sorted(table.seen))}" for column, place in unseen
        )
        raise Invalid(f"{path.name}: {told}", way_out=f"correct the names in {mapping_path.name}")


@dataclass
class _Run:
    mapping: HistoryMapping
    reader: CaseReader
    spool: Spool
    rejects: RejectsFile
    report: HistoryReport

    def gather(self, table: Table, bar: Shown) -> None:
        """Puts the rows together by case."""
        report, log = self.report, self.mapping.log
        skips = [(column, frozenset(values)) for column, values in log.skip.items()]
        wanted = None if "*" in self.mapping.extra.keep else frozenset(self.mapping.columns())
        for item in table.rows:
            report.rows += 1
            if report.rows % _TELL_EVERY == 0:
                bar.at(table.done(), table.size, report.rows, report.rejected)
            if isinstance(item, Reject):
                self._unreadable(item)
                continue
            cells = item.cells
            if any(cells.get(column, "").strip() in values for column, values in skips):
                report.skipped += 1
                continue
            case = cells.get(log.case, "").strip()
            if not case or len(case) > 128:
                why = "log.case: names no case" if not case else "log.case: a case has a name of at most 128 characters"
                self._unreadable(Reject(item.number, log.case, why, case[:200]))
                continue
            if (at := self.reader.when(item)) is not None:
                report.log_until = at if report.log_until is None else max(at, report.log_until)
                report.log_from = at if report.log_from is None else min(at, report.log_from)
            used = cells if wanted is None else {name: value for name, value in cells.items() if name in wanted}
            self.spool.put(case, Row(item.number, used))
        bar.at(table.size, table.size, report.rows, report.rejected)

    def histories(self, bar: Shown) -> Iterator[CaseHistory]:
        """All cases that can be told; the rest is written down."""
        report, size = self.report, len(self.spool)
        for case, rows in self.spool.cases():
            report.cases += 1
            if report.cases % (_TELL_EVERY // 10) == 0:
                bar.at(report.cases, size, report.told, report.rejected)
            try:
                history = self.reader.read(case, rows)
            except NoCase as no:
                self._reject(case, no.rejects)
                continue
            found = list(history.deviations())
            if report.mode == Mode.STRICT and found:
                self._reject(case, [Reject(row, "", f"{one.rule}: {one.detail}") for row, one in found])
                continue
            self._count(history)
            yield history
        bar.at(size, size, report.told, report.rejected)

    def send(
        self, client: httpx.Client, checkpoint: Checkpoint, bar: Shown, batch_cases: int, batch_bytes: int, *,
        from_start: bool,
    ) -> None:  # fmt: skip
        """Sends everything after the checkpoint. What was settled before is read and checked again: counts stay whole."""
        report = self.report
        if report.log_until is None:  # no row says when it happened: each case is rejected for that
            for _ in self.histories(bar):
                pass
            return
        if from_start:
            checkpoint.complete()
        names: dict[int, str] = {}
        for answer in checkpoint.resume():
            self._answered(answer, names)
        report.resumed_after = checkpoint.through

        def unsettled() -> Iterator[tuple[int, bytes]]:
            for history in self.histories(bar):
                if history.row > report.resumed_after:
                    names[history.row] = history.case
                    yield history.row, history.to_json()

        head = {"source": report.source, "mode": report.mode.value, "log_until": rfc3339(report.log_until)}
        opening = (json.dumps(head, ensure_ascii=False)[:-1] + ', "rows": [').encode()
        ready = packed(unsettled(), opening, most_rows=batch_cases, most_bytes=batch_bytes)
        for batch, answer in upload(client, ready, DOOR):
            if (answer.position or 0) < (report.position or 0) and answer.imported:
                detail = f"the server's ledger ends at {answer.position}; it had come to {report.position} before"
                raise Declined(detail, way_out="if this is another ledger, begin again with --from-start")
            self._answered(answer, names)
            checkpoint.passed(batch.through, answer)
            for row in [row for row in names if row <= batch.through]:
                del names[row]
        checkpoint.complete()

    # ── counting ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def _count(self, history: CaseHistory) -> None:
        report, telling = self.report, history.telling
        report.valid += 1
        report.events.update(type(told.event).__name__ for told in telling.told)
        if telling.deviating:
            report.deviating += 1
            for one in telling.deviations:
                report.deviations[one.rule] += 1
                _one_more(report.details, f"{one.rule}: {one.detail}")
            if more := telling.deviating - len(telling.deviations):
                report.deviations["more"] += more

    def _answered(self, answer: Answer, names: dict[int, str]) -> None:
        report = self.report
        report.imported += answer.imported
        report.repeated += answer.repeated
        if answer.position is not None:
            report.position = max(answer.position, report.position or 0)
        for row in answer.rejected:
            self._reject(names.get(row.row, ""), [Reject(row.row, row.column or "", row.reason)])

    def _reject(self, case: str, found: list[Reject]) -> None:
        self.report.rejected += 1
        for reject in found:
            self._write(reject, case)

    def _unreadable(self, reject: Reject) -> None:
        self.report.unreadable += 1
        self._write(reject)

    def _write(self, reject: Reject, case: str = "") -> None:
        reason = f"case {case}: {reject.reason}" if case else reject.reason
        self.rejects.write(Reject(reject.row, reject.column, reason, reject.value))
        _one_more(self.report.reasons, f"{reject.column}: {reject.reason}" if reject.column else reject.reason)


def _one_more(counter: Counter[str], kind: str) -> None:
    counter[kind if kind in counter or len(counter) < _MOST_KINDS else "others"] += 1
