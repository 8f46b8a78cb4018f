"""What a case waits for beside answers and disputes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import assert_never

from shared.events.waiting import Wait, WaitBegan, WaitEnded, WaitingEvent
from shared.kernel.changed import changed
from shared.kernel.fact import Fact


@dataclass(frozen=True)
class Waiting:
    """One thing that is or was waited for."""

    wait: Wait
    since: datetime
    expected_by: date | None = None
    ended_at: datetime | None = None


def fold_waiting(waiting: dict[str, Waiting], fact: Fact[WaitingEvent]) -> dict[str, Waiting]:
    """By id, what the case waits or has waited for."""
    match fact.event:
        case WaitBegan() as event:
            return {**waiting, event.wait_id: Waiting(event.wait, fact.occurred_at, event.expected_by)}
        case WaitEnded() as event:
            found = waiting.get(event.wait_id)
            return waiting if found is None else {**waiting, event.wait_id: changed(found, ended_at=fact.occurred_at)}
        case _ as never:
            assert_never(never)


def still_waiting(waiting: dict[str, Waiting]) -> dict[str, Wait]:
    """Id → what is waited for, as long as it is."""
    return {id: each.wait for id, each in waiting.items() if each.ended_at is None}
