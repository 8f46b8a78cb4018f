"""The form for parts, an exchange or a return: who signs before the goods leave, who may sign later, and what comes back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.capa.domain import Archive, SignResponsibility
from services.intake.domain import RecordCustomerFeedback
from services.intake.topics.replacements import (
    AuthoriseReplacement,
    DeliverReplacement,
    ReceiveReturn,
    RefuseReplacement,
    RequestReplacement,
    ShipReplacement,
    SignReplacementResponsibility,
)
from shared.complaint.replacements import ReplacementStatus
from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.events.organisation import Role
from shared.events.replacements import ReplacementKind
from shared.policy.access import who_may
from shared.policy.pack import Pack
from shared.policy.wordings import filled
from tests.facts import received, registered
from tests.given import Given, World, by, capa, intake
from tests.requirements import wishes
from tests.services.intake.topics.worlds import going_by, saying

PARTS = (e.ReplacementItem(part_no="MB-2000", quantity=2),)
PEOPLE = {"p_ana": Role.CUSTOMER_LIAISON, "p_qe": Role.QUALITY_ENGINEER, "p_wh": Role.WAREHOUSE}
AUTHORISE = AuthoriseReplacement(replacement_id="x1", department=w.Department.PRODUCTION)
LATER = AuthoriseReplacement(replacement_id="x1")
SHIP = ShipReplacement(replacement_id="x1", carrier="SF", tracking_no="SF-1", expected_arrival=date(2026, 3, 5))
SIGN = SignReplacementResponsibility(replacement_id="x1", department=w.Department.PRODUCTION)


def requested(kind: ReplacementKind = ReplacementKind.REPLENISH, urgent: bool = False) -> e.ReplacementRequested:
    return e.ReplacementRequested(replacement_id="x1", kind=kind, parts=PARTS, urgent=urgent)


def case(world: World, *past: Any) -> Given:
    return intake.given(received(), registered(), *past).in_a_world(world)


def s2() -> World:
    return going_by("pack-s2", **PEOPLE)


def after(given: Given, *steps: tuple[Any, str]) -> Given:
    """The case after some commands, each of them accepted."""
    for command, who in steps:
        outcome = given.when(command, by=who)
        assert outcome.problem is None, outcome.problem
        given = Given(given.topics, outcome.after, given.now, given.world)
    return given


@pytest.mark.requirement("S2-21", "S2-54")
@pytest.mark.parametrize("kind", ReplacementKind)
def test_the_form_asks_for_parts_an_exchange_or_a_return(kind: ReplacementKind):
    demand = e.CustomerDemandRecorded(demand_id="d1", kind=w.Demand(kind.value))
    wish = RequestReplacement(kind=kind, parts=PARTS, urgent=True, reason="line stands still", demand_id="d1")
    outcome = case(World(), demand).when(wish)
    assert wishes.stored(outcome).parts == PARTS
    assert outcome.after.replacements.requests["x1"].status == ReplacementStatus.REQUESTED
    case(World()).when(wish).invalid("G-DEMAND", "demand_id")
    intake.given(received()).when(RequestReplacement(kind=kind, parts=PARTS)).refused("G-STAGE")


@pytest.mark.requirement("S2-28")
def test_goods_leave_after_quality_has_signed_for_the_department_and_the_warehouse_for_the_issue():
    asked = case(s2(), by("p-ana", requested()))
    asked.when(SHIP, by="p-wh").refused("G-REPLACE", "replacement_id")
    asked.when(AUTHORISE, by="p-wh").refused("G-APPR")
    asked.when(AUTHORISE, by="p-ana").refused("G-SOD")
    signed = asked.when(AUTHORISE, by="p-qe").then_some(e.StepSigned, e.ReplacementAuthorised)
    assert signed.event(0).meaning == w.Meaning.RESPONSIBILITY and signed.event(1).department == w.Department.PRODUCTION
    ready = after(asked, (AUTHORISE, "p-qe"))
    ready.when(SHIP, by="p-ana").refused("G-APPR")
    shipped = ready.when(SHIP, by="p-wh").then_some(e.StepSigned, e.ReplacementShipped)
    assert shipped.event(0).meaning == w.Meaning.ISSUE
    ready.when(AUTHORISE, by="p-qe").refused("G-REPLACE")


def test_without_a_chain_quality_alone_authorises():
    world = saying("", **PEOPLE)
    asked = case(world, by("p-ana", requested()))
    asked.when(AUTHORISE, by="p-wh").refused("G-APPR")
    asked.when(AUTHORISE, by="p-qe").then_some(e.ReplacementAuthorised)
    case(world, by("p-qe", requested())).when(AUTHORISE, by="p-qe").refused("G-SOD")
    after(asked, (AUTHORISE, "p-qe")).when(SHIP, by="p-wh").then_some(e.ReplacementShipped)
    ready = Given(asked.topics, after(asked, (AUTHORISE, "p-qe")).case, asked.now, s2())
    ready.when(SHIP, by="p-wh").then_some(e.ReplacementShipped)


def test_in_a_hurry_it_leaves_first_and_the_signature_follows():
    hurry = case(s2(), by("p-ana", requested(urgent=True)))
    authorised = hurry.when(LATER, by="p-qe")
    event = authorised.event(1)
    assert (event.pending, event.department, event.retro_sign_due) == (True, None, date(2026, 3, 5)), (
        "three working days"
    )
    left = after(hurry, (LATER, "p-qe"), (SHIP, "p-wh"))
    assert left.case.replacements.signatures_owed == ("x1",)
    done = left.when(SIGN, by="p-qe")
    assert done.after.replacements.requests["x1"].department == w.Department.PRODUCTION
    assert done.after.replacements.signatures_owed == ()
    after(left, (SIGN, "p-qe")).when(SIGN, by="p-qe").refused("G-RETROSIGN", "replacement_id")
    closed = intake.given(Stage.CLOSED, requested(urgent=True), authorised.event(1))
    assert closed.when(SIGN).problem is None, "also after closure"
    assert capa.given(Stage.CLOSED).when(_old_way()).problem is None, "and as it was always done"
    away = Archive(retention_until=date(2036, 12, 31))
    capa.given(Stage.CLOSED, requested(urgent=True), authorised.event(1)).when(away).refused("G-ARCHIVE")
    signed = capa.given(Stage.CLOSED, requested(urgent=True), authorised.event(1), done.event())
    assert signed.when(away).problem is None, "put away once it is signed for"


def _old_way() -> Any:
    return SignResponsibility(department=w.Department.PRODUCTION)


def test_only_an_urgent_request_leaves_without_a_department_and_only_where_the_policy_lets_it():
    case(s2(), requested()).when(LATER, by="p-qe").refused("G-RETROSIGN", "department")
    strict = saying(
        "approval_chains: {replacement: [{role: quality_engineer, meaning: responsibility}]}\n",
        p_qe=Role.QUALITY_ENGINEER,
    )
    case(strict, requested(urgent=True)).when(LATER, by="p-qe").refused("G-RETROSIGN", "department")
    assert case(saying(""), requested(urgent=True)).when(LATER, by="p-qe").event().retro_sign_due is None


def test_every_signature_before_the_issue_comes_before_the_goods_leave():
    text = (
        "approval_chains:\n  replacement:\n    - {role: quality_engineer, meaning: responsibility}\n"
        "    - {role: quality_head, meaning: approval}\n    - {role: warehouse, meaning: issue}\n"
    )
    world = saying(text, **PEOPLE, p_head=Role.QUALITY_HEAD)
    asked = case(world, by("p-ana", requested()))
    asked.when(AUTHORISE, by="p-qe").then_some(e.StepSigned)
    once = after(asked, (AUTHORISE, "p-qe"))
    once.when(SHIP, by="p-wh").refused("G-REPLACE")
    once.when(AUTHORISE, by="p-head").then_some(e.StepSigned, e.ReplacementAuthorised)


def test_quality_turns_down_what_the_facts_do_not_carry():
    refuse = RefuseReplacement(replacement_id="x1", facts_correct=False, reason="never ordered")
    outcome = case(World(), requested()).when(refuse)
    assert outcome.after.replacements.requests["x1"].status == ReplacementStatus.REFUSED
    case(World(), requested(), outcome.event()).when(AUTHORISE).refused("G-REPLACE")
    case(World()).when(refuse).invalid("G-REPLACE", "replacement_id")


@pytest.mark.requirement("S2-06")
def test_logistics_sends_the_goods():
    assert set(who_may(ShipReplacement)) == {Role.LOGISTICS, Role.WAREHOUSE, Role.SUPPLY_CHAIN}


@pytest.mark.requirement("S1-44")
def test_the_customer_is_told_the_shipment_and_the_day_and_asked_whether_all_is_well():
    ready = after(case(s2(), by("p-ana", requested())), (AUTHORISE, "p-qe"), (SHIP, "p-wh"))
    pack: Pack = ready.world.going_by.pack
    assert pack.reply_templates is not None
    wording = filled(pack.reply_templates["shipped"], ready.case, "Asia/Shanghai", "Ana")
    assert "shipment SF-1" in wording["en"] and "2026-03-05" in wording["en"] and "单号SF-1" in wording["zh"]
    delivered = ready.when(DeliverReplacement(replacement_id="x1", received_by="Mr Wang"))
    assert delivered.after.replacements.requests["x1"].status == ReplacementStatus.DELIVERED
    asks = filled(pack.reply_templates["satisfied"], ready.case, "Asia/Shanghai", "Ana")
    assert "is everything in order" in asks["en"]
    said = intake.given(Stage.IMPLEMENTING).when(RecordCustomerFeedback(satisfied=True, score=100))
    assert said.after.satisfied is True


def test_only_what_was_shipped_is_delivered():
    deliver = DeliverReplacement(replacement_id="x1")
    case(World(), requested()).when(deliver).refused("G-REPLACE", "replacement_id")


@pytest.mark.requirement("S2-24")
def test_the_liaison_arranges_how_goods_come_back():
    assert {Role.CUSTOMER_LIAISON} <= set(who_may(RequestReplacement)) & set(who_may(ReceiveReturn))
    asked = after(case(s2(), by("p-ana", requested(ReplacementKind.RETURN))), (AUTHORISE, "p-qe"))
    asked.when(SHIP, by="p-wh").refused("G-REPLACE", "replacement_id")
    back = ReceiveReturn(
        replacement_id="x1", rma_no="RMA-17", quantity=2, condition="unopened", stored_at="quarantine 4"
    )
    assert asked.when(back, by="p-wh").after.replacements.returns == ("w1",)
    asked.when(back.model_copy(update={"replacement_id": "x9"})).invalid("G-REPLACE", "replacement_id")


@pytest.mark.requirement("S2-57")
def test_parts_leave_while_departments_look_for_improvement():
    for stage in (Stage.TRIAGED, Stage.INVESTIGATING, Stage.PLANNING, Stage.IMPLEMENTING):
        outcome = intake.given(stage, requested()).when(AUTHORISE, by="p-qe")
        assert outcome.problem is None and outcome.after.stage == stage
    planned = capa.given(Stage.PLANNING, requested()).when(wishes.planning())
    assert planned.problem is None, "a request under way stops no plan"
