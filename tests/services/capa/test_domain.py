"""What CAPA decides: every command accepted once, every guard refusing once."""

from __future__ import annotations

from datetime import date
from typing import Any, get_args

import pytest

from services.capa.domain import (
    ApproveActionPlan,
    Archive,
    CapaCommand,
    Close,
    CompleteAction,
    DefineContainment,
    PlanAction,
    RecordRootCause,
    Reopen,
    ReportActionProgress,
    ReturnActionPlan,
    SignResponsibility,
    StartInvestigation,
    SubmitActionPlan,
    VerifyEffect,
)
from services.capa.topics.cause import ProposeRootCause, RejectRootCause
from services.capa.topics.closing import RequestClosure, ReturnClosure, SignClosure
from services.capa.topics.containment import ImplementContainment, LiftContainment, VerifyContainment
from services.capa.topics.investigation import (
    AttemptReproduction,
    RecordInspection,
    RecordTest,
    RecordTraceability,
    SignInspection,
)
from services.capa.topics.prevention import CompleteReadAcross, PublishCaseStudy, UpdateStandards
from services.capa.topics.report import (
    DraftReport,
    IssueReport,
    RecordReportAcceptance,
    RecordReportRejection,
    ReturnReport,
    SignReport,
)
from services.capa.topics.team import DescribeProblem, FormTeam, OpenCapa, RecogniseTeam
from services.capa.topics.work import (
    BlockAction,
    CancelAction,
    ChangeActionDueDate,
    ReachMilestone,
    StartAction,
    UnblockAction,
    ValidateAction,
)
from shared.complaint.state import ActionStatus, Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.events.capa_words import (
    CapaType,
    CauseKind,
    CauseSide,
    ReportKind,
    ReturnTo,
    StandardKind,
    TestKind,
)
from shared.kernel.command import Command
from shared.kernel.values import FileRef
from tests.facts import closed, completed, followed_up, planned, reopened, utc, verified
from tests.given import by, capa

PHOTO = FileRef(sha256="a" * 64, bytes=12, media_type="image/png", name="joint.png")
EVIDENCE = e.EvidenceAttached(evidence_id="e1", kind=w.EvidenceKind.PHOTO, file=PHOTO)
WHY = e.Why(why="garbled", because="cold solder joint", evidence=("e1",))
FISHBONE = e.Fishbone(machine=("the oven drifted",))
FIVE_W = e.FiveWOneH(what="garbled", when="always", who="line 2", why="cold joint", root_why="drift", how="warm")


def root_cause(**changed: Any) -> RecordRootCause:
    usual: dict[str, Any] = {
        "direct_cause": "cold joint",
        "root_cause": "profile drifted",
        "method": w.Method.FIVE_WHY,
        "five_whys": (WHY,),
    }
    return RecordRootCause(**{**usual, **changed})


def plan(**changed: Any) -> PlanAction:
    usual: dict[str, Any] = {
        "kind": w.ActionKind.CORRECTIVE,
        "content": "lock the profile",
        "owner": "p-cy",
        "due": date(2026, 3, 20),
        "measure_of_success": "no cold joint in 500",
    }
    return PlanAction(**{**usual, **changed})


def verify(*action_ids: str, effective: bool = True, evidence: tuple[str, ...] = ()) -> VerifyEffect:
    return VerifyEffect(
        action_ids=action_ids or ("a1",), effective=effective, method="500 inspected", evidence=evidence
    )


CLOSE = Close(disposition=w.Disposition.SOLVED, customer_acceptance=w.Acceptance.ACCEPTED, summary="solved")
REOPEN = Reopen(reason=w.ReopenReason.RECURRENCE, explanation="it came back")
SIGN = SignResponsibility(department=w.Department.PRODUCTION)
ARCHIVE = Archive(retention_until=date(2031, 3, 1))
PROGRESS = ReportActionProgress(action_id="a1", percent=40)
COMPLETE = CompleteAction(action_id="a1", result="done")
CONTAIN = DefineContainment(where=(w.Where.WAREHOUSE,), measure="block the lot", owner="p-cy")
APPROVE, RETURN = ApproveActionPlan(), ReturnActionPlan(comment="who measures?")

