"""The lists: searched, held against what a case says, asked who got a lot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.intake.reference_lists import ReferenceLists, matched, search, shipments, streams_of
from shared.events import reference as e
from shared.events.reference import ReferenceList, ReferenceRetired, Shipment
from shared.events.words import Category
from shared.kernel.fact import Fact
from shared.kernel.personal import Erased
from shared.kernel.values import Money
from shared.policy.reference import stream_for, stream_of
from shared.runtime.store import Store
from tests.facts import MONDAY, Log

LOT = "20240315001"


@pytest.fixture(scope="module")
def facts() -> list[Fact[Any]]:
    log = Log()

    def happened(*items: Any) -> None:
        for item in items:
            log.append(stream_for(item), item, MONDAY, site=getattr(item, "site", ""))

    def retired(kind: ReferenceList, code: str) -> None:
        log.append(stream_of(kind, code), ReferenceRetired(kind=kind, code=code, reason="gone"), MONDAY)

    happened(
        e.ProductRecorded(product_model="ABC-2000", title="Display", title_zh="显示器", family="displays",
                          unit_price=Money(minor=1_280_000, currency="CNY")),
        e.ProductRecorded(product_model="A1", title="Earphones"),
        e.ProductRecorded(product_model="型号 一/二", title="Odd"),
        e.CustomerRecorded(customer_no="C-1", customer_name="星海科技有限公司", segment="key account"),
        e.CustomerRecorded(customer_no="C-2", customer_name="张伟", natural_person=True),
        e.CustomerRecorded(customer_no="C-3", customer_name=Erased()),
        e.LotRecorded(product_model="ABC-2000", lot_no=LOT, site="sz", shipped_quantity=400, shipped_to=(
            Shipment(customer_no="C-1", quantity=200), Shipment(customer_no="C-2", quantity=50),
            Shipment(customer_no="C-1", quantity=50), Shipment(customer_no="C-99", quantity=10))),
        e.LotRecorded(product_model="A1", lot_no=LOT, site="dd", shipped_to=(Shipment(customer_no="C-1", quantity=7),)),
        e.DepartmentDefined(site="sz", code="PD", title="Production"),
        e.DepartmentDefined(site="dd", code="PD", title="Fertigung"),
        e.PostDefined(site="sz", code="SMT-07", title="Oven", department_code="PD"),
        e.FailureCodeRecorded(code="DSP-01", category=Category.HARDWARE_FAILURE, title="Screen garbled", title_zh="花屏"),
    )  # fmt: skip
    log.noise()
    retired(ReferenceList.PRODUCTS, "A1")
    happened(
        e.LotRecorded(product_model="A1", lot_no=LOT, site="dd", shipped_to=(Shipment(customer_no="C-1", quantity=8),))
    )
    retired(ReferenceList.FAILURE_CODES, "DSP-01")
    happened(e.FailureCodeRecorded(code="DSP-01", category=Category.HARDWARE_FAILURE, title="Screen garbled"))
    return log.facts


@pytest.fixture
def db(build: Callable[..., Store[Any]], facts: list[Fact[Any]]) -> Any:
    with build(ReferenceLists, facts).reading() as db:
        yield db


def codes(db: sa.Connection, kind: ReferenceList, **asked: Any) -> list[str]:
    return [item["code"] for item in search(db, kind, **asked).items]


def test_the_same_facts_make_the_same_rows(same_rows: Callable[..., None], facts: list[Fact[Any]]):
    same_rows(ReferenceLists, facts)


def test_a_list_holds_what_is_in_use_by_code(db: sa.Connection):
    assert codes(db, ReferenceList.PRODUCTS) == ["ABC-2000", "型号 一/二"]
    assert codes(db, ReferenceList.PRODUCTS, retired=True) == ["A1"]
    assert codes(db, ReferenceList.PRODUCTS, retired=None) == ["A1", "ABC-2000", "型号 一/二"]
    assert codes(db, ReferenceList.FAILURE_CODES) == ["DSP-01"], "recorded again, it is back"


@pytest.mark.parametrize(
    ("kind", "q", "found"),
    [
        (ReferenceList.PRODUCTS, "abc", ["ABC-2000"]),
        (ReferenceList.PRODUCTS, "显示", ["ABC-2000"]),
        (ReferenceList.PRODUCTS, "DISPLAYS", ["ABC-2000"]),
        (ReferenceList.PRODUCTS, "%", []),
        (ReferenceList.CUSTOMERS, "星海", ["C-1"]),
        (ReferenceList.CUSTOMERS, "key", ["C-1"]),
        (ReferenceList.CUSTOMERS, "张伟", []),
        (ReferenceList.LOTS, "a1", [LOT]),
    ],
)
def test_a_search_looks_into_codes_titles_families_and_segments(
    db: sa.Connection, kind: ReferenceList, q: str, found: list[str]
):
    assert codes(db, kind, q=q) == found


def test_a_site_sees_its_own_and_what_belongs_to_all(db: sa.Connection):
    assert [item["title"] for item in search(db, ReferenceList.DEPARTMENTS, sites={"dd"}).items] == ["Fertigung"]
    assert codes(db, ReferenceList.CUSTOMERS, sites={"dd"}) == ["C-1", "C-2", "C-3"]


def test_a_list_is_told_in_pages(db: sa.Connection):
    first = search(db, ReferenceList.CUSTOMERS, limit=2)
    second = search(db, ReferenceList.CUSTOMERS, limit=2, cursor=first.next_cursor)
    assert [item["code"] for item in (*first.items, *second.items)] == ["C-1", "C-2", "C-3"]
    assert second.next_cursor is None


def test_of_a_natural_person_only_the_first_letter_is_shown(db: sa.Connection):
    shown = {item["code"]: item for item in search(db, ReferenceList.CUSTOMERS).items}
    assert [shown[code]["title"] for code in ("C-1", "C-2", "C-3")] == ["星海科技有限公司", "张*", "[erased]"]
    assert "伟" not in repr(shown)


def test_a_code_that_several_share_leads_to_all_of_them(db: sa.Connection):
    assert len(streams_of(db, ReferenceList.LOTS, LOT)) == 2
    assert len(streams_of(db, ReferenceList.LOTS, LOT, product_model="A1")) == 1
    assert len(streams_of(db, ReferenceList.DEPARTMENTS, "PD", {"sz"})) == 1
    assert streams_of(db, ReferenceList.LOTS, "nothing") == []


# ── what a case says ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_what_matches_is_known(db: sa.Connection):
    found = matched(db, customer_no="C-1", product_model=" ABC-2000", lot_no=LOT)
    assert {name: (one["known"], one["retired"]) for name, one in found.items()} == {
        "customer_no": (True, False), "product_model": (True, False), "lot_no": (True, False),
    }  # fmt: skip
    assert found["product_model"]["title_zh"] == "显示器"


def test_what_matches_nothing_is_flagged_with_what_it_may_mean(db: sa.Connection):
    found = matched(db, product_model="abc-2000", lot_no="lost")
    assert (found["product_model"]["known"], found["product_model"]["similar"]) == (False, ["ABC-2000"])
    assert (found["lot_no"]["known"], found["lot_no"]["similar"]) == (False, [])
    assert matched(db) == {}, "what a case does not say is neither known nor unknown"


def test_a_lot_of_another_product_is_not_the_lot_of_this_one(db: sa.Connection):
    found = matched(db, product_model="型号 一/二", lot_no=LOT)["lot_no"]
    assert (found["known"], found["of_products"]) == (False, ["A1", "ABC-2000"])
    assert matched(db, lot_no=LOT)["lot_no"]["known"], "without a product any will do"


def test_hints_name_nothing_of_sites_that_are_not_asked_for(db: sa.Connection):
    assert matched(db, product_model="型号 一/二", lot_no=LOT, sites={"dd"})["lot_no"]["of_products"] == ["A1"]
    assert matched(db, product_model="ABC-2000", lot_no=LOT, sites={"dd"})["lot_no"]["known"], "wherever it was made"


def test_what_is_retired_is_known_and_marked(db: sa.Connection):
    found = matched(db, product_model="A1")["product_model"]
    assert (found["known"], found["retired"]) == (True, True)


def test_a_number_that_many_products_share_is_found_all_the_same(build: Callable[..., Store[Any]]):
    log = Log()
    for number in range(30):
        lot = e.LotRecorded(product_model=f"M{number:02}", lot_no="1", site="sz")
        log.append(stream_for(lot), lot, MONDAY)
    with build(ReferenceLists, log.facts).reading() as db:
        assert matched(db, product_model="M29", lot_no="1")["lot_no"]["known"]
        assert not matched(db, product_model="M30", lot_no="1")["lot_no"]["known"]


# ── recall ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_who_got_a_lot_is_told_by_product(db: sa.Connection):
    earphones, display = shipments(db, [LOT])
    assert (display["product_model"], display["shipped_quantity"], display["customers_count"]) == ("ABC-2000", 400, 3)
    assert display["unaccounted"] == 90
    assert [(one["customer_no"], one["customer_name"], one["quantity"]) for one in display["customers"]] == [
        ("C-1", "星海科技有限公司", 200), ("C-2", "张*", 50), ("C-1", "星海科技有限公司", 50), ("C-99", None, 10),
    ]  # fmt: skip
    assert (earphones["shipped_quantity"], earphones["unaccounted"]) == (8, 0), (
        "the latest version; its sum, if nothing else is told"
    )


def test_a_lot_may_be_asked_for_by_its_product(db: sa.Connection):
    assert [one["product_model"] for one in shipments(db, [LOT, "other"], "A1")] == ["A1"]
    assert shipments(db, ["other"]) == []


def test_lots_of_other_sites_are_not_told_of(db: sa.Connection):
    assert [one["site"] for one in shipments(db, [LOT], sites={"dd"})] == ["dd"]
    assert shipments(db, [LOT], sites={"mty"}) == []
