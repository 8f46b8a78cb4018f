"""Worklists: what waits for a service, gravest first, then what is due next. Each service says what its cases await."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import sqlalchemy as sa

from shared.complaint.state import Complaint
from shared.runtime.case_rows import CaseRows, CaseTable
from shared.runtime.cases import Case
from shared.runtime.reader import Sites, only


class WaitingTable(CaseTable):
    """The cases that await something from this service, and what."""

    def __init__(self, metadata: sa.MetaData) -> None:
        super().__init__(metadata, sa.Column("awaits", sa.Text, nullable=False))
        sa.Index("waiting_in_order", *self.order)
        self.waiting = self.items.order_by(*self.order)


class Worklist(CaseRows):
    """Subclass it with `cases` and `awaits`."""

    cases: ClassVar[WaitingTable]  # pyright: ignore[reportIncompatibleVariableOverride]
    awaits: ClassVar[Callable[[Complaint], str | None]]

    def more(self, case: Case) -> dict[str, Any] | None:
        """A case taken over as history waits for nobody, until somebody here works on it."""
        awaits = None if case.history else type(self).awaits(case.complaint)
        return None if awaits is None else {"awaits": awaits}


def waiting_in(db: sa.Connection, table: WaitingTable, sites: Sites, limit: int) -> list[dict[str, Any]]:
    """What waits, in the order in which it should be taken."""
    query = only(table.waiting, table.rows.c.site, sites)
    return [dict(row) for row in db.execute(query.limit(limit)).mappings()]
