"""What an address asks for: filters, position, language. An empty value counts as not given, as forms send it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urlencode

from starlette.requests import Request

from services.console.views import BoardFilters
from shared.complaint.state import Stage
from shared.events.words import Department
from shared.kernel.say import LANGUAGES
from shared.kernel.values import Rank

LANGUAGE_COOKIE = "casetrail_language"

E = TypeVar("E", bound=StrEnum)


class Malformed(Exception):
    """A value that no page knows."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def language_of(request: Request) -> str:
    """From `?lang=`, else as chosen before, else what the browser prefers, else English."""
    chosen = language_chosen(request) or request.cookies.get(LANGUAGE_COOKIE)
    return chosen if chosen in LANGUAGES else _preferred(request.headers.get("accept-language", ""))


def language_chosen(request: Request) -> str | None:
    """The language that the address itself asks for."""
    asked = request.query_params.get("lang")
    return asked if asked in LANGUAGES else None


def board_filters(asked: Mapping[str, str]) -> BoardFilters:
    """The board's filters; raises Malformed."""
    return BoardFilters(
        site=line(asked, "site", 32), stage=one_of(Stage, asked, "stage"), rank=one_of(Rank, asked, "rank"),
        department=one_of(Department, asked, "department"), overdue=ticked(asked, "overdue"),
        q=line(asked, "q", 200) or "", cursor=line(asked, "cursor", 2000),
    )  # fmt: skip


def position_of(asked: Mapping[str, str]) -> int | None:
    """A position of the ledger; raises Malformed."""
    given = asked.get("position") or None
    if given is None:
        return None
    if not given.isascii() or not given.isdigit() or len(given) > 15:
        raise Malformed("position")
    return int(given)


def one_of(kind: type[E], asked: Mapping[str, str], field: str) -> E | None:
    """A member of an enumeration."""
    given = asked.get(field) or None
    try:
        return None if given is None else kind(given)
    except ValueError:
        raise Malformed(field) from None


def ticked(asked: Mapping[str, str], field: str) -> bool:
    """A box that is ticked or not."""
    given = asked.get(field, "")
    if given not in ("", "true", "false"):
        raise Malformed(field)
    return given == "true"


def line(asked: Mapping[str, str], field: str, most: int) -> str | None:
    """A short text."""
    given = asked.get(field, "").strip()
    if len(given) > most or "\0" in given:
        raise Malformed(field)
    return given or None


def canonical(path: str, filters: BoardFilters) -> str:
    """The shortest address of these filters."""
    given = {field.name: getattr(filters, field.name) for field in fields(filters) if field.name != "limit"}
    return address(path, given)


def address(path: str, given: Mapping[str, Any]) -> str:
    """A path with those values that say something."""
    said = {name: "true" if value is True else str(value) for name, value in given.items() if value}
    return f"{path}?{urlencode(said)}" if said else path


def _preferred(header: str) -> str:
    """The first language of `Accept-Language` that there is, by weight."""
    weighed: list[tuple[float, int, str]] = []
    for place, part in enumerate(header[:500].split(",")):
        tag, _, weight = part.strip().partition(";q=")
        try:
            weighed.append((-float(weight or 1), place, tag[:2].lower()))
        except ValueError:
            continue
    return next((tag for weight, _, tag in sorted(weighed) if tag in LANGUAGES and weight < 0), "en")
