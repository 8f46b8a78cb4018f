"""Working out a charge for delay from the clocks of a case; what comes of it is a proposal (S2-47, S2-48)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from services.capa.topics.allocating import money_rules
from services.capa.topics.answerable import department_of
from shared.clocks.state import Clock, Clocks, ClockStatus
from shared.complaint.state import Complaint
from shared.events.money import DelayChargeAccrued, DelayRule
from shared.events.words import Department
from shared.kernel.errors import Refused
from shared.kernel.fact import Occasion
from shared.kernel.values import Money
from shared.policy.delay import Delay, late_days
from shared.policy.rules import Rules

MOST_DAYS, MOST_CLOCKS = 4_000, 200
CLAUSES = {
    DelayRule.PLAN_LATE: frozenset({"action_plan", "CL-PLAN"}),
    DelayRule.EXECUTION_LATE: frozenset({"action", "CL-ACTION"}),
}
"""The promises that each rule looks at, under either name."""


def accrued(
    complaint: Complaint, rule: DelayRule, asked: Department | None, dry_run: bool, occasion: Occasion, rules: Rules
) -> DelayChargeAccrued:
    """The days and the sum, without a name; refused where the rule is not in effect, or nothing was late (G-MONEY).

    One charge for each rule and department in a case; a day that stands in the department's other charge is left out.
    """
    money, ref = money_rules(complaint, occasion, rules)
    terms = money.delay_charge
    if money.delay_charge_enabled is not True or terms is None:
        raise Refused(
            f"the policy of {complaint.site} charges nobody for delay", rule="G-MONEY",
            way_out="activate a policy whose money_rules enable it (delay_charge_enabled)",
        )  # fmt: skip
    department = asked or complaint.department
    if department is None:
        raise Refused("the case belongs to no department yet", rule="G-MONEY", field="department")
    taken: set[date] = set()
    for charge in complaint.money.live():
        if isinstance(charge.of, DelayChargeAccrued) and charge.of.department == department:
            if charge.of.rule == rule:
                raise Refused(
                    f"{department} stands in charge {charge.charge_id} for this already", rule="G-MONEY", field="rule",
                    way_out="one charge for each department in a case; waive it first (waive-charge)",
                )  # fmt: skip
            taken.update(charge.of.days_late)
    calendar = rules.calendar(rules.site(complaint.site).calendar)
    days: set[date] = set()
    clocks: list[str] = []
    for clock, delay, goes_on in _delays(
        complaint, rules.clocks(complaint.complaint_id), rule, department, terms.stop_at, occasion
    ):
        if goes_on and not dry_run:
            raise Refused(
                f"{clock.clock_id} is still late: a delay is charged once, when it is over", rule="G-MONEY",
                way_out="try it out meanwhile (dry_run)",
            )  # fmt: skip
        if late := set(late_days(calendar, terms.day_count, delay)) - taken:
            days |= late
            clocks.append(clock.clock_id)
    if not days:
        raise Refused(f"{department} was not late by a day that counts", rule="G-MONEY", field="rule")
    if len(days) > MOST_DAYS or len(clocks) > MOST_CLOCKS:
        raise Refused("this is more than one charge can hold", rule="G-MONEY", field="rule")
    minor = terms.plan_late_per_day if rule == DelayRule.PLAN_LATE else terms.execution_late_per_day
    return DelayChargeAccrued(
        charge_id="dry-run", rule=rule, rule_version=ref or "none", department=department, days=len(days),
        days_late=tuple(sorted(days)), per_day=Money(minor=minor, currency=terms.currency),
        amount=Money(minor=minor * len(days), currency=terms.currency), clock_ids=tuple(clocks), dry_run=dry_run,
    )  # fmt: skip


def _delays(
    complaint: Complaint, clocks: Clocks, rule: DelayRule, department: Department, stop_at: str, occasion: Occasion
) -> Iterator[tuple[Clock, Delay, bool]]:
    """The broken promises of a department, and whether each is still being broken. A promise that was cancelled is left out."""
    mine = [
        clock
        for clock in clocks.clocks.values()
        if clock.clause in CLAUSES[rule] and _is_of(complaint, clock, department)
    ]
    for clock in mine:
        if clock.status == ClockStatus.CANCELLED:
            continue
        done_at = clock.met_at
        if rule == DelayRule.PLAN_LATE and stop_at == "approved" and clock is mine[-1] and done_at is not None:
            approved = complaint.plan_approved_at
            done_at = approved if approved is not None and approved >= done_at else None
        until = done_at or clock.paused_since or occasion.at
        if clock.due_at < until:
            yield clock, Delay(clock.due_at, until, clock.pauses), done_at is None


def _is_of(complaint: Complaint, clock: Clock, department: Department) -> bool:
    action_id = clock.clock_id.rpartition("/")[0].partition(":")[2]
    action = complaint.actions.get(action_id)
    return action is None or department_of(complaint, action) == department
