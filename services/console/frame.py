"""The frame of every page: who looks at it, in which language, and how a page says no."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute

from services.console.asked import LANGUAGE_COOKIE, Malformed, language_chosen, language_of
from services.console.offered import may
from services.console.sessions import Session, Sessions
from services.console.telling import Telling
from services.console.views import CaseView, Views
from shared.kernel.errors import Forbidden, Problem, Unauthenticated, Unknown
from shared.policy.access import QUERIES
from shared.runtime.clock import wall

SESSION_COOKIE = "casetrail_session"
KNOWN_PROBLEMS = (401, 403, 404, 409, 413, 422, 503)


class SaidNo(Exception):
    """A page says no in the reader's own language."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


@dataclass(frozen=True)
class Desk:
    """What all pages share."""

    views: Views
    sessions: Sessions
    clock: Callable[[], datetime]
    """The home's time, which may be simulated: what is late, what is due."""
    simulated: bool
    gives: bool = False
    """Whether commands are given here too; else the pages only show."""
    now: Callable[[], datetime] = wall
    """The machine's time: how long sessions last."""

    def session(self, request: Request) -> Session | None:
        """Whose browser this is."""
        token = request.cookies.get(SESSION_COOKIE)
        return self.sessions.session(token, self.now()) if token else None

    def reader(self, request: Request) -> str:
        """Who looks; raises Unauthenticated."""
        session = self.session(request)
        if session is None:
            raise Unauthenticated("not signed in")
        return session.person

    def form_token(self, request: Request) -> str:
        """Stands in every form: no other site can know it, so no other site can send one of ours."""
        secret = request.cookies.get(SESSION_COOKIE, "")
        return hmac.new(secret.encode("utf-8", "replace"), b"form", hashlib.sha256).hexdigest()

    def must_be_ours(self, request: Request, token: str) -> None:
        """Raises Forbidden for a form that this session was not given."""
        if not hmac.compare_digest(self.form_token(request), token):
            raise Forbidden("this form does not belong to this session", rule="G-FORM")

    def roles(self, person: str, site: str) -> frozenset[str]:
        """What somebody may be at a site now, in place of somebody else too."""
        return self.views.roles(person, site, self.clock())

    def sites(self, person: str) -> frozenset[str]:
        """Of which sites somebody may read cases: pages show nothing of any other."""
        asked = frozenset(QUERIES["cases"])
        return frozenset(site.code for site in self.views.sites() if asked & self.roles(person, site.code))

    def case(self, person: str, case: str, position: int | None = None) -> CaseView:
        """A case that somebody may read; raises Unknown, as if it were not there, for any other."""
        view = self.views.case(case, position)
        if view.sites.isdisjoint(self.sites(person)):
            raise Unknown(f"there is no case {case!r}", field="case")
        return view

    def may(self, person: str, door: str) -> bool:
        """Whether somebody may give a command at any site at all."""
        return any(may(door, self.roles(person, site.code)) for site in self.views.sites())

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
        session = self.session(request)
        frame = {
            "session": session,
            "gives": self.gives,
            "may_receive": session is not None and self.gives and self.may(session.person, "receive-complaint"),
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
        known = status if status in KNOWN_PROBLEMS else 404
        said = detail or telling.t(f"problem_{known}_detail", **values)
        answer = self.page(
            request, telling, "problem.html", status, status=status, title=telling.t(f"problem_{known}"), detail=said
        )
        if request.headers.get("hx-request"):
            # Swapping a whole page into a part would look odd: let the browser go there instead.
            answer.headers["hx-refresh"] = "true"
        return answer


def is_browser(request: Request) -> bool:
    """Whether somebody looks at the answer, rather than a program."""
    return "text/html" in request.headers.get("accept", "")


def page_route(desk: Desk) -> type[APIRoute]:
    """Routes that want a session first, and that say no with a page."""

    class PageRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            answer = super().get_route_handler()

            async def guarded(request: Request) -> Response:
                try:
                    if not self.path.startswith("/sign-") and desk.session(request) is None:
                        raise Unauthenticated("not signed in")
                    if (
                        request.method == "POST"
                        and request.headers.get("sec-fetch-site", "same-origin") != "same-origin"
                    ):
                        raise Forbidden("this form was sent from another site", rule="G-FORM")
                    return await answer(request)
                except Malformed as malformed:
                    return desk.problem(request, 422, field=malformed.field)
                except SaidNo as no:
                    return desk.problem(request, no.status, no.detail)
                except Problem as problem:
                    return desk.problem(request, problem.status, field=problem.field or "")

            return guarded

    return PageRoute


def wants_part(request: Request) -> bool:
    """Whether htmx asks for a part; going back in the history it wants the whole page."""
    head: Mapping[str, str] = request.headers
    return bool(head.get("hx-request")) and not head.get("hx-history-restore-request")


def _kept_private(request: Request, answer: HTMLResponse, language: str) -> HTMLResponse:
    answer.headers["cache-control"] = "no-store"
    answer.headers["vary"] = "Cookie, HX-Request, Accept-Language"
    if language_chosen(request) is not None:
        answer.set_cookie(LANGUAGE_COOKIE, language, max_age=365 * 86400, samesite="lax", httponly=True)
    return answer
