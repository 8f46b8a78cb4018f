"""Money of a case: what it cost, who is to bear which part, and what the customer is paid (domain §1.6).

Whatever is worked out here is a proposal on paper. Nobody's pay is touched, and persons are named only where a site has
its law examined and says so (G-MONEY).
"""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from shared.events.texts import CaseText, Ids, Says
from shared.events.words import CostKind, Department
from shared.kernel.fact import Event
from shared.kernel.values import Code, ComplaintId, Day, Line, LocalId, Money, PersonId, Text, Value


class PartyRole(StrEnum):
    """Who of a department bears a share (S2-50 to S2-53; the head for delay, S2-47)."""

    DEPT_SUPERVISOR = "dept_supervisor"
    RESPONSIBLE_PERSON = "responsible_person"
    DEPT_HEAD = "dept_head"


class DelayRule(StrEnum):
    """What was late: measures and plan (S2-47), or carrying them out (S2-48)."""

    PLAN_LATE = "plan_late"
    EXECUTION_LATE = "execution_late"


class AllocationScope(StrEnum):
    """What goes through the tiers at once (domain §1.6, ambiguity a)."""

    ITEM = "item"
    DEPARTMENT_WEEK = "department_week"


class CompensationGrounds(StrEnum):
    """Why the customer is paid."""

    CUSTOMER_DEMAND = "customer_demand"
    AGREED_REMEDY = "agreed_remedy"
    GOODWILL_PAYMENT = "goodwill_payment"


class Assessed(Value):
    """What went through the tiers at once: a department's part of an item or of a week, and the base that came of it."""

    department: Department
    cost_ids: Ids
    week: Code | None = None
    """Of the calendar (2024-W20), where the rule sums weeks."""
    cost: Money
    base: Money


class ChargeShare(Value):
    """What one party of one department is to bear."""

    SAYS: ClassVar[Says] = {"en": "{department}, {party_role}: {amount}", "zh": "{department}{party_role}{amount}"}

    department: Department
    party_role: PartyRole
    amount: Money


class PersonShare(Value):
    """What one person is to bear, as one of a party."""

    person: PersonId
    party_role: PartyRole
    amount: Money


class CostRecorded(Event):
    """A cost of the case (S2-45)."""

    TOPIC: ClassVar[str] = "complaint.CostRecorded"
    SAYS: ClassVar[Says] = {"en": "Cost recorded, {kind}: {amount}", "zh": "记录费用（{kind}）：{amount}"}
    SHAPE: ClassVar[int] = 2

    cost_id: LocalId
    kind: CostKind
    amount: Money
    department: Department | None = None
    incurred_on: Day | None = None
    source_document: Line | None = None
    item_id: LocalId | None = None
    """Freight and loss of one item are shared together; costs without one belong to the case as a whole (S2-45)."""


class CostCorrected(Event):
    """A recorded cost was wrong; to nothing is how it is reversed. The old record stays."""

    TOPIC: ClassVar[str] = "complaint.CostCorrected"
    SAYS: ClassVar[Says] = {
        "en": "Cost {cost_id} corrected from {was} to {amount}: {reason}",
        "zh": "费用{cost_id}由{was}更正为{amount}：{reason}",
    }

    cost_id: LocalId
    was: Money
    amount: Money
    reason: CaseText


class CostAllocationProposed(Event):
    """The shares of freight and loss, worked out by the rule of the policy; tried first, then put forward (S2-50 to S2-53)."""

    TOPIC: ClassVar[str] = "complaint.CostAllocationProposed"
    SAYS: ClassVar[Says] = {
        "en": "Charge {charge_id} for {cost}: {shares}; the company bears {company_share} (dry run: {dry_run})",
        "zh": "考核单{charge_id}，费用{cost}：{shares}；公司承担{company_share}（试算：{dry_run}）",
    }

    charge_id: LocalId
    rule_id: Code
    rule_version: Text
    """The policy with its digest, as in every fact decided under it."""
    scope: AllocationScope
    cost_ids: Ids
    cost: Money
    base: Money
    assessed: Annotated[tuple[Assessed, ...], Field(max_length=1_000)]
    shares: Annotated[tuple[ChargeShare, ...], Field(max_length=100)]
    company_share: Money
    together_with: Annotated[tuple[ComplaintId, ...], Field(max_length=50)] = ()
    """Other cases whose costs of the same week count as charged before."""
    dry_run: bool


