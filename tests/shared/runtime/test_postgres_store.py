"""Read models of several processes on PostgreSQL: one applies, the others stand by, answer, and take over."""

from __future__ import annotations

import asyncio
import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from shared.kernel.errors import Unavailable
from shared.runtime.listener import Listener
from shared.runtime.many_rows import write_many
from shared.runtime.read_model import ReadModel
from tests.house import until
from tests.postgres import Server, database_at, why_not
from tests.shared.runtime.ledgers import NO_CASES, filled, rows
from tests.shared.runtime.test_store import Cases, Fragile, count

if why_not():
    pytest.skip(str(why_not()), allow_module_level=True)

import psycopg

from shared.runtime.postgres_ledger import PostgresLedger
from shared.runtime.postgres_store import PostgresShelf, PostgresStore, schema_of

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return database_at(tmp_path)


@pytest.fixture
def process(url: str) -> Iterator[Callable[[], PostgresStore[Cases]]]:
    """The read model as one more process has it."""
    shelves: list[PostgresShelf] = []

    def one_more(model: type[ReadModel] = Cases) -> PostgresStore[Any]:
        shelves.append(PostgresShelf(url))
        store = shelves[-1].store(model, "L1:1", NO_CASES)
        store.shelf = shelves[-1]  # type: ignore[attr-defined]
        return store

    yield one_more
    for shelf in shelves:
        shelf.close()


@pytest.fixture
def anybody(url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def ends(store: Any) -> None:
    store.shelf.close()


def test_one_applies_and_the_others_follow_and_take_over(process: Callable[[], PostgresStore[Cases]]):
    one, two = process(), process()
    assert not one.stands_by()
    one.apply_rows(rows(1, 5))
    assert two.stands_by()
    assert (two.position, count(two)) == (5, 5)
    one.apply_rows(rows(6, 9))
    assert two.stands_by() and two.position == 9
    ends(one)
    until(lambda: not two.stands_by(), "it takes over", 5)
    two.apply_rows(rows(10, 12))
    assert (two.position, count(two)) == (12, 12)


def test_two_that_both_believe_it_is_their_turn_take_every_fact_once(
    process: Callable[[], PostgresStore[Cases]], anybody: psycopg.Connection[Any]
):
    one, two = process(), process()
    assert not one.stands_by()
    one.apply_rows(rows(1, 3))
    # The session that held the turn is lost, and its process has not noticed yet.
    anybody.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted")
    until(lambda: not two.stands_by(), "the other one takes its turn", 5)
    two.apply_rows(rows(4, 8))
    one.apply_rows(rows(4, 6))
    assert (one.position, count(one)) == (8, 8), "it applied nothing, and goes on from where the rows stand"
    one.apply_rows(rows(9, 9))
    two.apply_rows(rows(9, 10))
    assert (two.position, count(two)) == (9, 9)
    two.apply_rows(rows(10, 10))
    assert count(one) == 10
    until(one.stands_by, "it notices that it has lost its turn", 5)


def test_a_server_that_ends_sessions_between_two_turns_is_no_fault_of_the_next(
    process: Callable[[], PostgresStore[Cases]], anybody: psycopg.Connection[Any]
):
    store = process()
    for first in (1, 11, 21):
        store.apply_rows(rows(first, first + 9))
        anybody.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'casetrail'"
        )
    store.apply_rows(rows(31, 31))
    assert (store.position, count(store)) == (31, 31)


class Pairs(ReadModel):
    """Deletes what each fact names: plainly, and by pairs."""

    name, version = "pairs", 1
    metadata = sa.MetaData()
    table = sa.Table(
        "pairs",
        metadata,
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True),
    )


NAMES = ("a", "B", "ü线", "{x,y}", "q\"u\\o'te", "", "NULL", "a b")


@pytest.mark.parametrize("many", [1, 2, 3, 4, 8])
def test_rows_go_and_come_the_same_one_by_one_and_many_at_once(process: Callable[..., PostgresStore[Any]], many: int):
    store, pairs = process(Pairs), Pairs.table
    by_pair = sa.delete(pairs).where(pairs.c.id == sa.bindparam("of"), pairs.c.number == sa.bindparam("which"))
    by_name = sa.delete(pairs).where(pairs.c.id == sa.bindparam("of"))
    everything = {(name, number) for name in NAMES for number in (1, 2**40)}
    with store.engine.begin() as db:
        write_many(db, sa.insert(pairs), [{"id": id, "number": number} for id, number in everything])
        write_many(db, by_pair, [{"of": name, "which": 2**40} for name in NAMES[:many]])
        left = everything - {(name, 2**40) for name in NAMES[:many]}
        assert {(row.id, row.number) for row in db.execute(sa.select(pairs))} == left
        write_many(db, by_name, [{"of": name} for name in NAMES[-many:]])
        left = {(id, number) for id, number in left if id not in NAMES[-many:]}
        assert {(row.id, row.number) for row in db.execute(sa.select(pairs))} == left


def test_two_at_once_take_every_fact_once(process: Callable[[], PostgresStore[Cases]]):
    both, failed = [process(), process()], list[Exception]()

    def applies(store: PostgresStore[Cases]) -> None:
        try:
            while store.position < 200:
                store.apply_rows(rows(store.position + 1, min(200, store.position + 7)))
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=applies, args=(store,)) for store in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failed
    assert [store.position for store in both] == [200, 200] and count(both[0]) == 200


