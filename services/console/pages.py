"""The pages: board, case with replay, SLA wall, one's own work, and signing in; with `giving`, commands too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.staticfiles import StaticFiles

from services.audit.documents.room import Room
from services.console import case_page, sla_page, work_page
from services.console.asked import board_filters, canonical, position_of
from services.console.asking import Asking
from services.console.command_pages import command_pages
from services.console.document_pages import document_pages
from services.console.file_pages import file_pages
from services.console.frame import SESSION_COOKIE, Desk, page_route, wants_part
from services.console.giving import Giving
from services.console.offered import Possible, possible
from services.console.organisation_page import organisation_page
from services.console.sessions import SESSION_LASTS, Sessions
from services.console.site_duties import site_pages
from services.console.telling import HERE, Telling
from services.console.views import BoardFilters, CaseView, Views
from shared.complaint.state import OPEN, Stage
from shared.events.words import Department
from shared.kernel.values import Rank

FLOW = tuple(stage for stage in Stage if stage in OPEN or stage is Stage.CLOSED)
"""The stages of the board's header, in the order of the usual way."""

static_files = StaticFiles(directory=HERE / "static")
"""For `app.mount("/static", static_files)`."""


def pages(
    views: Views, sessions: Sessions, clock: Callable[[], datetime], simulated: bool, room: Room,
    giving: Giving | None = None,
) -> APIRouter:  # fmt: skip
    """The router. Mount `static_files` at /static and add `headers.SecurityHeaders` beside it."""
    desk = Desk(views, sessions, clock, simulated, gives=giving is not None)
    router = APIRouter(route_class=page_route(desk), include_in_schema=False, default_response_class=HTMLResponse)

    @router.get("/")
    def board(request: Request) -> Response:
        return _board(desk, request)

    @router.get("/cases/{case}")
    def case(request: Request, case: str) -> Response:
        telling, person = desk.telling(request), desk.reader(request)
        view = desk.case(person, case, position_of(request.query_params))
        roles = desk.roles(person, view.complaint.site)
        shown = case_page.shown(view, telling, roles, desk.sites(person))
        can = _possible(desk, giving, view, person, telling)
        shown |= {"possible": can, "can_do": can.doors, "just": _just_recorded(request, view, person)}
        if request.headers.get("hx-request"):
            return desk.part(request, telling, "case_fragment.html", **shown)
        return desk.page(request, telling, "case.html", **shown)

    @router.get("/sla")
    def sla(request: Request) -> Response:
        telling = desk.telling(request)
        shown = sla_page.shown(desk, request.query_params, telling, desk.reader(request))
        if wants_part(request):
            answer = desk.part(request, telling, "sla_wall.html", **shown)
            if request.headers.get("hx-trigger") != "wall":
                answer.headers["hx-push-url"] = shown["wall_url"]
            return answer
        return desk.page(request, telling, "sla.html", page="sla", **shown)

    @router.get("/work")
    def work(request: Request) -> Response:
        telling = desk.telling(request)
        shown = work_page.shown(desk, request.query_params, desk.reader(request))
        if wants_part(request):
            return desk.part(request, telling, "work_list.html", **shown)
        return desk.page(request, telling, "work.html", page="work", **shown)

    @router.get("/sign-in")
    def sign_in(request: Request, code: str = "") -> Response:
        token = sessions.open(code, desk.now()) if code else None
        if token is None:
            return desk.problem(request, 401, desk.telling(request).t("problem_code_detail") if code else "")
        answer = RedirectResponse("/", 303)
        answer.set_cookie(
            SESSION_COOKIE, token, max_age=int(SESSION_LASTS.total_seconds()), httponly=True, samesite="lax",
            secure=request.url.scheme == "https",
        )  # fmt: skip
        answer.headers["cache-control"] = "no-store"
        return answer

    @router.post("/sign-out")
    def sign_out(request: Request) -> Response:
        if token := request.cookies.get(SESSION_COOKIE):
            sessions.end(token)
        answer = RedirectResponse("/", 303)
        answer.delete_cookie(SESSION_COOKIE, httponly=True, samesite="lax")
        return answer

    router.routes += document_pages(desk, room).routes
    router.routes += site_pages(desk, room.ledger).routes
    if giving is not None:
        router.routes += file_pages(desk, giving.files).routes
        router.routes += command_pages(desk, giving).routes
        router.routes += organisation_page(desk, giving).routes
    return router


def problem_page(
    views: Views, sessions: Sessions, clock: Callable[[], datetime], simulated: bool
) -> Callable[..., HTMLResponse]:
    """For the application's handler of unknown addresses: an error page when a browser asks (see `is_browser`)."""
    desk = Desk(views, sessions, clock, simulated)
    return desk.problem


def _possible(desk: Desk, giving: Giving | None, view: CaseView, person: str, telling: Telling) -> Possible:
    """What the reader may do with the case; nothing with a case as it stood earlier."""
    if giving is None or view.position != view.facts[-1].position:
        return Possible()
    situation = Asking(desk, giving).situation(view, telling)
    return possible(giving.offers, situation, lambda site: desk.roles(person, site), person)


def _just_recorded(request: Request, view: CaseView, person: str) -> list[Any]:
    """What the reader's own command has led to, right after it."""
    told = request.query_params.get("told", "")
    last = next((fact for fact in view.facts if str(fact.position) == told and fact.actor.id == person), None)
    return [] if last is None else [fact for fact in view.facts if fact.command_id == last.command_id]


def _board(desk: Desk, request: Request) -> Response:
    telling = desk.telling(request)
    filters = board_filters(request.query_params)
    sites = desk.sites(desk.reader(request))
    found = desk.views.board(filters, sites)
    shown: dict[str, Any] = {
        "filters": filters,
        "board": found,
        "more_url": canonical("/", replace(filters, cursor=found.next_cursor)),
    }
    if wants_part(request) and filters.cursor:
        return desk.part(request, telling, "board_rows.html", **shown)

    def board_url(**changed: Any) -> str:
        return canonical("/", replace(filters, cursor=None, **changed))

    shown |= {
        "counts": desk.views.counts(filters.site, sites), "flow": FLOW, "ranks": tuple(Rank), "board_url": board_url,
        "filtered": replace(filters, cursor=None) != BoardFilters(),
    }  # fmt: skip
    if wants_part(request):
        answer = desk.part(request, telling, "board_list.html", **shown)
        answer.headers["hx-push-url"] = board_url()
        return answer
    choices = {"stages": tuple(stage for stage in Stage if stage is not Stage.NEW), "departments": tuple(Department)}
    return desk.page(request, telling, "board.html", page="board", site_titles=sorted(sites), **choices, **shown)