MEASURED = e.Measured(name="scratch", value="12", unit="mm")
CAUSE: dict[str, Any] = {"cause_kind": CauseKind.ROOT, "cause_side": CauseSide.ESCAPE, "statement": "tested cold"}
INSPECTION: dict[str, Any] = {
    "features": (MEASURED,), "matches_customer_description": True, "finding": "cold joint", "evidence": ("e1",),
}  # fmt: skip
DOCUMENT = e.StandardDocument(kind=StandardKind.WORK_INSTRUCTION, number="WI-17", new_revision="C")
DRAFT: dict[str, Any] = {"report_kind": ReportKind.FINAL, "summary": "cause removed"}

CONTAINED = by("p-bo", e.ContainmentDefined(containment_id="c1", where=(w.Where.LINE,), measure="stop", owner="p-cy"))
IN_PLACE = by("p-bo", e.ContainmentImplemented(containment_id="c1"))
INSPECTED = by("p-bo", e.InspectionRecorded(inspection_id="in1", engineer="p-ana", **INSPECTION))
PROPOSED = e.RootCauseProposed(cause_id="ca1", **CAUSE)
BLOCKED = e.ActionBlocked(action_id="a1", reason="no oven", way_out="line 3")
WITH_MILESTONE = planned("a1").model_copy(update={"milestones": (e.Milestone(name="half", due=date(2026, 3, 10)),)})
DRAFTED = by("p-bo", e.ReportDrafted(report_id="rp1", revision=1, **DRAFT))
ISSUED = e.ReportIssued(report_id="rp1", revision=1, to="customer", via_role="customer_liaison")

INVESTIGATING = (Stage.INVESTIGATING, EVIDENCE)
PLANNED = (Stage.PLANNING, planned("a1"))

