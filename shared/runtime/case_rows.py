"""Read models with one row for each case: the case is folded, kept with its row, and the row made anew from it.

The stage of a case and its next due date come from the same folds that decisions use, so no list disagrees with them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import Any, ClassVar, cast, get_args
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from pydantic import TypeAdapter

from shared.clocks.state import Clocks, ClockStatus, fold_clocks
from shared.complaint.fold import INITIAL, fold
from shared.complaint.state import Complaint
from shared.events.clocks import ClocksEvent, ClockStarted
from shared.events.complaint import ComplaintEvent
from shared.kernel.changed import changed
from shared.kernel.fact import Event, Fact
from shared.kernel.personal import masked
from shared.kernel.values import Rank, rfc3339
from shared.runtime.read_model import ReadModel, on

COMPLAINT_EVENTS = cast("tuple[type[Event], ...]", get_args(ComplaintEvent))
CLOCKS_EVENTS = cast("tuple[type[Event], ...]", get_args(ClocksEvent))
SUMMARY = 160
"""Characters of the description that a list shows."""
NEVER = "9999"
"""Sorts after every instant: nothing is due."""


@dataclass(frozen=True)
class Case:
    """A case with its clocks, as folded up to `position`; `version` counts the facts of the complaint alone."""

    complaint: Complaint = INITIAL
    clocks: Clocks = field(default_factory=Clocks)
    version: int = 0
    position: int = 0
    history: bool = False
    """Taken over from another system, and nobody has worked on it here."""

    def after(self, fact: Fact[Any]) -> Case:
        """The case after one more fact."""
        if fact.kind == "complaint":
            complaint = fold(self.complaint, fact)
            return Case(complaint, self.clocks, fact.version, fact.position, fact.historical)
        clocks = fold_clocks(self.clocks, fact)
        if isinstance(fact.event, ClockStarted):
            # How a due date was counted is told from the timeline; it is two thirds of a clock's bytes.
            brief = changed(clocks.clocks[fact.event.clock_id], steps=())
            clocks = changed(clocks, clocks={**clocks.clocks, brief.clock_id: brief})
        return changed(self, clocks=clocks, position=fact.position)


_STATE = TypeAdapter(Case)
_REMEMBERED = 1_000
"""Cases that each read model keeps in memory (measured: three times faster when facts of many cases come mixed)."""
_memories: WeakKeyDictionary[sa.Engine, dict[str, Case]] = WeakKeyDictionary()
"""Per file of a read model, as committed; a rebuilt file has a new engine."""


class CaseTable:
    """The table of such a read model, with its statements; `more` are the columns that only this one has."""

    def __init__(self, metadata: sa.MetaData, *more: sa.Column[Any]) -> None:
        text, number, flag = sa.Text, sa.Integer, sa.Boolean
        self.rows = sa.Table(
            "cases",
            metadata,
            sa.Column("complaint_id", text, primary_key=True),
            sa.Column("case_no", text, nullable=False, index=True),
            sa.Column("site", text, nullable=False),
            sa.Column("stage", text, nullable=False),
            sa.Column("cycle", number, nullable=False),
            sa.Column("rank", text),
            sa.Column("grade", text),
            sa.Column("category", text),
            sa.Column("department", text),
            sa.Column("owner", text),
            sa.Column("product_model", text),
            sa.Column("lot_no", text),
            sa.Column("customer_no", text),
            sa.Column("customer_name", text),
            sa.Column("summary", text, nullable=False),
            sa.Column("language", text),
            sa.Column("received_at", text, nullable=False),
            sa.Column("closed_at", text),
            sa.Column("next_due", text),
            sa.Column("next_due_clause", text),
            sa.Column("overdue_since", text),
            sa.Column("breached_open", number, nullable=False),
            sa.Column("paused", flag, nullable=False),
            sa.Column("level", number, nullable=False),
            sa.Column("historical", flag, nullable=False),
            sa.Column("version", number, nullable=False),
            sa.Column("last_position", sa.BigInteger, nullable=False),
            *more,
            sa.Column("by_rank", number, nullable=False),
            sa.Column("by_due", text, nullable=False),
            sa.Column("state", sa.LargeBinary, nullable=False),
        )
        columns = self.rows.c
        hidden = {"by_rank", "by_due", "state", "search"}
        self.overdue = columns.breached_open > 0
        self.items = sa.select(
            *(column for column in columns if column.name not in hidden), self.overdue.label("overdue")
        )
        self.order = (columns.by_rank, columns.by_due, columns.received_at, columns.complaint_id)
        """Gravest first, then what is due next, then what has waited longest."""
        self.insert = sa.insert(self.rows)
        self.update = sa.update(self.rows).where(columns.complaint_id == sa.bindparam("id"))
        self.load = sa.select(columns.state).where(columns.complaint_id == sa.bindparam("id"))


class CaseRows(ReadModel):
    """Subclass it with `cases` and, for columns of its own, `more`."""

    cases: ClassVar[CaseTable]

    def __init__(self, db: sa.Connection) -> None:
        super().__init__(db)
        self._memory = _memories.setdefault(db.engine, {})
        # These two live as long as the transaction, so a rollback leaves nothing wrong behind.
        self._known: dict[str, Case] = {}
        self._new: set[str] = set()

    def more(self, case: Case) -> dict[str, Any]:
        """Values for the columns that only this read model has."""
        return {}

    @on(*COMPLAINT_EVENTS, *CLOCKS_EVENTS)
    def moves(self, fact: Fact[Any]) -> None:
        """Fold the fact into its case."""
        case_id = fact.subject_id
        if (
            fact.version == 1 and fact.kind == "complaint"
        ):  # nothing can be there yet: spares a question for each import
            self._new.add(case_id)
            self._known[case_id] = Case().after(fact)
        else:
            self._known[case_id] = (self._known.get(case_id) or self._load(case_id)).after(fact)

    def finish(self) -> None:
        """Write each case once, however many of its facts came together (measured: four times faster to rebuild)."""
        new: list[dict[str, Any]] = []
        moved: list[dict[str, Any]] = []
        for case_id, case in self._known.items():
            values = {**_values(case), **self.more(case), "state": _STATE.dump_json(case, exclude_defaults=True)}
            if case_id in self._new:
                new.append({"complaint_id": case_id, **values})
            else:
                moved.append({"id": case_id, **values})
        if new:
            self.db.execute(self.cases.insert, new)
        if moved:
            self.db.execute(self.cases.update, moved)

    def committed(self) -> None:
        """Remember the cases, the latest longest."""
        for case_id, case in self._known.items():
            self._memory.pop(case_id, None)
            self._memory[case_id] = case
        for oldest in list(islice(self._memory, max(0, len(self._memory) - _REMEMBERED))):
            del self._memory[oldest]

    def _load(self, case_id: str) -> Case:
        if remembered := self._memory.get(case_id):
            return remembered
        state = self.db.execute(self.cases.load, {"id": case_id}).scalar()
        if state is None:
            self._new.add(case_id)
            return Case()
        return _STATE.validate_json(state)


def _values(case: Case) -> dict[str, Any]:
    c = case.complaint
    unfinished = tuple(case.clocks.open())
    running = min(((x.due_at, x.clause) for x in unfinished if x.status == ClockStatus.RUNNING), default=None)
    breached = [clock.due_at for clock in unfinished if clock.status == ClockStatus.BREACHED]
    next_due = rfc3339(running[0]) if running else None
    overdue_since = rfc3339(min(breached)) if breached else None
    return {
        "case_no": c.case_no,
        "site": c.site,
        "stage": c.stage.value,
        "cycle": c.cycle,
        "rank": c.rank,
        "grade": c.grade,
        "category": c.category,
        "department": c.department,
        "owner": c.owner,
        "product_model": c.product_model,
        "lot_no": c.lot_no,
        "customer_no": c.customer_no,
        "customer_name": masked(c.customer_name) or None,
        "summary": str(c.description or "")[:SUMMARY],
        "language": c.language,
        "received_at": rfc3339(c.received_at) if c.received_at else "",
        "closed_at": rfc3339(c.closed_at) if c.closed_at else None,
        "next_due": next_due,
        "next_due_clause": running[1] if running else None,
        "overdue_since": overdue_since,
        "breached_open": len(breached),
        "paused": any(clock.status == ClockStatus.PAUSED for clock in unfinished),
        "level": max((clock.level for clock in unfinished), default=0),
        "historical": c.historical,
        "version": case.version,
        "last_position": case.position,
        # A case that nobody has graded yet is taken for a minor one.
        "by_rank": int(c.rank or Rank.MINOR),
        "by_due": overdue_since or next_due or NEVER,
    }
