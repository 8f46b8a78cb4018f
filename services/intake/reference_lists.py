"""The lists of reference data: searched, chosen from in forms, held against what a case says, asked who got a lot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import sqlalchemy as sa

from shared.events import reference as e
from shared.events.reference import Recorded, ReferenceList, in_normal_form
from shared.kernel.fact import Fact
from shared.kernel.personal import Erased, masked
from shared.kernel.values import rfc3339
from shared.policy.reference import KIND_OF, LISTS
from shared.runtime.pages import Page, page
from shared.runtime.read_model import ReadModel, on
from shared.runtime.reader import Sites

metadata = sa.MetaData()
S = TypeVar("S", bound="sa.Select[*tuple[Any, ...]]")
_text, _whole, _flag = sa.Text, sa.Integer, sa.Boolean
ITEMS = sa.Table(
    "items",
    metadata,
    sa.Column("stream", _text, primary_key=True),
    sa.Column("kind", _text, nullable=False),
    sa.Column("code", _text, nullable=False),
    sa.Column("product_model", _text),  # of a lot; of a product, its own
    sa.Column("site", _text),
    sa.Column("title", _text, nullable=False),
    sa.Column("title_zh", _text),
    sa.Column("retired", _flag, nullable=False),
    sa.Column("version", _whole, nullable=False),
    sa.Column("recorded_at", _text, nullable=False),
    sa.Column("last_position", sa.BigInteger, nullable=False),
    sa.Column("details", sa.JSON, nullable=False),
    sa.Column("folded", _text, nullable=False),
    sa.Column("search", _text, nullable=False),
)
SHIPMENTS = sa.Table(
    "shipments",
    metadata,
    sa.Column("stream", _text, primary_key=True),
    sa.Column("number", _whole, primary_key=True),
    sa.Column("customer_no", _text, nullable=False),
    sa.Column("quantity", _whole, nullable=False),
    sa.Column("shipped_on", _text),
)
_i, _s = ITEMS.c, SHIPMENTS.c
sa.Index("items_in_order", _i.kind, _i.code, _i.stream)
sa.Index("items_as_typed", _i.kind, _i.folded)
_HIDDEN = {"stream", "folded", "search"}
_SHOWN = sa.select(*(column for column in _i if column.name not in _HIDDEN))
_DROP = [sa.delete(table).where(table.c.stream == sa.bindparam("of")) for table in (ITEMS, SHIPMENTS)]
_RETIRE = (
    sa.update(ITEMS)
    .where(_i.stream == sa.bindparam("of"))
    .values({_i.retired: True, _i.version: sa.bindparam("v"), _i.recorded_at: sa.bindparam("at"),
             _i.last_position: sa.bindparam("p")})
)  # fmt: skip


class ReferenceLists(ReadModel):
    """One row for each thing, as its latest version has it; of natural persons' names only the first letter."""

    name, version, metadata = "reference_lists", 1, metadata
    _latest: dict[str, Fact[Recorded]]
    _retired: dict[str, Fact[e.ReferenceRetired]]

    def begin(self) -> None:
        """Fifty thousand lots arrive in a minute: rows are written once, with the transaction."""
        self._latest, self._retired = {}, {}

    @on(e.DepartmentDefined, e.PostDefined, e.CustomerRecorded, e.ProductRecorded, e.LotRecorded, e.FailureCodeRecorded)
    def has_a_version(self, fact: Fact[Recorded]) -> None:
        """The latest one holds; recorded again, it is back in use."""
        self._latest[fact.stream] = fact
        self._retired.pop(fact.stream, None)

    @on(e.ReferenceRetired)
    def is_retired(self, fact: Fact[e.ReferenceRetired]) -> None:
        """It stays in the lists, marked."""
        self._retired[fact.stream] = fact

    def finish(self) -> None:
        """Rows anew for whatever has a new version, then the marks."""
        if self._latest:
            for drop in _DROP:
                self.db.execute(drop, [{"of": stream} for stream in self._latest])
            self.db.execute(sa.insert(ITEMS), [_row(fact) for fact in self._latest.values()])
            if shipped := [row for fact in self._latest.values() for row in _shipments(fact)]:
                self.db.execute(sa.insert(SHIPMENTS), shipped)
        if self._retired:
            self.db.execute(_RETIRE, [
                {"of": stream, "v": fact.version, "at": rfc3339(fact.recorded_at), "p": fact.position}
                for stream, fact in self._retired.items()
            ])  # fmt: skip


def shown(item: Recorded) -> dict[str, Any]:
    """What a list may show of a version: all of it, but of a natural person's name only the first letter."""
    told = item.model_dump(mode="json")
    if isinstance(item, e.CustomerRecorded) and (item.natural_person or isinstance(item.customer_name, Erased)):
        told["customer_name"] = masked(item.customer_name)
    return told


def _row(fact: Fact[Recorded]) -> dict[str, Any]:
    kind = KIND_OF[type(fact.event)]
    told = shown(fact.event)
    code = str(told[LISTS[kind].key[-1]])
    title = str(told.get("title") or told.get("customer_name") or told.get("product_model"))
    own = {"site", "product_model", "title", "title_zh", "shipped_to"}
    words = (code, title, told.get("title_zh"), told.get("product_model"), told.get("family"), told.get("segment"))
    return {
        "stream": fact.stream,
        "kind": kind.value,
        "code": code,
        "product_model": told.get("product_model"),
        "site": told.get("site"),
        "title": title,
        "title_zh": told.get("title_zh"),
        "retired": False,
        "version": fact.version,
        "recorded_at": rfc3339(fact.recorded_at),
        "last_position": fact.position,
        "details": {name: value for name, value in told.items() if name not in own and value is not None},
        "folded": code.casefold(),
        "search": "\n".join(str(word) for word in words if word).casefold(),
    }


