"""An independent checker: it imports nothing from the system, reads what is on the disk and on the wire, and compares.

    ledger (plain SQL)  =  stream (by sequence)  =  read models (over HTTP, against folds of its own)

Its power is measured in tests/journeys/test_the_checker_sees.py: damage done on purpose must be found.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import nats

STREAM = "CASETRAIL"
CLOSING = {"no_trouble_found"}
LEADS_TO = {
    "Received": "received", "Assigned": "assigned", "InvestigationStarted": "investigating",
    "ActionPlanSubmitted": "plan_review", "ActionPlanApproved": "implementing", "ActionPlanReturned": "planning",
    "Closed": "closed", "Merged": "merged", "Withdrawn": "withdrawn", "Archived": "archived",
    "NotAComplaintDetermined": "not_a_complaint", "InvestigationWaived": "planning", "UseErrorDetermined": "planning",
}  # fmt: skip
"""What leads to one stage whatever the case; the rest is in `stage_of`."""
AFTER_DISPUTE = {"customer_inaccurate": "closing", "warehouse_problem": "planning"}
AWAITED = {
    "intake": set[str](),
    "triage": {"registered", "triaged"},
    "capa": {"assigned", "investigating", "planning", "plan_review", "implementing", "verifying", "closing"},
}
"""In which stages a case stands on a service's worklist; at intake that depends on more than the stage."""


@dataclass(frozen=True)
class Entry:
    """One row of the ledger as it lies on the disk."""

    position: int
    stream: str
    version: int
    topic: str
    body: bytes
    site: str
    occurred_at: str
    recorded_at: str
    actor: str
    command_id: str
    sha256: str
    shape: int

    @property
    def type(self) -> str:
        """`complaint.Received` → `Received`."""
        return self.topic.partition(".")[2]

    @property
    def data(self) -> dict[str, Any]:
        """The body as JSON."""
        return json.loads(self.body)


def ledger(home: Path, since: int = 0) -> list[Entry]:
    """Every row after this position, by plain SQL."""
    if database := json.loads((home / "home.json").read_text()).get("database"):
        return _ledger_in(database, since)
    connection = sqlite3.connect(f"file:{home / 'ledger.sqlite'}?mode=ro", uri=True)
    try:
        found = connection.execute(
            "SELECT rowid, originator_id, originator_version, topic, state, site, occurred_at, recorded_at, actor, "
            "command_id, sha256, shape FROM stored_events WHERE rowid > ? ORDER BY rowid",
            (since,),
        )
        return [Entry(*row) for row in found]
    finally:
        connection.close()


def _ledger_in(database: str, since: int) -> list[Entry]:
    import psycopg

    with psycopg.connect(database) as connection:
        found = connection.execute(
            "SELECT notification_id, originator_id, originator_version, topic, state, site, occurred_at, recorded_at, actor, "
            "command_id, sha256, shape FROM casetrail.stored_events WHERE notification_id > %s ORDER BY notification_id",
            (since,),
        )
        return [Entry(*row) for row in found]


# ── the ledger by itself ──────────────────────────────────────────────────────────────────────────────────────────────
def faults_of_ledger(entries: Sequence[Entry]) -> Iterator[str]:
    """Gaps, wrong hashes, versions that do not follow each other, time running backwards."""
    versions = Counter[str]()
    recorded = ""
    for expected, entry in enumerate(entries, 1):
        if entry.position != expected:
            yield f"position {entry.position} where {expected} was expected"
            return
        if hashlib.sha256(entry.body).hexdigest() != entry.sha256:
            yield f"position {entry.position}: the bytes do not match their SHA-256"
        versions[entry.stream] += 1
        if entry.version != versions[entry.stream]:
            yield f"position {entry.position}: version {entry.version} of {entry.stream}, expected {versions[entry.stream]}"
        if entry.recorded_at < recorded:
            yield f"position {entry.position} was recorded before its predecessor"
        recorded = entry.recorded_at


# ── the stream against the ledger ─────────────────────────────────────────────────────────────────────────────────────
def faults_of_stream(entries: Sequence[Entry], login: dict[str, Any]) -> list[str]:
    """Position = sequence, the same subject, bytes and hash, and nothing more. `login` is the relay's."""
    last, messages = asyncio.run(_messages(login))
    changed = [f"the stream has {len(messages)} messages, and has just said {last}"] if last != len(messages) else []
    return [*changed, *_compared(entries, messages)]


Message = tuple[str, dict[str, str], bytes]
"""Subject, headers, body."""


