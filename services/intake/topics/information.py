"""Getting to know more: reminders, requests that lapse, evidence that changes hands, visits to the customer."""

from typing import ClassVar, assert_never

from shared.complaint.local_ids import NEXT, free
from shared.complaint.state import Complaint, Stage
from shared.events import complaint as events
from shared.events.complaint import CaseLine, CaseText, LapseDecision
from shared.events.information import VisitPurpose
from shared.events.words import Channel
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Invalid, Refused
from shared.kernel.fact import Occasion
from shared.kernel.told import told
from shared.kernel.values import LocalId, Rank
from shared.policy.rules import Rules, must_know

_MAY_END = frozenset({Stage.TRIAGED, Stage.ASSIGNED, Stage.INVESTIGATING})
"""Graded, and nothing decided yet: from here a case may go to its closure without an answer."""


class SendInformationReminder(Command):
    """Remind whoever owes the information (CL-INFO)."""

    LEADS_TO: ClassVar = (events.InformationReminderSent,)

    request_id: LocalId
    channel: Channel | None = None


class LetInformationRequestLapse(Command):
    """Wait no longer for an answer, once the reminders that the policy asks for were sent."""

    LEADS_TO: ClassVar = (events.InformationRequestLapsed,)

    request_id: LocalId
    decision: LapseDecision
    reason: CaseText


class SupersedeEvidence(events.EvidenceSuperseded, Command):
    """Let other evidence take the place of one that is wrong or poor; both stay in the case."""


class HandOverEvidence(Command):
    """Record that the original or the sample went from one hand to another."""

    LEADS_TO: ClassVar = (events.EvidenceHandedOver,)

    evidence_id: LocalId
    handed_by: CaseLine | None = None
    handed_to: CaseLine
    note: CaseText | None = None


class ScheduleFieldVisit(events.FieldVisitScheduled, Command):
    """Plan a visit to the customer: for evidence, to repair, to serve, or in an emergency (S2-16, S2-23, S4-71)."""

    visit_id: LocalId = NEXT


class ReportFieldVisit(events.FieldVisitReported, Command):
    """Say what was found and done at the customer's."""


InformationCommand = (
    SendInformationReminder | LetInformationRequestLapse | SupersedeEvidence | HandOverEvidence | ScheduleFieldVisit
    | ReportFieldVisit
)  # fmt: skip


def decide_information(complaint: Complaint, command: InformationCommand, occasion: Occasion, rules: Rules) -> Decided:
    """Events for one of these commands."""
    match command:
        case SendInformationReminder():
            _must_be_open(complaint, command.request_id)
            number = complaint.reminders.get(command.request_id, 0) + 1
            yield told(events.InformationReminderSent, command, number=number)
        case LetInformationRequestLapse():
            yield _lapsed(complaint, command, occasion, rules)
        case SupersedeEvidence():
            yield _superseded(complaint, command)
        case HandOverEvidence():
            yield _handed_over(complaint, command)
        case ScheduleFieldVisit():
            yield _scheduled(complaint, command, rules)
        case ReportFieldVisit():
            yield _reported(complaint, command, occasion)
        case _:
            assert_never(command)


# ── requests ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def _must_be_open(complaint: Complaint, request_id: str) -> None:
    if request_id not in complaint.open_requests:
        raise Invalid(
            f"there is no open request {request_id!r}", rule="G-REQUEST", field="request_id",
            way_out=f"open requests: {', '.join(complaint.open_requests) or 'none'}",
        )  # fmt: skip


def _lapsed(
    complaint: Complaint, command: LetInformationRequestLapse, occasion: Occasion, rules: Rules
) -> events.InformationRequestLapsed:
    _must_be_open(complaint, command.request_id)
    clause = (rules.policy(complaint.site, occasion.at).pack.clauses or {}).get("CL-INFO")
    wanted = len(clause.reminders) if clause is not None else 0
    sent = complaint.reminders.get(command.request_id, 0)
    if sent < wanted:
        raise Refused(
            f"{sent} of {wanted} reminders were sent", rule="G-LAPSE", field="request_id",
            way_out="remind first (send-information-reminder)",
        )  # fmt: skip
    if command.decision == LapseDecision.CLOSE:
        if complaint.rank == Rank.CRITICAL or complaint.safety_hazard:
            raise Refused(
                "a critical or safety-related case does not end because nobody answers", rule="G-LAPSE", field="decision",
                way_out="go on with what can be presumed (continue_with_presumption)",
            )  # fmt: skip
        if complaint.stage not in _MAY_END:
            raise Refused(
                f"a case that is {complaint.stage} does not end because nobody answers", rule="G-LAPSE", field="decision",
                way_out="grade it first (classify), or go on with what can be presumed (continue_with_presumption)",
            )  # fmt: skip
    return told(events.InformationRequestLapsed, command, reminders_sent=sent)


