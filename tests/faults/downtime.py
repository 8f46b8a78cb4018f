"""A week in which nobody watched, and then one watcher or two, with clocks that jump; judged from the rows of the ledger alone.

The observer is no part of Casetrail: it reads the file with plain SQL, and knows what must be said from what it put in.
"""

from __future__ import annotations

import sqlite3
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from pathlib import Path

import orjson

from bench.watched import BEGAN, CLAUSES, CLERK, Told, World, append, received, started
from shared.events.clocks import Rung
from shared.events.organisation import PersonAdded
from shared.kernel.ids import derived7
from shared.kernel.values import rfc3339

HOURS = {"PT4H": 4, "PT24H": 24}
CLIMBED_TWICE = (Rung(role="dept_head", after="PT4H"), Rung(role="quality_head", after="PT24H"))
"""Both rungs are due by the time the watcher is back."""
PLACES = ("/usr/lib/*/faketime", "/usr/lib/faketime", "/usr/local/lib/faketime", "/usr/lib64/faketime")
NUDGE_S = 1.0
LONGER_S = 3.0
"""So long it is watched after everything has been said: nothing may be said early or twice."""


BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Verdict:
    """What was found wrong, and how long it took."""

    facts: int = 0
    seconds: float = 0.0
    missing: int = 0
    twice: int = 0
    unexpected: int = 0
    out_of_order: int = 0
    early: int = 0
    waited_at: list[int] = field(default_factory=list[int])
    """How many facts there were whenever the watchers had nothing more to say."""

    @property
    def right(self) -> bool:
        """Each once, in due order, none early, none left out."""
        return not (self.missing or self.twice or self.unexpected or self.out_of_order or self.early)

    def __str__(self) -> str:
        return (
            f"{self.facts:,} facts, all said {self.seconds:.0f} s after the start; left out: {self.missing}; said twice: "
            f"{self.twice}; unexpected: {self.unexpected}; out of due order: {self.out_of_order}; early: {self.early}"
        )


def faketime() -> Path | None:
    """The library that lets a process see another time, if this machine has it (Debian: `apt install faketime`)."""
    found = (lib for place in PLACES for lib in Path("/").glob(f"{place[1:]}/libfaketimeMT.so.1"))
    return next(found, None)


