"""Long lists in pages: a cursor names the last row seen, so that rows that come or go meanwhile shift nothing."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from shared.kernel.errors import Invalid


@dataclass(frozen=True)
class Page:
    """Some rows, and where the next ones begin; `next_cursor` is None on the last page."""

    items: list[dict[str, Any]]
    next_cursor: str | None


def page(
    db: sa.Connection, query: sa.Select[Any], keys: Sequence[sa.Column[Any]], limit: int, cursor: str | None = None
) -> Page:
    """The rows of a query in the order of its keys (not null, together unique). Raises Invalid for a foreign cursor."""
    if cursor is not None:
        query = query.where(sa.tuple_(*keys) > sa.tuple_(*_read(cursor, keys)))
    width = len(query.selected_columns)
    found = db.execute(query.add_columns(*keys).order_by(*keys).limit(limit + 1))
    names = list(found.keys())[:width]
    rows = [tuple(row) for row in found]
    items = [dict(zip(names, row[:width], strict=True)) for row in rows[:limit]]
    more = rows[limit - 1][width:] if len(rows) > limit > 0 else None
    return Page(items, None if more is None else urlsafe_b64encode(orjson.dumps(more)).decode())


def _read(cursor: str, keys: Sequence[sa.Column[Any]]) -> list[sa.BindParameter[Any]]:
    try:
        values = orjson.loads(urlsafe_b64decode(cursor))
    except ValueError:
        values = None
    kinds = [key.type.python_type for key in keys]
    if not isinstance(values, list) or [type(value) for value in values] != kinds:  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType]
        raise Invalid("this cursor does not belong to this list", field="cursor", way_out="take next_cursor as it was given")
    return [sa.literal(value, key.type) for value, key in zip(values, keys, strict=True)]  # pyright: ignore[reportUnknownArgumentType,reportUnknownVariableType]
