"""The book of reviews: what was announced and what was held at each site, and what came of it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shared.events.reviews import ReviewHeld, ReviewScheduled
from shared.kernel.fact import Fact
from shared.kernel.values import rfc3339
from shared.runtime.read_model import ReadModel, on
from shared.runtime.reader import Sites, only

metadata = sa.MetaData()
REVIEWS = sa.Table(
    "reviews", metadata,
    sa.Column("site", sa.Text, primary_key=True),
    sa.Column("review_id", sa.Text, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("planned_at", sa.Text),
    sa.Column("held_at", sa.Text),
    sa.Column("recorded_by", sa.Text, nullable=False),
    sa.Column("told", sa.JSON, nullable=False),
)  # fmt: skip
_c = REVIEWS.c


class ReviewBook(ReadModel):
    """One row for each review, as it was told last."""

    name, version, metadata = "review_book", 1, metadata

    @on(ReviewScheduled)
    def is_announced(self, fact: Fact[ReviewScheduled]) -> None:
        """Nobody has held it yet."""
        self._write(fact, planned_at=rfc3339(fact.event.planned_at))

    @on(ReviewHeld)
    def is_held(self, fact: Fact[ReviewHeld]) -> None:
        """With what was found and decided."""
        mine = sa.and_(_c.site == fact.event.site, _c.review_id == fact.event.review_id)
        planned_at = self.db.execute(sa.select(_c.planned_at).where(mine)).scalar()
        self.db.execute(sa.delete(REVIEWS).where(mine))
        self._write(fact, planned_at=planned_at, held_at=rfc3339(fact.occurred_at))

    def _write(self, fact: Fact[ReviewScheduled] | Fact[ReviewHeld], **values: Any) -> None:
        event = fact.event
        told = event.model_dump(mode="json", exclude={"review_id", "site", "kind", "planned_at"}, exclude_defaults=True)
        self.db.execute(
            sa.insert(REVIEWS).values(
                site=event.site, review_id=event.review_id, position=fact.position, kind=event.kind, told=told,
                recorded_by=fact.actor.id, **values,
            )
        )  # fmt: skip


def reviews(
    db: sa.Connection, sites: Sites, *, kind: str | None, held: bool | None, limit: int
) -> list[dict[str, Any]]:
    """Reviews of these sites, what was recorded last first; only those held, or only those still to come."""
    query = only(sa.select(REVIEWS), _c.site, sites).order_by(_c.position.desc()).limit(limit)
    if kind is not None:
        query = query.where(_c.kind == kind)
    if held is not None:
        query = query.where(_c.held_at.is_not(None) if held else _c.held_at.is_(None))
    rows = db.execute(query).mappings()
    return [
        {**{name: value for name, value in row.items() if name not in ("position", "told")}, **row["told"]}
        for row in rows
    ]
