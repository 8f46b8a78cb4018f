"""The ledger on SQLite: `eventsourcing`'s table with the envelope beside the body, and one writer at a time.

The first four columns are those of the library's own recorder, so that its applications and notification logs can read it.
The position is the table's own `rowid`, declared, so that neither VACUUM nor a dump can renumber it (measured.md, Traps).
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import orjson
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from shared.kernel.errors import OutOfSpace, Unavailable
from shared.runtime import ledger_rows, sqlite_rows
from shared.runtime.clock import seconds
from shared.runtime.codec import Identity, Row
from shared.runtime.ledger import Answered, Books, DamagedLedger, Head, NewerLedger, Snapshot
from shared.runtime.recent import Recent
from shared.runtime.sqlite_many import execute_many

FORMAT = 2
LOCK_TIMEOUT_S = 20

_ORGANISATION = f"CREATE INDEX organisation ON stored_events (kind) WHERE kind IN ({sqlite_rows.KINDS})"
_SCHEMA = (
    """CREATE TABLE stored_events (
        rowid INTEGER PRIMARY KEY,
        originator_id TEXT NOT NULL,
        originator_version INTEGER NOT NULL,
        topic TEXT NOT NULL,
        state BLOB NOT NULL,
        shape INTEGER NOT NULL,
        site TEXT NOT NULL,
        service TEXT NOT NULL,
        occurred_at TEXT NOT NULL,
        recorded_at TEXT NOT NULL,
        actor TEXT NOT NULL,
        roles TEXT NOT NULL,
        on_behalf_of TEXT,
        command_id TEXT NOT NULL,
        correlation TEXT NOT NULL,
        causation TEXT,
        backdate_reason TEXT,
        policy TEXT,
        historical INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        kind TEXT GENERATED ALWAYS AS (substr(originator_id, 1, instr(originator_id, '-') - 1)) VIRTUAL,
        UNIQUE (originator_id, originator_version)
    )""",
    _ORGANISATION,
    """CREATE TRIGGER facts_are_not_changed BEFORE UPDATE ON stored_events
       BEGIN SELECT RAISE(ABORT, 'facts are not changed'); END""",
    """CREATE TRIGGER facts_are_not_deleted BEFORE DELETE ON stored_events
       BEGIN SELECT RAISE(ABORT, 'facts are not deleted'); END""",
    """CREATE TRIGGER facts_have_no_gaps BEFORE INSERT ON stored_events
       WHEN NEW.rowid <> (SELECT coalesce(max(rowid), 0) + 1 FROM stored_events)
       BEGIN SELECT RAISE(ABORT, 'positions have no gaps'); END""",
    "CREATE TABLE ledger (ledger_id TEXT NOT NULL, epoch INTEGER NOT NULL, simulated INTEGER NOT NULL)",
    """CREATE TABLE commands (actor TEXT, command_id TEXT, fingerprint TEXT NOT NULL, answer BLOB NOT NULL,
       PRIMARY KEY (actor, command_id)) WITHOUT ROWID""",
    "CREATE TABLE positions (listener TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID",
    """CREATE TABLE refusals (listener TEXT, position INTEGER, detail TEXT NOT NULL,
       PRIMARY KEY (listener, position)) WITHOUT ROWID""",
    """CREATE TABLE snapshots (stream TEXT PRIMARY KEY, version INTEGER NOT NULL, fingerprint TEXT NOT NULL,
       state BLOB NOT NULL) WITHOUT ROWID""",
)


PROTECTS = (
    "facts_are_not_changed", "facts_are_not_deleted", "facts_have_no_gaps", "commands", "positions", "refusals", "snapshots",
)  # fmt: skip
"""Triggers and tables that every ledger file has."""


_FULL = 2


class _Recorder(SQLiteApplicationRecorder):
    """The library's recorder over our wider table; we add the envelope, it keeps the notification log."""

    def construct_create_table_statements(self) -> list[str]:
        return []


