"""Very many promises at once: how fast they are taken in, found when due, and said when 10,000 fall due in one second.

The watcher runs as in `casetrail up --split`: a process with the part `sla_watch` and nothing else, on a home whose ledger is
filled beforehand. Lateness is what the facts themselves say: recorded_at minus the due instant.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count, islice, pairwise
from pathlib import Path

from sqlalchemy import Connection

from services.first_start import open_ledger
from services.organisation_chart import PARTS, durables
from services.sla_watch import board as sla_board
from services.sla_watch.board import SlaBoard
from services.sla_watch.calendars import decide_calendar
from services.sla_watch.wiring import CLOCK_KEEPER
from shared.events.clocks import ClockStarted, Rung, Step
from shared.events.complaint import Received
from shared.events.words import Channel
from shared.kernel.fact import Actor, Event, Fact
from shared.kernel.ids import derived7
from shared.runtime.clock import Clock
from shared.runtime.codec import Row, fact_of, row_of
from shared.runtime.desk import Desk, Order
from shared.runtime.home import Home, free_port
from shared.runtime.nats_server import EmbeddedNats
from shared.runtime.read_model import Store
from shared.runtime.sqlite_ledger import SqliteLedger

BEGAN = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)
CLERK, WATCH = Actor("p-clerk", ("customer_service",)), Actor("s-sla-watch")
CLAUSES = ("root_cause", "containment", "action_plan", "first_response", "closure")
LADDERS = {
    "each breach alone": (Rung(role="dept_head", after="PT4H"), Rung(role="quality_head", after="wd1")),
    "each with its first escalation": (Rung(role="dept_head"), Rung(role="quality_head", after="wd1")),
}
STEPS = tuple(Step(day=f"2026-11-{day}", rule="working day", counted=day - 10) for day in range(11, 14))
AT_A_TIME = 5_000


def main(arguments: Sequence[str]) -> None:
    """Measure, print, write bench/CLOCKS.md."""
    parser = argparse.ArgumentParser(prog="python3 run.py bench clocks", description=__doc__)
    parser.add_argument("--clocks", type=int, default=1_000_000, help="open promises")
    parser.add_argument("--due", type=int, default=10_000, help="of them due in one second")
    parser.add_argument(
        "--down", type=int, default=100_000, help="promises that fell due while the watcher was down for a week"
    )
    parser.add_argument("--idle", type=float, default=30.0, help="seconds over which an idle watcher is looked at")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        rows = list(_printed(_all(Path(folder) / "many", given.clocks, given.due, given.idle)))
        rows += _printed(_a_week_down(Path(folder) / "down", given.down))
    lines = [
        "# One watcher and very many promises",
        "",
        f"`python3 run.py bench clocks --clocks {given.clocks} --due {given.due}` on {datetime.now(UTC):%Y-%m-%d},",
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.system()} {platform.machine()},",
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end. The watcher is a process of its own.",
        "",
        "| What | Measured |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in rows),
        "",
    ]
    (Path(__file__).parent / "CLOCKS.md").write_text("\n".join(lines), encoding="utf-8")


def _printed(rows: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for name, value in rows:
        print(f"{name}: {value}", flush=True)
        yield name, value


def _all(folder: Path, clocks: int, due: int, idle: float) -> Iterator[tuple[str, str]]:
    world = World(folder / "home")
    ledger, begun = world.ledger, time.perf_counter()
    cases = [derived7(BEGAN, "sz", number) for number in range(-(-clocks // len(CLAUSES)) + due * len(LADDERS))]
    _append(ledger, (_received(case, number) for number, case in enumerate(cases)))
    far = (BEGAN + timedelta(days=30, seconds=number % 7_000_000) for number in count())
    many = ((case, clause) for case in cases[due * len(LADDERS) :] for clause in CLAUSES)
    _append(ledger, (_started(case, clause, next(far)) for case, clause in islice(many, clocks)))
    with ledger.writing() as writing:
        writing.move(CLOCK_KEEPER, ledger.head())  # these cases are only here to be watched
    yield "facts written to the ledger", _rate(ledger.head(), begun, "facts/s")
    with world.watcher() as pid:
        begun, board = time.perf_counter(), Store.read_only(SlaBoard, world.home / "read")
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
            _append(ledger, (_started(case, CLAUSES[0], at, ladder) for case in these))
            filled, expected = ledger.head(), due * (2 if ladder[0].after is None else 1)
            _until(lambda filled=filled, expected=expected: ledger.head() >= filled + expected, 300)
            said = map(fact_of, ledger.rows(filled, expected))
            late = sorted((fact.recorded_at - fact.occurred_at).total_seconds() for fact in said)
            yield (
                f"{due:,} due at the same instant, {what}: {expected:,} facts",
                (
                    f"late by {late[0]:.2f} s (the first), {late[len(late) // 2]:.2f} s (the median), {late[-1]:.2f} s (the last); "
                    f"early: {sum(s < 0 for s in late)}"
                ),
            )
        yield "memory after that", f"{_memory(pid):,.0f} MB"
    world.close()


def _a_week_down(folder: Path, clocks: int) -> Iterator[tuple[str, str]]:
    """Each due once within a week that is over, and each climbed twice since; counted and held against the facts."""
    world = World(folder / "home")
    ledger, ladder = world.ledger, LADDERS["each breach alone"]
    cases = [derived7(BEGAN, "sz", number) for number in range(clocks)]
    _append(ledger, (_received(case, number) for number, case in enumerate(cases)))
    due = (BEGAN - timedelta(days=10) + timedelta(days=7) * number / clocks for number in range(clocks))
    _append(ledger, (_started(case, CLAUSES[0], at, ladder) for case, at in zip(cases, due, strict=True)))
    with ledger.writing() as writing:
        writing.move(CLOCK_KEEPER, ledger.head())
    head, begun = ledger.head(), time.perf_counter()
    with world.watcher():
        _until(lambda: ledger.head() >= head + 3 * clocks, 1_800)
        took = time.perf_counter() - begun
        time.sleep(3)
    facts = [fact_of(row) for row in ledger.rows(head, 10 * clocks)]
    counted = Counter((fact.stream, type(fact.event), getattr(fact.event, "level", 0)) for fact in facts)
    in_order = all(one.occurred_at <= other.occurred_at for one, other in pairwise(facts))
    twice, early = sum(n - 1 for n in counted.values()), sum(fact.recorded_at < fact.occurred_at for fact in facts)
    found = f"{took:.0f} s after its process was started; said twice: {twice}; in due order: {in_order}; early: {early}"
    yield f"down for a week with {clocks:,} clocks due: {len(facts):,} facts", found
    world.close()


def _received(case: str, number: int) -> tuple[str, Event, datetime, str, Actor]:
    event = Received(case_no=f"SZ-2026-{number:07}", channel=Channel.EMAIL, description="x", language="en")
    return f"complaint-{case}", event, BEGAN, "intake", CLERK


def _started(
    case: str, clause: str, at: datetime, ladder: tuple[Rung, ...] = LADDERS["each breach alone"]
) -> tuple[str, Event, datetime, str, Actor]:
    event = ClockStarted(
        clock_id=f"{clause}/1", clause=clause, cycle=1, starts_at=BEGAN, target="wd3", due_at=at, ladder=ladder,
        calendar="sz@1", source="S0-29", steps=STEPS, warn=(),
    )  # fmt: skip
    return f"clocks-{case}", event, BEGAN, "sla_watch", WATCH


def _append(ledger: SqliteLedger, events: Iterator[tuple[str, Event, datetime, str, Actor]]) -> None:
    """As a desk would record them, without deciding anything."""
    versions = Counter[str]()
    while some := list(islice(events, AT_A_TIME)):
        now = datetime.now(UTC)
        with ledger.writing() as writing:
            rows: list[Row] = []
            for position, (stream, event, at, service, actor) in enumerate(some, writing.head().position + 1):
                versions[stream] += 1
                fact = Fact(
                    position, stream, versions[stream], event, at, now, "sz", service, actor, f"k{position}", "c"
                )
                rows.append(row_of(fact))
            writing.append(rows)


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


def _until(reached: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > until:
            raise RuntimeError(f"not reached within {seconds:g} s")
        time.sleep(0.2)


def _cpu(pid: int) -> float:
    """Seconds of processor time used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> float:
    """Resident, in MB."""
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1_024  # type: ignore[index]


