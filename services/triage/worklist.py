"""What waits for triage: registered complaints to grade, graded ones to assign, declined ones, those another site handed over."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shared.complaint.awaits import of_triage
from shared.runtime.cases import Case
from shared.runtime.reader import Sites
from shared.runtime.worklist import WaitingTable, Worklist, waiting_in

metadata = sa.MetaData()
CASES = WaitingTable(metadata)


class TriageWorklist(Worklist):
    """To classify, to assign, or to take over."""

    name, version, metadata = "triage_worklist", 4, metadata
    cases = CASES
    awaits = staticmethod(of_triage)

    def more(self, case: Case) -> dict[str, Any] | None:
        """A case on its way to another site waits on the list of that one."""
        row = super().more(case)
        if row is not None and (site := case.complaint.handover.to_site) is not None:
            row["site"] = site
        return row


def waiting(db: sa.Connection, sites: Sites = None, limit: int = 200) -> list[dict[str, Any]]:
    """Cases, gravest first, then what is due next, each with the step that it `awaits`."""
    return waiting_in(db, CASES, sites, limit)
