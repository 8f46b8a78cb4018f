"""`casetrail import-history`: cases of another system with all that their logs say of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli import show
from services.cli.connection import HomeOption, ServerOption, TokenOption, found

if TYPE_CHECKING:
    from services.intake.importing.history.report import HistoryReport

_MOST_SHOWN = 12


def import_history(
    file: Annotated[
        Path,
        typer.Argument(
            help="An event log: CSV, TSV, XLSX, JSONL or XES.", exists=True, dir_okay=False, show_default=False
        ),
    ],
    mapping: Annotated[
        Path,
        typer.Option(
            help="What is case, time and activity, and which event stands for what: a TOML file; see "
            "examples/mappings/incident-log.toml.",
            exists=True,
            dir_okay=False,
            show_default=False,
        ),
    ],
    site: Annotated[
        str | None, typer.Option(help="The site that takes the cases, if not the mapping's.", show_default=False)
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only read and check, and tell what there is; needs no server.")
    ] = False,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict", help="Reject each case of which our rules would have refused anything; else that is marked."
        ),
    ] = False,
    from_start: Annotated[
        bool,
        typer.Option("--from-start", help="Send again what an interrupted run had sent; nothing is imported twice."),
    ] = False,
    batch_cases: Annotated[int, typer.Option(min=1, max=500, help="Cases sent at once.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    home: HomeOption = None,
    server: ServerOption = None,
    token: TokenOption = None,
) -> None:
    """Take over cases of another system with their whole history: every event of its log, when it happened.

    Promises are counted as of the log's own days, broken ones and escalations included, all of it marked as
    history: nobody is notified.

    A mapping, for a log with a row for each activity:

    \b
    source = { name = "old-desk", site = "sz", zone = "Asia/Shanghai" }
    log.case = "ticket"
    log.activity = "what"
    log.time = { column = "when", format = "%Y-%m-%d %H:%M" }
    log.resource = "who"
    log.ignore = ["Viewed"]
    begin.values = "Opened"
    begin.events = { event = "Received", fields = { channel = "via", description = "text" } }
    activities."Called back" = { event = "Acknowledged", fields = { channel = "via" } }

    A case is taken over whole or not at all; rejected ones stand in FILE.rejects.csv with row, column and
    reason, and the exit code is 1.
    Run again, it imports nothing twice; interrupted, it goes on where it stopped.
    """
    from services.intake.importing.history.run import import_history

    with show.problems_shown():
        house = None if dry_run else found(home, server, token)
        ledger = str(house.get("/audit/head").get("ledger_id", "")) if house else ""
        report = import_history(
            file, mapping, house.client if house else None, dry_run=dry_run, strict=strict, site=site,
            from_start=from_start, batch_cases=batch_cases, ledger=ledger,
            console=show.err() if show.err().is_terminal else None,
        )  # fmt: skip
    if as_json:
        show.as_json(_as_json(report))
    else:
        _told(report)
    if report.rejected or report.unreadable:
        raise typer.Exit(1)


def _as_json(report: HistoryReport) -> dict[str, object]:
    plain = (
        "source", "dry_run", "rows", "skipped", "cases", "valid", "imported", "repeated", "rejected", "unreadable", "deviating",
        "resumed_after", "position",
    )  # fmt: skip
    return {
        **{name: getattr(report, name) for name in plain},
        "mode": report.mode.value,
        "events": dict(report.events.most_common()), "deviations": dict(report.deviations.most_common()),
        "details": dict(report.details.most_common()), "reasons": dict(report.reasons.most_common()),
        "log_from": report.log_from and report.log_from.isoformat(),
        "log_until": report.log_until and report.log_until.isoformat(),
        "seconds": round(report.seconds, 3), "encoding": str(report.encoding) if report.encoding else None,
        "rejects": str(report.rejects) if report.rejects else None,
    }  # fmt: skip


def _told(report: HistoryReport) -> None:
    if report.dry_run:
        done = f"{report.valid:,} of {report.cases:,} cases can be taken over, {report.rejected:,} cannot"
    else:
        done = (
            f"{report.imported:,} cases taken over, {report.repeated:,} were there already, {report.rejected:,} rejected, "
            f"of {report.cases:,}"
        )
    speed = f"{report.seconds:.1f} s, {report.events_per_second:,.0f} events/s"
    show.line(f"{report.source}: {done}; {report.told:,} events from {report.rows:,} rows ({speed})", "bold")
    if report.log_from and report.log_until:
        show.line(f"the log goes from {report.log_from:%Y-%m-%d %H:%M} to {report.log_until:%Y-%m-%d %H:%M} UTC")
    if report.encoding:
        show.line(f"encoding: {report.encoding}")
    if report.skipped:
        show.line(f"{report.skipped:,} rows left out, as the mapping says")
    if report.resumed_after:
        show.line(f"went on after the case of row {report.resumed_after:,}")
    for kind, count in report.events.most_common():
        show.line(f"{count:>9,} × {kind}")
    if report.deviating:
        rules = ", ".join(f"{rule} {count:,}" for rule, count in report.deviations.most_common())
        how = f"{report.deviating:,} cases say what our rules would have refused, and are marked: {rules}"
        show.line(how, "yellow")
        for detail, count in report.details.most_common(_MOST_SHOWN):
            show.line(f"{count:>9,} × {detail}", "yellow")
    if report.unreadable:
        show.line(f"{report.unreadable:,} rows cannot be read, or name no case", "red")
    for reason, count in report.reasons.most_common(_MOST_SHOWN):
        show.line(f"{count:>9,} × {reason}", "red")
    if report.rejects:
        show.line(f"what was not taken, with reasons: {report.rejects}")
