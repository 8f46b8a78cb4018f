"""A notice in its reader's words: language, wall time of the site, people and codes by their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from shared.events.labels import clock_label, label
from shared.kernel.say import Namer
from shared.kernel.values import parse_instant
from shared.policy.notice_rules import PLACE, NoticeText

_DAY = {"en": "%d %b %Y", "zh": "%Y-%m-%d"}
_MINUTE = {"en": "%d %b %Y %H:%M", "zh": "%Y-%m-%d %H:%M"}
_INSTANTS = ("due", "promised")
_PEOPLE = ("owner", "actor")
_CODES = ("category", "department", "stage", "role")
SIMULATED = {"en": "[simulated] ", "zh": "〔模拟〕"}


@dataclass(frozen=True)
class Letter:
    """What is sent: a title of one line, and a text."""

    title: str
    text: str


def letter(
    words: NoticeText, values: Mapping[str, str], language: str, *, zone: str, namer: Namer, simulated: bool = False
) -> Letter:
    """The words with everything filled in; what is not known reads as a dash."""

    def shown(place: str) -> str:
        value = values.get(place)
        if value is None:
            return "–"
        if place in _INSTANTS:
            return _when(value, language, zone)
        if place in _PEOPLE:
            return namer(value)
        if place == "clock":
            return clock_label(language, value)
        return label(language, value) if place in _CODES else value

    def filled(text: str) -> str:
        return PLACE.sub(lambda found: shown(found[1]), text)

    title = " ".join(filled(words.title).split())
    return Letter((SIMULATED[language] if simulated else "") + title, filled(words.text).strip())


def _when(value: str, language: str, zone: str) -> str:
    """Instants in the site's zone; days as they are."""
    if "T" not in value:
        return date.fromisoformat(value).strftime(_DAY[language])
    return parse_instant(value).astimezone(ZoneInfo(zone)).strftime(_MINUTE[language])