ACCEPTED: dict[type[Command], tuple[tuple[Any, ...], Command, type, Stage]] = {
    OpenCapa: ((Stage.ASSIGNED,), OpenCapa(capa_type=CapaType.A3), e.CapaOpened, Stage.ASSIGNED),
    FormTeam: ((Stage.ASSIGNED,), FormTeam(leader="p-bo", champion="p-head"), e.TeamFormed, Stage.ASSIGNED),
    DescribeProblem: ((Stage.ASSIGNED,), DescribeProblem(problem="garbled"), e.ProblemDescribed, Stage.ASSIGNED),
    RecogniseTeam: (
        (Stage.CLOSED,), RecogniseTeam(praise="well done", recognised=("p-bo",)), e.TeamRecognised, Stage.CLOSED
    ),
    ImplementContainment: (
        (Stage.ASSIGNED, CONTAINED), ImplementContainment(containment_id="c1"), e.ContainmentImplemented, Stage.ASSIGNED
    ),
    VerifyContainment: (
        (Stage.ASSIGNED, CONTAINED, IN_PLACE), VerifyContainment(containment_id="c1", effective=True, method="counted"),
        e.ContainmentVerified, Stage.ASSIGNED,
    ),
    LiftContainment: (
        (Stage.ASSIGNED, CONTAINED), LiftContainment(containment_id="c1", reason="all tested"), e.ContainmentLifted,
        Stage.ASSIGNED,
    ),
    RecordInspection: (
        (Stage.ASSIGNED, EVIDENCE), RecordInspection(engineer="p-eng", **INSPECTION), e.InspectionRecorded, Stage.ASSIGNED
    ),
    SignInspection: (
        (Stage.ASSIGNED, EVIDENCE, INSPECTED), SignInspection(inspection_id="in1"), e.StepSigned, Stage.ASSIGNED
    ),
    RecordTraceability: ((Stage.ASSIGNED,), RecordTraceability(lot_no="L1"), e.TraceabilityRecorded, Stage.ASSIGNED),
    RecordTest: (
        (Stage.ASSIGNED,),
        RecordTest(test_kind=TestKind.LIFE, lot_no="L1", quantity_tested=20, quantity_failed=2, result="two fail"),
        e.TestRecorded, Stage.ASSIGNED,
    ),
    AttemptReproduction: (
        (Stage.ASSIGNED,), AttemptReproduction(attempt="warm", reproduced=True), e.ReproductionAttempted, Stage.ASSIGNED
    ),
    ProposeRootCause: (INVESTIGATING, ProposeRootCause(**CAUSE), e.RootCauseProposed, Stage.INVESTIGATING),
    RejectRootCause: (
        (*INVESTIGATING, PROPOSED), RejectRootCause(cause_id="ca1", reason="fails warm too"), e.RootCauseRejected,
        Stage.INVESTIGATING,
    ),
    ValidateAction: (
        (Stage.PLANNING, planned("a1")), ValidateAction(action_id="a1", ok=True, method="30 boards"), e.ActionValidated,
        Stage.PLANNING,
    ),
    StartAction: ((Stage.IMPLEMENTING,), StartAction(action_id="a1"), e.ActionStarted, Stage.IMPLEMENTING),
    BlockAction: (
        (Stage.IMPLEMENTING,), BlockAction(action_id="a1", reason="no oven", way_out="line 3"), e.ActionBlocked,
        Stage.IMPLEMENTING,
    ),
    UnblockAction: (
        (Stage.IMPLEMENTING, BLOCKED), UnblockAction(action_id="a1"), e.ActionUnblocked, Stage.IMPLEMENTING
    ),
    ChangeActionDueDate: (
        (Stage.IMPLEMENTING,), ChangeActionDueDate(action_id="a1", new_due=date(2026, 4, 20), reason="no oven"),
        e.ActionDueDateChanged, Stage.IMPLEMENTING,
    ),
    ReachMilestone: (
        (Stage.PLANNING, WITH_MILESTONE, Stage.IMPLEMENTING), ReachMilestone(action_id="a1", milestone="half"),
        e.MilestoneReached, Stage.IMPLEMENTING,
    ),
    CancelAction: (
        (Stage.IMPLEMENTING,), CancelAction(action_id="a1", reason="runs out"), e.ActionCancelled, Stage.PLANNING
    ),
    UpdateStandards: (
        (Stage.VERIFYING,), UpdateStandards(documents=(DOCUMENT,), summary="checked"), e.StandardsUpdated, Stage.VERIFYING
    ),
    CompleteReadAcross: (
        (Stage.VERIFYING,), CompleteReadAcross(products=("B",), applicable=False, conclusion="other connector"),
        e.ReadAcrossCompleted, Stage.VERIFYING,
    ),
    PublishCaseStudy: (
        (Stage.CLOSED,), PublishCaseStudy(title="Alloy", lesson="ask for settings", anonymised=True),
        e.CaseStudyPublished, Stage.CLOSED,
    ),
    DraftReport: ((Stage.VERIFYING,), DraftReport(**DRAFT), e.ReportDrafted, Stage.VERIFYING),
    SignReport: ((Stage.VERIFYING, DRAFTED), SignReport(report_id="rp1"), e.ReportApproved, Stage.VERIFYING),
    IssueReport: (
        (Stage.VERIFYING, DRAFTED), IssueReport(report_id="rp1", to="customer"), e.ReportIssued, Stage.VERIFYING
    ),
    RecordReportAcceptance: (
        (Stage.VERIFYING, DRAFTED, ISSUED), RecordReportAcceptance(report_id="rp1"), e.ReportAccepted, Stage.VERIFYING
    ),
    RecordReportRejection: (
        (Stage.VERIFYING, DRAFTED, ISSUED), RecordReportRejection(report_id="rp1", comment="no D4"), e.ReportRejected,
        Stage.VERIFYING,
    ),
    RequestClosure: (
        (Stage.CLOSING,),
        RequestClosure(
            disposition=w.Disposition.SOLVED, customer_acceptance=w.Acceptance.ACCEPTED, summary="solved"
        ),
        e.ClosureRequested, Stage.CLOSING,
    ),
    ReturnClosure: (
        (Stage.CLOSING,), ReturnClosure(to_stage=ReturnTo.PLANNING, reason="no preventive action"), e.ClosureReturned,
        Stage.PLANNING,
    ),
    DefineContainment: ((Stage.ASSIGNED,), CONTAIN, e.ContainmentDefined, Stage.ASSIGNED),
    StartInvestigation: ((Stage.ASSIGNED,), StartInvestigation(), e.InvestigationStarted, Stage.INVESTIGATING),
    RecordRootCause: (INVESTIGATING, root_cause(), e.RootCauseFound, Stage.PLANNING),
    PlanAction: ((Stage.PLANNING,), plan(), e.ActionPlanned, Stage.PLANNING),
    SubmitActionPlan: (PLANNED, SubmitActionPlan(), e.ActionPlanSubmitted, Stage.PLAN_REVIEW),
    ApproveActionPlan: ((Stage.PLAN_REVIEW,), APPROVE, e.ActionPlanApproved, Stage.IMPLEMENTING),
    ReturnActionPlan: ((Stage.PLAN_REVIEW,), RETURN, e.ActionPlanReturned, Stage.PLANNING),
    ReportActionProgress: ((Stage.IMPLEMENTING,), PROGRESS, e.ActionProgressReported, Stage.IMPLEMENTING),
    CompleteAction: ((Stage.IMPLEMENTING,), COMPLETE, e.ActionCompleted, Stage.VERIFYING),
    VerifyEffect: ((Stage.VERIFYING,), verify(), e.Verified, Stage.CLOSING),
    Close: ((Stage.CLOSING,), CLOSE, e.Closed, Stage.CLOSED),
    Reopen: ((Stage.CLOSED,), REOPEN, e.Reopened, Stage.INVESTIGATING),
    SignResponsibility: ((Stage.CLOSED,), SIGN, e.ResponsibilitySigned, Stage.CLOSED),
    Archive: ((Stage.CLOSED,), ARCHIVE, e.Archived, Stage.ARCHIVED),
}  # fmt: skip
BY_POLICY = {ReturnReport, SignClosure}
"""They need a chain of signatures that some policy asks for; see topics/."""


