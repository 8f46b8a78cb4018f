"""The console to the machinery: pages over the read models, forms for commands, sessions, and links that sign a browser in once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from services.audit.documents.room import Room
from services.audit.timeline import Timeline
from services.console.frame import is_browser
from services.console.giving import Giving
from services.console.headers import SecurityHeaders
from services.console.pages import pages, problem_page
from services.console.read_views import ReadViews
from services.console.sessions import NOTEBOOK, Sessions, metadata
from services.insight.case_board import CaseBoard
from services.insight.my_work import MyWork
from services.intake.reference_lists import ReferenceLists
from services.sla_watch.board import SlaBoard
from shared.runtime.clock import randomness, wall
from shared.runtime.door import Doorkeeper
from shared.runtime.files import Files
from shared.runtime.http import Routes, SignedIn, take_routes
from shared.runtime.read_model import ReadModel
from shared.runtime.readable import Readable
from shared.runtime.service import Service
from shared.runtime.shelf import Shelf

WAITED_FOR: tuple[type[ReadModel], ...] = (Timeline, CaseBoard, MyWork)
"""What shows a command that was just given; see `Views.reached`."""


def add_console(
    app: FastAPI, shelf: Shelf, keeper: Doorkeeper, files: Files, room: Room, services: Iterable[Service],
    readables: Mapping[type[ReadModel], Readable],
) -> Sessions:  # fmt: skip
    """Add the pages to an application. They look at the read models for themselves; commands go to the doorkeeper.

    `readables` are those of this process: their listeners can be told that somebody waits for them.
    """
    sessions = Sessions(shelf.notebook(NOTEBOOK, metadata), randomness)
    views = ReadViews(
        shelf.read_only(Timeline),
        shelf.read_only(CaseBoard),
        shelf.read_only(SlaBoard),
        shelf.read_only(MyWork),
        shelf.read_only(ReferenceLists),
        _Fresh(keeper),  # pyright: ignore[reportArgumentType]  # a directory that looks at the ledger before it answers
    )
    simulated = keeper.desk.directory.home().simulated
    clock = keeper.desk.clock.now
    listeners = [readables[model].listener for model in WAITED_FOR if model in readables]
    take_routes(
        app,
        pages(views, sessions, clock, simulated, room, Giving(keeper, files, services, listeners)),
        _links(sessions),
    )
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    app.add_middleware(SecurityHeaders)
    page = problem_page(views, sessions, clock, simulated)
    plain = app.exception_handlers[HTTPException]

    async def unknown_address(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 404 and request.method in ("GET", "HEAD") and is_browser(request):
            return page(request, 404)
        return await plain(request, error)  # pyright: ignore[reportUnknownVariableType,reportGeneralTypeIssues]

    app.add_exception_handler(HTTPException, unknown_address)
    return sessions


def _links(sessions: Sessions) -> Routes:
    router = Routes(tags=["console"])

    @router.post(
        "/console/sign-in-links", operation_id="console.sign_in_link", summary="A link that signs one browser in, once"
    )
    async def sign_in_link(person: SignedIn, request: Request) -> dict[str, Any]:
        return {"url": f"{str(request.base_url).rstrip('/')}{sign_in_path(sessions, person.id)}"}

    return router


def sign_in_path(sessions: Sessions, person: str) -> str:
    """The path of a fresh one-time link."""
    return f"/sign-in?code={sessions.new_code(person, wall())}"


class _Fresh:
    """The directory, after a look at what other processes have recorded."""

    def __init__(self, keeper: Doorkeeper) -> None:
        self._keeper = keeper

    def __getattr__(self, name: str) -> Any:
        self._keeper.refresh()
        return getattr(self._keeper.desk.directory, name)
