"""Getting to know more: requests that are reminded of or lapse, evidence that changes hands, visits to the customer."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from shared.events.texts import CaseLine, CaseText, Ids, Says
from shared.events.words import Channel
from shared.kernel.fact import Event
from shared.kernel.values import Instant, LocalId, PersonId, Value


class LapseDecision(StrEnum):
    """What becomes of a case when what was asked for never comes."""

    CONTINUE_WITH_PRESUMPTION = "continue_with_presumption"
    CLOSE = "close"


class VisitPurpose(StrEnum):
    """Why somebody travels to the customer (S2-16, S2-23, S4-71)."""

    GATHER_EVIDENCE = "gather_evidence"
    ON_SITE_REPAIR = "on_site_repair"
    ON_SITE_SERVICE = "on_site_service"
    EMERGENCY = "emergency"


# ── requests ──────────────────────────────────────────────────────────────────────────────────────────────────────────
class InformationReminderSent(Event):
    """Whoever owes the information was reminded of it (CL-INFO)."""

    TOPIC: ClassVar[str] = "complaint.InformationReminderSent"
    SAYS: ClassVar[Says] = {
        "en": "Reminder {number} for request {request_id} by {channel}",
        "zh": "第{number}次催要资料{request_id}（{channel}）",
    }

    request_id: LocalId
    number: Annotated[int, Field(ge=1, le=100)]
    channel: Channel | None = None


class InformationRequestLapsed(Event):
    """Nobody waits any longer for what was asked for; the case goes on as presumed, or is to be closed."""

    TOPIC: ClassVar[str] = "complaint.InformationRequestLapsed"
    SAYS: ClassVar[Says] = {
        "en": "Request {request_id} lapsed after {reminders_sent} reminders, {decision}: {reason}",
        "zh": "资料请求{request_id}经{reminders_sent}次催要后失效，{decision}：{reason}",
    }

    request_id: LocalId
    reminders_sent: Annotated[int, Field(ge=0, le=100)]
    decision: LapseDecision
    reason: CaseText


# ── evidence ──────────────────────────────────────────────────────────────────────────────────────────────────────────
class EvidenceSuperseded(Event):
    """Other evidence takes the place of one that was wrong or poor; both stay."""

    TOPIC: ClassVar[str] = "complaint.EvidenceSuperseded"
    SAYS: ClassVar[Says] = {
        "en": "Evidence {evidence_id} superseded by {by_evidence_id}: {reason}",
        "zh": "证据{evidence_id}由{by_evidence_id}取代：{reason}",
    }

    evidence_id: LocalId
    by_evidence_id: LocalId
    reason: CaseText


class EvidenceHandedOver(Event):
    """The original or the sample went from one hand to another (S0-17, chain of custody)."""

    TOPIC: ClassVar[str] = "complaint.EvidenceHandedOver"
    SAYS: ClassVar[Says] = {
        "en": "Evidence {evidence_id} handed by {handed_by} to {handed_to}: {note}",
        "zh": "证据{evidence_id}由{handed_by}移交{handed_to}：{note}",
    }

    evidence_id: LocalId
    handed_by: CaseLine
    handed_to: CaseLine
    note: CaseText | None = None


EvidenceEvent = EvidenceSuperseded | EvidenceHandedOver


# ── visits ────────────────────────────────────────────────────────────────────────────────────────────────────────────
class VisitStep(Value):
    """One piece of work on site, with its time (S4-71)."""

    content: CaseText
    at: Instant


class FieldVisitScheduled(Event):
    """Somebody is to travel to the customer: for evidence, to repair, to serve (S2-16, S2-23)."""

    TOPIC: ClassVar[str] = "complaint.FieldVisitScheduled"
    SAYS: ClassVar[Says] = {
        "en": "Visit {visit_id} by {engineer} planned for {planned_at} ({purpose}): {place}",
        "zh": "计划{engineer}于{planned_at}上门{visit_id}（{purpose}）：{place}",
    }

    visit_id: LocalId
    purpose: VisitPurpose
    engineer: PersonId
    planned_at: Instant
    place: CaseLine | None = None
    steps: Annotated[tuple[VisitStep, ...], Field(max_length=50)] = ()
    agreed_with_customer: bool = False
    """The customer has agreed to what is done there, and when (S4-71)."""
    demand_id: LocalId | None = None


class FieldVisitReported(Event):
    """What was found and done at the customer's (S2-16, S2-23)."""

    TOPIC: ClassVar[str] = "complaint.FieldVisitReported"
    SAYS: ClassVar[Says] = {
        "en": "Visit {visit_id}, {arrived_at} to {left_at}: {findings}",
        "zh": "上门{visit_id}（{arrived_at}至{left_at}）：{findings}",
    }

    visit_id: LocalId
    arrived_at: Instant
    left_at: Instant
    findings: CaseText
    work_done: CaseText | None = None
    evidence: Ids = ()


VisitEvent = FieldVisitScheduled | FieldVisitReported
