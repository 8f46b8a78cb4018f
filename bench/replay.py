"""A long case: loaded by a desk from its snapshot, and replayed from its facts as it stood at a moment."""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench import page
from bench.generated import add_long_case
from bench.rebuild import LEDGER, ledger_at
from services.audit.timeline import Timeline, case_at
from shared.runtime import codec, collector
from shared.runtime.aggregates import load_all
from shared.runtime.building import BUILT_AT_ONCE
from shared.runtime.cases import Cases
from shared.runtime.ledger import Ledger
from shared.runtime.shelf import Shelf

TIMES = 15
LENGTHS = (10, 1_000, 10_000)
LOADED = 50_000
WANTED_MS = {
    "replay of a case of 10,000 facts as of a moment": 80.0,
    "a case of 50,000 facts loaded for a command": 100.0,
}


def main(arguments: Sequence[str]) -> None:
    """Measure, print, write the section of bench/RESULTS.md."""
    parser = argparse.ArgumentParser(prog="python3 run.py bench replay", description=__doc__)
    parser.add_argument(
        "--lengths", type=int, nargs="+", default=list(LENGTHS), help="facts of the cases that are replayed"
    )
    parser.add_argument("--loaded", type=int, default=LOADED, help="facts of the case that is loaded")
    given = parser.parse_args(arguments)
    collector.settle()
    load, stores = os.getloadavg()[0], {"sqlite": "SQLite", "postgres": "PostgreSQL"}
    found: dict[str, list[float]] = {}
    for store in stores:
        with tempfile.TemporaryDirectory() as folder, ledger_at(store, Path(folder)) as (ledger, shelf):
            for facts in given.lengths:
                found.setdefault(f"replay of a case of {facts:,} facts as of a moment", []).append(
                    as_of(ledger, shelf, facts)
                )
            found.setdefault(f"a case of {given.loaded:,} facts loaded for a command", []).append(
                loaded(ledger, given.loaded)
            )
    section = [
        *page.taken(
            f"python3 run.py bench replay --lengths {' '.join(map(str, given.lengths))} --loaded {given.loaded}",
            f"medians of {TIMES}, no fact of it in memory before",
            load,
        ),
        page.HEAD,
        *(
            page.compared(f"{what}, {name}", took * 1_000, "ms", at_most=WANTED_MS.get(what))
            for what, each in found.items()
            for name, took in zip(stores.values(), each, strict=True)
        ),
    ]
    page.put("Long cases", "\n".join(section))
    print("\n".join(section))


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
        codec._understood.clear()
        began = time.perf_counter()
        what()
        took.append(time.perf_counter() - began)
    return statistics.median(took)