def test_no_command_is_left_out():
    assert {*ACCEPTED, *BY_POLICY} == set(get_args(CapaCommand))


@pytest.mark.parametrize("kind", ACCEPTED)
def test_every_command_is_accepted_where_it_belongs(kind: type[Command]):
    past, command, event, stage = ACCEPTED[kind]
    capa.given(*past).when(command).then_some(event).leads_to(stage)


# ── who may not ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_whoever_did_the_work_cannot_verify_it():
    done = (Stage.IMPLEMENTING, by("p-bo", completed(done_by="p-dora")))
    capa.given(*done).when(verify(), by="p-dora").refused("G-SOD")


def test_whoever_owns_an_action_cannot_verify_it():
    done = (Stage.IMPLEMENTING, by("p-bo", completed(done_by="p-dora")))
    capa.given(*done).when(verify(), by="p-cy").refused("G-SOD")


def test_whoever_planned_it_cannot_verify_it():
    done = (Stage.PLANNING, by("p-dora", planned()), Stage.VERIFYING)
    capa.given(*done).when(verify(), by="p-dora").refused("G-SOD")
    capa.given(*done).when(verify(), by="p-vera").leads_to(Stage.CLOSING)


def test_whoever_reported_it_done_cannot_verify_it():
    done = (Stage.IMPLEMENTING, by("p-bo", completed(done_by="p-dora")))
    capa.given(*done).when(verify(), by="p-bo").refused("G-SOD")
    capa.given(*done).when(verify(), by="p-vera").leads_to(Stage.CLOSING)


