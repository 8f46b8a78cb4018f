"""The timeline of a case: one lane for each service, a point for each fact, and a cursor.

The axis keeps the order of time but shortens long waits, so that a busy first hour and a reopening a year later can
both be read. Points stand where things happened; a fact recorded much later trails a line to where it was recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log1p
from typing import Any
from zoneinfo import ZoneInfo

from shared.kernel.fact import Fact

LANES = ("intake", "triage", "capa", "sla_watch")
LATE = timedelta(hours=1)
"""A fact recorded more than this after it occurred is marked as late."""

WIDTH, LEFT, RIGHT = 800.0, 78.0, 20.0
TOP, LANE, AXIS = 22.0, 34.0, 30.0
_LABEL = 62.0
"""Room for one date under the axis."""
_CROWDED = 9.0
"""Points of one lane closer than this would hide one another."""


@dataclass(frozen=True)
class Point:
    """One fact."""

    fact: Fact[Any]
    x: float
    y: float
    recorded_x: float | None
    """Where its recording stands, when that was late."""
    past: bool
    """At or before the chosen position."""
    chosen: bool


@dataclass(frozen=True)
class Tick:
    """One day on the axis."""

    x: float
    at: datetime


@dataclass(frozen=True)
class Lanes:
    """The whole drawing."""

    points: Sequence[Point]
    ticks: Sequence[Tick]
    lanes: Sequence[tuple[str, float]]
    path: str
    """Joins what people did, up to the chosen fact, in the order of recording; clocks only answer to it."""
    cursor_x: float
    width: float
    height: float
    left: float
    right: float
    bottom: float


def is_late(fact: Fact[Any]) -> bool:
    """Recorded much later than it occurred; what an import tells is history, not lateness."""
    return not fact.historical and fact.recorded_at - fact.occurred_at > LATE


def lanes(facts: Sequence[Fact[Any]], position: int, zone: str) -> Lanes:
    """The drawing of a case at a position; `facts` by position, at least one."""
    late = [fact.recorded_at for fact in facts if is_late(fact)]
    scale = _Scale([fact.occurred_at for fact in facts] + late)
    height = TOP + LANE * len(LANES)
    rows = {name: TOP + LANE * (row + 0.5) for row, name in enumerate(LANES)}
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in LANES}
    points: list[Point] = []
    for fact in facts:
        lane = fact.service if fact.service in rows else _home_lane(fact)
        x = scale.x(fact.occurred_at)
        y = rows[lane] + _aside(x, taken[lane])
        recorded_x = scale.x(fact.recorded_at) if is_late(fact) else None
        points.append(Point(fact, x, y, recorded_x, fact.position <= position, fact.position == position))
    past = [point for point in points if point.past] or points[:1]
    last, walked = past[-1], [point for point in past if point.fact.kind == "complaint"]
    return Lanes(
        points=points,
        ticks=_ticks(scale, facts, zone),
        lanes=[(name, rows[name]) for name in LANES],
        path=" ".join(f"{'L' if n else 'M'}{point.x} {point.y}" for n, point in enumerate(walked)),
        cursor_x=last.recorded_x if last.recorded_x is not None else last.x,
        width=WIDTH, height=height + AXIS, left=LEFT, right=WIDTH - RIGHT, bottom=height,
    )  # fmt: skip


class _Scale:
    """Time to place: every gap is as wide as the logarithm of its minutes, and the whole fills the drawing."""

    def __init__(self, moments: Sequence[datetime]) -> None:
        self.moments = sorted(set(moments))
        pairs = zip(self.moments, self.moments[1:], strict=False)
        gaps = [0.35 + log1p((after - before).total_seconds() / 600) for before, after in pairs]
        room = WIDTH - LEFT - RIGHT
        total = sum(gaps)
        self.places = [LEFT + (room / 2 if not total else 0)]
        for gap in gaps:
            self.places.append(self.places[-1] + gap / total * room)
        self._x = {moment: round(place, 1) for moment, place in zip(self.moments, self.places, strict=True)}

    def x(self, moment: datetime) -> float:
        """Where a known moment stands."""
        return self._x[moment]


def _ticks(scale: _Scale, facts: Sequence[Fact[Any]], zone: str) -> list[Tick]:
    """The first moment of each day, as many as can be read."""
    ticks: list[Tick] = []
    day = None
    for moment in scale.moments:
        local = moment.astimezone(ZoneInfo(zone)).date()
        x = scale.x(moment)
        if local != day and (not ticks or x - ticks[-1].x >= _LABEL):
            ticks.append(Tick(x, moment))
        day = local
    return ticks


def _home_lane(fact: Fact[Any]) -> str:
    """Facts that no lane's service recorded: an import belongs to intake, a clock to the watcher."""
    return "sla_watch" if fact.kind == "clocks" else "intake"


def _aside(x: float, taken: list[tuple[float, float]]) -> float:
    """How far above or below the lane a point steps so as not to hide its neighbours."""
    near = {offset for other, offset in taken if abs(other - x) < _CROWDED}
    for offset in (0.0, -9.0, 9.0, -4.5, 4.5, -13.0, 13.0):
        if offset not in near:
            break
    else:
        offset = 0.0
    taken.append((x, offset))
    return offset
