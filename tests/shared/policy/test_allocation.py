"""Sharing a cost: exact to the smallest coin, nothing lost, nothing made up (domain §1.6)."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.words import Department
from shared.policy.allocation import Item, Part, assess, assessable, half_up, parted, shares
from shared.policy.pack import LogisticsAllocation, Tier
from shared.policy.shipped import shipped

_money = shipped()["pack-s2"].money_rules
assert _money is not None and _money.logistics_allocation is not None
S2 = _money.logistics_allocation
D = Department
COST = st.integers(0, 10_000_000)
WEIGHTS = st.lists(st.integers(1, 100), min_size=1, max_size=4)


def terms(**changed: Any) -> LogisticsAllocation:
    return S2.model_copy(update=changed)


def alone(cost: int, week: str = "2024-W20") -> Item:
    return Item(("k1",), cost, week)


def base(parts: tuple[Part, ...]) -> int:
    return sum(part.base for part in parts)


# ── one cost ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("bounds", ["inclusive", "exclusive"])
@pytest.mark.parametrize(
    ("cost", "wanted"), [(0, 0), (10_000, 10_000), (10_001, Fraction(20_001, 2)), (50_000, 30_000)]
)
def test_at_its_bounds_the_rule_has_no_step(bounds: str, cost: int, wanted: Fraction):
    """The printed gaps (100 to 101, 500 to 501) change nothing, whichever tier a bound belongs to."""
    assert assessable(cost, S2.tiers, bounds) == wanted


def test_a_bound_belongs_to_the_lower_tier_unless_the_policy_says_otherwise():
    steep = (Tier.model_validate({"upto": 100, "from": 0, "fixed": 0, "rate": "1"}),
             Tier.model_validate({"upto": None, "from": 100, "fixed": 0, "rate": "1"}))  # fmt: skip
    assert (assessable(100, steep), assessable(100, steep, "exclusive")) == (100, 0)


@given(COST, st.sampled_from(["inclusive", "exclusive"]))
def test_a_higher_cost_is_never_shared_for_less_and_never_by_a_jump(cost: int, bounds: str):
    step = assessable(cost + 1, S2.tiers, bounds) - assessable(cost, S2.tiers, bounds)
    assert 0 < step <= 1


@given(COST)
def test_never_more_than_the_cost_is_shared(cost: int):
    assert 0 <= assessable(cost, S2.tiers) <= cost


def test_less_than_nothing_cannot_be_shared():
    with pytest.raises(ValueError, match="less than nothing"):
        assessable(-1, S2.tiers)


def test_halves_go_up():
    assert [half_up(Fraction(n, 2)) for n in (0, 1, 2, 3)] == [0, 1, 1, 2]


# ── parts ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
@given(COST, WEIGHTS)
def test_parts_add_up_and_are_off_by_less_than_a_coin(amount: int, weights: list[int]):
    parts = parted(amount, weights)
    assert sum(parts) == amount
    assert all(abs(part - Fraction(amount * w, sum(weights))) < 1 for part, w in zip(parts, weights, strict=True))


def test_what_is_left_over_goes_to_the_largest_fraction_then_to_the_first():
    assert parted(100, (1, 1, 1)) == (34, 33, 33)
    assert parted(101, (50, 25, 25)) == (51, 25, 25)
    assert parted(7, (10, 90)) == (1, 6)


@given(st.lists(COST, min_size=1, max_size=5))
def test_item_by_item_is_never_less_than_the_sum_at_once(costs: list[int]):
    """The rates fall, so the level of aggregation is a decision about money (domain §1.6)."""
    each = sum(assessable(cost, S2.tiers) for cost in costs)
    assert each >= assessable(sum(costs), S2.tiers)


@given(COST, WEIGHTS)
def test_to_split_first_is_never_less_than_to_split_afterwards(cost: int, weights: list[int]):
    each = sum(assessable(part, S2.tiers) for part in parted(cost, weights))
    assert each >= assessable(cost, S2.tiers)


# ── the whole ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@given(
    st.lists(st.tuples(COST, st.sampled_from(["2024-W19", "2024-W20"])), min_size=1, max_size=5),
    WEIGHTS,
    st.sampled_from(["item", "department_week"]),
    st.sampled_from(["split_then_tier", "tier_then_split"]),
    st.sampled_from(["item", "department_total"]),
)
def test_shares_and_the_company_add_up_to_the_cost(
    costs: list[tuple[int, str]], weights: list[int], scope: str, multi: str, share_of: str
):
    ours = terms(scope=scope, multi_department=multi, share_of=share_of)
    departments = dict(zip(D, weights, strict=False))
    items = [Item((f"k{n}",), cost, week) for n, (cost, week) in enumerate(costs)]
    parts = assess(items, departments, ours, ours.tiers)
    borne = shares(parts, ours)
    cost = sum(each for each, _ in costs)
    assert sum(part.cost for part in parts) == cost
    assert 0 <= base(parts) <= cost
    assert sum(sum(share) for share in borne.values()) == base(parts)
    assert all(share.supervisor >= 0 and share.responsible >= 0 for share in borne.values())
    assert {id for part in parts for id in part.cost_ids} == {f"k{n}" for n in range(len(costs))}


@given(st.lists(st.integers(1, 100_000), min_size=1, max_size=4))
def test_the_charges_of_a_week_add_up_in_whatever_order_they_come(costs: list[int]):
    weekly = terms(scope="department_week")
    whole = base(assess([alone(sum(costs))], {D.RND: 100}, weekly, S2.tiers))
    for order in permutations(costs):
        before, charged = 0, 0
        for cost in order:
            charged += base(assess([alone(cost)], {D.RND: 100}, weekly, S2.tiers, {(D.RND, "2024-W20"): before}))
            before += cost
        assert charged == whole


def test_departments_share_a_cost_before_or_after_the_tiers():
    both = {D.PRODUCTION: 50, D.RND: 50}
    before = assess([alone(60_000)], both, terms(), S2.tiers)
    after = assess([alone(60_000)], both, terms(multi_department="tier_then_split"), S2.tiers)
    assert [part.base for part in before] == [20_000, 20_000]
    assert [part.base for part in after] == [17_000, 17_000]
    filled = {(D.RND, "2024-W20"): 60_000}
    weekly = terms(multi_department="tier_then_split", scope="department_week")
    assert base(assess([alone(10_000)], both, weekly, S2.tiers, filled)) == 4_000


def test_weeks_are_summed_only_where_the_policy_says_so():
    two = [Item(("k1",), 30_000, "2024-W20"), Item(("k2",), 30_000, "2024-W20"), Item(("k3",), 30_000, "2024-W21")]
    assert [part.base for part in assess(two, {D.RND: 100}, terms(), S2.tiers)] == [20_000, 20_000, 20_000]
    weekly = assess(two, {D.RND: 100}, terms(scope="department_week"), S2.tiers)
    assert [(part.cost_ids, part.base) for part in weekly] == [(("k1", "k2"), 34_000), (("k3",), 20_000)]


def test_the_supervisors_share_is_rounded_for_each_item_or_once():
    two = [Item(("k1",), 3, "2024-W20"), Item(("k2",), 3, "2024-W20")]
    parts = assess(two, {D.RND: 100}, terms(), S2.tiers)
    assert shares(parts, terms())[D.RND] == (2, 4)
    assert shares(parts, terms(share_of="department_total"))[D.RND] == (1, 5)


def test_other_money_has_tiers_of_its_own():
    euro = Tier.model_validate({"upto": None, "from": 0, "fixed": 0, "rate": "1/10"})
    assert terms(other_currencies={"EUR": (euro,)}).tiers_in("EUR") == (euro,)
    assert (S2.tiers_in("CNY"), S2.tiers_in("EUR")) == (S2.tiers, ())
