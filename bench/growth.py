"""The same figures with few and with very many facts in the ledger: what a desk does in a second, memory, starts, disk.

`python3 run.py bench growth --facts 10000 1000000` fills a home of each size and measures them in turns, each in a process of
its own, so that what swings with the machine swings for all.
"""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from uuid import uuid4

import httpx

from bench import page
from bench.clocks import _memory as memory_of
from bench.generated import fill
from bench.rebuild import MODELS
from bench.world import World, _handles
from services import upkeep
from services.intake.domain import ContactCustomer
from services.sla_watch.wiring import CLOCK_KEEPER
from services.stores import open_ledger, remember
from shared.runtime import collector
from shared.runtime.clock import Clock
from shared.runtime.desk import Desk
from shared.runtime.door import Doorkeeper
from shared.runtime.home import Home
from tests.house import RunningHouse

CLIENTS, HOT = 64, 8
MILLION = 1_000_000
FILLED = "filled"
"""A file beside a home that is full: facts a second, megabytes."""
GROWN = 1.05
"""A home that has more facts than this, times what was asked for, is filled anew."""
STORES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}


@dataclass(frozen=True)
class Spell:
    """One process that opened a desk and was given commands."""

    start_s: float
    cold: float
    hot: float
    memory_mb: float


@dataclass
class Size:
    """A home of one size, and what was measured in it."""

    store: str
    facts: int
    home: Path
    database: str | None
    fill_rate: float = 0.0
    ledger_mb: float = 0.0
    rebuilt_s: float = 0.0
    read_mb: float = 0.0
    first_start_s: float = 0.0
    start_s: float = 0.0
    house_mb: float = 0.0
    spells: list[Spell] = field(default_factory=list[Spell])

    def median(self, what: str) -> float:
        """Over all spells."""
        return statistics.median(getattr(spell, what) for spell in self.spells)

    def ratio(self, what: str, first: Size) -> float:
        """The median of each round's own: what swings with the machine swings less within one."""
        pairs = zip(self.spells, first.spells, strict=True)
        return statistics.median(getattr(mine, what) / getattr(its, what) for mine, its in pairs)


