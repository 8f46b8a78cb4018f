"""A PostgreSQL that is killed, restarted, or that ends every connection, while clients work: what was acknowledged is there."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from tests.faults import loop_image
from tests.faults.frame import CannotRunHere, Verdict, scenario
from tests.faults.scenarios.disk import ends_in_a_line, filled
from tests.faults.surroundings import at_work, fault_of, refused
from tests.house import free_port, until
from tests.postgres import PASSWORD, Server, why_not


@contextmanager
def own_server(**how: object) -> Iterator[Server]:
    """One that may be harmed."""
    if reason := why_not():
        raise CannotRunHere(reason)
    server = Server(**how).start()  # type: ignore[arg-type]
    try:
        yield server
    finally:
        server.remove()


@scenario("postgres-killed", row="8", short=True)
def postgres_killed(folder: Path, seed: int) -> Verdict:
    """kill -9 of all of PostgreSQL twice, in the middle of commits, and a start: commands wait or are told so, none is lost."""
    return killed(folder, seed, 2)


@scenario("postgres-killed-often", row="8")
def postgres_killed_often(folder: Path, seed: int) -> Verdict:
    """The same twenty times."""
    return killed(folder, seed, 20)


def killed(folder: Path, seed: int, times: int) -> Verdict:
    verdict, chance = Verdict(), random.Random(seed)
    with (
        own_server() as server,
        at_work(folder, verdict, commands=80 * (times + 1), database=server.url()) as (_, load),
    ):
        for number in range(times):
            load.after((number + chance.random()) / (times + 1))
            server.kill()
            server.start()
            verdict.count(kills=1)
    return verdict


@scenario("postgres-backend-killed", row="8")
def postgres_backend_killed(folder: Path, seed: int) -> Verdict:
    """kill -9 of the one PostgreSQL process that writes our commits: the server recovers by itself, and so do we."""
    verdict, chance = Verdict(), random.Random(seed)
    with own_server() as server, at_work(folder, verdict, commands=400, database=server.url()) as (_, load):
        for number in range(4):
            load.after((number + chance.random()) / 5)
            if (pid := _writer(server)) is not None:
                os.kill(pid, signal.SIGKILL)
                verdict.count(kills=1)
    return verdict


@scenario("postgres-terminates", row="8")
def postgres_terminates(folder: Path, seed: int) -> Verdict:
    """pg_terminate_backend of every connection again and again under load: none is used again, and nobody need help."""
    verdict, chance = Verdict(), random.Random(seed)
    with own_server() as server, at_work(folder, verdict, commands=400, database=server.url()) as (_, load):
        for number in range(8):
            load.after((number + chance.random()) / 9)
            verdict.count(rounds=1, terminated=_terminate_all(server.url()))
    return verdict


@scenario("postgres-disk-full", row="11")
def postgres_disk_full(folder: Path, seed: int) -> Verdict:
    """The disk of PostgreSQL fills up and is freed: commands are refused with the way out, reads answered; then all goes on."""
    verdict = Verdict()
    with (
        server_on_small_disk() as (server, disk),
        at_work(folder, verdict, commands=400, database=server.url()) as (house, load),
    ):
        _execute(server.url(), "CREATE DATABASE fresh")
        fresh = ("--home", str(folder / "fresh"), "--database", server.url("fresh"))
        case = load.people.case()
        case.sees()
        load.after(0.3)
        with filled(disk):
            refused(load.people.zhou, 507, "disk is full")
            assert load.people.owner.sees(f"/audit/complaints/{case.id}")["stage"] == "received"
            for asked in (
                ("rebuild", "--home", str(house.home), "--database", server.url()),
                ("up", "--port", str(free_port()), *fresh),
            ):
                verdict.faults += ends_in_a_line(*asked)
        load.people.case()
        house.ready()
    return verdict


@scenario("postgres-log-full", row="11")
def postgres_log_full(folder: Path, seed: int) -> Verdict:
    """PostgreSQL has no room for its write-ahead log and ends itself, as it does; freed and started, all goes on."""
    verdict = Verdict()
    with (
        server_on_small_disk() as (server, disk),
        at_work(folder, verdict, commands=400, database=server.url()) as (_, load),
    ):
        load.after(0.3)
        with filled(disk):
            until(lambda: _ended(server), "PostgreSQL ends itself", 60, 0.1)
            refused(load.people.zhou, 503, "cannot be reached")
        server.start()
    return verdict


@contextmanager
def server_on_small_disk() -> Iterator[tuple[Server, Path]]:
    """One whose disk can be filled in a moment, and that disk."""
    with loop_image.memory(160) as disk, own_server(place=disk / "postgres") as server:
        yield server, disk


def _ended(server: Server) -> bool:
    """Whether it has; each segment of its write-ahead log that we leave brings it nearer."""
    import psycopg

    with suppress(psycopg.OperationalError):
        _execute(server.url(), "CREATE TEMP TABLE IF NOT EXISTS little (one int)")
        _execute(server.url(), "SELECT 1 FROM pg_switch_wal()")
    return server.process is not None and server.process.poll() is not None


@scenario("postgres-read-only", row="8")
def postgres_read_only(folder: Path, seed: int) -> Verdict:
    """The database becomes read-only while clients work (as a standby is): they are told so, and all goes on when it is not."""
    verdict = Verdict()
    with own_server() as server, at_work(folder, verdict, commands=200, database=server.url()) as (_, load):
        load.after(0.4)
        _make_read_only(server, "on")
        _terminate_all(server.url())
        refused(load.people.zhou, 503, "read-only")
        _make_read_only(server, "off")
    return verdict


@scenario("postgres-password", row="8")
def postgres_password(folder: Path, seed: int) -> Verdict:
    """The password of the database is changed while clients work, and put back: commands and `/readyz` say what is wrong."""
    verdict = Verdict()
    with own_server() as server, at_work(folder, verdict, commands=200, database=server.url()) as (house, load):
        load.after(0.4)
        now = server.url(password="another one")
        _execute(server.url(), "ALTER ROLE postgres PASSWORD 'another one'")
        _terminate_all(now)
        refused(load.people.zhou, 503, "user or password")
        told = fault_of(house, "ledger", "user or password", "correct the user or password")
        if PASSWORD in told or quote(PASSWORD, safe="") in told:
            verdict.faults.append(f"the password is told: {told}")
        _execute(now, f"ALTER ROLE postgres PASSWORD '{PASSWORD}'")
    return verdict


def _make_read_only(server: Server, setting: str) -> None:
    _execute(server.url(), f"ALTER SYSTEM SET default_transaction_read_only = {setting}")
    _execute(server.url(), "SELECT pg_reload_conf()")


def _terminate_all(url: str) -> int:
    """Every connection but our own; how many there were."""
    return _execute(
        url,
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL",
    )


def _execute(url: str, statement: str) -> int:
    """As the administrator; the first number of the answer."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as administrator:
        done = administrator.execute(statement.encode())
        found = done.fetchone() if done.description else None
    return int(found[0]) if found else 0


def _writer(server: Server) -> int | None:
    """The session that holds the ledger's lock, or is about to."""
    import psycopg

    with psycopg.connect(server.url(), autocommit=True) as administrator:
        found = administrator.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'casetrail' AND state <> 'idle' "
            "AND pid <> pg_backend_pid() ORDER BY xact_start LIMIT 1"
        ).fetchone()
    return found[0] if found else None