# ── evidence ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def _must_have(complaint: Complaint, evidence_id: str, field: str) -> None:
    if evidence_id not in complaint.evidence:
        known = ", ".join(complaint.evidence) or "none"
        raise Invalid(f"there is no evidence {evidence_id!r}", rule="G-EVID", field=field, way_out=f"evidence: {known}")


def _superseded(complaint: Complaint, command: SupersedeEvidence) -> events.EvidenceSuperseded:
    _must_have(complaint, command.evidence_id, "evidence_id")
    _must_have(complaint, command.by_evidence_id, "by_evidence_id")
    if command.evidence_id == command.by_evidence_id:
        raise Invalid("evidence cannot take its own place", rule="G-EVID", field="by_evidence_id")
    for field in ("evidence_id", "by_evidence_id"):
        one = complaint.evidence[getattr(command, field)]
        if one.superseded_by is not None:
            raise Refused(f"{one.evidence_id} was superseded by {one.superseded_by}", rule="G-EVID", field=field)
    return told(events.EvidenceSuperseded, command)


def _handed_over(complaint: Complaint, command: HandOverEvidence) -> events.EvidenceHandedOver:
    """Hand to hand: whoever gives it is whoever has it."""
    _must_have(complaint, command.evidence_id, "evidence_id")
    holder = complaint.evidence[command.evidence_id].holder
    giver = command.handed_by or holder
    if giver is None:
        raise Invalid("nobody is known to have it; say who gives it", rule="G-CUSTODY", field="handed_by")
    if holder is not None and giver != holder:
        raise Refused(
            f"it is in the hands of {holder}", rule="G-CUSTODY", field="handed_by",
            way_out="record how it came from there first (hand-over-evidence)",
        )  # fmt: skip
    return told(events.EvidenceHandedOver, command, handed_by=giver)


# ── visits ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def _scheduled(complaint: Complaint, command: ScheduleFieldVisit, rules: Rules) -> events.FieldVisitScheduled:
    must_know(rules, command.engineer, "engineer")
    if command.demand_id is not None and command.demand_id not in complaint.demanded.items:
        raise Invalid(f"there is no demand {command.demand_id!r}", rule="G-DEMAND", field="demand_id")
    if command.purpose == VisitPurpose.EMERGENCY:
        if not command.steps:
            raise Invalid("say what is done on site, step by step with times", rule="G-VISIT", field="steps")
        if not command.agreed_with_customer:
            raise Refused(
                "an emergency plan is agreed with the customer first", rule="G-VISIT", field="agreed_with_customer",
                way_out="agree it (contact-customer), then plan the visit with agreed_with_customer",
            )  # fmt: skip
    if any(late.at < early.at for early, late in zip(command.steps, command.steps[1:], strict=False)):
        raise Invalid("the steps stand in the order of their times", rule="G-VISIT", field="steps")
    id = free(command.visit_id, "v", complaint.visits, "visit_id")
    return told(events.FieldVisitScheduled, command, visit_id=id)


def _reported(complaint: Complaint, command: ReportFieldVisit, occasion: Occasion) -> events.FieldVisitReported:
    visit = complaint.visits.get(command.visit_id)
    if visit is None:
        known = ", ".join(complaint.visits) or "none"
        raise Invalid(
            f"there is no visit {command.visit_id!r}", rule="G-VISIT", field="visit_id", way_out=f"visits: {known}"
        )
    if visit.reported_at is not None:
        raise Refused(
            "this visit is reported already", rule="G-VISIT", field="visit_id", way_out="schedule-field-visit"
        )
    if not command.arrived_at <= command.left_at <= occasion.now:
        raise Invalid("one arrives, then leaves, then reports", rule="G-TIME", field="left_at")
    for id in command.evidence:
        _must_have(complaint, id, "evidence")
    return told(events.FieldVisitReported, command)
