"""The table by which a stock-take decides a claim: every row of it, with and without tolerance (domain §1.7)."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.complaint.stocktakes import expected, judged, materials_of
from shared.events.disputes import Claim, Counted
from shared.events.triage_words import ClaimDirection, DisputeOutcome

D, O = ClaimDirection, DisputeOutcome  # noqa: E741


def claim(direction: ClaimDirection, quantity: int = 5) -> Claim:
    instead = "M-2" if direction == D.WRONG_ITEM else None
    return Claim(material="M-1", quantity=quantity, direction=direction, instead=instead)


def row(material: str, ledger: int, card: int, physical: int, lineside: int | None = None) -> Counted:
    return Counted(material=material, ledger=ledger, card=card, physical=physical, lineside=lineside)


@pytest.mark.parametrize(
    ("direction", "by_material"),
    [(D.SHORT, {"M-1": 5}), (D.OVER, {"M-1": -5}), (D.WRONG_ITEM, {"M-1": 5, "M-2": -5})],
)
def test_what_stock_would_look_like_if_the_claim_were_true(direction: ClaimDirection, by_material: dict[str, int]):
    assert expected(claim(direction)) == by_material
    assert set(materials_of(claim(direction))) == set(by_material)


TABLE = {
    (True, False): O.QUALITY_PROBLEM,
    (False, True): O.CUSTOMER_INACCURATE,
    (False, False): O.WAREHOUSE_PROBLEM,
    (True, True): O.INCONCLUSIVE,
}
"""Differs as claimed, ledger and card and stock agree → outcome."""


@pytest.mark.requirement("S2-36", "S2-37", "S2-38")
@given(
    direction=st.sampled_from(D), quantity=st.integers(1, 9), tolerance=st.integers(0, 3),
    stock=st.tuples(st.integers(0, 20), st.integers(0, 20)), card=st.tuples(st.integers(0, 20), st.integers(0, 20)),
    lineside=st.integers(0, 3),
)  # fmt: skip
def test_every_count_falls_into_its_row_of_the_table(
    direction: ClaimDirection,
    quantity: int,
    tolerance: int,
    stock: tuple[int, int],
    card: tuple[int, int],
    lineside: int,
):
    wanted = claim(direction, quantity)
    names = materials_of(wanted)
    counted = [row(name, 10, card[n], stock[n], lineside) for n, name in enumerate(names)]
    sought = {D.SHORT: (quantity, 0), D.OVER: (-quantity, 0), D.WRONG_ITEM: (quantity, -quantity)}[direction]
    there = [one.physical + lineside - 10 for one in counted]
    as_claimed = all(abs(variance - sought[n]) <= tolerance for n, variance in enumerate(there))
    agree = all(
        abs(variance) <= tolerance and abs(one.card - 10) <= tolerance
        for variance, one in zip(there, counted, strict=True)
    )
    outcome, found = judged(wanted, counted, tolerance)
    assert outcome == TABLE[as_claimed, agree]
    assert [(one.material, one.variance, one.expected) for one in found] == [
        (name, there[n], sought[n]) for n, name in enumerate(names)
    ]


def test_without_tolerance_a_claim_about_a_quantity_is_never_inconclusive():
    for ledger, card, physical, direction in product(range(12), range(12), range(12), (D.SHORT, D.OVER)):
        outcome, _ = judged(claim(direction), [row("M-1", ledger, card, physical)], 0)
        assert outcome != O.INCONCLUSIVE


@pytest.mark.parametrize(
    ("card", "physical", "outcome"),
    [(10, 10, O.INCONCLUSIVE), (7, 10, O.INCONCLUSIVE), (10, 13, O.WAREHOUSE_PROBLEM), (7, 13, O.WAREHOUSE_PROBLEM)],
)
def test_a_claim_that_is_not_about_a_quantity_is_never_proved_by_counting(
    card: int, physical: int, outcome: DisputeOutcome
):
    assert judged(claim(D.SHORT, 0), [row("M-1", 10, card, physical)], 0)[0] == outcome


def test_a_wrong_item_shows_in_both_materials_or_in_none():
    both = [row("M-1", 10, 10, 15), row("M-2", 10, 10, 5)]
    one = [row("M-1", 10, 10, 15), row("M-2", 10, 10, 10)]
    assert judged(claim(D.WRONG_ITEM), both, 0)[0] == O.QUALITY_PROBLEM
    assert judged(claim(D.WRONG_ITEM), one, 0)[0] == O.WAREHOUSE_PROBLEM
    assert judged(claim(D.WRONG_ITEM), one, 5)[0] == O.INCONCLUSIVE
