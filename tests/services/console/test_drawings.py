"""Drawings keep to their frame and keep the order of time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as some

from services.console.drawings.bars import CLOCK_WIDTH, clock_bar, gantt
from services.console.drawings.fishbone import HEAD, WIDTH, fishbone
from services.console.drawings.lanes import LEFT, lanes
from services.console.drawings.lettering import clipped, width, wrapped
from shared.clocks.state import Clock, ClockStatus
from shared.complaint.state import Action, ActionStatus, Stage
from shared.events.words import ActionKind
from tests.facts import DAY, HOUR, MONDAY, Story, acknowledged, received, utc

TEXTS = some.text(alphabet="abc WM,.。，为什么冷焊<>&\n\t", max_size=120)


@given(TEXTS, some.floats(30, 300), some.integers(1, 4))
def test_wrapped_lines_keep_within_their_room(text: str, room: float, lines: int):
    found = wrapped(text, 11, room, lines)
    assert len(found) <= lines
    # Closing punctuation may hang over the edge: it never begins a line.
    assert all(width(line.rstrip("，。,."), 11) <= room for line in found)


@given(TEXTS)
def test_what_fits_is_told_whole(text: str):
    assert "".join("".join(wrapped(text, 11, 200, 100)).split()) == "".join(text.split())


def test_a_long_line_is_cut_with_an_ellipsis():
    assert clipped("one two three four", 11, 60).endswith("…")
    assert width(clipped("为什么会出现冷焊" * 9, 11, 60), 11) <= 60


def test_time_keeps_its_order_on_the_axis():
    story = Story().goes_to(Stage.CLOSED).time_passes(MONDAY + 400 * DAY)
    drawing = lanes(story.facts, story.facts[5].position, "Asia/Shanghai")
    by_time = sorted(drawing.points, key=lambda point: point.fact.occurred_at)
    assert [point.x for point in by_time] == sorted(point.x for point in by_time)
    assert all(LEFT <= point.x <= drawing.right + 0.01 for point in drawing.points)
    assert all(0 < point.y < drawing.bottom for point in drawing.points)
    assert [point.fact.position for point in drawing.points if point.chosen] == [story.facts[5].position]
    assert all(later.x - tick.x >= 60 for tick, later in zip(drawing.ticks, drawing.ticks[1:], strict=False))


def test_a_case_of_one_fact_can_be_drawn():
    story = Story(clocks=False).happened(received())
    drawing = lanes(story.facts, 1, "UTC")
    assert len(drawing.points) == 1


def test_a_late_fact_trails_to_where_it_was_recorded():
    story = Story(clocks=False).happened(received())
    story.happened(acknowledged(), at=MONDAY + HOUR / 2, recorded_at=MONDAY + DAY, why_late="was away")
    late = lanes(story.facts, 2, "UTC").points[1]
    assert late.recorded_x is not None
    assert late.recorded_x > late.x


def test_history_is_not_late():
    story = Story(clocks=False, historical=True).happened(received(), at=MONDAY, recorded_at=MONDAY + 90 * DAY)
    assert lanes(story.facts, 1, "UTC").points[0].recorded_x is None


CLOCK = Clock("root_cause/1", "root_cause", 1, MONDAY, "PT10H", MONDAY + 10 * HOUR, None)


def test_half_the_time_is_half_the_bar():
    bar = clock_bar(CLOCK, MONDAY + 5 * HOUR)
    assert bar.used.width == CLOCK_WIDTH / 2
    assert bar.over is None


def test_what_is_late_lies_beyond_the_due_instant():
    bar = clock_bar(replace(CLOCK, status=ClockStatus.BREACHED), MONDAY + 20 * HOUR)
    assert bar.over
    assert bar.over.x == bar.used.width == CLOCK_WIDTH / 2


def test_a_paused_clock_stands_still():
    paused = replace(CLOCK, status=ClockStatus.PAUSED, paused_since=MONDAY + 2 * HOUR)
    assert clock_bar(paused, MONDAY + 4 * HOUR).used == clock_bar(paused, MONDAY + 9 * HOUR).used
    assert clock_bar(paused, MONDAY + 90 * DAY).over is None


def test_a_clock_met_early_or_told_before_it_began_can_be_drawn():
    early = replace(CLOCK, status=ClockStatus.MET, met_at=MONDAY - HOUR)
    assert clock_bar(early, MONDAY).used.width == 0
    assert clock_bar(replace(CLOCK, due_at=MONDAY), MONDAY).due_x == 0


def test_actions_run_from_planning_to_their_due_day():
    action = Action("a1", ActionKind.CORRECTIVE, "x", "p-cy", date(2026, 3, 6), "y", 1, percent=50)
    late = replace(action, action_id="a2", status=ActionStatus.APPROVED, due=date(2026, 3, 3))
    chart = gantt([action, late], {"a1": MONDAY, "a2": MONDAY}, utc("2026-03-05 00:00"), "Asia/Shanghai")
    assert chart
    first, second = chart.bars
    assert first.over is None
    assert first.done.width == round(first.planned.width / 2, 1)
    assert second.over
    assert chart.now_x is not None
    assert (chart.first, chart.last) == (date(2026, 3, 2), date(2026, 3, 7))
    assert gantt([], {}, MONDAY, "UTC") is None


def test_a_fishbone_grows_with_its_findings():
    few = fishbone({"man": ["new on the night shift"]}, "leak")
    many = fishbone({"man": [f"finding {n} of many" for n in range(20)]}, "leak")
    assert many.height > few.height + 19 * 14
    for drawing in (few, many):
        for bone in drawing.bones:
            for finding in bone.findings:
                assert all(finding.x + width(line, 11) <= WIDTH - HEAD + 2 for line in finding.lines)
                assert 0 < finding.y < drawing.height


def test_a_lane_is_readable_when_everything_happens_at_once():
    story = Story(clocks=False).happened(received())
    for _ in range(6):
        story.happened(acknowledged(), at=MONDAY, recorded_at=MONDAY + timedelta(seconds=1))
    places = {(point.x, point.y) for point in lanes(story.facts, 1, "UTC").points}
    assert len(places) == 7
