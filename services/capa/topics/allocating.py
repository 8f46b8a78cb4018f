"""Working out a charge for freight and loss by the rule of the policy; what comes of it is a proposal (S2-50 to S2-53)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from services.capa.topics.answerable import answerable
from shared.complaint.money import Cost
from shared.complaint.state import Complaint
from shared.events.money import (
    AllocationScope,
    Assessed,
    ChargeShare,
    CostAllocationProposed,
    DelayChargeAccrued,
    PartyRole,
)
from shared.events.responsibility import Shares
from shared.events.weeks import WeekCharged, WeekChargeWaived
from shared.events.words import CostKind
from shared.kernel.command import Elsewhere
from shared.kernel.errors import Invalid, Refused
from shared.kernel.fact import Occasion
from shared.kernel.values import Money
from shared.policy.allocation import Item, Week, assess, shares
from shared.policy.pack import LogisticsAllocation, MoneyRules
from shared.policy.rules import Rules
from shared.policy.weeks import stream_of_week

RULE = "logistics_allocation"
Proposal = CostAllocationProposed | DelayChargeAccrued
MOST_COSTS, HIGHEST, MOST_NAMED = 100, 10**15, 50
"""What one charge can hold: so many costs, so many minor units, so many other cases by name."""
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
    items = _items(chosen, zone)
    before = _charged_before(complaint, items, currency, terms, rules)
    parts = assess(items, answer, terms, tiers, _sums(before))
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
        company_share=_money(cost - base, currency), together_with=_others(complaint, before), dry_run=True,
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
    complaint: Complaint, items: Sequence[Item], currency: str, terms: LogisticsAllocation, rules: Rules
) -> list[WeekCharged]:
    """What was put through the tiers of these weeks so far, in whatever case of the site."""
    if terms.scope != "department_week":
        return []
    weeks = sorted({item.week for item in items})
    charged = (one for week in weeks for one in rules.week(complaint.site, week).charged)
    return [one for one in charged if one.cost.currency == currency]


def _sums(before: Sequence[WeekCharged]) -> dict[Week, int]:
    sums: dict[Week, int] = defaultdict(int)
    for one in before:
        sums[one.department, one.week] += one.cost.minor
    return sums


def _others(complaint: Complaint, before: Sequence[WeekCharged]) -> tuple[str, ...]:
    """The other cases that were counted; the stream of the week names them all."""
    return tuple(dict.fromkeys(one.complaint for one in before if one.complaint != complaint.complaint_id))[:MOST_NAMED]


def charged_in_weeks(complaint: Complaint, proposal: Proposal) -> Iterator[Elsewhere]:
    """What is put forward counts in the weeks of its departments, for whichever case is next."""
    if isinstance(proposal, DelayChargeAccrued) or proposal.dry_run:
        return
    for part in proposal.assessed:
        if part.week is not None:
            event = WeekCharged(
                site=complaint.site, week=part.week, complaint=complaint.complaint_id, case_no=complaint.case_no,
                charge_id=proposal.charge_id, department=part.department, cost=part.cost,
            )  # fmt: skip
            yield Elsewhere(stream_of_week(complaint.site, part.week), event)


def waived_in_weeks(complaint: Complaint, of: Proposal) -> Iterator[Elsewhere]:
    """What is waived counts no more."""
    weeks = () if isinstance(of, DelayChargeAccrued) else dict.fromkeys(part.week for part in of.assessed if part.week)
    for week in weeks:
        event = WeekChargeWaived(
            site=complaint.site, week=week, complaint=complaint.complaint_id, case_no=complaint.case_no,
            charge_id=of.charge_id,
        )  # fmt: skip
        yield Elsewhere(stream_of_week(complaint.site, week), event)


def _money(minor: int, currency: str) -> Money:
    return Money(minor=minor, currency=currency)
