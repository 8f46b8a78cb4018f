"""Costs, charges and compensation: recorded, worked out, signed, carried out or waived. Persons only where the law was examined."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, assert_never

from pydantic import Field

from services.capa.topics.allocating import Proposal, charged_in_weeks, money_rules, waived_in_weeks, worked_out
from services.capa.topics.answerable import may_be_charged
from services.capa.topics.compensation import (
    ApproveCompensation,
    CompensationCommand,
    PayCompensation,
    WithdrawCompensation,
    decide_compensation,
)
from services.capa.topics.delays import accrued
from shared.complaint.local_ids import NEXT, free
from shared.complaint.money import Charge, ChargeStatus
from shared.complaint.state import Complaint
from shared.events import complaint as events
from shared.events.complaint import CaseText, Ids, PartyRole, PersonShare
from shared.events.responsibility import Shares
from shared.events.words import CostKind, Department, Meaning
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Invalid, Refused
from shared.kernel.fact import Occasion
from shared.kernel.told import told
from shared.kernel.values import Line, LocalId, Money, PersonId, Value
from shared.policy.allocation import parted
from shared.policy.chains import complete, send_back, sign, signatures, steps_of
from shared.policy.compensation import not_more_than_approved
from shared.policy.rules import Rules, must_know

CHAIN = "charge"
"""The chain of the policy by which a charge sheet is signed (S2-46)."""


class RecordCost(events.CostRecorded, Command):
    """Record a cost of the case (S2-45)."""

    cost_id: LocalId = NEXT


class CorrectCost(Command):
    """Correct a cost that was recorded wrongly; to nothing is how it is reversed. The old record stays."""

    LEADS_TO: ClassVar = (events.CostCorrected,)

    cost_id: LocalId
    amount: Money
    reason: CaseText


class AllocateCosts(Command):
    """Work out who bears which part of freight and loss by the rule of the site; a dry run unless told otherwise (S2-42)."""

    LEADS_TO: ClassVar = (events.CostAllocationProposed,)

    charge_id: LocalId = NEXT
    cost_ids: Ids = ()
    """All that no charge holds yet, unless given."""
    departments: Shares = ()
    """As their responsibility was confirmed, or else preliminarily assigned, unless given."""
    dry_run: bool = True


class AccrueDelayCharge(Command):
    """Work out what a department is charged for each day of delay; a dry run unless told otherwise (S2-47, S2-48)."""

    LEADS_TO: ClassVar = (events.DelayChargeAccrued,)

    charge_id: LocalId = NEXT
    rule: events.DelayRule
    department: Department | None = None
    """That of the case unless given."""
    dry_run: bool = True


class ApproveCharge(Command):
    """Sign a charge sheet, as the next whom the policy asks; never by whoever put it forward (S2-46, G-SOD)."""

    LEADS_TO: ClassVar = (events.StepSigned,)

    charge_id: LocalId
    comment: CaseText | None = None


class ReturnCharge(Command):
    """Send a charge sheet back instead of signing it; every signature given so far is void."""

    LEADS_TO: ClassVar = (events.StepReturned,)

    charge_id: LocalId
    reason: CaseText


class PersonPart(Value):
    """Somebody who is to bear a share; without an amount, in equal parts with the others of the party."""

    person: PersonId
    party_role: PartyRole
    amount: Money | None = None


class SplitCharge(Command):
    """Say which people of a department bear which part of an approved charge; only where the site allows it (S2-49)."""

    LEADS_TO: ClassVar = (events.CostAllocationSplit,)

    charge_id: LocalId
    department: Department
    persons: Annotated[tuple[PersonPart, ...], Field(min_length=1, max_length=200)]


class ExecuteCharge(Command):
    """Record that finance has booked an approved charge; no wage is touched from here (S2-08)."""

    LEADS_TO: ClassVar = (events.CostAllocationExecuted,)

    charge_id: LocalId
    voucher_no: Line


class WaiveCharge(events.CostAllocationWaived, Command):
    """Decide that a charge is not carried out; the company bears the cost."""


MoneyCommand = (
    RecordCost | CorrectCost | AllocateCosts | AccrueDelayCharge | ApproveCharge | ReturnCharge | SplitCharge
    | ExecuteCharge | WaiveCharge | CompensationCommand
)  # fmt: skip


def decide(complaint: Complaint, command: MoneyCommand, occasion: Occasion, rules: Rules) -> Decided:
    """Events for one command about money; raises Refused with the rule that forbids it."""
    match command:
        case RecordCost():
            if command.kind == CostKind.COMPENSATION:
                _as_approved(complaint, command.amount, occasion, rules)
            yield told(
                events.CostRecorded, command, cost_id=free(command.cost_id, "k", complaint.money.costs, "cost_id")
            )
        case CorrectCost():
            yield _corrected(complaint, command, occasion, rules)
        case AllocateCosts():
            tried = worked_out(complaint, command.cost_ids, command.departments, occasion, rules)
            wanted = tried.model_copy(update={"dry_run": command.dry_run})
            yield (proposal := _put_forward(complaint, wanted, command.charge_id))
            yield from charged_in_weeks(complaint, proposal)
        case AccrueDelayCharge():
            delay = accrued(complaint, command.rule, command.department, command.dry_run, occasion, rules)
            yield _put_forward(complaint, delay, command.charge_id)
        case ApproveCharge():
            yield from _approved(complaint, command, occasion, rules)
        case ReturnCharge():
            _charge(complaint, command.charge_id, ChargeStatus.PROPOSED)
            steps = steps_of(complaint, CHAIN, occasion, rules)
            yield send_back(complaint, CHAIN, command.charge_id, steps, occasion, rules, command.reason)
        case SplitCharge():
            yield _split(complaint, command, occasion, rules)
        case ExecuteCharge():
            yield from _executed(complaint, command, occasion, rules)
        case WaiveCharge():
            charge = _charge(complaint, command.charge_id, ChargeStatus.PROPOSED, ChargeStatus.APPROVED)
            yield told(events.CostAllocationWaived, command)
            yield from waived_in_weeks(complaint, charge.of)
        case ApproveCompensation() | PayCompensation() | WithdrawCompensation():
            yield from decide_compensation(complaint, command, occasion, rules)
        case _:
            assert_never(command)


def _corrected(complaint: Complaint, command: CorrectCost, occasion: Occasion, rules: Rules) -> events.CostCorrected:
    """Never under a charge that was worked out from it."""
    cost = complaint.money.costs.get(command.cost_id)
    if cost is None:
        known = ", ".join(complaint.money.costs) or "none"
        raise Invalid(
            f"there is no cost {command.cost_id!r}", rule="G-MONEY", field="cost_id", way_out=f"costs: {known}"
        )
    if (charge := complaint.money.charged_by(cost.cost_id)) is not None:
        raise Refused(
            f"charge {charge.charge_id} was worked out from {cost.cost_id}", rule="G-MONEY", field="cost_id",
            way_out="record the difference as a cost of its own (record-cost)"
            if charge.status == ChargeStatus.EXECUTED
            else "waive that charge first (waive-charge)",
        )  # fmt: skip
    if command.amount == cost.amount:
        raise Refused(f"{cost.cost_id} is {cost.amount} already", rule="G-MONEY", field="amount")
    if cost.kind == CostKind.COMPENSATION and command.amount.minor > cost.amount.minor:
        _as_approved(complaint, command.amount, occasion, rules, but=cost.cost_id)
    return told(events.CostCorrected, command, was=cost.amount)


def _as_approved(complaint: Complaint, amount: Money, occasion: Occasion, rules: Rules, but: str = "") -> None:
    """What the case cost as compensation was approved; `but` is the record that the amount takes the place of."""
    recorded = (
        cost.amount.minor for cost in complaint.money.costs.values()
        if (cost.kind, cost.amount.currency) == (CostKind.COMPENSATION, amount.currency) and cost.cost_id != but
    )  # fmt: skip
    total = Money(minor=sum(recorded) + amount.minor, currency=amount.currency)
    not_more_than_approved(complaint, total, occasion, rules, "amount")


def _put_forward(complaint: Complaint, proposal: Proposal, wanted: str) -> Proposal:
    """A dry run gets a name of its own; what is put forward takes the name of the dry run that showed the same (G-MONEY)."""
    if proposal.dry_run:
        id = free(wanted, "m", complaint.money.charges, "charge_id")
        return proposal.model_copy(update={"charge_id": id})
    for charge in complaint.money.charges.values():
        named = wanted in (NEXT, charge.charge_id)
        same = charge.of == proposal.model_copy(update={"charge_id": charge.charge_id, "dry_run": True})
        if named and same:
            return proposal.model_copy(update={"charge_id": charge.charge_id})
    raise Refused(
        "nobody has tried out this very charge yet; it is put forward as it was shown", rule="G-MONEY", field="dry_run",
        way_out="give the same command with dry_run first, and look at the shares",
    )  # fmt: skip


def _approved(complaint: Complaint, command: ApproveCharge, occasion: Occasion, rules: Rules) -> Decided:
    """Two signatures at least, by different people, neither of them whoever put it forward (S2-46)."""
    charge = _charge(complaint, command.charge_id, ChargeStatus.PROPOSED)
    if isinstance(charge.of, events.CostAllocationProposed):
        may_be_charged(complaint)
    steps = tuple(s for s in steps_of(complaint, CHAIN, occasion, rules) if s.meaning != Meaning.EXECUTION)
    if len(steps) < 2:
        raise Refused(
            f"the policy of {complaint.site} does not name two who sign a charge sheet", rule="G-MONEY",
            way_out="activate a policy whose approval_chains has a chain named charge",
        )  # fmt: skip
    authors = (charge.proposed_by,)
    yield sign(complaint, CHAIN, charge.charge_id, steps, occasion, rules, authors=authors, comment=command.comment)
    if complete(complaint, CHAIN, charge.charge_id, steps, more=1):
        yield events.CostAllocationApproved(charge_id=charge.charge_id, amount=charge.amount)


def _executed(complaint: Complaint, command: ExecuteCharge, occasion: Occasion, rules: Rules) -> Decided:
    """By finance, after every signature, and by nobody who has signed."""
    charge = _charge(complaint, command.charge_id, ChargeStatus.APPROVED)
    steps = steps_of(complaint, CHAIN, occasion, rules)
    signed = signatures(complaint, CHAIN, charge.charge_id)
    if len(steps) > len(signed):
        yield sign(complaint, CHAIN, charge.charge_id, steps, occasion, rules)
    elif occasion.actor.id in {one.by for one in signed}:
        raise Refused(
            "whoever approved a charge does not execute it", rule="G-SOD", way_out="somebody else of finance does"
        )
    yield told(events.CostAllocationExecuted, command, amount=charge.amount)


def _split(complaint: Complaint, command: SplitCharge, occasion: Occasion, rules: Rules) -> events.CostAllocationSplit:
    """Off until the site's policy enables it and says who has examined the law (domain §1.6, Legal guard)."""
    money, _ = money_rules(complaint, occasion, rules)
    if money.person_level_enabled is not True or money.legal_ack is None:
        raise Refused(
            f"{complaint.site} charges no persons: departments bear what was worked out", rule="G-MONEY",
            way_out="only a policy with person_level_enabled and legal_ack, after somebody has examined the law",
        )  # fmt: skip
    charge = _charge(complaint, command.charge_id, ChargeStatus.APPROVED)
    due = {share.party_role: share.amount for share in charge.shares if share.department == command.department}
    if not due:
        raise Refused(
            f"{command.department} bears nothing of charge {charge.charge_id}", rule="G-MONEY", field="department"
        )
    if strangers := {one.party_role for one in command.persons} - due.keys():
        raise Refused(f"{', '.join(sorted(strangers))} bears nothing of this charge", rule="G-MONEY", field="persons")
    for one in command.persons:
        must_know(rules, one.person, "persons")
    persons = tuple(share for party, amount in due.items() for share in _persons(party, amount, command.persons))
    return told(events.CostAllocationSplit, command, persons=persons, legal_ack=money.legal_ack)


