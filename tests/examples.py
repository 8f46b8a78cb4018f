"""An example of any event or value, made from its type: every field filled, or only those that must be.

Deterministic, so that what is made from it can be stored and compared.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from annotated_types import Ge
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from shared.kernel.personal import Erased

M = TypeVar("M", bound=BaseModel)

BY_PATTERN = {
    r"^[0-9a-f]{64}$": "a" * 64,
    r"^[ps]-[0-9a-z-]{2,40}$": "p-7k2m9q",
    r"^[A-Z]{3}$": "CNY",
    r"^[A-Z]{2}$": "CN",
    r"^[A-Za-z0-9-]{1,10}$": "BY",
    r"^[a-z0-9-]{1,32}$": "sz",
    "^(en|zh)$": "zh",
    r"^[\w.+-]+/[\w.+-]+$": "image/png",
    r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$": "zh",
    r"^[a-z_]+(:[A-Za-z0-9._-]{1,64})?/[0-9]{1,4}$": "action:a1/1",
}
UUID = "0199a3b4-6c1e-7b3a-9d52-3f1c2a4b5d6e"


def example(kind: type[M], *, full: bool = True) -> M:
    """One of its kind. `full`: optional fields too."""
    values: dict[str, Any] = {}
    for name, field in kind.model_fields.items():
        if full or field.is_required():
            values[name] = _of(name, field.annotation, field, full)
    return kind(**values)


def _of(name: str, annotation: Any, field: FieldInfo | None, full: bool) -> Any:
    metadata: list[Any] = list(field.metadata) if field else []
    while get_origin(annotation) is Annotated:
        annotation, *more = get_args(annotation)
        metadata += [one for each in more for one in (each.metadata if isinstance(each, FieldInfo) else [each])]
    origin, args = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        first = next(arg for arg in args if arg is not NoneType and get_origin(arg) is not Erased)
        return _of(name, first, FieldInfo(annotation=first) if not metadata else _with(metadata), full)
    if origin is Literal:
        return args[0]
    if origin is tuple:
        if name == "weekly":
            day = _of(name + "_day", args[0], None, full)
            return (day,) * 5 + ((), ())
        return (_of(name, args[0], None, full),)
    if origin is dict:
        return {"Mileage": "12 000 km"}
    match annotation:
        case type() if issubclass(annotation, BaseModel):
            return example(annotation, full=full)
        case type() if issubclass(annotation, Enum):
            return next(iter(annotation))
    return _plain(name, annotation, metadata)


def _with(metadata: list[Any]) -> FieldInfo:
    info = FieldInfo()
    info.metadata = metadata
    return info


def _plain(name: str, annotation: Any, metadata: list[Any]) -> Any:
    if annotation is bool:
        return True
    if annotation is int:
        return max([2, *(int(str(one.ge)) for one in metadata if isinstance(one, Ge))])
    if annotation is datetime:
        return datetime(2026, 3, 17, 8, 0, tzinfo=UTC)
    if annotation is date:
        return date(2026, 3, 21) if name == "extra_working_days" else date(2026, 3, 17)
    if annotation is time:
        return time(17) if name == "end" else time(8)
    assert annotation is str, f"{name}: no example of {annotation}"
    if name == "zone":
        return "Asia/Shanghai"
    pattern = next((one.pattern for one in metadata if getattr(one, "pattern", None)), None)
    if pattern is None:
        return f"{name.replace('_', ' ')} 屏幕花屏"
    text = str(getattr(pattern, "pattern", pattern))
    return BY_PATTERN.get(text, UUID if text.count("{4}") == 3 else "a1")
