"""What was refused lately about a case: so that asking again and again does not fill the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.events.guard import GuardRefused
from shared.kernel.fact import Fact

AGAIN_AFTER = timedelta(hours=1)
"""The same refusal to the same person is recorded once in this time."""
MOST = 100
"""As many different ones are remembered of a case; past it nothing is recorded until some of them are old."""

Key = tuple[str, str, str, str | None]
"""Who, which command, which rule, which field."""


@dataclass(frozen=True)
class Refusals:
    """Refusals of the last hour, by key."""

    recorded: Mapping[Key, datetime] = field(default_factory=dict[Key, datetime])

    def new(self, event: GuardRefused, now: datetime) -> bool:
        """Whether this one is worth recording."""
        recent = {key for key, at in self.recorded.items() if now - at < AGAIN_AFTER}
        return _key(event) not in recent and len(recent) < MOST


def fold_refusals(refusals: Refusals, fact: Fact[GuardRefused]) -> Refusals:
    """After one more."""
    now = fact.recorded_at
    recent = {key: at for key, at in refusals.recorded.items() if now - at < AGAIN_AFTER}
    return Refusals({**recent, _key(fact.event): now})


def _key(event: GuardRefused) -> Key:
    return event.by, event.command, event.rule, event.field
