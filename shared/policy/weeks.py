"""One week of a site, with everything that its departments were charged with; folded from its own stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from shared.events.weeks import WeekCharged, WeekChargeWaived, WeekEvent
from shared.kernel.fact import Fact


@dataclass(frozen=True)
class ChargedWeek:
    """In the order in which it was put forward."""

    charged: tuple[WeekCharged, ...] = ()


def stream_of_week(site: str, week: str) -> str:
    """`week-sz/2024-W20`."""
    return f"week-{site}/{week}"


def fold_week(week: ChargedWeek, fact: Fact[WeekEvent]) -> ChargedWeek:
    """The week after one more fact."""
    match fact.event:
        case WeekCharged() as event:
            return ChargedWeek((*week.charged, event))
        case WeekChargeWaived() as event:
            gone = (event.complaint, event.charge_id)
            return ChargedWeek(tuple(one for one in week.charged if (one.complaint, one.charge_id) != gone))
        case _ as never:
            assert_never(never)
