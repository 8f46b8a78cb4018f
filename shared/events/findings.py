"""What spares a case the usual search for its cause: a waiver, or wrong use; and the training that follows."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.events.texts import CaseText, Ids, Says
from shared.events.triage_words import Audience, WaiverReason
from shared.kernel.fact import Event
from shared.kernel.values import ComplaintId, Day, Line, LocalId, PersonId, Quantity


class InvestigationWaived(Event):
    """No cause is looked for, for the reason given, and somebody answers for that (T9, G-WAIVE)."""

    TOPIC: ClassVar[str] = "complaint.InvestigationWaived"
    SAYS: ClassVar[Says] = {
        "en": "Investigation waived by {decided_by} ({reason}), compare {similar_case_no}: {explanation}",
        "zh": "{decided_by}决定免于调查（{reason}），参见{similar_case_no}：{explanation}",
    }

    reason: WaiverReason
    explanation: CaseText
    decided_by: PersonId
    similar_case: ComplaintId | None = None
    similar_case_no: Line | None = None


class UseErrorDetermined(Event):
    """The product was used wrongly; what helps is training (S4-87, T30)."""

    TOPIC: ClassVar[str] = "complaint.UseErrorDetermined"
    SAYS: ClassVar[Says] = {
        "en": "Use error, training offered: {training_offered}: {description}",
        "zh": "使用不当，提供培训：{training_offered}：{description}",
    }

    description: CaseText
    evidence: Annotated[tuple[LocalId, ...], Field(min_length=1, max_length=100)]
    training_offered: bool = True


class TrainingDelivered(Event):
    """The customer, or our own people, were trained (S4-87, S1-40)."""

    TOPIC: ClassVar[str] = "complaint.TrainingDelivered"
    SAYS: ClassVar[Says] = {
        "en": "Training of {audience} on {held_on:%d %b %Y}, {attendees} attending: {subject}",
        "zh": "{held_on:%Y-%m-%d}培训{audience}，{attendees}人参加：{subject}",
    }

    audience: Audience
    subject: CaseText
    held_on: Day
    attendees: Annotated[Quantity, Field(ge=1)]
    evidence: Ids = ()


FindingEvent = InvestigationWaived | UseErrorDetermined | TrainingDelivered
