"""Durable commands a second at the desk, and what the store would take from whoever writes single rows."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvloop

from bench.measuring import Measure
from bench.world import World
from services.composition import TURN_S
from shared.runtime.orders import Order
from tests.postgres import database_at

BODY = b"x" * 400
ROW = (
    "CREATE TABLE facts (position BIGINT PRIMARY KEY, stream TEXT NOT NULL, version INTEGER NOT NULL, body {blob} NOT NULL,"
    " UNIQUE (stream, version))"
)
STORES = ("SQLite", "PostgreSQL")


# ── the raw limit ─────────────────────────────────────────────────────────────────────────────────────────────────────
def raw(store: str, connections: int, rows: int = 1) -> Measure:
    """Rows a second, so many in each transaction, over so many connections with a thread each."""

    def measure(folder: Path, seconds: float) -> float:
        numbers = itertools.count(1)
        opened = _postgres(folder) if store == "PostgreSQL" else _sqlite(folder)
        writers = [opened() for _ in range(connections)]
        return rate(
            lambda client, number: writers[client]([(next(numbers), f"{client}-{number:030}-{n}") for n in range(rows)]),
            connections,
            seconds,
        ) * rows  # fmt: skip

    return measure


Writer = Callable[[list[tuple[int, str]]], None]


def _sqlite(folder: Path) -> Callable[[], Writer]:
    def opened() -> Writer:
        db = sqlite3.connect(folder / "raw.sqlite", isolation_level=None, check_same_thread=False, timeout=60)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute(ROW.format(blob="BLOB").replace("TABLE", "TABLE IF NOT EXISTS"))

        def write(rows: list[tuple[int, str]]) -> None:
            db.execute("BEGIN IMMEDIATE")
            db.executemany("INSERT INTO facts VALUES (?, ?, 1, ?)", [(*row, BODY) for row in rows])
            db.execute("COMMIT")

        return write

    return opened


def _postgres(folder: Path) -> Callable[[], Writer]:
    import psycopg

    url = database_at(folder)
    insert = "INSERT INTO facts VALUES (%s, %s, 1, %s)"
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(ROW.format(blob="BYTEA").encode())

    def opened() -> Writer:
        db = psycopg.connect(url, autocommit=True)
        assert synced(db), "the comparison is only fair with synchronous_commit = on"

        def write(rows: list[tuple[int, str]]) -> None:
            if len(rows) == 1:
                db.execute(insert, (*rows[0], BODY), prepare=True)
                return
            with db.transaction(), db.cursor() as cursor:
                cursor.executemany(insert, [(*row, BODY) for row in rows])

        return write

    return opened


def synced(db: Any) -> bool:
    """Whether this connection to PostgreSQL loses nothing that it acknowledges."""
    from psycopg.rows import tuple_row

    settings = ("fsync", "full_page_writes", "synchronous_commit")
    with db.cursor(row_factory=tuple_row) as cursor:
        return all(cursor.execute(f"SHOW {name}".encode()).fetchone()[0] == "on" for name in settings)


def rate(work: Callable[[int, int], None], clients: int, seconds: float) -> float:
    """How often a second `work(client, number)` is done by so many threads; an error in one of them is raised."""
    done, errors = [0] * clients, list[Exception]()
    begun = threading.Barrier(clients + 1)

    def client(number: int) -> None:
        begun.wait()
        until = time.perf_counter() + seconds
        try:
            while time.perf_counter() < until:
                work(number, done[number])
                done[number] += 1
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    begun.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return sum(done) / (time.perf_counter() - began)


# ── the desk ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def desk(store: str, clients: int, *, hot: int = 0, threads: bool = False) -> Measure:
    """Commands a second. Cold: a new case each time. `hot`: so many cases that all clients work on.

    Clients are coroutines of one event loop, as requests to a door are, or threads.
    """

    def measure(folder: Path, seconds: float) -> float:
        sys.setswitchinterval(TURN_S)  # as every process of Casetrail does
        world = opened_world(store, folder)
        cases = [world.receive(f"case {n} of the benchmark") for n in range(hot)]

        def order(client: int, number: int) -> Order:
            if cases:
                return world.contacting(cases[(client + number) % len(cases)])
            return world.receiving(f"client {client}, complaint {number}")

        try:
            if threads:
                return rate(lambda *which: world.desk.submit(order(*which)).result() and None, clients, seconds)
            return uvloop.run(_coroutines(world, order, clients, seconds))
        finally:
            world.close()

    return measure


def opened_world(store: str, folder: Path) -> World:
    """A world whose ledger is a file, or a new database."""
    if store == "SQLite":
        return World(folder)
    from shared.runtime.postgres_ledger import PostgresLedger

    return World(folder, PostgresLedger(database_at(folder), "bench"))


async def _coroutines(world: World, order: Callable[[int, int], Order], clients: int, seconds: float) -> float:
    done = 0
    began = time.perf_counter()

    async def client(number: int) -> None:
        nonlocal done
        for count in itertools.count():
            await world.desk.asked(order(number, count))
            done += 1
            if time.perf_counter() > began + seconds:
                return

    await asyncio.gather(*(client(number) for number in range(clients)))
    return done / (time.perf_counter() - began)
