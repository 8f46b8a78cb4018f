"""How a case was judged besides its present grade, folded from what was said of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from shared.events.grading import GradeFacts
from shared.events.judgement import (
    EmergencyResponseStarted,
    FinalGradeAssigned,
    GradeReviewed,
    JudgementEvent,
    NotAComplaintDetermined,
    QualityHeadNotified,
)
from shared.events.triage_words import NotAComplaint
from shared.kernel.changed import changed
from shared.kernel.fact import Fact


@dataclass(frozen=True)
class Judgement:
    """What was thought of the case, at first, on the way, and at the end."""

    initial_grade: str | None = None
    facts: GradeFacts | None = None
    """What the first grade was found from."""
    tag: str | None = None
    """Urgent or general, for the summary of the day (S3-13)."""
    kind: NotAComplaint | None = None
    """What it is instead of a complaint."""
    reviews: int = 0
    final: FinalGradeAssigned | None = None
    """Of the present cycle."""
    quality_head_notified_at: datetime | None = None
    emergency_since: datetime | None = None


def fold_judgement(judgement: Judgement, fact: Fact[JudgementEvent]) -> Judgement:
    """After one more fact."""
    match fact.event:
        case NotAComplaintDetermined() as event:
            return changed(judgement, kind=event.kind)
        case GradeReviewed():
            return changed(judgement, reviews=judgement.reviews + 1)
        case FinalGradeAssigned() as event:
            return changed(judgement, final=event)
        case QualityHeadNotified():
            return changed(judgement, quality_head_notified_at=judgement.quality_head_notified_at or fact.occurred_at)
        case EmergencyResponseStarted():
            return changed(judgement, emergency_since=judgement.emergency_since or fact.occurred_at)
        case _ as never:
            assert_never(never)
