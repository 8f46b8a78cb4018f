"""Read models for tests, in a file or in a schema of their own: the same tests for both."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from shared.kernel.fact import Fact
from shared.runtime.building import Share, build
from shared.runtime.cases import Cases
from shared.runtime.codec import Row, row_of
from shared.runtime.read_model import ReadModel
from shared.runtime.store import R, Store
from tests.postgres import database_at

KINDS = ("sqlite", "postgres")
_numbers = count(1)


@cache
def _shelf() -> Any:
    from shared.runtime.postgres_store import PostgresShelf

    return PostgresShelf(database_at(Path(f"read models of {os.getpid()}")))


def open_store(kind: str, model: type[R], place: Path, ledger: str, cases: Cases) -> Store[R]:
    """A store at a place; opened there again, it goes on."""
    if kind == "sqlite":
        return Store(model, place, ledger, cases)
    from shared.runtime.postgres_store import PostgresStore

    shelf = _shelf()
    return PostgresStore(model, shelf._writes, shelf._reads, None, ledger, cases, schema_at(place, model))


def feed(store: Store[Any], facts: Sequence[Fact[Any]]) -> None:
    """As a listener does: what was recorded comes as rows."""
    store.apply_rows([row_of(fact) for fact in facts])


def rebuild_in_parts(stores: Sequence[Store[Any]], rows: Sequence[Row], of: int, at_once: int = 11) -> None:
    """As several processes do, one after the other."""
    with ExitStack() as held:
        fresh = [held.enter_context(store.fresh()) for store in stores]
        shares = [Share(number, of) for number in range(of)]
        for share in shares:
            build([store.part(share.number) for store in stores], lambda after: rows[after : after + at_once], share)
        for store, whole in zip(stores, fresh, strict=True):
            whole.take_over([store.part(share.number) for share in shares], len(rows))
            store.swap(whole)


def open_to_read(kind: str, model: type[R], place: Path) -> Store[R]:
    """The same for a process that only asks."""
    if kind == "sqlite":
        return Store.read_only(model, place)
    from shared.runtime.postgres_store import PostgresStore

    return PostgresStore.to_read(model, _shelf()._reads, schema_at(place, model))


def spoil(file: Path, first: int) -> bool:
    """From this byte on it is something else; whether there was anything."""
    with file.open("r+b") as opened:
        left = opened.seek(0, os.SEEK_END) - first
        if left > 0:
            opened.seek(first)
            opened.write(b"\x5a" * left)
    return left > 0


_schemas: dict[tuple[Path, str], str] = {}


def schema_at(place: Path, model: type[ReadModel]) -> str:
    """As `schema_of`, with a number for the place."""
    return _schemas.setdefault((place, model.name), f"read_{model.name}_{model.version}_{next(_numbers)}")


def traces(kind: str, place: Path) -> Sequence[str]:
    """What a rebuild, an aborted one too, must not leave behind."""
    if kind == "sqlite":
        return [path.name for path in place.glob("*.rebuilding*")]
    import sqlalchemy as sa

    schemas = [name for at, name in _schemas.items() if at[0] == place]
    with _shelf()._reads.connect() as db:
        found = db.execute(sa.text("SELECT nspname FROM pg_namespace")).scalars()
        return [name for name in found for schema in schemas if name.startswith((f"{schema}_new", f"{schema}_old"))]
