"""What only PostgreSQL has to show: several processes, sessions that die, roles, settings, partitions."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.kernel.errors import Unavailable
from shared.runtime.ledger import Answered, DamagedLedger, Ledger, NewerLedger
from tests.facts import received
from tests.house import until
from tests.postgres import Server, database_at, why_not
from tests.shared.runtime.desks import desk_on, said, saying
from tests.shared.runtime.ledgers import filled, one_after_another, row, rows

if why_not():
    pytest.skip(str(why_not()), allow_module_level=True)

import psycopg

from shared.runtime import postgres, postgres_ledger, postgres_schema
from shared.runtime.postgres import weak_settings
from shared.runtime.postgres_ledger import PostgresLedger

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return database_at(tmp_path)


@pytest.fixture
def opened(url: str) -> Iterator[Callable[[], PostgresLedger]]:
    """Opens the ledger; called again, as another process would."""
    ledgers: list[PostgresLedger] = []

    def again() -> PostgresLedger:
        ledgers.append(PostgresLedger(url, "L1"))
        return ledgers[-1]

    yield again
    for ledger in ledgers:
        ledger.close()


@pytest.fixture
def ledger(opened: Callable[[], PostgresLedger]) -> PostgresLedger:
    return opened()


@pytest.fixture
def anybody(url: str) -> Iterator[psycopg.Connection[Any]]:
    """An administrator beside us."""
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def server() -> Iterator[Server]:
    """One that a test may stop."""
    own = Server().start()
    yield own
    own.remove()


# ── several processes ─────────────────────────────────────────────────────────────────────────────────────────────────
WRITERS, HOT, ROUNDS = 4, 3, 40


def _writes_at_a_desk(url: str, name: int) -> None:
    """Each writes by turns in streams that all write in, and in one of its own."""
    ledger = PostgresLedger(url, "L1")
    with desk_on(ledger) as desk:
        for n in range(ROUNDS):
            hot = saying(f"complaint-hot{n % HOT}", received(f"SZ-{name}-{n}"), command_id=f"{name}-{n}", as_told=True)
            said(desk, hot)
            own = saying(f"complaint-own{name}", received(f"OWN-{name}-{n}"), command_id=f"o{name}-{n}", as_told=True)
            said(desk, own)
    ledger.close()


def test_four_processes_at_the_same_streams_leave_no_gap_no_double_and_never_a_fact_before_its_predecessor(
    url: str, ledger: PostgresLedger
):
    with desk_on(ledger):
        before = ledger.head()  # the organisation
    seen: list[int] = []
    stop = threading.Event()

    def tails() -> None:
        """As a relay does it: whatever it has not seen must come in order, and nothing may appear behind it."""
        while not stop.is_set() or (seen[-1] if seen else 0) < ledger.head():
            seen.extend(one.position for one in reader.rows(seen[-1] if seen else 0, 7))

    reader = PostgresLedger(url)
    tail = threading.Thread(target=tails)
    tail.start()
    writers = [SPAWN.Process(target=_writes_at_a_desk, args=(url, n)) for n in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    stop.set()
    tail.join(30)
    assert [writer.exitcode for writer in writers] == [0] * WRITERS
    everything = ledger.rows(0, 10_000)
    assert len(everything) == before + WRITERS * ROUNDS * 2
    assert [one.position for one in everything] == list(range(1, len(everything) + 1))
    assert seen == [one.position for one in everything]
    versions: dict[str, list[int]] = {}
    for one in everything:
        versions.setdefault(one.stream, []).append(one.version)
    assert all(of == list(range(1, len(of) + 1)) for of in versions.values())
    assert len({one.command_id for one in everything[before:]}) == WRITERS * ROUNDS * 2
    recorded = [one.recorded_at for one in everything]
    assert recorded == sorted(recorded)
    reader.close()


def _holds_the_lock(url: str, ready: Any) -> None:
    postgres.IDLE_S = 1
    ledger = PostgresLedger(url)
    with ledger.writing() as writing:
        writing.append(rows(11, 12))
        writing.rows(0, 1)  # they are with the server
        ready.set()
        time.sleep(60)


def test_the_server_misses_whoever_vanished_from_the_network_within_seconds(url: str):
    """Not after two hours, during which the dead session would keep its turn; the fault suite cuts a real line (network-cut)."""
    for writes in (True, False):
        connection = postgres.connect(url, writes=writes)
        found = connection.execute(
            "SELECT current_setting('tcp_keepalives_idle')::int + current_setting('tcp_keepalives_interval')::int * "
            "current_setting('tcp_keepalives_count')::int"
        ).fetchone()
        assert found is not None and 0 < found[0] <= 15
        connection.close()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_writer_that_dies_or_hangs_with_the_lock_in_its_hand_lets_go_of_it(
    url: str, ledger: PostgresLedger, how: signal.Signals
):
    filled(ledger)
    ready = SPAWN.Event()
    other = SPAWN.Process(target=_holds_the_lock, args=(url, ready))
    other.start()
    try:
        assert ready.wait(30)
        os.kill(other.pid or 0, how)
        began = time.monotonic()
        assert list(one_after_another(ledger, "b", 2)) == [11, 12]
        assert time.monotonic() - began < postgres.LOCK_TIMEOUT_S
        assert ledger.rows(0, 100)[:10] == rows(1, 10), "nothing of what it had not committed"
    finally:
        other.kill()
        other.join(10)


# ── lost connections ──────────────────────────────────────────────────────────────────────────────────────────────────
_TERMINATE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def test_sessions_that_are_terminated_while_idle_are_replaced_unnoticed(
    ledger: PostgresLedger, anybody: psycopg.Connection[Any]
):
    filled(ledger)
    for _ in range(3):
        assert ledger.head() == 10
        anybody.execute(_TERMINATE)
        assert ledger.rows(0, 100) == rows(1, 10)
        anybody.execute(_TERMINATE)
        with ledger.writing() as writing:
            assert writing.head().position == 10


def test_a_session_that_is_terminated_within_a_transaction_stores_nothing_and_says_so(
    ledger: PostgresLedger, anybody: psycopg.Connection[Any]
):
    filled(ledger)
    with pytest.raises(Unavailable, match=r"nobody knows|cannot be reached"), ledger.writing() as writing:
        writing.append(rows(11, 12))
        anybody.execute(_TERMINATE)
    assert ledger.head() == 10
    with ledger.writing() as writing:
        writing.append(rows(11, 11))
    assert ledger.rows(0, 100) == rows(1, 11)


def test_a_server_that_restarts_is_away_for_as_long_as_it_is_and_no_longer(server: Server):
    ledger = PostgresLedger(server.url(), "L1")
    filled(ledger)
    for how in (signal.SIGINT, signal.SIGQUIT):
        server.stop(how)
        for _ in range(3):
            with pytest.raises(Unavailable, match="cannot be reached") as refused:
                ledger.head()
            assert refused.value.way_out is not None and "server runs" in refused.value.way_out
            with pytest.raises(Unavailable, match="cannot be reached"), ledger.writing():
                pass
        server.start()
        until(lambda: _answers(ledger) == 10, "it answers again", 5)
        with ledger.writing() as writing:
            assert writing.head().position == 10
    ledger.close()


def _answers(ledger: Ledger) -> int:
    try:
        return ledger.head()
    except Unavailable:
        return -1


def test_commands_during_a_restart_are_answered_503_and_carried_out_afterwards_each_once(server: Server):
    ledger = PostgresLedger(server.url(), "L1")
    with desk_on(ledger) as desk:
        before = said(desk, saying("complaint-a", received("SZ-1"), command_id="k-1"))
        server.stop(signal.SIGQUIT)
        with pytest.raises(Unavailable):
            said(desk, saying("complaint-b", received("SZ-2"), command_id="k-2"))
        server.start()
        assert said(desk, saying("complaint-a", received("SZ-1"), command_id="k-1")).repeated
        after = said(desk, saying("complaint-b", received("SZ-2"), command_id="k-2"))
        assert (after.position, after.repeated) == (before.position + 1, False)
    ledger.close()


def test_another_ledger_in_the_same_place_is_not_taken_for_ours(
    ledger: PostgresLedger, anybody: psycopg.Connection[Any]
):
    filled(ledger)
    anybody.execute("UPDATE casetrail.ledger SET ledger_id = 'L2'")
    anybody.execute(_TERMINATE)
    with pytest.raises(Unavailable, match="now holds the ledger L2"):
        ledger.head()
    with pytest.raises(Unavailable, match="now holds the ledger L2"), ledger.writing():
        pass
    anybody.execute("UPDATE casetrail.ledger SET ledger_id = 'L1'")
    until(lambda: _answers(ledger) == 10, "it is ours again", 5)


# ── whoever else writes ───────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE casetrail.stored_events SET actor = 'p-eve' WHERE notification_id = 2",
        "UPDATE casetrail.facts_0 SET actor = 'p-eve' WHERE notification_id = 2",
        "DELETE FROM casetrail.stored_events WHERE notification_id = 10",
        "DELETE FROM casetrail.facts_0 WHERE notification_id = 10",
        "TRUNCATE casetrail.stored_events",
        "TRUNCATE casetrail.facts_0",
    ],
)
def test_facts_are_neither_changed_nor_deleted(
    ledger: PostgresLedger, anybody: psycopg.Connection[Any], statement: str
):
    filled(ledger)
    with pytest.raises(psycopg.errors.RaiseException, match="neither changed nor deleted"):
        anybody.execute(statement.encode())
    assert ledger.rows(0, 20) == rows(1, 10)


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE casetrail.stored_events DISABLE TRIGGER facts_stay",
        "DROP TRIGGER facts_follow ON casetrail.stored_events",
        "DROP INDEX casetrail.facts_0_versions",
        "ALTER TABLE casetrail.facts_0 DISABLE TRIGGER facts_stay_whole",
    ],
)
def test_what_has_been_taken_away_is_noticed(
    ledger: PostgresLedger, url: str, anybody: psycopg.Connection[Any], statement: str
):
    assert ledger.weaknesses() == []
    anybody.execute(statement.encode())
    assert len(ledger.weaknesses()) >= 1
    with pytest.raises(DamagedLedger, match="missing or switched off"):
        PostgresLedger(url)


def test_the_organisation_and_the_versions_are_found_across_partitions(
    url: str, monkeypatch: pytest.MonkeyPatch, anybody: psycopg.Connection[Any]
):
    monkeypatch.setattr(postgres_schema, "PARTITION", 50)
    monkeypatch.setattr(postgres_ledger, "PARTITION", 50)
    ledger = PostgresLedger(url, "L1")
    written = [row(1, "site-sz", 1), *rows(2, 30)]
    for first in range(31, 230, 7):
        written += rows(first, first + 6)
    with ledger.writing() as writing:
        writing.append(written[:30])
    for first in range(30, len(written), 7):
        with ledger.writing() as writing:
            writing.append(written[first : first + 7])
    assert ledger.rows(0, 1_000) == written
    assert ledger.head() == len(written)
    assert ledger.stream("complaint-a") == written[1:]
    assert [one.position for one in ledger.organisation(0)] == [1]
    parts = anybody.execute("SELECT FROM pg_inherits WHERE inhparent = 'casetrail.stored_events'::regclass").fetchall()
    assert len(parts) >= 5
    with pytest.raises(psycopg.errors.RaiseException, match="unique"), ledger.writing() as writing:
        writing.append([row(len(written) + 1, "complaint-a", 20)])
    assert ledger.weaknesses() == []
    ledger.close()


# ── roles ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_ledger_from_a_newer_version_is_left_alone(
    ledger: PostgresLedger, url: str, anybody: psycopg.Connection[Any]
):
    filled(ledger)
    anybody.execute("UPDATE casetrail.ledger SET format = format + 1")
    with pytest.raises(NewerLedger, match=f"format {postgres_schema.FORMAT + 1}"):
        PostgresLedger(url)


def test_what_a_migration_left_half_done_is_no_ledger(url: str, anybody: psycopg.Connection[Any]):
    anybody.execute("CREATE SCHEMA casetrail")
    with pytest.raises(DamagedLedger, match="without its table"):
        PostgresLedger(url, "L1")
    anybody.execute("DROP SCHEMA casetrail")
    PostgresLedger(url, "L1").close()


def test_a_migration_that_dies_leaves_nothing(
    url: str, monkeypatch: pytest.MonkeyPatch, anybody: psycopg.Connection[Any]
):
    monkeypatch.setattr(postgres_schema, "_TABLES", (*postgres_schema._TABLES[:9], "SELECT 1 / 0"))
    with pytest.raises(psycopg.errors.DivisionByZero):
        PostgresLedger(url, "L1")
    assert anybody.execute("SELECT FROM pg_namespace WHERE nspname = 'casetrail'").fetchone() is None
    monkeypatch.undo()
    PostgresLedger(url, "L1").close()


# ── settings ──────────────────────────────────────────────────────────────────────────────────────────────────────────
SAFE = {
    "server_version_num": "150018", "server_encoding": "UTF8", "fsync": "on", "full_page_writes": "on",
    "data_sync_retry": "off", "synchronous_commit": "on", "transaction_read_only": "off",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "telling"),
    [
        ({"server_version_num": "130022"}, "PostgreSQL 13 is too old"),
        ({"server_encoding": "SQL_ASCII"}, "encoding is SQL_ASCII"),
        ({"fsync": "off"}, "fsync is off"),
        ({"full_page_writes": "off"}, "full_page_writes is off"),
        ({"synchronous_commit": "off"}, "synchronous_commit is off"),
        ({"data_sync_retry": "on"}, "data_sync_retry is on"),
        ({"transaction_read_only": "on"}, "read-only"),
    ],
)
def test_each_unsafe_setting_is_named_with_its_way_out(changed: dict[str, str], telling: str):
    assert weak_settings(SAFE) == []
    assert weak_settings({**SAFE, "synchronous_commit": "remote_apply", "server_version_num": "140000"}) == []
    ((what, way_out),) = weak_settings(SAFE | changed)
    assert telling in what and len(way_out) > 20


@pytest.mark.parametrize("unsafe", ["fsync", "synchronous_commit", "full_page_writes"])
def test_a_server_with_an_unsafe_setting_is_refused_before_anything_is_made(server: Server, unsafe: str):
    server.stop()
    server.start(**{unsafe: "off"})
    with pytest.raises(Unavailable, match=f"{unsafe} is off") as refused:
        PostgresLedger(server.url(), "L1")
    assert "ALTER SYSTEM" in (refused.value.way_out or "") and "pass" not in str(refused.value)
    with psycopg.connect(server.url(), autocommit=True) as admin:
        assert admin.execute("SELECT FROM pg_namespace WHERE nspname = 'casetrail'").fetchone() is None
    server.stop()
    server.start()
    PostgresLedger(server.url(), "L1").close()


def test_a_weaker_setting_of_the_role_is_refused_too_and_a_local_one_is_raised(
    url: str, anybody: psycopg.Connection[Any]
):
    (name,) = anybody.execute("SELECT current_database()").fetchone() or ("",)
    anybody.execute(f"ALTER DATABASE {name} SET synchronous_commit = off".encode())
    with pytest.raises(Unavailable, match="synchronous_commit is off"):
        PostgresLedger(url, "L1")
    for chosen, then in (("local", "on"), ("remote_apply", "remote_apply")):
        anybody.execute(f"ALTER DATABASE {name} SET synchronous_commit = {chosen}".encode())
        ledger = PostgresLedger(url, "L1")
        with ledger.writing() as writing:
            assert writing.connection.execute("SHOW synchronous_commit").fetchone() == (then,)
        ledger.close()


# ── bad addresses ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_wrong_password_or_nobody_there_or_no_such_database_is_said_without_the_password(server: Server):
    for url, telling in (
        (server.url(password="sesame-wrong"), "user or password"),
        (server.url(user="nobody-here"), "user or password"),
        (server.url(database="elsewhere"), "elsewhere"),
        ("postgresql://postgres:sesame-wrong@127.0.0.1:1/casetrail", "cannot be reached"),
    ):
        with pytest.raises(Unavailable, match=telling) as refused:
            PostgresLedger(url, "L1")
        told = f"{refused.value} {refused.value.way_out}"
        assert "sesame" not in told and "signs" not in told and refused.value.way_out
    for wrong in ("sqlite:///x", "postgresql://", "localhost:sesame", "postgresql://a:sesame@[bad/x"):
        with pytest.raises(Unavailable, match="no address") as refused:
            PostgresLedger(wrong, "L1")
        assert "sesame" not in f"{refused.value}"


def test_a_read_only_database_is_refused(url: str, anybody: psycopg.Connection[Any]):
    (name,) = anybody.execute("SELECT current_database()").fetchone() or ("",)
    anybody.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())
    with pytest.raises(Unavailable, match="read-only"):
        PostgresLedger(url, "L1")


# ── being woken ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_whoever_listens_is_woken_by_every_process_and_again_after_its_connection_was_lost(
    opened: Callable[[], PostgresLedger], anybody: psycopg.Connection[Any]
):
    one, other = opened(), opened()
    woken = threading.Event()
    assert one.wakes(woken.set)
    assert woken.wait(10), "once at the beginning"
    for n in range(3):
        woken.clear()
        filled_more(other, n + 1)
        assert woken.wait(5)
    woken.clear()
    anybody.execute(_TERMINATE)
    assert woken.wait(10), "it listens again, and looks"
    woken.clear()
    filled_more(other, 4)
    assert woken.wait(5)


def test_whoever_is_woken_reads_all_that_was_committed_here_and_elsewhere(opened: Callable[[], PostgresLedger]):
    one, other = opened(), opened()
    woken = threading.Event()
    one.wakes(woken.set)
    assert woken.wait(10), "once at the beginning"
    for last in range(2, 40, 2):
        woken.clear()
        filled_more(one, last - 1)
        assert woken.is_set(), "by its own commit, at once"
        woken.clear()
        filled_more(other, last)
        assert woken.wait(5)
        assert [row.position for row in one.rows(last - 2, 10)] == [last - 1, last]


def test_who_was_deaf_for_a_while_reads_what_was_committed_meanwhile(
    opened: Callable[[], PostgresLedger], anybody: psycopg.Connection[Any]
):
    one, other = opened(), opened()
    woken = threading.Event()
    one.wakes(woken.set)
    assert woken.wait(10)
    filled_more(one, 1)
    woken.clear()
    anybody.execute(_TERMINATE)
    filled_more(one, 2)
    filled_more(other, 3)
    until(lambda: [row.position for row in one.rows(0, 10)] == [1, 2, 3], "it listens again, and knows", 10)


def test_a_notification_that_is_none_of_ours_wakes_and_does_no_harm(
    opened: Callable[[], PostgresLedger], anybody: psycopg.Connection[Any]
):
    ledger = opened()
    woken = threading.Event()
    ledger.wakes(woken.set)
    assert woken.wait(10)
    for payload in ("", "four", "²", "-1", "9" * 7_000):
        woken.clear()
        anybody.execute("SELECT pg_notify('casetrail', %s)", (payload,))
        assert woken.wait(5), payload
        filled_more(ledger, ledger.head() + 1)
        assert ledger.rows(0, 10)[-1].position == ledger.head()


def filled_more(ledger: Ledger, position: int) -> None:
    with ledger.writing() as writing:
        writing.append([row(position)])
        writing.remember({("p-ana", f"k{position}"): Answered("f", b"x")})
