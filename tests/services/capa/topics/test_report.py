"""Reports: who writes, who signs in which order, who hands them over, and what the customer says."""

from datetime import date
from typing import Any

import pytest

from services.capa.domain import PlanAction, RecordRootCause
from services.capa.topics.report import (
    DraftReport,
    IssueReport,
    RecordReportAcceptance,
    RecordReportRejection,
    ReturnReport,
    SignReport,
)
from services.intake.domain import ContactCustomer
from shared.complaint.reports import ReportStatus
from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events.capa_words import ReportKind
from shared.events.organisation import Role
from shared.events.words import Department, Meaning
from shared.kernel.values import FileRef, Money
from shared.policy.access import who_may
from tests.given import MISSING_FILE, Given, by, capa
from tests.services.capa.going_by import Ruled, asking, going_by

SIGN, ISSUE = SignReport(report_id="rp1"), IssueReport(report_id="rp1", to="quality department of the customer")
HANDLING = e.Handling(
    event_summary="screen garbled", cause="profile drifted", responsible_department=Department.PRODUCTION,
    rectification="profile locked", technical_analysis="cold joint at pin 7", site_control="first board by X-ray",
    later_order_requirements="none",
)  # fmt: skip


def draft(kind: ReportKind = ReportKind.FINAL, **changed: Any) -> DraftReport:
    return DraftReport(**{"report_kind": kind, "summary": "cause removed", **changed})


def drafted(kind: ReportKind = ReportKind.FINAL, by_whom: str = "p-rnd", **changed: Any) -> Any:
    event = e.ReportDrafted(**{"report_id": "rp1", "report_kind": kind, "revision": 1, "summary": "x", **changed})
    return by(by_whom, event)


def signing(given: Given, *people: str) -> Given:
    """After these people have signed, one after another."""
    for person in people:
        outcome = given.when(SIGN, by=person)
        assert outcome.problem is None, (person, outcome.problem)
        given = Given(given.topics, outcome.after, given.now, given.world)
    return given


# ── writing ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.requirement("S2-33")
def test_quality_makes_one_answer_of_what_the_departments_said():
    said = (
        e.Contribution(department=Department.PRODUCTION, says="the profile drifted"),
        e.Contribution(department=Department.RND, says="the limits were too wide"),
    )
    given = capa.given(Stage.VERIFYING).in_a_world(asking({"rnd": Role.RND, "qe": Role.QUALITY_ENGINEER}))
    given.when(draft(contributions=said), by="p-rnd").refused("G-REPORT", "contributions")
    assert given.when(draft(contributions=said), by="p-qe").event().contributions == said
    given.when(draft(), by="p-rnd").then_some(e.ReportDrafted)


@pytest.mark.requirement("S4-59")
def test_a_report_on_the_handling_has_the_fields_of_its_form():
    given = capa.given(Stage.CLOSING)
    given.when(draft(ReportKind.HANDLING_REPORT)).invalid("G-REPORT", "handling")
    given.when(draft(handling=HANDLING)).invalid("G-REPORT", "handling")
    assert given.when(draft(ReportKind.HANDLING_REPORT, handling=HANDLING)).event().handling == HANDLING
    assert Role.CUSTOMER_LIAISON in who_may(DraftReport), "marketing fills it in"


def test_a_report_is_written_anew_until_it_has_gone_out():
    again = capa.given(Stage.VERIFYING, drafted()).when(draft(report_id="rp1"))
    assert again.event().revision == 2 and again.after.reports["rp1"].signed_as == "rp1.2"
    capa.given(Stage.VERIFYING, drafted()).when(draft(ReportKind.LETTER, report_id="rp1")).invalid("G-REPORT")
    issued = e.ReportIssued(report_id="rp1", revision=1, to="customer", via_role="customer_liaison")
    gone = capa.given(Stage.VERIFYING, drafted(), issued)
    gone.when(draft(report_id="rp1")).refused("G-REPORT", "report_id")
    back = e.ReportRejected(report_id="rp1", comment="no D4")
    capa.given(Stage.VERIFYING, drafted(), issued, back).when(draft(report_id="rp1")).then_some(e.ReportDrafted)


@pytest.mark.requirement("S4-82")
def test_the_page_is_made_from_the_facts_unless_it_is_the_customers_own_form():
    given = capa.given(Stage.VERIFYING).in_a_world(going_by("pack-s4"))
    made = given.when(draft(report_id="rp7", language="en")).event()
    assert made.rendered == made.file.sha256 and made.file.name == "rp7.html" and made.as_of_version == 1
    own = FileRef(sha256="a" * 64, bytes=3, media_type="application/pdf", name="form of the customer.pdf")
    taken = given.when(draft(file=own)).event()
    assert taken.file == own and taken.rendered is None and taken.as_of_version is None
    assert given.when(draft()).event().language == "zh", "that of the customer, where nothing is said"


