"""Connections to PostgreSQL: how they are made, what must be true of a server before facts go there, what errors mean."""

from __future__ import annotations

import errno
import os
import select
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import conninfo
from psycopg.pq import ExecStatus

from shared.kernel.errors import OutOfSpace, Problem, Unavailable
from shared.runtime.clock import seconds

OLDEST = 140000
CONNECT_S = 10
LOCK_TIMEOUT_S = 20
IDLE_S = 15
"""A writer that hangs with the lock in its hand is disconnected after this; less than others wait for the lock."""
PATIENCE = {
    "tcp_keepalives_idle": "5", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3", "tcp_user_timeout": "15000",
}  # fmt: skip
"""Of the server with us. After a cut of the network it would else believe for two hours in a session that we have long given
up, and nobody would get the turn, or the lock, that this session holds."""
READERS = 8
"""Connections that the readers of a process share."""
AFTER_A_FAILURE_S = 0.5
"""So long nobody tries again: whoever asks meanwhile is told at once, instead of waiting for a server that is away."""

Connection = psycopg.Connection[Any]
_ASKED = (
    "server_version_num", "server_encoding", "fsync", "full_page_writes", "data_sync_retry", "synchronous_commit",
    "transaction_read_only",
)  # fmt: skip
_SETTINGS = ", ".join(f"current_setting('{name}')" for name in _ASKED)


def weak_settings(settings: Mapping[str, str]) -> list[tuple[str, str]]:
    """What is unsafe about a server, each with the way out; settings by name, as the server tells them."""
    found: list[tuple[str, str]] = []
    version = int(settings["server_version_num"])
    if version < OLDEST:
        found.append((f"PostgreSQL {version // 10000} is too old", f"use PostgreSQL {OLDEST // 10000} or newer"))
    if settings["server_encoding"] != "UTF8":
        found.append((
            f"the database's encoding is {settings['server_encoding']}, and facts are UTF-8",
            "CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8'",
        ))  # fmt: skip
    for name, why in (
        ("fsync", "a power cut would lose acknowledged commands, or the database"),
        ("full_page_writes", "a power cut could tear pages"),
        ("synchronous_commit", "a power cut would lose acknowledged commands"),
    ):
        if settings[name] == "off":
            reload = "ALTER SYSTEM SET {0} = on; SELECT pg_reload_conf()"
            also = (
                "; also ALTER DATABASE or ALTER ROLE … RESET {0}, where it was set"
                if name == "synchronous_commit"
                else ""
            )
            found.append((f"{name} is off: {why}", (reload + also).format(name)))
    if settings["data_sync_retry"] == "on":
        found.append((
            "data_sync_retry is on: a write that the disk refused would pass for done",
            "ALTER SYSTEM SET data_sync_retry = off, and restart the server",
        ))  # fmt: skip
    if settings["transaction_read_only"] == "on":
        found.append((
            "the database is read-only",
            "name the primary, not a standby; or ALTER DATABASE … RESET default_transaction_read_only",
        ))  # fmt: skip
    return found


def settings_of(connection: Connection) -> dict[str, str]:
    """What the server, the database and the role have set."""
    found = connection.execute(f"SELECT {_SETTINGS}".encode()).fetchone()
    assert found is not None
    return dict(zip(_ASKED, map(str, found), strict=True))


def checked_url(url: str) -> str:
    """The address of a database as it was given; raises Unavailable, without repeating it, when it is none."""
    try:
        parts = conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        parts = {}
    if not url.startswith(("postgresql://", "postgres://")) or not parts.get("dbname"):
        raise Unavailable(
            "--database is no address of a PostgreSQL database",
            way_out="for example postgresql://casetrail@db.example/casetrail",
        )
    return url


def shown(url: str) -> str:
    """An address without its password."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    query = "&".join(word for word in parts.query.split("&") if word and not word.startswith("password="))
    return urlunsplit(parts._replace(netloc=user.partition(":")[0] + at + host, query=query))


def with_user(url: str, user: str, password: str) -> str:
    """The same database as somebody else."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}"))


def connect(url: str, *, writes: bool) -> Connection:
    """A connection whose commits are on the disk when they return, or that cannot write. Raises Unavailable."""
    try:
        connection: Connection = psycopg.connect(
            url, autocommit=True, prepare_threshold=0, connect_timeout=CONNECT_S, application_name="casetrail",
            keepalives_idle=5, keepalives_interval=2, keepalives_count=3, tcp_user_timeout=int(PATIENCE["tcp_user_timeout"]),
        )  # fmt: skip
    except psycopg.Error as error:
        raise told(error, url) from error
    try:
        weak = weak_settings(settings_of(connection))
        if weak:
            raise Unavailable(
                f"{shown(url)}: {'; '.join(what for what, _ in weak)}", way_out="; ".join(way for _, way in weak)
            )
        # Every question here has its index: the planner shall neither scan a table it believes empty nor plan anew each time.
        usual = {
            "plan_cache_mode": "force_generic_plan",
            "enable_seqscan": "off",
            "search_path": "pg_catalog",
            **PATIENCE,
        }
        if writes:
            usual |= {
                "lock_timeout": f"{LOCK_TIMEOUT_S}s",
                "idle_in_transaction_session_timeout": f"{IDLE_S}s",
            }
        else:
            usual |= {"default_transaction_read_only": "on"}
        chosen = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in usual.items())
        connection.execute(f"SELECT {chosen}".encode())
        if writes:
            # `remote_write` and `remote_apply` wait for a standby besides; `local` would not wait for the one that is configured.
            connection.execute(
                "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'local'"
            )
    except BaseException as error:
        connection.close()
        raise told(error, url) if isinstance(error, psycopg.Error) else error from error
    return connection


