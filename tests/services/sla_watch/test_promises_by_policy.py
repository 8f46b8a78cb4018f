"""What a site promises is what its policy says: targets by grade, ladders, and clauses that are not promised at all."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.sla_watch.clauses import BY_NAME, CLAUSES
from services.sla_watch.promises import promised
from shared.clocks.state import ClockStatus
from shared.clocks.worktime import Target, due
from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.events.clocks import ClockCancelled, ClockStarted, WarningIssued
from shared.events.dialogue import ObjectionSubject
from shared.events.organisation import Role
from shared.events.remedies import RemedyBasis, RemedyItem, RemedyKind
from shared.events.replacements import ReplacementItem, ReplacementKind
from shared.events.triage_words import ClaimDirection, NotAComplaint, RecallDecision
from shared.kernel.values import Money, Rank
from shared.policy.clause_names import CLAUSE_NAMES
from shared.policy.promise_terms import CASE_ROLES
from tests.facts import (
    HOUR,
    MONDAY,
    OneSite,
    Story,
    acknowledged,
    answered,
    asked,
    classified,
    contacted,
    planned,
    received,
    registered,
    verified,
)
from tests.policies import PROCEDURES, policy, policy_of

NOBODY = "nothing is promised"


def target(pack: str, clause: str, code: str | None) -> str:
    """What a shipped pack promises under a clause for a grade; for a case without one, what holds until it is graded."""
    levels = policy(pack).pack.grade_scheme
    level = levels.level(code) if levels and code else None
    found = promised(BY_NAME[clause], policy(pack), Rank(str(level.rank)) if level else None, code)
    return NOBODY if found is None else found.target


@pytest.mark.parametrize(
    ("pack", "clause", "code", "wanted"),
    [
        pytest.param("pack-s0", "registration", None, "PT24H", marks=pytest.mark.requirement("S0-08")),
        ("pack-s0", "root_cause", "P1", "PT24H"),
        ("pack-s0", "root_cause", "P2", "wd3"),
        ("pack-s0", "root_cause", "P3", "wd3"),
        ("pack-s1", "first_response", "URGENT", "PT2H"),
        ("pack-s1", "first_response", "IMPORTANT", "PT4H"),
        ("pack-s1", "first_response", "GENERAL", "PT8H"),
        ("pack-s1", "acknowledgement", None, "PT15M"),
        ("pack-s0", "acknowledgement", None, "PT1H"),
        ("pack-s2", "action_plan", "STD", "PT48H"),
        ("pack-s2", "containment", "STD", "half"),
        ("pack-s3", "first_response", "S", "PT15M"),
        ("pack-s3", "first_response", "A", "PT30M"),
        ("pack-s3", "first_response", "B", "PT2H"),
        ("pack-s3", "first_response", "C", "PT24H"),
        pytest.param("pack-s3", "containment", "S", "PT24H", marks=pytest.mark.requirement("S3-28")),
        pytest.param("pack-s3", "containment", "A", "PT24H", marks=pytest.mark.requirement("S3-28")),
        ("pack-s3", "containment", "C", NOBODY),
        ("pack-s4", "first_response", "MINOR", "PT24H"),
        ("pack-s4", "containment", "CRITICAL", "PT24H"),
        ("pack-s4", "customer_progress", "CRITICAL", "cd1"),
        ("pack-s4", "customer_progress", "NEGLIGIBLE", "cd7"),
        ("pack-s4", "root_cause", "NEGLIGIBLE", NOBODY),
        ("pack-s0", "customer_progress", "P1", NOBODY),
        ("pack-s0", "closure", "P1", NOBODY),  # no source promises it, so it is ours alone, where there is no policy
    ],
)
def test_the_shipped_packs_promise_what_their_sources_say(pack: str, clause: str, code: str | None, wanted: str):
    assert target(pack, clause, code) == wanted


def told(pack: str) -> Story:
    story = Story()
    story.rules.going_by = policy(pack)
    return story


def clock_of(story: Story, id: str):
    return story.clocks.clocks[id]


def test_a_clock_names_the_pack_and_climbs_the_pack_s_ladder():
    story = told("pack-s0").goes_to(Stage.ASSIGNED)
    clock = clock_of(story, "root_cause/1")
    assert (clock.source, clock.target) == ("pack-s0 CL-RCA", "wd3")
    assert [(rung.role, rung.after) for rung in clock.ladder] == [
        ("dept_head", None), ("quality_head", "wd1"), ("general_manager", "wd2"), ("chairman", "wd4"),
    ]  # fmt: skip
    critical = told("pack-s0").happened(received()).happened(acknowledged()).happened(registered())
    critical.happened(classified(Rank.CRITICAL)).goes_to(Stage.ASSIGNED)
    assert [rung.after for rung in clock_of(critical, "root_cause/1").ladder] == [None, "PT4H", "wd1", "wd3"]


def test_until_it_is_graded_a_case_has_the_time_of_the_least_grave_and_then_its_own_from_the_start():
    story = told("pack-s3").happened(received())
    assert clock_of(story, "first_response/1").due_at == MONDAY + 24 * HOUR
    story.happened(acknowledged(), at=MONDAY).happened(registered(), at=MONDAY)
    story.happened(classified(Rank.MINOR).model_copy(update={"grade": "B"}), at=MONDAY + HOUR)
    moved = clock_of(story, "first_response/1")
    assert (moved.target, moved.due_at) == ("PT2H", MONDAY + 2 * HOUR)


def test_nobody_gets_less_than_half_an_hour_by_being_regraded_also_after_a_pause():
    story = told("pack-s3").happened(received()).happened(acknowledged()).happened(registered())
    at = MONDAY + 5 * HOUR
    story.happened(classified(Rank.CRITICAL).model_copy(update={"grade": "S"}), at=at)
    assert clock_of(story, "first_response/1").due_at == at + timedelta(minutes=30)


def test_what_a_grade_is_not_promised_is_taken_away():
    story = told("pack-s4").goes_to(Stage.ASSIGNED)
    assert "root_cause/1" in story.clocks.clocks
    down = e.GradeChanged(
        was="P2", grade="NEGLIGIBLE", rank=Rank.NEGLIGIBLE, basis=w.GradeBasis.CONFIRMED, reason="a scratch"
    )
    story.happened(down)
    assert clock_of(story, "root_cause/1").status == ClockStatus.CANCELLED
    assert any(isinstance(f.event, ClockCancelled) for f in story.facts)


@pytest.mark.requirement("S1-06", "S4-14")
def test_a_promise_to_call_runs_until_somebody_calls():
    by = MONDAY + 6 * HOUR
    story = told("pack-s1").happened(received())
    story.happened(e.Acknowledged(channel=w.Channel.EMAIL, apology=True, promised_contact_by=by))
    clock = clock_of(story, "promised_contact/1")
    assert (clock.due_at, clock.target, clock.responsible) == (by, "date", "p-ana")
    story.happened(contacted())
    assert clock_of(story, "promised_contact/1").status == ClockStatus.MET
    again = contacted().model_copy(update={"next_contact_by": by + 24 * HOUR})
    story.happened(again)
    assert clock_of(story, "promised_contact/2").due_at == by + 24 * HOUR
    story.time_passes(by + 25 * HOUR)
    assert clock_of(story, "promised_contact/2").status == ClockStatus.BREACHED


@pytest.mark.requirement("S4-27", "S4-58")
def test_a_customer_who_has_heard_from_us_hears_from_us_again_in_time():
    story = told("pack-s4").happened(received()).happened(contacted(), at=MONDAY + HOUR)
    first = clock_of(story, "customer_progress/1")
    assert first.target == "cd7"
    story.happened(acknowledged()).happened(registered()).happened(classified(Rank.CRITICAL))
    assert clock_of(story, "customer_progress/1").target == "cd1"
    story.happened(contacted())
    assert clock_of(story, "customer_progress/1").status == ClockStatus.MET
    story.time_passes(story.now + timedelta(days=3))
    assert clock_of(story, "customer_progress/2").status == ClockStatus.BREACHED


def test_what_the_customer_is_asked_for_has_a_clock_of_its_own_for_each_request():
    story = told("pack-s0").happened(received()).happened(asked("i1")).happened(asked("i2"))
    story.happened(answered("i2"))
    states = {id: clock.status for id, clock in story.clocks.clocks.items() if clock.clause == "information"}
    assert states == {"information:i1/1": ClockStatus.RUNNING, "information:i2/1": ClockStatus.MET}
    assert clock_of(story, "information:i1/1").target == "cd7"


def test_every_approval_of_a_plan_has_a_day_of_its_own():
    story = told("pack-s3").goes_to(Stage.PLAN_REVIEW)
    assert clock_of(story, "plan_approval/1").target == "wd1"
    signed = e.StepSigned(chain="plan", of="p1", step=1, role="quality_head", meaning=w.Meaning.APPROVAL)
    story.happened(signed)
    states = [clock.status for clock in story.clocks.clocks.values() if clock.clause == "plan_approval"]
    assert states == [ClockStatus.MET, ClockStatus.RUNNING]
    story.happened(e.ActionPlanApproved(plan_version=1))
    assert {clock.status for clock in story.clocks.clocks.values() if clock.clause == "plan_approval"} == {
        ClockStatus.MET
    }


@pytest.mark.requirement("S1-49")
def test_the_call_after_thirty_days_is_asked_for_though_the_case_is_closed():
    story = told("pack-s1").goes_to(Stage.CLOSED)
    clock = clock_of(story, "follow_up/1")
    assert (clock.target, clock.status) == ("cd30", ClockStatus.RUNNING)
    open_ones = [id for id, one in story.clocks.clocks.items() if one.open]
    assert set(open_ones) == {"follow_up/1", "recurrence_watch/1"}, "everything else ends with the case"
    story.happened(e.FollowUpCompleted(reached=True, product_ok=True))
    assert clock_of(story, "follow_up/1").status == ClockStatus.MET


def test_a_policy_that_comes_later_leaves_what_runs_as_it_is():
    story = Story().goes_to(Stage.ASSIGNED)
    before = dict(story.clocks.clocks)
    story.rules.going_by = policy("pack-s2")
    story.happened(e.InvestigationStarted(lead="p-bo"))
    assert story.clocks.clocks == before


def test_working_time_where_the_pack_says_so():
    found = promised(BY_NAME["grading"], policy("pack-base"), None, None)
    assert found is not None and found.target == "PT2H:biz"
    pack = (
        "meta: {id: pack-x, version: 1, title: {en: x, zh: x}, extends: pack-base}\n"
        "clauses:\n"
        "  CL-REG: {targets: {all: PT3H}, calendar: biz}\n"
    )
    ours = promised(BY_NAME["registration"], policy_of(pack), None, None)
    assert ours is not None and ours.target == "PT3H:biz"


@pytest.mark.parametrize("pack", PROCEDURES)
def test_whoever_is_told_by_a_pack_is_somebody(pack: str):
    for clause in CLAUSES:
        for rank in Rank:
            found = promised(clause, policy(pack), rank, None)
            for rung in found.ladder if found else ():
                assert rung.role in {*Role, *CASE_ROLES}


def test_every_clause_that_packs_speak_of_is_one_of_theirs():
    assert {clause.terms for clause in CLAUSES if clause.terms} <= set(CLAUSE_NAMES)
    assert all(clause.terms or clause.allowed for clause in CLAUSES), "promised by somebody"


def test_the_start_is_told_with_its_source_and_steps():
    story = told("pack-s0").goes_to(Stage.ASSIGNED)
    started = [f.event for f in story.facts if isinstance(f.event, ClockStarted)]
    assert {event.clause for event in started} >= {
        "acknowledgement",
        "registration",
        "grading",
        "first_response",
        "root_cause",
    }
    assert all(event.source.startswith("pack-s0 CL-") for event in started)


# ── what goes beside the main way ─────────────────────────────────────────────────────────────────────────────────────
def status(story: Story, id: str) -> ClockStatus:
    return clock_of(story, id).status


@pytest.mark.requirement("S0-23")
def test_the_head_of_quality_is_told_at_once_of_a_critical_case_and_of_no_other():
    story = told("pack-s0").happened(received()).happened(acknowledged()).happened(registered())
    story.happened(classified(Rank.CRITICAL))
    clock = clock_of(story, "quality_head_told/1")
    assert clock.target == "PT15M"
    story.happened(e.QualityHeadNotified(person="p-head", role="quality_head", channel=w.Channel.TELEPHONE))
    assert status(story, "quality_head_told/1") == ClockStatus.MET_LATE, "an hour later, in this story"
    other = told("pack-s0").goes_to(Stage.ASSIGNED)
    assert "quality_head_told/1" not in other.clocks.clocks


@pytest.mark.requirement("S0-45", "S0-46", "S1-46")
def test_a_correction_is_verified_within_three_days_and_what_lasts_within_a_week():
    story = told("pack-s0").goes_to(Stage.PLANNING)
    story.happened(planned("a1").model_copy(update={"kind": w.ActionKind.CORRECTION})).happened(planned("a2"))
    story.goes_to(Stage.VERIFYING)
    assert clock_of(story, "verification_short:a1/1").target == "wd3"
    assert clock_of(story, "verification_long:a2/1").target == "cd7"
    story.happened(verified("a1"), by="p-vera")
    assert status(story, "verification_short:a1/1") == ClockStatus.MET
    assert status(story, "verification_long:a2/1") == ClockStatus.RUNNING
    assert target("pack-s1", "verification_long", "GENERAL") == "cd7"


@pytest.mark.requirement("S2-31")
def test_measures_and_plan_come_within_forty_eight_hours_whatever_the_grade():
    for code in ("STD", "HAZARD"):
        assert target("pack-s2", "action_plan", code) == "PT48H"
    story = told("pack-s2").goes_to(Stage.ASSIGNED)
    clock = clock_of(story, "action_plan/1")
    assert clock.due_at == clock.starts_at + timedelta(hours=48)


def scope(**at: int) -> e.ImpactScopeAssessed:
    from shared.events.field_action import Population

    population = tuple(Population(location=w.Where(place), quantity=n) for place, n in at.items())
    return e.ImpactScopeAssessed(population=population, at_risk_quantity=sum(at.values()))


@pytest.mark.requirement("S4-76")
def test_goods_outside_the_house_demand_a_decision_on_recall_at_once():
    story = told("pack-s4").goes_to(Stage.ASSIGNED).happened(scope(customer=40))
    assert clock_of(story, "recall_decision/1").target == "PT1H"
    assert "production_stop/1" not in story.clocks.clocks
    story.happened(
        e.RecallDecided(
            decision_id="r1", decision=RecallDecision.RECALL, quantity_shipped=40, customers=2, justification="may burn"
        )
    )
    assert not clock_of(story, "recall_decision/1").open


@pytest.mark.requirement("S4-77")
def test_goods_in_the_making_demand_a_stop_or_a_reason_against_it_at_once():
    story = told("pack-s4").goes_to(Stage.ASSIGNED).happened(scope(wip=12))
    assert clock_of(story, "production_stop/1").target == "PT1H"
    story.happened(e.ProductionStopRefused(reason="another lot is on the line"))
    assert not clock_of(story, "production_stop/1").open
    nothing = told("pack-s4").goes_to(Stage.ASSIGNED).happened(scope())
    assert not {"production_stop/1", "recall_decision/1"} & nothing.clocks.clocks.keys()


def test_while_the_evidence_is_in_dispute_nobody_is_late_with_the_cause():
    from shared.events.disputes import Claim

    story = told("pack-s2").goes_to(Stage.INVESTIGATING)
    claim = Claim(material="M-1", quantity=3, direction=ClaimDirection.SHORT)
    story.happened(e.EvidenceDisputeOpened(dispute_id="d1", claim=claim, insufficient_reason="no weighing slip"))
    assert status(story, "root_cause/1") == status(story, "action_plan/1") == ClockStatus.PAUSED
    assert clock_of(story, "stocktake:d1/1").target == "wd3"


@pytest.mark.requirement("S4-81")
def test_an_initial_report_is_due_within_three_days_when_the_customer_asks_for_one():
    asks = registered().model_copy(update={"demands": (w.Demand.REPORT,)})
    story = told("pack-s4").happened(received()).happened(acknowledged()).happened(asks)
    assert clock_of(story, "initial_report/1").target == "cd3"
    without = told("pack-s4").happened(received()).happened(acknowledged()).happened(registered())
    assert "initial_report/1" not in without.clocks.clocks


def test_an_action_for_which_another_day_is_agreed_is_due_on_that_day():
    story = told("pack-s0").goes_to(Stage.IMPLEMENTING)
    action = next(iter(story.case.actions.values()))
    later = action.due + timedelta(days=7)
    story.happened(
        e.ActionDueDateChanged(action_id="a1", old_due=action.due, new_due=later, count=1, reason="the tool is late")
    )
    assert clock_of(story, "action:a1/1").due_at.date() == later


@pytest.mark.requirement("S0-43")
def test_a_milestone_has_a_clock_of_its_own():
    from shared.events.actions import Milestone

    stones = (Milestone(name="design", due=date(2026, 3, 10)), Milestone(name="stock", due=date(2026, 3, 18)))
    story = told("pack-s0").goes_to(Stage.PLANNING).happened(planned("a1").model_copy(update={"milestones": stones}))
    story.goes_to(Stage.IMPLEMENTING)
    story.happened(e.MilestoneReached(action_id="a1", milestone="stock"))
    assert status(story, "milestone:a1.1/1") == ClockStatus.RUNNING
    assert status(story, "milestone:a1.2/1") == ClockStatus.MET


@pytest.mark.requirement("S2-49")
def test_a_charge_is_split_within_three_working_days_also_after_the_case_is_closed():
    story = told("pack-s2").goes_to(Stage.CLOSED)
    approved = e.CostAllocationApproved(charge_id="m1", amount=Money(minor=6005, currency="CNY"))
    story.happened(approved)
    assert clock_of(story, "cost_split:m1/1").target == "wd3"
    story.happened(e.CostAllocationWaived(charge_id="m1", reason="goodwill"))
    assert status(story, "cost_split:m1/1") == ClockStatus.CANCELLED


@pytest.mark.requirement("S3-43")
def test_whoever_was_touched_is_called_after_the_effect_was_verified():
    story = told("pack-s3").goes_to(Stage.CLOSED)
    assert (clock_of(story, "call_back/1").target, status(story, "call_back/1")) == ("cd14", ClockStatus.RUNNING)


def test_what_turns_out_to_be_no_complaint_owes_nothing_more():
    story = told("pack-s3").happened(received())
    story.happened(e.NotAComplaintDetermined(kind=NotAComplaint.PRAISE, reason="a letter of thanks"))
    assert not [id for id, clock in story.clocks.clocks.items() if clock.open]


def test_each_law_has_a_deadline_of_its_own_from_the_day_one_became_aware():
    story = Story()
    story.rules.going_by = policy("pack-s4", "overlay-meddev")
    story.goes_to(Stage.TRIAGED)
    regime, length = next(iter((story.rules.going_by.pack.clauses or {})["CL-REGREPORT"].targets.items()))  # type: ignore[union-attr]
    story.happened(
        e.ReportabilityAssessed(
            regime=regime, reportable=True, awareness_at=MONDAY, rationale="a serious deterioration"
        )
    )
    clock = clock_of(story, f"authority_report:{regime}/1")
    assert (clock.target, clock.starts_at) == (length, MONDAY)


@pytest.mark.requirement("S2-22")
def test_feedback_is_forwarded_within_half_a_working_day():
    story = told("pack-s2").happened(received())
    clock = clock_of(story, "forwarding/1")
    assert clock.target == "half"
    assert clock.due_at > clock.starts_at


@pytest.mark.requirement("S3-18", "S3-20", "S3-22", "S3-24")
@pytest.mark.parametrize(
    ("code", "responds", "resolves", "kept_by"),
    [
        ("S", "PT15M", "PT24H", "ServiceRestored"),
        ("A", "PT30M", "PT48H", "ServiceRestored"),
        ("B", "PT2H", "wd7", "RemedyExecuted"),
        ("C", "PT24H", "wd15", "CustomerContacted"),
    ],
)
def test_each_grade_is_answered_and_resolved_in_its_time_and_by_what_counts(
    code: str, responds: str, resolves: str, kept_by: str
):
    assert (target("pack-s3", "first_response", code), target("pack-s3", "resolution", code)) == (responds, resolves)
    levels = policy("pack-s3").pack.grade_scheme
    level = levels.level(code) if levels else None
    assert level is not None
    found = promised(BY_NAME["resolution"], policy("pack-s3"), Rank(str(level.rank)), code)
    assert found is not None and found.stops_at == kept_by


def test_a_resolution_is_kept_by_the_event_that_the_policy_names_and_by_no_other():
    story = told("pack-s3").happened(received()).happened(acknowledged()).happened(registered())
    story.happened(classified(Rank.CRITICAL).model_copy(update={"grade": "S"})).goes_to(Stage.IMPLEMENTING)
    settled = contacted().model_copy(update={"purpose": w.ContactPurpose.FEEDBACK})
    story.happened(settled)
    assert clock_of(story, "resolution/1").open, "telling the customer is not enough for a case that stops the business"
    story.happened(e.ServiceRestored(how="a loan unit runs"))
    assert not clock_of(story, "resolution/1").open


@pytest.mark.requirement("S1-43")
def test_the_result_reaches_the_customer_within_a_working_day_of_the_remedy():
    story = told("pack-s1").goes_to(Stage.IMPLEMENTING)
    offer = (RemedyItem(kind=RemedyKind.EXCHANGE),)
    story.happened(e.RemedyProposed(remedy_id="r1", offer=offer, offer_basis=RemedyBasis.NEGOTIATED))
    story.happened(e.RemedyAgreed(remedy_id="r1")).happened(e.RemedyExecuted(remedy_id="r1", done_by="p-ana"))
    assert clock_of(story, "result_feedback/1").target == "wd1"
    story.happened(contacted().model_copy(update={"purpose": w.ContactPurpose.FEEDBACK}))
    assert status(story, "result_feedback/1") == ClockStatus.MET


@pytest.mark.requirement("S2-29")
def test_who_signs_later_signs_within_three_working_days_though_the_case_is_closed():
    story = told("pack-s2").goes_to(Stage.IMPLEMENTING)
    parts = (ReplacementItem(part_no="P-1", quantity=1),)
    story.happened(e.ReplacementRequested(replacement_id="n1", kind=ReplacementKind.EXCHANGE, parts=parts, urgent=True))
    assert clock_of(story, "replacement:n1/1").target == "wd2"
    story.happened(e.ReplacementAuthorised(replacement_id="n1", pending=True))
    story.happened(e.ReplacementShipped(replacement_id="n1"))
    assert status(story, "replacement:n1/1") == ClockStatus.MET
    story.goes_to(Stage.CLOSED)
    assert (clock_of(story, "retro_signature:n1/1").target, status(story, "retro_signature:n1/1")) == (
        "wd3",
        ClockStatus.RUNNING,
    )


@pytest.mark.requirement("S2-32", "S4-72", "S4-80")
def test_what_the_customer_or_the_contract_asks_for_goes_before_the_procedure():
    story = told("pack-s2").goes_to(Stage.ASSIGNED)
    wish = e.CustomerRequirementRecorded(term_id="w1", clause="CL-PLAN", target="PT24H", statement="within a day")
    story.happened(wish)
    clock = clock_of(story, "action_plan/1")
    assert (clock.target, clock.due_at) == ("PT24H", clock.starts_at + timedelta(hours=24))
    contract = e.ContractTermsRecorded(
        term_id="w2", contract_ref="C-77", clause="CL-PLAN", due=date(2026, 3, 30), statement="by the end of the month"
    )
    story.happened(contract)
    assert clock_of(story, "action_plan/1").due_at.date() == date(2026, 3, 30)
    asks = e.CustomerDemandRecorded(demand_id="d1", kind=w.Demand.REPORT, due=date(2026, 4, 2))
    story.happened(asks)
    assert clock_of(story, "final_report/1").due_at.date() == date(2026, 4, 2)


def test_what_was_graded_at_intake_is_not_owed_a_grade_once_it_is_registered():
    asked_for = told("pack-s4").happened(received()).happened(registered())
    assert clock_of(asked_for, "grading/1").open
    presumed = told("pack-s4").happened(received()).happened(classified(Rank.MAJOR)).happened(registered())
    assert presumed.case.stage == Stage.TRIAGED
    assert "grading/1" not in presumed.clocks.clocks


def test_a_day_that_was_agreed_does_not_stand_still_while_one_waits():
    story = told("pack-s2").goes_to(Stage.ASSIGNED)
    story.happened(e.CustomerDemandRecorded(demand_id="d1", kind=w.Demand.REPORT, due=date(2026, 4, 2)))
    story.happened(
        e.CustomerRequirementRecorded(term_id="w1", clause="CL-PLAN", due=date(2026, 3, 20), statement="by Friday")
    )
    story.happened(asked())
    day = clock_of(story, "action_plan/1").due_at
    assert status(story, "action_plan/1") == status(story, "final_report/1") == ClockStatus.RUNNING
    assert status(story, "root_cause/1") == ClockStatus.PAUSED, "a length of time is not used up by waiting"
    story.happened(answered())
    assert (clock_of(story, "action_plan/1").due_at, day.date()) == (day, date(2026, 3, 20))
    assert clock_of(story, "final_report/1").due_at.date() == date(2026, 4, 2)


@pytest.mark.requirement("S4-38")
def test_the_return_visit_after_the_solution_is_asked_for():
    assert target("pack-s4", "follow_up", "MINOR") == "cd30"


def test_an_objection_has_three_working_days_at_each_level():
    story = told("pack-s1").goes_to(Stage.IMPLEMENTING)
    story.happened(
        e.CustomerObjectionRaised(objection_id="o1", subject=ObjectionSubject.REMEDY, statement="not enough")
    )
    assert clock_of(story, "objection:o1/1").target == "wd3"
    story.happened(e.CustomerObjectionEscalated(objection_id="o1", level=2, reason="no agreement"))
    assert status(story, "objection:o1/1") == ClockStatus.MET
    assert status(story, "objection:o1/2") == ClockStatus.RUNNING


@pytest.mark.requirement("S4-69")
def test_a_response_is_one_that_confirms_the_symptom_and_collects_what_is_known_of_the_failure():
    story = told("pack-s4").happened(received()).happened(contacted())
    assert clock_of(story, "first_response/1").open, "a call alone is no response"
    whole = contacted().model_copy(update={"symptom_confirmed": True, "failure_info_collected": True})
    story.happened(whole)
    assert status(story, "first_response/1") == ClockStatus.MET
    elsewhere = told("pack-s0").happened(received()).happened(contacted())
    assert not clock_of(elsewhere, "first_response/1").open


def test_whoever_was_asked_is_reminded_before_the_answer_is_due():
    """Domain §4.5.2, CL-INFO: after two and after five days of seven."""
    story = told("pack-s0").goes_to(Stage.RECEIVED).happened(asked())
    clock = clock_of(story, "information:i1/1")
    start = story.facts[-1].occurred_at
    reminded = [due(OneSite.week_days, start, Target.parse(target)).at for target in ("cd2", "cd5")]
    assert list(clock.warn_at) == reminded and clock.due_at > reminded[-1]
    story.time_passes(clock.due_at)
    warned = [fact.event for fact in story.facts if getattr(fact.event, "clock_id", "") == "information:i1/1"]
    assert [event.warned_at for event in warned if isinstance(event, WarningIssued)] == reminded