def _compared(entries: Sequence[Entry], messages: Sequence[Message]) -> Iterator[str]:
    if len(messages) != len(entries):
        yield f"the stream has {len(messages)} messages, the ledger {len(entries)} rows"
    for entry, (subject, headers, body) in zip(entries, messages, strict=False):
        wanted = {
            "Nats-Sequence": str(entry.position), "ce-position": str(entry.position), "ce-id": str(entry.position),
            "ce-subject": entry.stream, "ce-streamversion": str(entry.version), "ce-sha256": entry.sha256,
            "ce-type": f"casetrail.{entry.topic}", "ce-time": entry.occurred_at, "ce-recordedtime": entry.recorded_at,
            "ce-actor": entry.actor, "ce-commandid": entry.command_id,
        }  # fmt: skip
        found = {name: unquote(headers.get(name, "")) for name in wanted}
        if found != wanted:
            yield f"sequence {entry.position} says {found}, the ledger {wanted}"
        if body != entry.body:
            yield f"sequence {entry.position}: other bytes than in the ledger"
        if subject != f"casetrail.fact.{entry.site or '_'}.{entry.topic}":
            yield f"sequence {entry.position} is on {subject}"


async def _messages(login: dict[str, Any]) -> tuple[int, list[Message]]:
    """Where the stream says that it ends, and all messages by sequence. Read directly, so that no consumer is left behind."""
    connection = await nats.connect(**login)
    try:
        last = (await connection.jetstream().stream_info(STREAM)).state.last_seq
        found: list[Message] = []
        inbox = f"{login['inbox_prefix']}.checker"
        answers = await connection.subscribe(inbox)
        while len(found) < last:
            asked = json.dumps({"seq": len(found) + 1, "batch": 500}).encode()
            await connection.publish(f"$JS.API.DIRECT.GET.{STREAM}", asked, reply=inbox)
            while True:
                message = await answers.next_msg(timeout=10)
                headers = dict(message.headers or {})
                status = headers.get("Status", "")
                if status.startswith("404"):  # made anew meanwhile
                    return last, found
                if status:  # end of this batch
                    assert status.startswith("204"), f"after {len(found)}: {headers}"
                    break
                found.append((headers["Nats-Subject"], headers, message.data))
        return last, found
    finally:
        await connection.close()


# ── read models against folds of our own ──────────────────────────────────────────────────────────────────────────────
def stage_of(case: Sequence[Entry]) -> str:
    """Where a case stands, folded again and independently from its facts."""
    stage, before, graded, actions = "new", "new", False, dict[str, str]()
    for entry in case:
        data, kind = entry.data, entry.type
        before = stage if kind == "Merged" else before
        stage = LEADS_TO.get(kind, stage)
        if kind == "Registered":
            stage = "triaged" if graded else "registered"
        elif kind == "Classified":
            stage, graded = ("received" if stage == "received" else "triaged"), True
        elif kind == "RootCauseFound":
            stage = "closing" if data["verdict"] in CLOSING else "planning"
        elif kind == "ActionPlanned":
            actions[data["action_id"]] = "planned"
        elif kind == "ActionPlanApproved":
            actions = {id: "approved" if was == "planned" else was for id, was in actions.items()}
        elif kind == "ActionCompleted":
            actions[data["action_id"]] = "completed"
            stage = "implementing" if "approved" in actions.values() else "verifying"
        elif kind == "Verified":
            actions |= dict.fromkeys(data["action_ids"], "judged")
            left = set(actions.values())
            stage = "implementing" if "approved" in left else "verifying" if "completed" in left else "closing"
            stage = stage if data["effective"] else "planning"
        elif kind == "EvidenceDisputeResolved":
            stage = AFTER_DISPUTE.get(data["outcome"], "investigating")
        elif kind == "MergeUndone":
            stage = before
        elif kind == "Reopened":
            stage, actions = ("planning" if data["back_to_planning"] else "investigating"), {}
    return stage


def clocks_of(entries: Sequence[Entry]) -> dict[str, str]:
    """Clock id → status, folded again and independently."""
    clocks, excused, let_go = dict[str, str](), set[str](), dict[str, str]()
    for entry in entries:
        id, kind = entry.data["clock_id"], entry.type
        if kind in ("ClockStarted", "ClockResumed"):
            clocks[id] = "running"
        elif kind == "ClockPaused":
            clocks[id] = "paused"
        elif kind == "Breached":
            clocks[id] = "breached"
        elif kind == "BreachExcused":
            excused.add(id)
        elif kind == "Met":
            clocks[id] = "met_late" if clocks[id] == "breached" and id not in excused else "met"
        elif kind == "ClockCancelled":
            let_go[id], clocks[id] = clocks[id], "cancelled"
        elif kind == "ClockRebased" and clocks[id] == "cancelled":
            clocks[id] = let_go[id]  # a merge was undone
        elif kind == "ClockRebased" and clocks[id] in ("met", "met_late"):
            clocks[id] = "breached" if clocks[id] == "met_late" else "running"  # the case goes on where it ended
    return clocks


