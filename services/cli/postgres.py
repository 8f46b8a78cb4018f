"""A ledger on PostgreSQL: what its owner does once, so that those who write facts need fewer rights."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.cli import show
from services.cli.part import Database, DatabaseFile, content_of, database_at
from services.cli.start import refused

OwnersDatabase = Annotated[
    str | None,
    typer.Option(
        "--database",
        envvar="CASETRAIL_DATABASE",
        metavar="URL",
        show_default=False,
        help="The database, as its owner: postgresql://owner@host/name.",
    ),
]


def migrate(
    database: OwnersDatabase = None,
    database_file: DatabaseFile = None,
    login: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            show_default=False,
            help="Also make the roles, and this one of them, as which parts sign in.",
        ),
    ] = None,
    login_password_file: Annotated[
        Path | None, typer.Option(metavar="FILE", show_default=False, help="Its password.")
    ] = None,
) -> None:
    """Make the tables of a ledger, or bring them up to date: one transaction, done or not done.

    Whoever may do this does it once. Where `up` runs as that person too it is not needed.
    """
    from services.stores import make_ledger, make_login
    from shared.runtime.home import StartRefused

    owners = database_at(database, database_file)
    try:
        with show.problems_shown():
            show.line(make_ledger(owners))
            if login is not None:
                if login_password_file is None:
                    refused("say in which file the password of --login is: --login-password-file")
                    return
                make_login(owners, roles_sql(), login, content_of(login_password_file))
                show.line(f"{login} may record and read facts")
    except StartRefused as error:
        refused(str(error))


def begin(
    site: Annotated[str, typer.Option(envvar="CASETRAIL_SITE", help="The code of the first site, for example sz.")],
    zone: Annotated[str, typer.Option(envvar="CASETRAIL_ZONE", help="Its time zone, for example Asia/Shanghai.")],
    owner: Annotated[str, typer.Option(envvar="CASETRAIL_OWNER", help="The name of its owner.")],
    token_file: Annotated[
        Path,
        typer.Option(
            envvar="CASETRAIL_OWNER_TOKEN_FILE",
            metavar="FILE",
            help="The owner's token: written there, or taken from there if there is one.",
        ),
    ],
    title: Annotated[
        str | None, typer.Option(envvar="CASETRAIL_TITLE", show_default=False, help="What the site is called.")
    ] = None,
    database: Database = None,
    database_file: DatabaseFile = None,
) -> None:
    """Record the first facts of a new ledger, before any part runs. Said again, it changes nothing.

    Where `up` runs it does the same at its first start.
    """  # fmt: skip
    from services.anywhere import begin as begun
    from shared.runtime.home import StartRefused

    try:
        with show.problems_shown():
            found = database_at(database, database_file)
            show.line(begun(found, site=site, zone=zone, owner=owner, title=title, token=token_file))
    except StartRefused as error:
        refused(str(error))


def roles() -> None:
    """Print the SQL that makes the roles of writers and readers, for psql."""
    typer.echo(roles_sql(), nl=False)


def roles_sql() -> str:
    """deploy/postgres/roles.sql"""
    import deploy

    return (Path(deploy.__file__).parent / "postgres" / "roles.sql").read_text(encoding="utf-8")
