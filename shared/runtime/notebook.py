"""Small tables that a part keeps for itself, such as who is signed in and what has been sent. No read models: no fact tells
what stands in them, so they are never built anew."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event as sa_event
from sqlalchemy.exc import DatabaseError

from shared.runtime.damage import is_damage
from shared.runtime.home import StartRefused


class Notebook:
    """Tables of their own, in a file or in a schema; thread-safe. `told` makes a Problem of what the database does not do."""

    def __init__(self, engine: sa.Engine, told: Callable[[], AbstractContextManager[None]] = nullcontext) -> None:
        self.engine, self._told = engine, told

    @property
    def in_a_file(self) -> bool:
        """Nobody else has it open."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def begin(self) -> Generator[sa.Connection]:
        """One transaction: on the disk when it ends."""
        with self._told(), self.engine.begin() as db:
            yield db

    def close(self) -> None:
        """Let go of it."""
        self.engine.dispose()


def in_file(path: Path, metadata: sa.MetaData) -> Notebook:
    """A SQLite file that only its owner can read. Raises StartRefused when it is damaged."""
    engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": 20, "check_same_thread": False})

    @sa_event.listens_for(engine, "connect")
    def settings(connection: Any, record: Any) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # what is lost here would be done once more

    try:
        metadata.create_all(engine)
    except DatabaseError as error:
        if not is_damage(error.orig):
            raise
        raise StartRefused(
            f"{path} is damaged ({error.orig}): put it back from a backup; or move it away, and what stood in it is forgotten"
        ) from error
    path.chmod(0o600)
    return Notebook(engine)
