"""Read models on PostgreSQL: each in a schema of its own, beside the ledger, `read_<name>_<version>`.

Any number of processes may run the same read model. One has its turn and applies; the others answer from the same rows and
take over when it ends. Turns are advisory locks of a session, so they end with it; and because a session may be lost without
its process noticing, every transaction first moves the position from where it believes it to be (`store.Store.turn`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Self

import psycopg
import sqlalchemy as sa
from psycopg.types.string import StrDumper
from sqlalchemy import event as sa_event
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, ProgrammingError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.kernel.errors import Problem, Unavailable
from shared.runtime import postgres
from shared.runtime.cases import Cases
from shared.runtime.codec import Row
from shared.runtime.notebook import Notebook
from shared.runtime.postgres_rows import nameable
from shared.runtime.postgres_turns import Turns
from shared.runtime.read_model import ReadModel
from shared.runtime.store import WHERE, Gap, R, Store, bookkeeping, progress

MANY = 4
"""From so many plain rows on, COPY takes less time, here and at the server, than an insert for each (measured)."""
MOST_CONNECTIONS = 12
"""That the questions of a process share."""
MOST_WRITING = 20
"""A rebuild has a transaction open for each read model that it builds."""
_DIALECT = "postgresql+psycopg://"


class PostgresShelf:
    """Where the read models of a process are kept: see `shared.runtime.shelf.Shelf`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._writes = _engine(lambda: postgres.connect(url, writes=True), MOST_WRITING)
        self._reads = _engine(lambda: _asks(postgres.connect(url, writes=False)), MOST_CONNECTIONS)
        self._turns = Turns(lambda: postgres.connect(url, writes=True))

    def store(self, model: type[R], ledger: str, cases: Cases) -> PostgresStore[R]:
        """To be fed and asked."""
        return PostgresStore(model, self._writes, self._reads, self._turns, ledger, cases)

    def read_only(self, model: type[R]) -> PostgresStore[R]:
        """To be asked."""
        return PostgresStore[R].to_read(model, self._reads)

    def notebook(self, name: str, metadata: sa.MetaData) -> Notebook:
        """A schema of its own, `notebook_<name>`."""
        schema = f"notebook_{name}"

        def connect() -> postgres.Connection:
            connection = postgres.connect(self.url, writes=True)
            connection.execute(f"SET search_path = {schema}".encode())
            connection.autocommit = False
            return connection

        engine = sa.create_engine(_DIALECT, creator=connect, pool_size=2, pool_pre_ping=True, pool_timeout=20)
        with _told(), engine.begin() as db:
            db.execute(sa.text(f"SELECT pg_advisory_xact_lock({_key('making ' + schema)})"))
            db.execute(sa.text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
            _bytewise(metadata).create_all(db)
        return Notebook(engine, _told)

    def has_turn(self, name: str) -> bool:
        """By an advisory lock, as read models take turns."""
        return self._turns.has(_key(name)) or self._turns.take(_key(name))

    def close(self) -> None:
        """Let go of all connections, and of all turns with them."""
        self._turns.close()
        self._writes.dispose()
        self._reads.dispose()


class PostgresStore(Store[R]):
    """One read model. See `shared.runtime.store.Store`."""

    def __init__(  # pyright: ignore[reportMissingSuperCall]
        self, model: type[R], writes: sa.Engine, reads: sa.Engine, turns: Turns | None, ledger: str, cases: Cases,
        schema: str = "",
    ) -> None:  # fmt: skip
        """`turns` None: nobody else knows of it, as of one that is being built."""
        self.model, self.ledger = model, ledger
        self.fold_with(cases)
        self.schema = schema or schema_of(model)
        self._writes, self._reads, self._turns = writes, reads, turns
        self._look()
        self._position = self._usable_position()

    @classmethod
    def to_read(cls, model: type[R], reads: sa.Engine, schema: str = "") -> Self:
        """For a process that only asks: nothing is made."""
        store = cls.__new__(cls)
        store.model, store.ledger, store.schema = model, "", schema or schema_of(model)
        store._writes = store._reads = reads
        store._turns, store._position = None, 0
        store._look()
        return store

    def _look(self) -> None:
        here = {None: self.schema}
        self.engine = self._writes.execution_options(schema_translate_map=here)
        self._by_hand = self._writes.execution_options(schema_translate_map=here, isolation_level="AUTOCOMMIT")
        self._asked = self._reads.execution_options(schema_translate_map=here, isolation_level="AUTOCOMMIT")

    @property
    def damaged(self) -> bool:
        """What the disks of the database do is told by the database."""
        return False

    def examine(self) -> None:
        """Nothing: pages have checksums there, and whoever looks after the database examines it."""

    @property
    def made(self) -> bool:
        """Whether anything has been built."""
        with self.reading() as db:
            return db.execute(sa.text("SELECT to_regnamespace(:schema)"), {"schema": self.schema}).scalar() is not None

    def position_on_disk(self) -> int:
        """Asked of the database. 0 when nothing has been built yet."""
        try:
            with self.reading() as db:
                found = db.execute(WHERE).one_or_none()
                return 0 if found is None else int(found.position)
        except Unavailable as error:
            if isinstance(error.__cause__, ProgrammingError):
                return 0
            raise

    def stands_by(self) -> bool:
        """Whether another process applies the facts; else it is this one's turn from now on."""
        if self._turns is None or self._turns.has(_key(self.schema)):
            return False
        mine = self._turns.take(_key(self.schema))
        self._goes_on_at(self.position_on_disk())
        return not mine

    def apply_rows(self, rows: Sequence[Row]) -> None:
        """Apply what is new among stored rows; raises Unavailable, too, where the database is away."""
        with _told():
            super().apply_rows(rows)

    @contextmanager
    def _moving(self, reached: int) -> Generator[sa.Connection]:
        # There are many turns, and most are short: each begins with one question and ends with one (measured: half the time).
        move = f"UPDATE {self.schema}.progress SET position = {reached} WHERE position = {self._position}"
        with self._by_hand.connect() as db:
            connection: Any = db.connection.dbapi_connection
            try:
                if postgres.tell(connection, f"BEGIN; {move}") != 1:
                    raise Gap(f"{self.model.name} no longer stands at {self._position}")
                yield db
                _commit(connection)
            except psycopg.Error:
                if postgres.lost(connection):
                    db.invalidate()
                raise

    @contextmanager
    def reading(self) -> Generator[sa.Connection]:
        """A connection for queries."""
        with _told(), self._asked.connect() as db:
            yield db

    @contextmanager
    def fresh(self) -> Generator[Store[R]]:
        """An empty schema that nobody asks, to be built and swapped within; raises Unavailable when that is being done already."""
        name = f"{self.schema}_new"
        with _told(), self._writes.connect() as session:
            session.detach()  # it holds the lock and nothing else; several at a time would leave no connection to work with
            if not session.execute(sa.text(f"SELECT pg_try_advisory_lock({_key(name)})")).scalar():
                raise Unavailable(f"{self.model.name} is being rebuilt already", way_out="wait until it is")
            _drop_all(session, name)
            try:
                yield self._beside(name)
            except BaseException:
                with suppress(SQLAlchemyError):  # the database may be what failed; then they go with the next rebuild
                    _drop_all(session, name)
                raise
            finally:
                with suppress(SQLAlchemyError):  # the server notices a closed connection only later
                    session.execute(sa.text(f"SELECT pg_advisory_unlock({_key(name)})"))

    def part(self, number: int) -> Store[R]:
        """An empty schema for a part of the facts."""
        return self._beside(f"{self.schema}_new_{number}")

    def _beside(self, name: str) -> PostgresStore[R]:
        return PostgresStore(self.model, self._writes, self._reads, None, self.ledger, self.cases, name)

    def take_over(self, parts: Sequence[Store[R]], at: int) -> None:
        """The rows of all parts, copied by the server; raises Unavailable when one does not stand `at` this position."""
        self._see_that_all_are_there(parts, at)
        with _told(), self._writes.begin() as db:
            db.execute(sa.text(f"UPDATE {self.schema}.progress SET position = {at}"))
            for part in parts:
                assert isinstance(part, PostgresStore)
                for table in self.model.metadata.sorted_tables:
                    rows = f"INSERT INTO {self.schema}.{table.name} SELECT * FROM {part.schema}.{table.name}"
                    db.execute(sa.text(f"{rows} ON CONFLICT DO NOTHING"))
                db.execute(sa.text(f"DROP SCHEMA {part.schema} CASCADE"))
        self._position = at

    def swap(self, fresh: Store[Any]) -> None:
        """Put a freshly built schema in the place of this one: readers see the old rows or the new."""
        assert isinstance(fresh, PostgresStore)
        old = f"{self.schema}_old"
        with _told():
            with self._writes.begin() as db:
                # Waits for whoever applies just now; the next one finds a position that is not its own, and looks again.
                db.execute(sa.text(f"LOCK TABLE {self.schema}.progress IN ACCESS EXCLUSIVE MODE"))
                db.execute(sa.text(f"DROP SCHEMA IF EXISTS {old} CASCADE"))
                db.execute(sa.text(f"ALTER SCHEMA {self.schema} RENAME TO {old}"))
                db.execute(sa.text(f"ALTER SCHEMA {fresh.schema} RENAME TO {self.schema}"))
            with self._writes.begin() as db:  # apart: it waits for readers that are still at the old rows
                db.execute(sa.text(f"DROP SCHEMA {old} CASCADE"))
        self._goes_on_at(fresh.position)

    def close(self) -> None:
        """The connections belong to the shelf."""

    def _usable_position(self) -> int:
        with _told(), self.engine.begin() as db:
            db.execute(sa.text(f"SELECT pg_advisory_xact_lock({_key('making ' + self.schema)})"))
            there = sa.text("SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace "
                            "WHERE nspname = :schema AND relname = 'progress'")  # fmt: skip
            if db.execute(there, {"schema": self.schema}).scalar() is not None:
                found = db.execute(WHERE).one_or_none()
                if found is not None and (found.version, found.ledger) == (self.model.version, self.ledger):
                    return int(found.position)
            db.execute(sa.text(f"DROP SCHEMA IF EXISTS {self.schema} CASCADE"))
            db.execute(sa.text(f"CREATE SCHEMA {self.schema}"))
            for metadata in (bookkeeping, self.model.metadata):
                _bytewise(metadata).create_all(db, checkfirst=False)
            db.execute(sa.insert(progress).values(only=1, version=self.model.version, ledger=self.ledger, position=0))
            self._drop_older_versions(db)
        return 0

    def _drop_older_versions(self, db: sa.Connection) -> None:
        """Those that no process applies any more; one that is just being replaced keeps its own rows."""
        of_model = re.compile(rf"read_{self.model.name}_(\d+)")
        for (name,) in db.execute(sa.text("SELECT nspname FROM pg_namespace")).fetchall():
            found = of_model.fullmatch(name)
            older = found is not None and int(found[1]) < self.model.version
            if older and db.execute(sa.text(f"SELECT pg_try_advisory_xact_lock({_key(name)})")).scalar():
                db.execute(sa.text(f"DROP SCHEMA {name} CASCADE"))


def schema_of(model: type[ReadModel]) -> str:
    """By name and version: while versions are exchanged, processes of both keep rows of their own."""
    return f"read_{model.name}_{model.version}"


def _drop_all(session: sa.Connection, beginning: str) -> None:
    """The schemas whose names begin so."""
    found = sa.text("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, :beginning)")
    for (name,) in session.execute(found, {"beginning": beginning}).fetchall():
        session.execute(sa.text(f"DROP SCHEMA {name} CASCADE"))
    session.commit()


def _key(name: str) -> int:
    """The advisory lock of a name: 63 bits, of this database alone."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") >> 1


def _bytewise(metadata: sa.MetaData) -> sa.MetaData:
    """The same tables with text in the order of its bytes, as on SQLite, whatever the database's own order is."""
    copy = sa.MetaData()
    for table in (table.to_metadata(copy) for table in metadata.sorted_tables):
        for column in table.columns:
            if isinstance(column.type, sa.String):
                column.type = sa.Text(collation="C")
        for index in table.indexes:
            # Said once, where the table is: `postgresql_where` there would load this dialect with every start on SQLite.
            index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]
    return copy