def test_one_of_several_actions_is_enough_to_be_a_doer():
    two = (Stage.PLANNING, planned("a1", owner="p-cy"), planned("a2", owner="p-ed"))
    given = capa.given(*two, Stage.VERIFYING)
    given.when(verify("a1", "a2"), by="p-ed").refused("G-SOD")


def test_whoever_submitted_the_plan_cannot_approve_it():
    submitted = by("p-bo", e.ActionPlanSubmitted(plan_version=1, action_ids=("a1",)))
    capa.given(*PLANNED, submitted).when(APPROVE, by="p-bo").refused("G-SOD")
    capa.given(*PLANNED, submitted).when(APPROVE, by="p-head").leads_to(Stage.IMPLEMENTING)


def test_whoever_planned_an_action_of_the_plan_cannot_approve_it():
    again = by("p-ed", planned(due=date(2026, 3, 25)))
    plan = (Stage.PLANNING, by("p-dora", planned()), again, by("p-cy", planned("a2")))
    submitted = capa.given(*plan, by("p-bo", e.ActionPlanSubmitted(plan_version=1, action_ids=("a1", "a2"))))
    for planner in ("p-dora", "p-ed", "p-cy"):
        submitted.when(APPROVE, by=planner).refused("G-SOD")
    submitted.when(APPROVE, by="p-head").leads_to(Stage.IMPLEMENTING)


def test_whoever_planned_in_an_earlier_cycle_may_approve_the_plan_of_this_one():
    earlier = (Stage.PLANNING, by("p-dora", planned()), Stage.CLOSED, reopened(back_to_planning=True))
    capa.given(*earlier, Stage.PLAN_REVIEW).when(APPROVE, by="p-dora").leads_to(Stage.IMPLEMENTING)


@pytest.mark.parametrize(
    ("stage", "command", "field"),
    [
        (Stage.ASSIGNED, DefineContainment(where=(w.Where.LINE,), measure="stop", owner="p-nobody"), "owner"),
        (Stage.ASSIGNED, StartInvestigation(lead="p-nobody"), "lead"),
        (Stage.PLANNING, plan(owner="p-nobody"), "owner"),
        (Stage.IMPLEMENTING, CompleteAction(action_id="a1", done_by="p-nobody", result="done"), "done_by"),
    ],
    ids=["containment", "investigation", "action", "completion"],
)
def test_only_people_who_are_known_are_named(stage: Stage, command: Command, field: str):
    capa.given(stage).when(command).invalid("G-PERSON", field)


# ── the cause ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("method", "field", "chart"),
    [
        pytest.param(w.Method.FIVE_WHY, "five_whys", (WHY,), marks=pytest.mark.requirement("S1-33", "S3-26")),
        pytest.param(w.Method.FISHBONE_6M, "fishbone", FISHBONE, marks=pytest.mark.requirement("S0-32", "S1-33")),
        pytest.param(w.Method.FIVE_W_ONE_H, "five_w_one_h", FIVE_W, marks=pytest.mark.requirement("S0-31")),
    ],
)
def test_each_method_needs_its_own_chart(method: w.Method, field: str, chart: Any):
    other = "fishbone" if method != w.Method.FISHBONE_6M else "five_whys"
    charts: dict[str, Any] = {"fishbone": FISHBONE, "five_whys": (WHY,)}
    wrong = {"method": method, "evidence": ("e1",), "five_whys": (), other: charts[other]}
    given = capa.given(*INVESTIGATING)
    given.when(root_cause(**wrong)).invalid("G-RCA", field)
    right = {"method": method, "evidence": ("e1",), "five_whys": (), field: chart}
    given.when(root_cause(**right)).leads_to(Stage.PLANNING)


def test_a_fishbone_with_nothing_on_it_is_no_chart():
    empty = root_cause(method=w.Method.FISHBONE_6M, five_whys=(), fishbone=e.Fishbone(), evidence=("e1",))
    capa.given(*INVESTIGATING).when(empty).invalid("G-RCA", "fishbone")