def main(arguments: Sequence[str]) -> None:
    """Measure, print, write the section of bench/RESULTS.md."""
    parser = argparse.ArgumentParser(prog="python3 run.py bench growth", description=__doc__)
    parser.add_argument(
        "--facts", type=int, nargs="+", default=[10_000, MILLION], help="in the ledger; the first is the measure"
    )
    parser.add_argument("--store", default="sqlite", choices=list(STORES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="length of one measurement")
    parser.add_argument(
        "--no-house", action="store_true", help="only the desk: no read models, no start of a whole house"
    )
    parser.add_argument(
        "--homes",
        type=Path,
        help="keep the homes on SQLite in this folder, and use those that are there: filling takes long",
    )
    given = parser.parse_args(arguments)
    began = os.getloadavg()[0]
    with _folder(given.homes if given.store == "sqlite" else None) as folder:
        sizes = [_filled(folder / str(facts), given.store, facts) for facts in given.facts]
        for number in range(1, given.rounds + 1):
            for size in sizes if number % 2 else reversed(sizes):
                size.spells.append(_alone(size, given.seconds))
                print(
                    f"round {number}/{given.rounds}  {size.store}, {size.facts:,} facts: {size.spells[-1]}", flush=True
                )
        for size in () if given.no_house else sizes:
            _live_in(size)
        section = "\n".join(_report(sizes, given.rounds, given.seconds, began))
    page.put(f"What grows with the ledger, and what does not: {STORES[given.store]}", section)
    print(section)


# ── homes ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept:
        yield kept
        return
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        yield Path(folder)


def _filled(folder: Path, store: str, facts: int) -> Size:
    size = Size(store, facts, folder / "home", None)
    if store == "sqlite" and _is_there(size):
        return size
    shutil.rmtree(folder, ignore_errors=True)
    if store == "postgres":
        from tests.postgres import database_at

        size.database = database_at(folder)
    home = Home(size.home)
    home.occupy()
    ledger = open_ledger(home, size.database or "")
    home.release()
    if size.database:
        remember(home, size.database)
    World(folder, ledger).close()
    ledger = open_ledger(home, size.database or "")
    began = time.perf_counter()
    fill(ledger, facts)
    size.fill_rate = facts / (time.perf_counter() - began)
    with ledger.writing() as writing:
        writing.move(CLOCK_KEEPER, writing.head().position)
    size.ledger_mb = _disk(size)
    ledger.close()
    (folder / FILLED).write_text(f"{size.fill_rate} {size.ledger_mb}", encoding="utf-8")
    print(f"{store}, {facts:,} facts: written at {size.fill_rate:,.0f}/s, {size.ledger_mb:,.0f} MB", flush=True)
    return size


def _is_there(size: Size) -> bool:
    """An earlier run has filled this home, and what was measured in it has not made it another size."""
    filled = size.home.parent / FILLED
    if not filled.exists():
        return False
    size.fill_rate, size.ledger_mb = map(float, filled.read_text(encoding="utf-8").split())
    home = Home(size.home)
    home.occupy()
    try:
        with closing(open_ledger(home, "")) as ledger:
            return ledger.head() <= size.facts * GROWN
    finally:
        home.release()


def _disk(size: Size) -> float:
    if size.database is None:
        return sum(path.stat().st_size for path in size.home.rglob("ledger.sqlite*")) / MILLION
    import psycopg

    with psycopg.connect(size.database) as session:
        found = session.execute("SELECT pg_database_size(current_database())").fetchone()
    return int(found[0]) / MILLION if found else 0.0


# ── a desk ────────────────────────────────────────────────────────────────────────────────────────────────────────────
class _Again(World):
    """A home that was begun before."""

    def __init__(self, path: Path, database: str | None) -> None:  # pyright: ignore[reportMissingSuperCall]
        self.home = Home(path)
        self.home.occupy()
        self.ledger = open_ledger(self.home, database or "")
        self.desk = Desk(self.ledger, Clock())
        self.keeper = Doorkeeper(self.desk)
        self.by = next(person for person in self.desk.directory.people.values() if person.name == "Clerk")
        self._keys = itertools.count(time.time_ns())
        self._contact = _handles(ContactCustomer)


def _alone(size: Size, seconds: float) -> Spell:
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(_spell, size.home, size.database, seconds).result()


def _spell(path: Path, database: str | None, seconds: float) -> Spell:
    collector.settle()
    began = time.perf_counter()
    world = _Again(path, database)
    world.receive("the first one")
    start = time.perf_counter() - began
    cold = _commands(world, seconds, [])
    hot = _commands(world, seconds, [world.receive(f"hot case {number}") for number in range(HOT)])
    memory = memory_of(os.getpid())
    world.close()
    return Spell(start, cold, hot, memory)


def _commands(world: World, seconds: float, cases: Sequence[str]) -> float:
    counts, until = [0] * CLIENTS, time.perf_counter() + seconds

    def client(number: int) -> None:
        while time.perf_counter() < until:
            if cases:
                world.contact(cases[(number + counts[number]) % len(cases)])
            else:
                world.receive(f"client {number}, complaint {counts[number]}, {uuid4()}")
            counts[number] += 1

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - began)


# ── a whole house ─────────────────────────────────────────────────────────────────────────────────────────────────────
def _live_in(size: Size) -> None:
    before, began = _disk(size), time.perf_counter()
    upkeep.rebuild(size.home, size.database, [], lambda line: None)
    size.rebuilt_s = time.perf_counter() - began
    size.read_mb = (
        sum(path.stat().st_size for path in (size.home / "read").rglob("*")) / MILLION
        if size.database is None
        else _disk(size) - before
    )
    size.first_start_s, _ = _started(size)
    size.start_s, size.house_mb = _started(size)
    print(f"{size.store}, {size.facts:,} facts: {len(MODELS)} read models rebuilt in {size.rebuilt_s:.1f} s; first start, with the "
          f"stream filled, {size.first_start_s:.1f} s; next {size.start_s:.2f} s, {size.house_mb:.0f} MB", flush=True)  # fmt: skip


