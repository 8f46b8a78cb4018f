"""What a command asks for, field by field: from the types of its class to the widgets of a form. Pure; knows no case."""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import Enum, StrEnum
from functools import cache
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from shared.kernel.command import Command
from shared.kernel.personal import Erased
from shared.kernel.values import ComplaintId, FileRef, LocalId, Money, PersonId, SiteCode

ONE_LINE = 300
"""A longer text gets several lines."""
WHEN = ("occurred_at", "backdate_reason")
"""Fields of every command: folded away, for what is told later than it happened."""


class Widget(StrEnum):
    """How a value is given."""

    LINE = "line"
    TEXT = "text"
    NUMBER = "number"
    DAY = "day"
    TIME = "time"
    INSTANT = "instant"
    CHOICE = "choice"
    SEVERAL = "several"
    TICK = "tick"
    YES_NO = "yes_no"
    PERSON = "person"
    CASE = "case"
    SITE = "site"
    ID = "id"
    MONEY = "money"
    FILE = "file"
    GROUP = "group"
    ROWS = "rows"
    PAIRS = "pairs"


class NoWidget(TypeError):
    """A type that no form can ask for. A test finds it before anybody else does."""


@dataclass(frozen=True)
class Shape:
    """One field. `initial` is what stands in an untouched form, as text; `words` are the codes that may be chosen."""

    name: str
    widget: Widget
    required: bool = True
    initial: str = ""
    words: tuple[str, ...] = ()
    parts: tuple[Shape, ...] = ()
    """Of a group: its fields. Of rows and pairs: what stands in each row."""
    longest: int = 0
    least: int | None = None
    most: int | None = None
    """Bounds of a number, or of how many there may be."""
    given: bool = False
    """An id that the case finds by itself unless somebody names one."""

    @property
    def item(self) -> Shape:
        """What stands in each row."""
        return self.parts[-1]


@cache
def shapes_of(command: type[Command]) -> tuple[Shape, ...]:
    """Every field of a command that a person fills in, those of every command (`WHEN`) last; raises NoWidget."""
    found = [shape for shape in _fields(command, ()) if shape.name not in command.BY_DOOR]
    return tuple(sorted(found, key=lambda shape: shape.name in WHEN))


def _fields(model: type[BaseModel], within: tuple[type[BaseModel], ...]) -> list[Shape]:
    if model in within:
        raise NoWidget(f"{model.__name__} holds itself")
    return [_field(name, info, (*within, model)) for name, info in model.model_fields.items()]


def _field(name: str, info: FieldInfo, within: tuple[type[BaseModel], ...]) -> Shape:
    default = None if info.is_required() else info.get_default(call_default_factory=True)
    try:
        return _shape(name, info.annotation, tuple(info.metadata), info.is_required(), default, within)
    except NoWidget as error:
        raise NoWidget(f"{within[-1].__name__}.{name}: {error}") from None


def _shape(
    name: str, annotation: Any, meta: tuple[Any, ...], required: bool, default: Any, within: tuple[type[BaseModel], ...]
) -> Shape:
    kind, meta, optional = _bare(annotation, meta)
    limits = _Limits.of(meta)
    if get_origin(kind) is Union:
        kind, words = _merged(get_args(kind))
    else:
        words = _words(kind)
    if words:
        return Shape(name, Widget.CHOICE, required, initial=_text(default), words=words)
    match kind:
        case _ if kind is bool:
            tick = not required and not optional
            return Shape(name, Widget.TICK if tick else Widget.YES_NO, required, initial=_text(default))
        case _ if kind is int:
            return Shape(name, Widget.NUMBER, required, initial=_text(default), least=limits.least, most=limits.most)
        case _ if kind is str:
            return _string(name, limits, required, default)
        case _ if kind in _BY_TYPE:
            return Shape(name, _BY_TYPE[kind], required)
        case _ if get_origin(kind) is dict:
            return _pairs(name, kind, limits, within)
        case _ if get_origin(kind) in (tuple, list, frozenset, set):
            return _many(name, kind, limits, required, within)
        case _ if isinstance(kind, type) and issubclass(kind, BaseModel):
            return Shape(name, Widget.GROUP, required, parts=tuple(_fields(kind, within)))
        case _:
            raise NoWidget(f"no widget for {kind!r}")


_BY_TYPE: dict[Any, Widget] = {
    date: Widget.DAY, datetime: Widget.INSTANT, time: Widget.TIME, Money: Widget.MONEY, FileRef: Widget.FILE,
}  # fmt: skip


def _string(name: str, limits: _Limits, required: bool, default: Any) -> Shape:
    given = not required and default == ""
    if chosen := re.fullmatch(r"\^\(([\w|-]+)\)\$", limits.pattern):
        return Shape(name, Widget.CHOICE, required, initial=_text(default), words=tuple(chosen[1].split("|")))
    widget = _BY_PATTERN.get(limits.pattern, Widget.TEXT if limits.longest > ONE_LINE else Widget.LINE)
    return Shape(
        name, widget, required and not given, initial=_text(default), longest=limits.longest or ONE_LINE, given=given
    )


