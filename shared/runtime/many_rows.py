"""One statement for very many rows: SQLAlchemy writes its text once, the driver takes the rows.

`Connection.execute` works out the parameters of each row anew, which costs more than the database does (measured: for rows of
25 columns half of the time that writing them takes).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.dml import UpdateBase

Row = Mapping[str, Any]


def write_many(db: sa.Connection, statement: UpdateBase, rows: Sequence[Row]) -> None:
    """Rows all name the same parameters: the columns of an insert, the bound names of an update or delete."""
    if rows:
        here: Mapping[None, str] = db.get_execution_options().get("schema_translate_map") or {}
        text, taken = _prepared(statement, db.dialect, tuple(rows[0]), here.get(None))
        db.exec_driver_sql(text, taken(rows))


def write_tuples(
    db: sa.Connection, statement: sa.Insert, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> None:
    """The same for rows that have their values in the order of these columns, whose types the driver takes as they are."""
    if rows:
        here: Mapping[None, str] = db.get_execution_options().get("schema_translate_map") or {}
        text, _ = _prepared(statement, db.dialect, names, here.get(None))
        # SQLAlchemy names the columns of an insert in the order of the table, which is theirs.
        db.exec_driver_sql(
            text, list(rows) if db.dialect.positional else [dict(zip(names, row, strict=True)) for row in rows]
        )


@lru_cache(256)
def _prepared(
    statement: UpdateBase, dialect: sa.Dialect, names: tuple[str, ...], schema: str | None
) -> tuple[str, Callable[[Sequence[Row]], list[Any]]]:
    compiled = statement.compile(
        dialect=dialect,
        column_keys=list(names) if isinstance(statement, sa.Insert) else None,
        schema_translate_map={None: schema},
        render_schema_translate=True,
    )
    bound = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in compiled.binds.items()}
    # Drivers take True and False as they are.
    made = {
        name: make for name, make in bound.items() if make and not isinstance(compiled.binds[name].type, sa.Boolean)
    }
    places = None if compiled.positiontup is None else tuple(compiled.positiontup)

    def taken(rows: Sequence[Row]) -> list[Any]:
        if made:
            rows = [{**row, **{name: make(row[name]) for name, make in made.items()}} for row in rows]
        if places is None:
            return list(rows)
        return [tuple([row[name] for name in places]) for row in rows]

    return str(compiled), taken
