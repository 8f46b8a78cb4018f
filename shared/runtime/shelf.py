"""Where the read models of an installation are kept: in files of its home, or beside the ledger in its database."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from shared.runtime.cases import Cases
from shared.runtime.read_model import R, Store


class Shelf(Protocol):
    """Gives out stores; closed last."""

    def store(self, model: type[R], ledger: str, cases: Cases) -> Store[R]:
        """To be fed and asked. `ledger` names ledger and epoch."""
        ...

    def read_only(self, model: type[R]) -> Store[R]:
        """To be asked; nothing is made."""
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

    def close(self) -> None:
        """Each file is closed by whoever opened it."""
