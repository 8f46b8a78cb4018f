"""Triage's door beyond its commands: which open cases may be the same complaint."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query

from services.triage.similar_cases import similar, site_of
from shared.kernel.errors import Unknown
from shared.runtime.door import Doorkeeper
from shared.runtime.http import AfterPosition, Routes
from shared.runtime.readable import Readable
from shared.runtime.reader import CaseReader


def routes(doorkeeper: Doorkeeper, alike: Readable) -> Routes:
    """`/triage/…`"""
    router = Routes(prefix="/triage", tags=["triage"])

    @router.get(
        "/complaints/{id}/similar",
        operation_id="triage.similar",
        summary="Open cases of the same site that may be the same complaint, the most alike first; a person merges them",
    )
    async def similar_cases(
        reader: CaseReader,
        id: str,
        limit: Annotated[int, Query(ge=1, le=1_000)] = 20,
        after_position: AfterPosition = None,
    ) -> dict[str, Any]:
        complaint_id = doorkeeper.complaint_id(id)
        site = await alike.ask(lambda db: site_of(db, complaint_id), after_position)
        if site is None:
            raise Unknown(f"there is no open complaint {id[:80]!r}", way_out="casetrail board")
        reader.must_see((site,), f"open complaint {id[:80]!r}")
        items = await alike.ask(lambda db: similar(db, complaint_id, limit))
        return {"items": items, "position": alike.position}

    return router