class _Nameable(StrDumper):
    """What is asked for may be anything: see `postgres_rows.nameable`. What is stored is never changed."""

    def dump(self, obj: str) -> Any:
        return super().dump(nameable(obj))


def _asks(connection: postgres.Connection) -> postgres.Connection:
    connection.adapters.register_dumper(str, _Nameable)
    return connection


def _engine(connect: Callable[[], postgres.Connection], most: int) -> sa.Engine:
    def made() -> postgres.Connection:
        connection = connect()
        # Rows and position move together, so a lost tail is simply applied again; waiting for the disk would buy nothing here.
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET plan_cache_mode = auto")
        connection.execute("SET enable_seqscan = on")
        connection.autocommit = False
        return connection

    engine = sa.create_engine(_DIALECT, creator=made, pool_size=4, max_overflow=most - 4, pool_timeout=20)
    sa_event.listen(engine, "checkout", _looked_at)
    sa_event.listen(engine, "do_executemany", _as_one)
    return engine


def _commit(connection: postgres.Connection) -> None:
    postgres.tell(connection, "COMMIT")


def _looked_at(connection: Any, record: Any, proxy: Any) -> None:
    if not postgres.is_quiet(connection):
        raise InvalidatePoolError


def _as_one(cursor: Any, statement: str, given: Sequence[Mapping[str, Any]], context: Any) -> bool | None:
    """Many plain rows at once go as COPY, many deletions as one; True when they went."""
    if statement.startswith("DELETE"):
        return _deleted(cursor, statement, given)
    found = _PLAIN.fullmatch(statement)
    if found is None or len(given) < MANY:
        return None
    names = [name.strip(' "') for name in found["columns"].split(",")]
    with cursor.copy(f"COPY {found['table']} ({found['columns']}) FROM STDIN") as copy:
        for row in given:
            copy.write_row([row[name] for name in names])
    return True


