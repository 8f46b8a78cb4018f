"""`python3 run.py bench`: all measurements interleaved, medians of several rounds, written to bench/RESULTS.md."""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench import arithmetic, clocks, lag, rebuild, writes
from shared.runtime import collector

Measure = Callable[[Path, float], float]

ROWS: tuple[tuple[str, str, Measure], ...] = (
    ("raw SQLite, one row a transaction, FULL", "rows/s", writes.raw_single),
    ("raw SQLite, 100 rows a transaction, FULL", "rows/s", writes.raw_hundred),
    ("stock eventsourcing, one event a save", "events/s", writes.stock),
    ("desk, 1 client, cold cases", "commands/s", writes.desk_1_cold),
    ("desk, 64 clients, cold cases", "commands/s", writes.desk_64_cold),
    ("desk, 64 clients on 8 hot cases", "commands/s", writes.desk_64_hot),
    ("rebuild of the timeline from the ledger", "facts/s", rebuild.timeline),
    ("rebuild of the case board from the ledger", "facts/s", rebuild.case_board),
)
RATIOS = (
    ("desk, 1 client, cold cases", "raw SQLite, one row a transaction, FULL"),
    ("desk, 1 client, cold cases", "stock eventsourcing, one event a save"),
    ("desk, 64 clients, cold cases", "raw SQLite, one row a transaction, FULL"),
    ("desk, 64 clients, cold cases", "stock eventsourcing, one event a save"),
    ("desk, 64 clients on 8 hot cases", "stock eventsourcing, one event a save"),
)


ALONE: dict[str, Callable[[Sequence[str]], None]] = {"arithmetic": arithmetic.main, "clocks": clocks.main}
"""Measurements of their own, with options and a page of their own: `python3 run.py bench clocks --help`."""


def main() -> None:
    """Measure, print, write."""
    if sys.argv[1:2] and sys.argv[1] in ALONE:
        ALONE[sys.argv[1]](sys.argv[2:])
        return
    parser = argparse.ArgumentParser(prog="python3 run.py bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of all measurements; medians are taken over them")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one measurement")
    given = parser.parse_args()
    found: dict[str, list[float]] = {name: [] for name, _, _ in ROWS}
    lags: list[lag.Lag] = []
    collector.settle()  # as every process of Casetrail does when it starts
    for number in range(1, given.rounds + 1):
        with tempfile.TemporaryDirectory() as folder:
            for name, unit, measure in ROWS:
                value = measure(Path(tempfile.mkdtemp(dir=folder)), given.seconds)
                found[name].append(value)
                print(f"round {number}/{given.rounds}  {name}: {value:,.0f} {unit}", flush=True)
            lags.append(lag.commit_to_visible(Path(tempfile.mkdtemp(dir=folder)), given.seconds))
            print(f"round {number}/{given.rounds}  HTTP command to visible row: {lags[-1]}", flush=True)
    text = _report(found, lags, given.rounds, given.seconds)
    (Path(__file__).parent / "RESULTS.md").write_text(text, encoding="utf-8")
    print(text)


def _report(found: dict[str, list[float]], lags: list[lag.Lag], rounds: int, seconds: float) -> str:
    medians = {name: statistics.median(values) for name, values in found.items()}
    lines = [
        "# What was measured",
        "",
        f"`python3 run.py bench --rounds {rounds} --seconds {seconds:g}` on {datetime.now(UTC):%Y-%m-%d}:",
        f"medians of {rounds} interleaved rounds. Read the ratios: absolutes swing with the machine.",
        "",
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.system()} {platform.machine()},",
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end.",
        "",
        "| Case | Median | Lowest – highest |",
        "|---|---|---|",
    ]
    for name, unit, _ in ROWS:
        values = found[name]
        lines.append(f"| {name} | {medians[name]:,.0f} {unit} | {min(values):,.0f} – {max(values):,.0f} |")
    for title, pick in (("p50", lambda one: one.p50), ("p99", lambda one: one.p99)):
        values = [pick(one) * 1000 for one in lags]
        lines.append(
            f"| HTTP answer to row visible in the case board, {title} "
            f"| {statistics.median(values):.1f} ms | {min(values):.1f} – {max(values):.1f} |"
        )
    lines += ["", "| Ratio of medians | |", "|---|---|"]
    for ours, theirs in RATIOS:
        lines.append(f"| {ours} ÷ {theirs} | {medians[ours] / medians[theirs]:.2f} |")
    lines += [
        "",
        "A desk command is the whole thing: authorise, decide by the domain's rules, fold, hash, insert the fact with its",
        "envelope, and remember the command id, all on disk (`synchronous = FULL`) before it is answered. A stock save",
        "appends one event of an aggregate that is already in memory.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
