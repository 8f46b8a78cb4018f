"""Promises to the customer, and what the customer objects to."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from shared.events.texts import CaseText, Says
from shared.events.words import Channel
from shared.kernel.fact import Event
from shared.kernel.values import Code, Instant, LocalId

HIGHEST_LEVEL = 5
"""An objection climbs no further than to the chairman (S4-57)."""
Level = Annotated[int, Field(ge=1, le=HIGHEST_LEVEL)]


class ObjectionSubject(StrEnum):
    """What the customer does not accept (S1-45)."""

    REMEDY = "remedy"
    CAUSE = "cause"
    REPORT = "report"
    TIME = "time"
    OTHER = "other"


class ObjectionOutcome(StrEnum):
    """How an objection was settled."""

    ACCEPTED = "accepted"
    MAINTAINED = "maintained"
    COMPROMISE = "compromise"


class ContactPromised(Event):
    """The customer was told by when somebody will call (S1-25, S4-14); that word is a promise with a clock."""

    TOPIC: ClassVar[str] = "complaint.ContactPromised"
    SAYS: ClassVar[Says] = {
        "en": "Contact promised by {promised_contact_by} ({channel}): {note}",
        "zh": "承诺于{promised_contact_by}前联系（{channel}）：{note}",
    }

    promised_contact_by: Instant
    channel: Channel | None = None
    note: CaseText | None = None
    template_id: Code | None = None


class CustomerObjectionRaised(Event):
    """The customer does not accept the remedy, the cause, the report or the time (S1-45)."""

    TOPIC: ClassVar[str] = "complaint.CustomerObjectionRaised"
    SAYS: ClassVar[Says] = {
        "en": "Objection {objection_id} to the {subject}: {statement} – wanted: {wanted}",
        "zh": "客户异议{objection_id}（{subject}）：{statement}；期望：{wanted}",
    }

    objection_id: LocalId
    subject: ObjectionSubject
    statement: CaseText
    wanted: CaseText | None = None
    role: Code | None = None
    """Who is to answer first, as the ladder of the policy says."""


class CustomerObjectionEscalated(Event):
    """An objection that could not be settled goes one level up (S1-45, S4-57)."""

    TOPIC: ClassVar[str] = "complaint.CustomerObjectionEscalated"
    SAYS: ClassVar[Says] = {
        "en": "Objection {objection_id} escalated to level {level}, {role}: {reason}",
        "zh": "异议{objection_id}升级至第{level}级（{role}）：{reason}",
    }

    objection_id: LocalId
    level: Level
    role: Code | None = None
    reason: CaseText


class CustomerObjectionResolved(Event):
    """An objection was settled, at the level it had reached (S1-45)."""

    TOPIC: ClassVar[str] = "complaint.CustomerObjectionResolved"
    SAYS: ClassVar[Says] = {
        "en": "Objection {objection_id} settled at level {level_reached}, {outcome}: {answer}",
        "zh": "异议{objection_id}在第{level_reached}级解决，{outcome}：{answer}",
    }

    objection_id: LocalId
    outcome: ObjectionOutcome
    level_reached: Level
    answer: CaseText


ObjectionEvent = CustomerObjectionRaised | CustomerObjectionEscalated | CustomerObjectionResolved
