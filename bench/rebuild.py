"""Every read model rebuilt from a generated ledger, beside raw `executemany` of the very rows that it made.

`python3 run.py bench rebuilds --facts 1000000` measures all of them on both stores: each in one process of its own, so that
what one needs at most is its own, then as `casetrail rebuild` does it, and all together.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench import page
from bench.generated import fill
from services.audit.timeline import Timeline
from services.insight.case_board import CaseBoard
from services.rebuilding import MODELS, rebuild
from shared.runtime import collector
from shared.runtime.building import BUILT_AT_ONCE
from shared.runtime.cases import Cases
from shared.runtime.home import Home
from shared.runtime.ledger import Ledger
from shared.runtime.read_model import ReadModel
from shared.runtime.shelf import FileShelf, Shelf
from shared.runtime.sqlite_ledger import SqliteLedger
from shared.runtime.store import Store
from tests.postgres import database_at

STORES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
WANTED = {"sqlite": 40_000, "postgres": 20_000}
"""Facts a second, by store."""
FACTS = 20_000
"""In the ledger of the short forms."""
LEDGER = "bench:1"


@dataclass(frozen=True)
class Built:
    """One read model built twice: in one process, and by all."""

    facts: int
    alone: float
    """Facts a second of one process."""
    rows: int
    raw_s: float
    """Seconds that writing the very rows takes, and nothing else."""
    memory_mb: float
    """The most that its process held."""
    commanded: float = 0.0
    """Facts a second of `casetrail rebuild`, the start of its processes included."""


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
    """Measure, print, write the section of bench/RESULTS.md."""
    parser = argparse.ArgumentParser(prog="python3 run.py bench rebuilds", description=__doc__)
    parser.add_argument(
        "--facts", type=int, nargs="+", default=[100_000], help="in the ledger; of several, memory is compared"
    )
    parser.add_argument("--stores", nargs="+", default=list(WANTED), choices=list(WANTED))
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=list(MODELS))
    given = parser.parse_args(arguments)
    for store in given.stores:  # each has a section of its own, there as soon as it is known
        load = os.getloadavg()[0]
        built = dict(_all(store, given.facts, given.models))
        together = dict(_together(store, given.facts)) if set(given.models) == set(MODELS) else {}
        section = [*_report(store, built, together, given.facts, load)]
        page.put(f"Every read model rebuilt: {STORES[store]}", "\n".join(section))
        print("\n".join(section))


Of = tuple[str, int]
"""Read model, facts in the ledger."""


def _all(store: str, sizes: Sequence[int], models: Sequence[str]) -> Iterator[tuple[Of, Built]]:
    for facts in sizes:
        with tempfile.TemporaryDirectory() as folder, ledger_at(store, Path(folder)) as (ledger, shelf):
            fill(ledger, facts)
            for name in models:
                built = _alone(store, Path(folder), name)
                took = _commanded(store, Path(folder), ledger, shelf, [name])
                built = replace(built, commanded=built.facts / took)
                print(f"{store}, {facts:,} facts, {name}: {built}", flush=True)
                yield (name, facts), built


def _together(store: str, sizes: Sequence[int]) -> Iterator[tuple[int, float]]:
    """Seconds that `casetrail rebuild` takes for all of them, by facts in the ledger."""
    for facts in sizes:
        with tempfile.TemporaryDirectory() as folder, ledger_at(store, Path(folder)) as (ledger, shelf):
            fill(ledger, facts)
            yield facts, _commanded(store, Path(folder), ledger, shelf, [])


def _commanded(store: str, folder: Path, ledger: Ledger, shelf: Shelf, names: Sequence[str]) -> float:
    """Seconds of `casetrail rebuild`."""
    database = database_at(folder) if store == "postgres" else None
    began = time.perf_counter()
    rebuild(Home(folder), database, ledger, shelf, names, lambda line: None)
    return time.perf_counter() - began


def _report(
    store: str, built: Mapping[Of, Built], together: Mapping[int, float], sizes: Sequence[int], load: float
) -> Iterator[str]:
    command = f"python3 run.py bench rebuilds --facts {' '.join(map(str, sizes))} --stores {store}"
    yield from page.taken(command, "each once", load)
    yield from (
        "| Read model | Facts | Facts/s | of one process | Rows | Raw | Raw ÷ one process, in time | Most memory |",
        "|---" * 8 + "|",
    )
    for (name, facts), one in built.items():
        yield (
            f"| {name} | {facts:,} | {one.commanded:,.0f} | {one.alone:,.0f} | {one.rows:,} | {one.raw_s:.2f} s "
            f"| {one.raw_s * one.alone / one.facts:.2f} | {one.memory_mb:.0f} MB |"
        )
    if together:
        yield from ("", f"| All {len(MODELS)} together: facts | Time | Facts/s | × read models |", "|---" * 4 + "|")
    for facts, took in together.items():
        yield f"| {facts:,} | {took:.1f} s | {facts / took:,.0f} | {len(MODELS) * facts / took:,.0f} |"
    yield from ("", page.HEAD)
    most, least = max(sizes), min(sizes)
    for (name, facts), one in built.items():
        if facts == most:
            yield page.compared(f"{name}, {facts:,} facts, {store}", one.commanded, "facts/s", WANTED[store])
    for facts, took in together.items():
        if facts == most:
            each = len(MODELS) * facts / took
            yield page.compared(f"all together, {facts:,} facts, {store}, on average", each, "facts/s", WANTED[store])
    for (name, facts), one in built.items():
        if facts == most != least:
            ratio = one.memory_mb / built[name, least].memory_mb
            yield page.compared(f"{name}, {store}, memory with {most:,} ÷ {least:,} facts", ratio, at_most=1.1)
    yield from (
        "",
        "Raw: the rows that were made, written by `executemany` into the same tables of an empty SQLite file, in transactions",
        "of as many rows. Facts/s: `casetrail rebuild MODEL`, of a large ledger in as many processes as there are cores (four at",
        "most), each with a part of the cases. Memory: the most that one process held which built all of it. Together:",
        "`casetrail rebuild`, in one pass over the ledger, likewise divided.",
    )


@contextmanager
def ledger_at(store: str, folder: Path) -> Iterator[tuple[Ledger, Shelf]]:
    """A ledger and its shelf at a place, the same for whoever asks."""
    if store == "sqlite":
        ledger: Ledger = SqliteLedger(folder / "ledger.sqlite", "bench")
        shelf: Shelf = FileShelf(folder / "read")
    else:
        from shared.runtime.postgres_ledger import PostgresLedger
        from shared.runtime.postgres_store import PostgresShelf

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
        memory = _most_memory_mb()
        facts, (rows, raw) = made.position, _raw(made, folder)
        made.close()
        return Built(facts, rate, rows, raw, memory)


def _most_memory_mb() -> float:
    """What this process has held at most. Linux' `ru_maxrss` would count what its parent held when it was forked."""
    if sys.platform == "darwin":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_048_576
    (most,) = re.findall(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    return int(most) / 1_024


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
