"""The bulk door of the lists, at a real desk: what is there already stays as it is, whatever was recorded before."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake.reference_imports import MOST_ROWS, take_in
from shared.events import organisation as o
from shared.events.reference import ReferenceList, in_normal_form
from shared.kernel.errors import Invalid
from shared.policy.reference import stream_of
from shared.runtime.aggregates import load
from shared.runtime.desk import Desk
from shared.runtime.door import Doorkeeper
from tests.shared.runtime.desks import desk_at, said, saying


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk_at(tmp_path_factory.mktemp("lists")) as desk:
        said(desk, saying("person-p-qi", o.PersonAdded(person="p-qi", name="Qi")))
        said(desk, saying("person-p-qi", o.RoleGranted(person="p-qi", role=o.Role.QUALITY_ENGINEER, site="sz")))
        yield desk


def taken(desk: Desk, kind: ReferenceList, rows: list[dict[str, Any]], by: str = "p-qi") -> dict[str, Any]:
    body = orjson.dumps({"rows": rows})
    return asyncio.run(take_in(Doorkeeper(desk, alone=True), desk.directory.person(by), {}, kind, body))


CODES = (
    st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).map(in_normal_form).filter(bool)
)
LOTS = st.dictionaries(
    st.tuples(CODES, CODES), st.fixed_dictionaries({"shipped_quantity": st.integers(0, 3)}), min_size=1, max_size=12
).map(
    lambda lots: [
        {"row": n, "product_model": model, "lot_no": lot, "site": "sz", **more}
        for n, ((model, lot), more) in enumerate(lots.items(), 2)
    ]
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LOTS, st.randoms(use_true_random=False))
def test_taken_in_again_in_any_order_it_changes_nothing(desk: Desk, lots: list[dict[str, Any]], shuffled: Any):
    first = taken(desk, ReferenceList.LOTS, lots)
    assert (first["imported"] + first["repeated"], first["rejected"]) == (len(lots), [])
    head = desk.ledger.head()
    again = list(lots)
    shuffled.shuffle(again)
    answer = taken(desk, ReferenceList.LOTS, again)
    assert (answer["imported"], answer["repeated"], answer["rejected"]) == (0, len(lots), [])
    assert desk.ledger.head() == head
    for lot in lots:
        loaded = load(desk.ledger, stream_of(ReferenceList.LOTS, lot["product_model"], lot["lot_no"]))
        assert loaded.state.item.shipped_quantity == lot["shipped_quantity"]


def test_new_changed_and_unchanged_are_told_apart(desk: Desk):
    product = {"product_model": "told apart", "title": "Display"}
    assert taken(desk, ReferenceList.PRODUCTS, [product]) | {"position": 0} == {
        "imported": 1, "changed": 0, "repeated": 0, "rejected": [], "position": 0,
    }  # fmt: skip
    answer = taken(
        desk, ReferenceList.PRODUCTS, [{**product, "title": "Screen"}, {"product_model": "one more", "title": "x"}]
    )
    assert (answer["imported"], answer["changed"], answer["repeated"]) == (2, 1, 0)


def test_versions_stand_in_the_order_in_which_they_came(desk: Desk):
    for price in (3, 1, 2):
        unit_price = {"minor": price, "currency": "CNY"}
        taken(desk, ReferenceList.PRODUCTS, [{"product_model": "in order", "title": "x", "unit_price": unit_price}])
    rows = desk.ledger.stream(stream_of(ReferenceList.PRODUCTS, "in order"))
    assert [(row.version, orjson.loads(row.body)["unit_price"]["minor"]) for row in rows] == [(1, 3), (2, 1), (3, 2)]
    assert {row.actor for row in rows} == {"p-qi"}


def test_each_bad_row_is_named_and_spares_its_neighbours(desk: Desk):
    lot = {"product_model": "neighbours", "site": "sz"}
    answer = taken(desk, ReferenceList.LOTS, [
        {"row": 2, **lot, "lot_no": "1"},
        {"row": 3, **lot, "lot_no": " 1"},
        {"row": 4, **lot, "lot_no": "2", "shipped_quantity": 1, "shipped_to": [{"customer_no": "C-1", "quantity": 2}]},
        {"row": 5, "product_model": "neighbours", "lot_no": "3", "site": "mars"},
        {"row": 6, **lot, "lot_no": "4", "colour": "red"},
        {"row": 7, **lot, "lot_no": "5"},
    ])  # fmt: skip
    assert answer["imported"] == 2
    assert sorted((one["row"], one["column"]) for one in answer["rejected"]) == [
        (3, "lot_no"), (4, "shipped_to"), (5, "site"), (6, "colour"),
    ]  # fmt: skip


def test_whoever_may_not_record_is_told_so_row_by_row(desk: Desk):
    answer = taken(desk, ReferenceList.CUSTOMERS, [{"customer_no": "C-1", "customer_name": "x"}], by="p-qi")
    assert answer["imported"] == 0 and "roles" in answer["rejected"][0]["reason"]
    assert (
        taken(desk, ReferenceList.CUSTOMERS, [{"customer_no": "C-1", "customer_name": "x"}], by="p-ana")["imported"]
        == 1
    )


def test_a_batch_has_an_end(desk: Desk):
    with pytest.raises(Invalid):
        taken(desk, ReferenceList.PRODUCTS, [{}] * (MOST_ROWS + 1))


def test_the_lists_burden_nobody_who_keeps_the_organisation_in_memory(desk: Desk):
    before = desk.directory.position
    taken(desk, ReferenceList.PRODUCTS, [{"product_model": f"many {n}", "title": "x"} for n in range(50)])
    assert desk.directory.position == before and desk.ledger.organisation(before) == []


def test_a_decision_finds_a_product_inside_its_transaction(desk: Desk):
    from shared.policy.reference import product_of
    from shared.runtime.rules_now import RulesNow

    taken(desk, ReferenceList.PRODUCTS, [{"product_model": "looked up", "title": "x"}])
    with desk.ledger.writing() as writing:
        found = product_of(RulesNow(desk.known, writing), "looked up")
    assert found is not None and found.title == "x"
