"""Every read model rebuilt from a generated ledger, beside raw `executemany` of the very rows that it made.

`python3 run.py bench rebuilds --facts 1000000` measures all of them on both stores, each in a process of its own, so that
what one needs at most is its own.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.generated import fill
from services.audit.timeline import Timeline
from services.insight.case_board import CaseBoard
from services.organisation_chart import SERVICES
from shared.runtime import collector
from shared.runtime.cases import Cases
from shared.runtime.ledger import Ledger
from shared.runtime.read_model import BUILT_AT_ONCE, ReadModel, Store
from shared.runtime.shelf import FileShelf, Shelf
from shared.runtime.sqlite_ledger import SqliteLedger

MODELS: dict[str, type[ReadModel]] = {
    model.name: model for service in SERVICES.values() for model in service.read_models
}
FACTS = 20_000
"""In the ledger of the short forms."""
LEDGER = "bench:1"


@dataclass(frozen=True)
class Built:
    """One read model built once."""

    facts_per_second: float
    rows: int
    raw_s: float
    """Seconds that writing the very rows takes, and nothing else."""
    memory_mb: float
    """The most that its process held."""


# ── short forms, for the table of `python3 run.py bench` ──────────────────────────────────────────────────────────────
def rebuild_of(name: str) -> Callable[[Path, float], float]:
    """Facts a second at which a read model is rebuilt on SQLite: a measure for the table."""

    def measure(folder: Path, seconds: float) -> float:
        ledger = SqliteLedger(folder / "ledger.sqlite", "bench")
        fill(ledger, FACTS)
        rate, store = _timed(MODELS[name], ledger, FileShelf(folder / "read"))
        store.close()
        ledger.close()
        return rate

    return measure


timeline = rebuild_of(Timeline.name)
"""The timeline: a copy of every fact."""
case_board = rebuild_of(CaseBoard.name)
"""The case board: every case folded."""


# ── all of them ───────────────────────────────────────────────────────────────────────────────────────────────────────
def main(arguments: Sequence[str]) -> None:
    """Measure, print, write bench/REBUILD.md."""
    parser = argparse.ArgumentParser(prog="python3 run.py bench rebuilds", description=__doc__)
    parser.add_argument("--facts", type=int, default=100_000, help="in the ledger")
    parser.add_argument("--stores", nargs="+", default=["sqlite", "postgres"], choices=["sqlite", "postgres"])
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=list(MODELS))
    given = parser.parse_args(arguments)
    lines = [
        "# How fast read models are rebuilt",
        "",
        f"`python3 run.py bench rebuilds --facts {given.facts}` on {datetime.now(UTC):%Y-%m-%d},",
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.system()} {platform.machine()},",
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the beginning. Raw: the rows that were made, written by",
        "`executemany` into the same tables of an empty SQLite file, in transactions of as many rows.",
        "",
        "| Store | Read model | Facts/s | Rows | Raw | Raw ÷ rebuild, in time | Most memory |",
        "|---|---|---|---|---|---|---|",
    ]
    for store in given.stores:
        with tempfile.TemporaryDirectory() as folder, ledger_at(store, Path(folder)) as (ledger, _):
            fill(ledger, given.facts)
            for name in given.models:
                built = _alone(store, Path(folder), name)
                lines.append(
                    f"| {store} | {name} | {built.facts_per_second:,.0f} | {built.rows:,} | {built.raw_s:.2f} s "
                    f"| {built.raw_s * built.facts_per_second / ledger.head():.2f} | {built.memory_mb:.0f} MB |"
                )
                print(lines[-1], flush=True)
    (Path(__file__).parent / "REBUILD.md").write_text("\n".join([*lines, ""]), encoding="utf-8")


@contextmanager
def ledger_at(store: str, folder: Path) -> Iterator[tuple[Ledger, Shelf]]:
    """A ledger and its shelf at a place, the same for whoever asks."""
    if store == "sqlite":
        ledger: Ledger = SqliteLedger(folder / "ledger.sqlite", "bench")
        shelf: Shelf = FileShelf(folder / "read")
    else:
        from shared.runtime.postgres_ledger import PostgresLedger
        from shared.runtime.postgres_store import PostgresShelf
        from tests.postgres import database_at

        url = database_at(folder)
        ledger, shelf = PostgresLedger(url, "bench"), PostgresShelf(url)
    try:
        yield ledger, shelf
    finally:
        shelf.close()
        ledger.close()


def _alone(store: str, folder: Path, name: str) -> Built:
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(_built, store, folder, name).result()


def _built(store: str, folder: Path, name: str) -> Built:
    collector.settle()
    with ledger_at(store, folder) as (ledger, shelf):
        rate, made = _timed(MODELS[name], ledger, shelf)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 if sys.platform == "darwin" else 1_024)
        rows, raw = _raw(made, folder)
        made.close()
        return Built(rate, rows, raw, memory)


def _timed(model: type[ReadModel], ledger: Ledger, shelf: Shelf) -> tuple[float, Store[Any]]:
    store = shelf.store(model, LEDGER, Cases(ledger))
    began = time.perf_counter()
    store.rebuild(lambda after: ledger.rows(after, BUILT_AT_ONCE))
    return store.position / (time.perf_counter() - began), store


def _raw(store: Store[Any], folder: Path) -> tuple[int, float]:
    """The same rows into the same tables of an empty SQLite file, without anything else; rows, seconds."""
    path = folder / "raw.sqlite"
    engine = sa.create_engine(f"sqlite:///{path}")
    store.model.metadata.create_all(engine)
    engine.dispose()
    with store.reading() as db:
        rows = {table: [tuple(map(_plain, row)) for row in db.execute(sa.select(table))] for table in _tables(store)}
    count, began = sum(map(len, rows.values())), time.perf_counter()
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("PRAGMA synchronous = NORMAL")
        for table, taken in rows.items():
            insert = f"INSERT INTO {table.name} VALUES ({', '.join('?' * len(table.columns))})"
            for first in range(0, len(taken), BUILT_AT_ONCE):
                raw.execute("BEGIN")
                raw.executemany(insert, taken[first : first + BUILT_AT_ONCE])
                raw.execute("COMMIT")
    passed = time.perf_counter() - began
    path.unlink()
    return count, passed


def _tables(store: Store[Any]) -> Iterator[sa.Table]:
    return iter(store.model.metadata.sorted_tables)


def _plain(value: Any) -> Any:
    """JSON goes as text, as the driver wants it."""
    return json.dumps(value) if isinstance(value, (dict, list)) else value