def _started(size: Size) -> tuple[float, float]:
    """Seconds until everything is level, and the memory of the house with its nats-server, in MB."""
    house = RunningHouse(size.home, database=size.database)
    began = time.perf_counter()
    house.launch()
    try:
        while not _level(house):
            if time.perf_counter() - began > 3_600:
                raise RuntimeError(house.said())
            time.sleep(0.02)
        assert house.process is not None
        return time.perf_counter() - began, sum(map(memory_of, [house.process.pid, *house.children()]))
    finally:
        house.close()


def _level(house: RunningHouse) -> bool:
    try:
        answer = httpx.get(f"{house.url}/readyz", timeout=10)
        return answer.status_code == 200 and not any(part.get("lag") for part in answer.json()["parts"].values())
    except httpx.TransportError:
        return False


# ── the page ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def _report(sizes: Sequence[Size], rounds: int, seconds: float, began: float) -> Iterator[str]:
    first = sizes[0]
    command = (
        f"python3 run.py bench growth --facts {' '.join(str(size.facts) for size in sizes)} --store {first.store} "
        f"--rounds {rounds} --seconds {seconds:g}{'' if first.house_mb else ' --no-house'}"
    )
    yield from page.taken(command, f"medians of {rounds} rounds in turns, {CLIENTS} clients", began)
    yield from (
        "| Facts in the ledger | " + " | ".join(f"{size.facts:,}" for size in sizes) + " |", "|---|" + "---|" * len(sizes),
    )  # fmt: skip
    rows = [
        ("desk, cold cases, commands/s", lambda size: f"{size.median('cold'):,.0f}"),
        ("÷ that of the first, in the same round", lambda size: f"{size.ratio('cold', first):.2f}"),
        ("desk, 8 hot cases, commands/s", lambda size: f"{size.median('hot'):,.0f}"),
        ("÷ that of the first, in the same round", lambda size: f"{size.ratio('hot', first):.2f}"),
        ("memory of the desk's process", lambda size: f"{size.median('memory_mb'):.0f} MB"),
        ("÷ that of the first, in the same round", lambda size: f"{size.ratio('memory_mb', first):.2f}"),
        ("desk opened and first command stored", lambda size: f"{size.median('start_s') * 1_000:.0f} ms"),
        ("ledger on disk, a million facts", lambda size: f"{size.ledger_mb * MILLION / size.facts:,.0f} MB"),
        ("written in bulk, facts/s", lambda size: f"{size.fill_rate:,.0f}"),
    ]
    if first.house_mb:
        rows += [
            (f"all {len(MODELS)} read models rebuilt, several at once", lambda size: f"{size.rebuilt_s:.1f} s"),
            ("read models on disk, a million facts", lambda size: f"{size.read_mb * MILLION / size.facts:,.0f} MB"),
            ("first start of the whole house, stream filled from 1", lambda size: f"{size.first_start_s:.1f} s"),
            ("next start, until everything is level", lambda size: f"{size.start_s:.2f} s"),
            ("memory of the whole house with nats-server", lambda size: f"{size.house_mb:.0f} MB"),
        ]
    yield from (f"| {name} | " + " | ".join(value(size) for size in sizes) + " |" for name, value in rows)
    yield from ("", page.HEAD)
    for size in sizes[1:]:
        where = f"{STORES[size.store]}, {size.facts:,} ÷ {first.facts:,} facts"
        yield page.compared(f"desk, cold, {where}", size.ratio("cold", first), at_least=0.9)
        yield page.compared(f"desk, 8 hot cases, {where}", size.ratio("hot", first), at_least=0.9)
        yield page.compared(f"memory of the desk's process, {where}", size.ratio("memory_mb", first), at_most=1.1)
        if size.house_mb:
            yield page.compared(f"memory of the whole house, {where}", size.house_mb / first.house_mb, at_most=1.1)
