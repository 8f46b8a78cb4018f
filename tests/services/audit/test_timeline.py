"""The timeline: all facts of a case in one order, and the case as it stood at any time."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.audit import timeline
from services.audit.timeline import Timeline, case_at, complaint_id_of, entries
from shared.clocks.state import ClockStatus
from shared.complaint.state import ActionStatus, Stage
from shared.events import complaint as e
from shared.events.clocks import Breached
from shared.kernel.errors import Unknown
from tests.facts import (
    DAY,
    HOUR,
    MONDAY,
    Log,
    Story,
    acknowledged,
    assigned,
    classified,
    completed,
    contacted,
    planned,
    registered,
    reopened,
    utc,
)

Build = Callable[..., Any]


@pytest.fixture
def db(build: Build):
    """`db(story)`: a connection to the timeline of all its facts."""
    connections: list[sa.Connection] = []

    def connect(story: Story) -> sa.Connection:
        connections.append(build(Timeline, story.facts).engine.connect())
        return connections[-1]

    yield connect
    for connection in connections:
        connection.close()


def test_a_long_case_is_replayed_from_its_stops_and_is_the_same(
    build: Build, same_rows: Callable[..., None], monkeypatch: pytest.MonkeyPatch
):
    story = Story(Log()).goes_to(Stage.CLOSED).happened(reopened()).goes_to(Stage.CLOSED)
    whole = build(Timeline, story.facts)
    monkeypatch.setattr(timeline, "STOP_EVERY", 3)
    same_rows(Timeline, story.facts)
    stopping = build(Timeline, story.facts, batch=5)
    read = list[int]()

    def counted(db: sa.Connection, id: str, *positions: Any) -> list[Any]:
        found = entries(db, id, *positions)
        read.append(len(found))
        return found

    monkeypatch.setattr(timeline, "entries", counted)
    with stopping.reading() as db, whole.reading() as plain:
        for fact in story.facts:
            assert case_at(db, story.id, position=fact.position) == case_at(plain, story.id, position=fact.position)
            assert case_at(db, story.id, as_of=fact.recorded_at) == case_at(plain, story.id, as_of=fact.recorded_at)
        assert case_at(db, story.id) == case_at(plain, story.id)
        assert read[-2] < 12 < read[-1], "from the last stop, and from the first fact"
        with pytest.raises(Unknown):
            case_at(db, story.id, as_of=MONDAY - DAY)
        monkeypatch.setattr(timeline, "fold_fingerprint", lambda: "another fold")
        assert case_at(db, story.id) == case_at(plain, story.id)
        assert read[-2] == read[-1], "a stop of another fold is worth nothing"


def test_entries_merge_the_case_and_its_clocks_by_position(db: Callable[[Story], sa.Connection]):
    log = Log()
    other = Story(log, number=2).goes_to(Stage.TRIAGED)
    story = Story(log).goes_to(Stage.CLOSED)
    other.goes_to(Stage.ASSIGNED)
    own = [fact for fact in log.facts if fact.subject_id == story.id]
    timeline = db(story)
    assert entries(timeline, story.id) == own
    assert {fact.kind for fact in own} == {"complaint", "clocks"}
    assert entries(timeline, story.id, own[4].position) == own[:5]
    assert entries(timeline, "nobody") == []
    assert complaint_id_of(timeline, story.case_no) == story.id
    assert complaint_id_of(timeline, "SZ-2026-99999") is None


def test_the_present_is_what_the_desk_folds(db: Callable[[Story], sa.Connection]):
    story = Story().goes_to(Stage.CLOSED).goes_to(Stage.PLANNING)
    now = case_at(db(story), story.id)
    assert (now.complaint, now.clocks) == (story.case, story.clocks)
    assert now.version == max(fact.version for fact in story.facts if fact.kind == "complaint")
    assert now.position == len(story.facts)


def test_each_position_shows_the_case_as_it_stood(db: Callable[[Story], sa.Connection]):
    story = Story()
    stages: dict[int, Stage] = {}
    for stage in (Stage.RECEIVED, Stage.TRIAGED, Stage.PLANNING, Stage.CLOSED):
        story.goes_to(stage)
        stages[len(story.facts)] = stage
    timeline = db(story)
    for position, stage in stages.items():
        then = case_at(timeline, story.id, position=position)
        assert (then.complaint.stage, then.position) == (stage, position)


def test_a_version_counts_facts_of_the_case_alone(db: Callable[[Story], sa.Connection]):
    story = Story().goes_to(Stage.ASSIGNED)
    timeline = db(story)
    first = case_at(timeline, story.id, version=1)
    assert (first.complaint.stage, first.version, first.position) == (Stage.RECEIVED, 1, 1)
    assert first.clocks.clocks == {}
    second = case_at(timeline, story.id, version=2)
    assert set(second.clocks.clocks) == {"acknowledgement/1", "first_response/1", "closure/1"}
    last = max(fact.version for fact in story.facts if fact.kind == "complaint")
    assert case_at(timeline, story.id, version=last) == case_at(timeline, story.id)
    with pytest.raises(Unknown, match=f"no version {last + 1}, only 1 to {last}"):
        case_at(timeline, story.id, version=last + 1)


def test_what_was_known_and_what_had_happened_differ_for_late_facts(db: Callable[[Story], sa.Connection]):
    story = Story().goes_to(Stage.RECEIVED)
    called = MONDAY + HOUR
    story.now = MONDAY + 3 * DAY
    story.happened(contacted(), at=called, why_late="the line was down")
    timeline = db(story)
    evening = MONDAY + 10 * HOUR
    known, happened = case_at(timeline, story.id, as_of=evening), case_at(timeline, story.id, happened_by=evening)
    assert known.complaint.first_contact_at is None
    assert happened.complaint.first_contact_at == called
    assert (known.version, happened.version) == (1, 2)
    assert case_at(timeline, story.id, as_of=MONDAY + 4 * DAY).complaint.first_contact_at == called
    assert case_at(timeline, story.id, happened_by=called - HOUR / 2).complaint.first_contact_at is None


def test_a_breach_that_was_excused_later_had_never_happened_before_its_time(db: Callable[[Story], sa.Connection]):
    story = Story().goes_to(Stage.RECEIVED).time_passes(MONDAY + 3 * DAY)
    story.happened(acknowledged(), at=MONDAY + HOUR, why_late="noted on paper")
    assert any(isinstance(fact.event, Breached) for fact in story.facts)
    timeline = db(story)
    known = case_at(timeline, story.id, as_of=MONDAY + 2 * DAY).clocks.clocks["acknowledgement/1"]
    assert known.status == ClockStatus.BREACHED
    happened = case_at(timeline, story.id, happened_by=MONDAY + HOUR).clocks.clocks["acknowledgement/1"]
    assert (happened.status, happened.met_at) == (ClockStatus.MET, MONDAY + HOUR)


def test_before_the_case_there_is_no_case(db: Callable[[Story], sa.Connection]):
    story = Story().goes_to(Stage.REGISTERED)
    timeline = db(story)
    for earlier in ({"as_of": MONDAY - HOUR}, {"happened_by": MONDAY - HOUR}, {"position": 0}, {"version": 0}):
        with pytest.raises(Unknown):
            case_at(timeline, story.id, **earlier)  # type: ignore[arg-type]
    with pytest.raises(Unknown):
        case_at(timeline, "nobody")


def test_what_stands_on_something_later_waits_for_it(db: Callable[[Story], sa.Connection]):
    """An approval and a completion told for days before the action was planned, as somebody may backdate them."""
    story = Story().goes_to(Stage.PLANNING)
    tuesday = story.now
    story.now = wednesday = tuesday + DAY
    story.happened(planned())
    story.happened(e.ActionPlanSubmitted(plan_version=1, action_ids=("a1",)), at=tuesday)
    story.happened(e.ActionPlanApproved(plan_version=1), at=tuesday, by="p-head")
    story.happened(completed(), at=tuesday)
    timeline = db(story)
    then = case_at(timeline, story.id, happened_by=tuesday)
    assert then.complaint.actions == {}
    assert then.complaint.stage == Stage.IMPLEMENTING
    now = case_at(timeline, story.id, happened_by=wednesday)
    assert now.complaint.actions["a1"].status == ActionStatus.COMPLETED
    assert now.complaint == case_at(timeline, story.id).complaint


def test_every_moment_of_a_muddled_case_can_be_told(db: Callable[[Story], sa.Connection]):
    """Facts told in one order that happened in quite another: no moment may fail, and in the end all is told."""
    story = Story().goes_to(Stage.RECEIVED)
    story.now = MONDAY + 9 * DAY
    for hours, event in ((90, registered()), (50, acknowledged()), (30, classified()), (20, assigned())):
        story.happened(event, at=MONDAY + hours * HOUR)
    story.goes_to(Stage.VERIFYING).goes_to(Stage.CLOSED).time_passes(story.now + 30 * DAY)
    timeline = db(story)
    moments = sorted({moment for fact in story.facts for moment in (fact.occurred_at, fact.recorded_at)})
    for moment in moments:
        happened = case_at(timeline, story.id, happened_by=moment)
        assert happened.complaint.case_no == story.case_no
        assert all(clock.starts_at <= moment for clock in happened.clocks.clocks.values())
        case_at(timeline, story.id, as_of=moment, happened_by=moment)
    assert case_at(timeline, story.id, happened_by=utc("2030-01-01")) == case_at(timeline, story.id)
