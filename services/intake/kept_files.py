"""Which stored file belongs to the cases of which sites: so that nobody fetches another site's evidence by its hash."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import sqlalchemy as sa
from pydantic import BaseModel

from shared.kernel.fact import Event, Fact
from shared.kernel.values import FileRef
from shared.runtime.cases import CASE_EVENTS
from shared.runtime.read_model import ReadModel, on

metadata = sa.MetaData()
FILES = sa.Table(
    "files", metadata, sa.Column("sha256", sa.Text, primary_key=True), sa.Column("site", sa.Text, primary_key=True)
)
_KEEP = sa.text("INSERT INTO files (sha256, site) VALUES (:sha256, :site) ON CONFLICT DO NOTHING")


def _names_files(kind: Any) -> bool:
    """Whether anything of this type can hold a stored file."""
    if kind is FileRef:
        return True
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return any(_names_files(field.annotation) for field in kind.model_fields.values())
    return any(_names_files(part) for part in get_args(kind))


WITH_FILES: tuple[type[Event], ...] = tuple(kind for kind in CASE_EVENTS if _names_files(kind))
"""Events that can name a stored file."""


class KeptFiles(ReadModel):
    """One row for each file and site."""

    name, version, metadata = "kept_files", 1, metadata

    @on(*WITH_FILES)
    def names(self, fact: Fact[Any]) -> None:
        """The site's cases hold these files."""
        if rows := [{"sha256": file.sha256, "site": fact.site} for file in files_in(fact.event)]:
            self.db.execute(_KEEP, rows)


def files_in(value: object) -> Iterator[FileRef]:
    """Every stored file that an event names, however deep."""
    if isinstance(value, FileRef):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from files_in(getattr(value, name))
    elif isinstance(value, tuple):
        for part in value:  # pyright: ignore[reportUnknownVariableType]
            yield from files_in(part)  # pyright: ignore[reportUnknownArgumentType]


def sites_of(db: sa.Connection, sha256: str) -> frozenset[str]:
    """The sites whose cases name the file; empty while no case does."""
    return frozenset(site for (site,) in db.execute(sa.select(FILES.c.site).where(FILES.c.sha256 == sha256)))
