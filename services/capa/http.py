"""CAPA's door beyond its commands: the statement of costs and charges, and the book of reviews."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Query

from services.capa.costs import statement
from services.capa.review_book import reviews
from shared.events.reviews import ReviewKind
from shared.kernel.errors import Invalid
from shared.kernel.values import Day, SiteCode
from shared.runtime.door import Doorkeeper
from shared.runtime.http import AfterPosition, Routes
from shared.runtime.readable import Readable
from shared.runtime.reader import CaseReader, CostReader

WEEK = timedelta(days=6)


def routes(doorkeeper: Doorkeeper, costs: Readable, book: Readable) -> Routes:
    """`/capa/…`"""
    router = Routes(prefix="/capa", tags=["capa"])

    @router.get(
        "/sites/{site}/cost-statement",
        operation_id="capa.cost_statement",
        summary="Freight, loss and charges of a site, for some days; the week so far unless told otherwise",
    )
    async def cost_statement(
        reader: CostReader,
        site: SiteCode,
        first: Annotated[Day | None, Query(alias="from", description="The first day, in the site's zone")] = None,
        last: Annotated[Day | None, Query(alias="to", description="The last day")] = None,
        after_position: AfterPosition = None,
    ) -> dict[str, Any]:
        reader.at(site)
        zone = ZoneInfo(doorkeeper.desk.directory.site(site).zone)
        today = doorkeeper.desk.clock.now().astimezone(zone).date()
        begin = first or (last - WEEK if last else today - timedelta(days=today.weekday()))
        end = last or begin + WEEK
        if begin > end:
            raise Invalid("ends before it begins", rule="G-MOMENT", field="from")
        return await costs.ask(lambda db: statement(db, site, begin, end), after_position)

    @router.get(
        "/reviews", operation_id="capa.reviews", summary="Reviews of sites: announced, held, and what came of them"
    )
    async def all_reviews(
        reader: CaseReader,
        site: SiteCode | None = None,
        kind: ReviewKind | None = None,
        held: Annotated[bool | None, Query(description="Only those held, or only those still to come")] = None,
        limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
        after_position: AfterPosition = None,
    ) -> dict[str, Any]:
        sites = reader.at(site)
        items = await book.ask(lambda db: reviews(db, sites, kind=kind, held=held, limit=limit), after_position)
        return {"items": items, "position": book.position}

    return router
