"""What benchmarks are measured with is what a house could have recorded."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from bench.generated import BEGAN, NUMBERS, Said, add_long_case, fill, long_life, usual_life
from shared.clocks.state import Clocks, after
from shared.complaint.fold import INITIAL, fold
from shared.complaint.lifecycle import LIFECYCLE
from shared.complaint.state import Complaint, Stage
from shared.events.clocks import ClockStarted
from shared.events.complaint import Received
from shared.kernel.fact import Actor, Fact
from shared.runtime.aggregates import SNAPSHOT_EVERY, load, load_all
from shared.runtime.codec import fact_of
from tests.shared.runtime.ledgers import STORES


def lived(life: Iterable[Said]) -> tuple[Complaint, Clocks]:
    """A case after all that, each event being allowed where it happens."""
    case, clocks, version = INITIAL, Clocks(), count(1)
    for kind, event in life:
        if kind == "complaint":
            assert case.stage in LIFECYCLE[type(event)].allowed, f"{type(event).__name__} while {case.stage}"
            at = BEGAN + timedelta(hours=1)
            told: Fact[Any] = Fact(1, "complaint-x", next(version), event, at, at, "sz", "intake", Actor("p"), "k", "c")
            case = fold(case, told)
        elif kind == "clocks":
            assert isinstance(event, ClockStarted) or event.clock_id in clocks.clocks  # type: ignore[attr-defined]
            clocks = after(clocks, event)  # type: ignore[arg-type]
    return case, clocks


def test_lives_are_possible():
    case, clocks = lived(usual_life())
    assert case.stage == Stage.CLOSED and not list(clocks.open())
    case, clocks = lived(long_life(500))
    assert case.stage == Stage.IMPLEMENTING and len(clocks.clocks["closure/1"].pauses) > 70


def test_a_ledger_is_filled_with_whole_cases(tmp_path: Path):
    ledger = STORES["sqlite"](tmp_path)
    cases = fill(ledger, 1_000)
    facts = [fact_of(row) for row in ledger.rows(0, 5_000)]
    assert [fact.position for fact in facts] == list(range(1, ledger.head() + 1)) and len(facts) >= 1_000
    received = [fact.event.case_no for fact in facts if isinstance(fact.event, Received)]
    assert len(set(received)) == cases == load(ledger, NUMBERS).version
    stages = {loaded.state.stage for _, loaded in load_all(ledger, [f.stream for f in facts if f.kind == "complaint"])}
    assert stages == {Stage.CLOSED, Stage.IMPLEMENTING}, "one of three goes on"


def test_a_long_case_has_its_snapshots(tmp_path: Path):
    ledger = STORES["sqlite"](tmp_path)
    case = add_long_case(ledger, 1_500)
    for kind in ("complaint", "clocks"):
        snapshot, loaded = ledger.snapshot(f"{kind}-{case}"), load(ledger, f"{kind}-{case}")
        assert snapshot is not None and loaded.version - snapshot.version < SNAPSHOT_EVERY
    assert ledger.head() == 1_500
