"""Must an authority be told: asked where the policy says so, regime by regime."""

from __future__ import annotations

import pytest

from services.triage.domain import Assign
from services.triage.topics.reportability import AssessReportability, SubmitAuthorityReport
from shared.complaint.reportability import unreported
from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events.triage_words import ReportKind
from shared.events.words import Department
from tests.facts import HOUR, MONDAY
from tests.services.triage.lives import Life

MEDICAL = ("pack-s0", "overlay-meddev")
REGIMES = {
    "EU_PUBLIC_HEALTH_THREAT", "EU_DEATH_OR_SERIOUS_DETERIORATION", "EU_SERIOUS_INCIDENT", "FDA_803_STANDARD",
    "FDA_803_5DAY",
}  # fmt: skip
INCIDENT = "EU_SERIOUS_INCIDENT"
ASSIGN = Assign(owner="p-bo", department=Department.RND)


def at(*packs: str) -> Life:
    return Life.of(Stage.TRIAGED, packs=packs)


def assess(*regimes: str) -> AssessReportability:
    return AssessReportability(regimes=regimes, rationale="the pump stopped, nobody was harmed")


def test_where_the_policy_asks_a_case_goes_to_work_only_after_somebody_has_judged_it():
    case = at(*MEDICAL)
    case.asks(ASSIGN).refused("G-REG")
    case.does(assess())
    case.does(ASSIGN)
    at("pack-s0").does(ASSIGN)


@pytest.mark.parametrize("reportable", [(), (INCIDENT,), (INCIDENT, "FDA_803_STANDARD")])
def test_one_judgement_speaks_of_every_regime_that_the_policy_names(reportable: tuple[str, ...]):
    case = at(*MEDICAL)
    case.does(assess(*reportable))
    assert case.case.reportability.assessed == {regime: regime in reportable for regime in REGIMES}
    assert set(unreported(case.case.reportability)) == set(reportable)


def test_only_regimes_of_the_policy_and_without_one_those_that_are_named():
    at(*MEDICAL).asks(assess("MARS")).invalid("G-REG", "regimes")
    at().asks(assess()).invalid("G-REG", "regimes")
    assert at().does(assess("GPSR")).after.reportability.assessed == {"GPSR": True}


def test_days_are_counted_from_when_it_was_known():
    case = at(*MEDICAL)
    assert case.does(assess()).event().awareness_at == case.case.received_at
    known = AssessReportability(awareness_at=MONDAY - HOUR, rationale="the hospital had called")
    assert case.does(known).event().awareness_at == MONDAY - HOUR
    case.asks(AssessReportability(awareness_at=case.now + HOUR, rationale="x")).invalid("G-TIME", "awareness_at")


def test_an_authority_is_told_first_what_is_known_at_first():
    case = at(*MEDICAL)
    case.does(assess(INCIDENT))
    final = SubmitAuthorityReport(regime=INCIDENT, kind=ReportKind.FINAL)
    case.asks(final).refused("G-REG", "kind")
    case.asks(SubmitAuthorityReport(regime="FDA_803_5DAY", kind=ReportKind.INITIAL)).refused("G-REG", "regime")
    first = SubmitAuthorityReport(regime=INCIDENT, kind=ReportKind.INITIAL, receipt_no="2026-123")
    case.does(first).then_some(e.AuthorityReportSubmitted)
    assert unreported(case.case.reportability) == ()
    assert case.does(final).after.reportability.reported == {INCIDENT: (ReportKind.INITIAL, ReportKind.FINAL)}
