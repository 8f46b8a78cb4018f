"""Costs are shared by the rule of the policy, tried out first, signed by two, executed by finance (domain §1.6, G-MONEY)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.capa.domain import Archive
from services.capa.topics.money import (
    AccrueDelayCharge,
    AllocateCosts,
    ApproveCharge,
    CorrectCost,
    ExecuteCharge,
    PersonPart,
    RecordCost,
    ReturnCharge,
    SplitCharge,
    WaiveCharge,
)
from shared.complaint.money import ChargeStatus
from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.events.organisation import Role
from shared.events.triage_words import ClaimDirection, DisputeOutcome, Party
from shared.kernel.errors import Invalid
from shared.kernel.values import Money
from shared.policy.access import who_may
from shared.policy.pack import Tier
from shared.runtime.aggregates import KINDS, Loaded, snapshot_of
from tests.facts import MONDAY
from tests.given import capa, told
from tests.services.capa.topics.money_world import (
    ACK,
    DELAYS,
    PERSONS,
    PRODUCTION,
    PROPOSE,
    TRY,
    D,
    Going,
    GoingBy,
    case,
    cost,
    yuan,
)

LOSS, FREIGHT = w.CostKind.LOSS, w.CostKind.FREIGHT
APPROVE, EXECUTE = ApproveCharge(charge_id="m1"), ExecuteCharge(charge_id="m1", voucher_no="V-1")
WAIVE = WaiveCharge(charge_id="m1", reason="the carrier has paid")


# ── the rule ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("amount", "base", "supervisor", "responsible", "company"),
    [
        pytest.param(86.40, 86.40, 17.28, 69.12, 0, marks=pytest.mark.requirement("S2-50")),
        pytest.param(100, 100, 20, 80, 0, marks=pytest.mark.requirement("S2-50")),
        pytest.param(100.50, 100.25, 20.05, 80.20, 0.25, marks=pytest.mark.requirement("S2-51")),
        pytest.param(350, 225, 45, 180, 125, marks=pytest.mark.requirement("S2-51")),
        pytest.param(500, 300, 60, 240, 200, marks=pytest.mark.requirement("S2-51")),
        pytest.param(500.60, 300.24, 60.05, 240.19, 200.36, marks=pytest.mark.requirement("S2-52")),
        pytest.param(1280, 612, 122.40, 489.60, 668, marks=pytest.mark.requirement("S2-52")),
        pytest.param(600, 340, 68, 272, 260, marks=pytest.mark.requirement("S2-52")),
    ],
)
def test_the_table_of_the_second_procedure_to_the_fen(
    amount: float, base: float, supervisor: float, responsible: float, company: float
):
    going = case(cost(amount)).does(TRY)
    of = going.charge.of
    assert (of.cost, of.base, of.company_share) == (yuan(amount), yuan(base), yuan(company))
    assert going.shares() == {
        ("production", "dept_supervisor"): str(yuan(supervisor)),
        ("production", "responsible_person"): str(yuan(responsible)),
    }


def test_two_items_of_300_are_charged_60_more_than_their_sum():
    apart = case(cost(300, item_id="x1"), cost(300, LOSS, "k2", item_id="x2")).does(TRY)
    assert (apart.charge.of.base, apart.charge.of.company_share) == (yuan(400), yuan(200))
    assert set(apart.shares().values()) == {"80.00 CNY", "320.00 CNY"}
    together = case(cost(300, item_id="x1"), cost(300, LOSS, "k2", item_id="x1")).does(TRY)
    assert together.charge.of.base == yuan(340)


def test_freight_and_loss_of_the_case_are_one_item_and_other_costs_are_not_shared():
    going = case(cost(60), cost(80, LOSS, "k2"), cost(999, w.CostKind.REWORK, "k3")).does(TRY)
    assert (going.charge.of.cost_ids, going.charge.of.base) == (("k1", "k2"), yuan(120))


def test_a_policy_may_share_freight_alone_or_a_week_at_once():
    freight = GoingBy().sharing(base="freight")
    assert case(cost(60), cost(80, LOSS, "k2"), world=freight).does(TRY).charge.of.cost == yuan(60)
    weekly = GoingBy().sharing(scope="department_week")
    going = case(cost(300, item_id="x1"), cost(300, LOSS, "k2", item_id="x2"), world=weekly).does(TRY)
    assert going.charge.of.base == yuan(340)
    assert [(part.week, part.cost_ids) for part in going.charge.of.assessed] == [("2026-W10", ("k1", "k2"))]


def test_where_a_week_is_charged_at_once_other_cases_of_it_have_filled_the_lower_tiers():
    """Whichever they are: nobody has to name them."""
    world = GoingBy().sharing(scope="department_week")
    first = case(cost(300), world=world).proposed()
    assert first.charge.of.base == yuan(200)
    second = Going(replace(first.given, case=told(Stage.IMPLEMENTING, cost(300), number=2).case))
    tried = second.does(TRY)
    assert tried.charge.of.base == yuan(140), "both together are 600.00, of which 340.00 is assessable"
    assert tried.charge.of.together_with == (first.case.complaint_id,)
    item = case(cost(300), world=GoingBy()).proposed()
    assert Going(replace(item.given, case=second.case)).does(TRY).charge.of.base == yuan(200), "each item by itself"


def test_another_week_site_currency_or_department_fills_no_tier_of_this_one():
    world = GoingBy().sharing(scope="department_week")
    case(cost(300), world=world).proposed()
    other = told(Stage.IMPLEMENTING, cost(300), number=2)

    def base(complaint: Any, command: AllocateCosts = TRY) -> Any:
        return Going(replace(case(world=world).given, case=complaint)).does(command).charge.of.base

    assert base(other.case) == yuan(140)
    assert base(replace(other.case, site="dresden")) == yuan(200)
    assert base(told(Stage.IMPLEMENTING, cost(300, incurred_on=date(2026, 3, 9)), number=2).case) == yuan(200)
    assert base(other.case, AllocateCosts(departments=shared_by((D.RND, 100)))) == yuan(200)


def test_what_is_put_forward_is_what_was_tried_also_when_another_case_of_the_week_came_between():
    world = GoingBy().sharing(scope="department_week")
    first = case(cost(300), world=world).does(TRY)
    second = Going(replace(first.given, case=told(Stage.IMPLEMENTING, cost(300), number=2).case)).proposed()
    first.asks(PROPOSE).refused("G-MONEY", "dry_run")
    assert first.proposed().charge.of.base == yuan(140)
    second.does(WaiveCharge(charge_id="m1", reason="the carrier pays"), "p-gm")
    third = Going(replace(first.given, case=told(Stage.IMPLEMENTING, cost(300), number=3).case)).does(TRY)
    assert third.charge.of.base == yuan(140), "of the two before it one counts"


@pytest.mark.requirement("S2-53")
def test_each_departments_cost_is_shared_by_its_supervisor_and_those_responsible():
    halves = shared_by((D.PRODUCTION, 50), (D.RND, 50))
    going = case(cost(600)).does(AllocateCosts(departments=halves))
    assert going.charge.of.base == yuan(400), "each department's half goes through the tiers by itself"
    assert going.shares() == {
        ("production", "dept_supervisor"): "40.00 CNY", ("production", "responsible_person"): "160.00 CNY",
        ("rnd", "dept_supervisor"): "40.00 CNY", ("rnd", "responsible_person"): "160.00 CNY",
    }  # fmt: skip
    late = GoingBy().sharing(multi_department="tier_then_split")
    assert case(cost(600), world=late).does(AllocateCosts(departments=halves)).charge.of.base == yuan(340)


@pytest.mark.requirement("S4-47")
def test_amounts_come_from_the_policy_and_nobody_types_them():
    """As written, for everybody alike: only another policy leads to another amount."""
    for command in (AllocateCosts, AccrueDelayCharge):
        assert not {"amount", "base", "shares", "days"} & command.model_fields.keys()
    harsher = GoingBy().sharing(supervisor_share="1/2")
    assert set(case(cost(350)).does(TRY).shares().values()) == {"45.00 CNY", "180.00 CNY"}
    assert list(case(cost(350), world=harsher).does(TRY).shares().values()) == ["112.50 CNY", "112.50 CNY"]
    assert case(cost(350)).does(TRY).charge.of.rule_version == "pack-s2@1 digest"


def test_other_money_needs_tiers_of_its_own():
    euro = case(cost(350, currency="EUR"))
    euro.asks(TRY).refused("G-MONEY", "cost_ids")
    tier = Tier.model_validate({"upto": None, "from": 0, "fixed": 0, "rate": "1/10"})
    world = GoingBy().sharing(other_currencies={"EUR": (tier,)})
    of = case(cost(350, currency="EUR"), world=world).does(TRY).charge.of
    assert (of.base, of.company_share) == (yuan(35, "EUR"), yuan(315, "EUR"))
    both = case(cost(350, currency="EUR"), cost(10, id="k2"))
    both.asks(TRY).refused("G-MONEY", "cost_ids")
    assert both.does(AllocateCosts(departments=PRODUCTION, cost_ids=("k2",))).charge.of.base == yuan(10)


# ── G-MONEY: enabled, tried out, signed by two ────────────────────────────────────────────────────────────────────────
def test_nothing_is_shared_where_the_policy_does_not_say_so():
    case(cost(350), world=GoingBy(None)).asks(TRY).refused("G-MONEY")
    case(cost(350), world=GoingBy("pack-s1")).asks(TRY).refused("G-MONEY")
    case(cost(350), world=GoingBy("pack-s2", "  department_level_enabled: false\n")).asks(TRY).refused("G-MONEY")
    case(cost(350)).asks(TRY).then_some(e.CostAllocationProposed)


def test_what_is_put_forward_was_tried_out_before():
    tried = case(cost(350))
    tried.asks(PROPOSE).refused("G-MONEY", "dry_run")
    tried = tried.does(TRY)
    assert (tried.charge.charge_id, tried.charge.status) == ("m1", ChargeStatus.TRIED)
    assert tried.case.money.charged_by("k1") is None and tried.case.money.unsettled() == ()
    put = tried.does(PROPOSE)
    assert (put.charge.charge_id, put.charge.status) == ("m1", ChargeStatus.PROPOSED)
    more = tried.does(RecordCost(kind=LOSS, amount=yuan(5)))
    more.asks(PROPOSE).refused("G-MONEY", "dry_run")
    other = AllocateCosts(departments=shared_by((D.RND, 100)), dry_run=False)
    tried.asks(other).refused("G-MONEY", "dry_run")
    tried.asks(AllocateCosts(departments=PRODUCTION, dry_run=False, charge_id="m9")).refused("G-MONEY", "dry_run")


@pytest.mark.requirement("S2-46")
def test_a_charge_is_signed_by_the_quality_head_and_the_general_manager_before_finance_has_it():
    going = case(cost(350)).proposed()
    going.asks(EXECUTE, "p-fin").refused("G-MONEY", "charge_id")
    going.asks(APPROVE, "p-gm").refused("G-APPR")
    going = going.does(APPROVE, "p-qh")
    assert going.charge.status == ChargeStatus.PROPOSED
    going.asks(APPROVE, "p-qh").refused("G-SOD")
    going.asks(EXECUTE, "p-fin").refused("G-MONEY", "charge_id")
    outcome = going.asks(APPROVE, "p-gm")
    outcome.then_some(e.StepSigned, e.CostAllocationApproved)
    assert outcome.event(1) == e.CostAllocationApproved(charge_id="m1", amount=yuan(225))
    going.does(APPROVE, "p-gm").asks(APPROVE, "p-dora").refused("G-MONEY", "charge_id")


def test_whoever_put_it_forward_does_not_sign_it():
    going = case(cost(350)).proposed("p-qh")
    going.asks(APPROVE, "p-qh").refused("G-SOD")
    going.does(APPROVE, "p-dora").does(APPROVE, "p-gm")


def test_where_no_two_are_named_nobody_approves():
    chains = GoingBy().going_by.pack.approval_chains
    assert chains is not None
    for named in ({}, {"charge": chains["charge"][1:]}):
        going = case(cost(350), world=GoingBy().without(approval_chains=named)).proposed()
        going.asks(APPROVE, "p-qh").refused("G-MONEY")


@pytest.mark.requirement("S2-08")
def test_finance_alone_carries_out_what_was_charged():
    assert who_may(ExecuteCharge) == (Role.FINANCE,)
    going = case(cost(350)).approved()
    going.asks(EXECUTE, "p-clerk").refused("G-APPR")
    outcome = going.asks(EXECUTE, "p-fin")
    outcome.then_some(e.StepSigned, e.CostAllocationExecuted)
    assert (outcome.event(0).role, outcome.event(0).meaning) == ("finance", w.Meaning.EXECUTION)
    assert outcome.event(1) == e.CostAllocationExecuted(charge_id="m1", voucher_no="V-1", amount=yuan(225))
    going.does(EXECUTE, "p-fin").asks(EXECUTE, "p-fin").refused("G-MONEY", "charge_id")


def test_whoever_approved_does_not_execute_even_where_the_chain_ends_before_finance():
    chains = GoingBy().going_by.pack.approval_chains
    assert chains is not None
    going = case(cost(350), world=GoingBy().without(approval_chains={"charge": chains["charge"][:2]})).approved()
    going.asks(EXECUTE, "p-qh").refused("G-SOD")
    going.asks(EXECUTE, "p-fin").then_some(e.CostAllocationExecuted)


@pytest.mark.requirement("S2-42")
@pytest.mark.parametrize("role", [Role.QUALITY_ENGINEER, Role.QUALITY_HEAD, Role.LOGISTICS, Role.FINANCE])
def test_quality_logistics_and_finance_work_it_out(role: Role):
    assert role in who_may(AllocateCosts) and role in who_may(RecordCost)
    assert Role.CUSTOMER_SERVICE not in who_may(AllocateCosts)


def test_a_charge_sent_back_is_signed_anew():
    going = case(cost(350)).proposed().does(APPROVE, "p-qh")
    back = ReturnCharge(charge_id="m1", reason="the carrier pays half")
    going.asks(back, "p-qh").refused("G-APPR")
    going = going.does(back, "p-gm")
    going.asks(APPROVE, "p-gm").refused("G-APPR")
    going.does(APPROVE, "p-qh").does(APPROVE, "p-gm")


def test_a_waived_charge_sets_its_costs_free_and_an_executed_one_is_not_waived():
    going = case(cost(350)).proposed()
    going.asks(TRY).refused("G-MONEY", "cost_ids")
    waived = going.does(WAIVE, "p-gm")
    waived.asks(APPROVE, "p-qh").refused("G-MONEY", "charge_id")
    assert waived.does(TRY).charge.charge_id == "m2"
    case(cost(350)).approved().does(EXECUTE, "p-fin").asks(WAIVE, "p-gm").refused("G-MONEY", "charge_id")


def test_a_case_is_not_put_away_before_its_money_is_settled():
    case(cost(350), stage=Stage.CLOSED).does(TRY).asks(ARCHIVE).leads_to(Stage.ARCHIVED)
    going = case(cost(350), stage=Stage.CLOSED).approved()
    going.asks(ARCHIVE).refused("G-MONEY")
    going.does(EXECUTE, "p-fin").asks(ARCHIVE).leads_to(Stage.ARCHIVED)


ARCHIVE = Archive(retention_until=MONDAY.date().replace(year=2036))


# ── costs ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_cost_has_a_name_of_its_own_and_is_recorded_in_any_open_stage():
    wish = RecordCost(kind=FREIGHT, amount=yuan(50))
    capa.given(Stage.RECEIVED).when(wish).then_some(e.CostRecorded)
    assert capa.given(Stage.CLOSED).when(wish).event().cost_id == "k1"
    capa.given(Stage.VERIFYING, cost(1)).when(RecordCost(cost_id="k1", kind=LOSS, amount=yuan(1))).invalid("G-UNIQUE")
    capa.given(Stage.RECEIVED, e.Withdrawn(reason="never mind")).when(wish).refused("G-STAGE")


def test_a_wrong_cost_is_corrected_by_a_fact_and_never_under_a_charge():
    wrong = case(cost(350), cost(10, LOSS, "k2"))
    right = CorrectCost(cost_id="k1", amount=yuan(35), reason="a comma too far right")
    outcome = wrong.asks(right)
    outcome.then(e.CostCorrected(cost_id="k1", was=yuan(350), amount=yuan(35), reason="a comma too far right"))
    assert outcome.after.money.costs["k1"].amount == yuan(35)
    reversed_ = wrong.does(CorrectCost(cost_id="k1", amount=yuan(0), reason="another case"))
    assert reversed_.does(TRY).charge.of.cost_ids == ("k2",)
    wrong.asks(CorrectCost(cost_id="k1", amount=yuan(350), reason="x")).refused("G-MONEY", "amount")
    wrong.asks(CorrectCost(cost_id="k9", amount=yuan(1), reason="x")).invalid("G-MONEY", "cost_id")
    wrong.does(TRY).does(right)
    wrong.proposed().asks(right).refused("G-MONEY", "cost_id")
    paid = wrong.approved().does(EXECUTE, "p-fin").asks(right).refused("G-MONEY", "cost_id")
    assert paid.problem is not None and "record-cost" in str(paid.problem.way_out)


@pytest.mark.parametrize(
    ("costs", "cost_ids"),
    [
        ((), ()),
        ((cost(5, w.CostKind.SCRAP),), ()),
        ((cost(5, w.CostKind.SCRAP),), ("k1",)),
        ((cost(0),), ("k1",)),
        ((e.CostRecorded(cost_id="k1", kind=FREIGHT, amount=Money(minor=-5, currency="CNY")),), ()),
    ],
)
def test_only_what_was_spent_on_freight_and_loss_is_shared(costs: tuple[Any, ...], cost_ids: tuple[str, ...]):
    case(*costs).asks(AllocateCosts(departments=PRODUCTION, cost_ids=cost_ids)).refused("G-MONEY", None)


def test_one_charge_holds_so_many_costs_and_so_much_and_no_more():
    hundred = [cost(1, id=f"k{n}") for n in range(1, 101)]
    case(*hundred).does(TRY)
    case(*hundred, cost(1, id="k101")).asks(TRY).refused("G-MONEY", "cost_ids")
    much = [e.CostRecorded(cost_id=id, kind=LOSS, amount=Money(minor=10**15, currency="CNY")) for id in ("k1", "k2")]
    assert case(much[0]).does(TRY).charge.of.cost.minor == 10**15
    case(*much).asks(TRY).refused("G-MONEY", "cost_ids")


def test_what_is_known_of_money_survives_a_snapshot():
    state = case(cost(350), world=GoingBy("pack-s2", PERSONS)).approved().does(SPLIT).case
    late = e.DelayChargeAccrued(
        charge_id="m2", rule=e.DelayRule.PLAN_LATE, rule_version="x", department=D.RND, days=1, dry_run=False,
        days_late=(MONDAY.date(),), per_day=yuan(10), amount=yuan(10), clock_ids=("action_plan/1",),
    )  # fmt: skip
    for one in (state, case(cost(1), late).case):
        kept = snapshot_of("complaint-x", Loaded(one, 9))
        adapter = KINDS["complaint"].adapter
        assert kept is not None and adapter is not None
        assert adapter.validate_json(kept.state) == one


def test_a_cost_that_is_not_there_is_named():
    case(cost(5)).asks(AllocateCosts(departments=PRODUCTION, cost_ids=("k9",))).invalid("G-MONEY", "cost_ids")


def test_a_credit_note_lowers_its_item():
    credit = e.CostRecorded(cost_id="k2", kind=FREIGHT, amount=Money(minor=-10_000, currency="CNY"))
    assert case(cost(350), credit).does(TRY).charge.of.base == yuan(175)


# ── who answers ───────────────────────────────────────────────────────────────────────────────────────────────────────
def bears(going: Going) -> dict[str, int]:
    """Department → its part of the cost, in minor units."""
    return {str(part.department): part.cost.minor for part in going.charge.of.assessed}


def shared_by(*parts: tuple[w.Department, int]) -> tuple[e.DepartmentShare, ...]:
    return tuple(e.DepartmentShare(department=department, share_pct=pct) for department, pct in parts)


def test_departments_answer_as_triage_has_found_out():
    plain, one = AllocateCosts(), cost(100)
    case(one).asks(plain).refused("G-MONEY", "departments")
    seems = e.ResponsibilityPreliminarilyAssigned(departments=shared_by((D.RND, 100)))
    assert bears(case(one, seems).does(plain)) == {"rnd": 10_000}
    posts = ("operator of the reflow oven",)
    confirmed = e.ResponsibilityConfirmed(departments=shared_by((D.PRODUCTION, 70), (D.RND, 30)), posts=posts)
    assert bears(case(one, seems, confirmed).does(plain)) == {"production": 7_000, "rnd": 3_000}
    assert bears(case(one, confirmed).does(TRY)) == {"production": 10_000}, "unless the command says otherwise"
    supplier = e.ResponsibilityConfirmed(party=Party.SUPPLIER, departments=shared_by((D.PURCHASING, 100)))
    case(one, seems, supplier).asks(plain).refused("G-MONEY", "departments")
    case(one, supplier).does(TRY)
    signed = e.ResponsibilitySigned(department=D.SUPPLY_CHAIN)
    assert bears(case(one, signed).does(plain)) == {"supply_chain": 10_000}


@pytest.mark.parametrize(
    "parts", [((D.RND, 50), (D.PRODUCTION, 40)), ((D.RND, 50), (D.RND, 50)), ((D.RND, 100), (D.PRODUCTION, 0))]
)
def test_shares_come_to_a_hundred(parts: tuple[tuple[w.Department, int], ...]):
    case(cost(5)).asks(AllocateCosts(departments=shared_by(*parts))).invalid("G-MONEY", "departments")


CLAIM = e.Claim(material="M-1", quantity=5, direction=ClaimDirection.SHORT)
DISPUTE = e.EvidenceDisputeOpened(dispute_id="d1", claim=CLAIM, insufficient_reason="the photo does not show the count")


def resolved(outcome: DisputeOutcome, department: w.Department | None = None) -> e.EvidenceDisputeResolved:
    found = e.Found(material="M-1", variance=0, expected=5)
    return e.EvidenceDisputeResolved(
        dispute_id="d1", stocktake_id="t1", outcome=outcome, variances=(found,), department=department
    )


def disputed(*events: Any) -> Going:
    return case(cost(100), DISPUTE, *events, stage=Stage.INVESTIGATING)


def test_a_stock_take_decides_who_answers():
    disputed().asks(TRY).refused("G-MONEY")
    disputed(resolved(DisputeOutcome.CUSTOMER_INACCURATE)).asks(TRY).refused("G-MONEY")
    disputed(resolved(DisputeOutcome.INCONCLUSIVE)).asks(TRY).refused("G-MONEY")
    assert bears(disputed(resolved(DisputeOutcome.QUALITY_PROBLEM)).does(TRY)) == {"production": 10_000}
    warehouse = disputed(resolved(DisputeOutcome.WAREHOUSE_PROBLEM, D.WAREHOUSE))
    warehouse.asks(TRY).refused("G-MONEY", "departments")
    assert bears(warehouse.does(AllocateCosts())) == {"warehouse": 10_000}


def test_a_dispute_that_begins_later_holds_up_the_signatures():
    going = case(cost(100), stage=Stage.INVESTIGATING).proposed()
    going.asks(APPROVE, "p-qh").then_some(e.StepSigned)
    for later in ((DISPUTE,), (DISPUTE, resolved(DisputeOutcome.CUSTOMER_INACCURATE))):
        assert going.meanwhile(*later).asks(APPROVE, "p-qh").refused("G-MONEY")


# ── persons ───────────────────────────────────────────────────────────────────────────────────────────────────────────
BOSS = PersonPart(person="p-boss", party_role=e.PartyRole.DEPT_SUPERVISOR)
WORKERS = tuple(PersonPart(person=f"p-w{n}", party_role=e.PartyRole.RESPONSIBLE_PERSON) for n in (1, 2, 3))
SPLIT = SplitCharge(charge_id="m1", department=D.PRODUCTION, persons=(BOSS, *WORKERS))


@pytest.mark.parametrize(
    "world",
    [
        GoingBy(),
        GoingBy("pack-s2", "  person_level_enabled: true\n"),
        GoingBy("pack-s2", f"  legal_ack: {ACK}\n"),
        GoingBy("pack-s2", "  person_level_enabled: false\n  legal_ack: x\n"),
    ],
)
def test_no_person_is_charged_unless_the_site_enables_it_and_says_who_examined_the_law(world: GoingBy):
    outcome = case(cost(350), world=world).approved().asks(SPLIT).refused("G-MONEY")
    assert outcome.problem is not None and "legal_ack" in str(outcome.problem.way_out)


def test_no_event_but_the_split_names_a_person():
    for kind in (e.CostAllocationProposed, e.DelayChargeAccrued, e.CostAllocationApproved, e.CostAllocationExecuted):
        assert "PersonShare" not in str(kind.model_json_schema())
    assert "PersonShare" in str(e.CostAllocationSplit.model_json_schema())


def test_persons_share_equally_unless_the_supervisor_says_otherwise():
    going = case(cost(350), world=GoingBy("pack-s2", PERSONS)).approved()
    event = going.asks(SPLIT).event()
    assert [(one.person, str(one.amount)) for one in event.persons] == [
        ("p-boss", "45.00 CNY"), ("p-w1", "60.00 CNY"), ("p-w2", "60.00 CNY"), ("p-w3", "60.00 CNY"),
    ]  # fmt: skip
    assert event.legal_ack == ACK
    said = tuple(
        PersonPart(person=one.person, party_role=one.party_role, amount=yuan(amount))
        for one, amount in zip(WORKERS, (100, 79.99, 0.01), strict=True)
    )
    after = going.does(SplitCharge(charge_id="m1", department=D.PRODUCTION, persons=(BOSS, *said)))
    assert [one.amount for one in after.charge.persons[D.PRODUCTION]] == [yuan(45), yuan(100), yuan(79.99), yuan(0.01)]
    after.does(EXECUTE, "p-fin").asks(SPLIT).refused("G-MONEY", "charge_id")


def test_an_odd_fen_is_not_lost():
    going = case(cost(100), world=GoingBy("pack-s2", PERSONS)).approved()
    parts = [one.amount.minor for one in going.asks(SPLIT).event().persons]
    assert parts == [2_000, 2_667, 2_667, 2_666]


@pytest.mark.parametrize(
    "persons",
    [
        (BOSS,),
        (BOSS, WORKERS[0], WORKERS[0]),
        (BOSS, WORKERS[0], PersonPart(person="p-w2", party_role=e.PartyRole.RESPONSIBLE_PERSON, amount=yuan(180))),
        (BOSS, PersonPart(person="p-w2", party_role=e.PartyRole.RESPONSIBLE_PERSON, amount=yuan(179))),
        (BOSS, PersonPart(person="p-w2", party_role=e.PartyRole.RESPONSIBLE_PERSON, amount=yuan(180, "EUR"))),
        (
            BOSS,
            PersonPart(person="p-w1", party_role=e.PartyRole.RESPONSIBLE_PERSON, amount=yuan(181)),
            PersonPart(
                person="p-w2", party_role=e.PartyRole.RESPONSIBLE_PERSON, amount=Money(minor=-100, currency="CNY")
            ),
        ),
        (BOSS, *WORKERS, PersonPart(person="p-nobody", party_role=e.PartyRole.RESPONSIBLE_PERSON)),
    ],
)
def test_parts_that_do_not_add_up_or_name_nobody_are_refused(persons: tuple[PersonPart, ...]):
    going = case(cost(350), world=GoingBy("pack-s2", PERSONS)).approved()
    problem = going.asks(SplitCharge(charge_id="m1", department=D.PRODUCTION, persons=persons)).problem
    assert isinstance(problem, Invalid) and problem.field == "persons"


def test_only_who_bears_something_is_split():
    going = case(cost(350), world=GoingBy("pack-s2", PERSONS)).approved()
    going.asks(SplitCharge(charge_id="m1", department=D.RND, persons=(BOSS,))).refused("G-MONEY", "department")
    head = PersonPart(person="p-head", party_role=e.PartyRole.DEPT_HEAD)
    going.asks(SplitCharge(charge_id="m1", department=D.PRODUCTION, persons=(BOSS, *WORKERS, head))).refused("G-MONEY")
    case(cost(350), world=GoingBy("pack-s2", PERSONS)).proposed().asks(SPLIT).refused("G-MONEY", "charge_id")
    going.asks(SplitCharge(charge_id="m7", department=D.RND, persons=(BOSS,))).invalid("G-MONEY", "charge_id")


def test_enabling_delays_enables_nothing_else():
    case(cost(350), world=GoingBy("pack-s2", DELAYS)).approved().asks(SPLIT).refused("G-MONEY")
