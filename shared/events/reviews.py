"""Reviews of a site: meetings that are announced, people who look into their own mistakes, and others who come unannounced."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from shared.events.organisation import Role
from shared.events.texts import CaseText, Says
from shared.kernel.fact import Event
from shared.kernel.values import ComplaintId, FileRef, Instant, Line, LocalId, PersonId, SiteCode, Value


class ReviewKind(StrEnum):
    """What a review is for (S0-44, S1-52, S3-25, S3-34, S3-44, S4-25, S4-46)."""

    MONDAY_REVIEW = "monday_review"
    FRIDAY_PROGRESS = "friday_progress"
    WEEKLY_COORDINATION = "weekly_coordination"
    MONTHLY_QUALITY = "monthly_quality"
    QUARTERLY = "quarterly"
    JOINT = "joint"
    SELF_INSPECTION = "self_inspection"
    SPOT_CHECK = "spot_check"


class CaseDecision(Value):
    """What a review decided about one case."""

    case: ComplaintId
    decision: CaseText


Attendees = Annotated[tuple[PersonId, ...], Field(min_length=1, max_length=100)]


class ReviewScheduled(Event):
    """A review of a site was announced, with who leads it and who is to come."""

    TOPIC: ClassVar[str] = "review.ReviewScheduled"
    SAYS: ClassVar[Says] = {
        "en": "Review announced for {planned_at:%d %b %Y %H:%M}: {kind}, led by {chair_role}: {attendees}",
        "zh": "通知评审（{planned_at:%Y-%m-%d %H:%M}）：{kind}，主持：{chair_role}，参加：{attendees}",
    }

    review_id: LocalId
    site: SiteCode
    kind: ReviewKind
    planned_at: Instant
    chair_role: Role
    attendees: Attendees


class ReviewHeld(Event):
    """A review of a site was held: who was there, which cases they looked at, what they found and decided (S4-46)."""

    TOPIC: ClassVar[str] = "review.ReviewHeld"
    SAYS: ClassVar[Says] = {
        "en": "Review held: {kind}, led by {chair_role}: {attendees}; found: {findings}",
        "zh": "举行评审：{kind}，主持：{chair_role}，参加：{attendees}；发现：{findings}",
    }

    review_id: LocalId
    site: SiteCode
    kind: ReviewKind
    chair_role: Role
    attendees: Attendees
    prompted_by: Line | None = None
    """The penalty bulletin, or whatever else made people look into their own work."""
    cases: Annotated[tuple[ComplaintId, ...], Field(max_length=500)] = ()
    """Cases that were looked at, besides those about which something was decided."""
    findings: CaseText | None = None
    decisions: Annotated[tuple[CaseDecision, ...], Field(max_length=500)] = ()
    minutes_file: FileRef | None = None


ReviewEvent = ReviewScheduled | ReviewHeld
