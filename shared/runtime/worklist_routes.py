"""`GET /<service>/worklist`: the same for every service that has one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Query

from shared.kernel.values import SiteCode
from shared.runtime.http import AfterPosition, SignedIn
from shared.runtime.readable import Readable

Waiting = Callable[[sa.Connection, str | None, int], list[dict[str, Any]]]


def worklist_route(prefix: str, readable: Readable, waiting: Waiting) -> APIRouter:
    """What waits for a service, gravest first, then what is due next."""
    router = APIRouter(prefix=f"/{prefix}", tags=[prefix])

    @router.get(
        "/worklist", operation_id=f"{prefix}.worklist", summary="What waits, gravest first, then what is due next"
    )
    async def worklist(
        person: SignedIn,
        site: SiteCode | None = None,
        limit: Annotated[int, Query(ge=1, le=1_000)] = 200,
        after_position: AfterPosition = None,
    ) -> dict[str, Any]:
        items = await readable.ask(lambda db: waiting(db, site, limit), after_position)
        return {"items": items, "position": readable.position}

    return router
