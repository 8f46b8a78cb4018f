"""One review of a site, folded from its own stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from shared.events import reviews as e
from shared.kernel.fact import Fact


@dataclass(frozen=True)
class Review:
    """As it was announced, and as it was held; either may be missing."""

    scheduled: e.ReviewScheduled | None = None
    held: e.ReviewHeld | None = None


def fold_review(review: Review, fact: Fact[e.ReviewEvent]) -> Review:
    """The review after one more fact."""
    match fact.event:
        case e.ReviewScheduled() as event:
            return Review(event, review.held)
        case e.ReviewHeld() as event:
            return Review(review.scheduled, event)
        case _ as never:
            assert_never(never)
