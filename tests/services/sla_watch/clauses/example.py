"""What an example of a promise tells, and a few facts that several of them share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.events.actions import Milestone
from shared.events.capa_words import Effect, ReportKind
from shared.events.clocks import Reason
from shared.events.dialogue import ObjectionOutcome, ObjectionSubject
from shared.events.disputes import Claim, Found
from shared.events.field_action import Population
from shared.events.replacements import ReplacementItem, ReplacementKind
from shared.events.triage_words import ClaimDirection, DisputeOutcome
from shared.events.triage_words import ReportKind as AuthorityReport
from shared.events.waiting import Wait
from shared.kernel.fact import Event
from shared.kernel.values import Money, Rank
from shared.policy.policies import NO_POLICY, Policy
from tests.facts import (
    HOUR,
    MONDAY,
    cause,
    contacted,
    registered,
    verified,
)
from tests.policies import policy, policy_of

Told: TypeAlias = Stage | Event
"""As far as a stage on the usual way, or one event."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """`id` is the clock that `start` begins; each of `keeps` alone keeps the promise, and none of `others` does."""

    id: str
    packs: tuple[str, ...]
    """The procedure that promises it, with overlays; none: what holds where a site goes by no policy."""
    says: str = ""
    """What a pack of one's own says besides, over that procedure."""
    target: str
    ladder: str
    before: tuple[Told, ...] = ()
    start: Event
    then: tuple[Event, ...] = ()
    """What happens after it, and leaves it running."""
    since: datetime | None = None
    """From when on it counts, where that is not when it happened."""
    keeps: tuple[Event, ...]
    others: tuple[Event, ...] = ()
    waits: frozenset[Wait] = frozenset()
    let_go: tuple[tuple[Event, Reason], ...] = ()
    """After which nobody owes it any more, besides the end of the case."""
    closing: str = "cancels"
    """What closing the case does to it: cancels, keeps, or spares."""

    @property
    def clause(self) -> str:
        return self.id.partition("/")[0].partition(":")[0]


def told(event: Event, **changed: Any) -> Event:
    return event.model_copy(update=changed)


def policy_of_the(example: Example) -> Policy:
    """What its site goes by."""
    if not example.packs:
        return NO_POLICY
    if not example.says:
        return policy(*example.packs)
    return policy_of(
        f"meta: {{id: ours, version: 1, title: {{en: Ours, zh: 我们的}}, extends: {example.packs[0]}}}\n{example.says}"
    )


OUTSIDE = {Wait.CUSTOMS, Wait.FORCE_MAJEURE}
C, S, P, D = Wait.CUSTOMER, Wait.SAMPLE, Wait.SUPPLIER, Wait.DISPUTE
"""The letters of §4.5.2; where it names some of them, customs and force majeure count as well."""
BY_PHONE = w.Channel.TELEPHONE
IN_SIX_HOURS = MONDAY + 6 * HOUR
INBOUND = told(contacted(), direction=w.Direction.INBOUND)
ABOUT_THE_RESULT = told(contacted(), purpose=w.ContactPurpose.FEEDBACK)
DECIDED = told(contacted(), purpose=w.ContactPurpose.DECISION)
WANTS_A_REPORT = told(registered(), demands=(w.Demand.REPORT,))
REPORT_BY = e.CustomerDemandRecorded(demand_id="d1", kind=w.Demand.REPORT, due=date(2026, 4, 2))
NOTHING_FOUND = told(cause(), verdict=w.Verdict.NO_TROUBLE_FOUND)
SUBMITTED = e.ActionPlanSubmitted(plan_version=1, action_ids=("a1",))
APPROVED = e.ActionPlanApproved(plan_version=1)
RETURNED = e.ActionPlanReturned(plan_version=1, comment="who measures?")
INCONCLUSIVE = told(verified(), effective=False, result=Effect.INCONCLUSIVE)
CONTAINED = e.ContainmentDefined(containment_id="c1", where=(w.Where.LINE,), measure="sort", owner="p-cy")
CLAIM = Claim(material="M-1", quantity=3, direction=ClaimDirection.SHORT)
STONES = (Milestone(name="design", due=date(2026, 3, 10)), Milestone(name="stock", due=date(2026, 3, 18)))
SENT = e.ReplacementRequested(
    replacement_id="n1", kind=ReplacementKind.EXCHANGE, parts=(ReplacementItem(part_no="P-1", quantity=1),)
)
OBJECTED = e.CustomerObjectionRaised(objection_id="o1", subject=ObjectionSubject.REMEDY, statement="not enough")
CLIMBED = e.CustomerObjectionEscalated(objection_id="o1", level=2, reason="no agreement")
HIGHER = e.CustomerObjectionEscalated(objection_id="o1", level=3, reason="no agreement")
TOLD_HEAD = e.QualityHeadNotified(person="p-head", role="quality_head", channel=BY_PHONE)
CLOSURE = e.ClosureRequested(
    request=1, disposition=w.Disposition.SOLVED, customer_acceptance=w.Acceptance.ACCEPTED, summary="solved"
)
FEN = Money(minor=6005, currency="CNY")


def settled(id: str = "o1") -> Event:
    return e.CustomerObjectionResolved(
        objection_id=id, outcome=ObjectionOutcome.COMPROMISE, level_reached=1, answer="a second unit"
    )


def regraded(was: str, grade: str, rank: Rank) -> Event:
    return e.GradeChanged(was=was, grade=grade, rank=rank, basis=w.GradeBasis.CONFIRMED, reason="smoke was seen")


def disputed(id: str = "d1") -> Event:
    return e.EvidenceDisputeOpened(dispute_id=id, claim=CLAIM, insufficient_reason="no weighing slip")


def counted(outcome: DisputeOutcome, id: str = "d1") -> Event:
    found = (Found(material="M-1", variance=0, expected=-3),)
    return e.EvidenceDisputeResolved(dispute_id=id, stocktake_id="s1", outcome=outcome, variances=found)


def signed(chain: str, step: int = 1) -> Event:
    return e.StepSigned(chain=chain, of="p1", step=step, role="quality_head", meaning=w.Meaning.APPROVAL)


def scope(**at: int) -> Event:
    population = tuple(Population(location=w.Where(place), quantity=n) for place, n in at.items())
    return e.ImpactScopeAssessed(population=population, at_risk_quantity=sum(at.values()))


REPORTS = tuple(
    e.ReportDrafted(report_id=kind.value, report_kind=kind, revision=1, summary="what is known") for kind in ReportKind
)
"""One of each kind, named for its kind."""


def issued(id: str, next_due: date | None = None) -> Event:
    return e.ReportIssued(report_id=id, revision=1, to="C-1001", via_role="customer_liaison", next_report_due=next_due)


def reportable(regime: str, yes: bool = True, since: datetime = MONDAY) -> Event:
    return e.ReportabilityAssessed(regime=regime, reportable=yes, awareness_at=since, rationale="a deterioration")


def submitted(regime: str) -> Event:
    return e.AuthorityReportSubmitted(regime=regime, kind=AuthorityReport.INITIAL, receipt_no="R-1")
