"""What starts and stops the promises about time: events, under conditions, and the clocks that each of them begins."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from shared.complaint.state import OPEN, ActionStatus, Complaint, Stage
from shared.complaint.waiting import still_waiting
from shared.events import complaint as events
from shared.events.capa_words import Effect, ReportKind
from shared.events.receipt import FollowUpKind
from shared.events.triage_words import DisputeOutcome
from shared.events.waiting import Wait
from shared.events.words import ActionKind, AskedOf, ContactPurpose, Demand, Direction, Verdict, Where
from shared.kernel.fact import Event
from shared.kernel.record import record


@dataclass(frozen=True)
class When:
    """An event, or only such of its kind for which a condition holds."""

    kind: type[Event]
    only: Callable[[Any], bool] | None = None

    def __call__(self, event: Event) -> bool:
        """Whether it is this one."""
        return isinstance(event, self.kind) and (self.only is None or self.only(event))


@record()
class Begin:
    """One clock that begins: of which thing in the case, answered for by whom, from when and until when if that was agreed."""

    item: str = ""
    responsible: str | None = None
    since: datetime | None = None
    due: date | datetime | None = None
    failed: datetime | None = None
    """When the trouble showed itself, where the policy counts from there."""
    done: frozenset[type[Event]] = frozenset()
    """What has happened already of that which keeps it: where one of these is enough, nothing is owed any more."""


Begins = Callable[[Any, Complaint], Iterable[Begin]]


def of_the_owner(event: Event, case: Complaint) -> Iterator[Begin]:
    yield Begin(responsible=case.owner)


def known(event: events.Received, case: Complaint) -> Iterator[Begin]:
    """From when on anybody here knew of it (S0-08)."""
    yield Begin(responsible=case.owner, since=event.awareness_at, failed=event.failure_at)


def ungraded(event: Event, case: Complaint) -> Iterator[Begin]:
    """A grade that was presumed at intake (S4-89) needs no other one now."""
    if case.rank is None:
        yield Begin(responsible=case.owner)


def uncontained(event: Event, case: Complaint) -> Iterator[Begin]:
    """What was contained before it was graded (an emergency) needs no other measure now; what was only planned may."""
    held = [one for one in case.containment.values() if one.active or one.permanent]
    defined: frozenset[type[Event]] = frozenset({events.ContainmentDefined} if held else ())
    acted = any(one.implemented_at is not None for one in held)
    yield Begin(responsible=case.owner, done=defined | {events.ContainmentImplemented} if acted else defined)


def untold(event: Event, case: Complaint) -> Iterator[Begin]:
    """Whoever was told of the case before, or when it was critical once already, is not owed a second word (S0-23)."""
    if case.judgement.quality_head_notified_at is None:
        yield Begin(responsible=case.owner)


def handled(event: Event, case: Complaint) -> Iterator[Begin]:
    """When the remedy was carried out; of a case that needed none, when it is closed.

    The table names the remedy alone. S1-49 asks for every customer whose case is handled, so the others are called as well.
    """
    executed = [one.executed_at for one in case.remedies.values() if one.executed_at is not None]
    this_cycle = any(case.reopened_at is None or at >= case.reopened_at for at in executed)
    if isinstance(event, events.RemedyExecuted) or not this_cycle:
        yield Begin(responsible=case.owner)


TO_THE_CUSTOMER = When(events.CustomerContacted, lambda event: event.direction == Direction.OUTBOUND)
"""Only a contact that goes out to the customer is a response (A12)."""
REOPENED = When(events.Reopened)
INCONCLUSIVE = When(events.Verified, lambda event: event.result == Effect.INCONCLUSIVE)
FAILED = When(events.Verified, lambda event: not event.effective and not INCONCLUSIVE(event))
JUDGED = When(events.Verified, lambda event: not INCONCLUSIVE(event))
NOTHING_FOUND = When(events.RootCauseFound, lambda event: event.verdict == Verdict.NO_TROUBLE_FOUND)
CUSTOMER_WRONG = When(events.EvidenceDisputeResolved, lambda event: event.outcome == DisputeOutcome.CUSTOMER_INACCURATE)
WAREHOUSE = When(events.EvidenceDisputeResolved, lambda event: event.outcome == DisputeOutcome.WAREHOUSE_PROBLEM)
CUSTOMER = frozenset({Wait.CUSTOMER})
OUTSIDE = frozenset({Wait.CUSTOMS, Wait.FORCE_MAJEURE})
"""What the table of clauses does not name, and nobody here can hasten either."""
PLANNING = frozenset({Wait.CUSTOMER, Wait.DISPUTE}) | OUTSIDE
SOLVING = PLANNING | {Wait.SAMPLE}
FINDING = SOLVING | {Wait.SUPPLIER}
SENDING = CUSTOMER | OUTSIDE
SAMPLE = frozenset({Wait.SAMPLE})
PLAN = When(events.StepSigned, lambda event: event.chain == "plan")
SETTLED = When(
    events.CustomerContacted,
    lambda event: TO_THE_CUSTOMER(event) and event.purpose in (ContactPurpose.FEEDBACK, ContactPurpose.DECISION),
)
"""The customer was told the result."""
TOLD_THE_RESULT = When(
    events.CustomerContacted,
    lambda event: TO_THE_CUSTOMER(event) and event.purpose == ContactPurpose.FEEDBACK,
)
"""We told him: what a customer says to the result himself is no feedback of ours (S1-43)."""
WANTS_A_REPORT = When(events.CustomerDemandRecorded, lambda event: event.kind == Demand.REPORT)
STATE_TOLD = tuple(When(kind) for kind in (events.ActionProgressReported, events.ActionBlocked, events.ActionUnblocked))
"""Somebody said how an action stands: under way, or stuck (S0-41)."""
CLOSE = When(events.StepSigned, lambda event: event.chain == "close")


CALLED_AFTER_A_WHILE = When(events.FollowUpCompleted, lambda event: event.kind != FollowUpKind.CALL_BACK)
"""The call, or visit, some time after (S1-49, S4-38); one that nobody gave a name is whichever is owed."""
CALLED_BACK = When(
    events.FollowUpCompleted, lambda event: event.reached and event.kind in (None, FollowUpKind.CALL_BACK)
)
"""All who were touched by an improvement are called (S3-43), so one who was not reached still is to be."""


def while_open(event: Event, case: Complaint) -> Iterator[Begin]:
    if case.stage in OPEN:
        yield Begin(responsible=case.owner or case.first_responsible)


def promised_contact(event: Any, case: Complaint) -> Iterator[Begin]:
    told = event.next_contact_by if isinstance(event, events.CustomerContacted) else event.promised_contact_by
    yield Begin(responsible=case.owner or case.first_responsible, due=told)


def asked(event: events.InformationRequested, case: Complaint) -> Iterator[Begin]:
    yield Begin(event.request_id, case.owner or case.first_responsible, due=event.due)


def this(*names: str) -> Callable[[Any, Complaint], Collection[str]]:
    """The thing that an event names in one of these fields."""
    return lambda event, case: [getattr(event, name) for name in names if hasattr(event, name)]


def each(name: str) -> Begins:
    """One clock for the thing that the event names."""
    return lambda event, case: [Begin(getattr(event, name), case.owner)]


def actions(event: Any, case: Complaint) -> Collection[str]:
    return event.action_ids if hasattr(event, "action_ids") else (event.action_id,)


def done(*kinds: ActionKind) -> Begins:
    """The action that was completed, if it is of such a kind."""
    return lambda event, case: (
        [Begin(event.action_id, case.owner)] if case.actions[event.action_id].kind in kinds else []
    )


def in_work(event: Any, case: Complaint) -> Iterator[Begin]:
    """Each action of an approved plan; and again for one of which progress was told, while there is something to do."""
    told = getattr(event, "action_id", None)
    for action in case.actions_of_cycle():
        if told in (None, action.action_id) and action.status == ActionStatus.APPROVED:
            yield Begin(action.action_id, action.owner)


def milestones(event: Event, case: Complaint) -> Iterator[Begin]:
    for action in case.actions_of_cycle():
        if action.status == ActionStatus.APPROVED:
            for number, milestone in enumerate(action.milestones, 1):
                if milestone.name not in action.milestones_reached:
                    yield Begin(f"{action.action_id}.{number}", action.owner, due=milestone.due)


def milestone(event: Any, case: Complaint) -> Collection[str]:
    """The milestone that was reached; all of an action that is done, or is not carried out any more."""
    action = case.actions.get(event.action_id)
    names = [milestone.name for milestone in action.milestones] if action else []
    if isinstance(event, (events.ActionCancelled, events.ActionCompleted)):
        return [f"{event.action_id}.{number}" for number in range(1, len(names) + 1)]
    return [f"{event.action_id}.{names.index(event.milestone) + 1}"] if event.milestone in names else []


def regime(event: Any, case: Complaint) -> Iterator[Begin]:
    yield Begin(event.regime, case.owner, since=event.awareness_at)


def reports_again(event: Any, case: Complaint) -> Iterator[Begin]:
    """After a report that is not the last one, the next is due: on the day that was named, if one was."""
    if isinstance(event, events.CustomerDemandRecorded):
        yield Begin(responsible=case.owner or case.first_responsible, due=event.due)
        return
    report = case.reports.get(event.report_id)
    if report is not None and report.kind in (ReportKind.INITIAL, ReportKind.PROGRESS):
        yield Begin(responsible=case.owner, due=event.next_report_due)


def reports_but(*kinds: ReportKind) -> Callable[[Any, Complaint], Collection[str]]:
    """The clock without an item: kept by any report but these, or one of which nothing is known here.

    The report on the handling stays in the house (S4-60), and keeps no promise to the customer.
    """

    def about(event: Any, case: Complaint) -> Collection[str]:
        report = case.reports.get(event.report_id)
        return [] if report is not None and report.kind in (*kinds, ReportKind.HANDLING_REPORT) else [""]

    return about


def signs_later(event: events.ReplacementAuthorised, case: Complaint) -> Iterator[Begin]:
    yield Begin(event.replacement_id, case.owner, due=event.retro_sign_due)


def reaches(*places: Where) -> Callable[[Any], bool]:
    return lambda event: any(one.quantity and one.location in places for one in event.population)


def approved(event: Event, case: Complaint) -> Iterator[Begin]:
    for action in case.actions_of_cycle():
        if action.status == ActionStatus.APPROVED:
            yield Begin(action.action_id, action.owner, due=action.due)


def all_done(event: Event, case: Complaint) -> Iterator[Begin]:
    if case.stage == Stage.VERIFYING:
        yield Begin(responsible=case.owner)


def waits(case: Complaint) -> frozenset[Wait]:
    """What a case waits for that nobody here can do anything about."""
    asked = frozenset(SILENCE[one] for one in case.open_requests.values() if one in SILENCE)
    dispute = frozenset({Wait.DISPUTE}) if case.disputes.open else frozenset[Wait]()
    return asked | dispute | frozenset(still_waiting(case.waiting).values())


SILENCE = {AskedOf.CUSTOMER: Wait.CUSTOMER, AskedOf.SUPPLIER: Wait.SUPPLIER}


def wait_begun_by(event: Event | None) -> Wait | None:
    """What the case waits for anew from here on; None: nothing, or something that we have in our own hands."""
    match event:
        case events.InformationRequested():
            return SILENCE.get(event.asked_of)
        case events.EvidenceDisputeOpened():
            return Wait.DISPUTE
        case events.WaitBegan():
            return event.wait
        case _:
            return None