@pytest.mark.requirement("S4-35")
def test_a_presumed_cause_says_why_it_cannot_be_verified():
    presumed = {"verdict": w.Verdict.PRESUMED, "five_whys": (e.Why(why="garbled", because="drift"),)}
    given = capa.given(Stage.INVESTIGATING)
    given.when(root_cause(**presumed)).invalid("G-RCA", "reason_if_unverifiable")
    given.when(root_cause(**presumed, reason_if_unverifiable="the board was thrown away")).leads_to(Stage.PLANNING)


@pytest.mark.requirement("S0-34")
def test_a_confirmed_cause_cites_evidence_that_is_there():
    without = (e.Why(why="garbled", because="drift"),)
    given = capa.given(*INVESTIGATING)
    given.when(root_cause(five_whys=without)).refused("G-EVID", "evidence")
    given.when(root_cause(five_whys=without, evidence=("e9",))).invalid("G-EVID", "evidence")
    given.when(root_cause(five_whys=without, evidence=("e1",))).leads_to(Stage.PLANNING)
    given.when(root_cause()).leads_to(Stage.PLANNING)


def test_no_trouble_found_leads_to_closing():
    nothing = root_cause(verdict=w.Verdict.NO_TROUBLE_FOUND)
    capa.given(*INVESTIGATING).when(nothing).leads_to(Stage.CLOSING)


@pytest.mark.requirement("S4-87")
def test_a_use_error_is_planned_for_like_any_cause():
    capa.given(*INVESTIGATING).when(root_cause(verdict=w.Verdict.USE_ERROR)).leads_to(Stage.PLANNING)


@pytest.mark.requirement("S0-28", "S4-54")
def test_the_owner_leads_the_investigation_unless_somebody_is_named():
    given = capa.given(Stage.ASSIGNED)
    assert given.when(StartInvestigation()).event().lead == "p-bo"
    assert given.when(StartInvestigation(lead="p-cy")).after.owner == "p-cy"


# ── the plan ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.requirement("S0-38")
def test_an_action_is_not_due_before_it_is_planned():
    given = capa.given(Stage.PLANNING)
    given.when(plan(due=date(2026, 3, 1)), at=utc("2026-03-02 09:00")).refused("G-SMART", "due")


def test_what_day_it_is_depends_on_the_site():
    evening = utc("2026-03-02 17:00")  # the third of March in Shenzhen
    given = capa.given(Stage.PLANNING)
    given.when(plan(due=date(2026, 3, 2)), at=evening).refused("G-SMART", "due")
    given.when(plan(due=date(2026, 3, 3)), at=evening).then_some(e.ActionPlanned)


def test_a_plan_holds_a_new_action():
    capa.given(Stage.PLANNING).when(SubmitActionPlan()).refused("G-SMART")


def test_preventive_actions_alone_are_no_plan():
    only = (Stage.PLANNING, planned("a1").model_copy(update={"kind": w.ActionKind.PREVENTIVE}))
    capa.given(*only).when(SubmitActionPlan()).refused("G-SMART", "kind")
    capa.given(*only, planned("a2")).when(SubmitActionPlan()).leads_to(Stage.PLAN_REVIEW)


def test_an_action_not_yet_approved_may_be_planned_again():
    again = capa.given(*PLANNED).when(plan(action_id="a1", content="lock and log the profile"))
    assert again.after.actions["a1"].content == "lock and log the profile"
    assert len(again.after.actions) == 1


def test_an_action_that_was_carried_out_keeps_its_id():
    failed = (Stage.VERIFYING, verified(effective=False))
    capa.given(*failed).when(plan(action_id="a1")).invalid("G-UNIQUE", "action_id")
    assert capa.given(*failed).when(plan()).event().action_id == "a2"


