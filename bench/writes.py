"""Durable commands a second: the raw limit, the library as it comes, and the desk."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path
from uuid import uuid4

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from bench.world import World

_BODY = b"x" * 400


class Case(Aggregate):
    """An aggregate as the library's own examples write it."""

    @event("Opened")
    def __init__(self, text: str) -> None:
        self.text = text

    @event("Noted")
    def note(self, text: str) -> None:
        """Change its text."""
        self.text = text


def _raw(folder: Path, seconds: float, rows: int) -> float:
    db = sqlite3.connect(folder / "raw.sqlite", isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute(
        "CREATE TABLE t (n INTEGER PRIMARY KEY, stream TEXT, version INTEGER, body BLOB, UNIQUE (stream, version))"
    )
    done, until, began = 0, time.perf_counter() + seconds, time.perf_counter()
    while time.perf_counter() < until:
        db.execute("BEGIN IMMEDIATE")
        db.executemany(
            "INSERT INTO t VALUES (?, ?, ?, ?)", [(done + n, f"{done + n:036}", 1, _BODY) for n in range(rows)]
        )
        db.execute("COMMIT")
        done += rows
    db.close()
    return done / (time.perf_counter() - began)


def raw_single(folder: Path, seconds: float) -> float:
    """One row a transaction, synced."""
    return _raw(folder, seconds, 1)


def raw_hundred(folder: Path, seconds: float) -> float:
    """A hundred rows a transaction, synced."""
    return _raw(folder, seconds, 100)


def stock(folder: Path, seconds: float) -> float:
    """`eventsourcing` as it comes: one event of a loaded aggregate, one save."""
    app: Application = Application(
        env={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(folder / "stock.sqlite")}
    )
    with app.factory.datastore.transaction(commit=False) as cursor:  # type: ignore[attr-defined]
        cursor.execute("PRAGMA synchronous")
        assert cursor.fetchone()[0] == 2, "the comparison is only fair with synchronous = FULL"
    case = Case("x" * 300)
    done, until, began = 0, time.perf_counter() + seconds, time.perf_counter()
    while time.perf_counter() < until:
        case.note(f"{done} " + "x" * 300)
        app.save(case)
        done += 1
    elapsed = time.perf_counter() - began
    app.close()
    return done / elapsed


def _desk(folder: Path, seconds: float, clients: int, hot: int | None) -> float:
    world = World(folder)
    cases = [world.receive(f"case {n} of the benchmark") for n in range(hot)] if hot else []
    counts = [0] * clients
    until = time.perf_counter() + seconds

    def client(number: int) -> None:
        while time.perf_counter() < until:
            if cases:
                world.contact(cases[(number + counts[number]) % len(cases)])
            else:
                world.receive(f"client {number}, complaint {counts[number]}, {uuid4()}")
            counts[number] += 1

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - began
    world.close()
    return sum(counts) / elapsed


def desk_1_cold(folder: Path, seconds: float) -> float:
    """One client, a new case each time (two facts: number and receipt)."""
    return _desk(folder, seconds, 1, None)


def desk_64_cold(folder: Path, seconds: float) -> float:
    """Sixty-four clients, a new case each time."""
    return _desk(folder, seconds, 64, None)


def desk_64_hot(folder: Path, seconds: float) -> float:
    """Sixty-four clients on eight cases."""
    return _desk(folder, seconds, 64, 8)
