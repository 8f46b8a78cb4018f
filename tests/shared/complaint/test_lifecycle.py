"""The lifecycle table: every stage × every event, and random lives of a case, driven through the real decisions."""

from __future__ import annotations

from datetime import date
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.capa import domain as capa_domain
from services.capa.topics import money as money_domain
from services.intake import domain as intake_domain
from services.triage import domain as triage_domain
from shared.complaint.fold import INITIAL, fold
from shared.complaint.lifecycle import LIFECYCLE, TABLE, allowed_in
from shared.complaint.reports import Report
from shared.complaint.state import OPEN, Action, ActionStatus, Complaint, Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.events.capa_words import Effect, ReportKind, ReturnTo
from shared.events.triage_words import DisputeOutcome
from shared.kernel.command import Command
from shared.kernel.errors import Refused
from shared.kernel.fact import Actor, Event, Fact
from shared.kernel.values import FileRef, Money, Rank
from shared.runtime.transaction import _refuse_out_of_order
from tests.examples import example
from tests.facts import DAY, HOUR, MONDAY
from tests.given import Given, World, capa, intake, triage

EVENTS: tuple[type[Event], ...] = get_args(e.ComplaintEvent)


def at(stage: Stage, **known: Any) -> Complaint:
    return Complaint(complaint_id="c", site="sz", stage=stage, received_at=MONDAY, **known)


def fact(event: Event, by: str = "p-ana") -> Fact[Any]:
    return Fact(1, "complaint-c", 1, event, MONDAY, MONDAY, "sz", "", Actor(by), "k", "k")


# ── the table ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_every_event_has_its_row_and_no_row_is_doubled():
    assert {row.event for row in TABLE} == set(EVENTS)
    assert len(TABLE) == len(LIFECYCLE) == len(EVENTS)


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.requirement("S4-22")
def test_the_desk_refuses_exactly_what_the_table_does_not_list(stage: Stage):
    for kind in EVENTS:
        listed = stage in LIFECYCLE[kind].allowed
        try:
            _refuse_out_of_order(at(stage), example(kind))
            accepted = True
        except Refused as refused:
            accepted = False
            assert refused.rule == "G-STAGE" and kind.__name__ in refused.detail
        assert accepted == listed, f"{kind.__name__} in {stage}"
    assert set(allowed_in(stage)) == {kind for kind in EVENTS if stage in LIFECYCLE[kind].allowed}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.event.__name__)
def test_a_row_leads_only_where_it_says(row: Any):
    only_in_histories = row.event in get_args(e.HistoryEvent)
    assert bool(row.allowed) != only_in_histories, "an event that can never happen"
    assert (row.chooses is not None) == (len(row.leads_to) > 1)
    led: set[Stage] = set()
    for stage in row.allowed:
        for case in variants(stage):
            for event in versions(row.event):
                led.add(row.next(case, event))
    if row.leads_to:
        assert led == row.leads_to, "every stage it names is reached, and no other"
    else:
        assert led == row.allowed, "the stage stays as it is"


def variants(stage: Stage) -> list[Complaint]:
    """Cases in a stage that differ in what a chooser may look at."""
    actions = [
        {"a1": Action("a1", w.ActionKind.CORRECTIVE, "x", "p-cy", date(2026, 3, 20), "y", 1, status)}
        for status in ActionStatus
    ]
    merged = [at(stage, stage_before_merge=before) for before in OPEN]
    return [at(stage), at(stage, rank=Rank.MAJOR), *merged, *(at(stage, actions=one) for one in actions)]


def versions(kind: type[Event]) -> list[Event]:
    """Events of a kind that differ in what a chooser may look at."""
    event = example(kind)
    match event:
        case e.RootCauseFound():
            return [event.model_copy(update={"verdict": verdict}) for verdict in w.Verdict]
        case e.Verified():
            judged = [event.model_copy(update={"effective": yes, "result": None}) for yes in (True, False)]
            return [*judged, event.model_copy(update={"effective": False, "result": Effect.INCONCLUSIVE})]
        case e.ActionCancelled():
            return [event.model_copy(update={"plan_again": again}) for again in (True, False)]
        case e.ClosureReturned():
            return [event.model_copy(update={"to_stage": stage}) for stage in ReturnTo]
        case e.EvidenceDisputeResolved():
            return [event.model_copy(update={"outcome": outcome}) for outcome in DisputeOutcome]
        case e.Reopened():
            return [event.model_copy(update={"back_to_planning": back}) for back in (True, False)]
        case _:
            return [event]


def test_every_stage_is_reached_and_only_endings_end():
    reached = {stage for row in TABLE for stage in row.leads_to}
    assert reached == set(Stage) - {Stage.NEW}
    assert {stage for stage in Stage if not allowed_in(stage)} == {Stage.WITHDRAWN, Stage.NOT_A_COMPLAINT}


