"""The promises about time, as data: what starts and stops each clock, what it waits for, and how long is allowed.

How long is what the policy of the site says of the clause under its CL- name (domain §4.5.2); where a site goes by no policy,
the defaults here hold, the strictest that the sources state or proposals where they are silent.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from shared.complaint.state import ActionStatus, Complaint, Stage
from shared.events import complaint as events
from shared.events.clocks import Rung, Wait
from shared.events.labels import label
from shared.events.words import AskedOf, ContactPurpose, Direction, Verdict
from shared.kernel.fact import Event
from shared.kernel.values import Rank

BY_DATE = "date"
"""The target of a clock whose due day or instant was agreed in the case itself."""

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


@dataclass(frozen=True)
class When:
    """An event, or only such of its kind for which a condition holds."""

    kind: type[Event]
    only: Callable[[Any], bool] | None = None

    def __call__(self, event: Event) -> bool:
        """Whether it is this one."""
        return isinstance(event, self.kind) and (self.only is None or self.only(event))


@dataclass(frozen=True)
class Begin:
    """One clock that begins: of which thing in the case, answered for by whom, from when and until when if that was agreed."""

    item: str = ""
    responsible: str | None = None
    since: datetime | None = None
    due: date | datetime | None = None


Begins = Callable[[Any, Complaint], Iterable[Begin]]


def _of_the_owner(event: Event, case: Complaint) -> Iterator[Begin]:
    yield Begin(responsible=case.owner)


@dataclass(frozen=True)
class Clause:
    """One promise. `allowed` is in the notation of domain §4.5.3, by rank; `presumed` holds until the case is graded.

    `begins` tells the clocks that an event starts, one for each action or request where there are several; `about` tells
    for which of them a stopping event counts. `warn` is in percent of the allowed time.
    """

    name: str
    starts: tuple[When, ...]
    stops: tuple[When, ...]
    source: str
    terms: str | None = None
    """Its CL- name in policy packs; without one only the defaults here promise it."""
    allowed: dict[Rank, str] | None = None
    presumed: str | None = None
    warn: tuple[int, ...] = (50, 80)
    ladder: tuple[Rung, ...] = QUALITY_LADDER
    urgent_ladder: tuple[Rung, ...] = URGENT_LADDER
    pauses: frozenset[Wait] = frozenset()
    begins: Begins = _of_the_owner
    about: Callable[[Any], Collection[str]] | None = None
    dropped: tuple[When, ...] = ()
    """Events after which nobody owes it any more."""
    outlives: bool = False
    """Goes on when the case is closed."""

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

    def stopped_by(self, event: Event, item: str) -> bool:
        """Whether the event keeps the promise about this thing."""
        return any(when(event) for when in self.stops) and (self.about is None or item in self.about(event))

    def dropped_by(self, event: Event) -> bool:
        """Whether the event takes the promise away."""
        return any(when(event) for when in self.dropped)


def _by_rank(critical: str, major: str, minor: str, negligible: str) -> dict[Rank, str]:
    return dict(zip(Rank, (critical, major, minor, negligible), strict=True))


def _same(target: str) -> dict[Rank, str]:
    return dict.fromkeys(Rank, target)


# ── what starts and stops ─────────────────────────────────────────────────────────────────────────────────────────────
TO_THE_CUSTOMER = When(events.CustomerContacted, lambda event: event.direction == Direction.OUTBOUND)
"""Only a contact that goes out to the customer is a response (A12)."""
REOPENED = When(events.Reopened)
FAILED = When(events.Verified, lambda event: not event.effective)
NOTHING_FOUND = When(events.RootCauseFound, lambda event: event.verdict == Verdict.NO_TROUBLE_FOUND)
CUSTOMER = frozenset({Wait.CUSTOMER})


def _promised_contact(event: Any, case: Complaint) -> Iterator[Begin]:
    told = event.promised_contact_by if isinstance(event, events.Acknowledged) else event.next_contact_by
    yield Begin(responsible=case.owner or case.first_responsible, due=told)


def _asked(event: events.InformationRequested, case: Complaint) -> Iterator[Begin]:
    yield Begin(event.request_id, case.owner or case.first_responsible, due=event.due)


def _approved(event: Event, case: Complaint) -> Iterator[Begin]:
    for action in case.actions_of_cycle():
        if action.status == ActionStatus.APPROVED:
            yield Begin(action.action_id, action.owner, due=action.due)


def _all_done(event: Event, case: Complaint) -> Iterator[Begin]:
    if case.stage == Stage.VERIFYING:
        yield Begin(responsible=case.owner)


def waits(case: Complaint) -> frozenset[Wait]:
    """What a case waits for that nobody here can do anything about."""
    return CUSTOMER if AskedOf.CUSTOMER in case.open_requests.values() else frozenset()


CLAUSES: tuple[Clause, ...] = (
    Clause(
        "acknowledgement", (When(events.Received),), (When(events.Acknowledged),), "S1-05", "CL-ACK",
        allowed=_same("PT2H:biz"), warn=(80,), ladder=SUPERVISOR_LADDER, urgent_ladder=SUPERVISOR_LADDER,
    ),
    Clause(
        "registration", (When(events.Received),), (When(events.Registered),), "S0-08", "CL-REG", pauses=CUSTOMER,
    ),
    Clause(
        "grading", (When(events.Registered),), (When(events.Classified),), "S0-19", "CL-TRIAGE",
    ),
    Clause(
        "first_response", (When(events.Received),), (TO_THE_CUSTOMER,), "S1-18, S1-21, S1-23, S3-36", "CL-RESP",
        allowed=_by_rank("PT2H", "PT4H", "PT8H", "PT24H"), presumed="PT24H", ladder=SUPERVISOR_LADDER,
        urgent_ladder=SUPERVISOR_LADDER,
    ),
    Clause(
        "promised_contact",
        (
            When(events.Acknowledged, lambda event: event.promised_contact_by is not None),
            When(events.CustomerContacted, lambda event: event.next_contact_by is not None),
        ),
        (TO_THE_CUSTOMER,), "S1-06, S1-25, S4-14", "CL-PROMISE", begins=_promised_contact, warn=(),
    ),
    Clause(
        "information",
        (When(events.InformationRequested, lambda event: event.asked_of == AskedOf.CUSTOMER),),
        (When(events.InformationProvided, lambda event: event.complete),),
        "S1-14", "CL-INFO", begins=_asked, about=lambda event: (event.request_id,),
    ),
    Clause(
        "containment", (When(events.Classified),), (When(events.ContainmentDefined),), "S3-28, S4-70", "CL-CONT",
    ),
    Clause(
        "root_cause", (When(events.Assigned), When(events.Reopened, lambda event: not event.back_to_planning)),
        (When(events.RootCauseFound),), "S0-29", "CL-RCA", allowed=_by_rank("PT24H", "wd3", "wd3", "wd5"), pauses=CUSTOMER,
    ),
    Clause(
        "action_plan", (When(events.Assigned), When(events.ActionPlanReturned), FAILED, REOPENED),
        (When(events.ActionPlanSubmitted), NOTHING_FOUND), "S2-31", "CL-PLAN",
        allowed=_by_rank("PT48H", "PT48H", "wd5", "wd7"), pauses=CUSTOMER,
    ),
    Clause(
        "plan_approval", (When(events.ActionPlanSubmitted), When(events.StepSigned, lambda event: event.chain == "plan")),
        (
            When(events.StepSigned, lambda event: event.chain == "plan"), When(events.ActionPlanApproved),
            When(events.ActionPlanReturned),
        ),
        "S3-31", "CL-APPR-PLAN",
    ),
    Clause(
        "action", (When(events.ActionPlanApproved),), (When(events.ActionCompleted),), "S0-40", "CL-ACTION",
        allowed=_same(BY_DATE), begins=_approved, about=lambda event: (event.action_id,), dropped=(FAILED,),
    ),
    Clause(
        "verification", (When(events.ActionCompleted),), (When(events.Verified),), "S0-45, S1-46",
        allowed=_by_rank("wd3", "wd3", "cd7", "cd7"), begins=_all_done,
    ),
    Clause(
        "closure", (When(events.Received), REOPENED), (When(events.Closed),), "S3-23",
        allowed=_by_rank("wd5", "wd10", "wd15", "wd20"), presumed="wd20", pauses=CUSTOMER,
    ),
    Clause(
        "result_feedback", (When(events.ActionCompleted),),
        (
            When(events.CustomerContacted, lambda event: event.purpose == ContactPurpose.FEEDBACK),
            When(events.CustomerFeedbackRecorded),
        ),
        "S1-43", "CL-FEEDBACK",
    ),
    Clause(
        "follow_up", (When(events.Closed),), (When(events.FollowUpCompleted), When(events.FollowUpWaived)),
        "S1-49, S4-38", "CL-FOLLOWUP-30D", outlives=True,
    ),
    Clause(
        "customer_progress", (TO_THE_CUSTOMER,), (TO_THE_CUSTOMER,), "S4-27, S4-58", "CL-PROGRESS-C", pauses=CUSTOMER,
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
