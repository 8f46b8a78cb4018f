"""Bars of time: how much of a promise is used up, and a small Gantt chart of the actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.clocks.state import Clock, ClockStatus
from shared.complaint.state import Action, ActionStatus

CLOCK_WIDTH = 300.0
GANTT_WIDTH, GANTT_ROW = 300.0, 40.0


@dataclass(frozen=True)
class Span:
    """A stretch of a bar."""

    x: float
    width: float


@dataclass(frozen=True)
class ClockBar:
    """One promise from its start to its due instant, or to what came after it."""

    used: Span
    over: Span | None
    """What lies beyond the due instant."""
    due_x: float
    warn_xs: Sequence[float]
    pauses: Sequence[Span]
    width: float = CLOCK_WIDTH


def clock_bar(clock: Clock, at: datetime) -> ClockBar:
    """The clock as it stands at an instant."""
    until = clock.met_at or (clock.paused_since if clock.status == ClockStatus.PAUSED else None) or at
    until = max(until, clock.starts_at)
    end = max(clock.due_at, until if clock.status != ClockStatus.CANCELLED else clock.due_at)
    whole = max((end - clock.starts_at).total_seconds(), 1.0)

    def x(moment: datetime) -> float:
        share = (moment - clock.starts_at).total_seconds() / whole
        return round(CLOCK_WIDTH * min(max(share, 0.0), 1.0), 1)

    used = Span(0.0, x(min(until, clock.due_at)))
    due_x = x(clock.due_at)
    over = (
        Span(due_x, round(x(until) - due_x, 1))
        if until > clock.due_at and clock.status != ClockStatus.CANCELLED
        else None
    )
    since = [(clock.paused_since, at)] if clock.paused_since and clock.status == ClockStatus.PAUSED else []
    pauses = [Span(x(begin), round(x(stop) - x(begin), 1)) for begin, stop in (*clock.pauses, *since) if stop > begin]
    return ClockBar(used, over, due_x, [x(moment) for moment in clock.warn_at if moment < clock.due_at], pauses)


@dataclass(frozen=True)
class ActionBar:
    """One action: from the day it was planned to the day it is due, and how far it has come."""

    action: Action
    y: float
    planned: Span
    done: Span
    over: Span | None
    """From the due day to completion, or to now while it is still open."""


@dataclass(frozen=True)
class Gantt:
    """The chart of the actions."""

    bars: Sequence[ActionBar]
    now_x: float | None
    first: date
    last: date
    width: float
    height: float


def gantt(actions: Sequence[Action], planned_at: Mapping[str, datetime], at: datetime, zone: str) -> Gantt | None:
    """None when there are no actions. `planned_at` by action id."""
    if not actions:
        return None
    place = ZoneInfo(zone)

    def ends(day: date) -> datetime:
        return datetime.combine(day + timedelta(days=1), time(0), place)

    starts = {action.action_id: planned_at.get(action.action_id, at) for action in actions}
    ending = [max(ends(action.due), action.completed_at or ends(action.due)) for action in actions]
    first, last = min(starts.values()), max(ending)
    # Now stretches the chart only while something is open, and a case closed last year ends last year.
    if any(action.status in (ActionStatus.PLANNED, ActionStatus.APPROVED) for action in actions):
        last = max(last, at)
    whole = max((last - first).total_seconds(), 1.0)

    def x(moment: datetime) -> float:
        return round(GANTT_WIDTH * min(max((moment - first).total_seconds() / whole, 0.0), 1.0), 1)

    bars: list[ActionBar] = []
    for row, action in enumerate(actions):
        begin, due = x(starts[action.action_id]), x(ends(action.due))
        wide = max(due - begin, 3.0)
        open_still = action.status in (ActionStatus.PLANNED, ActionStatus.APPROVED)
        until = at if open_still else action.completed_at
        over = Span(due, round(x(until) - due, 1)) if until and until > ends(action.due) else None
        bars.append(
            ActionBar(
                action, GANTT_ROW * row, Span(begin, wide), Span(begin, round(wide * action.percent / 100, 1)), over
            )
        )
    now_x = x(at) if first <= at <= last else None
    return Gantt(
        bars,
        now_x,
        first.astimezone(place).date(),
        last.astimezone(place).date(),
        GANTT_WIDTH,
        GANTT_ROW * len(bars) + 18,
    )
