"""How a case is judged besides its first grade: whether it is a complaint at all, reviews, the grade at the end, who was told."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.events.texts import CaseText, Says
from shared.events.triage_words import FinalBasis, NotAComplaint
from shared.events.words import Channel
from shared.kernel.fact import Event
from shared.kernel.values import Code, Line, PersonId, Rank


class NotAComplaintDetermined(Event):
    """It turned out to be no complaint, and ends here (S3-23, T3)."""

    TOPIC: ClassVar[str] = "complaint.NotAComplaintDetermined"
    SAYS: ClassVar[Says] = {"en": "Not a complaint but {kind}: {reason}", "zh": "判定为非投诉（{kind}）：{reason}"}

    kind: NotAComplaint
    reason: CaseText


class GradeReviewed(Event):
    """The departments looked at class and grade together (S3-25); where they saw it otherwise, a change of grade follows."""

    TOPIC: ClassVar[str] = "complaint.GradeReviewed"
    SAYS: ClassVar[Says] = {
        "en": "Grade reviewed by {attendees}, confirmed: {confirmed}: {comment}",
        "zh": "{attendees}评审等级，确认：{confirmed}：{comment}",
    }

    confirmed: bool
    attendees: Annotated[tuple[PersonId, ...], Field(min_length=1, max_length=30)]
    review: Line | None = None
    """Which meeting, if it has a name or a number."""
    comment: CaseText | None = None


class FinalGradeAssigned(Event):
    """At the end severity was judged again, by what came out; presumed only where that is not clear (S4-90)."""

    TOPIC: ClassVar[str] = "complaint.FinalGradeAssigned"
    SAYS: ClassVar[Says] = {
        "en": "Final grade {grade} (rank {rank}, by {basis}), {initial} at first: {reason}",
        "zh": "最终等级{grade}（第{rank}级，依据：{basis}），初始等级{initial}：{reason}",
    }

    initial: Code
    """The grade that was given first."""
    grade: Code
    rank: Rank
    basis: FinalBasis
    differs_from_initial: bool
    reason: CaseText | None = None


class QualityHeadNotified(Event):
    """The head of quality, or whoever else the policy names, was told of the case (S0-23, S1-24)."""

    TOPIC: ClassVar[str] = "complaint.QualityHeadNotified"
    SAYS: ClassVar[Says] = {
        "en": "{person} ({role}) told by {channel}: {note}",
        "zh": "已通过{channel}告知{person}（{role}）：{note}",
    }

    person: PersonId
    role: Code
    """As which the policy asks for this person: quality_head."""
    channel: Channel
    note: CaseText | None = None


class EmergencyResponseStarted(Event):
    """Somebody leads the response to an urgent case, and first measures are under way (S1-18)."""

    TOPIC: ClassVar[str] = "complaint.EmergencyResponseStarted"
    SAYS: ClassVar[Says] = {
        "en": "Emergency response led by {leader}: {measures}",
        "zh": "{leader}启动应急响应：{measures}",
    }

    leader: PersonId
    measures: Annotated[tuple[CaseText, ...], Field(min_length=1, max_length=20)]


JudgementEvent = (
    NotAComplaintDetermined | GradeReviewed | FinalGradeAssigned | QualityHeadNotified | EmergencyResponseStarted
)
