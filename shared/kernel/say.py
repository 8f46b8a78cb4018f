"""Sentences: an event told in a language, in its site's zone, with people's names instead of their ids."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from typing import Any, cast, get_args
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from shared.kernel.fact import Event
from shared.kernel.personal import Erased
from shared.kernel.values import Names, Value

LANGUAGES = ("en", "zh")
ERASED = {"en": "[erased]", "zh": "［已删除］"}
_DATE = {"en": "%d %b %Y", "zh": "%Y-%m-%d"}
_INSTANT = {"en": "%d %b %Y %H:%M", "zh": "%Y-%m-%d %H:%M"}

_NOTHING = {"en": ": –", "zh": "：–"}
"""How a sentence would end whose last word nobody said."""

Namer = Callable[[str], str]
Label = Callable[[str, str], str]


class _Sentence(string.Formatter):
    """`str.format` with one filter: values are turned to text for readers before they meet the template."""

    def __init__(self, show: Callable[[str, Any], Any]) -> None:
        self.show = show

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        value, first = super().get_field(field_name, args, kwargs)
        return self.show(str(first), value), first

    def format_field(self, value: Any, format_spec: str) -> str:
        return format(value, format_spec) if isinstance(value, date) and format_spec else str(value)


@lru_cache(maxsize=512)
def names_people(kind: type[BaseModel]) -> frozenset[str]:
    """The fields of an event or value that hold ids of people."""
    return frozenset(
        name
        for name, field in kind.model_fields.items()
        if any(
            isinstance(mark, Names) and mark.kind == "person" for mark in (*field.metadata, *_marks(field.annotation))
        )
    )


def _marks(annotation: Any) -> Iterator[Any]:
    """What an annotation says of the parts of a tuple, or of a value that may be left out."""
    for part in get_args(annotation):
        yield from getattr(part, "__metadata__", ())
        yield from _marks(part)


@dataclass(frozen=True)
class Voice:
    """How values are told to a reader: instants in `zone`, codes of enumerations through `label`, people through `namer`."""

    language: str
    zone: str = "UTC"
    namer: Namer = lambda person: person
    label: Label = lambda language, code: code

    def value(self, value: Any, *, person: bool = False) -> Any:
        """A value as text, or as itself where that reads well; `person` says that it is somebody's id."""
        match value:
            case None:
                return "–"
            case Erased():
                return ERASED[self.language]
            case Enum():
                return self.label(self.language, str(value.value))
            case bool():
                return self.label(self.language, "yes" if value else "no")
            case datetime():
                return value.astimezone(ZoneInfo(self.zone)).strftime(_INSTANT[self.language])
            case date():
                return value.strftime(_DATE[self.language])
            case tuple():
                items = cast(tuple[Any, ...], value)
                joiner = "、" if self.language == "zh" else ", "
                return joiner.join(str(self.value(item, person=person)) for item in items) or "–"
            case str() if person:
                return self.namer(value)
            case Value() if (says := getattr(value, "SAYS", None)) is not None:
                return self._sentence(value, says[self.language])
            case _:
                return value

    def event(self, event: Event) -> str:
        """An event's sentence."""
        return self._sentence(event, event.SAYS[self.language])

    def _sentence(self, told: BaseModel, template: str) -> str:
        people = names_people(type(told))
        values = {name: getattr(told, name) for name in type(told).model_fields}
        said = _Sentence(lambda field, value: self.value(value, person=field in people)).format(template, **values)
        return said.removesuffix(_NOTHING[self.language])


def say(
    event: Event,
    language: str,
    *,
    zone: str = "UTC",
    namer: Namer = lambda person: person,
    label: Label = lambda language, code: code,
) -> str:
    """The event's sentence; see `Voice`."""
    return Voice(language, zone, namer, label).event(event)
