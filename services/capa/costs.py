"""The statement of freight and loss, and the charge sheets that came of it, site by site and week by week (S2-44 to S2-46)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from shared.complaint.money import ChargeStatus
from shared.events import complaint as e
from shared.events.organisation import SiteOpened
from shared.events.words import CostKind
from shared.kernel.fact import Fact
from shared.runtime.read_model import ReadModel, on

metadata = sa.MetaData()
_text, _number = sa.Text, sa.BigInteger


def _of_case(*more: sa.Column[Any]) -> list[sa.Column[Any]]:
    return [sa.Column("complaint_id", _text, primary_key=True), *more]


ZONES = sa.Table(
    "zones", metadata, sa.Column("site", _text, primary_key=True), sa.Column("zone", _text, nullable=False)
)
CASES = sa.Table("cases", metadata, *_of_case(sa.Column("case_no", _text, nullable=False)))
COSTS = sa.Table(
    "costs", metadata,
    *_of_case(
        sa.Column("cost_id", _text, primary_key=True), sa.Column("site", _text, nullable=False),
        sa.Column("day", _text, nullable=False), sa.Column("item_id", _text), sa.Column("kind", _text, nullable=False),
        sa.Column("department", _text), sa.Column("currency", _text, nullable=False),
        sa.Column("minor", _number, nullable=False),
    ),
)  # fmt: skip
CHARGES = sa.Table(
    "charges", metadata,
    *_of_case(
        sa.Column("charge_id", _text, primary_key=True), sa.Column("site", _text, nullable=False),
        sa.Column("day", _text, nullable=False), sa.Column("rule", _text, nullable=False),
        sa.Column("status", _text, nullable=False), sa.Column("currency", _text, nullable=False),
        sa.Column("cost", _number), sa.Column("days", _number), sa.Column("amount", _number, nullable=False),
        sa.Column("company", _number, nullable=False), sa.Column("voucher_no", _text),
    ),
)  # fmt: skip
SHARES = sa.Table(
    "shares", metadata,
    *_of_case(
        sa.Column("charge_id", _text, primary_key=True), sa.Column("department", _text, primary_key=True),
        sa.Column("party_role", _text, primary_key=True), sa.Column("amount", _number, nullable=False),
    ),
)  # fmt: skip
SIGNED = sa.Table(
    "signed", metadata,
    *_of_case(
        sa.Column("charge_id", _text, primary_key=True), sa.Column("step", _number, primary_key=True),
        sa.Column("role", _text, nullable=False), sa.Column("person", _text, nullable=False),
        sa.Column("on_behalf_of", _text),
    ),
)  # fmt: skip
sa.Index("costs_of_site", COSTS.c.site, COSTS.c.day)
sa.Index("charges_of_site", CHARGES.c.site, CHARGES.c.day)
_NUMBERED = sa.insert(CASES)


class CostStatement(ReadModel):
    """Costs as corrected, and charges as they stand. Dry runs are left out, and so is who of a department bears what."""

    name, version, metadata = "cost_statement", 1, metadata
    _numbers: list[dict[str, str]]

    def begin(self) -> None:
        self._numbers = []

    def finish(self) -> None:
        """The numbers at once: every case has one, and few have costs."""
        self.write(_NUMBERED, self._numbers)

    @on(SiteOpened)
    def knows_the_zone(self, fact: Fact[SiteOpened]) -> None:
        """A day is the site's day."""
        self.db.execute(sa.insert(ZONES).values(site=fact.event.site, zone=fact.event.zone))

    @on(e.Received)
    def knows_the_number(self, fact: Fact[e.Received]) -> None:
        """Under which people know the case."""
        self._numbers.append({"complaint_id": fact.subject_id, "case_no": fact.event.case_no})

    @on(e.CostRecorded)
    def counts(self, fact: Fact[e.CostRecorded]) -> None:
        """On the day on which it arose; if that is not known, on the day it was recorded."""
        event = fact.event
        day = event.incurred_on.isoformat() if event.incurred_on else self._day(fact.site, fact.occurred_at)
        self.db.execute(
            sa.insert(COSTS).values(
                complaint_id=fact.subject_id, cost_id=event.cost_id, site=fact.site, day=day, item_id=event.item_id,
                kind=event.kind, department=event.department, currency=event.amount.currency, minor=event.amount.minor,
            )
        )  # fmt: skip

    @on(e.CostCorrected)
    def corrects(self, fact: Fact[e.CostCorrected]) -> None:
        """The statement of its day changes; what was stated before is told from the timeline."""
        amount = fact.event.amount
        self.db.execute(
            sa.update(COSTS)
            .where(COSTS.c.complaint_id == fact.subject_id, COSTS.c.cost_id == fact.event.cost_id)
            .values(currency=amount.currency, minor=amount.minor)
        )

    @on(e.CostAllocationProposed)
    def charges(self, fact: Fact[e.CostAllocationProposed]) -> None:
        """Put forward."""
        event = fact.event
        if not event.dry_run:
            shares = [(each.department, each.party_role, each.amount.minor) for each in event.shares]
            self._put_forward(
                fact, shares, rule=event.rule_id, currency=event.cost.currency, cost=event.cost.minor,
                amount=event.base.minor, company=event.company_share.minor,
            )  # fmt: skip

    @on(e.DelayChargeAccrued)
    def charges_delay(self, fact: Fact[e.DelayChargeAccrued]) -> None:
        """Put forward, against the head of the department."""
        event = fact.event
        if not event.dry_run:
            shares = [(event.department, e.PartyRole.DEPT_HEAD, event.amount.minor)]
            self._put_forward(
                fact, shares, rule=event.rule, currency=event.amount.currency, days=event.days, amount=event.amount.minor,
                company=0,
            )  # fmt: skip

    @on(e.StepSigned)
    def is_signed(self, fact: Fact[e.StepSigned]) -> None:
        """A signature on a charge sheet."""
        event = fact.event
        if event.chain == "charge":
            self.db.execute(
                sa.insert(SIGNED).values(
                    complaint_id=fact.subject_id, charge_id=event.of, step=event.step, role=event.role,
                    person=fact.actor.id, on_behalf_of=fact.actor.on_behalf_of,
                )
            )  # fmt: skip

    @on(e.StepReturned)
    def is_returned(self, fact: Fact[e.StepReturned]) -> None:
        """Every signature given so far is void."""
        if fact.event.chain == "charge":
            self.db.execute(
                sa.delete(SIGNED).where(SIGNED.c.complaint_id == fact.subject_id, SIGNED.c.charge_id == fact.event.of)
            )

    @on(e.CostAllocationApproved)
    def is_approved(self, fact: Fact[e.CostAllocationApproved]) -> None:
        """Everybody has signed."""
        self._stands(fact, fact.event.charge_id, status=ChargeStatus.APPROVED)

    @on(e.CostAllocationExecuted)
    def is_executed(self, fact: Fact[e.CostAllocationExecuted]) -> None:
        """Finance has booked it."""
        self._stands(fact, fact.event.charge_id, status=ChargeStatus.EXECUTED, voucher_no=fact.event.voucher_no)

    @on(e.CostAllocationWaived)
    def is_waived(self, fact: Fact[e.CostAllocationWaived]) -> None:
        """The company bears it."""
        self._stands(fact, fact.event.charge_id, status=ChargeStatus.WAIVED)

    def _put_forward(self, fact: Fact[Any], shares: Sequence[tuple[str, str, int]], **values: Any) -> None:
        of = {"complaint_id": fact.subject_id, "charge_id": fact.event.charge_id}
        day = self._day(fact.site, fact.occurred_at)
        self.db.execute(
            sa.insert(CHARGES).values(**of, site=fact.site, day=day, status=ChargeStatus.PROPOSED, **values)
        )
        for department, party, amount in shares:
            self.db.execute(sa.insert(SHARES).values(**of, department=department, party_role=party, amount=amount))

    def _stands(self, fact: Fact[Any], charge_id: str, **values: Any) -> None:
        mine = sa.and_(CHARGES.c.complaint_id == fact.subject_id, CHARGES.c.charge_id == charge_id)
        self.db.execute(sa.update(CHARGES).where(mine).values(**values))

    def _day(self, site: str, at: datetime) -> str:
        zone = self.db.execute(sa.select(ZONES.c.zone).where(ZONES.c.site == site)).scalar()
        return at.astimezone(ZoneInfo(zone or "UTC")).date().isoformat()


