"""A calendar as somebody writes it down: YAML with hours by weekday, read into what `publish-calendar` takes."""

from __future__ import annotations

from typing import Any, cast

import yaml

from shared.kernel.errors import Invalid

KEYS = (
    "calendar", "zone", "weekly", "country", "subdivision", "holidays", "extra_working_days", "published_from",
    "published_through", "days_end", "roll", "years_ahead",
)  # fmt: skip
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
        if not isinstance(body["weekly"], dict):
            raise _wrong("maps days to hours: mon-fri: 08:00-12:00 13:00-17:00", "weekly")
        body["weekly"] = [f"{days} {hours}" for days, hours in cast("dict[Any, Any]", body["weekly"]).items()]
    if "holidays" in body:
        if not isinstance(body["holidays"], dict):
            raise _wrong("maps days to their names: 2026-10-01: National Day", "holidays")
        named = cast("dict[Any, Any]", body["holidays"])
        body["holidays"] = [{"day": str(day), "name": str(name)} for day, name in named.items()]
    if "extra_working_days" in body:
        body["extra_working_days"] = [str(day) for day in body["extra_working_days"] or ()]
    return body


def _wrong(detail: str, field: str) -> Invalid:
    return Invalid(detail, rule="G-CALENDAR", field=field, way_out="casetrail calendar publish --help")
