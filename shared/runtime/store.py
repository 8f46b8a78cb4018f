"""Where the rows of a read model are kept: in a file of its own, with the position of the last fact whose effect they show.

On PostgreSQL the same, with other steps: `shared.runtime.postgres_store`.
"""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy import event as sa_event
from sqlalchemy.exc import DatabaseError, OperationalError

from shared.events.catalogue import CATALOGUE
from shared.kernel.errors import OutOfSpace, Unavailable
from shared.runtime.building import AT_ONCE, RowsAfter, rebuild_together
from shared.runtime.cases import CaseMemory, Cases
from shared.runtime.codec import Row, fact_of, see_that_it_is_ours, understood
from shared.runtime.damage import is_damage, is_full
from shared.runtime.read_model import ReadModel
from shared.runtime.sqlite_many import together

log = logging.getLogger("casetrail.store")

R = TypeVar("R", bound=ReadModel)
bookkeeping = sa.MetaData()
progress = sa.Table(
    "progress",
    bookkeeping,
    sa.Column("only", sa.Integer, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("ledger", sa.Text, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
)
WHERE = sa.select(progress.c.version, progress.c.ledger, progress.c.position)
_MOVE = sa.update(progress).values(position=sa.bindparam("reached")).where(progress.c.position == sa.bindparam("stood"))


class Gap(Exception):
    """The facts at hand do not continue where the read model stands; it must read the ledger."""


class Damaged(Unavailable):
    """What is on the disk cannot be understood. It is a cache: whoever applies facts to it builds it anew."""


class Store(Generic[R]):
    """One read model in its own SQLite file, so that projecting never takes the ledger's writer lock."""

    def __init__(self, model: type[R], directory: Path, ledger: str, cases: Cases) -> None:
        """`ledger` names ledger and epoch; rows of another one, or of another version of the model, are dropped."""
        self.model = model
        self.fold_with(cases)
        self.directory = directory
        self.ledger = ledger
        directory.mkdir(parents=True, exist_ok=True)
        self.path = directory / f"{model.name}.sqlite"
        self.engine = self._open(self.path)
        try:
            self._position = self._usable_position()
        except Damaged as damaged:
            log.warning("%s: it is built anew", damaged)
            self.engine.dispose()
            _remove(self.path)
            self._noticed.unlink(missing_ok=True)
            self.engine = self._open(self.path)
            self._position = self._usable_position()

    @property
    def made(self) -> bool:
        """Whether anything has been built."""
        return self.path.exists()

    @classmethod
    def read_only(cls, model: type[R], directory: Path) -> Self:
        """For a process that only asks: nothing is made, and every question opens the file anew, so a swap is noticed."""
        store = cls.__new__(cls)
        store.model, store.directory, store.ledger = model, directory, ""
        store.path = directory / f"{model.name}.sqlite"
        store.engine = sa.create_engine(f"sqlite:///file:{store.path}?mode=ro&uri=true", poolclass=sa.NullPool)
        store._position = 0
        return store

    @property
    def damaged(self) -> bool:
        """Whether rows could not be understood, by a question or by a turn of any process: it wants a rebuild."""
        return self._noticed.exists()

    @property
    def _noticed(self) -> Path:
        return self.path.with_suffix(".damaged")

    @property
    def position(self) -> int:
        """The last fact whose effect is in the rows."""
        return self._position

    def position_on_disk(self) -> int:
        """The same, asked of the file: for processes that only read this model. 0 when nothing has been built yet."""
        try:
            with self.reading() as db:
                found = db.execute(WHERE).one_or_none()
                return 0 if found is None else int(found.position)  # the table may be there a moment before its row
        except OperationalError:
            return 0

    def is_of(self, ledger: str) -> bool:
        """Whether what was built, if anything was, is of this version of the model and of this ledger."""
        try:
            with self.reading() as db:
                found = db.execute(WHERE).one_or_none()
        except OperationalError:
            return True
        return found is None or (found.version, found.ledger) == (self.model.version, ledger)

    def apply_rows(self, rows: Sequence[Row]) -> None:
        """Apply what is new among stored rows in order of position. Raises Gap when the next one is not among them, Unreadable
        for one that cannot be understood. What the model has no handler for is not even read."""
        new = [row for row in rows if row.position > self._position]
        if not new:
            return
        try:
            with self.turn(new) as model:
                for first in range(0, len(new), AT_ONCE):
                    self.feed(model, new[first : first + AT_ONCE])
        except Gap:
            if (now := self.position_on_disk()) == self._position:
                raise
            self._goes_on_at(now)  # another process has moved or rebuilt it: from there, next time

    @contextmanager
    def turn(self, rows: Sequence[Row]) -> Generator[R]:
        """One transaction for these rows; within, the model that they are fed to. Raises Gap."""
        if rows[0].position != self._position + 1 or rows[-1].position - rows[0].position != len(rows) - 1:
            raise Gap(f"{self.model.name} stands at {self._position}, got {rows[0].position}")
        with self._moving(rows[-1].position) as db:
            model = self.model(db, self.memory)
            yield model
            model.finish()
        self._position = rows[-1].position

    def feed(self, model: ReadModel, rows: Sequence[Row]) -> None:
        """Some of the rows of a turn, in order."""
        minds = model.topics
        minded = [row for row in rows if row.topic in minds or row.topic not in CATALOGUE]
        if model.as_stored:
            for row in minded:
                see_that_it_is_ours(row)
                model.apply_stored(row)
            return
        facts = [self._read(row) for row in minded]
        self.memory.expect(facts)
        for fact in facts:
            model.apply(fact)

    @contextmanager
    def _moving(self, reached: int) -> Generator[sa.Connection]:
        """The transaction of a turn. First of all the position moves from where it is believed to be: whoever else stands at
        the same place waits there, and then stands somewhere else. Raises Gap when it is not there."""
        with self._understandable(), self.engine.begin() as db:
            if db.execute(_MOVE, {"reached": reached, "stood": self._position}).rowcount != 1:
                raise Gap(f"{self.model.name} no longer stands at {self._position}")
            yield db

    def _goes_on_at(self, position: int) -> None:
        if position != self._position:
            self.memory = CaseMemory(self.cases)  # it has not seen what lies between
            self._position = position

    def stands_by(self) -> bool:
        """Whether another process applies the facts to these rows just now."""
        return False

    @contextmanager
    def reading(self) -> Generator[sa.Connection]:
        """A connection for queries; raises Damaged, also for what is asked within."""
        with self._understandable(), self.engine.connect() as db:
            yield db

    @contextmanager
    def _understandable(self) -> Generator[None]:
        try:
            yield
        except DatabaseError as error:
            if is_full(error.orig):
                raise OutOfSpace(
                    f"the disk is full: read model {self.model.name} stands still", way_out="free some space"
                ) from error
            if not is_damage(error.orig):
                raise
            raise self._damage(str(error.orig)) from error

    def _damage(self, said: str) -> Damaged:
        with suppress(OSError):  # a question of another process says so to the one that can do something about it
            self._noticed.touch()
        return Damaged(
            f"read model {self.model.name} is damaged on the disk ({said})",
            way_out="the process that keeps it builds it anew by itself, or does so when it starts",
        )

    def examine(self) -> None:
        """Read all that is on the disk; raises Damaged."""
        with self.reading() as db:
            if (found := db.exec_driver_sql("PRAGMA quick_check(1)").scalar()) != "ok":
                raise self._damage(str(found))

    def rebuild(self, rows_after: RowsAfter) -> None:
        """From position 1 by the same code, beside these rows, then swap; by one process at a time, whoever applies meanwhile."""
        rebuild_together([self], rows_after)

    @contextmanager
    def fresh(self) -> Generator[Store[R]]:
        """An empty one that nobody asks, to be built and swapped within; raises Unavailable when that is being done already."""
        with self._rebuilding(), ExitStack() as ending:
            self._clear_away()
            ending.callback(self._clear_away)  # what failed for want of room would leave none for anything else
            empty = self._beside("")
            ending.callback(empty.close)
            yield empty

    def _clear_away(self) -> None:
        for left in self.path.parent.glob(f"{self.path.stem}.rebuilding*"):
            left.unlink()

    def part(self, number: int) -> Store[R]:
        """An empty one for a part of the facts, which the fresh one takes over."""
        return self._beside(f"-{number}")

    def _beside(self, name: str) -> Store[R]:
        empty: Store[R] = Store.__new__(type(self))
        empty.model, empty.directory, empty.ledger = self.model, self.directory, self.ledger
        empty.path = self.path.with_suffix(f".rebuilding{name}")
        empty.cases, empty.engine = self.cases, self._open(empty.path, lasts=False)
        empty._position = empty._usable_position()
        return empty

    def take_over(self, parts: Sequence[Store[R]], at: int) -> None:
        """The rows of all parts; what each of them holds is there once. Raises Unavailable when one does not stand `at` this
        position: its last transactions went with the database that was to keep them."""
        self._see_that_all_are_there(parts, at)
        with self.engine.begin() as db:
            db.execute(_MOVE, {"reached": at, "stood": 0})
        for part in parts:
            part.engine.dispose()
            with closing(sqlite3.connect(self.path, isolation_level=None)) as db:
                db.execute("PRAGMA journal_mode = OFF")
                db.execute("PRAGMA synchronous = OFF")
                db.execute("ATTACH ? AS part", (str(part.path),))
                db.execute("BEGIN")
                for table in self.model.metadata.sorted_tables:
                    db.execute(f"INSERT OR IGNORE INTO main.{table.name} SELECT * FROM part.{table.name}")
                db.execute("COMMIT")
            _remove(part.path)
        self._position = at

    def _see_that_all_are_there(self, parts: Sequence[Store[R]], at: int) -> None:
        for part in parts:
            if (stands := part.position_on_disk()) != at:
                raise Unavailable(
                    f"a part of {self.model.name} stands at {stands} and not at {at}", way_out="rebuild it again"
                )

    @contextmanager
    def _rebuilding(self) -> Generator[None]:
        lock = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError:
            raise Unavailable(f"{self.model.name} is being rebuilt already", way_out="wait until it is") from None
        finally:
            os.close(lock)

    def level(self, rows_after: RowsAfter) -> None:
        """What came while it was swapped: whoever else applies may believe that it is done already."""
        while rows := rows_after(self._position):
            self.apply_rows(rows)

    def fold_with(self, cases: Cases) -> None:
        """Forget what it has at hand, and share from now on what these share."""
        self.cases, self.memory = cases, CaseMemory(cases)
        self._read = fact_of if cases.shared else understood

    def swap(self, fresh: Store[Any]) -> None:
        """Put freshly built rows in the place of these: one transaction, so that readers see the old rows or the new.

        Replacing the file instead would pull its log away from under readers ("disk I/O error").
        """
        fresh.engine.dispose()
        with closing(sqlite3.connect(fresh.path)) as built:
            try:
                _copy(built, self.path)
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise
                _remove(self.path)  # it is so damaged that nothing can be put in its place
                _copy(built, self.path)
        _remove(fresh.path)
        self.engine.dispose()
        self._noticed.unlink(missing_ok=True)
        self.engine = self._open(self.path)
        self._goes_on_at(self._usable_position())

    def dump(self) -> bytes:
        """All rows in a canonical order: equal dumps are equal read models."""
        lines: list[str] = []
        with self.reading() as db:
            for table in sorted(self.model.metadata.tables.values(), key=lambda table: table.name):
                rows = [tuple(row) for row in db.execute(sa.select(table))]
                lines += [f"{table.name} {row!r}" for row in sorted(rows, key=repr)]
        return "\n".join(lines).encode()

    def close(self) -> None:
        """Let go of the file."""
        self.engine.dispose()

    def _open(self, path: Path, *, lasts: bool = True) -> sa.Engine:
        engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": 20, "check_same_thread": False})

        @sa_event.listens_for(engine, "connect")
        def settings(connection: Any, record: Any) -> None:
            if not lasts:  # nothing goes on with half of it
                connection.execute("PRAGMA journal_mode = OFF")
                connection.execute("PRAGMA synchronous = OFF")
                return
            connection.execute("PRAGMA journal_mode = WAL")
            # Rows and position move together, so a lost tail is simply applied again; FULL would buy nothing here.
            connection.execute("PRAGMA synchronous = NORMAL")

        sa_event.listen(engine, "do_executemany", together)
        return engine

    def _usable_position(self) -> int:
        with self._understandable(), self.engine.begin() as db:
            bookkeeping.create_all(db)
            found = db.execute(WHERE).one_or_none()
            if found is not None and (found.version, found.ledger) == (self.model.version, self.ledger):
                return int(found.position)
            existing = sa.MetaData()
            existing.reflect(db)
            existing.drop_all(db)
            bookkeeping.create_all(db)
            self.model.metadata.create_all(db)
            db.execute(sa.insert(progress).values(only=1, version=self.model.version, ledger=self.ledger, position=0))
        return 0


def _copy(built: sqlite3.Connection, path: Path) -> None:
    with closing(sqlite3.connect(path, timeout=20)) as live:
        built.backup(live)


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
