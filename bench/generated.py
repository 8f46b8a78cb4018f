"""Ledgers of any size, written in bulk: valid facts of whole cases with their clocks, as a desk and a watcher would leave them.

A case is taken in, answered, examined, and two of three are closed: twenty facts and the number that it took. Some hundred
cases go on at the same time, so their facts lie between one another as they do in a real ledger.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice

import orjson

from bench.watched import CLERK, WATCH, started
from shared.events import complaint as e
from shared.events import words as w
from shared.events.clocks import ClockPaused, ClockResumed, Met
from shared.events.organisation import NumberTaken
from shared.events.waiting import Wait
from shared.kernel.fact import Actor, Event
from shared.kernel.ids import derived7
from shared.kernel.values import FileRef, Rank, rfc3339
from shared.runtime.aggregates import SNAPSHOT_EVERY, load, snapshot_of
from shared.runtime.codec import Row, digest, encode
from shared.runtime.ledger import Answered, Ledger

AT_ONCE = 400
"""Cases that go on at the same time."""
AT_A_TIME = 10_000
"""Facts in one transaction."""
STILL_TO_COME = 5
"""Facts that one case of three does not have yet: it is open."""
BEGAN = datetime(2026, 1, 5, 1, tzinfo=UTC)
DUE = BEGAN + timedelta(days=30)
NUMBERS = "numbers-sz-2026"

Said = tuple[str, Event]
"""Kind of stream, event."""


def usual_life() -> Iterator[Said]:
    """A case from receipt to closure; what names it is put in later."""
    yield "numbers", NumberTaken(case_no="SZ-2026-0000000", complaint=derived7(BEGAN, "sz", 0))
    yield "complaint", received()
    for clause in ("first_response", "root_cause", "closure"):
        yield "clocks", started("", clause, DUE)[1]
    yield "complaint", e.Acknowledged(channel=w.Channel.TELEPHONE)
    yield "complaint", contacted()
    yield "clocks", Met(clock_id="first_response/1", met_at=BEGAN, margin_s=3_600)
    yield "complaint", registered()
    yield "complaint", classified()
    yield "complaint", e.Assigned(owner="p-bo", department=w.Department.QUALITY)
    yield from investigated("a1")
    yield "clocks", Met(clock_id="root_cause/1", met_at=BEGAN, margin_s=-3_600)
    yield "complaint", e.ActionCompleted(action_id="a1", done_by="p-cy", result="the profile is reset and locked")
    yield "complaint", e.Verified(action_ids=("a1",), effective=True, method="500 boards inspected")
    yield (
        "complaint",
        e.Closed(disposition=w.Disposition.SOLVED, customer_acceptance=w.Acceptance.ACCEPTED, summary="solved"),
    )
    yield "clocks", Met(clock_id="closure/1", met_at=BEGAN, margin_s=3_600)


def long_life(facts: int) -> Iterator[Said]:
    """A case that does not end: talked about, asked about, worked on; its clock stands still and goes on."""
    begins: list[Said] = [
        ("complaint", received()), ("clocks", started("", "closure", DUE)[1]),
        ("complaint", e.Acknowledged(channel=w.Channel.EMAIL)), ("complaint", contacted()),
        ("complaint", registered()), ("complaint", classified()),
        ("complaint", e.Assigned(owner="p-bo", department=w.Department.QUALITY)), *investigated("a1"),
    ]  # fmt: skip
    return islice(_then_for_ever(begins), facts)


def _then_for_ever(begins: Iterable[Said]) -> Iterator[Said]:
    yield from begins
    number = 0
    while True:
        number += 1
        asked = f"i{number}"
        yield "complaint", contacted()
        yield (
            "complaint",
            e.InformationRequested(request_id=asked, asked_of=w.AskedOf.CUSTOMER, items=("a photo of the screen",)),
        )
        yield "clocks", ClockPaused(clock_id="closure/1", wait=Wait.CUSTOMER, paused_at=BEGAN)
        yield "complaint", e.InformationProvided(request_id=asked, answer="here it is")
        yield "clocks", ClockResumed(clock_id="closure/1", resumed_at=BEGAN, due_at=DUE)
        yield "complaint", e.ActionProgressReported(action_id="a1", percent=number % 100, note="goes on")
        if number % 4 == 0:
            file = FileRef(sha256=digest(asked.encode()), bytes=48_000, media_type="image/jpeg", name=f"{asked}.jpg")
            yield "complaint", e.EvidenceAttached(evidence_id=f"e{number}", kind=w.EvidenceKind.PHOTO, file=file)


def received() -> e.Received:
    """A complaint comes in."""
    return e.Received(
        case_no="SZ-2026-0000000", channel=w.Channel.TELEPHONE, description="The screen is garbled after start, and stays so.",
        language="en", customer_no="C-1001", customer_name="Zhang San", product_model="ABC-2000", lot_no="L2403",
    )  # fmt: skip


def contacted() -> e.CustomerContacted:
    """The customer was told how it goes."""
    return e.CustomerContacted(
        direction=w.Direction.OUTBOUND, channel=w.Channel.TELEPHONE, purpose=w.ContactPurpose.PROGRESS, summary="told how it goes"
    )  # fmt: skip


def registered() -> e.Registered:
    """The form is filled in."""
    return e.Registered(
        symptom="the screen is garbled after start", frequency="always", extent=w.Extent.SINGLE_UNIT,
        product_model="ABC-2000", demands=(w.Demand.REPAIR,),
    )  # fmt: skip


def classified() -> e.Classified:
    """It is graded."""
    return e.Classified(category=w.Category.HARDWARE_FAILURE, grade="P2", rank=Rank.MAJOR, basis=w.GradeBasis.CONFIRMED)


def investigated(action: str) -> Iterator[Said]:
    """Cause, plan, approval."""
    why = e.Why(why="garbled", because="cold solder joint", evidence=())
    yield "complaint", e.InvestigationStarted(lead="p-bo")
    yield "complaint", e.RootCauseFound(
        direct_cause="cold solder joint", root_cause="oven profile drifted", method=w.Method.FIVE_WHY, five_whys=(why,)
    )  # fmt: skip
    yield "complaint", e.ActionPlanned(
        action_id=action, kind=w.ActionKind.CORRECTIVE, content="reset the profile", owner="p-cy", due=date(2026, 3, 20),
        measure_of_success="no cold joint in 500 boards",
    )  # fmt: skip
    yield "complaint", e.ActionPlanSubmitted(plan_version=1, action_ids=(action,))
    yield "complaint", e.ActionPlanApproved(plan_version=1)


# ── into the ledger ───────────────────────────────────────────────────────────────────────────────────────────────────
def fill(ledger: Ledger, facts: int) -> int:
    """Append at least so many facts of usual cases, with the first answers to the commands behind them; how many cases.

    At most one transaction of facts is in memory.
    """
    life = [(kind, event, encode(event)) for kind, event in usual_life()]
    cases = -(-facts * 3 // (len(life) * 3 - STILL_TO_COME))
    _write(ledger, _interleaved(life, cases), answers=True)
    keep_snapshots(ledger, [NUMBERS])
    return cases


def add_long_case(ledger: Ledger, facts: int, number: int = 1) -> str:
    """Append one case with so many facts, snapshots included; its id."""
    case = derived7(BEGAN, "long", facts, number)
    streams = {kind: f"{kind}-{case}" for kind in ("complaint", "clocks")}
    versions = dict.fromkeys(streams, 0)

    def rows() -> Iterator[Made]:
        for kind, event in long_life(facts):
            versions[kind] += 1
            yield streams[kind], versions[kind], event, encode(event)

    _write(ledger, rows(), answers=False)
    keep_snapshots(ledger, streams.values())
    return case


def keep_snapshots(ledger: Ledger, streams: Iterable[str]) -> None:
    """As the desk keeps them: of every stream at its last multiple of SNAPSHOT_EVERY."""
    for stream in streams:
        loaded = load(ledger, stream)
        if loaded.version >= SNAPSHOT_EVERY and (snapshot := snapshot_of(stream, loaded)):
            with ledger.writing() as writing:
                writing.keep_snapshot(snapshot)


Made = tuple[str, int, Event, bytes]
"""Stream, version, event, body."""


def _interleaved(life: Sequence[tuple[str, Event, bytes]], cases: int) -> Iterator[Made]:
    taken = 0
    for first in range(0, cases, AT_ONCE):
        some = range(first, min(first + AT_ONCE, cases))
        ids = [derived7(BEGAN + timedelta(minutes=number), "sz", number) for number in some]
        versions = [{"complaint": 0, "clocks": 0} for _ in some]
        for step, (kind, event, body) in enumerate(life):
            for place, number in enumerate(some):
                if number % 3 == 0 and step >= len(life) - STILL_TO_COME:
                    continue
                if kind == "numbers":
                    taken += 1
                    yield NUMBERS, taken, event, _named(body, number, ids[place])
                    continue
                versions[place][kind] += 1
                named = _named(body, number, ids[place]) if isinstance(event, e.Received) else body
                yield f"{kind}-{ids[place]}", versions[place][kind], event, named


def _named(body: bytes, number: int, case: str) -> bytes:
    return body.replace(b"SZ-2026-0000000", b"SZ-2026-%07d" % number).replace(
        derived7(BEGAN, "sz", 0).encode(), case.encode()
    )


def _write(ledger: Ledger, made: Iterable[Made], *, answers: bool) -> None:
    made = iter(made)
    while some := list(islice(made, AT_A_TIME)):
        with ledger.writing() as writing:
            end = writing.head()
            at = max(rfc3339(BEGAN), end.recorded_at)
            rows = [_row(position, *one, at) for position, one in enumerate(some, end.position + 1)]
            writing.append(rows)
            if answers:
                writing.remember({
                    (row.actor, row.command_id): Answered("0" * 64, orjson.dumps([row.stream, row.version, row.position, ()]))
                    for row in rows
                    if row.service == "intake"
                })  # fmt: skip


def _row(position: int, stream: str, version: int, event: Event, body: bytes, at: str) -> Row:
    clocks = stream.startswith("clocks-")
    who: Actor = WATCH if clocks else CLERK
    service = "sla_watch" if clocks else "intake"
    # Ids of commands are random where clients choose them, which is the harder case for an index.
    return Row(
        position, stream, version, event.TOPIC, body, event.SHAPE, "sz", service, at, at, who.id, ",".join(who.roles), None,
        secrets.token_hex(16), "c", None, None, None, 0, 1, digest(body),
    )  # fmt: skip
