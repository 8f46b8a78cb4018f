"""Which stored file belongs to the cases of which sites: so that nobody fetches another site's evidence by its hash."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, get_args

import sqlalchemy as sa
from pydantic import BaseModel

from shared.events.handover import TransferredToSite
from shared.events.reviews import ReviewEvent
from shared.kernel.fact import Event, Fact
from shared.kernel.values import FileRef
from shared.runtime.cases import CASE_EVENTS
from shared.runtime.read_model import ReadModel, on

metadata = sa.MetaData()
FILES = sa.Table(
    "files", metadata, sa.Column("sha256", sa.Text, primary_key=True), sa.Column("site", sa.Text, primary_key=True),
    sa.Column("complaint_id", sa.Text, primary_key=True, index=True),
)  # fmt: skip
_c = FILES.c


@cache
def _kept() -> tuple[sa.Insert, sa.Insert]:
    """A file of a case; the files of a case at another site too."""
    # SQLite understands these two of PostgreSQL's as well; read models are kept in either.
    from sqlalchemy.dialects.postgresql import insert  # with the first file: its drivers are a part of each start

    handed_over = sa.select(_c.sha256, sa.bindparam("to", type_=sa.Text), _c.complaint_id).where(
        _c.complaint_id == sa.bindparam("of")
    )
    columns = ("sha256", "site", "complaint_id")
    return (
        insert(FILES).on_conflict_do_nothing(),
        insert(FILES).from_select(columns, handed_over.distinct()).on_conflict_do_nothing(),
    )


def _names_files(kind: Any) -> bool:
    """Whether anything of this type can hold a stored file."""
    if kind is FileRef:
        return True
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return any(_names_files(field.annotation) for field in kind.model_fields.values())
    return any(_names_files(part) for part in get_args(kind))


WITH_FILES: tuple[type[Event], ...] = tuple(
    kind for kind in (*CASE_EVENTS, *get_args(ReviewEvent)) if _names_files(kind)
)
"""Events that can name a stored file."""


class KeptFiles(ReadModel):
    """One row for each file, site and case; what a review of a site names belongs to its site too."""

    name, version, metadata = "kept_files", 3, metadata

    @on(*WITH_FILES)
    def names(self, fact: Fact[Any]) -> None:
        """The site's cases, or its reviews, hold these files."""
        known = {"site": fact.site, "complaint_id": fact.subject_id}
        if rows := [{"sha256": file.sha256, **known} for file in files_in(fact.event)]:
            self.db.execute(_kept()[0], rows)

    @on(TransferredToSite)
    def shows_them_there(self, fact: Fact[TransferredToSite]) -> None:
        """Whoever is asked to take a case over sees its files too."""
        self.db.execute(_kept()[1], {"to": fact.event.to_site, "of": fact.subject_id})


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
