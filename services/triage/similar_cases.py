"""Open cases that may be the same complaint as another one, for a person to look at; nothing is merged by itself (D5)."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import Any

import sqlalchemy as sa

from shared.complaint.similarity import STRONG, counted, signs_of
from shared.complaint.state import OPEN
from shared.events.triage_words import Sign
from shared.kernel.fact import Fact
from shared.kernel.values import rfc3339
from shared.runtime.case_rows import SUMMARY
from shared.runtime.cases import CASE_EVENTS, Case
from shared.runtime.read_model import ReadModel, on

metadata = sa.MetaData()
CASES = sa.Table(
    "cases", metadata,
    sa.Column("complaint_id", sa.Text, primary_key=True),
    sa.Column("case_no", sa.Text, nullable=False),
    sa.Column("site", sa.Text, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("received_at", sa.Text, nullable=False),
)  # fmt: skip
SIGNS = sa.Table(
    "signs", metadata,
    sa.Column("complaint_id", sa.Text, primary_key=True),
    sa.Column("sign", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, primary_key=True),
)  # fmt: skip
sa.Index("signs_by_value", SIGNS.c.sign, SIGNS.c.value)
_ADD, _ADD_SIGN = sa.insert(CASES), sa.insert(SIGNS)
_DROP = [sa.delete(table).where(table.c.complaint_id == sa.bindparam("id")) for table in (CASES, SIGNS)]


class SimilarCases(ReadModel):
    """One row for each open case, and for each sign that it is known by; of the signs only hashes, so no name stands here."""

    name, version, metadata = "similar_cases", 1, metadata
    _moved: dict[str, Case]

    def begin(self) -> None:
        """These live as long as the transaction."""
        self._moved = {}

    @on(*CASE_EVENTS)
    def moves(self, fact: Fact[Any]) -> None:
        """Fold the fact into its case."""
        self._moved[fact.subject_id] = self.memory.take(fact)

    def finish(self) -> None:
        """Write each case once, however many of its facts came together."""
        if not self._moved:
            return
        for drop in _DROP:
            self.write(drop, [{"id": id} for id in self._moved])
        there = {id: case for id, case in self._moved.items() if case.complaint.stage in OPEN}
        self.write(_ADD, [_row(id, case) for id, case in there.items()])
        signs = [
            {"complaint_id": id, "sign": sign, "value": _hashed(value)}
            for id, case in there.items()
            for sign, values in signs_of(case.complaint).items()
            for value in sorted(values)
        ]
        self.write(_ADD_SIGN, signs)


def _row(id: str, case: Case) -> dict[str, Any]:
    c = case.complaint
    return {
        "complaint_id": id, "case_no": c.case_no, "site": c.site, "stage": c.stage.value,
        "summary": str(c.symptom or c.description or "")[:SUMMARY],
        "received_at": rfc3339(c.received_at) if c.received_at else "",
    }  # fmt: skip


def _hashed(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:32]


def site_of(db: sa.Connection, complaint_id: str) -> str | None:
    """Where the case is open; None when it is not."""
    return db.execute(sa.select(CASES.c.site).where(CASES.c.complaint_id == complaint_id)).scalar()


def similar(db: sa.Connection, complaint_id: str, limit: int = 20) -> list[dict[str, Any]]:
    """Open cases of the same site that share enough with this one to be suspected, the most alike first."""
    mine, theirs, case = SIGNS.alias(), SIGNS.alias(), CASES.alias()
    alike = sa.and_(mine.c.complaint_id == complaint_id, mine.c.sign == theirs.c.sign, mine.c.value == theirs.c.value)
    here = sa.select(CASES.c.site).where(CASES.c.complaint_id == complaint_id).scalar_subquery()
    shared = sa.select(theirs.c.complaint_id, theirs.c.sign).join(mine, alike)
    worth_a_look = (
        shared.with_only_columns(theirs.c.complaint_id)
        .join(case, case.c.complaint_id == theirs.c.complaint_id)
        .where(theirs.c.sign.in_(STRONG), case.c.site == here, theirs.c.complaint_id != complaint_id)
    )
    same: dict[str, set[Sign]] = defaultdict(set)
    for other, sign in db.execute(shared.where(theirs.c.complaint_id.in_(worth_a_look))):
        same[other].add(Sign(sign))
    found = {id: likeness for id, signs in same.items() if (likeness := counted(signs)).suspicious}
    first = sorted(found, key=lambda id: (-found[id].score, id))[:limit]
    asked = sa.select(CASES).where(CASES.c.complaint_id.in_(first))
    rows = {row["complaint_id"]: row for row in db.execute(asked).mappings()}
    return [{**rows[id], "score": found[id].score, "same": list(found[id].same)} for id in first]
