"""Insight's door: the case board, and the library of cases."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Query

from services.insight.case_board import counts, search
from services.insight.case_studies import studies
from shared.complaint.state import Stage
from shared.events.words import Department
from shared.kernel.values import PersonId, Rank, SiteCode
from shared.runtime.http import AfterPosition, Routes
from shared.runtime.readable import Readable
from shared.runtime.reader import CaseReader


def routes(board: Readable, library: Readable) -> Routes:
    """`/insight/…`"""
    router = Routes(prefix="/insight", tags=["insight"])

    @router.get("/complaints", operation_id="insight.complaints", summary="Cases, gravest first, then what is due next")
    async def complaints(
        reader: CaseReader,
        site: SiteCode | None = None,
        stage: Stage | Literal["open"] | None = None,
        rank: Rank | None = None,
        department: Department | None = None,
        first_responsible: Annotated[PersonId | None, Query(description="Whoever follows the case to its end")] = None,
        overdue: bool | None = None,
        q: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
        cursor: Annotated[str | None, Query(max_length=500)] = None,
        after_position: AfterPosition = None,
    ) -> dict[str, Any]:
        sites = reader.at(site)
        page = await board.ask(
            lambda db: search(
                db,
                sites=sites,
                stage=stage,
                rank=rank,
                department=department,
                first_responsible=first_responsible,
                overdue=overdue,
                q=q,
                limit=limit,
                cursor=cursor,
            ),
            after_position,
        )
        return {"items": page.items, "next_cursor": page.next_cursor, "position": board.position}

    @router.get("/counts", operation_id="insight.counts", summary="How many cases stand where")
    async def all_counts(
        reader: CaseReader, site: SiteCode | None = None, after_position: AfterPosition = None
    ) -> dict[str, Any]:
        reader.at(site)
        sites = reader.at(None)
        return await board.ask(lambda db: counts(db, sites, site), after_position)

    @router.get("/case-studies", operation_id="insight.case_studies", summary="What was learned from finished cases")
    async def case_studies(
        reader: CaseReader,
        tag: Annotated[str | None, Query(max_length=64)] = None,
        q: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
        after_position: AfterPosition = None,
    ) -> dict[str, Any]:
        sites = reader.at(None)
        items = await library.ask(lambda db: studies(db, sites, tag=tag, q=q, limit=limit), after_position)
        return {"items": items, "position": library.position}

    return router
