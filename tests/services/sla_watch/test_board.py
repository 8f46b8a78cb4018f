"""The SLA board: how promises stand, and what the watcher must do next."""

from collections.abc import Callable
from typing import Any

import pytest

from services.sla_watch.board import STATES, Due, SlaBoard, clocks, compliance, due, next_due, running_at
from shared.complaint.state import Stage
from shared.events.clocks import ClockStarted, Rung
from shared.kernel.errors import Invalid
from shared.kernel.values import rfc3339
from tests.facts import DAY, HOUR, MONDAY, Log, Story, acknowledged, asked, classified, contacted, received
from tests.stores import feed

Build = Callable[..., Any]


def deadlines(*stories: Story) -> list[Due]:
    """What the folded clocks say time will do, in due order."""
    found = [
        Due(f"clocks-{story.id}", story.site, deadline)
        for story in stories
        for clock in story.clocks.clocks.values()
        if (deadline := clock.next_deadline()) is not None
    ]
    return sorted(found, key=lambda each: (each.deadline.at, each.stream, each.deadline.clock_id, each.deadline.number))


def test_a_clock_is_a_row(build: Build):
    story = Story().goes_to(Stage.RECEIVED)
    with build(SlaBoard, story.facts).reading() as db:
        (row,) = (row for row in clocks(db).items if row["clause"] == "acknowledgement")
    clock = story.clocks.clocks["acknowledgement/1"]
    assert row == {
        "complaint_id": story.id,
        "clock_id": "acknowledgement/1",
        "case_no": "SZ-2026-00001",
        "site": "sz",
        "clause": "acknowledgement",
        "cycle": 1,
        "starts_at": rfc3339(MONDAY),
        "target": "PT1H",
        "due_at": rfc3339(clock.due_at),
        "status": "running",
        "provisional": False,
        "breached_at": None,
        "excused": False,
        "level": 0,
        "acknowledged": False,
        "rank": None,
        "responsible": None,
        "met_at": None,
        "paused_since": None,
        "calendar": "cn-std@1",
        "last_position": 2,
        "historical": False,
    }


def test_deadlines_mirror_the_clocks_at_every_position(build: Build):
    log = Log()
    one, two = Story(log, number=1), Story(log, site="dd", number=2)
    store = build(SlaBoard, [])
    never = MONDAY + 4000 * DAY

    def agrees() -> None:
        feed(store, log.facts)
        expected = deadlines(one, two)
        with store.reading() as db:
            assert due(db, never, 100) == expected
            assert next_due(db) == (expected[0].deadline.at if expected else None)
            if expected:
                first = expected[0].deadline.at
                assert due(db, first, 100) == [each for each in expected if each.deadline.at == first]
                assert due(db, first - HOUR, 100) == []
                assert due(db, never, 1) == expected[:1]

    agrees()
    one.goes_to(Stage.REGISTERED)
    agrees()
    two.happened(received("DD-2026-00002"))
    agrees()
    for hours in range(0, 400, 25):
        two.time_passes(MONDAY + hours * HOUR)
        agrees()
    one.goes_to(Stage.INVESTIGATING).happened(asked())
    agrees()
    one.now += 2 * DAY
    two.happened(acknowledged(), at=MONDAY + HOUR)
    two.happened(contacted())
    agrees()
    one.goes_to(Stage.CLOSED)
    agrees()


def test_states(build: Build):
    log = Log()
    Story(log, number=1).goes_to(Stage.CLOSED)
    Story(log, number=2).goes_to(Stage.INVESTIGATING).happened(asked())
    late = Story(log, number=3).goes_to(Stage.RECEIVED).time_passes(MONDAY + 3 * DAY)
    late.happened(acknowledged())
    late.happened(contacted(), at=MONDAY + HOUR)
    with build(SlaBoard, log.facts).reading() as db:
        found = {
            state: {(row["case_no"][-1], row["clause"]) for row in clocks(db, state=state).items} for state in STATES
        }
    everything = set().union(*found.values())
    assert found["paused"] == {("2", "root_cause"), ("2", "action_plan"), ("2", "closure")}
    assert found["met_late"] == {("3", "acknowledgement")}
    assert ("3", "first_response") in found["met"]  # its breach was excused
    assert found["running"] == {("3", "closure")}
    assert found["open"] == found["running"] | found["paused"] | found["breached"]
    assert found["provisional"] == set()
    assert everything == set().union(
        *(found[s] for s in ("running", "paused", "breached", "met", "met_late", "cancelled"))
    )


