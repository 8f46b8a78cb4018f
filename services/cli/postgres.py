"""A ledger on PostgreSQL: what its owner does once, so that those who write facts need fewer rights."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.cli import show
from services.cli.start import refused

OwnersDatabase = Annotated[
    str,
    typer.Option(
        "--database",
        envvar="CASETRAIL_DATABASE",
        metavar="URL",
        help="The database, as its owner: postgresql://owner@host/name.",
    ),
]


def migrate(database: OwnersDatabase) -> None:
    """Make the tables of a ledger, or bring them up to date: one transaction, done or not done.

    Whoever may do this does it once. Where `up` runs as that person too it is not needed.
    """
    from services.stores import make_ledger
    from shared.runtime.home import StartRefused

    try:
        with show.problems_shown():
            show.line(make_ledger(database))
    except StartRefused as error:
        refused(str(error))


def roles() -> None:
    """Print the SQL that makes the roles of writers and readers, for psql."""
    import deploy

    typer.echo((Path(deploy.__file__).parent / "postgres" / "roles.sql").read_text(encoding="utf-8"), nl=False)