@dataclass
class Machine:
    """Its clock, which may be set; what is said is held against the latest time that it has ever shown."""

    file: Path
    offset: timedelta = timedelta()
    latest: datetime = BEGINNING

    def __post_init__(self) -> None:
        self.set(self.offset)

    def set(self, offset: timedelta) -> None:
        """From now on it shows that much more or less than the true time."""
        self.offset = offset
        draft = self.file.with_suffix(".new")
        draft.write_text(f"{offset.total_seconds():+.0f}\n")
        draft.replace(self.file)

    def now(self) -> datetime:
        """The latest instant that any program on it can have seen so far."""
        self.latest = max(self.latest, datetime.now(UTC) + self.offset)
        return self.latest

    def environment(self, library: Path) -> dict[str, str]:
        """For a program that shall go by it."""
        return {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_CACHE_DURATION": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }


@dataclass(frozen=True)
class Said:
    """One fact about a clock, as its row has it."""

    position: int
    stream: str
    topic: str
    level: int
    at: str


def a_week_down(
    folder: Path, clocks: int, watchers: int = 1, ladder: tuple[Rung, ...] = (), offsets: Sequence[timedelta] = (),
    patience_s: float = 1_800,
) -> Verdict:  # fmt: skip
    """Promises due evenly over a week that ended six days ago. `offsets`: what the clock of the machine shows, one after the
    other, each until everything is said that is due by it; without any it goes right.
    """
    offsets = offsets or [timedelta()]
    world, verdict, machine = World(folder / "home"), Verdict(), Machine(folder / "clock", offsets[0])
    cases = [derived7(BEGAN, "sz", number) for number in range(clocks)]
    dues = [BEGAN - timedelta(days=10) + timedelta(days=7) * number / clocks for number in range(clocks)]
    append(world.ledger, (received(case, number) for number, case in enumerate(cases)))
    head = world.fill(started(case, CLAUSES[0], due, ladder) for case, due in zip(cases, dues, strict=True))
    world.go_down()
    wanted = _wanted(cases, dues, ladder)
    instants = sorted(wanted.values())
    environment = machine.environment(_library()) if any(offsets) else {}
    seen: list[Said] = []
    numbers, nudge = count(), 0.0
    begun = time.monotonic()
    with (
        closing(sqlite3.connect(f"file:{world.home / 'ledger.sqlite'}?mode=ro", uri=True)) as ledger,
        world.watchers(watchers, environment),
    ):
        for number, offset in enumerate(offsets):
            if number:
                machine.set(offset)
            until = time.monotonic() + patience_s
            while len(seen) < bisect_right(instants, rfc3339(machine.now())) and time.monotonic() < until:
                verdict.early += _look(ledger, head, seen, machine)
                time.sleep(0.05)
                if number and time.monotonic() > nudge:
                    append(world.ledger, iter([_newcomer(next(numbers))]))
                    nudge = time.monotonic() + NUDGE_S
            verdict.seconds = time.monotonic() - begun
            more = time.monotonic() + LONGER_S
            while time.monotonic() < more:
                verdict.early += _look(ledger, head, seen, machine)
                time.sleep(0.05)
            verdict.waited_at.append(len(seen))
    world.close()
    _judge(seen, wanted, verdict)
    return verdict


Key = tuple[str, str, int]


def _wanted(cases: Sequence[str], dues: Sequence[datetime], ladder: Sequence[Rung]) -> dict[Key, str]:
    """What must be said, and of when."""
    steps = [
        ("clocks.Breached", 0, 0),
        *(("clocks.Escalated", n, HOURS[rung.after or ""]) for n, rung in enumerate(ladder, 1)),
    ]
    return {
        (f"clocks-{case}", topic, level): rfc3339(due + timedelta(hours=hours))
        for case, due in zip(cases, dues, strict=True)
        for topic, level, hours in steps
    }


def _look(ledger: sqlite3.Connection, head: int, seen: list[Said], machine: Machine) -> int:
    """Take what is new; how much of it no clock of that machine has reached yet."""
    after = seen[-1].position if seen else head
    found = ledger.execute(
        "SELECT rowid, originator_id, topic, state, occurred_at FROM stored_events "
        "WHERE rowid > ? AND topic LIKE 'clocks.%' ORDER BY rowid",
        (after,),
    ).fetchall()
    latest = rfc3339(machine.now())
    new = [Said(row, stream, topic, orjson.loads(body).get("level", 0), at) for row, stream, topic, body, at in found]
    seen += new
    return sum(one.at > latest for one in new)


def _newcomer(number: int) -> Told:
    """A fact that has nothing to do with any promise: it wakes the watchers, who would otherwise sleep for half a minute."""
    person = f"p-new{number}"
    return f"person-{person}", PersonAdded(person=person, name="Somebody"), BEGAN, "intake", CLERK


def _judge(seen: Sequence[Said], wanted: Mapping[Key, str], verdict: Verdict) -> None:
    counted = Counter((one.stream, one.topic, one.level) for one in seen)
    verdict.facts = len(seen)
    verdict.twice = sum(times - 1 for times in counted.values())
    verdict.missing = len(wanted.keys() - counted.keys())
    verdict.unexpected = sum(wanted.get((one.stream, one.topic, one.level)) != one.at for one in seen)
    verdict.out_of_order = sum(one.at > other.at for one, other in pairwise(seen))


def _library() -> Path:
    found = faketime()
    if found is None:
        raise RuntimeError("libfaketime is not installed (on Debian: apt install faketime)")
    return found
