"""The timeline of a case: every fact of the complaint and of its clocks, and the case as it stood at any time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import PlainSerializer

from shared.clocks.state import Clocks, fold_clocks
from shared.complaint.fold import INITIAL, fold
from shared.complaint.lifecycle import LIFECYCLE
from shared.complaint.state import Complaint
from shared.events.clocks import ClockStarted
from shared.events.complaint import Received
from shared.events.guard import GuardRefused
from shared.events.handover import TransferredToSite
from shared.kernel.errors import Unknown
from shared.kernel.fact import Fact
from shared.kernel.values import rfc3339
from shared.runtime.aggregates import adapter, fold_fingerprint
from shared.runtime.cases import CASE_EVENTS
from shared.runtime.codec import Row, decode, fact_of
from shared.runtime.many_rows import write_tuples
from shared.runtime.read_model import ReadModel, on

metadata = sa.MetaData()
_COLUMNS = Row._fields
_WHOLE = {"version", "shape", "historical", "epoch"}


def _column(name: str) -> sa.Column[Any]:
    if name == "position":
        return sa.Column(
            name, sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False
        )
    kind = sa.Integer if name in _WHOLE else sa.LargeBinary if name == "body" else sa.Text
    return sa.Column(name, kind)


FACTS = sa.Table(
    "facts",
    metadata,
    *map(_column, _COLUMNS),
    sa.Column("complaint_id", sa.Text, nullable=False),
    sa.Column("case_no", sa.Text, index=True),  # of its first fact only: finds a case by its number
)
sa.Index("facts_of_case", FACTS.c.complaint_id, FACTS.c.position)

STOPS = sa.Table(
    "stops", metadata,
    sa.Column("complaint_id", sa.Text, primary_key=True),
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("recorded_at", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("state", sa.LargeBinary, nullable=False),
)  # fmt: skip
"""On the way of a long case: the case as folded up to there, so that a replay need not begin with its first fact."""
STOP_EVERY = 1_000
"""Facts of one stream of the case."""
_LATEST_STOP = (
    sa.select(STOPS.c.state)
    .where(
        STOPS.c.complaint_id == sa.bindparam("id"),
        STOPS.c.position <= sa.bindparam("up_to"),
        STOPS.c.recorded_at <= sa.bindparam("as_of"),
        STOPS.c.fingerprint == sa.bindparam("fingerprint"),
    )
    .order_by(STOPS.c.position.desc())
    .limit(1)
)
_ADD = sa.insert(FACTS)
_ADDED = tuple(column.name for column in FACTS.columns)
_OF_CASE = (
    sa.select(*(FACTS.c[name] for name in _COLUMNS))
    .where(
        FACTS.c.complaint_id == sa.bindparam("id"),
        FACTS.c.position > sa.bindparam("after"),
        FACTS.c.position <= sa.bindparam("up_to"),
    )
    .order_by(FACTS.c.position)
)
_NUMBERED = sa.select(FACTS.c.complaint_id).where(FACTS.c.case_no == sa.bindparam("case_no"))
_LAST, _NEVER = 2**62, "9999"


class Timeline(ReadModel):
    """A copy of every fact about a case, so that the case can be told and replayed without asking the ledger."""

    name, version, metadata = "timeline", 3, metadata
    as_stored = True
    _added: list[tuple[Any, ...]]
    _stops: list[tuple[str, Row]]

    def begin(self) -> None:
        """Nothing added yet."""
        self._added, self._stops = [], []

    @on(*CASE_EVENTS, GuardRefused)
    def keeps(self, row: Row) -> None:
        """Add one fact, with the id of its case."""
        kind, _, id = row.stream.partition("-")
        self._added.append((*row, id, _number(row) if row.topic == Received.TOPIC else None))
        if row.version % STOP_EVERY == 0 and kind != "guard":
            self._stops.append((id, row))

    def finish(self) -> None:
        """Write them in one statement; then, where a long case has come further, how it stood there."""
        write_tuples(self.db, _ADD, _ADDED, self._added)
        for id, row in self._stops:
            case = case_at(self.db, id, position=row.position)
            self.db.execute(
                sa.insert(STOPS).values(
                    complaint_id=id, position=row.position, recorded_at=row.recorded_at,
                    fingerprint=fold_fingerprint(), state=adapter(CaseAt).dump_json(case),
                )
            )  # fmt: skip


def _number(row: Row) -> str | None:
    received = decode(row.topic, row.shape, row.body)
    return received.case_no if isinstance(received, Received) else None


@dataclass(frozen=True)
class CaseAt:
    """A case as it stood: `version` and `position` are those of the last fact that counts."""

    complaint: Complaint
    clocks: Clocks
    version: int
    position: int
    sites: Annotated[frozenset[str], PlainSerializer(sorted)] = frozenset()
    """Where it may be read."""


def complaint_id_of(db: sa.Connection, case_no: str) -> str | None:
    """The complaint with a case number such as SZ-2026-00042."""
    found = db.execute(_NUMBERED, {"case_no": case_no}).scalar()
    return None if found is None else str(found)


def entries(
    db: sa.Connection, complaint_id: str, up_to_position: int | None = None, after_position: int = 0
) -> list[Fact[Any]]:
    """The facts of the complaint and of its clocks, and what was refused, merged in the order in which they were recorded."""
    up_to = _LAST if up_to_position is None else min(up_to_position, _LAST)
    found = db.execute(_OF_CASE, {"id": complaint_id, "after": after_position, "up_to": up_to}).fetchall()
    return [fact_of(Row._make(row)) for row in found]


def read_at(facts: Iterable[Fact[Any]]) -> frozenset[str]:
    """The sites where a case may be read: where it is and was, and where somebody was asked to take it over."""
    return frozenset(
        site
        for fact in facts
        for site in (fact.site, *((fact.event.to_site,) if isinstance(fact.event, TransferredToSite) else ()))
    )


def case_at(
    db: sa.Connection,
    complaint_id: str,
    *,
    version: int | None = None,
    as_of: datetime | None = None,
    happened_by: datetime | None = None,
    position: int | None = None,
) -> CaseAt:
    """The case as folded from the facts that count; raises Unknown when it did not exist then.

    `version`: the complaint's facts up to that one, with the clock facts recorded before it (with the latest: all).
    `as_of`: what was known then. `happened_by`: what had happened by then, also what was recorded only later.
    """
    begin = None
    if version is None and happened_by is None:  # these count facts, or leave some out: from the first
        begin = _stop_before(db, complaint_id, position, as_of)
    facts = entries(db, complaint_id, position, 0 if begin is None else begin.position)
    if not facts and begin is None:
        raise Unknown(f"there is no case {complaint_id}", field="complaint_id")
    if version is not None:
        facts = _up_to_version(facts, version)
    if as_of is not None:
        facts = [fact for fact in facts if fact.recorded_at <= as_of]
    if happened_by is not None:
        facts = _tellable(fact for fact in facts if fact.occurred_at <= happened_by)
    return _folded(facts, begin)


def _stop_before(db: sa.Connection, complaint_id: str, position: int | None, as_of: datetime | None) -> CaseAt | None:
    """The last stop on the way to there, if the case is long enough to have one and folds have not changed since."""
    found = db.execute(
        _LATEST_STOP,
        {
            "id": complaint_id, "up_to": _LAST if position is None else min(position, _LAST),
            "as_of": _NEVER if as_of is None else rfc3339(as_of), "fingerprint": fold_fingerprint(),
        },
    ).scalar()  # fmt: skip
    return None if found is None else adapter(CaseAt).validate_json(found)


def _up_to_version(facts: list[Fact[Any]], version: int) -> list[Fact[Any]]:
    versions = {fact.version: fact.position for fact in facts if fact.kind == "complaint"}
    if version not in versions:
        raise Unknown(f"the case has no version {version}, only 1 to {max(versions, default=0)}", field="version")
    last = _LAST if version == max(versions) else versions[version]
    return [fact for fact in facts if fact.position <= last]


def _tellable(facts: Iterable[Fact[Any]]) -> list[Fact[Any]]:
    """What had happened need not be what had been recorded: a fact may stand on another one that happened only later.

    Somebody records a completion for Tuesday of an action that was planned on Wednesday; on Tuesday evening there was
    nothing to complete. Such a fact does not count until what it stands on has happened too: the lifecycle must allow
    it, and what it names must be known.
    """
    case, clocks, told = INITIAL, set[str](), list[Fact[Any]]()
    for fact in facts:
        if fact.kind == "complaint":
            if case.stage not in LIFECYCLE[type(fact.event)].allowed:
                continue
            try:
                case = fold(case, fact)
            except KeyError:  # names an action that had not been planned
                continue
        elif isinstance(fact.event, ClockStarted):
            clocks.add(fact.event.clock_id)
        elif fact.kind == "clocks" and fact.event.clock_id not in clocks:
            continue
        told.append(fact)
    return told


def _folded(facts: list[Fact[Any]], begin: CaseAt | None = None) -> CaseAt:
    start = begin or CaseAt(INITIAL, Clocks(), 0, 0)
    case, clocks, version = start.complaint, start.clocks, start.version
    for fact in facts:
        if fact.kind == "complaint":
            case, version = fold(case, fact), fact.version
        elif fact.kind == "clocks":
            clocks = fold_clocks(clocks, fact)
    if not version:
        raise Unknown("there was no such case then", way_out="ask for a later moment")
    return CaseAt(case, clocks, version, facts[-1].position if facts else start.position, start.sites | read_at(facts))
