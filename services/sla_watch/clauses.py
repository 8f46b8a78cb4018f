"""The promises about time, as data: what starts and stops each clock, what it waits for, and how long is allowed.

How long is what the policy of the site says of the clause under its CL- name (domain §4.5.2); where a site goes by no policy,
the defaults here hold, the strictest that the sources state or proposals where they are silent.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from services.sla_watch.moments import (
    CALLED_AFTER_A_WHILE,
    CALLED_BACK,
    CLOSE,
    CUSTOMER,
    CUSTOMER_WRONG,
    FAILED,
    FINDING,
    JUDGED,
    NOTHING_FOUND,
    PLAN,
    PLANNING,
    REOPENED,
    SAMPLE,
    SENDING,
    SETTLED,
    SOLVING,
    STATE_TOLD,
    TO_THE_CUSTOMER,
    TOLD_THE_RESULT,
    WANTS_A_REPORT,
    WAREHOUSE,
    Begin,
    Begins,
    When,
    actions,
    all_done,
    approved,
    asked,
    done,
    each,
    handled,
    in_work,
    known,
    milestone,
    milestones,
    of_the_owner,
    promised_contact,
    reaches,
    regime,
    reports_again,
    reports_but,
    signs_later,
    this,
    uncontained,
    ungraded,
    untold,
    while_open,
)
from shared.clocks.lead import WarnAt
from shared.clocks.state import BY_DATE
from shared.complaint.state import Complaint
from shared.events import complaint as events
from shared.events.capa_words import ReportKind
from shared.events.clocks import Rung
from shared.events.labels import label
from shared.events.waiting import Wait
from shared.events.words import ActionKind, AskedOf, Demand, Where
from shared.kernel.fact import Event
from shared.kernel.values import Rank

SUPERVISOR_LADDER = (Rung(role="service_supervisor"), Rung(role="quality_head", after="PT4H"))
QUALITY_LADDER = (
    Rung(role="dept_head"),
    Rung(role="quality_head", after="wd1"),
    Rung(role="general_manager", after="wd2"),
)
URGENT_LADDER = (
    Rung(role="dept_head"),
    Rung(role="quality_head", after="PT4H"),
    Rung(role="general_manager", after="wd1"),
)


@dataclass(frozen=True, eq=False)  # each is the one of its name
class Clause:
    """One promise. `allowed` is in the notation of domain §4.5.3, by rank; `presumed` holds until the case is graded.

    `begins` tells the clocks that an event starts, one for each action or request where there are several; `about` tells
    for which of them a stopping event counts. `warn` is in percent of the allowed time, or so long before it is over; it holds
    where a policy does not say otherwise.
    """

    name: str
    starts: tuple[When, ...]
    stops: tuple[When, ...]
    source: str
    terms: str | None = None
    """Its CL- name in policy packs; without one only the defaults here promise it."""
    allowed: dict[Rank, str] | None = None
    presumed: str | None = None
    warn: tuple[WarnAt, ...] = (50, 80)
    ladder: tuple[Rung, ...] = QUALITY_LADDER
    urgent_ladder: tuple[Rung, ...] = URGENT_LADDER
    pauses: frozenset[Wait] = frozenset()
    calendar: Literal["biz", "24x7"] = "24x7"
    """What a bare PT4H of a pack is counted in, unless the pack says so: working time, or plain time."""
    begins: Begins = of_the_owner
    about: Callable[[Any, Complaint], Collection[str]] | None = None
    only_named: frozenset[type[Event]] = frozenset()
    """Of what keeps it, what does so under a pack only if the pack names it."""
    dropped: tuple[When, ...] = ()
    """Events after which nobody owes it any more."""
    let_go: tuple[When, ...] = ()
    """The same for the things that the event is about alone."""
    by_item: bool = False
    """What is allowed goes by the thing (the regime of a law), not by the grade."""
    outlives: bool = False
    """Goes on when the case is closed."""
    comes_round: bool = False
    """Owed again each week: kept once, it begins anew with the next."""
    ends_itself: bool = False
    """A window in which nobody has to do anything: when it is over, it was kept."""

    @property
    def title(self) -> dict[str, str]:
        """What it is called."""
        return {language: label(language, self.name) for language in ("en", "zh")}

    def target(self, rank: Rank | None) -> str | None:
        """What is allowed at this rank where there is no policy; before grading, what is presumed. None: nothing."""
        if self.allowed is None:
            return None
        return self.presumed or self.allowed[Rank.MINOR] if rank is None else self.allowed[rank]

    def rungs(self, rank: Rank | None) -> tuple[Rung, ...]:
        """Where a breach climbs without a policy; faster for a critical case."""
        return self.urgent_ladder if rank == Rank.CRITICAL else self.ladder

    def stopped_by(self, event: Event, item: str, case: Complaint) -> bool:
        """Whether the event keeps the promise about this thing."""
        return any(when(event) for when in self.stops) and self._about(event, item, case)

    def dropped_by(self, event: Event, item: str, case: Complaint) -> bool:
        """Whether the event takes the promise away."""
        if any(when(event) for when in self.dropped):
            return True
        return any(when(event) for when in self.let_go) and self._about(event, item, case)

    def _about(self, event: Event, item: str, case: Complaint) -> bool:
        return self.about is None or item in self.about(event, case)


def _by_rank(critical: str, major: str, minor: str, negligible: str) -> dict[Rank, str]:
    return dict(zip(Rank, (critical, major, minor, negligible), strict=True))


def _same(target: str) -> dict[Rank, str]:
    return dict.fromkeys(Rank, target)


CLAUSES: tuple[Clause, ...] = (
    Clause(
        "acknowledgement", (When(events.Received),), (When(events.Acknowledged),), "S1-05", "CL-ACK",
        # “At once” says S1-05, and gives no number: by night as well, an alarm comes after what `immediate` is in the base.
        allowed=_by_rank("PT15M", "PT1H", "PT1H", "PT1H"), presumed="PT1H", warn=(80,), ladder=SUPERVISOR_LADDER,
        urgent_ladder=SUPERVISOR_LADDER,
    ),
    Clause(
        "registration", (When(events.Received),), (When(events.Registered),), "S0-08", "CL-REG", pauses=CUSTOMER,
        begins=known, warn=(75,),
    ),
    Clause(
        "forwarding", (When(events.Received),), (When(events.Forwarded),), "S2-22", "CL-FWD", pauses=CUSTOMER, warn=(75,),
        calendar="biz",
    ),
    Clause(
        "resolution", (When(events.Received),), (When(events.ServiceRestored), When(events.RemedyExecuted), SETTLED),
        "S3-18, S3-20, S3-22, S3-24", "CL-RESOLVE", pauses=SOLVING, warn=(50, 75, 90),
        only_named=frozenset({events.ServiceRestored, events.CustomerContacted}),
    ),
    Clause(
        "grading", (When(events.Registered),), (When(events.Classified),), "S0-19", "CL-TRIAGE", begins=ungraded,
        warn=(80,), calendar="biz",
    ),
    Clause(
        "first_response", (When(events.Received),), (TO_THE_CUSTOMER, When(events.EmergencyResponseStarted)),
        "S1-18, S1-21, S1-23, S3-36", "CL-RESP",
        allowed=_by_rank("PT2H", "PT4H", "PT8H", "PT24H"), presumed="PT24H", ladder=SUPERVISOR_LADDER,
        urgent_ladder=SUPERVISOR_LADDER, only_named=frozenset({events.EmergencyResponseStarted}),
    ),
    Clause(
        "promised_contact",
        (
            When(events.Acknowledged, lambda event: event.promised_contact_by is not None),
            When(events.CustomerContacted, lambda event: event.next_contact_by is not None),
            When(events.ContactPromised),
        ),
        (TO_THE_CUSTOMER,), "S1-06, S1-25, S4-14", "CL-PROMISE", begins=promised_contact, warn=("PT1H",),
    ),
    Clause(
        "information",
        (When(events.InformationRequested, lambda event: event.asked_of == AskedOf.CUSTOMER),),
        (When(events.InformationProvided, lambda event: event.complete), When(events.InformationRequestLapsed)),
        "S1-14", "CL-INFO", begins=asked, about=this("request_id"), warn=(),
    ),
    Clause(
        "containment", (When(events.Classified),),
        (When(events.ContainmentDefined), When(events.ContainmentImplemented)), "S3-28, S4-70", "CL-CONT",
        begins=uncontained,
    ),
    Clause(
        "root_cause", (When(events.Assigned), When(events.Reopened, lambda event: not event.back_to_planning)),
        (
            When(events.RootCauseFound), When(events.InvestigationWaived), When(events.UseErrorDetermined), CUSTOMER_WRONG,
            WAREHOUSE,
        ),
        "S0-29", "CL-RCA", allowed=_by_rank("PT24H", "wd3", "wd3", "wd5"), pauses=FINDING, warn=(50, 75, 90),
    ),
    Clause(
        "action_plan", (When(events.Assigned), When(events.ActionPlanReturned), FAILED, REOPENED),
        (When(events.ActionPlanSubmitted), NOTHING_FOUND, CUSTOMER_WRONG), "S2-31", "CL-PLAN",
        allowed=_by_rank("PT48H", "PT48H", "wd5", "wd7"), pauses=PLANNING, warn=(50, 75, 90),
    ),
    Clause(
        "plan_approval", (When(events.ActionPlanSubmitted), PLAN),
        (PLAN, When(events.ActionPlanApproved), When(events.ActionPlanReturned)), "S3-31", "CL-APPR-PLAN",
        warn=("wd1",),
    ),
    Clause(
        "action", (When(events.ActionPlanApproved),), (When(events.ActionCompleted),), "S0-40", "CL-ACTION",
        allowed=_same(BY_DATE), begins=approved, about=this("action_id"), dropped=(FAILED,),
        let_go=(When(events.ActionCancelled),), warn=("cd7", "cd1"),
    ),
    Clause(
        "milestone", (When(events.ActionPlanApproved),), (When(events.MilestoneReached),), "S0-43", "CL-MILESTONE",
        begins=milestones, about=milestone, dropped=(FAILED,), warn=("cd3",),
        let_go=(When(events.ActionCancelled), When(events.ActionCompleted)),
    ),
    Clause(
        "action_status", (When(events.ActionPlanApproved), *STATE_TOLD), (*STATE_TOLD, When(events.ActionCompleted)),
        "S0-41", "CL-UPDATE-W", warn=("wd1",),
        begins=in_work, about=this("action_id"), dropped=(FAILED,), let_go=(When(events.ActionCancelled),),
        comes_round=True,
    ),
    Clause(
        "recurrence_watch", (When(events.Closed),), (), "S0-48, S3-42", "CL-MONITOR-3M", warn=(), ladder=(),
        urgent_ladder=(), dropped=(REOPENED,), outlives=True, ends_itself=True,
    ),
    Clause(
        "verification_short", (When(events.ActionCompleted),), (JUDGED,), "S0-45", "CL-VERIFY-ST",
        begins=done(ActionKind.CORRECTION), about=actions, pauses=SAMPLE, warn=("wd1",),
    ),
    Clause(
        "verification_long", (When(events.ActionCompleted),), (JUDGED,), "S0-46, S1-46", "CL-VERIFY-LT",
        begins=done(*(kind for kind in ActionKind if kind != ActionKind.CORRECTION)), about=actions, pauses=SAMPLE,
        warn=("cd2",),
    ),
    Clause(
        "closure_approval", (When(events.ClosureRequested), CLOSE),
        (CLOSE, When(events.Closed), When(events.ClosureReturned)), "S0-50", "CL-APPR-CLOSE", warn=("wd1",),
    ),
    Clause(
        "quality_head_told",
        tuple(When(kind, lambda event: event.rank == Rank.CRITICAL) for kind in (events.Classified, events.GradeChanged)),
        (When(events.QualityHeadNotified),), "S0-23", "CL-NOTIFY-QH", begins=untold, warn=(),
    ),
    Clause(
        "recall_decision", (When(events.ImpactScopeAssessed, reaches(Where.CUSTOMER)),), (When(events.RecallDecided),),
        "S4-76", "CL-RECALL", warn=(50,),
    ),
    Clause(
        "production_stop", (When(events.ImpactScopeAssessed, reaches(Where.LINE, Where.WIP)),),
        (When(events.ProductionStopOrdered), When(events.ProductionStopRefused)), "S4-77", "CL-STOP", warn=(50,),
    ),
    Clause(
        "stocktake", (When(events.EvidenceDisputeOpened),), (When(events.EvidenceDisputeResolved),), "S2-34",
        "CL-STOCKTAKE", begins=each("dispute_id"), about=this("dispute_id"), warn=("wd1",),
    ),
    Clause(
        "authority_report", (When(events.ReportabilityAssessed, lambda event: event.reportable),),
        (When(events.AuthorityReportSubmitted),), "domain 2.1", "CL-REGREPORT", begins=regime, about=this("regime"),
        let_go=(When(events.ReportabilityAssessed, lambda event: not event.reportable),), by_item=True, outlives=True,
        warn=(50, 75, 90),
    ),
    Clause(
        "initial_report", (When(events.Registered, lambda event: Demand.REPORT in event.demands), WANTS_A_REPORT),
        (When(events.ReportIssued),), "S4-81", "CL-REPORT-INIT", about=reports_but(ReportKind.PROGRESS),
    ),
    Clause(
        "progress_report", (When(events.ReportIssued),), (When(events.ReportIssued),), "S4-84", "CL-REPORT-PROG",
        begins=reports_again, about=reports_but(), warn=(80,),
    ),
    Clause(
        "final_report",
        (
            When(events.CustomerDemandRecorded, lambda event: WANTS_A_REPORT(event) and event.due is not None),
            When(events.ReportIssued, lambda event: event.next_report_due is not None),
        ),
        (When(events.ReportIssued),), "S4-80", "CL-REPORT-FINAL", begins=reports_again,
        about=reports_but(ReportKind.INITIAL, ReportKind.PROGRESS), pauses=CUSTOMER,
    ),
    Clause(
        "cost_split", (When(events.CostAllocationApproved),),
        (When(events.CostAllocationSplit), When(events.CostAllocationExecuted)), "S2-49", "CL-ALLOC-3WD",
        begins=each("charge_id"), about=this("charge_id"), let_go=(When(events.CostAllocationWaived),), outlives=True,
        warn=("wd1",),
    ),
    Clause(
        "payment", (When(events.CompensationApproved),), (When(events.CompensationPaid),), "S4-61", "CL-PAY",
        begins=each("compensation_id"), about=this("compensation_id"),
        let_go=(When(events.CompensationWithdrawn),), outlives=True,
        pauses=CUSTOMER, warn=("wd1",),
    ),
    Clause(
        "call_back", (When(events.Verified, lambda event: event.effective),), (CALLED_BACK,), "S3-43",
        "CL-CALLBACK-100", outlives=True, warn=(50,),
    ),
    Clause(
        "verification", (When(events.ActionCompleted),), (JUDGED,), "S0-45, S1-46",
        allowed=_by_rank("wd3", "wd3", "cd7", "cd7"), begins=all_done,
    ),
    Clause(
        "closure", (When(events.Received), REOPENED), (When(events.Closed),), "S3-23",
        allowed=_by_rank("wd5", "wd10", "wd15", "wd20"), presumed="wd20", pauses=CUSTOMER,
    ),
    Clause(
        "replacement", (When(events.ReplacementRequested),),
        (When(events.ReplacementShipped), When(events.ReplacementRefused)), "S2-28", "CL-REMEDY",
        begins=each("replacement_id"), about=this("replacement_id"), pauses=SENDING, warn=(75,),
    ),
    Clause(
        "retro_signature", (When(events.ReplacementAuthorised, lambda event: event.pending),),
        (When(events.ReplacementResponsibilitySigned),), "S2-29", "CL-RETROSIGN", begins=signs_later,
        about=this("replacement_id"), outlives=True, warn=("wd1",),
    ),
    Clause(
        "objection", (When(events.CustomerObjectionRaised), When(events.CustomerObjectionEscalated)),
        (When(events.CustomerObjectionResolved), When(events.CustomerObjectionEscalated)), "S1-45", "CL-OBJECTION",
        begins=each("objection_id"), about=this("objection_id"), pauses=CUSTOMER,
    ),
    Clause(
        "result_feedback", (When(events.RemedyExecuted),), (TOLD_THE_RESULT,), "S1-43", "CL-FEEDBACK", warn=(75,),
    ),
    Clause(
        "follow_up", (When(events.RemedyExecuted), When(events.Closed)), (CALLED_AFTER_A_WHILE, When(events.FollowUpWaived)),
        "S1-49, S4-38", "CL-FOLLOWUP-30D", begins=handled, dropped=(REOPENED,), outlives=True, warn=("cd3",),
    ),
    Clause(
        "customer_progress", (TO_THE_CUSTOMER,), (TO_THE_CUSTOMER,), "S4-27, S4-58", "CL-PROGRESS-C",
        begins=while_open, warn=(80,),
    ),
)  # fmt: skip

BY_NAME: dict[str, Clause] = {clause.name: clause for clause in CLAUSES}
STARTED_BY: dict[type[Event], tuple[tuple[Clause, When], ...]] = {
    kind: tuple((clause, when) for clause in CLAUSES for when in clause.starts if when.kind is kind)
    for kind in {when.kind for clause in CLAUSES for when in clause.starts}
}
"""Event → the clauses that it may start."""


def starting(event: Event, case: Complaint) -> Iterator[tuple[Clause, Begin]]:
    """The clocks that an event starts, if anybody promises them; `case` is the state right after it."""
    for clause, when in STARTED_BY.get(type(event), ()):
        if when(event):
            yield from ((clause, begin) for begin in clause.begins(event, case))