def test_after_closure_nothing_but_reopening_changes_the_finding():
    finding = ("root_cause", "actions", "grade", "rank", "category", "disposition", "symptom", "description", "owner")
    report = Report("a1", ReportKind.FINAL, 1, "p-bo", 1)
    before = at(
        Stage.CLOSED,
        reports={"a1": report},
        grade="P2",
        rank=Rank.MAJOR,
        symptom="garbled",
        disposition=w.Disposition.SOLVED,
    )
    for kind in allowed_in(Stage.CLOSED):
        if kind is e.Reopened:
            continue
        after = fold(before, fact(example(kind)))
        assert {name: getattr(after, name) for name in finding} == {name: getattr(before, name) for name in finding}


def test_only_the_first_event_is_possible_before_there_is_a_case():
    assert allowed_in(Stage.NEW) == (e.Received,)
    assert INITIAL.stage == Stage.NEW


# ── random lives ──────────────────────────────────────────────────────────────────────────────────────────────────────
PEOPLE = st.sampled_from(("p-ana", "p-bo", "p-cy", "p-dora"))
IDS = st.sampled_from(("a1", "a2", "a3", "a4"))
PHOTO = FileRef(sha256="a" * 64, bytes=12, media_type="image/png", name="joint.png")
WHY = (e.Why(why="garbled", because="drift"),)
for _command in (
    capa_domain.RecordRootCause, capa_domain.PlanAction, capa_domain.CompleteAction, capa_domain.VerifyEffect,
    capa_domain.Reopen, intake_domain.CompleteFollowUp, triage_domain.Classify, triage_domain.Assign,
):  # fmt: skip
    _command.model_rebuild()  # Hypothesis reads signatures, and a class gets its own with its schema
ROOT_CAUSE = st.builds(
    capa_domain.RecordRootCause, direct_cause=st.just("x"), root_cause=st.just("y"), five_whys=st.just(WHY),
    method=st.just(w.Method.FIVE_WHY), reason_if_unverifiable=st.just("gone"),
    verdict=st.sampled_from((w.Verdict.PRESUMED, w.Verdict.USE_ERROR, w.Verdict.CONFIRMED, w.Verdict.NO_TROUBLE_FOUND)),
)  # fmt: skip
PLAN = st.builds(
    capa_domain.PlanAction, kind=st.sampled_from(w.ActionKind), content=st.just("x"), owner=PEOPLE,
    due=st.just(date(2027, 3, 20)), measure_of_success=st.just("y"),
)  # fmt: skip
REVIEW = st.sampled_from((capa_domain.ApproveActionPlan(), capa_domain.ReturnActionPlan(comment="who measures?")))
COMPLETE = st.builds(capa_domain.CompleteAction, action_id=IDS, result=st.just("done"), done_by=PEOPLE)
VERIFY = st.builds(
    capa_domain.VerifyEffect, effective=st.booleans(), method=st.just("x"),
    action_ids=st.lists(IDS, min_size=1, max_size=3).map(tuple),
)  # fmt: skip
CLOSE = st.just(capa_domain.Close(
    disposition=w.Disposition.SOLVED, customer_acceptance=w.Acceptance.ACCEPTED, summary="solved"
))  # fmt: skip
REOPEN = st.builds(
    capa_domain.Reopen, reason=st.sampled_from(w.ReopenReason), explanation=st.just("again"),
    back_to_planning=st.booleans(),
)  # fmt: skip
AFTERWARDS = st.one_of(
    st.builds(intake_domain.CompleteFollowUp, reached=st.just(True), product_ok=st.booleans()),
    st.just(intake_domain.WaiveFollowUp(reason="no")),
    st.just(money_domain.RecordCost(kind=w.CostKind.FREIGHT, amount=Money(minor=5, currency="CNY"))),
    st.just(capa_domain.Archive(retention_until=date(2031, 3, 1))),
)
REGISTER = st.just(intake_domain.Register(
    symptom="garbled after two hours", frequency="always", extent=w.Extent.LOT, product_model="A",
    demands=(w.Demand.REPAIR,),
))  # fmt: skip
CLASSIFY = st.builds(
    triage_domain.Classify, category=st.just(w.Category.OTHER), grade=st.just("P2"), rank=st.sampled_from(Rank),
    basis=st.just(w.GradeBasis.CONFIRMED),
)  # fmt: skip
ASSIGN = st.builds(triage_domain.Assign, owner=PEOPLE, department=st.just(w.Department.RND))
START = st.just(capa_domain.StartInvestigation())
SUBMIT = st.just(capa_domain.SubmitActionPlan())
NEXT: dict[Stage, Any] = {
    Stage.RECEIVED: REGISTER | CLASSIFY, Stage.REGISTERED: CLASSIFY, Stage.TRIAGED: ASSIGN, Stage.ASSIGNED: START,
    Stage.INVESTIGATING: ROOT_CAUSE, Stage.PLANNING: PLAN | SUBMIT, Stage.PLAN_REVIEW: REVIEW,
    Stage.IMPLEMENTING: COMPLETE, Stage.VERIFYING: VERIFY, Stage.CLOSING: CLOSE, Stage.CLOSED: REOPEN | AFTERWARDS,
    Stage.ARCHIVED: REOPEN,
}  # fmt: skip
ANYTHING = st.one_of(
    REGISTER, CLASSIFY, ASSIGN, START, ROOT_CAUSE, PLAN, SUBMIT, REVIEW, COMPLETE, VERIFY, CLOSE, REOPEN, AFTERWARDS,
    st.just(intake_domain.AttachEvidence(kind=w.EvidenceKind.PHOTO, file=PHOTO)),
    st.just(intake_domain.Acknowledge(channel=w.Channel.EMAIL)),
)  # fmt: skip


