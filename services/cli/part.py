"""One part as a process of its own on any machine: what systemd, Compose and Kubernetes start."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli.start import Host, Port, refused
from shared.runtime.nats_names import MONITOR

Name = Annotated[
    str,
    typer.Argument(
        metavar="PART", show_default=False,
        help="relay, intake, triage, capa, sla_watch, audit, insight, notify or console.",
    ),
]  # fmt: skip
Database = Annotated[
    str | None,
    typer.Option(envvar="CASETRAIL_DATABASE", metavar="URL", show_default=False, help="The PostgreSQL database."),
]
DatabaseFile = Annotated[
    Path | None,
    typer.Option(
        envvar="CASETRAIL_DATABASE_FILE",
        metavar="FILE",
        show_default=False,
        help="A file that holds its address instead.",
    ),
]


def nats_option(more: str) -> Any:
    """Where NATS is, for whoever looks for it on other machines."""
    return typer.Option(
        envvar="CASETRAIL_NATS",
        metavar="URL[,URL]...",
        show_default=False,
        help=f"The NATS servers: nats://a:4222,nats://b:4222. {more}",
    )


NatsPasswordFile = Annotated[
    Path | None,
    typer.Option(
        envvar="CASETRAIL_NATS_PASSWORD_FILE",
        metavar="FILE",
        show_default=False,
        help="Holds the password of the NATS user; else CASETRAIL_NATS_PASSWORD does.",
    ),
]
NatsMonitor = Annotated[
    int,
    typer.Option(
        envvar="CASETRAIL_NATS_MONITOR",
        metavar="PORT",
        min=1,
        max=65_535,
        help="Where the NATS servers tell over HTTP whether each fact is on disk before they say so.",
    ),
]


def part(
    name: Name,
    database: Database = None,
    database_file: DatabaseFile = None,
    nats: Annotated[str, nats_option("The console needs none.")] = "",
    nats_password_file: NatsPasswordFile = None,
    nats_replicas: Annotated[
        int,
        typer.Option(
            envvar="CASETRAIL_NATS_REPLICAS", min=1, max=5, help="On how many servers the stream lies (relay)."
        ),
    ] = 1,
    nats_monitor: NatsMonitor = MONITOR,
    subscribers: Annotated[
        str,
        typer.Option(
            envvar="CASETRAIL_SUBSCRIBERS",
            metavar="NAME[=SITE],...",
            show_default=False,
            help="Who reads the facts downstream; their durables are kept (relay).",
        ),
    ] = "",
    upstream: Annotated[
        list[str] | None,
        typer.Option(
            envvar="CASETRAIL_UPSTREAM",
            metavar="[PART=]URL[,URL]...",
            show_default=False,
            help="Where the other parts are (console): 'http://{part}:8700', or 'intake=http://a:8701,http://b:8701'.",
        ),
    ] = None,
    files: Annotated[
        Path | None,
        typer.Option(
            envvar="CASETRAIL_FILES",
            metavar="DIR",
            show_default=False,
            help="Evidence and documents: one folder that all parts share. Else HOME/files.",
        ),
    ] = None,
    home: Annotated[
        Path, typer.Option(envvar="CASETRAIL_HOME", metavar="DIR", help="Holds notify.toml, if there is one.")
    ] = Path(),
    host: Host = "127.0.0.1",
    port: Port = 8700,
    expose: Annotated[
        bool,
        typer.Option(
            "--expose", envvar="CASETRAIL_EXPOSE", help="Allow a --host that other machines reach without TLS in front."
        ),
    ] = False,
) -> None:
    """Run one part until it is told to stop. Two or more of each may run, on any machines.

    The ledger is on PostgreSQL. What is missing at the start, or goes away later, is waited for.
    """  # fmt: skip
    from services.anywhere import Anywhere, addresses, readers, run_anywhere
    from services.composition import run_to_end
    from services.organisation_chart import PARTS
    from services.start_options import StartOptions
    from shared.runtime.home import StartRefused

    name = name.replace("-", "_")
    if name not in PARTS:
        refused(f"there is no part {name!r}: one of {', '.join(PARTS)}")
    if StartOptions(home, host=host).beyond_loopback and not expose:
        refused(f"listening on {host} would send tokens in the clear to whoever listens on the way: say --expose")
    if not nats and name != "console":
        refused("say where NATS is: --nats nats://a:4222,nats://b:4222, or CASETRAIL_NATS")
    try:
        run_to_end(run_anywhere(Anywhere(
            name, database_at(database, database_file), nats, nats_password(nats_password_file), host, port, home, files,
            addresses(upstream or ()), nats_replicas, readers(subscribers), nats_monitor,
        )))  # fmt: skip
    except StartRefused as error:
        refused(str(error))


def database_at(database: str | None, file: Path | None) -> str:
    """The address that is meant; ends the command when there is none."""
    found = content_of(file) if file is not None else database
    if not found:
        refused("say which database: --database postgresql://user@host/name, or CASETRAIL_DATABASE")
    return found or ""


def nats_password(file: Path | None) -> str:
    """Of the user as whom NATS is spoken with; empty when none is given."""
    return content_of(file) if file is not None else os.environ.get("CASETRAIL_NATS_PASSWORD", "")


def content_of(file: Path) -> str:
    """A secret; ends the command when it cannot be read."""
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        refused(f"{file} cannot be read ({error.__class__.__name__})")
        return ""
