"""A calendar as somebody writes it down: YAML with hours by weekday, read into what `publish-calendar` takes."""

from __future__ import annotations

from typing import Any, cast

import yaml

from shared.kernel.errors import Invalid

KEYS = (
    "calendar", "zone", "weekly", "country", "subdivision", "holidays", "extra_working_days", "published_from",
    "published_through", "days_end", "roll", "years_ahead",
)  # fmt: skip


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
        week = _as(dict, body, "weekly", "maps days to hours: mon-fri: 08:00-12:00 13:00-17:00")
        body["weekly"] = [f"{days} {hours}" for days, hours in week.items()]
    if "holidays" in body:
        named = _as(dict, body, "holidays", "maps days to their names: 2026-10-01: National Day")
        body["holidays"] = [{"day": str(day), "name": str(name)} for day, name in named.items()]
    if "extra_working_days" in body:
        days = _as(list, body, "extra_working_days", "lists days: [2026-10-10]")
        body["extra_working_days"] = [str(day) for day in days]
    return body


def _as(kind: type, body: dict[str, Any], key: str, detail: str) -> Any:
    value = body[key]
    if not isinstance(value, kind):
        raise _wrong(detail, key)
    return value


def _wrong(detail: str, field: str) -> Invalid:
    return Invalid(detail, rule="G-CALENDAR", field=field, way_out="casetrail calendar publish --help")