def _deleted(cursor: Any, statement: str, given: Sequence[Mapping[str, Any]]) -> bool | None:
    head, _, conditions = statement.partition(" WHERE ")
    asked = [_EQUAL.fullmatch(condition) for condition in conditions.split(" AND ")]
    equal = [found for found in asked if found is not None]
    if len(equal) < len(asked):
        return None
    arrays = ", ".join(f"%s::{found['type']}[]" for found in equal)
    columns = ", ".join(found["column"] for found in equal)
    values = [[row[found["name"]] for row in given] for found in equal]
    cursor.execute(f"{head} WHERE ({columns}) IN (SELECT * FROM unnest({arrays}))".encode(), values)
    return True


_EQUAL = re.compile(r"(?P<column>[\w.\"]+) = %\((?P<name>\w+)\)s::(?P<type>\w+)")
_PLAIN = re.compile(r"INSERT INTO (?P<table>[\w.\"]+) \((?P<columns>[^()]+)\) VALUES \((%\(\w+\)s(::\w+)?(, )?)+\)")


@contextmanager
def _told() -> Generator[None]:
    """What the database does not do, as a Problem where a person can do something about it."""
    try:
        yield
    except (DBAPIError, psycopg.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        problem = postgres.told(cause) if isinstance(cause, psycopg.Error) else error
        if isinstance(problem, Problem):
            raise problem from error
        if isinstance(cause, psycopg.errors.UndefinedTable | psycopg.errors.InvalidSchemaName):
            raise Unavailable("nothing has been built here yet", way_out="try again in a moment") from error
        raise
    except PoolTimeout as error:
        raise Unavailable("too many questions wait for the database", way_out="try again in a second") from error
