"""The pages: board, case with replay, SLA wall, and signing in. All of them only read."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from starlette.staticfiles import StaticFiles

from services.console import case_page, sla_page
from services.console.asked import (
    LANGUAGE_COOKIE,
    Malformed,
    board_filters,
    canonical,
    language_chosen,
    language_of,
    position_of,
)
from services.console.sessions import SESSION_LASTS, Session, Sessions
from services.console.telling import HERE, Telling
from services.console.views import BoardFilters, Views
from shared.complaint.state import OPEN, Stage
from shared.events.words import Department
from shared.kernel.errors import Problem, Unauthenticated
from shared.kernel.values import Rank
from shared.runtime.clock import wall

SESSION_COOKIE = "casetrail_session"
FLOW = tuple(stage for stage in Stage if stage in OPEN or stage is Stage.CLOSED)
"""The stages of the board's header, in the order of the usual way."""

static_files = StaticFiles(directory=HERE / "static")
"""For `app.mount("/static", static_files)`."""


@dataclass(frozen=True)
class Desk:
    """What all pages share."""

    views: Views
    sessions: Sessions
    clock: Callable[[], datetime]
    """The home's time, which may be simulated: what is late, what is due."""
    simulated: bool
    now: Callable[[], datetime] = wall
    """The machine's time: how long sessions last."""

    def session(self, request: Request) -> Session | None:
        """Whose browser this is."""
        token = request.cookies.get(SESSION_COOKIE)
        return self.sessions.session(token, self.now()) if token else None

    def telling(self, request: Request) -> Telling:
        """For one answer."""
        return Telling(self.views, language_of(request), self.clock())

    def page(
        self, request: Request, telling: Telling, template: str, answers: int = 200, **values: Any
    ) -> HTMLResponse:
        """A whole page in its frame."""
        other = "en" if telling.language == "zh" else "zh"
        asked = {**request.query_params, "lang": other}
        if answers == 401:
            asked.pop("code", None)
        frame = {
            "session": values.pop("session", None) or self.session(request),
            "simulated": self.simulated,
            "switch_url": f"?{urlencode(asked)}",
            "page": "",
        }
        answer = HTMLResponse(telling.rendered(template, **{**frame, **values}), answers)
        return _kept_private(request, answer, telling.language)

    def part(self, request: Request, telling: Telling, template: str, **values: Any) -> HTMLResponse:
        """A part of a page, for htmx and for the replay."""
        return _kept_private(request, HTMLResponse(telling.rendered(template, **values)), telling.language)

    def problem(self, request: Request, status: int, detail: str = "", **values: object) -> HTMLResponse:
        """An error as a page in the same look."""
        telling = self.telling(request)
        known = status if status in (401, 404, 422, 503) else 404
        said = detail or telling.t(f"problem_{known}_detail", **values)
        answer = self.page(
            request, telling, "problem.html", status, status=status, title=telling.t(f"problem_{known}"), detail=said
        )
        if request.headers.get("hx-request"):
            # Swapping a whole page into a part would look odd: let the browser go there instead.
            answer.headers["hx-refresh"] = "true"
        return answer


def pages(views: Views, sessions: Sessions, clock: Callable[[], datetime], simulated: bool) -> APIRouter:
    """The router. Mount `static_files` at /static and add `headers.SecurityHeaders` beside it."""
    desk = Desk(views, sessions, clock, simulated)
    router = APIRouter(route_class=_page_route(desk), include_in_schema=False, default_response_class=HTMLResponse)

    @router.get("/")
    def board(request: Request) -> Response:
        return _board(desk, request)

    @router.get("/cases/{case}")
    def case(request: Request, case: str) -> Response:
        telling = desk.telling(request)
        position = position_of(request.query_params)
        shown = case_page.shown(views.case(case, position), telling)
        if request.headers.get("hx-request"):
            return desk.part(request, telling, "case_fragment.html", **shown)
        return desk.page(request, telling, "case.html", **shown)

    @router.get("/sla")
    def sla(request: Request) -> Response:
        telling = desk.telling(request)
        shown = sla_page.shown(views, request.query_params, telling)
        if _wants_part(request):
            answer = desk.part(request, telling, "sla_wall.html", **shown)
            if request.headers.get("hx-trigger") != "wall":
                answer.headers["hx-push-url"] = shown["wall_url"]
            return answer
        return desk.page(request, telling, "sla.html", page="sla", **shown)

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

    return router


def problem_page(
    views: Views, sessions: Sessions, clock: Callable[[], datetime], simulated: bool
) -> Callable[..., HTMLResponse]:
    """For the application's handler of unknown addresses: an error page when a browser asks (see `is_browser`)."""
    desk = Desk(views, sessions, clock, simulated)
    return desk.problem


def is_browser(request: Request) -> bool:
    """Whether somebody looks at the answer, rather than a program."""
    return "text/html" in request.headers.get("accept", "")


def _page_route(desk: Desk) -> type[APIRoute]:
    """Routes that want a session first, and that say no with a page."""

    class PageRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            answer = super().get_route_handler()

            async def guarded(request: Request) -> Response:
                try:
                    if not self.path.startswith("/sign-") and desk.session(request) is None:
                        raise Unauthenticated("not signed in")
                    return await answer(request)
                except Malformed as malformed:
                    return desk.problem(request, 422, field=malformed.field)
                except Problem as problem:
                    return desk.problem(request, problem.status, field=problem.field or "")

            return guarded

    return PageRoute


def _board(desk: Desk, request: Request) -> Response:
    telling = desk.telling(request)
    filters = board_filters(request.query_params)
    found = desk.views.board(filters)
    shown: dict[str, Any] = {
        "filters": filters,
        "board": found,
        "more_url": canonical("/", replace(filters, cursor=found.next_cursor)),
    }
    if _wants_part(request) and filters.cursor:
        return desk.part(request, telling, "board_rows.html", **shown)

    def board_url(**changed: Any) -> str:
        return canonical("/", replace(filters, cursor=None, **changed))

    shown |= {
        "counts": desk.views.counts(filters.site), "flow": FLOW, "ranks": tuple(Rank), "board_url": board_url,
        "filtered": replace(filters, cursor=None) != BoardFilters(),
    }  # fmt: skip
    if _wants_part(request):
        answer = desk.part(request, telling, "board_list.html", **shown)
        answer.headers["hx-push-url"] = board_url()
        return answer
    choices = {"stages": tuple(stage for stage in Stage if stage is not Stage.NEW), "departments": tuple(Department)}
    return desk.page(request, telling, "board.html", page="board", site_titles=list(telling.sites), **choices, **shown)


def _wants_part(request: Request) -> bool:
    """Whether htmx asks for a part; going back in the history it wants the whole page."""
    head: Mapping[str, str] = request.headers
    return bool(head.get("hx-request")) and not head.get("hx-history-restore-request")


def _kept_private(request: Request, answer: HTMLResponse, language: str) -> HTMLResponse:
    answer.headers["cache-control"] = "no-store"
    answer.headers["vary"] = "Cookie, HX-Request, Accept-Language"
    if language_chosen(request) is not None:
        answer.set_cookie(LANGUAGE_COOKIE, language, max_age=365 * 86400, samesite="lax", httponly=True)
    return answer
