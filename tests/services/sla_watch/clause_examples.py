"""One example, at least, of every promise: what has happened before, what starts it, what keeps it, what does not.

Each row is one promise of one pack that makes it; where something else may start it too, there is one more row. The facts
are those of domain §4.5.2. What stands here as data is told in test_every_clause.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.events.actions import Milestone
from shared.events.capa_words import Effect, ReportKind, ReturnTo
from shared.events.clocks import Reason
from shared.events.dialogue import ObjectionOutcome, ObjectionSubject
from shared.events.disputes import Claim, Found
from shared.events.field_action import Population
from shared.events.money import CompensationGrounds, PartyRole, PersonShare
from shared.events.remedies import RemedyBasis, RemedyItem, RemedyKind
from shared.events.replacements import ReplacementItem, ReplacementKind
from shared.events.triage_words import ClaimDirection, DisputeOutcome, RecallDecision, WaiverReason
from shared.events.triage_words import ReportKind as AuthorityReport
from shared.events.waiting import Wait
from shared.kernel.fact import Event
from shared.kernel.values import Money, Rank
from tests.facts import (
    DAY,
    HOUR,
    MONDAY,
    acknowledged,
    answered,
    asked,
    assigned,
    cause,
    classified,
    closed,
    completed,
    contacted,
    followed_up,
    planned,
    received,
    registered,
    reopened,
    verified,
)

Told: TypeAlias = Stage | Event
"""As far as a stage on the usual way, or one event."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """`id` is the clock that `start` begins; each of `keeps` alone keeps the promise, and none of `others` does."""

    id: str
    packs: tuple[str, ...]
    """The procedure that promises it, with overlays; none: what holds where a site goes by no policy."""
    target: str
    ladder: str
    before: tuple[Told, ...] = ()
    start: Event
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


def drafted(id: str, kind: ReportKind) -> Event:
    return e.ReportDrafted(report_id=id, report_kind=kind, revision=1, summary="what is known")


def issued(id: str, next_due: date | None = None) -> Event:
    return e.ReportIssued(report_id=id, revision=1, to="C-1001", via_role="customer_liaison", next_report_due=next_due)


def reportable(regime: str, yes: bool = True, since: datetime = MONDAY) -> Event:
    return e.ReportabilityAssessed(regime=regime, reportable=yes, awareness_at=since, rationale="a deterioration")


def submitted(regime: str) -> Event:
    return e.AuthorityReportSubmitted(regime=regime, kind=AuthorityReport.INITIAL, receipt_no="R-1")


RECEIPT = (
    Example(
        id="acknowledgement/1", packs=("pack-s0",), target="PT1H", ladder="A", start=received(), keeps=(acknowledged(),),
    ),
    Example(
        id="registration/1", packs=("pack-s0",), target="PT24H", ladder="A", waits=frozenset({C}),
        start=received(awareness_at=MONDAY - 3 * HOUR), since=MONDAY - 3 * HOUR, keeps=(registered(),),
    ),
    Example(
        id="forwarding/1", packs=("pack-s2",), target="half", ladder="A", start=received(), waits=frozenset({C}),
        keeps=(e.Forwarded(to_roles=("quality_engineer",)),),
    ),
    Example(
        id="grading/1", packs=("pack-s0",), target="PT2H:biz", ladder="B", before=(received(), acknowledged()),
        start=registered(), keeps=(classified(),),
    ),
    Example(
        id="quality_head_told/1", packs=("pack-s0",), target="PT15M", ladder="C", before=(received(), registered()),
        start=classified(Rank.CRITICAL), keeps=(TOLD_HEAD,),
        let_go=((regraded("P1", "P2", Rank.MAJOR), Reason.REGRADE),),
    ),
    Example(
        id="quality_head_told/1", packs=("pack-s0",), target="PT15M", ladder="C", before=(Stage.TRIAGED,),
        start=regraded("P2", "P1", Rank.CRITICAL), keeps=(TOLD_HEAD,),
    ),
    Example(
        id="first_response/1", packs=("pack-s3",), target="PT24H", ladder="B", start=received(),
        keeps=(contacted(), e.EmergencyResponseStarted(leader="p-bo", measures=("a loan unit",))), others=(INBOUND,),
    ),
    Example(
        id="information:i1/1", packs=("pack-s0",), target="cd7", ladder="A", before=(received(),), start=asked("i1"),
        keeps=(
            answered("i1"),
            e.InformationRequestLapsed(
                request_id="i1", reminders_sent=2, decision=e.LapseDecision.CONTINUE_WITH_PRESUMPTION, reason="silence"
            ),
        ),
        others=(answered("i2"), told(answered("i1"), complete=False)),
    ),
)  # fmt: skip

CUSTOMER = (
    *(
        Example(
            id="promised_contact/1", packs=("pack-s1",), target="date", ladder="A", before=(received(),), start=start,
            keeps=(contacted(),), others=(INBOUND,),
        )
        for start in (
            told(acknowledged(), promised_contact_by=IN_SIX_HOURS),
            told(contacted(), next_contact_by=IN_SIX_HOURS),
            e.ContactPromised(promised_contact_by=IN_SIX_HOURS),
        )
    ),
    Example(
        id="customer_progress/1", packs=("pack-s4",), target="cd7", ladder="A", before=(received(),), start=contacted(),
        keeps=(contacted(),), others=(INBOUND,),
    ),
    Example(
        id="resolution/1", packs=("pack-s1",), target="wd15", ladder="C", start=received(),
        waits=frozenset({C, S, D} | OUTSIDE),
        keeps=(
            e.ServiceRestored(how="a loan unit runs"), e.RemedyExecuted(remedy_id="r1", done_by="p-ana"),
            ABOUT_THE_RESULT, DECIDED,
        ),
        others=(contacted(), told(ABOUT_THE_RESULT, direction=w.Direction.INBOUND)),
    ),
    Example(
        id="result_feedback/1", packs=("pack-s1",), target="wd1", ladder="B",
        before=(
            Stage.IMPLEMENTING,
            e.RemedyProposed(
                remedy_id="r1", offer=(RemedyItem(kind=RemedyKind.EXCHANGE),), offer_basis=RemedyBasis.NEGOTIATED
            ),
            e.RemedyAgreed(remedy_id="r1"),
        ),
        start=e.RemedyExecuted(remedy_id="r1", done_by="p-ana"),
        keeps=(ABOUT_THE_RESULT, e.CustomerFeedbackRecorded(satisfied=True)), others=(contacted(),),
    ),
    Example(
        id="follow_up/1", packs=("pack-s1",), target="cd30", ladder="B", before=(Stage.CLOSING,), start=closed(),
        keeps=(followed_up(True), e.FollowUpWaived(reason="moved away")), closing="spares",
    ),
    Example(
        id="call_back/1", packs=("pack-s3",), target="cd14", ladder="B", before=(Stage.VERIFYING,), start=verified(),
        keeps=(followed_up(True),), closing="spares",
    ),
    Example(
        id="objection:o1/1", packs=("pack-s1",), target="wd3", ladder="E", before=(Stage.IMPLEMENTING,), start=OBJECTED,
        keeps=(settled(), CLIMBED), others=(settled("o2"),), waits=frozenset({C}),
    ),
    Example(
        id="objection:o1/2", packs=("pack-s1",), target="wd3", ladder="E3", before=(Stage.IMPLEMENTING, OBJECTED),
        start=CLIMBED, keeps=(settled(), HIGHER), waits=frozenset({C}),
    ),
    Example(
        id="replacement:n1/1", packs=("pack-s2",), target="wd2", ladder="B", before=(Stage.ASSIGNED,), start=SENT,
        keeps=(
            e.ReplacementShipped(replacement_id="n1"),
            e.ReplacementRefused(replacement_id="n1", facts_correct=False, reason="not ours"),
        ),
        others=(e.ReplacementShipped(replacement_id="n2"),), waits=frozenset({C} | OUTSIDE),
    ),
    Example(
        id="retro_signature:n1/1", packs=("pack-s2",), target="wd3", ladder="C", before=(Stage.ASSIGNED, SENT),
        start=e.ReplacementAuthorised(replacement_id="n1", pending=True), closing="spares",
        keeps=(e.ReplacementResponsibilitySigned(replacement_id="n1", department=w.Department.PRODUCTION),),
        others=(e.ReplacementResponsibilitySigned(replacement_id="n2", department=w.Department.PRODUCTION),),
    ),
)  # fmt: skip

FINDING = (
    Example(
        id="containment/1", packs=("pack-s3",), target="PT24H", ladder="C", before=(received(), registered()),
        start=classified(),
        keeps=(e.ContainmentDefined(containment_id="c1", where=(w.Where.LINE,), measure="sort", owner="p-cy"),),
    ),
    Example(
        id="root_cause/1", packs=("pack-s0",), target="wd3", ladder="C", before=(Stage.TRIAGED,), start=assigned(),
        waits=frozenset({C, S, P, D} | OUTSIDE),
        keeps=(
            cause(), NOTHING_FOUND, counted(DisputeOutcome.CUSTOMER_INACCURATE), counted(DisputeOutcome.WAREHOUSE_PROBLEM),
            e.InvestigationWaived(reason=WaiverReason.NO_FAILURE_ALLEGED, explanation="a question", decided_by="p-head"),
            e.UseErrorDetermined(description="wrong voltage", evidence=("e1",)),
        ),
        others=(counted(DisputeOutcome.QUALITY_PROBLEM), counted(DisputeOutcome.INCONCLUSIVE)),
    ),
    Example(
        id="root_cause/2", packs=("pack-s0",), target="wd3", ladder="C", before=(Stage.CLOSED,), start=reopened(),
        keeps=(cause(),), waits=frozenset({C, S, P, D} | OUTSIDE),
    ),
    *(
        Example(
            id=id, packs=("pack-s2",), target="PT48H", ladder="C", before=before, start=start,
            waits=frozenset({C, D} | OUTSIDE),
            keeps=(SUBMITTED, NOTHING_FOUND, counted(DisputeOutcome.CUSTOMER_INACCURATE)), others=(cause(),),
        )
        for id, before, start in (
            ("action_plan/1", (Stage.TRIAGED, planned()), assigned()),
            ("action_plan/2", (Stage.PLAN_REVIEW,), RETURNED),
            ("action_plan/2", (Stage.VERIFYING,), verified(effective=False)),
            ("action_plan/2", (Stage.CLOSED,), reopened(back_to_planning=True)),
        )
    ),
    *(
        Example(
            id=id, packs=("pack-s3",), target="wd1", ladder="D", before=before, start=start,
            keeps=(signed("plan", 2), APPROVED, RETURNED), others=(signed("close"),),
        )
        for id, before, start in (
            ("plan_approval/1", (Stage.PLANNING, planned()), SUBMITTED),
            ("plan_approval/2", (Stage.PLAN_REVIEW,), signed("plan")),
        )
    ),
    Example(
        id="stocktake:d1/1", packs=("pack-s2",), target="wd3", ladder="C", before=(Stage.ASSIGNED,), start=disputed(),
        keeps=(counted(DisputeOutcome.QUALITY_PROBLEM),), others=(counted(DisputeOutcome.QUALITY_PROBLEM, "d2"),),
    ),
    Example(
        id="recall_decision/1", packs=("pack-s4",), target="PT1H", ladder="C", before=(Stage.ASSIGNED,),
        start=scope(customer=40), others=(e.ProductionStopRefused(reason="another lot is on the line"),),
        keeps=(
            e.RecallDecided(
                decision_id="r1", decision=RecallDecision.RECALL, quantity_shipped=40, customers=2, justification="may burn"
            ),
        ),
    ),
    Example(
        id="production_stop/1", packs=("pack-s4",), target="PT1H", ladder="C", before=(Stage.ASSIGNED,),
        start=scope(wip=12),
        keeps=(
            e.ProductionStopRefused(reason="another lot is on the line"),
            e.ProductionStopOrdered(
                stop_id="p1", notice_no="N-1", reason="may burn", effective_at=MONDAY, resume_condition="the mould is mended"
            ),
        ),
    ),
)  # fmt: skip

DOING = (
    Example(
        id="action:a1/1", packs=("pack-s0",), target="date", ladder="C", before=(Stage.PLAN_REVIEW,), start=APPROVED,
        keeps=(completed(),),
        let_go=(
            (e.ActionCancelled(action_id="a1", reason="another way"), Reason.REPLANNED),
            (verified(effective=False), Reason.REPLANNED),
        ),
    ),
    Example(
        id="milestone:a1.1/1", packs=("pack-s0",), target="date", ladder="B",
        before=(Stage.PLANNING, told(planned(), milestones=STONES), Stage.PLAN_REVIEW), start=APPROVED,
        keeps=(e.MilestoneReached(action_id="a1", milestone="design"),),
        others=(e.MilestoneReached(action_id="a1", milestone="stock"),),
        let_go=(
            (e.ActionCancelled(action_id="a1", reason="another way"), Reason.REPLANNED),
            (verified(effective=False), Reason.REPLANNED),
        ),
    ),
    Example(
        id="verification_short:a1/1", packs=("pack-s0",), target="wd3", ladder="C", waits=frozenset({S}),
        before=(Stage.PLANNING, told(planned(), kind=w.ActionKind.CORRECTION), Stage.IMPLEMENTING), start=completed(),
        keeps=(verified(), verified(effective=False)), others=(INCONCLUSIVE,),
    ),
    Example(
        id="verification_long:a1/1", packs=("pack-s0",), target="cd7", ladder="C", waits=frozenset({S}),
        before=(Stage.IMPLEMENTING,), start=completed(), keeps=(verified(), verified(effective=False)), others=(INCONCLUSIVE,),
    ),
    Example(
        id="verification/1", packs=(), target="wd3", ladder="C", before=(Stage.IMPLEMENTING,), start=completed(),
        keeps=(verified(), verified(effective=False)), others=(INCONCLUSIVE,),
    ),
    *(
        Example(
            id=id, packs=("pack-s0",), target="wd1", ladder="D", before=before, start=start, closing="keeps",
            keeps=(
                signed("close", 2), closed(), e.ClosureReturned(to_stage=ReturnTo.VERIFYING, reason="no measurement")
            ),
            others=(signed("plan"),),
        )
        for id, before, start in (
            ("closure_approval/1", (Stage.CLOSING,), CLOSURE),
            ("closure_approval/2", (Stage.CLOSING, CLOSURE), signed("close")),
        )
    ),
    *(
        Example(
            id=id, packs=(), target=target, ladder="C", before=before, start=start, keeps=(closed(),),
            waits=frozenset({C}), closing="keeps",
        )
        for id, target, before, start in (
            ("closure/1", "wd20", (), received()), ("closure/2", "wd10", (Stage.CLOSED,), reopened()),
        )
    ),
)  # fmt: skip

ANSWERING = (
    *(
        Example(
            id="initial_report/1", packs=("pack-s4",), target="cd3", ladder="B", before=before, start=start,
            keeps=(issued("r1"),),
        )
        for before, start in (
            ((received(), drafted("r1", ReportKind.INITIAL)), WANTS_A_REPORT),
            ((Stage.ASSIGNED, drafted("r1", ReportKind.FINAL)), told(REPORT_BY, due=None)),
        )
    ),
    Example(
        id="progress_report/1", packs=("pack-s4",), target="cd7", ladder="B",
        before=(Stage.ASSIGNED, drafted("r1", ReportKind.INITIAL), drafted("r2", ReportKind.FINAL)), start=issued("r1"),
        keeps=(issued("r1"), issued("r2")),
    ),
    *(
        Example(
            id="final_report/1", packs=("pack-s4",), target="date", ladder="C", start=start, keeps=(issued("r2"),),
            before=(Stage.ASSIGNED, drafted("r1", ReportKind.INITIAL), drafted("r2", ReportKind.FINAL)),
            others=(issued("r1"),),
        )
        for start in (REPORT_BY, issued("r1", date(2026, 4, 2)))
    ),
    Example(
        id="authority_report:FDA_803_5DAY/1", packs=("pack-s4", "overlay-meddev"), target="wd5", ladder="C",
        before=(Stage.TRIAGED,), start=reportable("FDA_803_5DAY", since=MONDAY - DAY), since=MONDAY - DAY,
        keeps=(submitted("FDA_803_5DAY"),), others=(submitted("EU_SERIOUS_INCIDENT"),), closing="spares",
    ),
    Example(
        id="cost_split:m1/1", packs=("pack-s2",), target="wd3", ladder="C", before=(Stage.ASSIGNED,), closing="spares",
        start=e.CostAllocationApproved(charge_id="m1", amount=FEN),
        keeps=(
            e.CostAllocationSplit(
                charge_id="m1", department=w.Department.PRODUCTION, legal_ack="Dr Li, 2026",
                persons=(PersonShare(person="p-cy", party_role=PartyRole.RESPONSIBLE_PERSON, amount=FEN),),
            ),
            e.CostAllocationExecuted(charge_id="m1", voucher_no="V-1", amount=FEN),
        ),
        others=(e.CostAllocationWaived(charge_id="m2", reason="goodwill"),),
        let_go=((e.CostAllocationWaived(charge_id="m1", reason="goodwill"), Reason.REPLANNED),),
    ),
    Example(
        id="payment:k1/1", packs=("pack-s4",), target="wd5", ladder="C", before=(Stage.ASSIGNED,), closing="spares",
        start=e.CompensationApproved(
            compensation_id="k1", amount=FEN, grounds=CompensationGrounds.CUSTOMER_DEMAND
        ),
        keeps=(e.CompensationPaid(compensation_id="k1", amount=FEN, voucher_no="V-2"),), waits=frozenset({C}),
        others=(e.CompensationPaid(compensation_id="k2", amount=FEN, voucher_no="V-3"),),
        let_go=((e.CompensationWithdrawn(compensation_id="k1", reason="the customer declined"), Reason.REPLANNED),),
    ),
)  # fmt: skip

EXAMPLES = (*RECEIPT, *CUSTOMER, *FINDING, *DOING, *ANSWERING)
