"""A home full of promises, and the processes that watch over them: for the bench and for the faults."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from bench.world import begun
from services.organisation_chart import PARTS, durables
from services.sla_watch.board import SlaBoard
from services.sla_watch.calendars import decide_calendar
from services.sla_watch.wiring import CLOCK_KEEPER
from services.stores import open_shelf, remember
from shared.events.clocks import ClockStarted, Rung, Step
from shared.events.complaint import Received
from shared.events.words import Channel
from shared.kernel.fact import Actor, Event, Fact
from shared.runtime.cases import Cases
from shared.runtime.codec import Row, row_of
from shared.runtime.home import free_port
from shared.runtime.ledger import Ledger
from shared.runtime.nats_server import EmbeddedNats
from shared.runtime.orders import Order

BEGAN = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)
CLERK, WATCH = Actor("p-clerk", ("customer_service",)), Actor("s-sla-watch")
CLAUSES = ("root_cause", "containment", "action_plan", "first_response", "closure")
LADDERS = {
    "each breach alone": (Rung(role="dept_head", after="PT4H"), Rung(role="quality_head", after="wd1")),
    "each with its first escalation": (Rung(role="dept_head"), Rung(role="quality_head", after="wd1")),
}
STEPS = tuple(Step(day=f"2026-11-{day}", rule="working day", counted=day - 10) for day in range(11, 14))
AT_A_TIME = 5_000

Told = tuple[str, Event, datetime, str, Actor]
"""Stream, event, when it happened, service, who."""


def received(case: str, number: int) -> Told:
    """A complaint comes in."""
    event = Received(case_no=f"SZ-2026-{number:07}", channel=Channel.EMAIL, description="x", language="en")
    return f"complaint-{case}", event, BEGAN, "intake", CLERK


def started(case: str, clause: str, at: datetime, ladder: tuple[Rung, ...] = LADDERS["each breach alone"]) -> Told:
    """A promise about it begins."""
    event = ClockStarted(
        clock_id=f"{clause}/1", clause=clause, cycle=1, starts_at=BEGAN, target="wd3", due_at=at, ladder=ladder,
        calendar="sz@1", source="S0-29", steps=STEPS, warn=(),
    )  # fmt: skip
    return f"clocks-{case}", event, BEGAN, "sla_watch", WATCH


def append(ledger: Ledger, events: Iterator[Told]) -> None:
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


class World:
    """A home with a site, its calendar, and an owner; `database`: where facts and read models are, if not in the home."""

    def __init__(self, home: Path, database: str = "") -> None:
        self.home, self.ledger, self.desk = begun(home, _ledger_in(database) if database else None)
        if database:
            remember(self.home, database)
        self.shelf = open_shelf(self.home, database)
        order = Order(
            "sla_watch", "calendar-sz",
            lambda state, occasion, rules: decide_calendar(state, "sz", "Asia/Shanghai", occasion),
            "s-sla-watch", "calendar", site="sz", must_exist=False,
        )  # fmt: skip
        self.desk.submit(order).result()

    def fill(self, events: Iterable[Told]) -> int:
        """As if the clock keeper had recorded these: it has nothing to do with them any more. The head after them."""
        append(self.ledger, iter(events))
        with self.ledger.writing() as writing:
            writing.move(CLOCK_KEEPER, self.ledger.head())
        return self.ledger.head()

    def go_down(self) -> None:
        """As if a watcher had run until now: its board shows every promise."""
        identity = self.ledger.identity()
        board = self.shelf.store(SlaBoard, f"{identity.ledger_id}:{identity.epoch}", Cases(self.ledger))
        while rows := self.ledger.rows(board.position, AT_A_TIME):
            board.apply_rows(rows)
        board.close()

    @contextmanager
    def watchers(self, count: int = 1, environment: Mapping[str, str] | None = None) -> Iterator[list[int]]:
        """The process of `relay` and those of `sla_watch`, as a supervisor would run them; the ids of the latter.

        A second one has read models of its own, as on a second machine.
        """
        ports = {part: free_port() for part in PARTS}
        (self.home / "parts.json").write_text(json.dumps(ports))
        nats = EmbeddedNats(self.home, durables())
        nats.start()
        homes = [self.home.path, *(self._beside(number) for number in range(1, count))]
        parts = [("relay", self.home.path, ports["relay"])]
        parts += [("sla_watch", home, ports["sla_watch"] if home == self.home.path else free_port()) for home in homes]
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "services", part, "--home", str(home), "--port", str(port)],
                env={**os.environ, **(environment or {} if part == "sla_watch" else {})},
            )
            for part, home, port in parts
        ]
        try:
            yield [process.pid for process in processes[1:]]
        finally:
            for process in processes:
                process.send_signal(signal.SIGTERM)
            for process in processes:
                process.wait(30)
            nats.stop()

    def _beside(self, number: int) -> Path:
        """The same home seen from another place, but for what belongs to a process alone."""
        beside = Path(f"{self.home.path}-{number}")
        beside.mkdir()
        for entry in self.home.path.iterdir():
            if entry.name == "read":
                shutil.copytree(entry, beside / "read")
            elif entry.name != "log":
                (beside / entry.name).symlink_to(entry)
        return beside

    def close(self) -> None:
        """Let go of everything."""
        self.desk.stop()
        self.shelf.close()
        self.ledger.close()
        self.home.release()


def _ledger_in(database: str) -> Ledger:
    from shared.runtime.postgres_ledger import PostgresLedger  # only where the driver is installed

    return PostgresLedger(database, "bench")
