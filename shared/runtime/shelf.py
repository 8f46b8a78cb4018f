"""Where the read models and notebooks of an installation are kept: in files of its home, or beside the ledger in its database."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from shared.runtime.cases import Cases
from shared.runtime.notebook import Notebook, in_file
from shared.runtime.store import R, Store


class Shelf(Protocol):
    """Gives out stores; closed last."""

    def store(self, model: type[R], ledger: str, cases: Cases) -> Store[R]:
        """To be fed and asked. `ledger` names ledger and epoch."""
        ...

    def read_only(self, model: type[R]) -> Store[R]:
        """To be asked; nothing is made."""
        ...

    def notebook(self, name: str, metadata: sa.MetaData) -> Notebook:
        """Tables of a part's own, made when missing."""
        ...

    def has_turn(self, name: str) -> bool:
        """Whether this process is the one to do what only one of several may do; from now on, if nobody else is."""
        ...

    def close(self) -> None: ...


class FileShelf:
    """A SQLite file for each read model."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def store(self, model: type[R], ledger: str, cases: Cases) -> Store[R]:
        """To be fed and asked."""
        return Store(model, self.directory, ledger, cases)

    def read_only(self, model: type[R]) -> Store[R]:
        """To be asked."""
        return Store[R].read_only(model, self.directory)

    def notebook(self, name: str, metadata: sa.MetaData) -> Notebook:
        """`NAME.sqlite` in the home."""
        return in_file(self.directory.parent / f"{name}.sqlite", metadata)

    def has_turn(self, name: str) -> bool:
        """A part is one process here."""
        return True

    def close(self) -> None:
        """Each file is closed by whoever opened it."""
