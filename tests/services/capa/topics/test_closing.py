"""Closing: what the policy wants done before, who signs, where it is sent back to; reopening and putting away."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.capa.domain import Archive, Close, Reopen
from services.capa.topics.closing import RequestClosure, ReturnClosure, SignClosure
from services.capa.topics.points import open_before_archiving, open_points
from shared.complaint.state import ActionStatus, Stage
from shared.events import complaint as e
from shared.events.capa_words import CapaType, ReportKind, ReturnTo, StandardKind
from shared.events.organisation import Role
from shared.events.triage_words import FinalBasis
from shared.events.words import Acceptance, ActionKind, Disposition, Meaning, ReopenReason, Verdict, Where
from shared.kernel.values import FileRef, Rank
from shared.policy.access import who_may
from tests.examples import example
from tests.facts import cause, classified, closed, planned
from tests.given import Given, by, capa
from tests.services.capa.going_by import asking, going_by, guarded

RESULT: dict[str, Any] = {
    "disposition": Disposition.SOLVED, "customer_acceptance": Acceptance.ACCEPTED, "summary": "solved",
}  # fmt: skip
CLOSE, REQUEST, SIGN = Close(**RESULT), RequestClosure(**RESULT), SignClosure()
TEAM = e.TeamFormed(leader="p-bo")
PROBLEM = e.ProblemDescribed(problem="garbled when warm")
IN_8D = e.CapaOpened(capa_type=CapaType.EIGHT_D)
CONTAINED = e.ContainmentDefined(containment_id="c1", where=(Where.LINE,), measure="stop", owner="p-cy")
ENDED = e.ContainmentLifted(containment_id="c1", reason="every unit is tested")
WI = e.StandardDocument(kind=StandardKind.WORK_INSTRUCTION, number="WI-17", new_revision="C")
STANDARDS = e.StandardsUpdated(documents=(WI,), summary="checked at every change")
REACHED = example(e.ImpactScopeAssessed).model_copy(
    update={"population": (e.Population(location=Where.CUSTOMER, quantity=180),), "at_risk_quantity": 180}
)
ELSEWHERE = e.ReadAcrossCompleted(products=("B",), applicable=False, conclusion="another connector")


def closing(*more: Any, rank: Rank = Rank.MAJOR) -> Given:
    """A case that waits to be closed, with what else happened to it before it was planned, or just now."""
    early = [
        each for each in more if not isinstance(each, e.StandardsUpdated | e.ReadAcrossCompleted | e.ContainmentLifted)
    ]
    late = [each for each in more if each not in early]
    return capa.given(Stage.REGISTERED, classified(rank), Stage.ASSIGNED, *early, Stage.CLOSING, *late)


def codes(given: Given) -> list[str]:
    return [point.code for point in open_points(given.case, given.world.going_by.pack)]


# ── what the policy wants ─────────────────────────────────────────────────────────────────────────────────────────────
def test_without_a_policy_nothing_is_asked_for():
    assert codes(closing()) == []
    closing().when(CLOSE).leads_to(Stage.CLOSED)


def test_containment_has_ended_before_the_case_is_closed():
    world = guarded(containment_rank=2)
    closing(CONTAINED).in_a_world(world).when(CLOSE).refused("G-CLOSE")
    closing(CONTAINED, ENDED).in_a_world(world).when(CLOSE).leads_to(Stage.CLOSED)
    kept = ENDED.model_copy(update={"made_permanent": True})
    closing(CONTAINED, kept).in_a_world(world).when(CLOSE).leads_to(Stage.CLOSED)


def test_the_grade_is_final_before_the_case_is_closed():
    world = guarded(final_grade=True)
    closing().in_a_world(world).when(CLOSE).refused("G-CLOSE")
    final = e.FinalGradeAssigned(
        initial="P2", grade="P2", rank=Rank.MAJOR, basis=next(iter(FinalBasis)), differs_from_initial=False
    )
    capa.given(Stage.CLOSING, final).in_a_world(world).when(CLOSE).leads_to(Stage.CLOSED)


@pytest.mark.parametrize(("rank", "asked"), [(Rank.CRITICAL, True), (Rank.MAJOR, False)])
def test_a_recall_is_decided_where_pieces_of_a_critical_case_are_with_customers(rank: Rank, asked: bool):
    given = closing(REACHED, rank=rank)
    assert codes(given) == (["recall"] if asked else [])
    if asked:
        given.when(CLOSE).refused("G-CLOSE")
    decided = example(e.RecallDecided).model_copy(update={"signed_as": ()})
    assert codes(closing(REACHED, decided, rank=rank)) == []


EIGHT: tuple[Any, ...] = (IN_8D, TEAM, PROBLEM, CONTAINED, STANDARDS)
BY_NUMBER = {"8d": IN_8D, "d1": TEAM, "d2": PROBLEM, "d3": CONTAINED, "d7": STANDARDS}


@pytest.mark.requirement("S4-86")
@pytest.mark.parametrize("code", BY_NUMBER)
def test_a_grave_case_is_closed_only_in_eight_disciplines(code: str):
    world = guarded(min_8d_rank=going_by("pack-s4").going_by.pack.guards.min_8d_rank)  # type: ignore[union-attr]
    without = [each for each in EIGHT if each is not BY_NUMBER[code]]
    given = closing(*without).in_a_world(world)
    assert codes(given) == [code]
    given.when(CLOSE).refused("G-CLOSE")
    closing(*EIGHT).in_a_world(world).when(CLOSE).leads_to(Stage.CLOSED)
    closing(rank=Rank.MINOR).in_a_world(world).when(CLOSE).leads_to(Stage.CLOSED)


@pytest.mark.requirement("S2-39")
@pytest.mark.parametrize("rank", Rank)
def test_where_every_case_is_worked_on_in_eight_disciplines_none_is_closed_without(rank: Rank):
    given = closing(rank=rank).in_a_world(going_by("pack-s2"))
    assert {"8d", "d1", "d2", "d3", "d7"} <= set(codes(given))
    given.when(CLOSE).refused("G-CLOSE")


def test_the_cause_a_lasting_action_and_its_effect_belong_to_the_eight():
    world = guarded(min_8d_rank=2)
    only = planned("a1").model_copy(update={"kind": ActionKind.CORRECTION})
    past = (Stage.ASSIGNED, *EIGHT[:4], Stage.PLANNING, only, Stage.CLOSING, STANDARDS)
    assert codes(capa.given(*past).in_a_world(world)) == ["d5"]
    nothing = cause().model_copy(update={"verdict": Verdict.NO_TROUBLE_FOUND})
    found_nothing = (Stage.ASSIGNED, *EIGHT[:3], Stage.INVESTIGATING, nothing)
    assert codes(capa.given(*found_nothing).in_a_world(world)) == [], "nothing to correct, nothing to prevent"


def test_what_was_learned_is_written_down_and_looked_for_elsewhere():
    world = guarded(standards_updated_rank=2, read_across_rank=2)
    assert codes(closing().in_a_world(world)) == ["standards", "read_across"]
    assert codes(closing(STANDARDS, ELSEWHERE).in_a_world(world)) == []
    assert codes(closing(rank=Rank.MINOR).in_a_world(world)) == []
    reopened = e.Reopened(cycle=2, reason=ReopenReason.RECURRENCE, explanation="again")
    first = (Stage.REGISTERED, classified(), Stage.CLOSING, STANDARDS, ELSEWHERE, closed())
    again = (*first, reopened, Stage.CLOSING)
    assert codes(capa.given(*again).in_a_world(world)) == ["standards", "read_across"], "of this cycle"


PAGE = FileRef(sha256="a" * 64, bytes=3, media_type="text/html", name="report.html")


def report(kind: ReportKind, *more: Any, page: FileRef | None = PAGE) -> tuple[Any, ...]:
    return (e.ReportDrafted(report_id="rp1", report_kind=kind, revision=1, summary="x", file=page), *more)


ISSUED = e.ReportIssued(report_id="rp1", revision=1, to="customer", via_role="customer_liaison")
REJECTED = e.ReportRejected(report_id="rp1", comment="no D4")
FINAL_PROMISED = asking(clauses={"CL-REPORT-FINAL": {"targets": {"all": "cd30"}}})


@pytest.mark.parametrize(
    ("past", "open_still"),
    [
        ((), ["final_report"]),
        (report(ReportKind.FINAL), ["final_report"]),
        (report(ReportKind.PROGRESS, ISSUED), ["final_report"]),
        (report(ReportKind.FINAL, ISSUED), []),
        (report(ReportKind.FINAL, ISSUED, page=None), ["final_report"]),
        (report(ReportKind.EIGHT_D, ISSUED), []),
        (report(ReportKind.FINAL, ISSUED, REJECTED), ["final_report", "rejected_report"]),
    ],
)
def test_the_report_that_was_promised_has_been_issued(past: tuple[Any, ...], open_still: list[str]):
    assert codes(closing(*past).in_a_world(FINAL_PROMISED)) == open_still


@pytest.mark.requirement("S4-86")
def test_the_last_report_of_a_grave_case_is_one_of_eight_disciplines():
    world = asking(guards={"min_8d_rank": 2}, clauses={"CL-REPORT-FINAL": {"targets": {"all": "cd30"}}})
    assert codes(closing(*EIGHT, *report(ReportKind.FINAL, ISSUED)).in_a_world(world)) == ["final_report"]
    assert codes(closing(*EIGHT, *report(ReportKind.EIGHT_D, ISSUED)).in_a_world(world)) == []


def test_the_report_on_the_handling_is_signed_before_the_case_is_closed():
    world = asking(approval_chains={"handling_report": [{"role": "general_manager", "meaning": "approval"}]})
    approved = e.ReportApproved(report_id="rp1", revision=1)
    assert codes(closing(*report(ReportKind.HANDLING_REPORT)).in_a_world(world)) == ["handling_report"]
    assert codes(closing(*report(ReportKind.HANDLING_REPORT, approved)).in_a_world(world)) == []


def test_what_is_left_of_the_plan_is_enough():
    world = guarded(min_capa_rank=2)
    both = (planned("a1").model_copy(update={"kind": ActionKind.CORRECTION}), planned("a2"))
    given_up = e.ActionCancelled(action_id="a2", reason="runs out", plan_again=True)
    past = (Stage.REGISTERED, classified(), Stage.PLANNING, *both, Stage.IMPLEMENTING)
    assert codes(capa.given(*past, Stage.CLOSING).in_a_world(world)) == []
    assert capa.given(*past, given_up).case.stage == Stage.IMPLEMENTING
    assert codes(capa.given(*past, given_up, Stage.CLOSING).in_a_world(world)) == ["plan"]


# ── signatures ────────────────────────────────────────────────────────────────────────────────────────────────────────
CHAIN = asking(
    {
        "vera": Role.QUALITY_ENGINEER,
        "bo": Role.QUALITY_ENGINEER,
        "ana": Role.CUSTOMER_SERVICE,
        "zoe": Role.CUSTOMER_SERVICE,
    },
    approval_chains=going_by("pack-s0").going_by.pack.model_dump(mode="json")["approval_chains"],
)
ASKED = by("p-bo", e.ClosureRequested(request=1, **RESULT))


def test_whoever_was_asked_first_signs_last_and_the_case_is_closed():
    requested = closing().in_a_world(CHAIN)
    requested.when(CLOSE, by="p-bo").refused("G-APPR")
    requested.when(SIGN, by="p-vera").refused("G-APPR")
    requested.when(REQUEST, by="p-bo").then_some(e.ClosureRequested).leads_to(Stage.CLOSING)
    waiting = capa.given(Stage.CLOSING, ASKED).in_a_world(CHAIN)
    waiting.when(SIGN, by="p-ana").refused("G-APPR")
    waiting.when(SIGN, by="p-bo").refused("G-SOD")
    first = waiting.when(SIGN, by="p-vera").then_some(e.StepSigned).leads_to(Stage.CLOSING)
    half = Given(waiting.topics, first.after, waiting.now, CHAIN)
    half.when(SIGN, by="p-zoe").refused("G-APPR")
    last = half.when(SIGN, by="p-ana").then_some(e.StepSigned, e.Closed).leads_to(Stage.CLOSED)
    assert (last.event(0).meaning, last.after.disposition) == (Meaning.APPROVAL, Disposition.SOLVED)


def test_the_checklist_names_what_was_asked_for_and_found_done():
    given = closing(CONTAINED, ENDED, STANDARDS).in_a_world(guarded(containment_rank=2, standards_updated_rank=2))
    assert given.when(REQUEST).event().checklist == ("containment", "standards")
    closing(CONTAINED).in_a_world(guarded(containment_rank=2)).when(REQUEST).refused("G-CLOSE")


def test_what_has_become_open_since_stops_the_signature_too():
    world = asking(
        guards={"standards_updated_rank": 2},
        approval_chains={"close": [{"role": "quality_head", "meaning": "approval"}]},
    )
    capa.given(Stage.CLOSING, ASKED).in_a_world(world).when(SIGN, by="p-vera").refused("G-CLOSE")
    done = capa.given(Stage.CLOSING, STANDARDS, ASKED).in_a_world(world)
    done.when(SIGN, by="p-vera").then_some(e.StepSigned, e.Closed)


# ── sent back ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def back(to: ReturnTo, *ids: str) -> ReturnClosure:
    return ReturnClosure(to_stage=to, action_ids=ids, reason="verified on five boards only")


@pytest.mark.parametrize(
    ("to", "stage", "status"),
    [
        (ReturnTo.IMPLEMENTING, Stage.IMPLEMENTING, ActionStatus.APPROVED),
        (ReturnTo.VERIFYING, Stage.VERIFYING, ActionStatus.COMPLETED),
    ],
)
def test_a_closure_is_sent_back_with_what_is_to_be_done_again(to: ReturnTo, stage: Stage, status: ActionStatus):
    given = capa.given(Stage.CLOSING)
    given.when(back(to)).invalid("G-CLOSE", "action_ids")
    given.when(back(to, "a9")).invalid("G-ACTION", "action_id")
    outcome = given.when(back(to, "a1")).leads_to(stage)
    assert outcome.after.actions["a1"].status == status


def test_planned_again_are_new_actions():
    given = capa.given(Stage.CLOSING)
    given.when(back(ReturnTo.PLANNING, "a1")).invalid("G-CLOSE", "action_ids")
    given.when(back(ReturnTo.PLANNING)).leads_to(Stage.PLANNING)


def test_whoever_signs_next_sends_it_back_and_the_signatures_are_void():
    waiting = capa.given(Stage.CLOSING, ASKED).in_a_world(CHAIN)
    waiting.when(back(ReturnTo.PLANNING), by="p-ana").refused("G-APPR")
    returned = waiting.when(back(ReturnTo.PLANNING), by="p-vera").then_some(e.StepReturned, e.ClosureReturned)
    assert returned.after.closing.request is None and returned.after.signed["close/z1"] == ()


def test_where_nobody_is_asked_to_sign_a_leader_or_quality_sends_it_back():
    world = asking({"zoe": Role.CUSTOMER_SERVICE, "head": Role.DEPT_HEAD})
    given = capa.given(Stage.CLOSING).in_a_world(world)
    given.when(back(ReturnTo.PLANNING), by="p-zoe").refused("G-APPR")
    given.when(back(ReturnTo.PLANNING), by="p-head").then_some(e.ClosureReturned)


# ── reopening ─────────────────────────────────────────────────────────────────────────────────────────────────────────
REOPEN = Reopen(reason=ReopenReason.RECURRENCE, explanation="it came back")


def test_late_or_out_of_the_archive_the_head_of_quality_reopens():
    world = asking({"qe": Role.QUALITY_ENGINEER, "qh": Role.QUALITY_HEAD}, guards={"reopen_window_days": 92})
    given = capa.given(Stage.CLOSED).in_a_world(world)
    assert given.case.closed_at is not None
    late = given.case.closed_at + timedelta(days=93)
    given.when(REOPEN, by="p-qe", at=late).refused("G-REOPEN")
    given.when(REOPEN, by="p-qh", at=late).leads_to(Stage.INVESTIGATING)
    given.when(REOPEN, by="p-qe", at=late - timedelta(days=2)).leads_to(Stage.INVESTIGATING)
    put_away = capa.given(Stage.CLOSED, e.Archived(retention_until=date(2036, 1, 1))).in_a_world(world)
    put_away.when(REOPEN, by="p-qe").refused("G-REOPEN")
    put_away.when(REOPEN, by="p-qh").leads_to(Stage.INVESTIGATING)
    capa.given(Stage.CLOSED).when(REOPEN, by="p-qe", at=late).leads_to(Stage.INVESTIGATING)


# ── putting away ──────────────────────────────────────────────────────────────────────────────────────────────────────
ARCHIVE = Archive(retention_until=date(2036, 1, 1))


@pytest.mark.requirement("S4-62")
def test_marketing_puts_the_case_away():
    assert Role.CUSTOMER_LIAISON in who_may(Archive)
    capa.given(Stage.CLOSED).when(ARCHIVE, by="p-mk").leads_to(Stage.ARCHIVED)


def test_the_customer_was_asked_before_the_case_is_put_away():
    world = asking(clauses={"CL-FOLLOWUP-30D": {"targets": {"all": "cd30"}}})
    capa.given(Stage.CLOSED).in_a_world(world).when(ARCHIVE).refused("G-ARCHIVE")
    asked = e.FollowUpCompleted(reached=True, product_ok=True)
    capa.given(Stage.CLOSED, asked).in_a_world(world).when(ARCHIVE).leads_to(Stage.ARCHIVED)
    waived = e.FollowUpWaived(reason="asks for nothing more")
    capa.given(Stage.CLOSED, waived).in_a_world(world).when(ARCHIVE).leads_to(Stage.ARCHIVED)


def test_a_rejected_report_and_a_lesson_that_is_owed_keep_the_case_out_of_the_archive():
    world = guarded(case_study_rank=2)
    owed = capa.given(Stage.CLOSED).in_a_world(world)
    owed.when(ARCHIVE).refused("G-ARCHIVE")
    told = e.CaseStudyPublished(title="Alloy", lesson="ask", anonymised=True)
    capa.given(Stage.CLOSED, told).in_a_world(world).when(ARCHIVE).leads_to(Stage.ARCHIVED)
    rejected = capa.given(Stage.CLOSED, *report(ReportKind.LETTER, ISSUED, REJECTED))
    assert [point.code for point in open_before_archiving(rejected.case, world.going_by.pack)][:1] == [
        "rejected_report"
    ]
    rejected.when(ARCHIVE).refused("G-ARCHIVE")