def test_a_state_that_there_is_not_is_invalid(build: Build):
    with build(SlaBoard, []).reading() as db, pytest.raises(Invalid, match="no state 'lost'"):
        clocks(db, state="lost")


def test_filters_and_pages(build: Build):
    log = Log()
    Story(log, number=1).goes_to(Stage.RECEIVED)
    Story(log, site="dd", number=2).goes_to(Stage.RECEIVED)
    with build(SlaBoard, log.facts).reading() as db:
        whole = clocks(db).items
        assert [row["due_at"] for row in whole] == sorted(row["due_at"] for row in whole)
        assert {row["site"] for row in clocks(db, sites=["dd"]).items} == {"dd"}
        assert {row["clause"] for row in clocks(db, due_before=MONDAY + HOUR * 3).items} == {"acknowledgement"}
        first = clocks(db, limit=4)
        rest = clocks(db, limit=4, cursor=first.next_cursor)
    assert first.items + rest.items == whole
    assert rest.next_cursor is None


def test_provisional_due_dates_are_found_by_their_calendar(build: Build):
    story = Story(clocks=False).goes_to(Stage.RECEIVED)
    for calendar, provisional, n in (("cn-std@3", True, 1), ("cn-std-2@1", True, 2), ("cn-std@3", False, 3)):
        story.say(
            ClockStarted(
                clock_id=f"closure/{n}",
                clause="closure",
                cycle=n,
                starts_at=MONDAY,
                target="wd5",
                due_at=MONDAY + 7 * DAY,
                provisional=provisional,
                calendar=calendar,
                source="S3-23",
                ladder=(Rung(role="dept_head"),),
            )
        )
    with build(SlaBoard, story.facts).reading() as db:
        assert running_at(db, ["sz", "nj"]) == [(story.id, "sz")]
        assert running_at(db, ["nj"]) == running_at(db, []) == []
        assert len(clocks(db, state="provisional").items) == 2


def test_compliance_counts_kept_and_broken_promises(build: Build):
    log = Log()
    Story(log, number=1).goes_to(Stage.REGISTERED)
    late = Story(log, number=2).goes_to(Stage.RECEIVED).time_passes(MONDAY + 3 * DAY)
    late.happened(contacted(), at=MONDAY + HOUR)
    Story(log, site="dd", number=3).goes_to(Stage.CLOSED)
    with build(SlaBoard, log.facts).reading() as db:
        everywhere = {row["clause"]: row for row in compliance(db)}
        here = {row["clause"]: row for row in compliance(db, ["sz"])}
    assert everywhere["acknowledgement"] == {"clause": "acknowledgement", "met": 2, "breached": 1, "share": 2 / 3}
    assert (here["first_response"]["met"], here["first_response"]["breached"]) == (1, 0)
    assert here["closure"] == {"clause": "closure", "met": 0, "breached": 0, "share": None}


def test_the_promises_of_a_history_are_marked_and_time_does_nothing_to_them(build: Build):
    log = Log()
    Story(log, number=1).goes_to(Stage.REGISTERED)
    old = Story(log, number=2, historical=True).goes_to(Stage.REGISTERED).taken_over(MONDAY + 60 * DAY)
    with build(SlaBoard, log.facts).reading() as db:
        live = clocks(db).items
        everything = clocks(db, historical=True).items
        assert {row["complaint_id"] for row in live} & {old.id} == set() and not any(row["historical"] for row in live)
        of_old = [row for row in everything if row["complaint_id"] == old.id]
        assert {row["clock_id"] for row in of_old} == set(old.clocks.clocks) and all(
            row["historical"] for row in of_old
        )
        assert "breached" in {row["status"] for row in of_old}
        assert not clocks(db, state="breached").items
        assert {one.stream.removeprefix("clocks-") for one in due(db, MONDAY + 900 * DAY, 100)} == {
            row["complaint_id"] for row in live
        }
        assert old.id not in {case for case, _ in running_at(db, ["sz"])}
        alone = {row["clause"]: row["breached"] for row in compliance(db)}
        with_history = {row["clause"]: row["breached"] for row in compliance(db, historical=True)}
        assert (alone["closure"], with_history["closure"]) == (0, 1)


def test_a_simple_import_has_no_clocks(build: Build):
    story = Story(historical=True).goes_to(Stage.REGISTERED).happened(classified())
    with build(SlaBoard, story.facts).reading() as db:
        assert clocks(db).items == []
        assert next_due(db) is None
