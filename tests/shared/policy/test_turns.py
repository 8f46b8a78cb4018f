"""Whose turn it is: what worklists say of a chain is what the decision lets through, for every chain there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from services.capa.topics.closing import RequestClosure, SignClosure
from services.capa.topics.compensation import ApproveCompensation, PayCompensation
from services.capa.topics.investigation import SignInspection
from services.capa.topics.money import ApproveCharge, ExecuteCharge
from services.capa.topics.plan import ApproveActionPlan
from services.capa.topics.report import DraftReport, IssueReport, SignReport
from services.intake.topics.replacements import AuthoriseReplacement, RequestReplacement, ShipReplacement
from services.triage.topics.disputes import SignStocktake
from services.triage.topics.field_action import ConsentToRecall, DecideRecall
from shared.complaint.rounds import STEPS, Round, rounds
from shared.complaint.state import Complaint, Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.events.capa_words import ReportKind
from shared.events.organisation import Role
from shared.events.replacements import ReplacementItem, ReplacementKind
from shared.events.triage_words import RecallDecision
from shared.kernel.command import Command
from shared.kernel.fact import Event
from shared.kernel.values import Rank
from shared.policy.access import who_may
from shared.policy.chains import AUTHOR, by_name, turn, turns
from shared.policy.pack import Pack
from tests.examples import example
from tests.facts import classified
from tests.given import Domain, Given, Outcome, capa, intake, triage
from tests.policies import policy, policy_of
from tests.services.capa.topics.money_world import PROPOSE, TRY, GoingBy, cost, yuan

ROLES = {f"p-{role.replace('_', '-')}": frozenset({role}) for role in Role}


class EverybodyOne(GoingBy):
    """One person for each role, who holds that one and no other; p-ana, who begins everything, holds them all."""

    holds: ClassVar[dict[str, frozenset[Role]]] = ROLES

    def __init__(self, *packs: str) -> None:
        super().__init__(None)
        if packs:
            self.going_by = policy_of(*packs) if "\n" in packs[0] else policy(*packs)


CLOSE = """
meta: {id: ours, version: 1, title: {en: Ours, zh: 本厂}}
approval_chains: {close: [{role: quality_engineer, meaning: verification}, {role: general_manager, meaning: approval}]}
"""
HANDLING = e.Handling(
    event_summary="x", cause="x", responsible_department=w.Department.QUALITY, rectification="x", technical_analysis="x",
    site_control="x", compensation=yuan(500),
)  # fmt: skip
PARTS = (ReplacementItem(part_no="PSU-12", quantity=1),)
SHIPPED = e.Population(location=w.Where.CUSTOMER, lots=("L-1",), quantity=180, method="sales records")
COUNT = example(e.StocktakePerformed).model_copy(
    update={"dispute_id": "d1", "stocktake_id": "t1", "counters": (Role.FINANCE, Role.WAREHOUSE)}
)
LOOKED_AT = example(e.InspectionRecorded).model_copy(update={"inspection_id": "in1", "engineer": "p-technical"})
PAID = e.CompensationGrounds.CUSTOMER_DEMAND


@dataclass(frozen=True)
class Way:
    """How a chain begins, and the command for each step of it until nothing waits any more."""

    begins: tuple[Command, ...]
    does: dict[str, Command]
    stage: Stage = Stage.IMPLEMENTING
    domain: Domain = capa
    past: tuple[Event, ...] = (cost(120), cost(80, w.CostKind.LOSS, "k2"))


WAYS: dict[str, tuple[str, Way]] = {
    "plan by one leader": ("", Way((), {"approve_plan": ApproveActionPlan()}, Stage.PLAN_REVIEW)),
    "plan": ("pack-s3", Way((), {"approve_plan": ApproveActionPlan()}, Stage.PLAN_REVIEW)),
    "closure": (
        CLOSE,
        Way(
            (RequestClosure(
                disposition=w.Disposition.SOLVED, customer_acceptance=w.Acceptance.ACCEPTED, summary="solved"
            ),), {"sign_closure": SignClosure()}, Stage.CLOSING,
        ),
    ),
    "report of the house": (
        "pack-s4",
        Way(
            (DraftReport(report_id="h", report_kind=ReportKind.HANDLING_REPORT, summary="x", handling=HANDLING),),
            {
                "sign_report": SignReport(report_id="h"), "pay_compensation": PayCompensation(compensation_id="p1", voucher_no="V"),
                "approve_compensation": ApproveCompensation(compensation_id="p1", amount=yuan(500), grounds=PAID),
            },
        ),
    ),
    "report to the customer": (
        "pack-s4",
        Way(
            (DraftReport(report_id="r", report_kind=ReportKind.FINAL, summary="x"),),
            {"sign_report": SignReport(report_id="r"), "issue_report": IssueReport(report_id="r", to="them")},
        ),
    ),
    "report where nobody asks for a chain": (
        "",
        Way(
            (DraftReport(report_id="r", report_kind=ReportKind.FINAL, summary="x"),),
            {"sign_report": SignReport(report_id="r"), "issue_report": IssueReport(report_id="r", to="them")},
        ),
    ),
    "compensation by its sum": (
        "pack-s4",
        Way(
            (ApproveCompensation(compensation_id="p1", amount=yuan(500), grounds=PAID),), {
                "approve_compensation": ApproveCompensation(compensation_id="p1", amount=yuan(500), grounds=PAID),
                "pay_compensation": PayCompensation(compensation_id="p1", voucher_no="V"),
            },
        ),
    ),
    "charge": (
        "pack-s2",
        Way((TRY, PROPOSE), {
            "approve_charge": ApproveCharge(charge_id="m1"), "execute_charge": ExecuteCharge(charge_id="m1", voucher_no="V"),
        }),
    ),
    "replacement": (
        "pack-s2",
        Way(
            (RequestReplacement(kind=ReplacementKind.EXCHANGE, parts=PARTS),), {
                "authorise_replacement": AuthoriseReplacement(replacement_id="x1", department=w.Department.PRODUCTION),
                "ship_replacement": ShipReplacement(replacement_id="x1"),
            }, domain=intake,
        ),
    ),
    "replacement where nobody asks for a chain": (
        "",
        Way(
            (RequestReplacement(kind=ReplacementKind.EXCHANGE, parts=PARTS),), {
                "authorise_replacement": AuthoriseReplacement(replacement_id="x1", department=w.Department.PRODUCTION),
                "ship_replacement": ShipReplacement(replacement_id="x1"),
            }, domain=intake,
        ),
    ),
    "recall": (
        "pack-s4",
        Way(
            (DecideRecall(decision=RecallDecision.RECALL, lots=("L-1",), customers=12, justification="may overheat"),),
            {"consent_to_recall": ConsentToRecall()}, Stage.REGISTERED, triage,
            (classified(Rank.CRITICAL), e.ImpactScopeAssessed(population=(SHIPPED,), at_risk_quantity=180)),
        ),
    ),
    "stock-take": (
        "pack-s2",
        Way(
            (), {"sign_stocktake": SignStocktake(stocktake_id="t1")}, Stage.INVESTIGATING, triage,
            (example(e.EvidenceDisputeOpened).model_copy(update={"dispute_id": "d1"}), COUNT),
        ),
    ),
    "inspection": (
        "",
        Way((), {"sign_inspection": SignInspection(inspection_id="in1")}, Stage.INVESTIGATING, past=(LOOKED_AT,)),
    ),
}  # fmt: skip


def whose(round: Round, case: Complaint, pack: Pack) -> set[str]:
    """Everybody in whose list it stands, as the read model and the page find them together."""
    if round.only is not None:
        return {round.only}
    found = set[str]()
    for person, roles in {**ROLES, "p-ana": frozenset(Role)}.items():
        if round.roles:
            found |= {person} if roles & set(round.roles) and person not in round.never else set()
            continue
        mine, at = turns(round.step, pack, roles), turn(round)
        part = {"case_owner": case.owner, "first_responsible": case.first_responsible}
        named = [by_name(at, name) for name, who in part.items() if who == person]
        author = [by_name(at, AUTHOR)] if person in round.authors and not round.signed else []
        if (at in mine and person not in round.never) or {*named, *author} & set(mine):
            found.add(person)
    return found


@pytest.mark.parametrize("name", WAYS)
def test_whoever_has_it_in_the_list_may_do_it_and_nobody_else(name: str):
    packs, way = WAYS[name]
    world = EverybodyOne(*([packs] if packs else []))
    case, now = _begun(way, world)
    seen = set[str]()
    for _ in range(20):
        waiting = [round for round in rounds(case) if round.step in way.does]
        if not waiting:
            break
        (round,) = waiting
        seen.add(round.step)
        command = way.does[round.step]
        allowed = {
            person
            for person in (*ROLES, "p-ana")
            if _may(person, command) and _asked(way, world, case, now, command, person).problem is None
        }
        expected = {person for person in whose(round, case, world.going_by.pack) if _may(person, command)}
        assert expected == allowed and allowed, (round.step, len(round.signed))
        doer = min(allowed - {"p-ana"} or allowed)
        case = _asked(way, world, case, now, command, doer).after
    assert seen == set(way.does)


def _may(person: str, command: Command) -> bool:
    roles: Sequence[Role] = who_may(type(command))
    return person == "p-ana" or bool(ROLES[person] & set(roles))


def _begun(way: Way, world: EverybodyOne) -> tuple[Complaint, Any]:
    given = way.domain.given(way.stage, *way.past).in_a_world(world)
    case = given.case
    for command in way.begins:
        outcome = _asked(way, world, case, given.now, command, "p-ana")
        assert outcome.problem is None, repr(outcome.problem)
        case = outcome.after
    return case, given.now


def _asked(way: Way, world: EverybodyOne, case: Complaint, now: Any, command: Command, by: str) -> Outcome:
    return Given(way.domain.topics, case, now, world).when(command, by=by)


def test_every_step_that_can_wait_is_shown_here():
    assert {step for _, way in WAYS.values() for step in way.does} == set(STEPS)
    doors = {type(command).door() for _, way in WAYS.values() for command in way.does.values()}
    assert {step.replace("_", "-") for step in STEPS} - doors == {"approve-plan"}, "is called as its command"