class DelayChargeAccrued(Event):
    """A department was late, and the policy names a sum for each day; tried first, then put forward (S2-47, S2-48)."""

    TOPIC: ClassVar[str] = "complaint.DelayChargeAccrued"
    SAYS: ClassVar[Says] = {
        "en": "Charge {charge_id} for delay ({rule}), {department}: {days} days at {per_day}, {amount} (dry run: {dry_run})",
        "zh": "考核单{charge_id}（{rule}），{department}：{days}天，每天{per_day}，共{amount}（试算：{dry_run}）",
    }

    charge_id: LocalId
    rule: DelayRule
    rule_version: Text
    department: Department
    days: Annotated[int, Field(ge=1, le=4_000)]
    days_late: Annotated[tuple[Day, ...], Field(max_length=4_000)]
    """Which days they are: none is charged twice."""
    per_day: Money
    amount: Money
    clock_ids: Annotated[tuple[Line, ...], Field(max_length=200)]
    """The promises that were broken."""
    dry_run: bool


class CostAllocationApproved(Event):
    """Everybody whom the policy asks has signed the charge sheet (S2-46)."""

    TOPIC: ClassVar[str] = "complaint.CostAllocationApproved"
    SAYS: ClassVar[Says] = {"en": "Charge {charge_id} approved: {amount}", "zh": "批准考核单{charge_id}：{amount}"}

    charge_id: LocalId
    amount: Money
    """What the departments bear together."""


class CostAllocationSplit(Event):
    """A department has said which of its people bear which part (S2-49); only where the site allows it (G-MONEY)."""

    TOPIC: ClassVar[str] = "complaint.CostAllocationSplit"
    SAYS: ClassVar[Says] = {
        "en": "Charge {charge_id} split within {department}",
        "zh": "考核单{charge_id}在{department}内落实到人",
    }

    charge_id: LocalId
    department: Department
    persons: Annotated[tuple[PersonShare, ...], Field(min_length=1, max_length=200)]
    legal_ack: Line
    """Who has examined the law, as the site's policy said when it was split."""


class CostAllocationExecuted(Event):
    """Finance has booked the charge (S2-08, S2-46)."""

    TOPIC: ClassVar[str] = "complaint.CostAllocationExecuted"
    SAYS: ClassVar[Says] = {
        "en": "Charge {charge_id} executed, voucher {voucher_no}: {amount}",
        "zh": "执行考核单{charge_id}，凭证{voucher_no}：{amount}",
    }

    charge_id: LocalId
    voucher_no: Line
    amount: Money


class CostAllocationWaived(Event):
    """The charge is not carried out, with the reason; the company bears the cost."""

    TOPIC: ClassVar[str] = "complaint.CostAllocationWaived"
    SAYS: ClassVar[Says] = {"en": "Charge {charge_id} waived: {reason}", "zh": "免除考核单{charge_id}：{reason}"}

    charge_id: LocalId
    reason: CaseText


class CompensationApproved(Event):
    """The customer is to be paid; everybody whom the policy asks has signed (S4-60, S4-61)."""

    TOPIC: ClassVar[str] = "complaint.CompensationApproved"
    SAYS: ClassVar[Says] = {
        "en": "Compensation {compensation_id} approved ({grounds}): {amount}",
        "zh": "批准赔偿{compensation_id}（{grounds}）：{amount}",
    }

    compensation_id: LocalId
    amount: Money
    grounds: CompensationGrounds
    signed_for: LocalId | None = None
    """Under which name the chain was signed; none where the policy has no chain and one leader approved."""


class CompensationPaid(Event):
    """Finance has paid the customer (S4-61)."""

    TOPIC: ClassVar[str] = "complaint.CompensationPaid"
    SAYS: ClassVar[Says] = {
        "en": "Compensation {compensation_id} paid, voucher {voucher_no}: {amount}",
        "zh": "支付赔偿{compensation_id}，凭证{voucher_no}：{amount}",
    }

    compensation_id: LocalId
    amount: Money
    voucher_no: Line
    paid_on: Day | None = None


class CompensationWithdrawn(Event):
    """What was approved is not paid after all, with the reason; the approval stays on record."""

    TOPIC: ClassVar[str] = "complaint.CompensationWithdrawn"
    SAYS: ClassVar[Says] = {
        "en": "Compensation {compensation_id} withdrawn: {reason}",
        "zh": "撤回赔偿{compensation_id}：{reason}",
    }

    compensation_id: LocalId
    reason: CaseText


MoneyEvent = (
    CostRecorded | CostCorrected | CostAllocationProposed | DelayChargeAccrued | CostAllocationApproved
    | CostAllocationSplit | CostAllocationExecuted | CostAllocationWaived | CompensationApproved | CompensationPaid
    | CompensationWithdrawn
)  # fmt: skip
