"""Each of the five procedures from receipt to archive through HTTP, and read back from there (issue 3, “Show”)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import get_args

import pytest
from typer.testing import CliRunner

from services.cli.app import app
from services.demo.player import Report, play_programme
from services.demo.procedures import PROCEDURES
from services.demo.procedures.company import Procedure
from services.demo.programme import NAMED, told_cases
from services.demo.worked import EARPHONES, SCREEN
from shared.events.complaint import ComplaintEvent
from tests import checker
from tests.house import RunningHouse, running_house
from tests.journeys.told import Told

CASE_FACTS = {kind.__name__ for kind in get_args(ComplaintEvent)}
"""What happens to a case; its promises may end long after it."""
UNTIL = datetime(2026, 3, 17, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    """A simulated house of its own."""
    with running_house(tmp_path_factory.mktemp("procedures"), simulated=told_cases(UNTIL).begins) as house:
        yield house


@pytest.fixture(scope="module")
def report(house: RunningHouse) -> Report:
    """How it went."""
    token = (house.home / "admin.token").read_text().strip()
    return play_programme(house.url, token, told_cases(UNTIL))


@pytest.fixture
def told(house: RunningHouse, report: Report, request: pytest.FixtureRequest) -> Told:
    """The case that the test is about."""
    return Told.of(house, report.cases[request.param])


def about(case: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("told", [case], indirect=True, ids=[case])


# ── all of them ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_everything_is_carried_out_as_it_is_told(house: RunningHouse, report: Report) -> None:
    assert report.refused == []
    assert report.commands == len(list(told_cases(UNTIL).steps))
    assert set(report.cases) == set(NAMED)
    house.ready()
    checker.check(house.home, house.nats("relay"), house.owner.sees)


@pytest.mark.parametrize("case", NAMED)
def test_every_case_reaches_the_archive(house: RunningHouse, report: Report, case: str) -> None:
    told = Told.of(house, report.cases[case])
    assert told.stage == "archived"
    happened = [type for type in told.types() if type in CASE_FACTS]
    assert (happened[0], happened[-1]) == ("Received", "Archived")
    assert date.fromisoformat(told.one("Archived")["retention_until"]) > UNTIL.date() + timedelta(days=9 * 365)


def test_the_promises_of_all_of_them_come_out_of_a_replay_as_they_were_recorded(house: RunningHouse, report: Report):
    """Five procedures, from receipt to archive, with waits, merges, other grades and agreed days."""
    before = house.owner.sees("/audit/head")["position"]
    said = CliRunner().invoke(app, ["sla", "what-if", "--json", "--home", str(house.home)])
    found = json.loads(said.stdout)
    assert found["cases"] >= len(report.cases) and found["recorded"]["total"]["started"] > 100
    assert found["simulations"][0]["differences"] == []
    assert house.owner.sees("/audit/head")["position"] == before


@pytest.mark.parametrize("procedure", PROCEDURES, ids=lambda each: each.case)
def test_each_case_goes_by_its_own_procedure(house: RunningHouse, report: Report, procedure: Procedure) -> None:
    by = house.owner.sees(f"/sla-watch/sites/{procedure.site.code}/policy")
    told = Told.of(house, report.cases[procedure.case])
    assert by["policy"] == f"{procedure.site.pack}@1"
    assert by["effective_from"] < told.entries[0]["recorded_at"]
    graded = told.one("Classified")
    assert graded["scheme"] == procedure.site.pack
    others = {each.site.pack for each in PROCEDURES} - {procedure.site.pack}
    assert {each["scheme"] for each in graded["also_graded"]} == others, "what the other four would have made of it"
    assert told.broken() == [], "told so that every promise is kept"


def test_all_that_the_issue_asks_for_is_shown(house: RunningHouse, report: Report) -> None:
    told = {each.case: Told.of(house, report.cases[each.case]) for each in PROCEDURES}
    happened = {case: set(one.types()) for case, one in told.items()}
    shown = {
        "a dispute": "EvidenceDisputeResolved", "a recall": "RecallDecided", "a production stop": "ProductionResumed",
        "a merged duplicate": "ComplaintMergedIn", "a replacement signed later": "ReplacementResponsibilitySigned",
        "a cost allocation": "CostAllocationExecuted", "a case study": "CaseStudyPublished",
    }  # fmt: skip
    assert [what for what, event in shown.items() if not any(event in each for each in happened.values())] == []
    assert told["procedure-s1"].one("CustomerObjectionResolved")["level_reached"] == 3
    assert [one.state["disciplines"]["capa_type"] for one in told.values()].count("8d") == 2


# ── the worked cases ──────────────────────────────────────────────────────────────────────────────────────────────────
@about(SCREEN)
def test_the_garbled_screen(told: Told) -> None:
    """FX-1: two ideas tried and dropped, the cause by 5 Why, everything in time."""
    assert told.broken() == [] and told.refusals() == []
    assert [each["data"]["kind"] for each in told.all("EvidenceAttached")].count("repair_record") == 1
    assert len(told.one("RootCauseFound")["five_whys"]) == 5
    assert (told.one("FollowUpCompleted")["kind"], told.one("FollowUpCompleted")["product_ok"]) == ("thirty_days", True)


@about(EARPHONES)
def test_the_earphones(told: Told) -> None:
    """FX-4: 7 + 6 + 1 of 100; presumed, failed, escalated, closed, come back, found."""
    form = told.one("Registered")
    assert (form["quantity_inspected"], form["quantity_defective"]) == (100, 14)
    assert [defect["quantity"] for defect in form["defects"]] == [7, 6, 1]
    assert [each["data"]["verdict"] for each in told.all("RootCauseFound")] == ["presumed", "confirmed"]
    assert [each["data"]["effective"] for each in told.all("Verified")] == [False, True, True]
    assert len(told.all("EscalationAcknowledged")) == 1
    follow_ups = [each["data"]["product_ok"] for each in told.all("FollowUpCompleted")]
    assert (told.seen["cycle"], follow_ups) == (2, [False, True])


# ── s0: after-sales feedback form ─────────────────────────────────────────────────────────────────────────────────────
@about("procedure-s0")
def test_s0_a_cause_in_a_day_and_two_kinds_of_measure_verified_apart(told: Told) -> None:
    graded = told.one("Classified")
    assert (graded["grade"], graded["rule_id"], graded["basis"]) == ("P1", "s0-1", "confirmed")
    assert told.one("QualityHeadNotified")["role"] == "quality_head"
    assert told.took("Assigned", "RootCauseFound") < 24 * HOUR, "a P1 (S0-30)"
    (rejected,) = told.all("RootCauseRejected")
    assert rejected["data"]["evidence"], "not by opinion (S0-34)"
    found = told.one("RootCauseFound")
    assert found["fishbone"] and found["five_w_one_h"]["root_why"]
    assert told.one("ResponsibilityConfirmed")["posts"] == ["SMT一线回流焊工艺岗"]
    kinds = {each["data"]["action_id"]: each["data"]["kind"] for each in told.all("ActionPlanned")}
    assert kinds == {"a1": "correction", "a2": "corrective", "a3": "preventive"}
    judged = [(each["data"]["action_ids"], each["data"]["term"]) for each in told.all("Verified")]
    assert judged == [(["a1"], "short_term"), (["a2"], "long_term"), (["a3"], "long_term")]
    assert told.order("Verified")[0] < told.types().index("MilestoneReached"), "while what lasts is under way (S0-45)"
    clocks = told.clocks()
    assert {clocks[f"verification_{each}/1"] for each in ("short:a1", "long:a2", "long:a3")} == {"met"}


@about("procedure-s0")
def test_s0_a_long_action_has_milestones_is_stuck_once_and_gets_another_day(told: Told) -> None:
    assert ("submit-action-plan", "G-SMART", "milestones") in told.refusals()
    assert [each["data"]["milestone"] for each in told.all("MilestoneReached")] == [
        "锁炉程序上线", "工位图纸会签", "AOI设备到货",
    ]  # fmt: skip
    blocked, moved = told.all("ActionBlocked"), told.all("ActionDueDateChanged")[0]
    assert all(each["data"]["reason"] and each["data"]["way_out"] for each in blocked)
    assert (told.who(moved), moved["data"]["count"]) == ("head", 1)
    assert told.clocks()["action:a3/1"] == "met"
    weekly = {clock: status for clock, status in told.clocks().items() if clock.startswith("action_status:")}
    assert len(weekly) > 10 and set(weekly.values()) == {"met"}, "each week (S0-41)"


@about("procedure-s0")
def test_s0_is_closed_by_its_list_and_two_signatures_and_watched_for_three_months(told: Told) -> None:
    assert ("request-closure", "G-CLOSE", None) in told.refusals()
    assert told.one("ClosureRequested")["checklist"] == ["containment", "final_grade", "plan"]
    assert told.signed("close") == [
        ("quality_engineer", "verification", "qe2"),
        ("first_responsible", "approval", "fe"),
    ]
    assert told.who(told.all("Closed")[0]) == told.who(told.all("Received")[0]) == "fe", "whoever took it in (S0-50)"
    assert told.took("Closed", "FollowUpCompleted") > timedelta(days=85)
    assert told.one("FollowUpCompleted")["product_ok"] is True


@about("procedure-s0")
def test_s0_the_twin_was_handed_over_and_merged(house: RunningHouse, told: Told) -> None:
    merged = told.one("ComplaintMergedIn")
    assert merged["same_customer"] is True
    twin = Told.of(house, merged["merged_case_no"])
    assert (twin.stage, twin.seen["site"], twin.state["merged_into"]) == ("merged", "suzhou", told.seen["complaint_id"])
    assert merged["merged_case_no"].startswith("QC-"), "it keeps the number that the other company gave it"
    assert [twin.one("TransferAccepted")[each] for each in ("from_site", "to_site")] == ["hangzhou", "suzhou"]
    suspected = twin.one("DuplicateSuspected")
    assert (suspected["score"], suspected["same"]) == (70, ["same_lot", "same_product", "same_customer"])
    assert set(twin.clocks().values()) == {"met", "cancelled"}


# ── s1: product-quality complaint guide ───────────────────────────────────────────────────────────────────────────────
@about("procedure-s1")
def test_s1_an_emergency_reaches_two_and_is_answered_within_two_hours(told: Told) -> None:
    graded = told.one("Classified")
    assert (graded["grade"], graded["rule_id"]) == ("URGENT", "s1-1")
    assert told.took("Received", "Acknowledged") < HOUR / 4
    assert told.took("Received", "EmergencyResponseStarted") < 2 * HOUR
    assert ("assign", "G-ROUTE", "supporters") in told.refusals()
    assigned = told.one("Assigned")
    assert (told.post(assigned["owner"]), [told.post(id) for id in assigned["supporters"]]) == ("qh", ["sup"])
    assert assigned["department"] == "quality", "the policy says where it goes"


@about("procedure-s1")
def test_s1_the_offer_is_that_of_the_grade_until_an_objection_climbs_to_the_third_level(told: Told) -> None:
    by_grade, negotiated = (each["data"] for each in told.all("RemedyProposed"))
    assert (by_grade["offer_basis"], by_grade["rule_ref"]) == ("grade_matrix", "pack-s1 URGENT")
    assert [(each["kind"], (each["amount"] or {}).get("minor")) for each in by_grade["offer"]] == [
        ("exchange", None), ("compensation", 50_000), ("gift", None),
    ]  # fmt: skip
    assert told.one("CustomerObjectionRaised")["role"] == "case_owner"
    climbed = [(each["data"]["level"], each["data"]["role"]) for each in told.all("CustomerObjectionEscalated")]
    assert climbed == [(2, "dept_head"), (3, "marketing_head")]
    assert ("resolve-objection", "G-OBJECTION", "objection_id") in told.refusals()
    (settled,) = told.all("CustomerObjectionResolved")
    assert (told.who(settled), settled["data"]["level_reached"], settled["data"]["outcome"]) == ("mkt", 3, "compromise")
    assert {id: how for id, how in told.clocks().items() if id.startswith("objection")} == {
        "objection:o1/1": "met", "objection:o1/2": "met", "objection:o1/3": "met",
    }  # fmt: skip
    assert negotiated["offer"][1]["amount"] == {"minor": 120_000, "currency": "CNY"}
    (approved,), (paid,) = told.all("CompensationApproved"), told.all("CompensationPaid")
    assert paid["data"]["amount"] == negotiated["offer"][1]["amount"]
    assert (told.who(approved), told.who(paid)) == ("gm", "fin")


@about("procedure-s1")
def test_s1_what_came_back_is_looked_at_by_two_traced_tested_and_made_to_fail_again(told: Told) -> None:
    (inspected,) = told.all("InspectionRecorded")
    assert told.who(inspected) == "qe1"
    assert told.signed("inspection") == [("technical", "countersign", "eng")]
    traced = told.one("TraceabilityRecorded")
    assert (traced["transport_ruling"], traced["storage_ruling"]) == ("ruled_out", "ruled_out")
    assert (told.one("TestRecorded")["quantity_tested"], told.one("TestRecorded")["quantity_failed"]) == (120, 0)
    assert told.one("ReproductionAttempted")["reproduced"] is True
    assert told.one("RecallDecided")["decision"] == "monitor"


@about("procedure-s1")
def test_s1_calls_after_a_month_and_makes_a_case_for_the_library(house: RunningHouse, told: Told) -> None:
    called = told.one("FollowUpCompleted")
    assert (called["kind"], called["attempts"]) == ("thirty_days", 2)
    assert timedelta(days=24) < told.took("RemedyExecuted", "FollowUpCompleted") < timedelta(days=30)
    studies = house.owner.sees("/insight/case-studies", tag="changeover")["items"]
    assert [study["title"] for study in studies] == [told.one("CaseStudyPublished")["title"]]


# ── s2: customer feedback with 8D and charges ─────────────────────────────────────────────────────────────────────────
@about("procedure-s2")
def test_s2_refuses_what_says_nothing_and_what_has_no_photograph(told: Told) -> None:
    assert told.refusals() == [
        ("register", "G-DESC", "symptom"), ("register", "G-COMPLETE", "evidence_photo"), ("record-root-cause", "G-DISPUTE", None),
    ]  # fmt: skip
    photo, registered, forwarded = told.order("EvidenceAttached", "Registered", "Forwarded")
    assert photo < registered < forwarded
    assert told.clocks()["forwarding/1"] == "met", "within half a working day (S2-22)"


@about("procedure-s2")
def test_s2_goods_leave_before_anybody_knows_who_is_responsible(told: Told) -> None:
    authorised = told.one("ReplacementAuthorised")
    assert (authorised["pending"], authorised["department"], authorised["facts_correct"]) == (True, None, True)
    assert told.signed("replacement", "x1") == [
        ("quality_engineer", "responsibility", "qe2"),
        ("warehouse", "issue", "wh"),
    ]
    shipped, signed = told.order("ReplacementShipped", "ReplacementResponsibilitySigned")
    assert shipped < signed
    later = told.all("ReplacementResponsibilitySigned")[0]
    assert (told.who(later), later["data"]["department"]) == ("qe2", "production")
    assert later["occurred_at"][:10] <= authorised["retro_sign_due"]
    assert told.clocks()["retro_signature:x1/1"] == "met"


@about("procedure-s2")
def test_s2_a_dispute_is_counted_by_three_and_decided_by_somebody_else(told: Told) -> None:
    assert told.one("EvidenceDisputeOpened")["claim"] == {
        "material": "CN3-PLUG", "quantity": 40, "direction": "short", "instead": None,
    }  # fmt: skip
    assert told.signed("stocktake", "t1") == [
        ("finance", "witness", "fin"), ("quality_engineer", "witness", "qe2"), ("warehouse", "witness", "wh"),
    ]  # fmt: skip
    (resolved,) = told.all("EvidenceDisputeResolved")
    assert (resolved["data"]["outcome"], told.who(resolved)) == ("quality_problem", "qh")
    assert resolved["data"]["variances"] == [{"material": "CN3-PLUG", "variance": 40, "expected": 40}]
    assert told.clock("root_cause/1")["pauses"], "nobody's time runs while it is in dispute"
    assert (told.clock("action_plan/1")["target"], told.clock("action_plan/1")["pauses"]) == ("date", [])


@about("procedure-s2")
def test_s2_works_in_eight_disciplines(told: Told) -> None:
    frame = [
        "CapaOpened",
        "TeamFormed",
        "ProblemDescribed",
        "RootCauseFound",
        "ActionPlanned",
        "Verified",
        "StandardsUpdated",
    ]
    assert told.order(*frame) == sorted(told.order(*frame))
    assert {"ContainmentImplemented", "ContainmentVerified", "ReadAcrossCompleted", "TeamRecognised"} <= set(
        told.types()
    )
    roots = [
        (each["cause_side"], each["cause_id"])
        for each in told.one("RootCauseFound")["causes"]
        if each["cause_kind"] == "root"
    ]
    assert roots == [("occurrence", "ca1"), ("escape", "ca2")]
    planned = {each["data"]["kind"] for each in told.all("ActionPlanned")}
    assert planned == {"correction", "corrective", "preventive"}
    planner, approver = (
        {told.who(each) for each in told.all(type)} for type in ("ActionPlanned", "ActionPlanApproved")
    )
    assert not planner & approver
    issued = [(each["data"]["report_id"], each["data"]["revision"]) for each in told.all("ReportIssued")]
    assert issued == [("rp1", 1), ("rp2", 1), ("rp2", 2)]
    assert told.one("ReportRejected")["sections"] == ["D4"]
    assert told.one("ReportAccepted")["report_id"] == "rp2"
    assert {told.who(each) for each in told.all("ReportIssued")} == {"liaison"}


@about("procedure-s2")
def test_s2_costs_are_tried_out_put_forward_and_signed_to_the_fen(house: RunningHouse, told: Told) -> None:
    tried, forward = (each["data"] for each in told.all("CostAllocationProposed"))
    assert (tried["dry_run"], forward["dry_run"]) == (True, False)
    assert {**tried, "dry_run": False} == forward
    assert (forward["cost"]["minor"], forward["base"]["minor"], forward["company_share"]["minor"]) == (
        50_060,
        30_024,
        20_036,
    )
    assert [(each["department"], each["party_role"], each["amount"]["minor"]) for each in forward["shares"]] == [
        ("production", "dept_supervisor", 6_005), ("production", "responsible_person", 24_019),
    ]  # fmt: skip
    assert told.signed("charge", "m1") == [
        ("quality_head", "approval", "qh"), ("general_manager", "approval", "gm"), ("finance", "execution", "fin"),
    ]  # fmt: skip
    assert "CostAllocationSplit" not in told.types(), "departments bear it; nobody is charged in person"
    day = told.all("Received")[0]["occurred_at"][:10]
    last = told.all("CostAllocationProposed")[0]["occurred_at"][:10]
    statement = house.owner.sees("/capa/sites/ningbo/cost-statement", **{"from": day, "to": last})
    assert [(each["freight"], each["loss"], each["total"]) for each in statement["items"]] == [(42_060, 8_000, 50_060)]
    assert [(each["status"], each["voucher_no"], each["company"]) for each in statement["charges"]] == [
        ("executed", "KJ-2024-0387", 20_036)
    ]  # fmt: skip


# ── s3: service quality standard ──────────────────────────────────────────────────────────────────────────────────────
@about("procedure-s3")
def test_s3_the_monday_review_makes_one_customers_case_everybodys(told: Told) -> None:
    assert (told.one("Classified")["grade"], told.one("Classified")["basis"]) == ("A", "confirmed")
    assert told.took("Received", "CustomerContacted") < HOUR / 2, "an A (S3-20)"
    reviewed, changed = told.one("GradeReviewed"), told.one("GradeChanged")
    assert (reviewed["confirmed"], [told.post(id) for id in reviewed["attendees"]]) == (
        False,
        ["am", "rnd", "prod", "cs1"],
    )
    assert (changed["was"], changed["grade"], changed["rank"]) == ("A", "S", "1")
    assert told.clocks()["quality_head_told/1"] == "met"
    assert told.took("Received", "ServiceRestored") < 24 * HOUR, "an S (S3-18)"


@about("procedure-s3")
def test_s3_recall_and_production_stop_run_to_their_end(told: Told) -> None:
    found = {each["location"]: each["quantity"] for each in told.one("ImpactScopeAssessed")["population"]}
    assert found == {"customer": 84, "warehouse": 40, "wip": 26}
    decided = told.one("RecallDecided")
    assert (decided["decision"], decided["quantity_shipped"], decided["customers"]) == ("recall", 84, 11)
    assert told.signed("recall") == [("quality_head", "approval", "qh"), ("general_manager", "approval", "gm")]
    counted = [each["data"] for each in told.all("RecallProgressed")]
    assert {each["returned"] + each["corrected"] + each["unaccounted"] for each in counted} == {84}
    assert [each["unaccounted"] for each in counted] == [62, 26, 2, 0]
    assert (counted[-1]["returned"], counted[-1]["corrected"]) == (12, 72)
    (ordered,), (resumed,) = told.all("ProductionStopOrdered"), told.all("ProductionResumed")
    assert (told.who(ordered), told.who(resumed)) == ("plan", "qe1"), "who stopped it does not judge that it may go on"
    assert (ordered["data"]["notice_no"], ordered["data"]["lines"]) == ("PS-031", ["Line 2"])
    assert resumed["data"]["evidence"] and resumed["data"]["stop_id"] == "s1"
    assert (told.clocks()["production_stop/1"], told.clocks()["recall_decision/1"]) == ("met", "met")


@about("procedure-s3")
def test_s3_the_quality_director_approves_and_what_lasts_is_proved_after_three_months(told: Told) -> None:
    assert told.signed("plan") == [("quality_head", "approval", "qh")]
    for each in told.all("ActionPlanned"):
        assert each["data"]["resources"] and each["data"]["success_metric"]["window_days"] == 92
        assert each["data"]["department"] and each["data"]["supporting_departments"]
    first, *_, last = told.all("Verified")
    assert first["data"]["action_ids"] == ["a1"]
    assert last["data"]["criteria"][0]["actual"] == "92 % (85 % before)"
    done = next(each for each in told.all("ActionCompleted") if each["data"]["action_id"] == "a2")
    assert told.between(done, last) > timedelta(days=80)
    purposes = [each["data"]["purpose"] for each in told.all("CustomerContacted")]
    assert "improvement_notice" in purposes
    assert {each["data"]["kind"] for each in told.all("FollowUpCompleted")} == {"call_back"}
    feedback = told.one("CustomerFeedbackRecorded")
    assert (feedback["score"], feedback["nps"]) == (93, 9)


@about("procedure-s3")
def test_s3_another_customer_is_merged_and_an_idea_is_no_complaint(house: RunningHouse, told: Told) -> None:
    merged = told.one("ComplaintMergedIn")
    assert merged["same_customer"] is False, "the bakery is still somebody to be answered"
    assert Told.of(house, merged["merged_case_no"]).stage == "merged"
    cases = house.owner.sees("/insight/complaints", site="leipzig", limit=100)["items"]
    (idea,) = (each for each in cases if each["stage"] == "not_a_complaint")
    assert Told.of(house, idea["case_no"]).one("NotAComplaintDetermined")["kind"] == "suggestion"


# ── s4: rectification on the customer's terms ─────────────────────────────────────────────────────────────────────────
@about("procedure-s4")
def test_s4_presumes_at_intake_and_judges_at_the_end(told: Told) -> None:
    presumed, final = told.one("Classified"), told.one("FinalGradeAssigned")
    classified, registered = told.order("Classified", "Registered")
    assert classified < registered
    assert (presumed["grade"], presumed["basis"]) == ("MAJOR", "presumed")
    assert (final["initial"], final["grade"], final["rank"], final["basis"]) == ("MAJOR", "MINOR", "3", "result")
    assert final["differs_from_initial"] is True
    response = told.all("CustomerContacted")[0]["data"]
    assert response["symptom_confirmed"] and response["failure_info_collected"]
    assert told.clocks()["first_response/1"] == "met"


@about("procedure-s4")
def test_s4_reports_pass_four_hands_and_marketing_alone_hands_them_over(house: RunningHouse, told: Told) -> None:
    kinds = {each["data"]["report_id"]: each["data"]["report_kind"] for each in told.all("ReportDrafted")}
    assert kinds == {"rp1": "initial", "rp2": "progress", "rp3": "8d", "rp4": "handling_report"}
    pages = [each["data"]["rendered"] for each in told.all("ReportDrafted")]
    assert all(house.owner.get(f"/files/{page}").is_success for page in pages) and len(set(pages)) == 4
    for id in ("rp1", "rp2", "rp3"):
        assert told.signed("customer_report", f"{id}.1") == [
            ("rnd", "authorship", "rnd"), ("rnd_head", "review", "rndh"), ("quality_head", "countersign", "qh"),
            ("customer_liaison", "issue", "liaison"),
        ]  # fmt: skip
    issued = told.all("ReportIssued")
    assert [(each["data"]["report_id"], told.who(each)) for each in issued] == [
        ("rp1", "liaison"), ("rp2", "liaison"), ("rp3", "liaison"),
    ]  # fmt: skip
    assert "chairman" in issued[0]["data"]["distribution"]
    assert ("issue-report", "G-VOICE", None) in told.refusals()
    assert told.one("ReportAccepted")["report_id"] == "rp3"
    clocks = told.clocks()
    assert [clocks[each] for each in ("initial_report/1", "progress_report/1", "final_report/1")] == ["met"] * 3
    contacted = told.all("CustomerContacted")
    assert {told.who(each) for each in contacted} == {"liaison"}
    assert max(told.between(*pair) for pair in pairwise(contacted)) < timedelta(days=4)


@about("procedure-s4")
def test_s4_proves_a_measure_before_it_is_rolled_out_and_carries_it_on(told: Told) -> None:
    assert ("complete-action", "G-PREVAL", None) in told.refusals()
    validated = told.all("ActionValidated")[0]
    done = next(each for each in told.all("ActionCompleted") if each["data"]["action_id"] == "a2")
    assert validated["position"] < done["position"] and told.who(validated) != told.who(done)
    advice = next(each["data"] for each in told.all("ActionPlanned") if each["data"]["owner_party"] == "customer")
    assert advice["kind"] == "improvement"
    assert {each["kind"] for each in told.one("StandardsUpdated")["documents"]} == {"work_instruction", "fmea"}
    assert told.one("ReadAcrossCompleted")["products"] == ["HS-5", "HS-9"]
    assert told.one("CaseStudyPublished")["anonymised"] is True


@about("procedure-s4")
def test_s4_seven_sign_before_finance_pays(told: Told) -> None:
    assert told.signed("handling_report") == [
        ("aftersales_manager", "responsibility", "am"), ("quality_head", "review", "qh"), ("technical", "review", "tech"),
        ("production", "review", "prod"), ("customer_liaison", "review", "liaison"), ("general_manager", "approval", "gm"),
        ("chairman", "approval", "chair"), ("finance", "execution", "fin"),
    ]  # fmt: skip
    approved, paid = told.order("CompensationApproved", "CompensationPaid")
    seventh = [entry["type"] == "StepSigned" and entry["data"]["role"] == "chairman" for entry in told.entries].index(
        True
    )
    assert seventh < approved < paid
    assert told.one("CompensationPaid")["amount"] == {"minor": 540_000, "currency": "MYR"}
    assert told.who(told.all("Archived")[0]) == "liaison", "marketing archives (S4-62)"
