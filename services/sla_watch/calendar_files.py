"""A calendar as somebody writes it down: YAML with hours by weekday, read into what `publish-calendar` takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

import yaml

from shared.kernel.errors import Invalid

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KEYS = (
    "calendar", "zone", "weekly", "country", "subdivision", "holidays", "extra_working_days", "published_from",
    "published_through", "days_end", "roll", "years_ahead",
)  # fmt: skip
_HOURS = re.compile(r"(\d{2}:\d{2})\s*[-–]\s*(\d{2}:\d{2})")
EXAMPLE = """calendar: plant-2
zone: Asia/Shanghai
weekly:
  mon-fri: 08:00-12:00 13:00-17:00
  sat: 20:00-04:00
country: CN"""


def read_calendar(text: str) -> dict[str, Any]:
    """The body of the command; raises Invalid, naming the key and what it may be.

    `weekly` maps days or ranges of days to intervals; a day that is not named is free. `holidays` maps days to names.
    """
    try:
        said: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise _wrong(f"is no YAML: {str(error).splitlines()[0]}", "FILE") from None
    if not isinstance(said, dict):
        raise _wrong("says nothing", "FILE")
    found = cast("dict[str, Any]", said)
    if strange := [key for key in found if key not in KEYS]:
        raise _wrong(f"there is no key {strange[0]!r}", str(strange[0]))
    body = {key: str(value) if key.startswith("published_") else value for key, value in found.items()}
    if "weekly" in body:
        body["weekly"] = week_in(body["weekly"])
    if "holidays" in body:
        if not isinstance(body["holidays"], dict):
            raise _wrong("maps days to their names: 2026-10-01: National Day", "holidays")
        named = cast("dict[Any, Any]", body["holidays"])
        body["holidays"] = [{"day": str(day), "name": str(name)} for day, name in named.items()]
    if "extra_working_days" in body:
        body["extra_working_days"] = [str(day) for day in body["extra_working_days"] or ()]
    return body


def week_in(said: Any) -> list[list[dict[str, str]]]:
    """Seven days of intervals, Monday first: from `{mon-fri: 08:00-12:00 13:00-17:00}`."""
    if not isinstance(said, dict):
        raise _wrong("maps days to hours: mon-fri: 08:00-12:00 13:00-17:00", "weekly")
    week: list[list[dict[str, str]]] = [[] for _ in DAYS]
    for days, hours in cast("dict[Any, Any]", said).items():
        for day in _days(str(days)):
            if week[day]:
                raise _wrong(f"{DAYS[day]} is named twice", "weekly")
            week[day] = list(_intervals(str(hours), str(days)))
    return week


def _days(text: str) -> range:
    first, _, last = text.strip().lower().partition("-")
    if first not in DAYS or (last and last not in DAYS):
        raise _wrong(f"{text!r} is no day; days are {', '.join(DAYS)}, and ranges such as mon-fri", "weekly")
    begin, end = DAYS.index(first), DAYS.index(last or first)
    if end < begin:
        raise _wrong(f"{text!r} runs backwards; a week begins on mon", "weekly")
    return range(begin, end + 1)


def _intervals(text: str, days: str) -> Iterator[dict[str, str]]:
    rest = _HOURS.sub("", text).strip(" ,")
    if rest or not text.strip():
        raise _wrong(f"{days}: {text!r} are no hours; write 08:00-12:00 13:00-17:00", "weekly")
    return ({"start": f"{begin}:00", "end": f"{end}:00"} for begin, end in _HOURS.findall(text))


def _wrong(detail: str, field: str) -> Invalid:
    return Invalid(detail, rule="G-CALENDAR", field=field, way_out="casetrail calendar publish --help")