def _pairs(name: str, kind: Any, limits: _Limits, within: tuple[type[BaseModel], ...]) -> Shape:
    key, value = (
        _shape(part, arg, (), True, None, within) for part, arg in zip(("key", "value"), get_args(kind), strict=True)
    )
    if key.widget is not Widget.LINE or value.widget not in (Widget.LINE, Widget.TEXT):
        raise NoWidget(f"no widget for {kind!r}")
    return Shape(name, Widget.PAIRS, False, parts=(key, value), most=limits.longest or None)


def _many(name: str, kind: Any, limits: _Limits, required: bool, within: tuple[type[BaseModel], ...]) -> Shape:
    args = [arg for arg in get_args(kind) if arg is not Ellipsis]
    if len(args) != 1 or (get_origin(kind) is tuple and len(get_args(kind)) != 2):
        raise NoWidget(f"no widget for {kind!r}")
    item = _shape(name, args[0], (), True, None, within)
    if item.widget in (Widget.ROWS, Widget.PAIRS, Widget.SEVERAL):
        raise NoWidget(f"no widget for {kind!r}")
    widget = Widget.SEVERAL if item.widget in (Widget.CHOICE, Widget.ID) else Widget.ROWS
    wanted = required or bool(limits.shortest)
    return Shape(
        name,
        widget,
        wanted,
        words=item.words,
        parts=(item,),
        least=limits.shortest or None,
        most=limits.longest or None,
    )


@dataclass(frozen=True)
class _Limits:
    """What the metadata of a type allows."""

    longest: int = 0
    shortest: int = 0
    least: int | None = None
    most: int | None = None
    pattern: str = ""

    @staticmethod
    def of(meta: Iterable[Any]) -> _Limits:
        found: dict[str, Any] = {}
        for one in meta:
            for mine, theirs in _NAMED.items():
                if (value := getattr(one, theirs, None)) is not None:
                    found[mine] = value
            for mine, theirs, step in (("least", "gt", 1), ("most", "lt", -1)):
                if (value := getattr(one, theirs, None)) is not None:
                    found[mine] = value + step
        return _Limits(**found)


_NAMED = {"longest": "max_length", "shortest": "min_length", "least": "ge", "most": "le", "pattern": "pattern"}


def _bare(annotation: Any, meta: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...], bool]:
    """The type without its annotations, None and `Erased`; all its metadata; whether None may be given."""
    optional = False
    while True:
        if get_origin(annotation) is Annotated:
            annotation, *more = get_args(annotation)
            meta = (*meta, *_flat(more))
        elif get_origin(annotation) in (Union, types.UnionType):
            args = get_args(annotation)
            optional = optional or type(None) in args
            kept = [
                arg for arg in args if arg is not type(None) and get_origin(arg) is not Erased and arg is not Erased
            ]
            if len(kept) != 1:
                return Union[tuple(kept)], meta, optional  # noqa: UP007 - made at run time
            annotation = kept[0]
        else:
            return annotation, meta, optional


def _flat(meta: Iterable[Any]) -> list[Any]:
    return [part for one in meta for part in (one.metadata if isinstance(one, FieldInfo) else [one])]


def _words(kind: Any) -> tuple[str, ...]:
    """The codes of a vocabulary."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        if not issubclass(kind, StrEnum):
            raise NoWidget(f"no widget for {kind!r}")
        return tuple(member.value for member in kind)
    if get_origin(kind) is Literal:
        words = get_args(kind)
        if all(isinstance(word, str) for word in words):
            return cast("tuple[str, ...]", words)
    return ()


def _merged(kinds: Sequence[Any]) -> tuple[Any, tuple[str, ...]]:
    """Several vocabularies are chosen from as one; a vocabulary beside free text is free text."""
    bare = [_bare(kind, ())[0] for kind in kinds]
    words = [_words(kind) for kind in bare]
    if all(words):
        return str, tuple(dict.fromkeys(word for each in words for word in each))
    if all(each or kind is str for each, kind in zip(words, bare, strict=True)):
        return str, ()
    raise NoWidget(f"no widget for {' | '.join(str(kind) for kind in bare)}")


def _pattern(alias: Any) -> str:
    return _Limits.of(_bare(alias, ())[1]).pattern


_BY_PATTERN = {
    _pattern(PersonId): Widget.PERSON,
    _pattern(ComplaintId): Widget.CASE,
    _pattern(SiteCode): Widget.SITE,
    _pattern(LocalId): Widget.ID,
}
"""What a text names shows in the pattern that it must match."""


def _text(default: Any) -> str:
    match default:
        case None:
            return ""
        case bool():
            return "true" if default else "false"
        case Enum():
            return str(default.value)
        case str() | int():
            return str(default)
        case _:
            return ""
