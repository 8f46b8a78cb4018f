"""Read models rebuilt from the ledger: facts a second."""

from __future__ import annotations

import time
from pathlib import Path

from bench.world import World
from services.audit.timeline import Timeline
from services.insight.case_board import CaseBoard
from shared.runtime.cases import Cases
from shared.runtime.codec import fact_of
from shared.runtime.read_model import ReadModel, Store

CASES, FACTS_EACH = 400, 12


def _rebuild(folder: Path, model: type[ReadModel]) -> float:
    world = World(folder)
    for n in range(CASES):
        case = world.receive(f"complaint {n} of the benchmark")
        for _ in range(FACTS_EACH - 2):
            world.contact(case)
    store = Store(model, folder / "read", "bench", Cases(world.ledger))
    fact_of.cache_clear()  # what a rebuild after a start would find
    began = time.perf_counter()
    store.rebuild(lambda after: world.ledger.rows(after, 1_000))
    elapsed = time.perf_counter() - began
    facts = store.position
    store.close()
    world.close()
    return facts / elapsed


def timeline(folder: Path, seconds: float) -> float:
    """The timeline: a copy of every fact."""
    return _rebuild(folder, Timeline)


def case_board(folder: Path, seconds: float) -> float:
    """The case board: every case folded."""
    return _rebuild(folder, CaseBoard)
