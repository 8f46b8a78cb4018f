"""Things of the lists: their streams' names, which version holds, and what a price is worth to the rules."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.complaint.fold import INITIAL
from shared.events import reference as e
from shared.events.grading import GradeFacts
from shared.events.reference import ReferenceList, ReferenceRetired, in_normal_form
from shared.kernel.values import Money
from shared.policy.grading import facts_of
from shared.policy.reference import KIND_OF, LISTS, Reference, fold_reference, named_by, stream_for, stream_of
from shared.runtime.codec import Identity, headers, row_from_message, row_of
from tests.examples import example as example_of
from tests.facts import MONDAY, Log

CODES = (
    st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30).map(in_normal_form).filter(bool)
)
KINDS = st.sampled_from(ReferenceList)


@given(KINDS, st.lists(CODES, min_size=1, max_size=2))
@example(ReferenceList.LOTS, ["A1/Pro-2", "2024/03-15 001"])
@example(ReferenceList.LOTS, ["型号 一", "批次／号%2F"])
@example(ReferenceList.PRODUCTS, ["../.."])
@example(ReferenceList.PRODUCTS, ["a-b*>.x"])
def test_any_code_can_be_read_back_from_the_name_of_its_stream(kind: ReferenceList, key: list[str]):
    stream = stream_of(kind, *key)
    assert named_by(stream) == (kind, tuple(key))
    assert stream.isascii() and stream.isprintable() and " " not in stream
    assert stream.partition("-")[0] == "reference"


@given(st.lists(CODES, min_size=2, max_size=2), st.lists(CODES, min_size=2, max_size=2))
@example(["A/B", "C"], ["A", "B/C"])
@example(["A-B", "C"], ["A", "B-C"])
def test_different_codes_never_share_a_stream(one: list[str], other: list[str]):
    same = stream_of(ReferenceList.LOTS, *one) == stream_of(ReferenceList.LOTS, *other)
    assert same == (one == other)


def test_text_as_people_type_it_finds_the_same_stream():
    assert stream_of(ReferenceList.PRODUCTS, "  ABC  2000 ") == stream_of(ReferenceList.PRODUCTS, "ABC 2000")
    decomposed = unicodedata.normalize("NFD", "Größe ü")
    assert stream_of(ReferenceList.PRODUCTS, decomposed) == stream_of(ReferenceList.PRODUCTS, "Größe ü")
    assert stream_of(ReferenceList.PRODUCTS, "abc 2000") != stream_of(ReferenceList.PRODUCTS, "ABC 2000"), "case counts"


@pytest.mark.parametrize(
    "text", [" A1", "A1 ", "A  1", "A\t1", "A\n1", unicodedata.normalize("NFD", "ü"), "", "x" * 101]
)
def test_a_code_is_recorded_in_one_form_alone(text: str):
    with pytest.raises(ValueError):
        e.ProductRecorded(product_model=text, title="x")


def test_a_fact_about_an_odd_code_goes_over_the_wire_whole():
    event = e.LotRecorded(product_model="型号 %2F", lot_no="2024/03-15 “001”", site="sz")
    row = row_of(Log().append(stream_for(event), event, MONDAY, site="sz"))
    assert row_from_message(headers(row, Identity("L1", 1, 2)), row.body) == row


def test_every_list_has_its_event_and_its_codes():
    assert set(LISTS) == set(ReferenceList) == set(KIND_OF.values())
    for kind, listed in LISTS.items():
        item = example_of(listed.event)
        assert named_by(stream_for(item)) == (kind, tuple(getattr(item, name) for name in listed.key))


# ── versions ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def product(price: int | None = None, currency: str = "CNY", model: str = "A1") -> e.ProductRecorded:
    unit_price = None if price is None else Money(minor=price, currency=currency)
    return e.ProductRecorded(product_model=model, title="Earphones", unit_price=unit_price)


RETIRED = ReferenceRetired(kind=ReferenceList.PRODUCTS, code="A1", reason="no longer made")


def folded(events: list[Any]) -> Reference:
    log, state = Log(), Reference()
    for event in events:
        state = fold_reference(state, log.append("reference-products/A1", event, MONDAY))
    return state


@given(st.lists(st.one_of(st.integers(0, 5).map(product), st.just(RETIRED)), max_size=12))
def test_the_version_recorded_last_holds_and_what_was_retired_last_is_out_of_use(events: list[Any]):
    state = folded(events)
    versions = [event for event in events if event is not RETIRED]
    assert state.item == (versions[-1] if versions else None)
    assert state.known == bool(versions)
    assert state.retired == (bool(events) and events[-1] is RETIRED)


def test_a_version_recorded_later_holds_even_when_it_happened_earlier():
    log = Log()
    state = fold_reference(Reference(), log.append("reference-products/A1", product(2), MONDAY))
    earlier = MONDAY.replace(year=2025)
    assert fold_reference(state, log.append("reference-products/A1", product(1), earlier, MONDAY)).item == product(1)


# ── the price ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("recorded", "currency", "said", "counts"),
    [
        (product(1_280_000), "CNY", None, 1_280_000),
        (product(1_280_000), "CNY", 5, 5),
        (product(1_280_000, "JPY"), "CNY", None, None),
        (product(1_280_000), None, None, None),
        (product(), "CNY", None, None),
        (None, "CNY", 7, 7),
    ],
    ids=["the list's", "what is said wins", "another currency", "rules without one", "no price", "nothing listed"],
)
def test_the_price_of_the_list_counts_where_nobody_says_another(
    recorded: Any, currency: str | None, said: int | None, counts: int | None
):
    found = facts_of(INITIAL, GradeFacts(unit_price_minor=said), recorded, currency)
    assert found.unit_price_minor == counts


def test_no_price_is_negative():
    with pytest.raises(ValueError):
        product(-1)
