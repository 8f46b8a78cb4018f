"""My work: every duty of every case and of every site, gravest first, then what is due next (S1-53, S3-45)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.insight.duties import Duty, duties_of, duties_of_site
from shared.clocks.duties import Duties, duties_stream
from shared.complaint.fold import INITIAL
from shared.complaint.state import Complaint
from shared.kernel.changed import changed
from shared.kernel.fact import Fact
from shared.kernel.values import Rank, rfc3339
from shared.runtime.case_rows import NEVER, SUMMARY
from shared.runtime.cases import CASE_EVENTS, Case
from shared.runtime.read_model import ReadModel, on
from shared.runtime.reader import Sites, only

metadata = sa.MetaData()
DUTIES = sa.Table(
    "duties", metadata,
    sa.Column("complaint_id", sa.Text, nullable=False, index=True),
    sa.Column("case_no", sa.Text, nullable=False),
    sa.Column("site", sa.Text, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("rank", sa.Text),
    sa.Column("grade", sa.Text),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("duty", sa.Text, nullable=False),
    sa.Column("part", sa.Text, nullable=False),
    sa.Column("person", sa.Text, index=True),
    sa.Column("asks", sa.Text, nullable=False),
    sa.Column("never", sa.Text, nullable=False),
    sa.Column("due", sa.Text),
    sa.Column("begins", sa.Text, nullable=False),
    sa.Column("by_rank", sa.Integer, nullable=False),
    sa.Column("by_due", sa.Text, nullable=False),
)  # fmt: skip
_c = DUTIES.c
_ORDER = (_c.by_rank, _c.by_due, _c.case_no, _c.duty, _c.part)
sa.Index("duties_in_order", _c.duty, _c.site, *_ORDER)
_ADD = sa.insert(DUTIES)
_DELETE = sa.delete(DUTIES).where(_c.complaint_id == sa.bindparam("id"))
BEGUN = ""
"""What is to be done since ever."""
Mine = Mapping[str, Mapping[str, Collection[str] | None]]
"""Duty → site → what it may ask for there; None for whatever it asks."""


class MyWork(ReadModel):
    """One row for each duty. Rows of a case, or of a site, are made anew whenever it moves."""

    name, version, metadata = "my_work", 2, metadata
    of_sites = True

    _moved: dict[str, Case]
    _owed: dict[str, Duties]

    def begin(self) -> None:
        """These live as long as the transaction."""
        self._moved, self._owed = {}, {}

    @on(*CASE_EVENTS)
    def moves(self, fact: Fact[Any]) -> None:
        """Fold the fact into its case, or into what its site owes."""
        if fact.kind == "duties":
            self._owed[fact.subject_id] = self.memory.duties.take(fact)
        else:
            self._moved[fact.subject_id] = self.memory.take(fact)

    def finish(self) -> None:
        """Write each case and each site once, however many of its facts came together."""
        self.write(
            _DELETE, [*({"id": id} for id in self._moved), *({"id": duties_stream(site)} for site in self._owed)]
        )
        self.write(_ADD, [
            *(_row(id, case.complaint, duty) for id, case in self._moved.items() for duty in duties_of(case)),
            *(
                _row(duties_stream(site), changed(INITIAL, site=site), duty)
                for site, owed in self._owed.items()
                for duty in duties_of_site(owed)
            ),
        ])  # fmt: skip


def _row(id: str, c: Complaint, duty: Duty) -> dict[str, Any]:
    """Of a site's own duty the case says nothing but the site."""
    due = None if duty.due is None else rfc3339(duty.due)
    return {
        "complaint_id": id, "case_no": c.case_no, "site": duty.site or c.site,
        "stage": c.stage.value, "rank": c.rank, "grade": c.grade,
        "summary": str(c.symptom or c.description or "")[:SUMMARY], "duty": duty.duty, "part": duty.part,
        "person": duty.person, "asks": duty.asks, "never": "".join(f",{who}," for who in sorted(duty.never)), "due": due,
        "begins": BEGUN if duty.begins is None else rfc3339(duty.begins),
        "by_rank": int(c.rank or Rank.MINOR), "by_due": due or NEVER,
    }  # fmt: skip


def counts(
    db: sa.Connection, person: str, mine: Mine, sites: Sites = None, now: datetime | None = None
) -> dict[str, int]:
    """How many duties of each kind somebody has at these sites; with `now`, of those that have begun."""
    query = only(sa.select(_c.duty, sa.func.count()).where(_is_mine(person, mine), _begun(now)), _c.site, sites)
    found = db.execute(query.group_by(_c.duty))
    return {row[0]: row[1] for row in found}


def waiting(
    db: sa.Connection, person: str, mine: Mine, duties: Collection[str], limit: int, sites: Sites = None,
    now: datetime | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Somebody's duties of these kinds, gravest first, then what is due next; with `now`, of those that have begun."""
    query = sa.select(DUTIES).where(_is_mine(person, mine), _begun(now), _c.duty.in_(duties))
    query = only(query, _c.site, sites).order_by(*_ORDER, _c.site).limit(limit)
    return [dict(row) for row in db.execute(query).mappings()]


def _begun(now: datetime | None) -> sa.ColumnElement[bool]:
    return sa.true() if now is None else _c.begins <= rfc3339(now)


def _is_mine(person: str, mine: Mine) -> sa.ColumnElement[bool]:
    """By name, if it is asked of that part in a chain; or nobody's by name, and mine to do at that site."""
    anybodys = [
        sa.and_(_c.duty == duty, _c.site == site, sa.true() if asks is None else _c.asks.in_(asks))
        for duty, sites in mine.items()
        for site, asks in sites.items()
    ]
    asked = sa.or_(sa.false(), *anybodys)
    by_name = sa.and_(_c.person == person, sa.or_(_c.asks == "", asked))
    return sa.and_(
        sa.or_(by_name, sa.and_(_c.person.is_(None), asked)), sa.not_(_c.never.contains(f",{person},", autoescape=True))
    )
