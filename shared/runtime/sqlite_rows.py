"""What is asked of the ledger's SQLite file, by its writer and by its readers alike."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import orjson

from shared.runtime import ledger_rows
from shared.runtime.codec import Identity, Row
from shared.runtime.ledger import ORGANISATION, Books, Snapshot

KINDS = ", ".join(f"'{kind}'" for kind in ORGANISATION)
COLUMNS = f"rowid, {ledger_rows.COLUMNS}"
_SELECT = f"SELECT {COLUMNS} FROM stored_events "
# Where each stream begins is asked once: asked within the condition it is asked for each of its facts (measured: 1.8 s for a
# case of 50,000).
_OF_ALL = (
    f"SELECT {COLUMNS} FROM (SELECT DISTINCT value AS asked, coalesce((SELECT version FROM snapshots WHERE stream = value), 0) "
    "AS since FROM json_each(?)) CROSS JOIN stored_events ON originator_id = asked AND originator_version >= since "
    "ORDER BY originator_id, originator_version"
)


def rows_after(connection: sqlite3.Connection, after: int, limit: int, up_to: int | None) -> list[Row]:
    """Rows in order of position."""
    last = up_to if up_to is not None else 2**62
    found = connection.execute(f"{_SELECT} WHERE rowid > ? AND rowid <= ? ORDER BY rowid LIMIT ?", (after, last, limit))
    return list(map(Row._make, found))


def rows_of(connection: sqlite3.Connection, stream: str, after: int, up_to: int | None) -> list[Row]:
    """Rows of one stream in order of version."""
    last = up_to if up_to is not None else 2**62
    found = connection.execute(
        f"{_SELECT} WHERE originator_id = ? AND originator_version > ? AND originator_version <= ? ORDER BY originator_version",
        (stream, after, last),
    )
    return list(map(Row._make, found))


def rows_of_all(connection: sqlite3.Connection, streams: Sequence[str]) -> list[Row]:
    """Rows of many streams, by stream and version; of a snapshotted one, those from its snapshot on."""
    found = connection.execute(_OF_ALL, (orjson.dumps(streams),))
    return list(map(Row._make, found))


def organisation(connection: sqlite3.Connection, after: int) -> list[Row]:
    """Rows of home, sites, people, calendars and policies."""
    found = connection.execute(f"{_SELECT} WHERE kind IN ({KINDS}) AND rowid > ? ORDER BY rowid", (after,))
    return list(map(Row._make, found))


def snapshot_of(connection: sqlite3.Connection, stream: str) -> Snapshot | None:
    """The latest snapshot of a stream."""
    found = connection.execute(
        "SELECT stream, version, fingerprint, state FROM snapshots WHERE stream = ?", (stream,)
    ).fetchone()
    return Snapshot(*found) if found else None


def position_of(connection: sqlite3.Connection, listener: str) -> int:
    """How far a reaction has come."""
    found = connection.execute("SELECT position FROM positions WHERE listener = ?", (listener,)).fetchone()
    return int(found[0]) if found else 0


def books_of(connection: sqlite3.Connection, format: int) -> Books:
    """What stands beside the facts; the connection must be in a transaction."""
    ask = connection.execute
    (head,) = ask("SELECT coalesce(max(rowid), 0) FROM stored_events").fetchone()
    ledger_id, epoch, simulated = ask("SELECT ledger_id, epoch, simulated FROM ledger").fetchone()
    return Books(
        Identity(ledger_id, epoch, format, bool(simulated)), head,
        ask("SELECT actor, command_id, fingerprint, answer FROM commands ORDER BY actor, command_id"),
        ask("SELECT listener, position FROM positions ORDER BY 1").fetchall(),
        ask("SELECT listener, position, detail FROM refusals ORDER BY 1, 2").fetchall(),
    )  # fmt: skip


BOOKS = ("commands", "positions", "refusals", "snapshots")