class SqliteLedger:
    """See `shared.runtime.ledger.Ledger`."""

    def __init__(self, path: Path, new_ledger_id: str = "", *, simulated: bool = False, epoch: int = 1) -> None:
        """All but the path count only when the file is new."""
        self.path = path
        self._datastore = SQLiteDatastore(
            str(path), lock_timeout=LOCK_TIMEOUT_S, originator_id_type="text", pool_size=8
        )
        self.recorder = _Recorder(self._datastore)
        self._writer: sqlite3.Connection = self._connect()
        self._writer_lock = threading.Lock()
        self._readers = threading.local()
        self._recent = Recent()
        try:
            self._migrate(new_ledger_id, simulated, epoch)
            self._identity = self._read_identity()
        except sqlite3.DatabaseError as error:
            raise DamagedLedger(f"{path} cannot be read: {error}") from error

    def identity(self) -> Identity:
        """Which ledger this is."""
        return self._identity

    def head(self) -> int:
        """The last position; 0 when there is none."""
        return int(self._reader().execute("SELECT coalesce(max(rowid), 0) FROM stored_events").fetchone()[0])

    def rows(self, after: int, limit: int, up_to: int | None = None) -> list[Row]:
        """Rows in order of position."""
        recent = self._recent.after(after, limit) if up_to is None else []
        # Another process may have committed more: then these are not all that are asked for.
        if recent and (len(recent) == limit or recent[-1].position == self.head()):
            return recent
        try:
            return sqlite_rows.rows_after(self._reader(), after, limit, up_to)
        except sqlite3.DatabaseError as error:
            raise DamagedLedger(f"{self.path} cannot be read after position {after}: {error}") from error

    def stream(self, stream: str, after: int = 0, up_to: int | None = None) -> list[Row]:
        """Rows of one stream in order of version."""
        return sqlite_rows.rows_of(self._reader(), stream, after, up_to)

    def streams(self, streams: Sequence[str]) -> Iterable[Row]:
        """Rows of many streams, by stream and version; of a snapshotted one, those from its snapshot on."""
        return sqlite_rows.rows_of_all(self._reader(), streams)

    def organisation(self, after: int) -> list[Row]:
        """Rows of home, sites, people and calendars."""
        return sqlite_rows.organisation(self._reader(), after)

    def snapshot(self, stream: str) -> Snapshot | None:
        """The latest snapshot of a stream."""
        return sqlite_rows.snapshot_of(self._reader(), stream)

    def position(self, listener: str) -> int:
        """How far a reaction has come; never rewinds."""
        return sqlite_rows.position_of(self._reader(), listener)

    def refusals(self, listener: str | None = None) -> list[tuple[str, int, str]]:
        """What reactions asked for and were refused."""
        found = self._reader().execute(
            "SELECT listener, position, detail FROM refusals WHERE listener = coalesce(?, listener) ORDER BY 1, 2",
            (listener,),
        )
        return [(str(name), int(position), str(detail)) for name, position, detail in found]

    @contextmanager
    def writing(self) -> Generator[SqliteWriting]:
        """Lock first, then look, decide, insert (measured: eight times faster than optimistic batches when hot)."""
        with self._writer_lock:
            try:
                self._writer.execute("BEGIN IMMEDIATE")
            except sqlite3.Error as error:
                raise _told(error) from error
            try:
                writing = SqliteWriting(self._writer)
                yield writing
                self._writer.execute("COMMIT")
                self._recent.add(writing.appended)
            except BaseException as error:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise _told(error) if isinstance(error, sqlite3.Error) else error from error

    def weaknesses(self) -> list[str]:
        """What has been taken away from the file that protects the facts in it; empty when nothing has."""
        found = self._reader().execute("SELECT name FROM sqlite_master WHERE type IN ('trigger', 'table')")
        there = {str(name) for (name,) in found}
        missing = [f"{name} is missing" for name in PROTECTS if name not in there]
        (synchronous,) = self._writer.execute("PRAGMA synchronous").fetchone()
        return missing if synchronous >= _FULL else [*missing, "synchronous is below FULL: a power cut loses commands"]

    def advice(self) -> list[tuple[str, str]]:
        """Nothing: a file is as safe as whoever can reach it."""
        return []

    @contextmanager
    def books(self) -> Generator[Books]:
        """What stands beside the facts, as of one position; whoever writes goes on meanwhile."""
        with contextlib.closing(self._connect()) as connection:
            connection.execute("BEGIN")
            yield sqlite_rows.books_of(connection, FORMAT)

    def clear_books(self) -> None:
        """Forget what stands beside the facts: it is copied anew."""
        with self.writing():
            for table in sqlite_rows.BOOKS:
                self._writer.execute(f"DELETE FROM {table}")

    def become_whole(self, epoch: int) -> None:
        """From now on it is a ledger, in this epoch."""
        with self.writing():
            self._writer.execute("UPDATE ledger SET epoch = ?", (epoch,))
        self._identity = self._read_identity()

    def wakes(self, wake: Callable[[], None]) -> bool:
        """A file tells nobody."""
        return False

    def close(self) -> None:
        """Close what this thread and the writer hold open; all facts are then in the one file, whoever copies it."""
        if hasattr(self._readers, "connection"):
            self._readers.connection.close()
            del self._readers.connection
        with contextlib.suppress(sqlite3.Error):  # another process still reads; the log beside it holds the rest
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._writer.close()
        self._datastore.close()

    def _reader(self) -> sqlite3.Connection:
        if not hasattr(self._readers, "connection"):
            self._readers.connection = self._connect()
            self._readers.connection.execute("PRAGMA query_only = ON")
        return self._readers.connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=LOCK_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        try:
            _switch_to_wal(connection)
        except sqlite3.OperationalError:
            raise  # locked, or no room: another time it may work
        except sqlite3.DatabaseError as error:
            raise DamagedLedger(f"{self.path} cannot be read: {error}") from error
        # An acknowledged command is on disk: anything below FULL loses acked commits on a power cut (trust.md §0).
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    def _migrate(self, new_ledger_id: str, simulated: bool, epoch: int) -> None:
        """One step under the writer lock, forward only, so two first starts do not race."""
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            (version,) = self._writer.execute("PRAGMA user_version").fetchone()
            if version > FORMAT:
                raise NewerLedger(f"{self.path} has format {version}, this version knows up to {FORMAT}")
            if version == 0:
                for statement in _SCHEMA:
                    self._writer.execute(statement)
                self._writer.execute("INSERT INTO ledger VALUES (?, ?, ?)", (new_ledger_id, epoch, simulated))
            elif version < 2:  # policies joined the organisation
                self._writer.execute("DROP INDEX organisation")
                self._writer.execute(_ORGANISATION)
            if version < FORMAT:
                self._writer.execute(f"PRAGMA user_version = {FORMAT}")
            self._writer.execute("COMMIT")
        except BaseException:
            self._writer.execute("ROLLBACK")
            raise

    def _read_identity(self) -> Identity:
        ledger_id, epoch, simulated = self._writer.execute("SELECT ledger_id, epoch, simulated FROM ledger").fetchone()
        return Identity(ledger_id, epoch, FORMAT, bool(simulated))


