"""Where a home keeps its facts and its read models: in files of its own, or in a PostgreSQL database."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from shared.kernel.errors import Problem, Unavailable
from shared.runtime.clock import randomness, seconds, wall
from shared.runtime.codec import Identity
from shared.runtime.directory import last_recorded
from shared.runtime.home import Home, StartRefused
from shared.runtime.ledger import UNFINISHED, Copy, DamagedLedger, Ledger, NewerLedger, NoLedger
from shared.runtime.shelf import FileShelf, Shelf
from shared.runtime.sqlite_ledger import SqliteLedger

RESTORING = "restoring.json"
"""Lies in a home that a backup is being put into, until that is done."""
COPYING_WAY_OUT = "name an empty database, or drop its schema casetrail"
PATIENCE_S = 2.0
"""A server needs a moment to notice that whoever copied before has ended, or was killed."""
BEHIND_S = 5.0
"""A clock that is this much behind the last fact is wrong: what is recorded now would seem to have happened then."""


def database_of(home: Home, given: str | None = None) -> str:
    """The address of the database, as given or as remembered; empty when the ledger is a file. Raises StartRefused."""
    if (home / RESTORING).exists():
        raise StartRefused(f"a restore into {home.path} was cut short: run it again")
    saved = home.saved()
    if given and saved.ledger and not saved.database:
        raise StartRefused(
            f"{home.path} keeps its ledger in ledger.sqlite: leave out --database, or choose another --home for the database"
        )
    return given or saved.database


def open_ledger(home: Home, database: str, *, simulated: bool = False, make: bool = True) -> Ledger:
    """The home's ledger; raises StartRefused, with the way out, when it cannot be used. Nothing has been touched then.

    `make`: one that is not there yet is made.
    """
    new_id, known = randomness(8).hex(), home.saved().ledger
    with _refusing(database, make=make):
        if not database:
            return SqliteLedger(home / "ledger.sqlite", new_ledger_id=new_id, simulated=simulated)
        ledger = _postgres_ledger(database, "" if known or not make else new_id, simulated)
        if ledger.identity().epoch == UNFINISHED:
            ledger.close()
            raise StartRefused(
                f"the database holds a copy of the ledger {ledger.identity().ledger_id} that is not complete: "
                "run casetrail move, or casetrail restore, again"
            )
        if known and ledger.identity().ledger_id != known:
            ledger.close()
            raise StartRefused(
                f"{home.path} had the ledger {known}, and this database holds {ledger.identity().ledger_id}: "
                "name the right one with --database, or choose another --home"
            )
        return ledger
    raise AssertionError


def make_ledger(database: str) -> str:
    """The tables of a ledger, made by whoever may; a line that says which ledger it is."""
    with _refusing(database):
        ledger = _postgres_ledger(database, randomness(8).hex(), simulated=False)
        identity = ledger.identity()
        ledger.close()
        return f"ledger {identity.ledger_id}, format {identity.format}, is in order"
    raise AssertionError


def make_login(database: str, roles: str, name: str, password: str) -> None:
    """The roles, and one of the writers: as its owner. Done again it changes the password."""
    with _refusing(database):
        from shared.runtime.postgres_roles import make_writer

        make_writer(database, roles, name, password)


@contextmanager
def copy_in(database: str, identity: Identity) -> Generator[Callable[[], Copy]]:
    """For one process at a time: opens the copy of a ledger in a database, anew each time; an empty one is made."""
    opened: list[Copy] = []

    def again() -> Copy:
        while opened:
            opened.pop().close()
        from shared.runtime.postgres_ledger import PostgresLedger

        with _refusing(database):
            opened.append(PostgresLedger(database, identity.ledger_id, simulated=identity.simulated, epoch=UNFINISHED))
        return opened[0]

    with _turn_to_copy(database):
        try:
            yield again
        finally:
            while opened:
                opened.pop().close()


def drop_unfinished(database: str, ledger_id: str) -> None:
    """What a restore of the same ledger that was cut short has left there goes; nothing else does."""
    with _turn_to_copy(database) as session:
        from shared.runtime import postgres_schema

        postgres_schema.drop_unfinished(session, ledger_id)


@contextmanager
def _turn_to_copy(database: str) -> Generator[Any]:
    session = _session(database)
    try:
        yield session
    finally:
        session.close()


def _session(database: str) -> Any:
    with _refusing(database):
        _see_to_psycopg()
        from shared.runtime import postgres, postgres_schema

        session = postgres.connect(postgres.checked_url(database), writes=True)
        until = seconds() + PATIENCE_S
        while seconds() < until:
            if postgres_schema.take_turn_to_copy(session):
                return session
            time.sleep(0.05)
        session.close()
        raise Unavailable(
            "another process is just copying a ledger into this database", way_out="wait until it has ended"
        )
    raise AssertionError


@contextmanager
def _refusing(database: str, *, make: bool = True) -> Generator[None]:
    try:
        yield
    except NewerLedger as error:
        raise StartRefused(f"{error}: install that version of Casetrail, or choose another --home") from None
    except NoLedger as error:
        way_out = (
            "name the right one with --database" if make else "casetrail postgres migrate, with the owner's --database"
        )
        raise StartRefused(f"{error}: {way_out}") from None
    except DamagedLedger as error:
        way_out = "restore the database from a backup" if database else "restore ledger.sqlite from a backup"
        raise StartRefused(f"{error}: {way_out}") from None
    except Problem as problem:
        raise _refused(problem) from None


def open_shelf(home: Home, database: str) -> Shelf:
    """Where its read models are."""
    if not database:
        return FileShelf(home / "read")
    try:
        from shared.runtime.postgres_store import PostgresShelf

        return PostgresShelf(database)
    except Problem as problem:
        raise _refused(problem) from None


def remember(home: Home, database: str) -> None:
    """So that the next start, and every command that opens the home, need not be told again."""
    if database != home.saved().database:
        with home.changing() as saved:
            saved.database = database


def clock_fault(ledger: Ledger, *, simulated: bool) -> str | None:
    """What is wrong when this machine's clock is behind the last fact; a simulated home has a clock of its own."""
    head = ledger.head()
    if simulated or head == 0:
        return None
    last, now = last_recorded(ledger.rows(head - 1, 1)[-1].recorded_at), wall()
    if last is None or (last - now).total_seconds() <= BEHIND_S:
        return None
    return f"this machine's clock shows {now:%Y-%m-%d %H:%M:%S} UTC and the last fact was recorded at {last:%Y-%m-%d %H:%M:%S} UTC"


CLOCK_WAY_OUT = "set the clock right (timedatectl), or wait until it has come so far"


def _see_to_psycopg() -> None:
    if find_spec("psycopg") is None:
        raise Unavailable(
            "psycopg, which speaks with PostgreSQL, is not installed", way_out="pip install 'casetrail[postgres]'"
        )


def _postgres_ledger(database: str, new_id: str, simulated: bool) -> Ledger:
    _see_to_psycopg()
    from shared.runtime.postgres_ledger import PostgresLedger

    return PostgresLedger(database, new_id, simulated=simulated)


def _refused(problem: Problem) -> StartRefused:
    return StartRefused(problem.line)