def told(error: psycopg.Error, url: str = "") -> BaseException:
    """What a person can do something about, as a Problem; anything else is a bug and stays what it is."""
    said = str(error).strip()
    at = f" {shown(url)}" if url else ""
    match error:
        case psycopg.errors.DiskFull():
            return OutOfSpace(
                "the database's disk is full; nothing was stored", way_out="free some space; reading still works"
            )
        case psycopg.errors.LockNotAvailable():
            return Unavailable("another process holds the ledger's writer lock", way_out="try again in a moment")
        case psycopg.errors.ReadOnlySqlTransaction():
            return Unavailable("the database is read-only", way_out="name the primary, not a standby")
        case psycopg.errors.InsufficientPrivilege():
            return Unavailable(
                f"the database does not allow it: {_reason(said)}",
                way_out="deploy/postgres/roles.sql grants what is needed",
            )
        case psycopg.OperationalError() if "password" in said or "authentication" in said:
            return Unavailable(
                f"the database{at} does not take this user or password: {_reason(said)}",
                way_out="correct the user or password in --database (or PGPASSWORD, or ~/.pgpass)",
            )
        case psycopg.OperationalError() if os.strerror(errno.ENOSPC) in said:  # no session, so no error code either
            return Unavailable(f"the database{at} cannot be reached: its disk is full", way_out="free some space on it")
        case psycopg.OperationalError() | psycopg.InterfaceError():
            return Unavailable(
                f"the database{at} cannot be reached: {_reason(said)}",
                way_out="see that the server runs and --database names it; nothing else needs to be done",
            )
        case _:
            return error


def _reason(said: str) -> str:
    """The one thing that counts of what the library said; it repeats address and advice."""
    told = said.rpartition("FATAL:")[2] if "FATAL:" in said else said.partition("\n")[0].rpartition(" failed: ")[2]
    return told.strip().partition("\n")[0] or "no reason given"


def lost(connection: Connection) -> bool:
    """Whether a connection must never be used again."""
    return connection.closed or connection.broken


def is_quiet(connection: Connection) -> bool:
    """Whether nothing has come that nobody asked for: a server that ends a session says so, or hangs up. No question is asked."""
    if lost(connection):
        return False
    waiting = select.poll()
    waiting.register(connection.pgconn.socket, select.POLLIN)
    return not waiting.poll(0)


def tell(connection: Connection, statements: str) -> int:
    """Statements without parameters, in one piece; how many rows the last one changed. Raises psycopg.Error.

    Nothing is prepared, parsed or fetched in Python, which costs more than the statements for which this is used.
    """
    result = connection.pgconn.exec_(statements.encode())
    if result.status not in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK):
        raise psycopg.errors.error_from_result(result)
    return result.command_tuples or 0


class Readers:
    """The connections that the readers of a process share. One that was lost is never used again; a question that meets one
    is asked again on another."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._idle: list[Connection] = []
        self._places = threading.BoundedSemaphore(READERS)
        self._failed: tuple[float, Problem] | None = None
        self._closed = False

    def ask(self, question: Callable[[Connection], Any]) -> Any:
        """The answer; raises Unavailable when there is none to be had."""
        with self._place():
            while True:
                connection, fresh = self._take()
                try:
                    answer = question(connection)
                except psycopg.Error as error:
                    again = lost(connection) and not fresh
                    self.put_back(connection)
                    if again:
                        continue
                    raise told(error) from error
                except BaseException:
                    connection.close()  # in the middle of something
                    raise
                self.put_back(connection)
                return answer

    def put_back(self, connection: Connection) -> None:
        """For the next reader, if it is any good."""
        if self._closed or lost(connection):
            connection.close()
        else:
            self._idle.append(connection)

    def close(self) -> None:
        """Let go of all of them."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    def _take(self) -> tuple[Connection, bool]:
        with suppress(IndexError):
            return self._idle.pop(), False
        if self._failed is not None and seconds() - self._failed[0] < AFTER_A_FAILURE_S:
            raise self._failed[1]
        try:
            connection = self._connect()
        except Problem as problem:
            self._failed = seconds(), problem
            raise
        self._failed = None
        return connection, True

    @contextmanager
    def _place(self) -> Generator[None]:
        if not self._places.acquire(timeout=LOCK_TIMEOUT_S):
            raise Unavailable("too many questions wait for the database", way_out="try again in a second")
        try:
            yield
        finally:
            self._places.release()