def test_an_action_of_an_earlier_cycle_keeps_its_id():
    again = (Stage.CLOSED, reopened(back_to_planning=True))
    capa.given(*again).when(plan(action_id="a1")).invalid("G-UNIQUE", "action_id")
    capa.given(*again, planned("a2"), Stage.IMPLEMENTING).when(COMPLETE).invalid("G-ACTION", "action_id")


def test_a_returned_plan_is_submitted_as_the_next_version():
    returned = (Stage.PLAN_REVIEW, e.ActionPlanReturned(plan_version=1, comment="who measures?"))
    again = capa.given(*returned).when(SubmitActionPlan())
    again.then(e.ActionPlanSubmitted(plan_version=2, action_ids=("a1",)))


# ── carrying out ──────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "command", [ReportActionProgress(action_id="a9", percent=1), CompleteAction(action_id="a9", result="done")]
)
def test_only_actions_of_the_plan_are_carried_out(command: Command):
    capa.given(Stage.IMPLEMENTING).when(command).invalid("G-ACTION", "action_id")


def test_an_action_is_completed_once():
    two = (Stage.PLANNING, planned("a1"), planned("a2"), Stage.IMPLEMENTING, completed("a1"))
    given = capa.given(*two)
    given.when(COMPLETE).refused("G-ACTION", "action_id")
    given.when(ReportActionProgress(action_id="a1", percent=50)).refused("G-ACTION", "action_id")
    given.when(CompleteAction(action_id="a2", result="done")).leads_to(Stage.VERIFYING)


def test_whoever_completes_an_action_did_it_unless_a_doer_is_named():
    given = capa.given(Stage.IMPLEMENTING)
    assert given.when(COMPLETE, by="p-ed").event().done_by == "p-ed"
    named = given.when(CompleteAction(action_id="a1", done_by="p-dora", result="done"), by="p-ed")
    assert named.after.actions["a1"].doers == ("p-dora", "p-ed")


def test_evidence_that_is_cited_is_there():
    done = CompleteAction(action_id="a1", result="done", evidence=("e1",))
    capa.given(Stage.IMPLEMENTING).when(done).invalid("G-EVID", "evidence")
    capa.given(Stage.IMPLEMENTING, EVIDENCE).when(done).leads_to(Stage.VERIFYING)
    capa.given(Stage.VERIFYING).when(verify(evidence=("e1",)), by="p-vera").invalid("G-EVID", "evidence")


# ── the effect ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_only_completed_actions_are_verified():
    capa.given(Stage.VERIFYING).when(verify("a9")).invalid("G-ACTION", "action_id")
    again = (Stage.PLANNING, planned("a1"), planned("a2"), Stage.VERIFYING, verified("a1"))
    capa.given(*again).when(verify("a1")).refused("G-ACTION", "action_id")


@pytest.mark.requirement("S0-52")
def test_a_failed_verification_leads_back_to_planning():
    failed = capa.given(Stage.VERIFYING).when(verify(effective=False), by="p-vera").leads_to(Stage.PLANNING)
    assert failed.after.failed_verifications == 1
    assert failed.after.actions["a1"].status == ActionStatus.INEFFECTIVE
    capa.given(Stage.VERIFYING, verified(effective=False)).when(SubmitActionPlan()).refused("G-SMART")


@pytest.mark.requirement("S0-50")
def test_closing_waits_until_every_completed_action_is_verified():
    two = (Stage.PLANNING, planned("a1"), planned("a2"), Stage.VERIFYING)
    capa.given(*two).when(verify("a1"), by="p-vera").leads_to(Stage.VERIFYING)
    capa.given(*two, verified("a1")).when(CLOSE).refused("G-STAGE")
    capa.given(*two, verified("a1")).when(verify("a2"), by="p-vera").leads_to(Stage.CLOSING)


def test_what_was_completed_before_a_failure_is_still_to_be_verified():
    two = (Stage.PLANNING, planned("a1"), planned("a2"), Stage.VERIFYING, verified("a1", effective=False))
    given = capa.given(*two, planned("a3"), Stage.VERIFYING)
    given.when(verify("a3"), by="p-vera").leads_to(Stage.VERIFYING)
    given.when(verify("a2", "a3"), by="p-vera").leads_to(Stage.CLOSING)


