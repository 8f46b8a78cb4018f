"""A claim that neither side can prove: counted together, decided by the table, counted again with a reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.triage.topics.disputes import (
    OpenEvidenceDispute,
    RecordStocktake,
    ResolveEvidenceDispute,
    SignStocktake,
)
from services.triage.topics.findings import WaiveInvestigation
from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events.complaint import Claim, Counted
from shared.events.organisation import Role
from shared.events.triage_words import ClaimDirection, DisputeOutcome, WaiverReason
from shared.events.words import Department
from shared.policy.access import who_may
from tests.facts import HOUR
from tests.services.triage.lives import Life

SHORT = Claim(material="M-1", quantity=5, direction=ClaimDirection.SHORT)
SIGN = SignStocktake(stocktake_id="t1")
RESOLVE = ResolveEvidenceDispute(dispute_id="d1")
O = DisputeOutcome  # noqa: E741


def opening(claim: Claim = SHORT) -> OpenEvidenceDispute:
    return OpenEvidenceDispute(claim=claim, insufficient_reason="the photo does not show the count")


def row(ledger: int, card: int, physical: int, lineside: int | None = 0, material: str = "M-1") -> Counted:
    return Counted(material=material, ledger=ledger, card=card, physical=physical, lineside=lineside)


def counting(case: Life, *materials: Counted, reason: str | None = None) -> RecordStocktake:
    return RecordStocktake(
        dispute_id="d1", materials=materials or (row(100, 100, 105),), frozen_from=case.now - 3 * HOUR,
        frozen_to=case.now - HOUR, reason=reason,
    )  # fmt: skip


def disputed(*packs: str) -> Life:
    case = Life.of(Stage.INVESTIGATING, packs=packs or ("pack-s2",))
    case.does(opening())
    return case


def signed(case: Life, id: str = "t1") -> Life:
    for person in ("p-wh", "p-fin", "p-eng"):
        case.does(SignStocktake(stocktake_id=id), by=person)
    return case


# ── opened ────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.requirement("S2-34")
def test_what_neither_side_can_prove_is_disputed_while_the_cause_is_sought():
    case = disputed()
    assert case.case.disputes.open == ("d1",) and case.case.stage == Stage.INVESTIGATING
    case.asks(opening()).refused("G-DISPUTE")
    Life.of(Stage.ASSIGNED).asks(opening()).refused("G-STAGE")
    waiver = WaiveInvestigation(reason=WaiverReason.NO_FAILURE_ALLEGED, explanation="x")
    case.asks(waiver).refused("G-DISPUTE")


@pytest.mark.parametrize(
    ("direction", "instead"),
    [(ClaimDirection.WRONG_ITEM, None), (ClaimDirection.SHORT, "M-2"), (ClaimDirection.WRONG_ITEM, "M-1")],
)
def test_a_claim_says_what_came_instead_when_something_did(direction: ClaimDirection, instead: str | None):
    claim = Claim(material="M-1", quantity=5, direction=direction, instead=instead)
    Life.of(Stage.INVESTIGATING).asks(opening(claim)).invalid("G-DISPUTE", "claim.instead")


def test_evidence_that_proves_nothing_is_on_record_all_the_same():
    case = Life.of(Stage.INVESTIGATING)
    base = {"claim": SHORT, "insufficient_reason": "x"}
    case.asks(OpenEvidenceDispute(our_evidence=("e9",), **base)).invalid("G-EVID", "our_evidence")
    case.asks(OpenEvidenceDispute(customer_evidence=("e9",), **base)).invalid("G-EVID", "customer_evidence")


# ── counted ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.requirement("S2-34")
def test_finance_quality_and_warehouse_sign_each_for_one_and_none_twice():
    case = disputed()
    case.does(counting(case))
    case.asks(RESOLVE, by="p-head").refused("G-DISPUTE")
    case.asks(SIGN, by="p-rnd").refused("G-DISPUTE")
    first = case.does(SIGN, by="p-wh").event()
    assert (first.chain, first.of, first.role) == ("stocktake", "t1", "warehouse")
    case.asks(SIGN, by="p-wh").refused("G-SOD")
    case.does(SIGN, by="p-eng")
    case.asks(SIGN, by="p-eng2").refused("G-DISPUTE")
    case.asks(RESOLVE, by="p-head").refused("G-DISPUTE")
    case.does(SIGN, by="p-fin")
    case.asks(SIGN, by="p-ana").refused("G-DISPUTE")
    case.asks(SignStocktake(stocktake_id="t9"), by="p-ana").invalid("G-DISPUTE", "stocktake_id")


@pytest.mark.requirement("S2-34")
def test_one_who_holds_every_role_still_signs_once():
    case = disputed()
    case.does(counting(case))
    case.does(SIGN, by="p-ana")
    case.asks(SIGN, by="p-ana").refused("G-SOD")


def test_who_counted_does_not_also_decide():
    assert who_may(ResolveEvidenceDispute) == (Role.QUALITY_HEAD,)
    case = disputed()
    case.does(counting(case))
    for person in ("p-fin", "p-wh", "p-ana"):
        case.does(SIGN, by=person)
    case.asks(RESOLVE, by="p-ana").refused("G-SOD")
    case.does(RESOLVE, by="p-head")


@pytest.mark.requirement("S2-35")
def test_what_lies_beside_the_line_is_counted_too():
    case = disputed()
    case.asks(counting(case, row(100, 100, 100, None))).refused("G-DISPUTE", "materials")
    case.does(counting(case, row(100, 98, 100, 5)))
    assert signed(case).does(RESOLVE, by="p-head").event().outcome == O.QUALITY_PROBLEM, "five were in the workshop"
    ours = (
        "meta: {id: ours, version: 1, title: {en: o, zh: 我}}\n"
        "stocktake: {counters: [finance, warehouse], include_lineside: false, tolerance: 1}\n"
    )
    lenient = disputed(ours)
    event = lenient.does(counting(lenient, row(100, 100, 100, None))).event()
    assert (event.counters, event.tolerance) == (("finance", "warehouse"), 1)


def test_the_material_is_frozen_while_it_is_counted_and_everything_in_dispute_is():
    case = disputed()
    backwards = counting(case).model_copy(update={"frozen_to": case.now - 4 * HOUR})
    case.asks(backwards).invalid("G-DISPUTE", "frozen_to")
    case.asks(counting(case).model_copy(update={"frozen_to": case.now + HOUR})).invalid("G-TIME", "frozen_to")
    case.asks(counting(case, row(1, 1, 1, material="M-9"))).invalid("G-DISPUTE", "materials")
    case.asks(counting(case, row(1, 1, 1), row(2, 2, 2))).invalid("G-DISPUTE", "materials")
    case.asks(counting(case).model_copy(update={"dispute_id": "d9"})).invalid("G-DISPUTE", "dispute_id")


def test_nothing_is_decided_before_it_is_counted():
    disputed().asks(RESOLVE, by="p-head").refused("G-DISPUTE")
    Life.of(Stage.INVESTIGATING).asks(RESOLVE, by="p-head").invalid("G-DISPUTE", "dispute_id")


# ── decided ───────────────────────────────────────────────────────────────────────────────────────────────────────────
OUTCOMES = [
    pytest.param(row(100, 100, 105), O.QUALITY_PROBLEM, Stage.INVESTIGATING, marks=pytest.mark.requirement("S2-36")),
    pytest.param(row(100, 100, 100), O.CUSTOMER_INACCURATE, Stage.CLOSING, marks=pytest.mark.requirement("S2-37")),
    pytest.param(row(100, 90, 97), O.WAREHOUSE_PROBLEM, Stage.PLANNING, marks=pytest.mark.requirement("S2-38")),
]


@pytest.mark.parametrize(("counted", "outcome", "stage"), OUTCOMES)
def test_the_count_decides_who_was_at_fault(counted: Counted, outcome: DisputeOutcome, stage: Stage):
    case = disputed()
    case.does(counting(case, counted))
    resolved = signed(case).does(RESOLVE, by="p-head").then_some(e.EvidenceDisputeResolved).leads_to(stage)
    assert resolved.event().outcome == outcome and resolved.after.disputes.open == ()
    warehouse = outcome == O.WAREHOUSE_PROBLEM
    assert (resolved.after.department == Department.WAREHOUSE) == warehouse


def test_where_counting_proves_nothing_the_search_goes_on():
    case = Life.of(Stage.INVESTIGATING, packs=("pack-s2",))
    case.does(opening(Claim(material="M-1", quantity=0, direction=ClaimDirection.SHORT)))
    case.does(counting(case, row(100, 100, 100)))
    outcome = signed(case).does(RESOLVE, by="p-head").leads_to(Stage.INVESTIGATING)
    assert outcome.event().outcome == O.INCONCLUSIVE


def test_an_outcome_is_superseded_only_by_a_second_count_with_its_reason():
    case = disputed()
    case.does(counting(case, row(100, 100, 100)))
    signed(case).does(RESOLVE, by="p-head").leads_to(Stage.CLOSING)
    case.asks(RESOLVE, by="p-head").refused("G-DISPUTE")
    case.asks(counting(case, row(100, 100, 105))).refused("G-DISPUTE", "reason")
    second = case.does(counting(case, row(100, 100, 105), reason="one shelf was left out")).event()
    assert (second.stocktake_id, second.supersedes) == ("t2", "t1")
    case.asks(RESOLVE, by="p-head").refused("G-DISPUTE")
    outcome = signed(case, "t2").does(RESOLVE, by="p-head").leads_to(Stage.INVESTIGATING)
    assert outcome.event().outcome == O.QUALITY_PROBLEM


@pytest.mark.parametrize("stage", [Stage.PLANNING, Stage.CLOSING])
def test_a_case_that_has_gone_on_for_other_reasons_is_not_moved_by_its_old_dispute(stage: Stage):
    case = disputed()
    case.does(counting(case))
    signed(case).does(RESOLVE, by="p-head").leads_to(Stage.INVESTIGATING)
    case.case = replace(case.case, stage=stage)
    case.asks(counting(case, reason="again")).refused("G-DISPUTE")
