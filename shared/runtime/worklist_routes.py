"""`GET /<service>/worklist`: the same for every service that has one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Query

from shared.kernel.values import SiteCode
from shared.runtime.http import AfterPosition, Routes
from shared.runtime.readable import Readable
from shared.runtime.reader import CaseReader, Sites

Waiting = Callable[[sa.Connection, Sites, int], list[dict[str, Any]]]


def worklist_route(prefix: str, readable: Readable, waiting: Waiting) -> Routes:
    """What waits for a service, gravest first, then what is due next."""
    router = Routes(prefix=f"/{prefix}", tags=[prefix])

    @router.get(
        "/worklist", operation_id=f"{prefix}.worklist", summary="What waits, gravest first, then what is due next"
    )
    async def worklist(
        reader: CaseReader,
        site: SiteCode | None = None,
        limit: Annotated[int, Query(ge=1, le=1_000)] = 200,
        after_position: AfterPosition = None,
    ) -> dict[str, Any]:
        sites = reader.at(site)
        items = await readable.ask(lambda db: waiting(db, sites, limit), after_position)
        return {"items": items, "position": readable.position}

    return router
