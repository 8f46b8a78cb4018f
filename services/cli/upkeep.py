"""Looking after a home: `rebuild` its read models, let the `doctor` look at it. Both work on the home itself."""

from __future__ import annotations

from typing import Annotated

import typer

from services.cli import show
from services.cli.connection import DatabaseOption, HomeOption, home_at
from services.cli.part import NatsMonitor, NatsPasswordFile, nats_option, nats_password
from services.cli.start import refused
from shared.runtime.nats_names import MONITOR


def rebuild(
    models: Annotated[
        list[str] | None,
        typer.Argument(metavar="[MODEL]...", help="Only these read models; else all.", show_default=False),
    ] = None,
    outdated: Annotated[
        bool,
        typer.Option(
            "--outdated", help="Only those that the next start would have to build: of another version, or never built."
        ),
    ] = False,
    home: HomeOption = None,
    database: DatabaseOption = None,
) -> None:
    """Build read models anew from the ledger. Nothing is lost: they hold nothing that the ledger does not hold."""
    from services import upkeep
    from shared.runtime.home import StartRefused

    try:
        with show.problems_shown():
            upkeep.rebuild(home_at(home), database, list(models or ()), show.line, outdated=outdated)
    except StartRefused as error:
        refused(str(error))


def doctor(
    deep: Annotated[
        bool,
        typer.Option("--deep", help="Re-read every fact, stored file and read model; facts and files have a SHA-256."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    nats: Annotated[str, nats_option("Else the home's own.")] = "",
    nats_password_file: NatsPasswordFile = None,
    nats_monitor: NatsMonitor = MONITOR,
    home: HomeOption = None,
    database: DatabaseOption = None,
) -> None:
    """Examine a home: ledger, stream, listeners, files. Exit code 1 when something is not in order.

    The hashes show damage and careless edits. Whoever administers the database can still rewrite facts
    together with their hashes; sealing them against that comes later.

    On many machines give it the database, the NATS servers and the password of the relay's user.
    """
    from dataclasses import asdict

    from services import upkeep
    from shared.runtime.home import StartRefused
    from shared.runtime.nats_elsewhere import NatsElsewhere

    elsewhere = nats and NatsElsewhere(nats, "relay", nats_password(nats_password_file), monitor_port=nats_monitor)
    try:
        with show.problems_shown():
            findings = upkeep.doctor(home_at(home), database, deep, show.remark, elsewhere or None)
    except StartRefused as error:
        refused(str(error))
        return
    if as_json:
        show.as_json([asdict(finding) for finding in findings])
    else:
        show.table(
            ("", "found", "way out"),
            [("ok" if finding.ok else "NOT OK", finding.what, finding.way_out) for finding in findings],
            empty="Nothing was found to examine.",
            style=lambda number: "" if findings[number].ok else "bold red",
        )
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)