def faults_of_read_models(entries: Sequence[Entry], ask: Any, since: int = 0) -> Iterator[str]:
    """`ask(path, **query)` reads over HTTP. The board; and of every case its timeline, its state, its clocks.

    `since`: only cases that something has happened to after this position.
    """
    head = len(entries)
    board = {item["complaint_id"]: item for item in _all(ask, "/insight/complaints", head)}
    lists = {service: ask(f"/{service}/worklist", limit=1_000, after_position=head)["items"] for service in AWAITED}
    waiting = {service: {item["complaint_id"]: item for item in items} for service, items in lists.items()}
    wall = {(item["complaint_id"], item["clock_id"]): item for item in _all(ask, "/sla-watch/clocks", head)}
    streams: dict[str, list[Entry]] = {}
    for entry in entries:
        streams.setdefault(entry.stream, []).append(entry)
    cases = {stream.partition("-")[2]: facts for stream, facts in streams.items() if stream.startswith("complaint-")}
    if set(board) != set(cases):
        yield f"the board holds {len(board)} cases, the ledger {len(cases)}"
    for id, facts in cases.items():
        of_clocks = streams.get(f"clocks-{id}", [])
        merged = sorted([*facts, *of_clocks], key=_position)
        if merged[-1].position <= since:
            continue
        told = sorted([*merged, *streams.get(f"guard-{id}", [])], key=_position)
        yield from (f"{id}: {fault}" for fault in _faults_of_timeline(told, ask, id, head))
        case = ask(f"/audit/complaints/{id}", after_position=head)
        stage, clocks = stage_of(facts), clocks_of(of_clocks)
        if (case["stage"], case["version"]) != (stage, facts[-1].version):
            yield f"{id}: audit says {case['stage']} at {case['version']}, the ledger {stage} at {facts[-1].version}"
        wanted = (stage, facts[-1].version, merged[-1].position)
        for name, rows in {"board": board, **waiting}.items():
            if (
                id in rows
                and (found := tuple(rows[id][key] for key in ("stage", "version", "last_position"))) != wanted
            ):
                yield f"{id}: {name} says {found}, the ledger {wanted}"
        for service, stages in AWAITED.items():
            if stages and (id in waiting[service]) != (stage in stages):
                yield f"{id}: the worklist of {service} is wrong about a case that is {stage}"
        if {clock["clock_id"]: clock["status"] for clock in case["clocks"]} != clocks:
            yield f"{id}: audit says {case['clocks']}, the ledger {clocks}"
        on_wall = {clock: item["status"] for (case_id, clock), item in wall.items() if case_id == id}
        if on_wall != clocks:
            yield f"{id}: the SLA board says {on_wall}, the ledger {clocks}"


def _faults_of_timeline(facts: Sequence[Entry], ask: Any, id: str, head: int) -> Iterator[str]:
    told = ask(f"/audit/complaints/{id}/timeline", after_position=head)["entries"]
    if [entry["position"] for entry in told] != [fact.position for fact in facts]:
        yield f"the timeline holds {[entry['position'] for entry in told]}, the ledger {[fact.position for fact in facts]}"
        return
    for entry, fact in zip(told, facts, strict=True):
        wanted = (fact.stream, fact.version, fact.type, fact.occurred_at, fact.recorded_at, fact.actor, fact.data)
        found = tuple(
            entry[name] for name in ("stream", "version", "type", "occurred_at", "recorded_at", "actor", "data")
        )
        if found != wanted:
            yield f"the timeline says {found}, the ledger {wanted}"


def _all(ask: Any, path: str, head: int) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    page = ask(path, limit=1_000, after_position=head)
    while True:
        items += page["items"]
        if not page["next_cursor"]:
            return items
        page = ask(path, limit=1_000, cursor=page["next_cursor"])


def _position(entry: Entry) -> int:
    return entry.position


# ── all of it ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def check(home: Path, relay: dict[str, Any], ask: Any, since: int = 0) -> list[Entry]:
    """Ledger = stream = read models; the ledger, for further questions. The house must be level."""
    entries = ledger(home)
    faults = [
        *faults_of_ledger(entries),
        *faults_of_stream(entries, relay),
        *faults_of_read_models(entries, ask, since),
    ]
    assert not faults, "\n".join(faults[:20])
    return entries
