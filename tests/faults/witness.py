"""More of the independent checker: what time has done, what a read model's rows are, what letters arrived. It, too, imports
nothing from the system."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.checker import Entry

LATE = timedelta(seconds=30)
"""So long the watcher may take on a busy machine; what has been due for longer must have been said."""
BOOKKEEPING = "progress"


# ── what time has done ────────────────────────────────────────────────────────────────────────────────────────────────
def faults_of_time(entries: Iterable[Entry], now: datetime | None = None) -> Iterator[str]:
    """Each breach and each step of its escalation once, not before it was due, and none left out."""
    due, climbs = dict[tuple[str, str], str](), dict[tuple[str, str, int], str]()
    said, running = Counter[tuple[str, str, str, int]](), set[tuple[str, str]]()
    for entry in entries:
        if not entry.topic.startswith("clocks."):
            continue
        data, kind = entry.data, entry.type
        clock = (entry.stream, data["clock_id"])
        if kind in ("ClockStarted", "ClockResumed", "ClockRebased") and data.get("due_at"):
            due[clock] = data["due_at"]
            for key in [key for key in said if key[:2] == clock]:
                del said[key]
            for key in [key for key in climbs if key[:2] == clock]:
                del climbs[key]
            running.add(clock)
        elif kind in ("Breached", "Escalated"):
            level = data.get("level", 0)
            said[*clock, kind, level] += 1
            if said[*clock, kind, level] > 1:
                yield f"position {entry.position}: {kind} {level} of {clock} is said {said[*clock, kind, level]} times"
            wanted = due.get(clock, "") if kind == "Breached" else climbs.pop((*clock, level), None)
            if wanted is None or entry.occurred_at < wanted:
                yield f"position {entry.position}: {kind} {level} of {clock} at {entry.occurred_at}, it is due at {wanted}"
            if kind == "Breached":
                running.discard(clock)
                climbs |= {(*clock, number): at for number, at in enumerate(data.get("climbs_at") or (), 1)}
        elif kind in ("Met", "ClockCancelled", "ClockPaused", "BreachExcused", "EscalationAcknowledged"):
            running.discard(clock)
            for key in [key for key in climbs if key[:2] == clock]:
                del climbs[key]
    latest = _text((now or datetime.now(UTC)) - LATE)
    yield from (f"{clock} is due since {due[clock]}, and nobody says so" for clock in running if due[clock] < latest)
    yield from (f"level {level} of {stream} {id} is due since {at}, and nobody is told"
                for (stream, id, level), at in climbs.items() if at < latest)  # fmt: skip


# ── what facts lead to ────────────────────────────────────────────────────────────────────────────────────────────────
LEADS_TO = {
    "Received": ("ClockStarted", "acknowledgement"), "Acknowledged": ("Met", "acknowledgement"),
    "CustomerContacted": ("Met", "first_response"), "Assigned": ("ClockStarted", "root_cause"),
}  # fmt: skip
"""The first of such a fact in a case, and what follows from it where there is no policy."""


def faults_of_reactions(entries: Iterable[Entry]) -> Iterator[str]:
    """What facts lead to was done, and once; no case number is given twice or left out."""
    wanted, done = dict[tuple[str, str, str], Entry](), Counter[tuple[str, str, str, object]]()
    numbers, earlier = dict[str, int](), set[tuple[str, str]]()
    for entry in entries:
        kind, _, id = entry.stream.partition("-")
        if kind == "complaint" and entry.type in LEADS_TO and (id, entry.type) not in earlier:
            earlier.add((id, entry.type))
            wanted[id, *LEADS_TO[entry.type]] = entry
        elif kind == "clocks":
            data = entry.data
            wanted.pop((id, entry.type, data["clock_id"].partition("/")[0]), None)
            done[entry.stream, entry.type, data["clock_id"], entry.command_id] += 1
        elif entry.type == "NumberTaken":
            number = int(entry.data["case_no"].rpartition("-")[2])
            if number != numbers.get(entry.stream, 0) + 1:
                yield f"position {entry.position}: a case number, {entry.data['case_no']}, is given twice or one was left out"
            numbers[entry.stream] = number
    for (id, does, clause), entry in wanted.items():
        yield f"position {entry.position}: {entry.type} of {id} started no promise, or kept none: {does} {clause} is missing"
    yield from (
        f"{what} is said {times} times"
        for what, times in done.items()
        if times > 1 and what[1] in ("ClockStarted", "Met")
    )


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


# ── rows of read models ───────────────────────────────────────────────────────────────────────────────────────────────
def dumps(home: Path) -> dict[str, str]:
    """Read model → SHA-256 of all its rows in a canonical order, by plain SQL."""
    if database := json.loads((home / "home.json").read_text()).get("database"):
        return _dumps_in(database)
    found = dict[str, str]()
    for path in sorted((home / "read").glob("*.sqlite")):
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        tables = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")
        ]
        rows = {
            table: connection.execute(f'SELECT * FROM "{table}"').fetchall() for table in tables if table != BOOKKEEPING
        }
        found[path.stem] = _hashed(rows)
        connection.close()
    return found


def _dumps_in(database: str) -> dict[str, str]:
    import psycopg

    found = dict[str, str]()
    with psycopg.connect(database) as connection:
        tables = connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema ~ '^read_.*_[0-9]+$' ORDER BY 1, 2"
        ).fetchall()
        schemas: dict[str, dict[str, list[tuple[object, ...]]]] = {}
        for schema, table in tables:
            if table != BOOKKEEPING:
                rows = connection.execute(f'SELECT * FROM "{schema}"."{table}"'.encode()).fetchall()
                schemas.setdefault(schema, {})[table] = rows
        for schema, rows in schemas.items():
            found[schema.removeprefix("read_").rpartition("_")[0]] = _hashed(rows)
    return found


def _hashed(tables: dict[str, list[tuple[object, ...]]]) -> str:
    lines = [f"{table} {row!r}" for table in sorted(tables) for row in sorted(tables[table], key=repr)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def faults_of_rebuild(home: Path, rebuild: Callable[[str], object]) -> Iterator[str]:
    """Whether every read model, built anew from position 1, is what it was, byte for byte. Nothing else may happen meanwhile."""
    before = dumps(home)
    for name in before:
        rebuild(name)
    after = dumps(home)
    yield from (f"{name} differs from what is built anew" for name in before if before[name] != after.get(name))


# ── letters ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def sent(home: Path) -> list[str]:
    """Keys of the notices that the sending log calls sent, by plain SQL."""
    return [key for key, state, _ in _deliveries(home) if state == "sent"]


def unsent(home: Path) -> list[str]:
    """Keys of the notices that should have gone out by now; others wait for working hours."""
    now = _text(datetime.now(UTC))
    return [key for key, state, ready_at in _deliveries(home) if state in ("waiting", "failed") and ready_at <= now]


def _deliveries(home: Path) -> list[tuple[str, str, str]]:
    asked = "SELECT key, state, ready_at FROM {}deliveries"
    if database := json.loads((home / "home.json").read_text()).get("database"):
        import psycopg

        with psycopg.connect(database) as server:
            return [(key, state, at) for key, state, at in server.execute(asked.format("notebook_notify.").encode())]
    with closing(sqlite3.connect(f"file:{home / 'notify.sqlite'}?mode=ro", uri=True)) as file:
        return [(key, state, at) for key, state, at in file.execute(asked.format(""))]


def faults_of_letters(sent: Sequence[str], arrived: Sequence[str], interrupted: int) -> Iterator[str]:
    """`sent`: keys the outbox calls sent; `arrived`: keys of the letters. Only an interruption may send one twice."""
    counted = Counter(arrived)
    yield from (f"the notice {key} is called sent and never arrived" for key in sent if not counted[key])
    twice = sum(times - 1 for times in counted.values())
    if twice > interrupted:
        yield f"{twice} notices arrived twice, and sending was interrupted {interrupted} times"
