"""What waits for intake: customers to answer, complaints to register, failed follow-ups to decide on."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shared.complaint.awaits import of_intake
from shared.runtime.reader import Sites
from shared.runtime.worklist import WaitingTable, Worklist, waiting_in

metadata = sa.MetaData()
CASES = WaitingTable(metadata)


class IntakeWorklist(Worklist):
    """To acknowledge, register, contact the customer, get information, or decide after a failed follow-up."""

    name, version, metadata = "intake_worklist", 3, metadata
    cases = CASES
    awaits = staticmethod(of_intake)


def waiting(db: sa.Connection, sites: Sites = None, limit: int = 200) -> list[dict[str, Any]]:
    """Cases, gravest first, then what is due next, each with the step that it `awaits`."""
    return waiting_in(db, CASES, sites, limit)
