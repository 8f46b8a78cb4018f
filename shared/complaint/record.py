"""The record of a case, field by field: what stands in it, and what a correction makes of it (domain §1.2)."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from shared.events.receipt import FieldChange, Received, Registered
from shared.events.texts import CaseText
from shared.kernel.personal import Complainant, Erased

_KINDS: tuple[type[BaseModel], ...] = (Registered, Received)
FIXED = frozenset({"case_no", "description", "also", "source", "not_available", "channel"})
"""What is no matter of correction: the customer's own words, and where they came from."""
CORRECTABLE = tuple(sorted({name for kind in _KINDS for name in kind.model_fields} - FIXED))


@cache
def _reader(field: str) -> TypeAdapter[Any]:
    kind = next(kind for kind in _KINDS if field in kind.model_fields)
    told = kind.model_fields[field]
    return TypeAdapter(told.rebuild_annotation(), config=ConfigDict(strict=True, str_max_length=20_000))


def read(field: str, text: str) -> Any:
    """The value of a field from its text: as it is written, or else as JSON; raises ValueError when it is neither."""
    reader = _reader(field)
    try:
        return reader.validate_json(orjson.dumps(text))
    except ValidationError:
        return reader.validate_json(text)


def told(field: str, value: Any) -> CaseText | None:
    """The text of a value, as `read` reads it."""
    if value is None:
        return None
    if isinstance(value, Erased):
        return Erased[Complainant]()
    plain = _reader(field).dump_python(value, mode="json")
    return plain if isinstance(plain, str) else orjson.dumps(plain).decode()


def corrected(
    receipt: Received | None, form: Registered | None, changes: tuple[FieldChange, ...]
) -> tuple[Received | None, Registered | None, dict[str, Any]]:
    """Receipt and form with the changes in them, and the new values by field."""
    new = {
        change.field: change.new if isinstance(change.new, Erased) else read(change.field, change.new)
        for change in changes
        if change.field in CORRECTABLE
    }
    return _with(receipt, new), _with(form, new), new


R = TypeVar("R", Received, Registered)


def _with(record: R | None, new: dict[str, Any]) -> R | None:
    if record is None:
        return None
    return record.model_copy(
        update={field: value for field, value in new.items() if field in type(record).model_fields}
    )