# ── closure and after ─────────────────────────────────────────────────────────────────────────────────────────────────
def test_reopening_begins_a_new_cycle_with_the_investigation():
    again = capa.given(Stage.CLOSED).when(REOPEN).leads_to(Stage.INVESTIGATING).after
    assert (again.cycle, again.root_cause, len(again.earlier_root_causes)) == (2, None, 1)
    assert again.actions_of_cycle() == () and "a1" in again.actions
    assert (again.closed_at, again.disposition) == (None, None)


def test_reopening_may_keep_the_cause_and_plan_again():
    back = REOPEN.model_copy(update={"back_to_planning": True})
    again = capa.given(Stage.CLOSED).when(back).leads_to(Stage.PLANNING).after
    assert again.root_cause is not None and again.earlier_root_causes == ()


def test_without_a_cause_there_is_nothing_to_plan_on():
    before = (Stage.RECEIVED, e.ClosedBeforeImport(source="old-crm"))
    back = REOPEN.model_copy(update={"back_to_planning": True})
    capa.given(*before).when(back).refused("G-REOPEN", "back_to_planning")
    capa.given(*before).when(REOPEN).leads_to(Stage.INVESTIGATING)


def test_an_archived_case_may_be_reopened():
    capa.given(Stage.CLOSED, e.Archived(retention_until=date(2031, 3, 1))).when(REOPEN).leads_to(Stage.INVESTIGATING)


def test_a_failed_follow_up_is_decided_before_the_case_is_archived():
    failed = (Stage.CLOSED, followed_up(ok=False))
    capa.given(*failed).when(ARCHIVE).refused("G-FOLLOWUP")
    waived = e.FollowUpWaived(reason="another product")
    capa.given(*failed, waived).when(ARCHIVE).leads_to(Stage.ARCHIVED)
    assert not capa.given(*failed).when(REOPEN).after.follow_up_decision_due


AFTER_CLOSURE = {
    Reopen, SignResponsibility, Archive, RecogniseTeam, PublishCaseStudy, DraftReport, SignReport, IssueReport,
    RecordReportAcceptance, RecordReportRejection,
}  # fmt: skip


@pytest.mark.parametrize("kind", [kind for kind in ACCEPTED if kind not in AFTER_CLOSURE])
def test_after_closure_nothing_else_is_accepted(kind: type[Command]):
    outcome = capa.given(Stage.CLOSED).when(ACCEPTED[kind][1])
    assert outcome.problem is not None and outcome.after == outcome.before


def test_containment_and_signatures_are_kept():
    given = capa.given(Stage.VERIFYING)
    assert given.when(CONTAIN).after.containment["c1"].measure == "block the lot"
    assert given.when(SIGN).after.responsibility == (w.Department.PRODUCTION,)
    assert capa.given(Stage.CLOSING, closed()).case.disposition == w.Disposition.SOLVED


@pytest.mark.parametrize("command", [APPROVE, RETURN])
@pytest.mark.parametrize("stage", [Stage.RECEIVED, Stage.PLANNING, Stage.CLOSED])
def test_only_a_plan_that_waits_is_approved_or_returned(stage: Stage, command: Command):
    capa.given(stage).when(command).refused("G-STAGE")


@pytest.mark.parametrize("kind", ACCEPTED)
@pytest.mark.parametrize("stage", [Stage.NEW, Stage.RECEIVED, Stage.WITHDRAWN])
def test_a_command_out_of_order_is_an_answer_never_a_bug(stage: Stage, kind: type[Command]):
    past: tuple[Any, ...] = () if stage == Stage.NEW else (Stage.RECEIVED,)
    ended = (e.Withdrawn(reason="never mind"),) if stage == Stage.WITHDRAWN else ()
    assert capa.given(*past, *ended).when(ACCEPTED[kind][1]).problem is not None
