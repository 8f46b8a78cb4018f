"""What waits for triage: registered complaints to grade, graded ones to assign."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shared.complaint.awaits import of_triage
from shared.runtime.reader import Sites
from shared.runtime.worklist import WaitingTable, Worklist, waiting_in

metadata = sa.MetaData()
CASES = WaitingTable(metadata)


class TriageWorklist(Worklist):
    """To classify or to assign."""

    name, version, metadata = "triage_worklist", 2, metadata
    cases = CASES
    awaits = staticmethod(of_triage)


def waiting(db: sa.Connection, sites: Sites = None, limit: int = 200) -> list[dict[str, Any]]:
    """Cases, gravest first, then what is due next, each with the step that it `awaits`."""
    return waiting_in(db, CASES, sites, limit)
