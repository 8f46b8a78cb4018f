"""Worklists: what waits for a service, gravest first, then what is due next. Each service says what its cases await."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import sqlalchemy as sa

from shared.complaint.state import Complaint
from shared.runtime.case_rows import Case, CaseRows, CaseTable


class WaitingTable(CaseTable):
    """Cases, with what each of them awaits; most await nothing from this service, so only the others are indexed."""

    def __init__(self, metadata: sa.MetaData) -> None:
        super().__init__(metadata, sa.Column("awaits", sa.Text))
        waits = self.rows.c.awaits.is_not(None)
        sa.Index("waiting_in_order", *self.order, sqlite_where=waits, postgresql_where=waits)
        self.waiting = self.items.where(waits).order_by(*self.order)


class Worklist(CaseRows):
    """Subclass it with `cases` and `awaits`."""

    cases: ClassVar[WaitingTable]  # pyright: ignore[reportIncompatibleVariableOverride]
    awaits: ClassVar[Callable[[Complaint], str | None]]

    def more(self, case: Case) -> dict[str, Any]:
        """A case taken over as history waits for nobody, until somebody here works on it."""
        return {"awaits": None if case.history else type(self).awaits(case.complaint)}


def waiting_in(db: sa.Connection, table: WaitingTable, site: str | None, limit: int) -> list[dict[str, Any]]:
    """What waits, in the order in which it should be taken."""
    query = table.waiting if site is None else table.waiting.where(table.rows.c.site == site)
    return [dict(row) for row in db.execute(query.limit(limit)).mappings()]
