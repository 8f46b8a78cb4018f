"""A long case: loaded by a desk from its snapshot, and replayed from its facts as it stood at a moment."""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.generated import add_long_case
from bench.rebuild import LEDGER, ledger_at
from services.audit.timeline import Timeline, case_at
from shared.runtime import collector
from shared.runtime.aggregates import load_all
from shared.runtime.cases import Cases
from shared.runtime.codec import fact_of
from shared.runtime.ledger import Ledger
from shared.runtime.read_model import BUILT_AT_ONCE
from shared.runtime.shelf import Shelf

TIMES = 15
LENGTHS = (10, 1_000, 10_000)
LOADED = 50_000


def main(arguments: Sequence[str]) -> None:
    """Measure, print, write bench/REPLAY.md."""
    parser = argparse.ArgumentParser(prog="python3 run.py bench replay", description=__doc__)
    parser.add_argument(
        "--lengths", type=int, nargs="+", default=list(LENGTHS), help="facts of the cases that are replayed"
    )
    parser.add_argument("--loaded", type=int, default=LOADED, help="facts of the case that is loaded")
    given = parser.parse_args(arguments)
    collector.settle()
    lines = [
        "# Long cases",
        "",
        f"`python3 run.py bench replay` on {datetime.now(UTC):%Y-%m-%d}: medians of {TIMES}, no fact of it in memory before.",
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.system()} {platform.machine()},",
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the beginning.",
        "",
        "| What | SQLite | PostgreSQL |",
        "|---|---|---|",
    ]
    found: dict[str, list[float]] = {}
    for store in ("sqlite", "postgres"):
        with tempfile.TemporaryDirectory() as folder, ledger_at(store, Path(folder)) as (ledger, shelf):
            for facts in given.lengths:
                found.setdefault(f"replay of a case of {facts:,} facts as of a moment", []).append(
                    as_of(ledger, shelf, facts)
                )
            found.setdefault(f"a case of {given.loaded:,} facts loaded for a command", []).append(
                loaded(ledger, given.loaded)
            )
    lines += [f"| {what} | {' | '.join(f'{one * 1_000:.1f} ms' for one in took)} |" for what, took in found.items()]
    (Path(__file__).parent / "REPLAY.md").write_text("\n".join([*lines, ""]), encoding="utf-8")
    print("\n".join(lines))


def as_of(ledger: Ledger, shelf: Shelf, facts: int) -> float:
    """Seconds to fold a case of so many facts as it was known at a moment after all of them."""
    case = add_long_case(ledger, facts)
    store = shelf.store(Timeline, LEDGER, Cases(ledger))
    store.level(lambda after: ledger.rows(after, BUILT_AT_ONCE))

    def replay() -> None:
        with store.reading() as db:
            assert case_at(db, case, as_of=datetime.now(UTC)).version

    took = _median(replay)
    store.close()
    return took


def loaded(ledger: Ledger, facts: int) -> float:
    """Seconds until a desk has the state of a case of so many facts, and that of its clocks."""
    case = add_long_case(ledger, facts)
    return _median(lambda: dict(load_all(ledger, [f"complaint-{case}", f"clocks-{case}"])))


def _median(what: Callable[[], object]) -> float:
    took: list[float] = []
    for _ in range(TIMES):
        fact_of.cache_clear()
        began = time.perf_counter()
        what()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def sqlite_replay(facts: int) -> Callable[[Path, float], float]:
    """For the table of `python3 run.py bench`: replays a second of a case of so many facts, on SQLite."""

    def measure(folder: Path, seconds: float) -> float:
        with ledger_at("sqlite", folder) as (ledger, shelf):
            return 1 / as_of(ledger, shelf, facts)

    return measure