class Life(RuleBasedStateMachine):
    """A case of which anybody asks anything; what is accepted is folded."""

    @initialize()
    def received(self) -> None:
        begun = intake.given().when(
            intake_domain.ReceiveComplaint(site="sz", channel=w.Channel.EMAIL, description="garbled")
        )
        self.case, self.now, self.verifiers = begun.after, MONDAY + HOUR, list[tuple[str, Action]]()

    @rule(data=st.data(), by=PEOPLE, usual=st.integers(0, 5))
    def somebody_asks(self, data: st.DataObject, by: str, usual: int) -> None:
        """Mostly for the next step, so that lives get far; and by a stranger what is to be verified."""
        before = self.case.stage
        done = tuple(a.action_id for a in self.case.actions_of_cycle() if a.status == ActionStatus.COMPLETED)
        if before in (Stage.IMPLEMENTING, Stage.VERIFYING) and done and usual > 2:
            self._ask(capa_domain.VerifyEffect(action_ids=done, effective=usual > 3, method="x"), "p-vera")
            judged = Stage.IMPLEMENTING if before == Stage.IMPLEMENTING else Stage.CLOSING
            assert self.case.stage == (judged if usual > 3 else Stage.PLANNING)
        else:
            self._ask(data.draw(NEXT[self.case.stage] if usual else ANYTHING), by)

    def _ask(self, command: Command, by: str) -> None:
        decides = {"intake": intake, "triage": triage, "capa": capa}[type(command).__module__.split(".")[1]]
        before = self.case
        outcome = Given(decides.topics, before, self.now, World()).when(command, by=by)
        self.case, self.now = outcome.after, self.now + DAY / 4
        if outcome.problem is not None:
            assert outcome.after is before
            return
        for number in range(len(outcome.items)):
            row = LIFECYCLE[type(outcome.event(number))]
            assert before.stage in row.allowed
            assert outcome.after.stage in (row.leads_to or {before.stage})
        if isinstance(command, capa_domain.VerifyEffect):
            self.verifiers += [(by, before.actions[id]) for id in command.action_ids]

    @invariant()
    def doers_and_owners_never_verify(self) -> None:
        for verifier, action in self.verifiers:
            assert verifier not in action.doers and verifier != action.owner

    @invariant()
    def actions_fit_the_stage(self) -> None:
        present = {action.status for action in self.case.actions_of_cycle()}
        match self.case.stage:
            case Stage.PLANNING | Stage.PLAN_REVIEW:
                # What was under way when something else failed goes on once the new plan is approved.
                assert ActionStatus.APPROVED not in present or ActionStatus.INEFFECTIVE in present
            case Stage.IMPLEMENTING:
                assert ActionStatus.APPROVED in present and ActionStatus.PLANNED not in present
            case Stage.VERIFYING:
                assert ActionStatus.COMPLETED in present
                assert not present & {ActionStatus.PLANNED, ActionStatus.APPROVED}
            case Stage.CLOSING | Stage.CLOSED | Stage.ARCHIVED:
                assert present <= {ActionStatus.EFFECTIVE, ActionStatus.INEFFECTIVE}
            case _:
                assert not present
        for action in self.case.actions.values():
            assert bool(action.doers) == (action.completed_at is not None)
            assert action.cycle <= self.case.cycle

    @invariant()
    def what_failed_is_replaced_before_the_case_is_closed(self) -> None:
        if self.case.stage in (Stage.CLOSED, Stage.ARCHIVED):
            statuses = [action.status for action in self.case.actions_of_cycle()]
            assert not statuses or ActionStatus.EFFECTIVE in statuses

    @invariant()
    def what_is_known_fits_the_stage(self) -> None:
        case = self.case
        ended = case.stage in (Stage.CLOSED, Stage.ARCHIVED)
        assert (case.closed_at is not None) == ended
        if case.stage in OPEN - {Stage.RECEIVED, Stage.REGISTERED}:
            assert case.rank is not None and case.registered_at is not None
        if case.stage in (Stage.PLANNING, Stage.PLAN_REVIEW, Stage.IMPLEMENTING, Stage.VERIFYING, Stage.CLOSING):
            assert case.root_cause is not None
        if case.stage == Stage.ARCHIVED:
            assert not case.follow_up_decision_due


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=25, stateful_step_count=60, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)  # fmt: skip
