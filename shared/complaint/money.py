"""What a case has cost, who is to bear it, and what the customer is paid: folded from its facts about money."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never

from shared.events.money import (
    ChargeShare,
    CompensationApproved,
    CompensationPaid,
    CompensationWithdrawn,
    CostAllocationApproved,
    CostAllocationExecuted,
    CostAllocationProposed,
    CostAllocationSplit,
    CostAllocationWaived,
    CostCorrected,
    CostRecorded,
    DelayChargeAccrued,
    MoneyEvent,
    PartyRole,
    PersonShare,
)
from shared.events.words import CostKind, Department
from shared.kernel.changed import changed
from shared.kernel.fact import Fact
from shared.kernel.values import Money


class ChargeStatus(StrEnum):
    """How far a charge is. What was only tried binds nobody."""

    TRIED = "tried"
    PROPOSED = "proposed"
    APPROVED = "approved"
    EXECUTED = "executed"
    WAIVED = "waived"


LIVE = frozenset({ChargeStatus.PROPOSED, ChargeStatus.APPROVED, ChargeStatus.EXECUTED})
"""What stands in one of these is charged, and not charged again."""


@dataclass(frozen=True)
class Cost:
    """One recorded cost, as corrected since."""

    cost_id: str
    kind: CostKind
    amount: Money
    recorded_at: datetime
    item_id: str | None = None
    department: Department | None = None
    incurred_on: date | None = None


@dataclass(frozen=True)
class Charge:
    """One charge sheet: shared costs or a delay, and how far it is."""

    charge_id: str
    of: CostAllocationProposed | DelayChargeAccrued
    status: ChargeStatus
    proposed_by: str
    persons: dict[Department, tuple[PersonShare, ...]] = field(
        default_factory=dict[Department, tuple[PersonShare, ...]]
    )

    @property
    def amount(self) -> Money:
        """What the departments bear together."""
        return self.of.amount if isinstance(self.of, DelayChargeAccrued) else self.of.base

    @property
    def shares(self) -> tuple[ChargeShare, ...]:
        """By department and party; for a delay its head alone (S2-47)."""
        if isinstance(self.of, CostAllocationProposed):
            return self.of.shares
        return (ChargeShare(department=self.of.department, party_role=PartyRole.DEPT_HEAD, amount=self.of.amount),)


@dataclass(frozen=True)
class Compensation:
    """What the customer is to be paid."""

    compensation_id: str
    amount: Money
    approved_by: str
    signed_for: str | None = None
    paid: bool = False
    withdrawn: bool = False

    @property
    def open(self) -> bool:
        """Whether it is still to be paid."""
        return not (self.paid or self.withdrawn)


@dataclass(frozen=True)
class CaseMoney:
    """The money of one case, each thing by its id."""

    costs: dict[str, Cost] = field(default_factory=dict[str, Cost])
    charges: dict[str, Charge] = field(default_factory=dict[str, Charge])
    compensations: dict[str, Compensation] = field(default_factory=dict[str, Compensation])

    def live(self) -> Iterator[Charge]:
        """The charges that were put forward and not waived."""
        return (charge for charge in self.charges.values() if charge.status in LIVE)

    def charged_by(self, cost_id: str) -> Charge | None:
        """The live charge in which a cost stands."""
        return next(
            (c for c in self.live() if isinstance(c.of, CostAllocationProposed) and cost_id in c.of.cost_ids), None
        )

    def approved(self, currency: str) -> Money:
        """What stands approved for the customer, paid or not."""
        standing = (each.amount for each in self.compensations.values() if not each.withdrawn)
        return Money(minor=sum(one.minor for one in standing if one.currency == currency), currency=currency)

    def unsettled(self) -> tuple[str, ...]:
        """Charges that nobody has executed or waived, and compensations that nobody has paid or withdrawn."""
        charges = (charge.charge_id for charge in self.live() if charge.status != ChargeStatus.EXECUTED)
        return (*charges, *(each.compensation_id for each in self.compensations.values() if each.open))


def fold_money(money: CaseMoney, fact: Fact[MoneyEvent]) -> CaseMoney:
    """The money of the case after one more fact."""
    match fact.event:
        case CostRecorded() as event:
            cost = Cost(
                event.cost_id,
                event.kind,
                event.amount,
                fact.occurred_at,
                event.item_id,
                event.department,
                event.incurred_on,
            )
            return changed(money, costs={**money.costs, event.cost_id: cost})
        case CostCorrected() as event:
            if (cost := money.costs.get(event.cost_id)) is None:
                return money
            return changed(money, costs={**money.costs, event.cost_id: changed(cost, amount=event.amount)})
        case CostAllocationProposed() | DelayChargeAccrued() as event:
            status = ChargeStatus.TRIED if event.dry_run else ChargeStatus.PROPOSED
            charge = Charge(event.charge_id, event, status, fact.actor.id)
            return changed(money, charges={**money.charges, event.charge_id: charge})
        case CostAllocationApproved() as event:
            return _moved(money, event.charge_id, ChargeStatus.APPROVED)
        case CostAllocationExecuted() as event:
            return _moved(money, event.charge_id, ChargeStatus.EXECUTED)
        case CostAllocationWaived() as event:
            return _moved(money, event.charge_id, ChargeStatus.WAIVED)
        case CostAllocationSplit() as event:
            if (charge := money.charges.get(event.charge_id)) is None:
                return money
            split = changed(charge, persons={**charge.persons, event.department: event.persons})
            return changed(money, charges={**money.charges, event.charge_id: split})
        case CompensationApproved() as event:
            approved = Compensation(event.compensation_id, event.amount, fact.actor.id, event.signed_for)
            return changed(money, compensations={**money.compensations, event.compensation_id: approved})
        case CompensationPaid() | CompensationWithdrawn() as event:
            if (approved := money.compensations.get(event.compensation_id)) is None:
                return money
            paid = isinstance(event, CompensationPaid)
            settled = changed(approved, paid=paid, withdrawn=not paid)
            return changed(money, compensations={**money.compensations, event.compensation_id: settled})
        case _ as never:
            assert_never(never)


def _moved(money: CaseMoney, charge_id: str, status: ChargeStatus) -> CaseMoney:
    charge = money.charges.get(charge_id)
    if charge is None:
        return money
    return changed(money, charges={**money.charges, charge_id: changed(charge, status=status)})
