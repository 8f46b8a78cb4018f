"""Who may do what in the database of a ledger: the roles, and one that signs in."""

from __future__ import annotations

import psycopg
from psycopg import sql

from shared.runtime.postgres import connect, told


def make_writer(url: str, roles: str, name: str, password: str) -> None:
    """The roles of `roles.sql`, and one that may sign in and write; one transaction. Raises Unavailable."""
    with connect(url, writes=True) as connection:
        try:
            with connection.transaction():
                connection.execute(roles.encode(), prepare=False)  # many statements at once
                role = sql.Identifier(name)
                if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (name,)).fetchone() is None:
                    connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
                # Made here, so that no log of the server has the password in it.
                hidden = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
                connection.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(hidden)))
                connection.execute(sql.SQL("GRANT casetrail_writer TO {}").format(role))
        except psycopg.Error as error:
            raise told(error, url) from error
