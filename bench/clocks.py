"""Very many promises at once: how fast they are taken in, found when due, and said when 10,000 fall due in one second.

The watcher runs as in `casetrail up --split`: a process with the part `sla_watch` and nothing else, on a home whose ledger is
filled beforehand. Lateness is what the facts themselves say: recorded_at minus the due instant.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from pathlib import Path

from sqlalchemy import Connection

from bench.watched import BEGAN, CLAUSES, LADDERS, World, append, received, started
from bench.writes import STORES
from services.sla_watch import board as sla_board
from services.sla_watch.board import SlaBoard
from shared.kernel.ids import derived7
from shared.runtime.codec import fact_of
from shared.runtime.store import Store
from tests.faults.downtime import CLIMBED_TWICE, a_week_down
from tests.postgres import database_at

PAGE = Path(__file__).parent / "CLOCKS.md"


def main(arguments: Sequence[str]) -> None:
    """Measure, print, write bench/CLOCKS.md."""
    parser = argparse.ArgumentParser(prog="python3 run.py bench clocks", description=__doc__)
    parser.add_argument("--clocks", type=int, default=1_000_000, help="open promises")
    parser.add_argument("--due", type=int, default=10_000, help="of them due in one second")
    parser.add_argument(
        "--down", type=int, default=100_000, help="promises that fell due while the watcher was down for a week"
    )
    parser.add_argument("--stores", nargs="+", choices=STORES, default=STORES, help="where facts and read models are")
    parser.add_argument("--idle", type=float, default=30.0, help="seconds over which an idle watcher is looked at")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        found: dict[str, list[tuple[str, str]]] = {}
        for store in given.stores:
            database = database_at(Path(folder)) if store == "PostgreSQL" else ""
            found[store] = list(_printed(_all(Path(folder) / store, database, given.clocks, given.due, given.idle)))
        if given.down:
            found["Down for a week, SQLite"] = list(_printed(_a_week_down(Path(folder) / "down", given.down)))
    lines = [
        "# One watcher and very many promises",
        "",
        f"`python3 run.py bench clocks --clocks {given.clocks} --due {given.due}` on {datetime.now(UTC):%Y-%m-%d},",
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.system()} {platform.machine()},",
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end. The watcher is a process of its own.",
        "",
        *(line for title, rows in found.items() for line in _table(title, rows)),
    ]
    PAGE.write_text("\n".join(lines), encoding="utf-8")


def _table(title: str, rows: Sequence[tuple[str, str]]) -> Sequence[str]:
    return [
        f"## {title}",
        "",
        "| What | Measured |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in rows),
        "",
    ]


def _printed(rows: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for name, value in rows:
        print(f"{name}: {value}", flush=True)
        yield name, value


def _all(folder: Path, database: str, clocks: int, due: int, idle: float) -> Iterator[tuple[str, str]]:
    world = World(folder / "home", database)
    ledger, begun = world.ledger, time.perf_counter()
    cases = [derived7(BEGAN, "sz", number) for number in range(-(-clocks // len(CLAUSES)) + due * len(LADDERS))]
    append(ledger, (received(case, number) for number, case in enumerate(cases)))
    far = (BEGAN + timedelta(days=30, seconds=number % 7_000_000) for number in count())
    many = ((case, clause) for case in cases[due * len(LADDERS) :] for clause in CLAUSES)
    world.fill(started(case, clause, next(far)) for case, clause in islice(many, clocks))
    yield "facts written to the ledger", _rate(ledger.head(), begun, "facts/s")
    with world.watchers() as (pid,):
        begun, board = time.perf_counter(), world.shelf.read_only(SlaBoard)
        _until(lambda: board.position_on_disk() == ledger.head(), 3_600)
        yield f"{clocks:,} clocks taken into the board, from the ledger", _rate(clocks, begun, "clocks/s")
        now = datetime.now(UTC)
        yield "next due instant found", f"{_median(board, sla_board.next_due) * 1_000:.2f} ms"
        yield (
            "what is due found, when nothing is",
            f"{_median(board, lambda db: sla_board.due(db, now, 20_000)) * 1_000:.2f} ms",
        )
        time.sleep(3)
        before, since = _cpu(pid), time.perf_counter()
        time.sleep(idle)
        yield f"idle over {idle:g} s", f"{(_cpu(pid) - before) / (time.perf_counter() - since) * 100:.2f} % of a core"
        yield "memory of the watcher's process, idle", f"{_memory(pid):,.0f} MB"
        for number, (what, ladder) in enumerate(LADDERS.items()):
            these = cases[number * due : (number + 1) * due]
            at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=15)
            append(ledger, (started(case, CLAUSES[0], at, ladder) for case in these))
            filled, expected = ledger.head(), due * (2 if ladder[0].after is None else 1)
            _until(lambda filled=filled, expected=expected: ledger.head() >= filled + expected, 300, every_s=0.02)
            on_disk = (datetime.now(UTC) - at).total_seconds()
            said = map(fact_of, ledger.rows(filled, expected))
            late = sorted((fact.recorded_at - fact.occurred_at).total_seconds() for fact in said)
            yield (
                f"{due:,} due at the same instant, {what}: {expected:,} facts",
                (
                    f"late by {late[0]:.2f} s (the first), {late[len(late) // 2]:.2f} s (the median), {late[-1]:.2f} s (the last), "
                    f"all committed {on_disk:.2f} s after it; "
                    f"early: {sum(s < 0 for s in late)}"
                ),
            )
        yield "memory after that", f"{_memory(pid):,.0f} MB"
    world.close()


def _a_week_down(folder: Path, clocks: int) -> Iterator[tuple[str, str]]:
    back = [timedelta(days=-9), timedelta(days=-11), timedelta()]
    fewer = clocks // 10  # libfaketime takes part in every wait of Python's lock, and slows all of it tenfold
    for number, (what, promises, watchers, ladder, offsets) in enumerate((
        ("each due once", clocks, 1, (), ()),
        ("each due, and climbed twice since", clocks, 1, CLIMBED_TWICE, ()),
        ("each due once, two watchers", clocks, 2, (), ()),
        ("each due once, the clock set 9 days back, 11 days back, and right again", fewer, 1, (), back),
        ("the same with two watchers", fewer, 2, (), back),
    )):  # fmt: skip
        found = a_week_down(folder / str(number), promises, watchers, ladder, offsets)
        yield f"down for a week with {promises:,} clocks: {what}", str(found)


def _rate(done: int, begun: float, unit: str) -> str:
    seconds = time.perf_counter() - begun
    return f"{done / seconds:,.0f} {unit} ({seconds:.0f} s)"


def _median(board: Store[SlaBoard], ask: Callable[[Connection], object]) -> float:
    took: list[float] = []
    with board.reading() as db:
        for _ in range(101):
            began = time.perf_counter()
            ask(db)
            took.append(time.perf_counter() - began)
    return statistics.median(took)


def _until(reached: Callable[[], bool], seconds: float, every_s: float = 0.2) -> None:
    until = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > until:
            raise RuntimeError(f"not reached within {seconds:g} s")
        time.sleep(every_s)


def _cpu(pid: int) -> float:
    """Seconds of processor time used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> float:
    """Resident, in MB."""
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1_024  # type: ignore[index]
