"""The SLA board: every promise about time, how it stands, and what time will do next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, get_args

import sqlalchemy as sa

from shared.clocks.state import ENDED, Clock, ClockStatus, Deadline, DeadlineKind
from shared.events.clocks import ClocksEvent
from shared.events.complaint import Received
from shared.kernel.errors import Invalid
from shared.kernel.fact import Fact
from shared.kernel.values import parse_instant, rfc3339
from shared.runtime.pages import Page, page
from shared.runtime.read_model import ReadModel, on
from shared.runtime.reader import Sites, only

metadata = sa.MetaData()
CASES = sa.Table(
    "cases",
    metadata,
    sa.Column("complaint_id", sa.Text, primary_key=True),
    sa.Column("case_no", sa.Text, nullable=False),
    sa.Column("historical", sa.Boolean, nullable=False),
)
CLOCKS = sa.Table(
    "clocks",
    metadata,
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("clock_id", sa.Text, primary_key=True),
    sa.Column("complaint_id", sa.Text),
    sa.Column("case_no", sa.Text, nullable=False),
    sa.Column("site", sa.Text, nullable=False),
    sa.Column("clause", sa.Text, nullable=False),
    sa.Column("cycle", sa.Integer, nullable=False),
    sa.Column("starts_at", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("due_at", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("provisional", sa.Boolean, nullable=False),
    sa.Column("breached_at", sa.Text),
    sa.Column("excused", sa.Boolean, nullable=False),
    sa.Column("level", sa.Integer, nullable=False),
    sa.Column("acknowledged", sa.Boolean, nullable=False),
    sa.Column("rank", sa.Text),
    sa.Column("responsible", sa.Text),
    sa.Column("met_at", sa.Text),
    sa.Column("paused_since", sa.Text),
    sa.Column("calendar", sa.Text, nullable=False),
    sa.Column("last_position", sa.BigInteger, nullable=False),
    sa.Column("historical", sa.Boolean, nullable=False),
    # What time alone will do next to this clock; null when that is nothing: ended, taken on, or paused without an end.
    sa.Column("deadline_at", sa.Text),
    sa.Column("deadline_kind", sa.Text),
    sa.Column("deadline_number", sa.Integer),
)
_c = CLOCKS.c
_TICKS = _c.deadline_at.is_not(None)
_DEADLINE = (_c.deadline_at, _c.stream, _c.clock_id, _c.deadline_number)
_BY_DUE = (_c.due_at, _c.stream, _c.clock_id)
sa.Index("deadlines", *_DEADLINE, sqlite_where=_TICKS)
sa.Index("clocks_by_due", *_BY_DUE)
sa.Index("clocks_by_status", _c.status, *_BY_DUE)

_HIDDEN = {"stream", "deadline_at", "deadline_kind", "deadline_number"}
_ITEMS = sa.select(*(column for column in _c if column.name not in _HIDDEN))
_ADD_CASE, _ADD = sa.insert(CASES), sa.insert(CLOCKS)
_OF_CASES = sa.select(CASES).where(CASES.c.complaint_id.in_(sa.bindparam("ids", expanding=True)))
_DROP = sa.delete(CLOCKS).where(_c.stream == sa.bindparam("of"), _c.clock_id == sa.bindparam("clock"))
_NEXT = sa.select(sa.func.min(_c.deadline_at)).where(_TICKS)
_DUE = (
    sa.select(_c.stream, _c.site, _c.deadline_at, _c.clock_id, _c.deadline_kind, _c.deadline_number)
    .where(_TICKS, _c.deadline_at <= sa.bindparam("now"))
    .order_by(*_DEADLINE)
    .limit(sa.bindparam("most"))
)
_OPEN = _c.status.in_(sorted(status.value for status in ClockStatus if status not in ENDED))
_BROKEN = sa.and_(_c.breached_at.is_not(None), sa.not_(_c.excused))
_LIVE = sa.not_(_c.historical)
_KEPT = _c.status == ClockStatus.MET.value
STATES: dict[str, sa.ColumnElement[bool]] = {
    **{status.value: _c.status == status.value for status in ClockStatus},
    "open": _OPEN,
    "provisional": sa.and_(_OPEN, _c.provisional),
}
"""What one may ask for: a status, `open` (running, paused or breached), or `provisional` (open, due date may move)."""


class SlaBoard(ReadModel):
    """One row for each clock, of a case or of a site's own duties.

    Those of a complaint taken over with its history are marked, and time does nothing more to them.
    """

    name, version, metadata = "sla_board", 5, metadata
    of_sites = True

    _new: list[dict[str, Any]]
    _moved: dict[tuple[str, str], tuple[Clock, Fact[Any]]]

    def begin(self) -> None:
        """These live as long as the transaction, so a rollback leaves nothing wrong behind."""
        self._new, self._moved = [], {}

    @on(Received)
    def begins(self, fact: Fact[Received]) -> None:
        """All that is shown of a case is its number, and whether it was taken over with its history."""
        case = {"complaint_id": fact.subject_id, "case_no": fact.event.case_no, "historical": fact.historical}
        self._new.append(case)

    @on(*get_args(ClocksEvent))
    def moves(self, fact: Fact[Any]) -> None:
        """What happens to a clock changes its row."""
        memory = self.memory.duties if fact.kind == "duties" else self.memory.clocks
        clock = memory.take(fact).clocks[fact.event.clock_id]
        self._moved[fact.stream, clock.clock_id] = clock, fact

    def finish(self) -> None:
        """Write each clock once, however many of its facts came together."""
        self.write(_ADD_CASE, self._new)
        if not self._moved:
            return
        ids = {fact.subject_id for _, fact in self._moved.values() if fact.kind == "clocks"}
        cases = {id: (no, old) for id, no, old in self.db.execute(_OF_CASES, {"ids": sorted(ids)})}
        self.write(_DROP, [{"of": stream, "clock": clock} for stream, clock in self._moved])
        self.write(_ADD, [
            self._row(clock, fact, *cases[fact.subject_id] if fact.kind == "clocks" else ("", False))
            for clock, fact in self._moved.values()
        ])  # fmt: skip

    def _row(self, clock: Clock, fact: Fact[Any], case_no: str, historical: bool) -> dict[str, Any]:
        return {
            "stream": fact.stream, "clock_id": clock.clock_id, "case_no": case_no, "site": fact.site,
            "complaint_id": None if fact.kind == "duties" else fact.subject_id, "last_position": fact.position,
            **_values(clock, historical=historical or fact.historical),
        }  # fmt: skip


def clocks(
    db: sa.Connection,
    *,
    state: str | None = None,
    sites: Sites = None,
    case: str | None = None,
    due_before: datetime | None = None,
    limit: int = 200,
    cursor: str | None = None,
    historical: bool = False,
) -> Page:
    """Clocks in the order in which they are due, of all cycles; those of histories only if asked for, or with their case.

    Raises Invalid for a state that there is not.
    """
    query = _ITEMS if historical or case is not None else _ITEMS.where(_LIVE)
    if case is not None:
        query = query.where(_c.stream == f"clocks-{case}")
    if state is not None:
        if state not in STATES:
            raise Invalid(
                f"there is no state {state!r}", rule="enum", field="state", way_out=f"states: {', '.join(STATES)}"
            )
        query = query.where(STATES[state])
    query = only(query, _c.site, sites)
    if due_before is not None:
        query = query.where(_c.due_at < rfc3339(due_before))
    return page(db, query, _BY_DUE, limit, cursor)


def owed(db: sa.Connection, sites: Sites = None) -> list[dict[str, Any]]:
    """What sites owe by themselves, open as it is, in the order in which it is due."""
    query = only(_ITEMS.where(_c.complaint_id.is_(None), _OPEN), _c.site, sites)
    return [dict(row) for row in db.execute(query.order_by(*_BY_DUE)).mappings()]


def case_numbers(db: sa.Connection, ids: Sequence[str]) -> dict[str, str]:
    """The number of each case that there is, by its id."""
    return {id: number for id, number, _ in db.execute(_OF_CASES, {"ids": list(ids)})}


def next_due(db: sa.Connection) -> datetime | None:
    """When the watcher must wake next; None when nothing is running."""
    found = db.execute(_NEXT).scalar()
    return None if found is None else parse_instant(found)


class Due(NamedTuple):
    """What time has done to one clock, of a case or of a site's own duties."""

    stream: str
    site: str
    deadline: Deadline