class SqliteWriting:
    """See `shared.runtime.ledger.Writing`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._do = connection
        self.appended: list[Row] = []

    def head(self) -> Head:
        """The end of the ledger; nobody else can move it while the lock is held."""
        found = self._do.execute("SELECT rowid, recorded_at FROM stored_events ORDER BY rowid DESC LIMIT 1").fetchone()
        return Head(found[0], found[1]) if found else Head(0, "")

    def answered(self, commands: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Answered]:
        """The first answers to those commands that were here before."""
        found = self._do.execute(
            "SELECT actor, command_id, fingerprint, answer FROM commands WHERE (actor, command_id) IN "
            "(SELECT value ->> 0, value ->> 1 FROM json_each(?))",
            (orjson.dumps(commands),),
        )
        return {(actor, command_id): Answered(*answer) for actor, command_id, *answer in found}

    def append(self, rows: Sequence[Row]) -> None:
        """Insert rows whose positions continue the head."""
        statement = f"INSERT INTO stored_events ({sqlite_rows.COLUMNS}) VALUES ({', '.join('?' * ledger_rows.COUNT)})"
        execute_many(self._do, statement, rows)
        self.appended += rows

    def remember(self, answers: Mapping[tuple[str, str], Answered]) -> None:
        """Keep the first answers to commands."""
        execute_many(
            self._do,
            "INSERT INTO commands VALUES (?, ?, ?, ?)",
            [(*command, answer.fingerprint, answer.answer) for command, answer in answers.items()],
        )

    def stream(self, stream: str, after: int = 0) -> list[Row]:
        """Rows of one stream in order of version."""
        return sqlite_rows.rows_of(self._do, stream, after, None)

    def streams(self, streams: Sequence[str]) -> Iterable[Row]:
        """Rows of many streams, by stream and version; of a snapshotted one, those from its snapshot on."""
        return sqlite_rows.rows_of_all(self._do, streams)

    def rows(self, after: int, limit: int) -> list[Row]:
        """Rows in order of position."""
        return sqlite_rows.rows_after(self._do, after, limit, None)

    def organisation(self, after: int) -> list[Row]:
        """Rows of home, sites, people and calendars."""
        return sqlite_rows.organisation(self._do, after)

    def snapshot(self, stream: str) -> Snapshot | None:
        """The latest snapshot of a stream."""
        return sqlite_rows.snapshot_of(self._do, stream)

    def keep_snapshot(self, snapshot: Snapshot) -> None:
        """Replace the snapshot of a stream."""
        self._do.execute(
            "INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?)",
            (snapshot.stream, snapshot.version, snapshot.fingerprint, snapshot.state),
        )

    def position(self, listener: str) -> int:
        """How far a reaction has come."""
        return sqlite_rows.position_of(self._do, listener)

    def move(self, listener: str, position: int) -> None:
        """Note how far a reaction has come, in the same transaction as what it asked for."""
        self._do.execute(
            "INSERT INTO positions VALUES (?, ?) ON CONFLICT DO UPDATE SET position = max(position, excluded.position)",
            (listener, position),
        )

    def refuse(self, listener: str, position: int, detail: str) -> None:
        """Keep what a reaction was refused, instead of retrying for ever."""
        self._do.execute("INSERT OR IGNORE INTO refusals VALUES (?, ?, ?)", (listener, position, detail))


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """The first switch needs the file for itself and does not wait its turn: two first starts must (measured.md, Traps)."""
    deadline = seconds() + LOCK_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or seconds() > deadline:
                raise
            time.sleep(0.002)


def _told(error: BaseException) -> BaseException:
    text = str(error)
    if "full" in text:
        return OutOfSpace("the disk is full; nothing was stored", way_out="free some space; reading still works")
    if "locked" in text or "busy" in text:
        return Unavailable("another process holds the ledger's writer lock", way_out="try again in a moment")
    if isinstance(error, sqlite3.OperationalError):
        return Unavailable(f"the ledger cannot be written: {text}", way_out="see casetrail doctor")
    return error