class World:
    """A home with a site, its calendar, and an owner."""

    def __init__(self, home: Path) -> None:
        self.home = Home(home)
        self.home.occupy()
        self.ledger = SqliteLedger(self.home / "ledger.sqlite", new_ledger_id="bench")
        self.desk = Desk(self.ledger, Clock())
        open_ledger(self.desk, self.home, site="sz", title="Bench", zone="Asia/Shanghai", owner="Bench", begin=None)
        order = Order(
            "sla_watch", "calendar-sz",
            lambda state, occasion, rules: decide_calendar(state, "sz", "Asia/Shanghai", occasion),
            "s-sla-watch", "calendar", site="sz", must_exist=False,
        )  # fmt: skip
        self.desk.submit(order).result()

    @contextmanager
    def watcher(self) -> Iterator[int]:
        """The processes of `relay` and `sla_watch`, as a supervisor would run them; the id of the latter."""
        ports = {part: free_port() for part in PARTS}
        (self.home / "parts.json").write_text(json.dumps(ports))
        nats = EmbeddedNats(self.home, durables())
        nats.start()
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "services", part, "--home", str(self.home.path), "--port", str(ports[part])]
            )
            for part in ("relay", "sla_watch")
        ]
        try:
            yield processes[-1].pid
        finally:
            for process in processes:
                process.send_signal(signal.SIGTERM)
            for process in processes:
                process.wait(30)
            nats.stop()

    def close(self) -> None:
        """Let go of everything."""
        self.desk.stop()
        self.ledger.close()
        self.home.release()
