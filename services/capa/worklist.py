"""What waits for CAPA: assigned complaints, with the step that comes next."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shared.complaint.awaits import of_capa
from shared.runtime.reader import Sites
from shared.runtime.worklist import WaitingTable, Worklist, waiting_in

metadata = sa.MetaData()
CASES = WaitingTable(metadata)


class CapaWorklist(Worklist):
    """From the start of the investigation to the closure."""

    name, version, metadata = "capa_worklist", 3, metadata
    cases = CASES
    awaits = staticmethod(of_capa)


def waiting(db: sa.Connection, sites: Sites = None, limit: int = 200) -> list[dict[str, Any]]:
    """Cases, gravest first, then what is due next, each with the step that it `awaits`."""
    return waiting_in(db, CASES, sites, limit)
