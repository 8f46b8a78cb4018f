"""Who bears which part of freight and loss, to the smallest coin: whole minor units and exact fractions, never a float.

Pure arithmetic over the terms of a policy (S2-50 to S2-53, domain §1.6). Shares and what the company bears always add up
to the cost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import NamedTuple

from shared.events.words import Department
from shared.policy.pack import LogisticsAllocation, Tier

Week = tuple[Department, str]


@dataclass(frozen=True)
class Item:
    """What is taken as one: its costs together, in minor units, and the week in which they arose (2024-W20)."""

    cost_ids: tuple[str, ...]
    cost: int
    week: str


class Part(NamedTuple):
    """A department's part of an item (or of a week), and the base that the tiers make of it."""

    department: Department
    cost_ids: tuple[str, ...]
    week: str
    cost: int
    base: int


class Shares(NamedTuple):
    """What the people of one department bear."""

    supervisor: int
    responsible: int


def assessable(cost: int, tiers: Sequence[Tier], bounds: str = "inclusive") -> Fraction:
    """The base A(c), exact. `bounds` says whether a tier holds its upper bound too. ValueError below nothing."""
    if cost < 0:
        raise ValueError("less than nothing cannot be shared")
    for tier in tiers:
        if tier.upto is None or cost < tier.upto or (cost == tier.upto and bounds == "inclusive"):
            return tier.fixed + (cost - tier.from_) * Fraction(tier.rate)
    raise ValueError("no tier is open to the top")


def half_up(exact: Fraction) -> int:
    """To the nearest minor unit; halves go up."""
    return floor(exact + Fraction(1, 2))


def parted(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """An amount by weights, in parts that add up to it; what is left over goes to the largest fractions, then to the first."""
    total = sum(weights)
    exact = [Fraction(amount * weight, total) for weight in weights]
    parts = [floor(each) for each in exact]
    by_fraction = sorted(range(len(exact)), key=lambda n: (parts[n] - exact[n], n))
    for n in by_fraction[: amount - sum(parts)]:
        parts[n] += 1
    return tuple(parts)


def assess(
    items: Sequence[Item],
    departments: Mapping[Department, int],
    terms: LogisticsAllocation,
    tiers: Sequence[Tier],
    before: Mapping[Week, int] | None = None,
) -> tuple[Part, ...]:
    """Everything that goes through the tiers. `departments` are parts of the responsibility, by weight.

    With scope `department_week` a week is one sum. What was charged of it `before`, in other cases, has filled the lower
    tiers already: so the charges of a week add up to that of its sum, in whatever order they come.
    """
    weekly = terms.scope == "department_week"
    earlier: Mapping[Week, int] = before if weekly and before is not None else {}
    parts: list[Part] = []
    for item in _by_week(items) if weekly else items:
        costs = parted(item.cost, tuple(departments.values()))
        if terms.multi_department == "split_then_tier":
            bases = tuple(
                _added(earlier.get((department, item.week), 0), cost, terms, tiers)
                for department, cost in zip(departments, costs, strict=True)
            )
        else:
            of_all = sum(cost for (_, week), cost in earlier.items() if week == item.week)
            bases = parted(_added(of_all, item.cost, terms, tiers), tuple(departments.values()))
        parts += [Part(d, item.cost_ids, item.week, c, b) for d, c, b in zip(departments, costs, bases, strict=True)]
    return tuple(parts)


def shares(parts: Sequence[Part], terms: LogisticsAllocation) -> dict[Department, Shares]:
    """Supervisor and responsible persons of each department: his share rounds half up, theirs is what remains of the base."""
    share = Fraction(terms.supervisor_share)
    bases: dict[Department, list[int]] = defaultdict(list)
    for part in parts:
        bases[part.department].append(part.base)
    found: dict[Department, Shares] = {}
    for department, each in bases.items():
        rounded = [sum(each)] if terms.share_of == "department_total" else each
        supervisor = sum(half_up(share * base) for base in rounded)
        found[department] = Shares(supervisor, sum(each) - supervisor)
    return found


def _added(before: int, cost: int, terms: LogisticsAllocation, tiers: Sequence[Tier]) -> int:
    """What the tiers make of a cost on top of what came before."""
    return half_up(assessable(before + cost, tiers, terms.bounds)) - half_up(assessable(before, tiers, terms.bounds))


def _by_week(items: Sequence[Item]) -> list[Item]:
    weeks: dict[str, Item] = {}
    for item in items:
        so_far = weeks.get(item.week, Item((), 0, item.week))
        weeks[item.week] = Item((*so_far.cost_ids, *item.cost_ids), so_far.cost + item.cost, item.week)
    return list(weeks.values())
