"""The ledger on PostgreSQL: the same columns and the same positions as on SQLite, written by any number of processes.

Whoever writes holds one advisory lock from before it looks until it has committed. So the order of commits is the order of
positions, a reader never sees a fact before its predecessor, and a session that dies lets go of the lock (ADR 18).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg

from shared.kernel.errors import Unavailable
from shared.runtime import postgres, postgres_rows, postgres_schema
from shared.runtime.codec import Identity, Row
from shared.runtime.ledger import Answered, Books, DamagedLedger, Head, Snapshot
from shared.runtime.postgres import Connection, Readers, told
from shared.runtime.postgres_rows import nameable
from shared.runtime.postgres_schema import PARTITION
from shared.runtime.postgres_wakes import Wakes
from shared.runtime.recent import Recent

COPIED = 8
"""From so many rows on, COPY is faster than one insert for each, although it is one question more (measured)."""
CHANNEL = "casetrail"

_LOCK = f"SELECT pg_advisory_xact_lock({postgres_schema.WRITING})".encode()
_FACTS = f"casetrail.stored_events ({postgres_rows.COLUMNS})"
_FACT_TYPES = (
    "bigint", "text", "bigint", "text", "bytea", "integer", *["text"] * 12, "integer", "integer", "text",
)  # fmt: skip
_ANSWERS = "casetrail.commands (actor, command_id, fingerprint, answer)"
_ANSWER_TYPES = ("text", "text", "text", "bytea")
_ANSWERED = b"""SELECT actor, command_id, fingerprint, answer FROM casetrail.commands
    WHERE (actor, command_id) IN (SELECT * FROM unnest(%s::text[], %s::text[]))"""
_KEEP = b"""INSERT INTO casetrail.snapshots VALUES (%s, %s, %s, %s) ON CONFLICT (stream) DO UPDATE
    SET version = excluded.version, fingerprint = excluded.fingerprint, state = excluded.state"""
_MOVE = b"""INSERT INTO casetrail.positions AS p VALUES (%s, %s) ON CONFLICT (listener) DO UPDATE
    SET position = greatest(p.position, excluded.position)"""
_REFUSE = b"INSERT INTO casetrail.refusals VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
_NOTIFY = f"SELECT pg_notify('{CHANNEL}', %s)".encode()


class PostgresLedger:
    """See `shared.runtime.ledger.Ledger`."""

    def __init__(self, url: str, new_ledger_id: str = "", *, simulated: bool = False, epoch: int = 1) -> None:
        """All but the address count only when the database is new. Raises Unavailable, NewerLedger, DamagedLedger."""
        self.url = postgres.checked_url(url)
        self._identity: Identity | None = None
        self._writer: Connection | None = self._connected(writes=True)
        try:
            postgres_schema.migrate(self._writer, new_ledger_id, simulated, epoch)
            if missing := postgres_schema.weaknesses(self._writer):
                raise DamagedLedger(f"what protects the facts is not all there: {'; '.join(missing)}")
            self._identity = postgres_rows.identity_of(self._writer)
        except BaseException as error:
            self._writer.close()
            raise told(error, self.url) if isinstance(error, psycopg.Error) else error from error
        self._writer_lock = threading.Lock()
        self._readers = Readers(lambda: self._connected(writes=False))
        self._wakes: list[Wakes] = []
        self._told = 0
        """The last position that whoever listens was told of: see `_known`."""
        self._recent = Recent()
        self._room = 0

    def identity(self) -> Identity:
        """Which ledger this is."""
        assert self._identity is not None
        return self._identity

    def head(self) -> int:
        """The last position; 0 when there is none."""
        return self._readers.ask(postgres_rows.head_of)

    def rows(self, after: int, limit: int, up_to: int | None = None) -> list[Row]:
        """Rows in order of position."""
        recent = self._recent.after(after, limit) if up_to is None else []
        if recent and (len(recent) == limit or recent[-1].position >= self._known()):
            return recent
        return self._readers.ask(lambda db: postgres_rows.rows_after(db, after, limit, up_to))

    def stream(self, stream: str, after: int = 0, up_to: int | None = None) -> list[Row]:
        """Rows of one stream in order of version."""
        return self._readers.ask(lambda db: postgres_rows.rows_of(db, stream, after, up_to))

    def streams(self, streams: Sequence[str]) -> list[Row]:
        """Rows of many streams, by stream and version; of a snapshotted one, those from its snapshot on."""
        return self._readers.ask(lambda db: postgres_rows.rows_of_all(db, streams))

    def organisation(self, after: int) -> list[Row]:
        """Rows of home, sites, people and calendars."""
        return self._readers.ask(lambda db: postgres_rows.organisation(db, after))

    def snapshot(self, stream: str) -> Snapshot | None:
        """The latest snapshot of a stream."""
        return self._readers.ask(lambda db: postgres_rows.snapshot_of(db, stream))

    def position(self, listener: str) -> int:
        """How far a reaction has come; never rewinds."""
        return self._readers.ask(lambda db: postgres_rows.position_of(db, listener))

    def refusals(self, listener: str | None = None) -> list[tuple[str, int, str]]:
        """What reactions asked for and were refused."""
        return self._readers.ask(lambda db: db.execute(postgres_rows.REFUSALS, (listener, listener)).fetchall())

    def weaknesses(self) -> list[str]:
        """What has been taken away from the database that protects the facts in it; empty when nothing has."""
        return self._readers.ask(postgres_schema.weaknesses)

    def advice(self) -> list[tuple[str, str]]:
        """What could be safer, each with the way to it."""
        return self._readers.ask(postgres_schema.advice)

    @contextmanager
    def books(self) -> Generator[Books]:
        """What stands beside the facts, as of one position; whoever writes goes on meanwhile."""
        with self._connected(writes=False) as connection:
            try:
                connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                yield postgres_rows.books_of(connection)
                connection.rollback()
            except psycopg.Error as error:
                raise told(error, self.url) from error

    def clear_books(self) -> None:
        """Forget what stands beside the facts: it is copied anew."""
        with self.writing() as writing:
            for statement in postgres_rows.CLEAR_BOOKS:
                writing.connection.execute(statement)

    def become_whole(self, epoch: int) -> None:
        """From now on it is a ledger, in this epoch."""
        with self.writing() as writing:
            writing.connection.execute("UPDATE casetrail.ledger SET epoch = %s", (epoch,))
        assert self._writer is not None
        self._identity = postgres_rows.identity_of(self._writer)

    def wakes(self, wake: Callable[[], None]) -> bool:
        """Call this whenever any process has committed, from a thread of its own or that of whoever committed here."""
        self._wakes.append(Wakes(lambda: self._connected(writes=False), CHANNEL, wake, self._heard))
        return True

    def _heard(self, session: int, position: int) -> bool:
        """A session has committed up to there; whether anybody must be woken: our own commits have woken everybody."""
        self._told = max(self._told, position)
        writer = self._writer
        return writer is None or writer.info.backend_pid != session

    def _known(self) -> int:
        """Up to where there must be rows. Other processes may have committed more; where their commits are told of, whoever
        reads too early is woken and reads again, and nobody needs to ask."""
        return self._told if any(wakes.listens for wakes in self._wakes) else self.head()

    @contextmanager
    def writing(self) -> Generator[PostgresWriting]:
        """Lock first, then look, decide, insert. What fails is rolled back; a connection that was lost is not used again."""
        with self._writer_lock:
            writing = self._begun()
            try:
                yield writing
                writing.commit()
            except BaseException as error:
                lost = self._undo(writing.connection)
                if not isinstance(error, psycopg.Error):
                    raise
                problem = told(error)
                if writing.committing and lost:
                    raise Unavailable(
                        "the database was lost while this was being stored: nobody knows whether it was",
                        way_out="ask again with the same Idempotency-Key: what was stored is answered, and not done twice",
                    ) from error
                raise problem from error
            self._room = max(self._room, writing.room)
            if writing.appended:
                self._recent.add(writing.appended)
                for wakes in self._wakes:
                    wakes.wake()

    def close(self) -> None:
        """Let go of all connections."""
        for wakes in self._wakes:
            wakes.close()
        self._readers.close()
        if self._writer is not None:
            self._writer.close()

    def _begun(self) -> PostgresWriting:
        while True:
            fresh = self._writer is None
            connection = self._writer = self._writer or self._connected(writes=True)
            try:
                return PostgresWriting(connection, self._room)
            except psycopg.Error as error:
                lost = self._undo(connection)
                if fresh or not lost:
                    raise told(error) from error  # else it was lost while nobody used it, and nothing has been done yet

    def _undo(self, connection: Connection) -> bool:
        """Nothing of a transaction stays; whether the connection was lost."""
        try:
            if not postgres.lost(connection):
                connection.rollback()
        except psycopg.Error:
            connection.close()
        if postgres.lost(connection):
            connection.close()
            self._writer = None
            return True
        return False

    def _connected(self, *, writes: bool) -> Connection:
        connection = postgres.connect(self.url, writes=writes)
        if self._identity is not None and (found := postgres_rows.identity_of(connection)) != self._identity:
            connection.close()
            raise Unavailable(
                f"the database now holds the ledger {found.ledger_id}, epoch {found.epoch}, not {self._identity.ledger_id}",
                way_out="put back the database that belongs here, or start again",
            )
        return connection


class PostgresWriting:
    """See `shared.runtime.ledger.Writing`. What is written waits for the next question or the end, to go in one piece."""

    def __init__(self, connection: Connection, room: int) -> None:
        self.connection = connection
        self.appended: list[Row] = []
        self.room = room
        self.committing = False
        self._facts: list[Row] = []
        self._answers: list[tuple[Any, ...]] = []
        self._others: list[tuple[bytes, tuple[Any, ...]]] = []
        with connection.pipeline():
            connection.execute("BEGIN")
            connection.execute(_LOCK)
            found = connection.execute(postgres_rows.HEAD)  # with a look of its own, taken when the lock was there
        last = found.fetchone()
        self._head = Head(*last) if last else Head(0, "")

    def head(self) -> Head:
        """The end of the ledger; nobody else can move it while the lock is held."""
        return Head(self.appended[-1].position, self.appended[-1].recorded_at) if self.appended else self._head

    def answered(self, commands: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Answered]:
        """The first answers to those commands that were here before."""
        actors, ids = [nameable(actor) for actor, _ in commands], [nameable(id) for _, id in commands]
        with self._asking().cursor(binary=True) as cursor:
            found = cursor.execute(_ANSWERED, (actors, ids)).fetchall()
        return {(actor, command_id): Answered(*answer) for actor, command_id, *answer in found}

    def append(self, rows: Sequence[Row]) -> None:
        """Insert rows whose positions continue the head."""
        self._facts += rows
        self.appended += rows

    def remember(self, answers: Mapping[tuple[str, str], Answered]) -> None:
        """Keep the first answers to commands."""
        self._answers += [(*command, answer.fingerprint, answer.answer) for command, answer in answers.items()]

    def stream(self, stream: str, after: int = 0) -> list[Row]:
        """Rows of one stream in order of version."""
        return postgres_rows.rows_of(self._asking(), stream, after)

    def streams(self, streams: Sequence[str]) -> list[Row]:
        """Rows of many streams, by stream and version; of a snapshotted one, those from its snapshot on."""
        return postgres_rows.rows_of_all(self._asking(), streams)

    def rows(self, after: int, limit: int) -> list[Row]:
        """Rows in order of position."""
        return postgres_rows.rows_after(self._asking(), after, limit)

    def organisation(self, after: int) -> list[Row]:
        """Rows of home, sites, people and calendars."""
        return postgres_rows.organisation(self._asking(), after)

    def snapshot(self, stream: str) -> Snapshot | None:
        """The latest snapshot of a stream."""
        return postgres_rows.snapshot_of(self._asking(), stream)

    def keep_snapshot(self, snapshot: Snapshot) -> None:
        """Replace the snapshot of a stream."""
        self._others.append((_KEEP, (snapshot.stream, snapshot.version, snapshot.fingerprint, snapshot.state)))

    def position(self, listener: str) -> int:
        """How far a reaction has come."""
        return postgres_rows.position_of(self._asking(), listener)

    def move(self, listener: str, position: int) -> None:
        """Note how far a reaction has come, in the same transaction as what it asked for."""
        self._others.append((_MOVE, (listener, position)))

    def refuse(self, listener: str, position: int, detail: str) -> None:
        """Keep what a reaction was refused, instead of retrying for ever."""
        self._others.append((_REFUSE, (listener, position, detail.replace("\0", "�"))))

    def commit(self) -> None:
        """Send what waits, tell whoever listens, and wait until it is on the disk."""
        told = [(_NOTIFY, (str(self.head().position),))] if self.appended else []
        self._send(*told, (b"COMMIT", ()))

    def _asking(self) -> Connection:
        """The connection, after what has been written so far: it must be seen by whoever asks now."""
        if self._facts or self._answers or self._others:
            self._send()
        return self.connection

    def _send(self, *last: tuple[bytes, tuple[Any, ...]]) -> None:
        facts, answers, others = self._facts, self._answers, self._others
        self._facts, self._answers, self._others = [], [], []
        if facts and facts[-1].position + PARTITION // 2 > self.room:
            found = self.connection.execute("SELECT casetrail.make_room(%s)", (self._head.position,)).fetchone()
            self.room = int(found[0]) if found else 0
        if len(facts) >= COPIED:
            self._copy(_FACTS, _FACT_TYPES, facts)
            facts = []
        if len(answers) >= COPIED:
            self._copy(_ANSWERS, _ANSWER_TYPES, answers)
            answers = []
        self.committing = bool(last)
        with self.connection.pipeline(), self.connection.cursor() as cursor:
            if facts:
                cursor.executemany(_insert(_FACTS, len(_FACT_TYPES)), facts)
            if answers:
                cursor.executemany(_insert(_ANSWERS, len(_ANSWER_TYPES)), answers)
            for statement, given in (*others, *last):
                cursor.execute(statement, given)

    def _copy(self, table: str, types: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        with (
            self.connection.cursor() as cursor,
            cursor.copy(f"COPY {table} FROM STDIN (FORMAT BINARY)".encode()) as copy,
        ):
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)


def _insert(table: str, columns: int) -> bytes:
    return f"INSERT INTO {table} VALUES ({', '.join(['%s'] * columns)})".encode()