def due(db: sa.Connection, now: datetime, limit: int) -> list[Due]:
    """What time has done by now, in due order; ties always in the same order."""
    found = db.execute(_DUE, {"now": rfc3339(now), "most": limit})
    return [
        Due(stream, site, Deadline(parse_instant(at), clock_id, DeadlineKind(kind), number))
        for stream, site, at, clock_id, kind, number in found
    ]


def running_at(db: sa.Connection, sites: Sequence[str]) -> Sequence[tuple[str, str]]:
    """Complaint and site of each case with a promise at these sites that runs or stands still."""
    query = (
        sa.select(_c.complaint_id, _c.site)
        .where(
            _c.status.in_((ClockStatus.RUNNING.value, ClockStatus.PAUSED.value)),
            _c.site.in_(sites),
            _c.complaint_id.is_not(None),
            _LIVE,
        )
        .distinct()
        .order_by(_c.complaint_id)
    )
    return [(case, site) for case, site in db.execute(query)]


def compliance(db: sa.Connection, sites: Sites = None, *, historical: bool = False) -> list[dict[str, Any]]:
    """Promises kept and broken, by clause; those of histories only if asked for.

    An excused breach was kept; a promise cancelled in time is neither.
    """
    kept, broken = (sa.func.sum(sa.case((which, 1), else_=0)) for which in (_KEPT, _BROKEN))
    query = sa.select(_c.clause, kept, broken).group_by(_c.clause).order_by(_c.clause)
    query = only(query if historical else query.where(_LIVE), _c.site, sites)
    return [
        {
            "clause": clause,
            "met": met,
            "breached": breached,
            "share": met / (met + breached) if met + breached else None,
        }
        for clause, met, breached in db.execute(query)
    ]


def _values(clock: Clock, *, historical: bool) -> dict[str, Any]:
    deadline = None if historical else clock.next_deadline()
    return {
        "clause": clock.clause,
        "cycle": clock.cycle,
        "starts_at": rfc3339(clock.starts_at),
        "target": clock.target,
        "due_at": rfc3339(clock.due_at),
        "status": clock.status.value,
        "provisional": clock.provisional,
        "breached_at": _text(clock.breached_at),
        "excused": clock.excused,
        "level": clock.level,
        "acknowledged": clock.acknowledged_level > 0,
        "rank": clock.rank,
        "responsible": clock.responsible,
        "met_at": _text(clock.met_at),
        "paused_since": _text(clock.paused_since),
        "calendar": clock.calendar,
        "historical": historical,
        "deadline_at": None if deadline is None else rfc3339(deadline.at),
        "deadline_kind": None if deadline is None else deadline.kind.value,
        "deadline_number": None if deadline is None else deadline.number,
    }


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else rfc3339(instant)