def test_template_and_file_are_there():
    given = capa.given(Stage.VERIFYING).in_a_world(going_by("pack-s4"))
    given.when(draft(template_id="RT-9")).refused("G-REPORT", "template_id")
    given.when(draft(template_id="RT-4")).then_some(e.ReportDrafted)
    file = FileRef(sha256="a" * 64, bytes=3, media_type="application/pdf", name="report.pdf")
    missing = given.when(draft(file=file.model_copy(update={"sha256": MISSING_FILE})))
    assert missing.problem is not None and missing.problem.status == 404


# ── signing ───────────────────────────────────────────────────────────────────────────────────────────────────────────
FOUR = {"rnd": Role.RND, "head": Role.RND_HEAD, "qh": Role.QUALITY_HEAD, "voice": Role.CUSTOMER_LIAISON}


@pytest.mark.requirement("S4-83")
def test_a_report_is_written_reviewed_and_countersigned_before_it_leaves():
    world = going_by("pack-s4", **FOUR)
    given = capa.given(Stage.VERIFYING, drafted()).in_a_world(world)
    for too_early in ("p-head", "p-qh"):
        given.when(SIGN, by=too_early).refused("G-SOD")  # authorship first, by whoever wrote it
    given.when(SIGN, by="p-rnd").then_some(e.StepSigned)
    reviewed = signing(given, "p-rnd").when(SIGN, by="p-head")
    reviewed.then_some(e.StepSigned, e.ReportReviewed)
    signing(given, "p-rnd").when(ISSUE, by="p-voice").refused("G-APPR")
    signing(given, "p-rnd", "p-head").when(ISSUE, by="p-voice").refused("G-APPR")
    approved = signing(given, "p-rnd", "p-head").when(SIGN, by="p-qh")
    approved.then_some(e.StepSigned, e.ReportApproved)
    ready = signing(given, "p-rnd", "p-head", "p-qh")
    ready.when(SIGN, by="p-voice").refused("G-APPR")
    ready.when(ISSUE, by="p-voice").then_some(e.StepSigned, e.ReportIssued)


def test_a_report_that_is_sent_back_is_signed_from_the_start():
    given = signing(capa.given(Stage.VERIFYING, drafted()).in_a_world(going_by("pack-s4", **FOUR)), "p-rnd")
    back = given.when(ReturnReport(report_id="rp1", reason="how many units?"), by="p-head")
    assert back.event().step == 2 and back.after.signed["customer_report/rp1.1"] == ()
    given.when(ReturnReport(report_id="rp1", reason="?"), by="p-qh").refused("G-APPR")
    capa.given(Stage.VERIFYING, drafted()).when(ReturnReport(report_id="rp1", reason="?")).refused("G-APPR")


SEVEN = {
    "am": Role.AFTERSALES_MANAGER, "qh": Role.QUALITY_HEAD, "tech": Role.TECHNICAL, "prod": Role.PRODUCTION,
    "cl": Role.CUSTOMER_LIAISON, "gm": Role.GENERAL_MANAGER, "ch": Role.CHAIRMAN,
}  # fmt: skip


def of_handling(world: Ruled, **changed: Any) -> Given:
    handling = HANDLING.model_copy(update=changed)
    event = drafted(ReportKind.HANDLING_REPORT, "p-clerk", handling=handling)
    return capa.given(Stage.CLOSING, event).in_a_world(world)


@pytest.mark.requirement("S4-60")
def test_the_report_on_the_handling_goes_through_seven_hands():
    given = of_handling(going_by("pack-s4", **SEVEN))
    hands = [f"p-{name}" for name in SEVEN]
    for number, person in enumerate(hands):
        waiting = signing(given, *hands[:number])
        for other in hands[number + 1 :]:
            waiting.when(SIGN, by=other).refused("G-APPR")
        outcome = waiting.when(SIGN, by=person)
        assert outcome.event().step == number + 1
    done = signing(given, *hands)
    assert done.case.reports["rp1"].status == ReportStatus.APPROVED
    assert len({one.meaning for one in done.case.signed["handling_report/rp1.1"]}) == 3, "each with a say of its own"
    done.when(SIGN, by="p-fin").refused("G-APPR")


def test_finance_signs_only_where_something_is_paid():
    paid = Money(minor=50_000, currency="CNY")
    given = of_handling(going_by("pack-s4", **SEVEN, fin=Role.FINANCE), compensation=paid)
    approved = signing(given, *(f"p-{name}" for name in SEVEN))
    assert approved.case.reports["rp1"].status == ReportStatus.APPROVED
    signature = approved.when(SIGN, by="p-fin").then_some(e.StepSigned).event()
    assert signature.meaning == Meaning.EXECUTION


def test_without_a_chain_one_who_did_not_write_it_approves():
    world = asking({"rnd": Role.RND, "qe": Role.QUALITY_ENGINEER, "clerk": Role.CUSTOMER_SERVICE})
    given = capa.given(Stage.VERIFYING, drafted()).in_a_world(world)
    given.when(SIGN, by="p-rnd").refused("G-SOD")
    given.when(SIGN, by="p-clerk").refused("G-APPR")
    given.when(SIGN, by="p-qe").then_some(e.ReportApproved)
    signing(given, "p-qe").when(SIGN, by="p-head").refused("G-APPR")


