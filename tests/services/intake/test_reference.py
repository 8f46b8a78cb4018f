"""What is decided about departments, posts, customers, products, lots and failure codes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from services.intake.reference import (
    COMMAND,
    DefineDepartment,
    RecordCustomer,
    RecordLot,
    RecordProduct,
    RetireReference,
    decide,
    stream_for,
)
from services.intake.wiring import REFERENCE
from shared.events.reference import (
    CustomerRecorded,
    LotRecorded,
    ProductRecorded,
    Recorded,
    ReferenceList,
    ReferenceRetired,
    Shipment,
)
from shared.kernel.command import Command
from shared.kernel.errors import Forbidden, Invalid, Problem, Refused, Unknown
from shared.kernel.fact import Actor, Event, Occasion
from shared.policy.access import who_may
from shared.policy.reference import Reference, fold_reference
from tests.facts import MONDAY, Log
from tests.given import World


@dataclass
class Given:
    """Something of a list after its versions, and who asks."""

    past: tuple[Event, ...] = ()
    roles: tuple[str, ...] = field(default=("quality_head", "customer_service"))

    def when(self, command: Command, *roles: str) -> list[Any]:
        log, state = Log(), Reference()
        for event in self.past:
            state = fold_reference(state, log.append("reference-x", event, MONDAY))
        occasion = Occasion(Actor("p-ana", roles or self.roles), MONDAY, MONDAY, "k1", "k1")
        return list(decide(state, command, occasion, World()))  # pyright: ignore[reportArgumentType]

    def refused(
        self, command: Command, kind: type[Problem], rule: str | None, name: str | None = None, *roles: str
    ) -> None:
        with pytest.raises(kind) as said:
            self.when(command, *roles)
        assert type(said.value) is kind and (said.value.rule, said.value.field) == (rule, name)


def given(*past: Event) -> Given:
    return Given(past)


STARSEA: dict[str, Any] = {"customer_no": "C-1001", "customer_name": "星海科技有限公司"}
LOT: dict[str, Any] = {"product_model": "ABC-2000", "lot_no": "20240315001", "site": "sz"}
TO_STARSEA = Shipment(customer_no="C-1001", quantity=250)


# ── versions ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_first_time_it_is_recorded():
    assert given().when(RecordCustomer(**STARSEA)) == [CustomerRecorded(**STARSEA)]


def test_the_same_again_changes_nothing():
    assert given(CustomerRecorded(**STARSEA)).when(RecordCustomer(**STARSEA)) == []


def test_whatever_differs_is_a_new_version():
    changed = {**STARSEA, "segment": "key account"}
    assert given(CustomerRecorded(**STARSEA)).when(RecordCustomer(**changed)) == [CustomerRecorded(**changed)]


def test_what_was_left_out_is_no_longer_so():
    before = CustomerRecorded(**STARSEA, segment="key account")
    assert given(before).when(RecordCustomer(**STARSEA)) == [CustomerRecorded(**STARSEA)]


def test_back_to_an_earlier_version_is_a_version_too():
    one, two = CustomerRecorded(**STARSEA), CustomerRecorded(**STARSEA, segment="retail")
    assert given(one, two).when(RecordCustomer(**STARSEA)) == [one]


# ── out of use ────────────────────────────────────────────────────────────────────────────────────────────────────────
GONE: dict[str, Any] = {"kind": ReferenceList.PRODUCTS, "code": "ABC-1900", "reason": "no longer made"}
PRODUCT = ProductRecorded(product_model="ABC-1900", title="Display")


def test_it_is_retired_with_a_reason():
    assert given(PRODUCT).when(RetireReference(**GONE)) == [ReferenceRetired(**GONE)]


def test_what_was_never_recorded_is_not_there_to_be_retired():
    given().refused(RetireReference(**GONE), Unknown, None, "code")
    given().refused(RetireReference(**GONE), Forbidden, "G-SITE", None, "customer_service")


def test_it_is_retired_once():
    given(PRODUCT, ReferenceRetired(**GONE)).refused(RetireReference(**GONE), Refused, "G-REFERENCE", "code")


def test_recorded_again_it_is_back_even_unchanged():
    again = RecordProduct(product_model="ABC-1900", title="Display")
    assert given(PRODUCT, ReferenceRetired(**GONE)).when(again) == [PRODUCT]


def test_whoever_may_not_record_it_may_not_retire_it():
    given(PRODUCT).refused(RetireReference(**GONE), Forbidden, "G-SITE", None, "customer_service")
    assert given(PRODUCT).when(RetireReference(**GONE), "quality_engineer")


def test_a_lot_is_retired_at_its_site_alone():
    wish = RetireReference(
        kind=ReferenceList.LOTS, code=LOT["lot_no"], product_model="ABC-2000", site="dd", reason="scrapped"
    )
    given(LotRecorded(**LOT)).refused(wish, Invalid, "G-REFERENCE", "site")
    assert given(LotRecorded(**LOT)).when(wish.model_copy(update={"site": "sz"}))


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"kind": "lots", "code": "1", "site": "sz"}, "product_model"),
        ({"kind": "lots", "code": "1", "product_model": "A1"}, "site"),
        ({"kind": "posts", "code": "1"}, "site"),
        ({"kind": "customers", "code": "1", "site": "sz"}, "site"),
        ({"kind": "products", "code": "1", "product_model": "A1"}, "product_model"),
    ],
)
def test_what_shall_be_retired_is_named_by_what_tells_it_apart(fields: dict[str, Any], name: str):
    wish = RetireReference(**{**fields, "kind": ReferenceList(fields["kind"]), "reason": "x"})
    with pytest.raises(Invalid) as said:
        stream_for(wish)
    assert (said.value.rule, said.value.field) == ("G-REFERENCE", name)


def test_what_is_retired_is_what_was_recorded():
    lot = RetireReference(
        kind=ReferenceList.LOTS, code="20240315001", product_model="ABC-2000", site="sz", reason="scrapped"
    )
    assert stream_for(lot) == stream_for(RecordLot(**LOT))
    product = RetireReference(kind=ReferenceList.PRODUCTS, code="ABC-1900", reason="x")
    assert stream_for(product) == stream_for(RecordProduct(product_model="ABC-1900", title="x"))


# ── lots ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_customers_got_no_more_of_a_lot_than_was_shipped():
    given().refused(
        RecordLot(**LOT, shipped_quantity=249, shipped_to=(TO_STARSEA,)), Invalid, "G-SHIPPED", "shipped_to"
    )
    for shipped in (250, 400, None):
        assert given().when(RecordLot(**LOT, shipped_quantity=shipped, shipped_to=(TO_STARSEA,)))


def test_another_site_does_not_take_a_lot_over():
    elsewhere = RecordLot(**{**LOT, "site": "dd"})
    given(LotRecorded(**LOT)).refused(elsewhere, Refused, "G-REFERENCE", "site")
    retired = ReferenceRetired(
        kind=ReferenceList.LOTS, code="20240315001", product_model="ABC-2000", site="sz", reason="wrong site"
    )
    assert given(LotRecorded(**LOT), retired).when(elsewhere) == [LotRecorded(**{**LOT, "site": "dd"})]


def test_two_products_may_number_their_lots_alike():
    assert stream_for(RecordLot(**LOT)) != stream_for(RecordLot(**{**LOT, "product_model": "ABC-2100"}))


# ── departments ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_head_of_a_department_is_somebody():
    fields: dict[str, Any] = {"site": "sz", "code": "PD-1", "title": "Assembly"}
    given().refused(DefineDepartment(**fields, head="p-nobody"), Invalid, "G-PERSON", "head")
    assert given().when(DefineDepartment(**fields, head="p-bo"))


# ── who and where ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_whoever_records_anything_is_admitted_to_retire():
    for command in COMMAND.values():
        assert set(who_may(command)) <= set(who_may(RetireReference))


def test_every_list_has_a_command_and_a_route_of_its_name():
    assert set(COMMAND) == set(ReferenceList)
    assert {handles.path for handles in REFERENCE} == {f"reference/{kind}" for kind in ReferenceList} | {
        "reference/retire"
    }
    recorded = {kind.__mro__[1] for kind in COMMAND.values()}
    assert recorded == set(Recorded.__args__)
