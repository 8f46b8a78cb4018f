"""What the customer asks for, what goes before our promises, and what is offered, agreed and carried out."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.intake.topics.demands import RecordContractTerms, RecordCustomerDemand, RecordCustomerRequirement
from services.intake.topics.remedies import AgreeRemedy, ExecuteRemedy, ProposeRemedy, RestoreService
from shared.complaint.awaits import of_intake
from shared.complaint.remedies import RemedyStatus
from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.events.organisation import Role
from shared.events.remedies import RemedyBasis, RemedyKind
from shared.events.sentences import sentence
from shared.kernel.values import Money, Rank
from tests.facts import acknowledged, classified, contacted, received, registered
from tests.given import Given, capa, intake
from tests.requirements import wishes
from tests.services.intake.topics.worlds import going_by

CNY_500 = Money(minor=50_000, currency="CNY")
ITEM = e.RemedyItem


# ── demands and terms ─────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_demand_says_how_much_by_when_and_on_whose_form():
    wish = RecordCustomerDemand(
        kind=w.Demand.COMPENSATION, amount=CNY_500, quantity=3, due=date(2026, 4, 1), template="customer_8d",
        customer_loss=CNY_500,
    )  # fmt: skip
    outcome = intake.given(received()).when(wish)
    assert outcome.after.demanded.items["d1"] == wishes.stored(outcome)
    assert outcome.event().amount == CNY_500
    intake.given(received()).when(RecordCustomerDemand(kind=w.Demand.NONE_STATED)).invalid("G-DEMAND", "kind")


def test_a_customer_may_ask_for_another_time_than_ours_and_a_contract_goes_first():
    said: dict[str, Any] = {"clause": "CL-PLAN", "statement": "within a day"}
    wish = RecordCustomerRequirement(target="PT24H", **said)
    asked = intake.given(received()).when(wish)
    assert (asked.event().term_id, asked.after.demanded.terms["t1"].target) == ("t1", "PT24H")
    contract = RecordContractTerms(contract_ref="SA-17", due=date(2026, 3, 4), **said)
    case = intake.given(received(), intake.given(received()).when(contract).event())
    after = case.when(wish).after.demanded
    term = after.term("CL-PLAN")
    assert term is not None and (term.contract_ref, term.due) == ("SA-17", date(2026, 3, 4))
    assert after.term("CL-RCA") is None


@pytest.mark.parametrize("kind", [RecordCustomerRequirement, RecordContractTerms])
def test_a_term_names_a_clause_and_one_time_for_it(kind: Any):
    more: dict[str, Any] = {"statement": "x", **({"contract_ref": "SA-17"} if kind is RecordContractTerms else {})}
    case = intake.given(received()).in_a_world(going_by("pack-s0", "overlay-meddev"))
    assert case.when(kind(**more)).problem is None, "a wish without a time is recorded as it is"
    assert case.when(kind(clause="CL-RESP", target="PT4H", **more)).problem is None
    case.when(kind(clause="CL-WISH", target="PT4H", **more)).invalid("G-TERM", "clause")
    case.when(kind(target="PT4H", **more)).invalid("G-TERM", "clause")
    case.when(kind(clause="CL-RESP", **more)).invalid("G-TERM", "due")
    case.when(kind(clause="CL-RESP", target="PT4H", due=date(2026, 4, 1), **more)).invalid("G-TERM", "due")
    case.when(kind(clause="CL-RESP", target="soon", **more)).invalid("G-TERM", "target")
    case.when(kind(clause="CL-REGREPORT", target="PT4H", **more)).refused("G-TERM", "clause")


# ── offers by grade ───────────────────────────────────────────────────────────────────────────────────────────────────
def graded(grade: str, rank: Rank, *more: Any, **form: Any) -> Given:
    """A case under the policy that has offers by grade."""
    told = classified(rank).model_copy(update={"grade": grade})
    on_form = registered().model_copy(update=form)
    past = (received(), acknowledged(), on_form, contacted(), told, *more)
    return intake.given(*past).in_a_world(going_by("pack-s1"))


@pytest.mark.parametrize(
    ("grade", "rank", "offer"),
    [
        pytest.param(
            "URGENT", Rank.CRITICAL,
            (
                ITEM(kind=RemedyKind.EXCHANGE, free=True),
                ITEM(kind=RemedyKind.COMPENSATION, amount=CNY_500),
                ITEM(kind=RemedyKind.GIFT),
            ),
            marks=pytest.mark.requirement("S1-36"),
        ),
        pytest.param(
            "IMPORTANT", Rank.MAJOR,
            (ITEM(kind=RemedyKind.REPAIR, free=True), ITEM(kind=RemedyKind.WARRANTY_EXTENSION, months=12)),
            marks=pytest.mark.requirement("S1-37"),
        ),
        pytest.param(
            "GENERAL", Rank.MINOR,
            (ITEM(kind=RemedyKind.COUPON, discount_percent=10), ITEM(kind=RemedyKind.COSMETIC_REPAIR_NOTE)),
            marks=pytest.mark.requirement("S1-38"),
        ),
    ],
)  # fmt: skip
def test_what_is_offered_is_found_by_grade(grade: str, rank: Rank, offer: tuple[e.RemedyItem, ...]):
    event = graded(grade, rank).when(ProposeRemedy()).event()
    assert (event.offer, event.offer_basis, event.rule_ref) == (offer, RemedyBasis.GRADE_MATRIX, f"pack-s1 {grade}")


@pytest.mark.requirement("S1-35")
def test_an_offer_says_what_of_the_demands_it_leaves_open():
    demand = e.CustomerDemandRecorded(demand_id="d1", kind=w.Demand.COMPENSATION, amount=CNY_500)
    case = graded("IMPORTANT", Rank.MAJOR, demand)
    event = case.when(ProposeRemedy(demand_ids=("d1",))).event()
    assert event.not_offered == (w.Demand.COMPENSATION,), "the repair on the form is offered, the money is not"
    case.when(ProposeRemedy(demand_ids=("d2",))).invalid("G-DEMAND", "demand_ids")
    urgent = graded("URGENT", Rank.CRITICAL, demand, demands=(w.Demand.NONE_STATED,))
    assert urgent.when(ProposeRemedy()).event().not_offered == ()


def test_another_offer_than_that_of_the_policy_takes_a_reason_or_another_basis():
    case = graded("GENERAL", Rank.MINOR)
    gift = (ITEM(kind=RemedyKind.GIFT),)
    problem = case.when(ProposeRemedy(offer=gift)).refused("G-REMEDY", "reason").problem
    assert problem is not None and "coupon, cosmetic repair note" in problem.detail
    assert case.when(ProposeRemedy(offer=gift, reason="a regular customer")).event().offer == gift
    assert case.when(ProposeRemedy(offer=gift, offer_basis=RemedyBasis.GOODWILL)).event().rule_ref is None
    case.when(ProposeRemedy(offer_basis=RemedyBasis.NEGOTIATED)).invalid("G-REMEDY", "offer")


def test_without_a_matrix_or_a_grade_somebody_says_what_is_offered():
    repair = ProposeRemedy(offer=(ITEM(kind=RemedyKind.REPAIR),), offer_basis=RemedyBasis.NEGOTIATED)
    intake.given(received(), registered()).when(ProposeRemedy()).refused("G-REMEDY", "offer_basis")
    assert intake.given(received(), registered()).when(repair).problem is None
    intake.given(Stage.TRIAGED).when(ProposeRemedy()).refused("G-REMEDY", "offer_basis")


def test_an_offer_by_contract_rests_on_one():
    wish = ProposeRemedy(offer=(ITEM(kind=RemedyKind.REPAIR),), offer_basis=RemedyBasis.CONTRACT)
    intake.given(received(), registered()).when(wish).refused("G-REMEDY", "rule_ref")
    form = registered().model_copy(update={"contract_ref": "SA-17"})
    assert intake.given(received(), form).when(wish).event().rule_ref == "SA-17"
    terms = e.ContractTermsRecorded(term_id="t1", contract_ref="SA-18", statement="x")
    assert intake.given(received(), registered(), terms).when(wish).event().rule_ref == "SA-18"


# ── agreed and carried out ────────────────────────────────────────────────────────────────────────────────────────────
PROPOSED = e.RemedyProposed(
    remedy_id="r1", offer=(ITEM(kind=RemedyKind.REPAIR),), offer_basis=RemedyBasis.NEGOTIATED, owner="p-lin"
)
AGREED = e.RemedyAgreed(remedy_id="r1", accepted_by="Ms Li")
FORM = (received(), acknowledged(), registered(), contacted())


@pytest.mark.requirement("S1-42")
def test_whoever_was_named_carries_the_remedy_out_and_quality_watches_over_it():
    world = going_by("pack-base", p_lin=Role.CUSTOMER_SERVICE, p_bo=Role.CUSTOMER_SERVICE, p_qe=Role.QUALITY_ENGINEER)
    case = intake.given(*FORM, PROPOSED, AGREED).in_a_world(world)
    assert of_intake(case.case) == "execute_remedy"
    done = ExecuteRemedy(remedy_id="r1")
    case.when(done, by="p-bo").refused("G-REMEDY", "remedy_id")
    assert case.when(done, by="p-lin").event().done_by == "p-lin"
    assert case.when(ExecuteRemedy(remedy_id="r1", done_by="p-lin"), by="p-qe").event().done_by == "p-lin"
    assert of_intake(case.when(done, by="p-lin").after) is None


def test_a_remedy_is_proposed_then_agreed_then_executed_once():
    done = ExecuteRemedy(remedy_id="r1", tracking_no="SF-1", expected_arrival=date(2026, 3, 5), cost=CNY_500)
    intake.given(*FORM).when(AgreeRemedy(remedy_id="r1")).invalid("G-REMEDY", "remedy_id")
    proposed = intake.given(*FORM, PROPOSED)
    proposed.when(done).refused("G-REMEDY", "remedy_id")
    assert proposed.when(AgreeRemedy(remedy_id="r1")).after.remedies["r1"].status == RemedyStatus.AGREED
    agreed = intake.given(*FORM, PROPOSED, AGREED)
    agreed.when(AgreeRemedy(remedy_id="r1")).refused("G-REMEDY")
    executed = agreed.when(done)
    assert executed.after.remedies["r1"].executed_at is not None
    intake.given(*FORM, PROPOSED, AGREED, executed.event()).when(done).refused("G-REMEDY")
    agreed.when(ExecuteRemedy(remedy_id="r1", done_by="p-nobody")).invalid("G-PERSON", "done_by")


def test_the_customer_gets_no_more_money_than_was_approved():
    paying = e.RemedyProposed(
        remedy_id="r1", offer=(ITEM(kind=RemedyKind.COMPENSATION, amount=CNY_500),), offer_basis=RemedyBasis.NEGOTIATED
    )
    agreed = intake.given(*FORM, paying, AGREED)
    agreed.when(ExecuteRemedy(remedy_id="r1")).then_some(e.RemedyExecuted)

    def approved(minor: int) -> e.CompensationApproved:
        amount = Money(minor=minor, currency="CNY")
        return e.CompensationApproved(
            compensation_id="p1", amount=amount, grounds=e.CompensationGrounds.GOODWILL_PAYMENT
        )

    enough = intake.given(*FORM, paying, AGREED, approved(50000))
    enough.when(ExecuteRemedy(remedy_id="r1", cost=CNY_500)).then_some(e.RemedyExecuted)
    more = Money(minor=50001, currency="CNY")
    enough.when(ExecuteRemedy(remedy_id="r1", cost=more)).refused("G-MONEY", "remedy_id")
    intake.given(*FORM, paying, AGREED, approved(49999)).when(ExecuteRemedy(remedy_id="r1")).refused("G-MONEY")
    second = paying.model_copy(update={"remedy_id": "r2"}), e.RemedyAgreed(remedy_id="r2")
    done = enough.when(ExecuteRemedy(remedy_id="r1")).event()
    twice = intake.given(*FORM, paying, AGREED, approved(50000), done, *second)
    twice.when(ExecuteRemedy(remedy_id="r2")).refused("G-MONEY", "remedy_id")


@pytest.mark.requirement("S1-54")
@pytest.mark.parametrize(
    "stage", [Stage.REGISTERED, Stage.INVESTIGATING, Stage.PLANNING, Stage.IMPLEMENTING, Stage.CLOSED]
)
def test_remedy_and_improvement_do_not_wait_for_each_other(stage: Stage):
    offer = ProposeRemedy(offer=(ITEM(kind=RemedyKind.REPAIR),), offer_basis=RemedyBasis.NEGOTIATED)
    outcome = intake.given(stage).when(offer)
    assert outcome.problem is None and outcome.after.stage == stage
    assert capa.given(Stage.PLANNING, PROPOSED).when(wishes.planning()).problem is None, "an open offer stops no plan"


def test_a_customer_who_can_work_again_is_recorded():
    outcome = intake.given(received()).when(RestoreService(how="a unit on loan"))
    assert outcome.after.service_restored_at is not None and outcome.after.stage == Stage.RECEIVED


def test_an_offer_is_told_in_both_languages_with_what_there_is_of_it():
    event = graded("URGENT", Rank.CRITICAL).when(ProposeRemedy()).event()
    assert "exchange, compensation 500.00 CNY, gift" in sentence(event, "en")
    assert "换货、赔偿500.00 CNY、礼品" in sentence(event, "zh")
    longer = graded("IMPORTANT", Rank.MAJOR).when(ProposeRemedy()).event()
    assert "longer warranty 12 months" in sentence(longer, "en") and "延长保修12个月" in sentence(longer, "zh")