# ── handing over ──────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.requirement("S4-85")
def test_only_marketing_hands_reports_to_the_customer():
    holds = {"qh": Role.QUALITY_HEAD, "rnd": Role.RND, "mk": Role.CUSTOMER_LIAISON}
    given = capa.given(Stage.VERIFYING, drafted()).in_a_world(asking(holds, customer_voice=["customer_liaison"]))
    for other in ("p-qh", "p-rnd"):
        given.when(ISSUE, by=other).refused("G-VOICE")
    assert given.when(ISSUE, by="p-mk").event().via_role == Role.CUSTOMER_LIAISON
    assert going_by("pack-s4").going_by.pack.customer_voice == ("customer_liaison",)


def test_whoever_was_asked_first_speaks_where_the_policy_says_so():
    held = {"ana": Role.CUSTOMER_SERVICE, "zoe": Role.CUSTOMER_SERVICE}
    world = asking(held, customer_voice=["customer_liaison", "first_responsible"])
    given = capa.given(Stage.VERIFYING, drafted()).in_a_world(world)
    assert given.case.first_responsible == "p-ana"
    given.when(ISSUE, by="p-zoe").refused("G-VOICE")
    assert given.when(ISSUE, by="p-ana").event().via_role == "first_responsible"


def test_without_a_policy_service_hands_it_over():
    world = asking({"zoe": Role.CUSTOMER_SERVICE, "rnd": Role.RND})
    given = capa.given(Stage.VERIFYING, drafted()).in_a_world(world)
    given.when(ISSUE, by="p-rnd").refused("G-VOICE")
    given.when(ISSUE, by="p-zoe").then_some(e.ReportIssued)


@pytest.mark.requirement("S2-25")
def test_marketing_collects_the_measures_from_quality_and_passes_them_on():
    world = going_by("pack-s2", qe=Role.QUALITY_ENGINEER, mk=Role.CUSTOMER_LIAISON)
    written = capa.given(Stage.VERIFYING).in_a_world(world).when(draft(), by="p-qe")
    given = capa.given(Stage.VERIFYING, by("p-qe", written.event())).in_a_world(world)
    given.when(ISSUE, by="p-qe").refused("G-VOICE")
    issued = given.when(ISSUE, by="p-mk")
    assert issued.after.reports["rp1"].status == ReportStatus.ISSUED and issued.after.reports["rp1"].author == "p-qe"


@pytest.mark.requirement("S2-04")
def test_engineering_talks_about_technical_questions_finds_the_solution_and_answers():
    for command in (ContactCustomer, RecordRootCause, PlanAction, DraftReport):
        assert Role.TECHNICAL in who_may(command)
    world = going_by("pack-s2", tech=Role.TECHNICAL)
    given = capa.given(Stage.VERIFYING, drafted(by_whom="p-tech")).in_a_world(world)
    assert given.when(ISSUE, by="p-tech").event().via_role == Role.TECHNICAL
    elsewhere = capa.given(Stage.VERIFYING, drafted(by_whom="p-tech")).in_a_world(
        going_by("pack-s1", tech=Role.TECHNICAL)
    )
    elsewhere.when(ISSUE, by="p-tech").refused("G-VOICE")


@pytest.mark.requirement("S4-52")
def test_the_report_goes_to_everybody_on_the_list():
    world = asking(distribution=["chairman", "general_manager", "production"])
    given = capa.given(Stage.VERIFYING, drafted())
    assert given.in_a_world(world).when(ISSUE).event().distribution == ("chairman", "general_manager", "production")
    assert given.when(ISSUE).event().distribution == ()


@pytest.mark.requirement("S4-84")
def test_a_report_that_is_not_the_last_says_when_the_next_one_comes():
    world = asking(clauses={"CL-REPORT-PROG": {"targets": {"all": "cd7"}}})
    for kind in (ReportKind.INITIAL, ReportKind.PROGRESS):
        given = capa.given(Stage.VERIFYING, drafted(kind)).in_a_world(world)
        given.when(ISSUE).refused("G-REPORT", "next_report_due")
        dated = given.when(ISSUE.model_copy(update={"next_report_due": date(2026, 3, 24)}))
        assert dated.after.reports["rp1"].next_report_due == date(2026, 3, 24)
    capa.given(Stage.VERIFYING, drafted()).in_a_world(world).when(ISSUE).then_some(e.ReportIssued)


# ── the answer ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_only_what_was_handed_over_is_answered():
    accept = RecordReportAcceptance(report_id="rp1")
    reject = RecordReportRejection(report_id="rp1", sections=("D4",), comment="why did it escape?")
    for wish in (accept, reject):
        capa.given(Stage.VERIFYING, drafted()).when(wish).refused("G-REPORT", "report_id")
        capa.given(Stage.VERIFYING).when(wish).invalid("G-REPORT", "report_id")
    issued = e.ReportIssued(report_id="rp1", revision=1, to="customer", via_role="customer_liaison")
    given = capa.given(Stage.VERIFYING, drafted(), issued)
    assert given.when(accept).after.reports["rp1"].status == ReportStatus.ACCEPTED
    assert given.when(reject).after.reports["rp1"].status == ReportStatus.REJECTED
