"""Every measurement of ours is taken once, briefly; and the page keeps what other runs have written.

Peers are not measured here: `python3 run.py bench` alone installs them.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bench import page
from bench.measuring import Compared, Found, Row, Topic, take
from bench.topics import POSTGRES, TOPICS, WRITES


def _ours(topic: Topic) -> list[Row]:
    """All rows at the desk, which are quick; of the others one for each function that measures."""
    rows = [row for row in topic.rows if row.needs.strip() in ("", "postgres")]
    if topic in (WRITES, POSTGRES):
        return rows
    return list({row.measure.__qualname__: row for row in reversed(rows)}.values())


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    interval = sys.getswitchinterval()
    yield
    sys.setswitchinterval(interval)


@pytest.mark.parametrize("row", [row for topic in TOPICS for row in _ours(topic)], ids=lambda row: row.name)
def test_a_measurement_finds_figures_above_nothing(row: Row, tmp_path: Path) -> None:
    found = row.measure(tmp_path, 0.05)
    figures = list(found.values()) if isinstance(found, Mapping) else [found]
    assert figures and all(math.isfinite(figure) and figure > 0 for figure in figures), found


def test_what_is_compared_is_measured() -> None:
    for topic in TOPICS:
        names = [row.name for row in topic.rows]
        assert len(set(names)) == len(names), topic.name
        for ours, theirs, *_ in topic.compared:
            for figure in (ours, theirs):
                assert figure is None or any(figure == name or figure.startswith(f"{name}, ") for name in names), figure


def _topic(title: str, *compared: Compared) -> Topic:
    rows = (
        Row("ours", "commands/s", lambda folder, seconds: 1.0),
        Row("theirs", "rows/s", lambda folder, seconds: 1.0),
    )
    return Topic(title.lower(), title, rows, compared, "A note.")


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(page, "PAGE", tmp_path / "RESULTS.md")
    return tmp_path / "RESULTS.md"


def test_a_section_tells_medians_and_what_is_reached(at: Path) -> None:
    one = _topic(
        "One", Compared("ours", "theirs", at_least=1.2), Compared("ours", at_most=90), Compared("ours", "absent", 3)
    )
    figures = {("ours", "commands/s"): [90, 130, 110.0], ("theirs", "rows/s"): [100.0]}
    page.write(one, Found(figures, ("absent: it is not installed",)), "bench one", 0.5)
    told = at.read_text()
    assert "| ours | 110 commands/s | 90.0 – 130 |" in told
    assert "| ours ÷ theirs | 1.10 | ≥ 1.2 | **no** |" in told
    assert "| ours | 110 commands/s | ≤ 90 commands/s | **no** |" in told
    assert "÷ absent" not in told
    assert "- absent: it is not installed" in told


def test_what_fails_leaves_the_other_measurements_as_they_are() -> None:
    def fails(folder: Path, seconds: float) -> float:
        raise ValueError(f"no figure in {folder.is_dir()}")

    rows = (Row("broken", "s", fails), Row("absent", "s", fails, "no_such_module"), _topic("One").rows[0])
    found = take(Topic("one", "One", rows), 2, 0.01)
    assert found.figures == {("ours", "commands/s"): [1.0, 1.0]}
    assert sorted(found.lacking) == [
        "absent: no_such_module is not installed: python3 run.py bench installs it",
        "broken: round 2 of 2: ValueError: no figure in True",
    ]


def test_a_run_of_one_topic_leaves_the_sections_of_the_others(at: Path) -> None:
    one, two = _topic("One", Compared("ours", "theirs", 2)), _topic("Two", Compared("ours", "theirs", 5))
    for topic, figure in ((one, 8.0), (two, 5.0), (one, 3.0), (two, 10.0)):
        figures = {("ours", "commands/s"): [figure], ("theirs", "rows/s"): [1.0]}
        page.write(topic, Found(figures), f"bench {topic.name}", 0.5)
    told = at.read_text()
    assert [line for line in told.splitlines() if line.startswith("## ")] == ["## Must reach", "## One", "## Two"]
    reached = told[told.index("## Must reach") : told.index("## One")]
    assert "| ours ÷ theirs | 3.00 | ≥ 2 | yes |" in reached
    assert "| ours ÷ theirs | 10.0 | ≥ 5 | yes |" in reached
    assert "8.00" not in told
