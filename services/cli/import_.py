"""`casetrail import` and `casetrail export`: cases in from other systems, facts out to anybody."""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli import show
from services.cli.connection import Connection, HomeOption, ServerOption, TokenOption, connected, found

if TYPE_CHECKING:
    from services.intake.importing.run import ImportReport


def import_(
    file: Annotated[
        Path, typer.Argument(help="CSV, TSV, XLSX or JSONL.", exists=True, dir_okay=False, show_default=False)
    ],
    mapping: Annotated[
        Path,
        typer.Option(
            help="Which column is what: a TOML file; see examples/mappings.",
            exists=True,
            dir_okay=False,
            show_default=False,
        ),
    ],
    site: Annotated[
        str | None, typer.Option(help="The site that takes the cases, if not the mapping's.", show_default=False)
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only read and check; needs no server.")] = False,
    from_start: Annotated[
        bool,
        typer.Option("--from-start", help="Send again what an interrupted run had sent; nothing is imported twice."),
    ] = False,
    batch_rows: Annotated[int, typer.Option(min=1, max=5000, help="Rows sent at once.")] = 500,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    home: HomeOption = None,
    server: ServerOption = None,
    token: TokenOption = None,
) -> None:
    """Take over cases from a file of another system, as history.

    Run again, it imports nothing twice; interrupted, it goes on where it stopped. What does not fit is
    written to FILE.rejects.csv with row, column and reason. Exit code 1 when rows were rejected.
    """
    from services.intake.importing.run import import_file

    with show.problems_shown():
        house = None if dry_run else found(home, server, token)
        ledger = str(house.get("/audit/head").get("ledger_id", "")) if house else ""
        report = import_file(
            file, mapping, house.client if house else None, dry_run=dry_run, site=site, from_start=from_start,
            batch_rows=batch_rows, ledger=ledger, console=show.err() if show.err().is_terminal else None,
        )  # fmt: skip
    _report(report, as_json)
    if report.rejected:
        raise typer.Exit(1)


def _report(report: ImportReport, as_json: bool) -> None:
    counts = {name: getattr(report, name) for name in ("read", "valid", "imported", "repeated", "rejected")}
    if as_json:
        show.as_json(
            {
                "source": report.source, "dry_run": report.dry_run, **counts, "seconds": round(report.seconds, 3),
                "encoding": str(report.encoding) if report.encoding else None,
                "rejects": str(report.rejects) if report.rejects else None,
                "reasons": report.reasons, "position": report.position, "resumed_after": report.resumed_after,
                "notes": list(report.notes),
            }
        )  # fmt: skip
        return
    done = (
        f"{report.valid:,} of {report.read:,} rows can be imported, {report.rejected:,} cannot"
        if report.dry_run
        else f"{report.imported:,} imported, {report.repeated:,} were there already, {report.rejected:,} rejected, "
        f"of {report.read:,} rows"
    )
    show.line(f"{report.source}: {done} ({report.seconds:.1f} s, {report.rows_per_second:,.0f} rows/s)", "bold")
    if report.encoding:
        show.line(f"encoding: {report.encoding}")
    if report.resumed_after:
        show.line(f"went on after row {report.resumed_after:,}")
    for note in report.notes:
        show.line(f"note: {note}", "yellow")
    for reason, count in list(report.reasons.items())[:10]:
        show.line(f"{count:>7,} × {reason}", "yellow")
    if report.rejects:
        show.line(f"rejected rows, with reasons: {report.rejects}")


@connected
def export(
    house: Connection,
    after: Annotated[int, typer.Option(metavar="N", min=0, help="Begin after position N.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write here, whole or not at all; else to standard output.", show_default=False
        ),
    ] = None,
    format_: Annotated[str, typer.Option("--format", help="ndjson: one CloudEvent per line.")] = "ndjson",
) -> None:
    """Write all facts up to now as CloudEvents, one per line, in the order of their positions."""
    from services.cli.tail import lines

    if format_ != "ndjson":
        raise show.typed_wrongly(f"there is no format {format_!r}", field="--format", way_out="ndjson")
    head = int(house.get("/audit/head")["position"])
    draft = out.with_name(f".{out.name}.{os.getpid()}.part") if out else None
    console = show.err()
    try:
        with (
            draft.open("wb") if draft else nullcontext(sys.stdout.buffer) as file,
            show.progress(console, "facts", head - after) as advance,
        ):
            for fact in lines(house, after, head):
                file.write(fact)
                advance(1)
            file.flush()
        if draft and out:
            draft.replace(out)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise show.typed_wrongly(f"{out} cannot be written ({error.strerror})", field="--out") from None
    finally:
        if draft:
            draft.unlink(missing_ok=True)
    show.remark(
        f"{max(head - after, 0):,} facts, positions {after + 1:,} to {head:,}"
        if head > after
        else "there are no facts after that"
    )
