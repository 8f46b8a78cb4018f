"""How much two cases have in common."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.complaint.similarity import LEAST, STRONG, WEIGHTS, counted, similarity
from shared.complaint.state import Complaint
from shared.events.triage_words import Sign
from shared.events.words import Category
from shared.kernel.personal import Erased
from tests.facts import received, registered

SOME = st.sampled_from((None, "A", " a", "B"))
CASES = st.builds(
    Complaint, lot_no=SOME, failure_mode=SOME, product_model=SOME, customer_no=SOME, customer_name=SOME,
    category=st.sampled_from((None, *Category)),
)  # fmt: skip


@given(CASES, CASES)
def test_likeness_goes_both_ways_and_lies_between_nothing_and_everything(one: Complaint, other: Complaint):
    assert similarity(one, other) == similarity(other, one)
    assert 0 <= similarity(one, other).score <= similarity(one, one).score <= 100


def test_a_case_of_which_everything_is_known_is_wholly_like_itself():
    case = Complaint(
        lot_no="L", failure_mode="f", product_model="P", customer_no="C", category=Category.OTHER, external_ref="4711",
        receipt=received().model_copy(update={"serial_nos": ("S-1",)}),
    )  # fmt: skip
    assert similarity(case, case).score == 100 <= sum(WEIGHTS.values())
    assert set(similarity(case, case).same) == set(Sign)


def test_nothing_known_is_nothing_in_common():
    assert similarity(Complaint(), Complaint()).score == 0
    erased = Complaint(customer_name=Erased())
    assert similarity(erased, erased).score == 0, "two who were erased are not the same one"


@pytest.mark.parametrize(
    ("shared", "enough"),
    [
        ({"lot_no": "L"}, True),
        ({"failure_mode": "f", "product_model": "P"}, True),
        ({"customer_no": "C", "product_model": "P"}, False),
        ({"customer_no": "C", "category": Category.OTHER}, False),
        ({"failure_mode": "f"}, False),
        ({"external_ref": "4711", "customer_no": "C"}, True),
        ({"external_ref": "4711"}, False),
    ],
)
def test_one_lot_or_the_same_failure_of_the_same_product_is_enough_to_look(shared: dict[str, Any], enough: bool):
    assert similarity(Complaint(**shared), Complaint(**shared)).suspicious == enough
    assert LEAST == 40


def test_one_unit_that_two_cases_name_is_enough_wherever_it_was_written_down():
    told = Complaint(receipt=received().model_copy(update={"serial_nos": ("S-1", "S-2")}))
    on_the_form = Complaint(form=registered().model_copy(update={"serial_nos": ("s-2 ",)}))
    assert similarity(told, on_the_form).same == (Sign.SERIAL_NO,) and similarity(told, on_the_form).suspicious
    assert not similarity(told, Complaint(form=registered().model_copy(update={"serial_nos": ("S-3",)}))).same


def test_without_a_strong_sign_nothing_is_suspected():
    assert not counted(set(Sign) - STRONG).suspicious
    assert all(WEIGHTS[sign] > max(WEIGHTS[weak] for weak in set(Sign) - STRONG) for sign in STRONG)
