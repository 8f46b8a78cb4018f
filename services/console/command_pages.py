"""A page for every command: its form, and what happens when it is sent. Works without a script; rows come and go either way."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.console import case_page
from services.console.asking import RECEIVE, SUBJECT, Asked, Asking
from services.console.forms import Field, Wrong, form
from services.console.frame import Desk, page_route
from services.console.giving import Giving
from services.console.offered import possible
from services.console.refusals import Told, told
from services.console.shapes import Shape, Widget
from services.console.typed import ROWS_AT_MOST, at, body, new_row, read, tidied
from shared.events.labels import command_label, field_label
from shared.kernel.errors import Invalid, OutOfDate, Problem, Unknown

_SOURCES = re.compile(r" \((?:S\d-\d+|G-[A-Z]+|C\d+|D\d)[^)]*\)")
"""Which paragraph a command comes from is for readers of the code."""
CURRENCIES = ("CNY", "EUR", "USD", "MXN", "GBP", "JPY", "HKD")
"""Offered while somebody types; any other may be typed too."""


def command_pages(desk: Desk, giving: Giving) -> APIRouter:
    """The router: `/new`, `/cases/{case}/do/{command}`, `/organisation/do/{command}`."""
    router = APIRouter(route_class=page_route(desk), include_in_schema=False, default_response_class=HTMLResponse)
    pages = CommandPages(desk, giving)

    @router.get("/new")
    async def new(request: Request) -> Response:
        return await pages.show(request, RECEIVE)

    @router.post("/new")
    async def receive(request: Request) -> Response:
        return await pages.take(request, RECEIVE)

    @router.get("/cases/{case}/do/{door}")
    async def of_case(request: Request, case: str, door: str) -> Response:
        return await pages.show(request, door, case)

    @router.post("/cases/{case}/do/{door}")
    async def give_of_case(request: Request, case: str, door: str) -> Response:
        return await pages.take(request, door, case)

    @router.get("/organisation/do/{door}")
    async def of_organisation(request: Request, door: str) -> Response:
        return await pages.show(request, door)

    @router.post("/organisation/do/{door}")
    async def give_of_organisation(request: Request, door: str) -> Response:
        return await pages.take(request, door)

    return router


class CommandPages:
    """Shows forms, and gives commands."""

    def __init__(self, desk: Desk, giving: Giving) -> None:
        self.desk, self.giving, self.views = desk, giving, desk.views
        self.asking = Asking(desk, giving)

    async def show(self, request: Request, door: str, case: str | None = None) -> Response:
        """A form that nobody has touched."""
        asked = await asyncio.to_thread(self.asking.asked, request, door, case)
        self.asking.must_be_possible(asked)
        return await asyncio.to_thread(self._page, request, asked)

    async def take(self, request: Request, door: str, case: str | None = None) -> Response:
        """What was sent: a row more or less, or the command itself."""
        sent, wrong = await self.giving.sent(request)
        self.desk.must_be_ours(request, sent.one("token"))
        asked = await asyncio.to_thread(self.asking.asked, request, door, case, sent)
        asked.typed = read(asked.shapes, sent)
        do = sent.one("do")
        if wrong:
            t = asked.telling.t
            asked.told = Told(422, t("not_yet"), {path: [Wrong(t("wrong_file"), said)] for path, said in wrong.items()})
        elif do not in ("", "give"):
            _change(asked, do)
        elif answer := await self._give(asked):
            return answer
        return await asyncio.to_thread(self._page, request, asked)

    # ── what is shown ─────────────────────────────────────────────────────────────────────────────────────────────────
    def _page(self, request: Request, asked: Asked) -> Response:
        telling, door, t = asked.telling, asked.offer.door, asked.telling.t
        words = {"none": "–", "choose": t("choose"), "not_known": t("not_known"), "new_one": t("new_one")}
        wrong = asked.told.wrong if asked.told else {}
        wanted = _SOURCES.sub("", (asked.offer.command.__doc__ or "").strip().splitlines()[0])
        shown: dict[str, Any] = {
            "form": form(asked.offer.command, asked.situation, asked.typed, words, wrong, asked.focus),
            "title": command_label(telling.language, door), "about": wanted if telling.language == "en" else "",
            "asked": asked, "told": asked.told, "meanwhile": asked.meanwhile, "subject": _subject(asked),
            "form_token": self.desk.form_token(request), "zone": asked.situation.zone, "action": request.url.path,
            "currencies": CURRENCIES, "back": "/" if door == RECEIVE else "/organisation",
            "page": "new" if door == RECEIVE else "organisation",
        }  # fmt: skip
        if asked.case is not None:
            complaint = asked.case.complaint
            roles, sites = self.desk.roles(asked.person, complaint.site), self.desk.sites(asked.person)
            of_case = case_page.shown(asked.case, telling, roles, sites)
            can = possible(
                self.giving.offers, asked.situation, lambda site: self.desk.roles(asked.person, site), asked.person
            )
            shown = {**of_case, "case_title": of_case["title"], **shown, "can_do": can.doors}
            shown |= {"back": f"/cases/{complaint.case_no}", "page": ""}
        return self.desk.page(request, telling, "command.html", asked.told.status if asked.told else 200, **shown)

    # ── what happens ──────────────────────────────────────────────────────────────────────────────────────────────────
    async def _give(self, asked: Asked) -> Response | None:
        """Carry it out, and go where it shows; None when it was refused, and the form comes back with what was typed."""
        asked.typed = tidied(asked.shapes, asked.typed)
        said = body(asked.shapes, asked.typed, asked.situation.zone)
        try:
            await asyncio.to_thread(self._name_cases, asked.shapes, said)
            if asked.offer.about is not None and not asked.subject:
                raise Invalid("nobody is named", field=SUBJECT)
            version = asked.version if asked.offer.guarded else None
            reply = await self.giving.give(asked.person, asked.offer, asked.subject, said, asked.key, version)
        except Problem as problem:
            if isinstance(problem, OutOfDate):
                await self.giving.seen(lambda: self.views.case(asked.subject).version > (asked.version or 0))
            await asyncio.to_thread(self._refused, asked, problem)
            return None
        position = int(reply.body["position"])
        case_no = reply.body.get("case_no") or (asked.case.complaint.case_no if asked.case is not None else None)
        await self.giving.seen(lambda: self.views.reached(position))
        if case_no is not None:
            return RedirectResponse(f"/cases/{case_no}?{urlencode({'told': position})}", 303)
        return RedirectResponse(f"/organisation?{urlencode({'done': asked.offer.door})}", 303)

    def _name_cases(self, shapes: Sequence[Shape], said: dict[str, Any]) -> None:
        """People know cases by number; commands name them by id."""
        for shape in shapes:
            if shape.name in said:
                said[shape.name] = self._with_ids(shape, said[shape.name], shape.name)

    def _with_ids(self, shape: Shape, said: Any, path: str) -> Any:
        match shape.widget:
            case Widget.CASE:
                try:
                    return self.giving.keeper.complaint_id(said)
                except Unknown as unknown:
                    raise Invalid(unknown.detail, field=path) from None
            case Widget.GROUP:
                parts = {part.name: part for part in shape.parts}
                return {name: self._with_ids(parts[name], each, f"{path}.{name}") for name, each in said.items()}
            case Widget.ROWS:
                return [self._with_ids(shape.item, each, f"{path}.{number}") for number, each in enumerate(said)]
            case _:
                return said

    def _refused(self, asked: Asked, problem: Problem) -> None:
        asked.told = told(problem, asked.offer.door, asked.telling)
        if problem.field == "Idempotency-Key":
            asked.key = self.giving.new_key()
        elif problem.field == SUBJECT:
            asked.told = replace(asked.told, wrong={SUBJECT: [Wrong(asked.telling.t("wrong_fill"))]})
        elif isinstance(problem, OutOfDate):
            self.asking.look_again(asked)


def _change(asked: Asked, do: str) -> None:
    """One row more or less. What does not make sense changes nothing."""
    what, _, path = do.partition(":")
    if what == "drop":
        path, _, number = path.rpartition(".")
        if (found := at(asked.shapes, asked.typed, path)) and number.isdigit() and int(number) < len(found[1]):
            del found[1][int(number)]
            asked.focus = path
    elif what == "add" and (found := at(asked.shapes, asked.typed, path)) and len(found[1]) < ROWS_AT_MOST:
        shape, rows = found
        rows.append(new_row(shape))
        first = f".{shape.item.parts[0].name}" if shape.item.parts else ".key" if shape.widget is Widget.PAIRS else ""
        asked.focus = f"{path}.{len(rows) - 1}{first}"


def _subject(asked: Asked) -> Field | None:
    """The picker of whom or what a command of the organisation is about."""
    if asked.offer.about is None:
        return None
    names = {"people": "person", "sites": "site", "calendars": "calendar"}
    label = field_label(asked.telling.language, names.get(asked.offer.about, "name"))
    return Field(
        SUBJECT, Widget.LINE if asked.subjects is None else Widget.CHOICE, label, required=True, typed=asked.subject,
        errors=asked.told.wrong.get(SUBJECT, ()) if asked.told else (), choices=asked.subjects or (),
        empty=asked.telling.t("choose"), longest=64,
    )  # fmt: skip