def _persons(party: PartyRole, amount: Money, given: tuple[PersonPart, ...]) -> Iterator[PersonShare]:
    """In equal parts unless the supervisor says otherwise; either way they add up to the party's share."""
    mine = [one for one in given if one.party_role == party]
    if not mine or len({one.person for one in mine}) < len(mine):
        raise Invalid(f"name those who are {party}, each once", rule="G-MONEY", field="persons")
    said = [one.amount for one in mine if one.amount is not None]
    if not said:
        said = [Money(minor=minor, currency=amount.currency) for minor in parted(amount.minor, [1] * len(mine))]
    wrong = any(one.minor < 0 or one.currency != amount.currency for one in said)
    if wrong or len(said) < len(mine) or sum(one.minor for one in said) != amount.minor:
        raise Invalid(
            f"the parts of {party} must add up to {amount}, with an amount for each or for none", rule="G-MONEY",
            field="persons",
        )  # fmt: skip
    for one, part in zip(mine, said, strict=True):
        yield PersonShare(person=one.person, party_role=party, amount=part)


def _charge(complaint: Complaint, charge_id: str, *wanted: ChargeStatus) -> Charge:
    charge = complaint.money.charges.get(charge_id)
    if charge is None:
        known = ", ".join(complaint.money.charges) or "none"
        raise Invalid(
            f"there is no charge {charge_id!r}", rule="G-MONEY", field="charge_id", way_out=f"charges: {known}"
        )
    if charge.status not in wanted:
        raise Refused(
            f"charge {charge_id} is {charge.status}, not {' or '.join(wanted)}", rule="G-MONEY", field="charge_id"
        )
    return charge