def _shipments(fact: Fact[Any]) -> list[dict[str, Any]]:
    return [
        {
            "stream": fact.stream, "number": number, "customer_no": each.customer_no, "quantity": each.quantity,
            "shipped_on": each.shipped_on.isoformat() if each.shipped_on else None,
        }
        for number, each in enumerate(getattr(fact.event, "shipped_to", ()), 1)
    ]  # fmt: skip


def _of(sites: Sites, query: S) -> S:
    """What belongs to one of these sites, and what belongs to none."""
    return query if sites is None else query.where(sa.or_(_i.site.is_(None), _i.site.in_(sorted(sites))))


# ── queries ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def search(
    db: sa.Connection,
    kind: ReferenceList,
    *,
    q: str | None = None,
    sites: Sites = None,
    product_model: str | None = None,
    retired: bool | None = False,
    limit: int = 100,
    cursor: str | None = None,
) -> Page:
    """A list by code, of these sites and of none. `q` looks into codes, titles, families and segments."""
    query = _of(sites, _SHOWN.where(_i.kind == kind.value))
    if product_model is not None:
        query = query.where(_i.product_model == in_normal_form(product_model))
    if retired is not None:
        query = query.where(_i.retired == retired)
    if q is not None and q.strip():
        query = query.where(_i.search.contains(in_normal_form(q).casefold(), autoescape=True))
    return page(db, query, (_i.code, _i.stream), limit, cursor)


def streams_of(
    db: sa.Connection, kind: ReferenceList, code: str, sites: Sites = None, product_model: str | None = None
) -> list[str]:
    """The streams of everything in a list that has this code: several lots or posts may share one."""
    query = _of(sites, sa.select(_i.stream).where(_i.kind == kind.value, _i.code == in_normal_form(code)))
    if product_model is not None:
        query = query.where(_i.product_model == in_normal_form(product_model))
    return list(db.execute(query.order_by(_i.stream)).scalars())


def matched(
    db: sa.Connection,
    *,
    customer_no: str | None = None,
    product_model: str | None = None,
    lot_no: str | None = None,
    sites: Sites = None,
) -> dict[str, dict[str, Any]]:
    """What a case says, held against the lists: for each thing it names, whether that is known, and what it may mean.

    Never stored: a list that comes later makes known what was not. A lot counts as known, wherever it was made, when it
    is one of the product that the case names, or when the case names no product. Hints come from these sites alone.
    """
    found: dict[str, dict[str, Any]] = {}
    if customer_no is not None:
        found["customer_no"] = _match(db, ReferenceList.CUSTOMERS, customer_no, sites)
    if product_model is not None:
        found["product_model"] = _match(db, ReferenceList.PRODUCTS, product_model, sites)
    if lot_no is not None:
        found["lot_no"] = _match(db, ReferenceList.LOTS, lot_no, sites, product_model)
    return found


_NEAR = (
    sa.select(_i.code, _i.product_model)
    .where(_i.kind == sa.bindparam("of"), _i.folded == sa.bindparam("typed"))
    .order_by(_i.code, _i.stream)
    .limit(20)
)


def _match(
    db: sa.Connection, kind: ReferenceList, text: str, sites: Sites, product: str | None = None
) -> dict[str, Any]:
    typed = in_normal_form(text)
    query = sa.select(_i.title, _i.title_zh, _i.retired).where(_i.kind == kind.value, _i.code == typed)
    if product is not None:
        query = query.where(_i.product_model == in_normal_form(product))
    hit = db.execute(query.order_by(_i.retired, _i.stream).limit(1)).first()
    near: list[Any] = []
    if hit is None:
        near += db.execute(_of(sites, _NEAR), {"of": kind.value, "typed": typed.casefold()})
    return {
        "given": text,
        "known": hit is not None,
        "retired": bool(hit and hit.retired),
        "title": hit.title if hit else None,
        "title_zh": hit.title_zh if hit else None,
        "similar": sorted({row.code for row in near if row.code != typed}),
        "of_products": sorted({row.product_model for row in near if row.code == typed}),
    }


def shipments(
    db: sa.Connection, lots: Sequence[str], product_model: str | None = None, sites: Sites = None
) -> list[dict[str, Any]]:
    """For a recall: each of the lots with what was shipped of it, to whom, and how much of that nobody has told."""
    codes = [in_normal_form(lot) for lot in lots]
    query = _of(sites, sa.select(ITEMS).where(_i.kind == ReferenceList.LOTS.value, _i.code.in_(codes)))
    if product_model is not None:
        query = query.where(_i.product_model == in_normal_form(product_model))
    names = sa.select(_i.code, _i.title).where(_i.kind == ReferenceList.CUSTOMERS.value).subquery()
    found: list[dict[str, Any]] = []
    for lot in db.execute(query.order_by(_i.code, _i.product_model)).mappings().all():
        rows = db.execute(
            sa.select(_s.customer_no, names.c.title.label("customer_name"), _s.quantity, _s.shipped_on)
            .outerjoin_from(SHIPMENTS, names, names.c.code == _s.customer_no)
            .where(_s.stream == lot["stream"])
            .order_by(_s.number)
        )
        customers = [dict(row) for row in rows.mappings()]
        told = sum(each["quantity"] for each in customers)
        shipped = lot["details"].get("shipped_quantity")
        found.append({
            "lot_no": lot["code"], "product_model": lot["product_model"], "site": lot["site"],
            "produced_on": lot["details"].get("produced_on"), "shipped_quantity": told if shipped is None else shipped,
            "customers": customers, "customers_count": len({each["customer_no"] for each in customers}),
            "unaccounted": 0 if shipped is None else shipped - told,
        })  # fmt: skip
    return found
