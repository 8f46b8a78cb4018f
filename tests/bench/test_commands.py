"""A smoke of each benchmark that has options of its own, at the least of sizes: it runs, and writes its section or page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench import arithmetic, clocks, growth, page, rebuild, replay
from tests import postgres


@pytest.fixture(autouse=True)
def results(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The page, elsewhere."""
    for module in (page, clocks, arithmetic):
        monkeypatch.setattr(module, "PAGE", tmp_path / "RESULTS.md")
    return tmp_path / "RESULTS.md"


def test_growth_is_measured(results: Path):
    growth.main(["--facts", "300", "600", "--rounds", "1", "--seconds", "0.4", "--no-house"])
    told = results.read_text()
    assert "| Facts in the ledger | 300 | 600 |" in told
    assert "| desk, cold, SQLite, 600 ÷ 300 facts | " in told


def test_rebuilds_are_measured(results: Path):
    rebuild.main(["--facts", "200", "400", "--stores", "sqlite", "--models", "timeline", "case_board"])
    told = results.read_text()
    assert "| case_board, 400 facts, sqlite | " in told
    (ratio,) = set(re.findall(r"^\| timeline, sqlite, memory with 400 ÷ 200 facts \| ([\d.]+) \|", told, re.MULTILINE))
    assert 0.9 < float(ratio) < 1.1


@pytest.mark.skipif(postgres.why_not() is not None, reason=str(postgres.why_not()))
def test_replays_are_measured(results: Path):
    replay.main(["--lengths", "50", "--loaded", "60"])
    told = results.read_text()
    assert "| replay of a case of 50 facts as of a moment, SQLite | " in told
    assert "| a case of 60 facts loaded for a command, PostgreSQL | " in told


def test_one_watcher_and_its_promises_are_measured(results: Path):
    clocks.main(["--clocks", "60", "--due", "10", "--down", "0", "--stores", "SQLite", "--idle", "0.2"])
    assert "## SQLite" in results.read_text()


def test_working_time_is_measured(results: Path):
    arithmetic.main(["--rounds", "1", "--seconds", "0.01"])
    assert "Casetrail" in results.read_text()
