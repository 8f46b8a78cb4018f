"""Working out a charge for freight and loss by the rule of the policy; what comes of it is a proposal (S2-50 to S2-53)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from services.capa.topics.answerable import answerable
from shared.complaint.money import Cost
from shared.complaint.state import Complaint
from shared.events.money import AllocationScope, Assessed, ChargeShare, CostAllocationProposed, PartyRole
from shared.events.responsibility import Shares
from shared.events.words import CostKind
from shared.kernel.errors import Invalid, Refused
from shared.kernel.fact import Occasion
from shared.kernel.values import Money
from shared.policy.allocation import Item, Week, assess, shares
from shared.policy.pack import LogisticsAllocation, MoneyRules
from shared.policy.rules import Rules

RULE = "logistics_allocation"
MOST_COSTS, HIGHEST = 100, 10**15
"""What one charge can hold: so many costs, so many minor units."""
_COUNTED = {
    "freight": frozenset({CostKind.FREIGHT}),
    "freight_plus_loss": frozenset({CostKind.FREIGHT, CostKind.LOSS}),
}


def money_rules(complaint: Complaint, occasion: Occasion, rules: Rules) -> tuple[MoneyRules, str]:
    """What the policy of the site says of charges, and which policy that is."""
    policy = rules.policy(complaint.site, occasion.at)
    return policy.pack.money_rules or MoneyRules(), policy.ref


def worked_out(
    complaint: Complaint,
    cost_ids: Sequence[str],
    departments: Shares,
    together_with: Sequence[str],
    occasion: Occasion,
    rules: Rules,
) -> CostAllocationProposed:
    """The shares, as a dry run without a name; refused where the rule is not in effect or cannot be applied (G-MONEY)."""
    money, ref = money_rules(complaint, occasion, rules)
    terms = money.logistics_allocation
    if money.department_level_enabled is not True or terms is None:
        raise Refused(
            f"the policy of {complaint.site} does not share costs among departments", rule="G-MONEY",
            way_out="activate a policy whose money_rules enable it (casetrail policy activate)",
        )  # fmt: skip
    answer = answerable(complaint, departments)
    chosen = _chosen(complaint, cost_ids, terms)
    currency = _one_currency(chosen)
    tiers = terms.tiers_in(currency)
    if not tiers:
        raise Refused(
            f"the policy has no tiers for {currency}, and nothing is converted", rule="G-MONEY", field="cost_ids",
            way_out="add them to the pack, under other_currencies",
        )  # fmt: skip
    if len(chosen) > MOST_COSTS or sum(abs(each.amount.minor) for each in chosen) > HIGHEST:
        raise Refused(
            f"one charge holds at most {MOST_COSTS} costs and {_money(HIGHEST, currency)}", rule="G-MONEY", field="cost_ids",
            way_out="name some of them",
        )  # fmt: skip
    zone = ZoneInfo(rules.site(complaint.site).zone)
    before = _charged_before(complaint, together_with, currency, terms, rules)
    parts = assess(_items(chosen, zone), answer, terms, tiers, before)
    weekly = terms.scope == "department_week"
    base, cost = sum(part.base for part in parts), sum(part.cost for part in parts)
    return CostAllocationProposed(
        charge_id="dry-run", rule_id=RULE, rule_version=ref or "none", scope=AllocationScope(terms.scope),
        cost_ids=tuple(each.cost_id for each in chosen), cost=_money(cost, currency), base=_money(base, currency),
        assessed=tuple(
            Assessed(
                department=part.department, cost_ids=part.cost_ids, week=part.week if weekly else None,
                cost=_money(part.cost, currency), base=_money(part.base, currency),
            )
            for part in parts
        ),
        shares=tuple(
            ChargeShare(department=department, party_role=party, amount=_money(minor, currency))
            for department, share in shares(parts, terms).items()
            for party, minor in ((PartyRole.DEPT_SUPERVISOR, share.supervisor), (PartyRole.RESPONSIBLE_PERSON, share.responsible))
        ),
        company_share=_money(cost - base, currency), together_with=tuple(together_with), dry_run=True,
    )  # fmt: skip


def _chosen(complaint: Complaint, cost_ids: Sequence[str], terms: LogisticsAllocation) -> list[Cost]:
    """The costs that are named, or all that the rule counts and no charge holds yet; what was reversed is left out."""
    counted, money = _COUNTED[terms.base], complaint.money
    for id in cost_ids:
        if (cost := money.costs.get(id)) is None:
            known = ", ".join(money.costs) or "none"
            raise Invalid(f"there is no cost {id!r}", rule="G-MONEY", field="cost_ids", way_out=f"costs: {known}")
        if cost.kind not in counted:
            raise Refused(
                f"{id} is a cost of {cost.kind}, which the rule does not share", rule="G-MONEY", field="cost_ids"
            )
        if (charge := money.charged_by(id)) is not None:
            raise Refused(
                f"{id} stands in charge {charge.charge_id} already", rule="G-MONEY", field="cost_ids",
                way_out="waive that charge first (waive-charge)",
            )  # fmt: skip
    found = [
        cost
        for cost in money.costs.values()
        if cost.amount.minor and cost.kind in counted and money.charged_by(cost.cost_id) is None
        and (not cost_ids or cost.cost_id in cost_ids)
    ]  # fmt: skip
    if not found:
        raise Refused(
            "there is no cost to be shared",
            rule="G-MONEY",
            field="cost_ids",
            way_out="record freight or loss first (record-cost)",
        )
    return found


def _one_currency(costs: Sequence[Cost]) -> str:
    currencies = {cost.amount.currency for cost in costs}
    if len(currencies) > 1:
        raise Refused(
            f"the costs are in {', '.join(sorted(currencies))}: one currency at a time", rule="G-MONEY", field="cost_ids",
            way_out="name the costs of one currency",
        )  # fmt: skip
    return currencies.pop()


def _items(costs: Sequence[Cost], zone: ZoneInfo) -> list[Item]:
    """Freight and loss of one item together; its week is that of its first cost."""
    items: dict[str | None, list[Cost]] = defaultdict(list)
    for cost in costs:
        items[cost.item_id].append(cost)
    found: list[Item] = []
    for id, each in items.items():
        total = sum(cost.amount.minor for cost in each)
        if total < 0:
            raise Refused(
                f"the costs of {f'item {id}' if id else 'the case'} are less than nothing and cannot be shared",
                rule="G-MONEY", field="cost_ids",
            )  # fmt: skip
        first = min(cost.incurred_on or cost.recorded_at.astimezone(zone).date() for cost in each)
        found.append(Item(tuple(cost.cost_id for cost in each), total, _week(first)))
    return found


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def _charged_before(
    complaint: Complaint, others: Sequence[str], currency: str, terms: LogisticsAllocation, rules: Rules
) -> dict[Week, int]:
    """What was put through the tiers of each department's week so far: in this case, and in the others that are named."""
    if terms.scope != "department_week":
        if others:
            raise Refused(
                "the policy charges each item on its own, whatever other cases there are", rule="G-MONEY",
                field="together_with", way_out="leave together_with out",
            )  # fmt: skip
        return {}
    before: dict[Week, int] = defaultdict(int)
    for case in (complaint, *(rules.complaint(id) for id in others if id != complaint.complaint_id)):
        for charge in case.money.live():
            if case.site == complaint.site and isinstance(charge.of, CostAllocationProposed):
                for part in charge.of.assessed:
                    if part.week is not None and part.cost.currency == currency:
                        before[part.department, part.week] += part.cost.minor
    return before


def _money(minor: int, currency: str) -> Money:
    return Money(minor=minor, currency=currency)
