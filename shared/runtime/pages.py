"""Long lists in pages: a cursor names the last row seen, so that rows that come or go meanwhile shift nothing."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

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
    names = [*map(str, found.keys())][:width]  # SQLAlchemy's own kind of text is slow to serialise
    rows = [tuple(row) for row in found]
    items = [dict(zip(names, row[:width], strict=True)) for row in rows[:limit]]
    more = rows[limit - 1][width:] if len(rows) > limit > 0 else None
    return Page(items, None if more is None else urlsafe_b64encode(orjson.dumps(more)).decode())


def _read(cursor: str, keys: Sequence[sa.Column[Any]]) -> list[sa.BindParameter[Any]]:
    try:
        values: Any = orjson.loads(urlsafe_b64decode(cursor))
    except ValueError:
        values = None
    given = cast("list[Any]", values) if isinstance(values, list) else []
    if len(given) != len(keys) or not all(map(_fits, given, keys)):
        raise Invalid(
            "this cursor does not belong to this list",
            rule="G-CURSOR",
            field="cursor",
            way_out="take next_cursor as it was given",
        )
    return [sa.literal(value, key.type) for value, key in zip(given, keys, strict=True)]


def _fits(value: object, key: sa.Column[Any]) -> bool:
    """Of the column's kind, and such as every database can compare."""
    if isinstance(value, str):
        return key.type.python_type is str and "\0" not in value
    return type(value) is int and key.type.python_type is int and abs(value) < 2**31
