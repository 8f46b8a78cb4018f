"""From `key=value` on the command line to the body of a command, field by field, as the command's own types say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from enum import EnumType, StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Protocol, Union, cast, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from shared.kernel.command import Command
from shared.kernel.errors import Invalid
from shared.kernel.personal import Erased
from shared.kernel.values import ComplaintId, FileRef, Money, Names
from shared.runtime.clock import wall


class Lookups(Protocol):
    """What only the house knows; asked only when a value needs it."""

    def person(self, name: str) -> str:
        """The id of the person of that name or id."""
        ...

    def case(self, number: str) -> str:
        """The UUID of the case of that number or UUID."""
        ...

    def file(self, path: str) -> dict[str, Any]:
        """The reference of a local file, which is stored first."""
        ...


_ONE_LINE = 300  # longer texts are prose, in which a comma is a comma
_CASE_ID = getattr(get_args(ComplaintId)[1].metadata[0], "pattern", None)
_AHEAD = re.compile(r"\+(?P<n>\d{1,4})(?P<unit>[dw])")
_YES, _NO = {"yes", "true", "y", "1", "是"}, {"no", "false", "n", "0", "否"}


@dataclass(frozen=True)
class Kind:
    """What one field takes, after `Personal`, optional and the list around it are taken off."""

    type: Any
    many: bool = False
    person: bool = False
    case: bool = False
    prose: bool = False

    def __str__(self) -> str:
        if self.person or self.case:
            word = "person (name or id)" if self.person else "case (number or id)"
        elif self.codes:
            word = "code"
        elif self.type in _WORDS:
            word = _WORDS[self.type]
        else:
            word = f"JSON ({', '.join(getattr(self.type, 'model_fields', ()))})"
        return f"{word}, repeatable" if self.many else word

    @property
    def codes(self) -> tuple[str, ...]:
        """The allowed codes of a controlled vocabulary."""
        if get_origin(self.type) is Literal:
            return tuple(map(str, get_args(self.type)))
        return (
            tuple(str(code.value) for code in cast("Iterable[StrEnum]", self.type))
            if isinstance(self.type, EnumType)
            else ()
        )


_WORDS: dict[Any, str] = {
    str: "text", int: "number", bool: "yes or no", date: "date (2026-03-17, +14d, +2w)",
    datetime: "instant (2026-03-17T16:00:00+08:00)", FileRef: "file (path)", Money: "money (500.00 CNY)",
}  # fmt: skip


def kind_of(field: FieldInfo) -> Kind:
    """What a field of a command takes."""
    return _kind(field.annotation, field.metadata)


def _kind(annotation: Any, marks: Iterable[Any] = ()) -> Kind:
    marks = list(marks)
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation, *more = get_args(annotation)
            marks += more
        elif origin in (Union, UnionType):
            [annotation, *_] = [
                arg for arg in get_args(annotation) if arg is not NoneType and Erased not in (arg, get_origin(arg))
            ]
        elif origin is tuple:
            one = _kind(get_args(annotation)[0])
            return replace(one, many=True)
        else:
            break
    marks = [part for mark in marks for part in (mark.metadata if isinstance(mark, FieldInfo) else [mark])]
    longest = max((mark.max_length for mark in marks if hasattr(mark, "max_length")), default=0)
    person = any(isinstance(mark, Names) and mark.kind == "person" for mark in marks)
    case = any(getattr(mark, "pattern", None) == _CASE_ID for mark in marks)
    return Kind(annotation, False, person, case, annotation is str and longest > _ONE_LINE)


def body_of(
    command: type[Command],
    words: Iterable[str],
    given: Mapping[str, Any],
    lookups: Lookups,
) -> dict[str, Any]:
    """The JSON body from `key=value` words over a JSON object. Raises Invalid, naming the field and what it takes."""
    body, texts = dict(given), dict[str, list[str]]()
    for word in words:
        name, as_json, value = _parted(word)
        if name not in command.model_fields:
            raise Invalid(f"{command.door()} has no field {name!r}", field=name, way_out=_fields_like(command, name))
        if as_json:
            body[name] = _json(name, value)
        else:
            texts.setdefault(name, []).append(value)
    for name, values in texts.items():
        kind = kind_of(command.model_fields[name])
        apart = kind.many and len(values) == 1 and (kind.codes or (kind.type is str and not kind.prose))
        each = [part for part in map(str.strip, values[0].split(",")) if part] if apart else values
        converted = [_value(name, kind, value, lookups) for value in each]
        if not kind.many and len(converted) > 1:
            raise Invalid("is given twice and takes one value", field=name)
        body[name] = converted if kind.many else converted[0]
    _check(command, body)
    return body


def _parted(word: str) -> tuple[str, bool, str]:
    name, equals, value = word.partition("=")
    if not equals:
        raise Invalid(
            f"{word!r} is not understood here", way_out="write key=value, or key:=JSON; quote values that have spaces"
        )
    as_json = name.endswith(":")
    return name.removesuffix(":").replace("-", "_"), as_json, value


def _json(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise Invalid(f"is not JSON: {error}", field=name, way_out=f"write {name}=TEXT for plain text") from None


def _value(name: str, kind: Kind, text: str, lookups: Lookups) -> Any:
    if kind.person:
        return lookups.person(text)
    if kind.case:
        return lookups.case(text)
    if kind.codes:
        if text not in kind.codes:
            raise Invalid(f"{text!r} is none of its codes", field=name, way_out=f"one of: {', '.join(kind.codes)}")
        return text
    if kind.type is bool:
        if text.lower() not in _YES | _NO:
            raise Invalid(f"{text!r} is neither yes nor no", field=name)
        return text.lower() in _YES
    if kind.type is int:
        if not text.lstrip("+-").isdecimal() or len(text) > 20:
            raise Invalid(f"{text!r} is not a whole number", field=name)
        return int(text)
    if kind.type is FileRef:
        return lookups.file(text.removeprefix("@"))
    if kind.type is Money:
        return _money(name, text)
    if kind.type is date and (ahead := _AHEAD.fullmatch(text)):
        return str(wall().astimezone().date() + timedelta(days=int(ahead["n"]) * (7 if ahead["unit"] == "w" else 1)))
    if kind.type not in (str, date, datetime):
        return _json(name, text)
    return text


def _money(name: str, text: str) -> dict[str, Any]:
    """`500`, `500.00 CNY`, `CNY 500.00` → minor units."""
    parts = text.replace(",", "").split()
    try:
        [amount] = [Decimal(part) for part in parts if not part.isalpha()]
        [currency] = [part.upper() for part in parts if part.isalpha()]
        minor = amount * 100
        if minor != int(minor):
            raise ValueError
    except (InvalidOperation, ValueError, OverflowError):
        raise Invalid(
            f"{text!r} is not an amount with its currency", field=name, way_out=f'write {name}="500.00 CNY"'
        ) from None
    return {"minor": int(minor), "currency": currency}


def _check(command: type[Command], body: Mapping[str, Any]) -> None:
    try:
        command.model_validate_json(json.dumps(body))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = ".".join(
            str(part) for part in first["loc"] if isinstance(part, int) or (part.isidentifier() and part.islower())
        )
        missing = [
            str(each["loc"][0]) for each in error.errors() if each["type"] == "missing" and len(each["loc"]) == 1
        ]
        if missing:
            raise Invalid(
                f"{command.door()} still needs {', '.join(missing)}",
                field=missing[0],
                way_out=f"see `casetrail do {command.door()} --fields`",
            ) from None
        raise Invalid(first["msg"].removeprefix("Value error, "), field=path or None) from None


def _fields_like(command: type[Command], name: str) -> str:
    close = get_close_matches(name, command.model_fields, 1)
    meant = f"did you mean {close[0]}? " if close else ""
    return f"{meant}it has: {', '.join(command.model_fields)}"
