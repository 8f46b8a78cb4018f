"""What is asked of the ledger's tables on PostgreSQL, by its writer and by its readers alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from shared.runtime import ledger_rows
from shared.runtime.codec import Identity, Row
from shared.runtime.ledger import Books, DamagedLedger, Snapshot
from shared.runtime.postgres_schema import IS_ORGANISATION

Connection = psycopg.Connection[Any]
COLUMNS = f"notification_id, {ledger_rows.COLUMNS}"
_LAST = 2**62
_SELECT = f"SELECT {COLUMNS} FROM casetrail.stored_events AS e "
_AFTER = f"{_SELECT} WHERE notification_id > %s AND notification_id <= %s ORDER BY notification_id LIMIT %s".encode()
_STREAM = (
    f"{_SELECT} WHERE originator_id = %s AND originator_version > %s AND originator_version <= %s ORDER BY originator_version"
).encode()
# Where each stream begins is asked once, not for each of its facts.
_STREAMS = (
    f"SELECT {COLUMNS} FROM (SELECT asked, coalesce((SELECT version FROM casetrail.snapshots WHERE stream = asked), 0) AS since "
    "FROM (SELECT DISTINCT unnest(%s::text[]) AS asked) AS streams OFFSET 0) AS begins JOIN casetrail.stored_events "
    "ON originator_id = asked AND originator_version >= since ORDER BY originator_id, originator_version"
).encode()
_ORGANISATION = f"{_SELECT} WHERE {IS_ORGANISATION} AND notification_id > %s ORDER BY notification_id".encode()
_SNAPSHOT = b"SELECT stream, version, fingerprint, state FROM casetrail.snapshots WHERE stream = %s"
_POSITION = b"SELECT position FROM casetrail.positions WHERE listener = %s"
HEAD = b"SELECT notification_id, recorded_at FROM casetrail.stored_events ORDER BY notification_id DESC LIMIT 1"
REFUSALS = (
    b"SELECT listener, position, detail FROM casetrail.refusals WHERE %s::text IS NULL OR listener = %s ORDER BY 1, 2"
)


def nameable(name: str) -> str:
    """A name as the database can be asked for it. Its text cannot hold NUL, so what has one names nothing: nor does this."""
    return name.replace("\0", "\uffff") if "\0" in name else name


def _rows(connection: Connection, question: bytes, *given: Any) -> list[Row]:
    with connection.cursor(binary=True) as cursor:
        return list(map(Row._make, cursor.execute(question, given).fetchall()))


def rows_after(connection: Connection, after: int, limit: int, up_to: int | None = None) -> list[Row]:
    """Rows in order of position."""
    return _rows(connection, _AFTER, after, _LAST if up_to is None else up_to, limit)


def rows_of(connection: Connection, stream: str, after: int, up_to: int | None = None) -> list[Row]:
    """Rows of one stream in order of version."""
    return _rows(connection, _STREAM, nameable(stream), after, _LAST if up_to is None else up_to)


def rows_of_all(connection: Connection, streams: Sequence[str]) -> list[Row]:
    """Rows of many streams, by stream and version; of a snapshotted one, those from its snapshot on."""
    return _rows(connection, _STREAMS, list(map(nameable, streams))) if streams else []


def organisation(connection: Connection, after: int) -> list[Row]:
    """Rows of home, sites, people, calendars and policies."""
    return _rows(connection, _ORGANISATION, after)


def snapshot_of(connection: Connection, stream: str) -> Snapshot | None:
    """The latest snapshot of a stream."""
    with connection.cursor(binary=True) as cursor:
        found = cursor.execute(_SNAPSHOT, (nameable(stream),)).fetchone()
    return Snapshot(*found) if found else None


def position_of(connection: Connection, listener: str) -> int:
    """How far a reaction has come."""
    found = connection.execute(_POSITION, (listener,)).fetchone()
    return int(found[0]) if found else 0


def head_of(connection: Connection) -> int:
    """The last position; 0 when there is none."""
    found = connection.execute(HEAD).fetchone()
    return int(found[0]) if found else 0


def identity_of(connection: Connection) -> Identity:
    """Which ledger this is."""
    found = connection.execute("SELECT ledger_id, epoch, format, simulated FROM casetrail.ledger").fetchone()
    if found is None:
        raise DamagedLedger("the table ledger is empty")
    return Identity(*found)


_ANSWERS = b"SELECT actor, command_id, fingerprint, answer FROM casetrail.commands ORDER BY actor, command_id"
CLEAR_BOOKS = tuple(
    f"DELETE FROM casetrail.{table}".encode() for table in ("commands", "positions", "refusals", "snapshots")
)


def books_of(connection: Connection) -> Books:
    """What stands beside the facts; the connection must be in a transaction that sees one moment."""
    answers = connection.cursor("answers", binary=True)  # on the server: there may be millions
    answers.itersize = 2_000
    return Books(
        identity_of(connection), head_of(connection), answers.execute(_ANSWERS),
        connection.execute("SELECT listener, position FROM casetrail.positions ORDER BY 1").fetchall(),
        connection.execute(REFUSALS, (None, None)).fetchall(),
    )  # fmt: skip