def statement(db: sa.Connection, site: str, first: date, last: date) -> dict[str, Any]:
    """Items whose costs arose, and charges that were put forward, from the first day to the last; amounts in minor units."""
    items: dict[tuple[str, str | None, str], dict[str, Any]] = {}
    totals: dict[str, dict[str, int]] = defaultdict(
        lambda: {"freight": 0, "loss": 0, "other": 0, "total": 0, "charged": 0}
    )
    for row in _between(db, COSTS, site, first, last):
        item = items.setdefault(
            (row["complaint_id"], row["item_id"], row["currency"]),
            {
                "complaint_id": row["complaint_id"], "case_no": row["case_no"], "item_id": row["item_id"], "kinds": [],
                "departments": [], "currency": row["currency"], "freight": 0, "loss": 0, "other": 0, "total": 0,
            },
        )  # fmt: skip
        column = row["kind"] if row["kind"] in (CostKind.FREIGHT, CostKind.LOSS) else "other"
        for sum_ in (item, totals[row["currency"]]):
            sum_[column] += row["minor"]
            sum_["total"] += row["minor"]
        _note(item["kinds"], row["kind"])
        _note(item["departments"], row["department"])
    charges: list[dict[str, Any]] = []
    for row in _between(db, CHARGES, site, first, last):
        of = row["complaint_id"], row["charge_id"]
        charges.append({
            **{name: value for name, value in row.items() if name != "site"},
            "shares": _belonging(db, SHARES, *of), "signatures": _belonging(db, SIGNED, *of),
        })  # fmt: skip
        if row["status"] != ChargeStatus.WAIVED:
            totals[row["currency"]]["charged"] += row["amount"]
    return {
        "site": site, "from": first.isoformat(), "to": last.isoformat(), "items": list(items.values()), "charges": charges,
        "totals": dict(totals),
    }  # fmt: skip


def _between(db: sa.Connection, table: sa.Table, site: str, first: date, last: date) -> list[dict[str, Any]]:
    mine = sa.and_(table.c.site == site, table.c.day.between(first.isoformat(), last.isoformat()))
    keys = [CASES.c.case_no, *table.primary_key.columns]
    query = sa.select(CASES.c.case_no, table).join(CASES, CASES.c.complaint_id == table.c.complaint_id).where(mine)
    return [dict(row) for row in db.execute(query.order_by(*keys)).mappings()]


def _belonging(db: sa.Connection, table: sa.Table, complaint_id: str, charge_id: str) -> list[dict[str, Any]]:
    query = sa.select(table).where(table.c.complaint_id == complaint_id, table.c.charge_id == charge_id)
    rows = db.execute(query.order_by(*table.primary_key.columns)).mappings()
    return [{name: value for name, value in row.items() if name not in ("complaint_id", "charge_id")} for row in rows]


def _note(seen: list[str], value: str | None) -> None:
    if value is not None and value not in seen:
        seen.append(value)
