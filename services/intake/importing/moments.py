"""Reads times and dates in the formats that a mapping declares: what does not fit is refused, never guessed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from shared.kernel.values import within_range

Precision = Literal["day", "minute", "second"]
ISO = "iso"
# %c, %x, %X and %s depend on the machine's language or zone.
_DIRECTIVES = frozenset("YymdbBjHIMSpfz%")
_REMEMBERED = 8192  # days repeat: strptime costs about 8 µs, a look-up 0.1


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant in UTC and how exactly it was told."""

    at: datetime
    precision: Precision
    again: datetime | None = None
    """The second instant that reads so, in the hour that comes twice when clocks are put back."""


def format_faults(form: str, *, with_zone: bool) -> Iterator[str]:
    """What is wrong with a declared format."""
    if form == ISO:
        return
    used = re.findall(r"%(.?)", form)
    if odd := [f"%{letter}" for letter in used if letter not in _DIRECTIVES]:
        known = " ".join(f"%{letter}" for letter in sorted(_DIRECTIVES))
        yield f"{form!r}: {', '.join(odd)} cannot be used; known: {known}"
    if not {"Y", "y"} & set(used) or not ("j" in used or ("d" in used and {"m", "b", "B"} & set(used))):
        yield f'{form!r} does not name a day; for example "%Y-%m-%d" or "%d.%m.%Y %H:%M"'
    if {"H", "I"} & set(used) and "M" not in used:
        yield f"{form!r} has an hour without minutes"
    if "I" in used and "p" not in used:
        yield f"{form!r}: %I (twelve hours) needs %p, or is %H meant?"
    if not with_zone and "z" not in used:
        yield f'{form!r} has no offset (%z): declare [source] zone, for example "Asia/Shanghai"'


def moment_reader(formats: tuple[str, ...], zone: str | None) -> Callable[[str], Moment]:
    """A function from text to Moment; it raises ValueError saying why."""
    place = ZoneInfo(zone) if zone else None

    @lru_cache(_REMEMBERED)
    def read(text: str) -> Moment:
        told, precision = _told(text, formats)
        if told.tzinfo is not None:
            return Moment(_instant(told), precision)
        if place is None:
            raise ValueError("has no offset, and the mapping declares no source.zone")
        at = _instant(told.replace(tzinfo=place))
        if precision != "day" and at.astimezone(place).replace(tzinfo=None) != told:
            raise ValueError(f"does not exist in {zone}: clocks were put forward")
        later = _instant(told.replace(tzinfo=place, fold=1))
        return Moment(at, precision, later if later > at else None)

    return read


def day_reader(formats: tuple[str, ...]) -> Callable[[str], date]:
    """A function from text to date; it raises ValueError saying why."""

    @lru_cache(_REMEMBERED)
    def read(text: str) -> date:
        return _told(text, formats)[0].date()

    return read


def _instant(told: datetime) -> datetime:
    try:
        return within_range(told)
    except OverflowError:
        raise ValueError("must lie in the years 1970 to 9998") from None


def _told(text: str, formats: tuple[str, ...]) -> tuple[datetime, Precision]:
    for form in formats:
        try:
            if form == ISO:
                told = datetime.fromisoformat(text)
                return told, _iso_precision(text)
            return datetime.strptime(text, form), _precision(form)  # noqa: DTZ007 - the caller adds the zone
        except ValueError:
            continue
    raise ValueError(f"does not fit {' or '.join(map(repr, formats))}")


def _precision(form: str) -> Precision:
    return "second" if "%S" in form else "minute" if "%M" in form else "day"


def _iso_precision(text: str) -> Precision:
    colons = re.sub(r"[+-]\d\d:?\d\d$", "", text[10:]).count(":")
    return "second" if colons >= 2 else "minute" if colons else "day"
