"""A customer is paid what was approved, and no more (S4-60, S4-61)."""

from __future__ import annotations

from shared.complaint.state import Complaint
from shared.kernel.errors import Refused
from shared.kernel.fact import Occasion
from shared.kernel.values import Money
from shared.policy.chains import steps_of
from shared.policy.rules import Rules

CHAIN = "handling_report"
"""The chain of the policy at whose end finance pays (S4-60)."""


def not_more_than_approved(complaint: Complaint, total: Money, occasion: Occasion, rules: Rules, field: str) -> None:
    """Refused where more is paid, in all, than what stands approved.

    A site whose policy wants no signatures, in a case in which nobody has approved anything, goes by what was agreed.
    """
    money = complaint.money
    if not money.compensations and not steps_of(complaint, CHAIN, occasion, rules):
        return
    approved = money.approved(total.currency)
    if total.minor > approved.minor:
        raise Refused(
            f"{total} in all is more than the {approved} that was approved", rule="G-MONEY", field=field,
            way_out="let the rest be approved first (approve-compensation)",
        )  # fmt: skip
