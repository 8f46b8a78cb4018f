"""Compensation of the customer: approved by everybody whom the policy asks, then paid by finance (S4-60, S4-61)."""

from typing import ClassVar, assert_never

from shared.complaint.local_ids import NEXT, free
from shared.complaint.money import Compensation
from shared.complaint.reports import Report
from shared.complaint.state import Complaint
from shared.events import complaint as events
from shared.events.complaint import CaseText, CompensationGrounds
from shared.events.words import Meaning
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Invalid, Refused
from shared.kernel.fact import Occasion
from shared.kernel.told import told
from shared.kernel.values import Day, Line, LocalId, Money
from shared.policy.access import LEADERS
from shared.policy.chains import complete, sign, signatures, steps_of
from shared.policy.compensation import CHAIN
from shared.policy.pack import ChainStep
from shared.policy.rules import Rules


class ApproveCompensation(Command):
    """Approve what the customer is paid, or sign for it as the next whom the policy asks (S4-60, S4-61)."""

    LEADS_TO: ClassVar = (events.CompensationApproved,)

    compensation_id: LocalId = NEXT
    amount: Money
    grounds: CompensationGrounds
    comment: CaseText | None = None


class PayCompensation(Command):
    """Record that finance has paid the customer; only after the last signature (S4-61)."""

    LEADS_TO: ClassVar = (events.CompensationPaid,)

    compensation_id: LocalId
    voucher_no: Line
    paid_on: Day | None = None


class WithdrawCompensation(events.CompensationWithdrawn, Command):
    """Take back, with the reason, what was approved and not yet paid."""


CompensationCommand = ApproveCompensation | PayCompensation | WithdrawCompensation


def decide_compensation(
    complaint: Complaint, command: CompensationCommand, occasion: Occasion, rules: Rules
) -> Decided:
    """Events for one command about compensation."""
    match command:
        case ApproveCompensation():
            yield from _approved(complaint, command, occasion, rules)
        case PayCompensation():
            yield from _paid(complaint, command, occasion, rules)
        case WithdrawCompensation():
            _to_be_paid(complaint, command.compensation_id)
            yield told(events.CompensationWithdrawn, command)
        case _:
            assert_never(command)


def _approved(complaint: Complaint, command: ApproveCompensation, occasion: Occasion, rules: Rules) -> Decided:
    """After the last signature of the handling report; where it is not signed itself, the amount is, step by step.

    What is signed is named by its amount, so that nobody's signature counts for another sum.
    """
    if command.amount.minor <= 0:
        raise Invalid("a compensation is more than nothing", rule="G-MONEY", field="amount")
    id = free(command.compensation_id, "p", complaint.money.compensations, "compensation_id")
    approving = tuple(s for s in steps_of(complaint, CHAIN, occasion, rules) if s.meaning != Meaning.EXECUTION)
    report = _signed_report(complaint, approving)
    of = report or f"{command.amount.minor}-{command.amount.currency}-{id}"[:64]
    if not approving or report is not None:
        written = next((each for each in complaint.reports.values() if each.signed_as == report), None)
        if written is not None:
            _as_the_report_says(command, written)
        if written is not None and occasion.actor.id == written.author:
            raise Refused(
                "whoever wrote the report on the handling does not approve what it says is paid", rule="G-SOD",
                way_out=f"somebody else who is one of {', '.join(LEADERS)} approves it",
            )  # fmt: skip
        if not rules.roles(occasion.actor.id, complaint.site, occasion.now) & set(LEADERS):
            raise Refused(
                "a compensation is approved by a leader", rule="G-APPR",
                way_out=f"somebody who is one of {', '.join(LEADERS)} approves it",
            )  # fmt: skip
    else:
        yield sign(complaint, CHAIN, of, approving, occasion, rules, comment=command.comment)
        if not complete(complaint, CHAIN, of, approving, more=1):
            return
    yield told(events.CompensationApproved, command, compensation_id=id, signed_for=of if approving else None)


def _as_the_report_says(command: ApproveCompensation, report: Report) -> None:
    """Everybody has signed for the sum in the report, so no more than that is approved."""
    said = report.compensation
    if said is not None and (command.amount.currency != said.currency or command.amount.minor > said.minor):
        raise Refused(
            f"{report.report_id} was signed for {said}, not for {command.amount}", rule="G-MONEY", field="amount",
            way_out="approve that, or draft the report anew and let it be signed (draft-report)",
        )  # fmt: skip


def _paid(complaint: Complaint, command: PayCompensation, occasion: Occasion, rules: Rules) -> Decided:
    """By finance, once, and by nobody who has signed for it."""
    found = _to_be_paid(complaint, command.compensation_id)
    steps, of = steps_of(complaint, CHAIN, occasion, rules), found.signed_for
    signed = () if of is None else signatures(complaint, CHAIN, of)
    if occasion.actor.id in {found.approved_by, *(one.by for one in signed if one.meaning != Meaning.EXECUTION)}:
        raise Refused(
            "whoever approved a payment does not pay it", rule="G-SOD", way_out="somebody else of finance does"
        )
    if of is not None and len(steps) > len(signed):
        yield sign(complaint, CHAIN, of, steps, occasion, rules)
    yield told(events.CompensationPaid, command, amount=found.amount)


def _to_be_paid(complaint: Complaint, id: str) -> Compensation:
    """One that was approved and is neither paid nor withdrawn."""
    found = complaint.money.compensations.get(id)
    if found is None:
        approved = ", ".join(complaint.money.compensations) or "none"
        raise Refused(
            f"nobody has approved a compensation {id!r}", rule="G-MONEY", field="compensation_id",
            way_out=f"approved: {approved}; the last signature comes first (approve-compensation)",
        )  # fmt: skip
    if not found.open:
        how = "paid" if found.paid else "withdrawn"
        raise Refused(f"{id} is {how} already", rule="G-MONEY", field="compensation_id")
    return found


def _signed_report(complaint: Complaint, approving: tuple[ChainStep, ...]) -> str | None:
    """The handling report that everybody has signed, if there is one that says what is paid."""
    done = {each.signed_for for each in complaint.money.compensations.values() if not each.withdrawn}
    silent = {report.signed_as for report in complaint.reports.values() if report.compensation is None}
    rounds = (key.partition("/")[2] for key in complaint.signed if key.startswith(f"{CHAIN}/"))
    return next((of for of in rounds if of not in done | silent and complete(complaint, CHAIN, of, approving)), None)
