"""Sites and people with what may be done with them: only those whom the reader has to do with."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from services.console.asking import RECEIVE, Asking
from services.console.frame import Desk, page_route
from services.console.giving import Giving
from services.console.offered import Offer


def organisation_page(desk: Desk, giving: Giving) -> APIRouter:
    """The router: `/organisation`."""
    router = APIRouter(route_class=page_route(desk), include_in_schema=False, default_response_class=HTMLResponse)

    @router.get("/organisation")
    async def organisation(request: Request) -> Response:
        return await asyncio.to_thread(lambda: _page(desk, giving, request))

    return router


def _page(desk: Desk, giving: Giving, request: Request) -> Response:
    telling, person = desk.telling(request), desk.reader(request)
    sites = [site for site in desk.views.sites() if desk.roles(person, site.code)]
    mine = [offer for offer in giving.offers.values() if not offer.about_a_case and offer.door != RECEIVE]
    mine = [offer for offer in mine if desk.may(person, offer.door)]

    def about(what: str | None) -> list[Offer]:
        return [offer for offer in mine if offer.about == what]

    people: list[dict[str, Any]] = []
    for one in Asking(desk, giving).visible_people(person):
        held = [(site, sorted(desk.views.roles(one.id, site.code, desk.clock()))) for site in sites]
        people.append({"id": one.id, "roles": [(site, roles) for site, roles in held if roles], "stands_in": [
            each for each in one.stands_in if each.site in {site.code for site in sites}
        ]})  # fmt: skip
    known = {"people", "sites", "calendars", None}
    now = desk.clock()
    done = request.query_params.get("done", "")
    return desk.page(
        request, telling, "organisation.html", page="organisation", sites=[(site, site.activation(now)) for site in sites],
        people=people, new=about(None), of_people=about("people"), of_sites=about("sites"), of_calendars=about("calendars"),
        others=[offer for offer in mine if offer.about not in known], done=done if done in giving.offers else "",
    )  # fmt: skip