def test_who_stands_by_may_rebuild_while_the_other_goes_on(process: Callable[[], PostgresStore[Cases]]):
    one, two = process(), process()
    assert not one.stands_by()
    one.apply_rows(rows(1, 40))
    assert two.stands_by()
    with one.engine.begin() as db:
        db.execute(sa.text(f"DELETE FROM {schema_of(Cases)}.cases"))
    all_rows = rows(1, 60)
    two.rebuild(lambda after: all_rows[after : after + 10])
    assert (two.position, count(two)) == (60, 60)
    one.apply_rows(rows(41, 41))
    assert (one.position, count(one)) == (60, 60)
    one.apply_rows(rows(61, 62))
    assert (one.position, count(one)) == (62, 62)


def test_only_one_rebuilds_at_a_time(process: Callable[[], PostgresStore[Cases]]):
    one, two = process(), process()
    started, go = threading.Event(), threading.Event()

    def slowly(after: int) -> Any:
        started.set()
        assert go.wait(20)
        return rows(1, 5)[after:]

    rebuilding = threading.Thread(target=one.rebuild, args=(slowly,))
    rebuilding.start()
    assert started.wait(10)
    with pytest.raises(Unavailable, match="being rebuilt already"):
        two.rebuild(lambda after: rows(1, 5)[after:])
    go.set()
    rebuilding.join(20)
    two.rebuild(lambda after: rows(1, 5)[after:])
    assert count(one) == 5


def test_a_newer_version_has_rows_of_its_own_until_nobody_applies_the_older_one(
    process: Callable[..., PostgresStore[Any]], anybody: psycopg.Connection[Any]
):
    class Newer(Cases):
        version = 2

    class Newest(Cases):
        version = 3

    def schemas() -> set[str]:
        return {name for (name,) in anybody.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'read_%'")}

    old = process()
    assert not old.stands_by()
    old.apply_rows(rows(1, 5))
    new = process(Newer)
    assert not new.stands_by()
    new.apply_rows(rows(1, 3))
    old.apply_rows(rows(6, 6))
    assert (count(old), count(new)) == (6, 3)
    ends(old)
    until(
        lambda: anybody.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'").fetchone() == (1,),
        "it has ended",
    )
    process(Newest)
    assert schemas() == {"read_cases_2", "read_cases_3"}


def test_text_is_in_the_order_of_its_bytes_whatever_the_order_of_the_database(
    process: Callable[[], PostgresStore[Cases]], anybody: psycopg.Connection[Any]
):
    """As on SQLite. A database of another order cannot be made everywhere, so the columns are asked."""
    process()
    found = anybody.execute(
        "SELECT attname, collname FROM pg_attribute JOIN pg_collation c ON c.oid = attcollation WHERE attrelid = %s::regclass",
        (f"{schema_of(Cases)}.cases",),
    ).fetchall()
    assert found == [("case_no", "C")]


# ── listeners of several processes ────────────────────────────────────────────────────────────────────────────────────
def _listens(url: str, ready: Any) -> None:
    async def listen() -> None:
        ledger, shelf = PostgresLedger(url), PostgresShelf(url)
        listener = Listener("audit-cases", shelf.store(Cases, "L1:1", NO_CASES), ledger)
        running = asyncio.create_task(listener.run())
        await listener.reached(10, 30)
        ready.set()
        await running

    asyncio.run(listen())


def test_when_the_process_that_applies_is_killed_another_takes_over_within_a_second_or_so(
    url: str, process: Callable[[], PostgresStore[Cases]]
):
    ledger = PostgresLedger(url, "L1")
    filled(ledger)
    ready = SPAWN.Event()
    other = SPAWN.Process(target=_listens, args=(url, ready))
    other.start()
    assert ready.wait(60)
    store = process()

    async def takes_over() -> float:
        listener = Listener("audit-cases", store, ledger)
        running = asyncio.create_task(listener.run())
        await listener.reached(10, 30)
        assert store.stands_by()
        with ledger.writing() as writing:
            writing.append(rows(11, 11))
        await listener.reached(11, 30)
        assert store.stands_by(), "the other one has applied it"
        other.kill()
        began = time.monotonic()
        with ledger.writing() as writing:
            writing.append(rows(12, 20))
        await listener.reached(20, 30)
        took = time.monotonic() - began
        running.cancel()
        return took

    took = asyncio.run(takes_over())
    other.join(10)
    assert count(store) == 20
    assert took < 5, "busy machines take longer than a second"
    ledger.close()


# ── faults ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_server_that_restarts_is_told_as_such_and_found_again():
    server = Server().start()
    shelf = PostgresShelf(server.url())
    store = shelf.store(Cases, "L1:1", NO_CASES)
    assert not store.stands_by()
    store.apply_rows(rows(1, 5))
    server.stop()
    for ask in (lambda: count(store), lambda: store.apply_rows(rows(6, 6)), store.position_on_disk):
        with pytest.raises(Unavailable, match="cannot be reached"):
            ask()
    server.start()
    assert count(store) == 5
    until(lambda: not store.stands_by(), "it takes its turn again", 5)
    store.apply_rows(rows(6, 7))
    assert (store.position, count(store)) == (7, 7)
    shelf.close()
    server.remove()


def test_a_bug_leaves_rows_and_position_as_they_were(process: Callable[..., PostgresStore[Any]]):
    store = process(Fragile)
    store.apply_rows(rows(1, 600))
    with pytest.raises(ZeroDivisionError):
        store.apply_rows(rows(601, 700))
    assert (store.position, store.position_on_disk(), count(store)) == (600, 600, 600)
