"""The case board: where every complaint stands, who has it, and what is due next."""

from __future__ import annotations

from collections import Counter
from typing import Any

import sqlalchemy as sa

from shared.complaint.state import OPEN
from shared.runtime.case_rows import CaseRows, CaseTable
from shared.runtime.cases import Case
from shared.runtime.pages import Page, page
from shared.runtime.reader import Sites, only

metadata = sa.MetaData()
CASES = CaseTable(metadata, sa.Column("search", sa.Text, nullable=False))
_c = CASES.rows.c
sa.Index("cases_in_order", *CASES.order)
sa.Index("cases_of_site_in_order", _c.site, *CASES.order)

_OPEN = sorted(stage.value for stage in OPEN)
_COUNTS = sa.select(
    _c.site, _c.stage, _c.rank, _c.department, sa.func.count(), sa.func.sum(sa.case((CASES.overdue, 1), else_=0))
).group_by(_c.site, _c.stage, _c.rank, _c.department)


class CaseBoard(CaseRows):
    """One row for each complaint; customers' names are masked, their own words are not."""

    name, version, metadata = "case_board", 4, metadata
    cases = CASES

    def more(self, case: Case) -> dict[str, Any]:
        """What a search looks through, folded for comparison."""
        c = case.complaint
        words = (c.case_no, c.product_model, c.lot_no, c.customer_no, c.external_ref, str(c.description or "")[:160])
        return {"search": "\n".join(word for word in words if word).casefold()}


def search(
    db: sa.Connection,
    *,
    sites: Sites = None,
    stage: str | None = None,
    rank: str | None = None,
    department: str | None = None,
    first_responsible: str | None = None,
    overdue: bool | None = None,
    q: str | None = None,
    limit: int = 100,
    cursor: str | None = None,
) -> Page:
    """Cases, gravest first, then what is due next (overdue before all), then what came first.

    `stage` may also be `open`; `q` looks into number, product, lot, customer number, outside reference and summary.
    """
    query = only(CASES.items, _c.site, sites)
    for column, wanted in ((_c.rank, rank), (_c.department, department), (_c.first_responsible, first_responsible)):
        if wanted is not None:
            query = query.where(column == wanted)
    if stage is not None:
        query = query.where(_c.stage.in_(_OPEN) if stage == "open" else _c.stage == stage)
    if overdue is not None:
        query = query.where(CASES.overdue if overdue else sa.not_(CASES.overdue))
    if q is not None and q.strip():
        query = query.where(_c.search.contains(q.strip().casefold(), autoescape=True))
    return page(db, query, CASES.order, limit, cursor)


def counts(db: sa.Connection, sites: Sites = None, of: str | None = None) -> dict[str, Any]:
    """For the board's header and facets: `stages` and `sites` count all cases, everything else only open ones.

    `of` narrows everything but `sites` to one site.
    """
    stages, by_site, ranks, departments = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    overdue = 0
    for where, stage, rank, department, n, late in db.execute(_COUNTS):
        if sites is not None and where not in sites:
            continue
        by_site[where] += n
        if of not in (None, where):
            continue
        stages[stage] += n
        if stage in _OPEN:
            ranks[rank or "ungraded"] += n
            departments[department or "none"] += n
            overdue += late
    return {
        "total": stages.total(),
        "open": ranks.total(),
        "overdue": overdue,
        "stages": dict(stages),
        "ranks": dict(ranks),
        "departments": dict(departments),
        "sites": dict(by_site),
    }


def find(db: sa.Connection, name: str) -> dict[str, Any] | None:
    """One case by its UUID or its case number, with the same keys as in `search`."""
    found = db.execute(CASES.items.where(sa.or_(_c.complaint_id == name, _c.case_no == name))).mappings().first()
    return None if found is None else dict(found)
