"""The customer is paid by finance, after the last signature of the handling report (S4-60, S4-61)."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from services.capa.topics.compensation import ApproveCompensation, PayCompensation, WithdrawCompensation
from services.capa.topics.money import CorrectCost, RecordCost
from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.events.capa_words import ReportKind
from shared.events.organisation import Role
from shared.kernel.values import Money
from shared.policy.access import who_may
from shared.policy.shipped import shipped
from tests.given import by
from tests.services.capa.topics.money_world import Going, GoingBy, case, yuan

PAY = PayCompensation(compensation_id="p1", voucher_no="V-9")
CHAIN = (shipped()["pack-s4"].approval_chains or {})["handling_report"]
SIGNERS = ("p-as", "p-qh", "p-te", "p-pr", "p-li", "p-gm", "p-ch")


class Fourth(GoingBy):
    """A site that goes by the fourth procedure, with one person for each step of its report."""

    def __init__(self) -> None:
        super().__init__("pack-s4")

    holds: ClassVar[dict[str, frozenset[Role]]] = {
        **{who: frozenset({Role(step.role)}) for who, step in zip(SIGNERS, CHAIN, strict=False)},
        "p-fin": frozenset({Role.FINANCE}),
        "p-clerk": frozenset({Role.CUSTOMER_SERVICE}),
    }


def approve(amount: float = 500, currency: str = "CNY", **more: Any) -> ApproveCompensation:
    return ApproveCompensation(amount=yuan(amount, currency), grounds=e.CompensationGrounds.CUSTOMER_DEMAND, **more)


def draft(amount: Money | None) -> e.ReportDrafted:
    handling = e.Handling(
        event_summary="x", cause="x", responsible_department=w.Department.QUALITY, rectification="x",
        technical_analysis="x", site_control="x", compensation=amount,
    )  # fmt: skip
    return e.ReportDrafted(
        report_id="h", revision=1, report_kind=ReportKind.HANDLING_REPORT, summary="x", handling=handling
    )


REPORT_SIGNED = [
    by(who, e.StepSigned(chain="handling_report", of="h.1", step=n, role=step.role, meaning=step.meaning))
    for n, (who, step) in enumerate(zip(SIGNERS, CHAIN, strict=False), 1)
]


def signed(going: Going, *people: str) -> Going:
    for person in people:
        going = going.does(approve(), person)
    return going


@pytest.mark.requirement("S4-61")
def test_after_the_last_signature_finance_pays():
    assert who_may(PayCompensation) == (Role.FINANCE,)
    going = case(world=Fourth(), stage=Stage.CLOSED)
    for n, person in enumerate(SIGNERS):
        going.asks(PAY, "p-fin").refused("G-MONEY", "compensation_id")
        going = going.does(approve(), person)
        assert bool(going.case.money.compensations) == (n == 6)
    going.asks(PAY, "p-clerk").refused("G-APPR")
    outcome = going.asks(PAY, "p-fin")
    outcome.then_some(e.StepSigned, e.CompensationPaid)
    assert outcome.event(0).meaning == w.Meaning.EXECUTION
    assert outcome.event(1) == e.CompensationPaid(compensation_id="p1", amount=yuan(500), voucher_no="V-9")
    going.does(PAY, "p-fin").asks(PAY, "p-fin").refused("G-MONEY", "compensation_id")


def test_the_steps_are_signed_in_their_order_by_whom_they_name():
    going = case(world=Fourth())
    going.asks(approve(), "p-qh").refused("G-APPR")
    going = going.does(approve(), "p-as")
    going.asks(approve(), "p-as").refused("G-SOD")


def test_a_signature_counts_for_the_sum_it_was_given_for_and_for_no_other():
    going = signed(case(world=Fourth()), *SIGNERS[:6])
    going.asks(approve(5000), "p-ch").refused("G-APPR")
    assert going.does(approve(), "p-ch").case.money.compensations["p1"].amount == yuan(500)


def test_where_the_report_itself_was_signed_a_leader_approves_once():
    steps = [
        by(who, e.StepSigned(chain="handling_report", of="h1", step=n, role=step.role, meaning=step.meaning))
        for n, (who, step) in enumerate(zip(SIGNERS, CHAIN, strict=False), 1)
    ]
    ready = case(*steps, world=Fourth())
    ready.asks(approve(), "p-clerk").refused("G-APPR")
    outcome = ready.asks(approve(), "p-gm")
    outcome.then_some(e.CompensationApproved)
    assert outcome.event().signed_for == "h1"
    paid = ready.does(approve(), "p-gm")
    paid.asks(PAY, "p-gm").refused("G-SOD")
    paid = paid.does(PAY, "p-fin")
    again = paid.asks(approve(), "p-gm")
    again.refused("G-APPR")
    half = case(*steps[:6], world=Fourth())
    half.asks(approve(), "p-gm").refused("G-APPR")


def test_whoever_wrote_the_report_does_not_approve_the_sum_in_it():
    ready = case(by("p-gm", draft(yuan(500))), *REPORT_SIGNED, world=Fourth())
    ready.asks(approve(), "p-gm").refused("G-SOD")
    ready.asks(approve(), "p-qh").then_some(e.CompensationApproved)


def test_a_signed_report_is_approved_for_the_sum_in_it_and_for_no_more():
    ready = case(by("p-as", draft(yuan(500))), *REPORT_SIGNED, world=Fourth())
    ready.asks(approve(500.01), "p-gm").refused("G-MONEY", "amount")
    ready.asks(approve(500, currency="EUR"), "p-gm").refused("G-MONEY", "amount")
    assert ready.does(approve(400), "p-gm").case.money.approved("CNY") == yuan(400)


def test_a_signed_report_that_pays_nothing_lets_nothing_be_paid():
    silent = case(by("p-as", draft(None)), *REPORT_SIGNED, world=Fourth())
    silent.asks(approve(), "p-gm").refused("G-APPR")
    silent.asks(approve(), "p-as").then_some(e.StepSigned)


def test_no_more_is_recorded_as_compensation_than_was_approved():
    record = RecordCost(kind=w.CostKind.COMPENSATION, amount=yuan(300))
    world = GoingBy(None)
    case(world=world).asks(record, "p-fin").then_some(e.CostRecorded)
    going = case(world=world).does(approve(500), "p-qh").does(record, "p-fin")
    going.asks(record, "p-fin").refused("G-MONEY", "amount")
    going.asks(RecordCost(kind=w.CostKind.COMPENSATION, amount=yuan(1, "EUR")), "p-fin").refused("G-MONEY", "amount")
    going.asks(RecordCost(kind=w.CostKind.FREIGHT, amount=yuan(300)), "p-fin").then_some(e.CostRecorded)
    more, all_of_it = (CorrectCost(cost_id="k1", amount=yuan(much), reason="x") for much in (500.01, 500))
    going.asks(more, "p-fin").refused("G-MONEY", "amount")
    going.asks(all_of_it, "p-fin").then_some(e.CostCorrected)
    case(world=Fourth()).asks(record, "p-fin").refused("G-MONEY", "amount")


def test_what_was_approved_may_be_withdrawn_until_it_is_paid():
    withdraw = WithdrawCompensation(compensation_id="p1", reason="a new unit instead")
    approved = case(world=GoingBy(None)).does(approve(500), "p-qh")
    assert approved.case.money.unsettled() == ("p1",)
    gone = approved.does(withdraw, "p-gm")
    assert gone.case.money.unsettled() == () and gone.case.money.approved("CNY") == yuan(0)
    gone.asks(PAY, "p-fin").refused("G-MONEY", "compensation_id")
    gone.asks(withdraw, "p-gm").refused("G-MONEY", "compensation_id")
    gone.asks(RecordCost(kind=w.CostKind.COMPENSATION, amount=yuan(1)), "p-fin").refused("G-MONEY", "amount")
    assert list(gone.does(approve(400), "p-qh").case.money.compensations) == ["p1", "p2"]
    approved.does(PAY, "p-fin").asks(withdraw, "p-gm").refused("G-MONEY", "compensation_id")
    case(world=GoingBy(None)).asks(withdraw, "p-gm").refused("G-MONEY", "compensation_id")


def test_a_sum_that_was_withdrawn_may_be_approved_again_from_the_same_report():
    ready = case(by("p-as", draft(yuan(500))), *REPORT_SIGNED, world=Fourth()).does(approve(500), "p-gm")
    ready.asks(approve(500), "p-qh").refused("G-APPR")
    again = ready.does(WithdrawCompensation(compensation_id="p1", reason="wrong sum"), "p-gm").does(
        approve(400), "p-qh"
    )
    assert again.case.money.compensations["p2"].signed_for == "h.1"


def test_where_the_policy_has_no_chain_a_leader_approves_and_another_pays():
    for world in (GoingBy("pack-s2"), GoingBy(None)):
        free = case(world=world)
        free.asks(approve(), "p-clerk").refused("G-APPR")
        going = free.does(approve(), "p-qh")
        going.asks(PAY, "p-qh").refused("G-SOD")
        going.asks(PAY, "p-fin").then_some(e.CompensationPaid)
        assert going.case.money.unsettled() == ("p1",)
        assert going.does(PAY, "p-fin").case.money.unsettled() == ()


@pytest.mark.parametrize("minor", [0, -1])
def test_a_compensation_is_more_than_nothing(minor: int):
    nothing = approve().model_copy(update={"amount": Money(minor=minor, currency="CNY")})
    case(world=GoingBy(None)).asks(nothing, "p-qh").invalid("G-MONEY", "amount")


def test_long_names_are_signed_for_as_well():
    going = case(world=Fourth()).does(approve(compensation_id="x" * 64), "p-as")
    assert len(going.case.signed) == 1
