"""The library of finished cases: what was learned, told so that nobody can be recognised (S1-51)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shared.events.complaint import CaseStudyPublished
from shared.kernel.fact import Fact
from shared.kernel.values import rfc3339
from shared.runtime.read_model import ReadModel, on
from shared.runtime.reader import Sites

metadata = sa.MetaData()
STUDIES = sa.Table(
    "studies",
    metadata,
    sa.Column("complaint_id", sa.Text, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("site", sa.Text, nullable=False),
    sa.Column("published_at", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("lesson", sa.Text, nullable=False),
    sa.Column("tags", sa.JSON, nullable=False),
    sa.Column("audience", sa.JSON, nullable=False),  # sites; empty for all
)
_c = STUDIES.c


class CaseStudies(ReadModel):
    """One row for each case of which a lesson was made; a newer one takes the place of an older one."""

    name, version, metadata = "case_studies", 1, metadata

    @on(CaseStudyPublished)
    def keeps(self, fact: Fact[CaseStudyPublished]) -> None:
        """The lesson, without anything that leads to the customer."""
        event = fact.event
        self.db.execute(sa.delete(STUDIES).where(_c.complaint_id == fact.subject_id))
        self.db.execute(
            sa.insert(STUDIES).values(
                complaint_id=fact.subject_id, position=fact.position, site=fact.site,
                published_at=rfc3339(fact.occurred_at), title=event.title, lesson=event.lesson, tags=list(event.tags),
                audience=list(event.audience_sites),
            )
        )  # fmt: skip


def studies(
    db: sa.Connection, sites: Sites = None, *, tag: str | None = None, q: str | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """Lessons meant for these sites (or learned there), the newest first; `q` looks into title and lesson."""
    found: list[dict[str, Any]] = []
    words = None if q is None else q.strip().casefold()
    for row in db.execute(sa.select(STUDIES).order_by(_c.position.desc())):
        meant = sites is None or not row.audience or not {row.site, *row.audience}.isdisjoint(sites)
        if (
            meant
            and (tag is None or tag in row.tags)
            and (not words or words in f"{row.title} {row.lesson}".casefold())
        ):
            found.append({"title": row.title, "lesson": row.lesson, "tags": row.tags, "published_at": row.published_at})
    return found[:limit]
