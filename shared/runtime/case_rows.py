"""Read models with one row for each case, made anew from the folded case whenever it moves.

The stage of a case and its next due date come from the same folds that decisions use, so no list disagrees with them.
"""

from __future__ import annotations

from typing import Any, ClassVar

import sqlalchemy as sa

from shared.clocks.state import ClockStatus
from shared.kernel.fact import Fact
from shared.kernel.personal import masked
from shared.kernel.values import Rank, rfc3339
from shared.runtime.cases import CASE_EVENTS, Case
from shared.runtime.read_model import ReadModel, on

SUMMARY = 160
"""Characters of the description that a list shows."""
NEVER = "9999"
"""Sorts after every instant: nothing is due."""


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
            sa.Column("first_responsible", text),
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
        )
        columns = self.rows.c
        hidden = {"by_rank", "by_due", "search"}
        self.overdue = columns.breached_open > 0
        self.items = sa.select(
            *(column for column in columns if column.name not in hidden), self.overdue.label("overdue")
        )
        self.order = (columns.by_rank, columns.by_due, columns.received_at, columns.complaint_id)
        """Gravest first, then what is due next, then what has waited longest."""
        self.insert = sa.insert(self.rows)
        self.delete = sa.delete(self.rows).where(columns.complaint_id == sa.bindparam("id"))


class CaseRows(ReadModel):
    """Subclass it with `cases` and, for columns of its own or for a choice of cases, `more`."""

    cases: ClassVar[CaseTable]
    _moved: dict[str, Case]
    _new: set[str]

    def begin(self) -> None:
        """These live as long as the transaction, so a rollback leaves nothing wrong behind."""
        self._moved, self._new = {}, set()

    def more(self, case: Case) -> dict[str, Any] | None:
        """Values for the columns that only this read model has; None when it has no row for such a case."""
        return {}

    @on(*CASE_EVENTS)
    def moves(self, fact: Fact[Any]) -> None:
        """Fold the fact into its case."""
        id = fact.subject_id
        if fact.version == 1 and fact.kind == "complaint":
            self._new.add(id)
        self._moved[id] = self.memory.take(fact)

    def finish(self) -> None:
        """Write each case once, however many of its facts came together (measured: four times faster to rebuild)."""
        rows = [
            {"complaint_id": id, **_values(case), **more}
            for id, case in self._moved.items()
            if (more := self.more(case)) is not None
        ]
        self.write(self.cases.delete, [{"id": id} for id in self._moved if id not in self._new])
        self.write(self.cases.insert, rows)


def _values(case: Case) -> dict[str, Any]:
    c = case.complaint
    unfinished = () if c.historical else tuple(case.clocks.open())  # the promises of a history are over
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
        "first_responsible": c.first_responsible,
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
