"""What a site owes again and again, folded from its own stream: the clocks of each duty, and how far its digests reach."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from shared.clocks.state import Clocks, after
from shared.events.clocks import ClocksEvent
from shared.events.duties import DigestKind, DigestPublished
from shared.kernel.fact import Fact


@dataclass(frozen=True)
class Duties(Clocks):
    """As the clocks of a case; of those that have ended only the latest of each duty is kept."""

    reach: dict[DigestKind, datetime] = field(default_factory=dict[DigestKind, datetime])
    """Where the last digest of a kind ends, and so where the next one begins."""


def duties_stream(site: str) -> str:
    """`duties-sz`."""
    return f"duties-{site}"


def fold_duties(duties: Duties, fact: Fact[ClocksEvent | DigestPublished]) -> Duties:
    """The duties after one more fact."""
    event = fact.event
    if isinstance(event, DigestPublished):
        return Duties(fact.subject_id, duties.clocks, {**duties.reach, event.kind: event.period_to})
    clocks = after(duties, event).clocks
    latest = {clock.clause: clock.clock_id for clock in clocks.values()}
    kept = {id: clock for id, clock in clocks.items() if clock.open or latest[clock.clause] == id}
    return Duties(fact.subject_id, kept, duties.reach)
