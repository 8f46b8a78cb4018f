"""Every promise started, standing still or not, kept in time, broken, escalated, let go (domain §4.5.2): given, when, then."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.sla_watch.clauses import BY_NAME, CLAUSES
from services.sla_watch.domain import AcknowledgeEscalation, acknowledge
from services.sla_watch.moments import When
from shared.clocks.state import Clock, ClockStatus
from shared.complaint.state import Stage
from shared.events import clocks as c
from shared.events import complaint as e
from shared.events.clocks import Reason
from shared.events.triage_words import DisputeOutcome
from shared.events.waiting import Wait
from shared.events.words import AskedOf
from shared.kernel.fact import Actor, Event, Occasion
from tests.facts import DAY, OneSite, Story, answered, asked, closed, completed, reopened
from tests.services.sla_watch.clauses import answering, customer, doing, finding, receipt
from tests.services.sla_watch.clauses.example import CONTAINED, TOLD_HEAD, Example, counted, disputed, policy_of_the

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
FIRST_TOLD = {
    "A": "service_supervisor", "B": "quality_engineer", "C": "dept_head", "D": "delegate",
    "E": "dept_head", "E3": "marketing_head",
}  # fmt: skip
"""Whom a breach reaches first, by ladder; an objection that somebody took one level up goes on from there."""

EXAMPLES = (
    *receipt.EXAMPLES, *customer.EXAMPLES, *finding.EXAMPLES, *doing.EXAMPLES, *answering.EXAMPLES,
)  # fmt: skip
every = pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: f"{one.id} by {type(one.start).__name__}")

owed = pytest.mark.parametrize(
    "example", [one for one in EXAMPLES if one.keeps], ids=lambda one: f"{one.id} by {type(one.start).__name__}"
)
"""Those that somebody has to keep; the others end by themselves."""


def given(example: Example) -> Story:
    """Everything that was before."""
    story = Story()
    story.rules.going_by = policy_of_the(example)  # type: ignore[misc]
    for one in example.before:
        story = story.goes_to(one) if isinstance(one, Stage) else story.happened(one)
    return story


def started(example: Example) -> Story:
    """It has begun, a minute ago."""
    story = given(example).happened(example.start)
    for event in example.then:
        story.happened(event)
    story.now = last(story) + MINUTE
    return story


def last(story: Story) -> Any:
    return [fact.occurred_at for fact in story.facts if fact.stream == f"complaint-{story.id}"][-1]


def clock(story: Story, example: Example) -> Clock:
    return story.clocks.clocks[example.id]


def said(story: Story, example: Example, kind: type[Event]) -> list[Any]:
    return [
        fact.event
        for fact in story.facts
        if isinstance(fact.event, kind) and getattr(fact.event, "clock_id", "") == example.id
    ]


# ── every clause has its examples ─────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("clause", CLAUSES, ids=lambda clause: clause.name)
def test_everything_that_starts_keeps_or_lets_go_of_a_promise_has_an_example(clause: Any):
    mine = [example for example in EXAMPLES if example.clause == clause.name]
    assert mine, "write an example of it beside this file"

    def shown(moments: tuple[When, ...], events: list[Event]) -> list[When]:
        return [when for when in moments if not any(when(event) for event in events)]

    assert shown(clause.starts, [one.start for one in mine]) == []
    assert shown(clause.stops, [event for one in mine for event in one.keeps]) == []
    assert shown((*clause.dropped, *clause.let_go), [event for one in mine for event, _ in one.let_go]) == []


# ── started ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@every
def test_it_starts_with_its_event_and_not_before(example: Example):
    story = given(example)
    assert example.id not in story.clocks.clocks
    story.happened(example.start)
    begun = clock(story, example)
    assert begun.starts_at == (example.since or last(story))
    assert (begun.status, begun.target) == (ClockStatus.RUNNING, example.target)
    assert begun.due_at > begun.starts_at
    clause, pack = BY_NAME[example.clause], "ours" if example.says else "".join(example.packs[:1])
    assert begun.source == (f"{pack} {clause.terms}" if pack else clause.source)


IN_PLACE = e.ContainmentImplemented(containment_id="c1")
LIFTED = e.ContainmentLifted(containment_id="c1", reason="sorted the wrong lot")


@pytest.mark.parametrize(
    ("keeps", "before", "owed"),
    [
        ("ContainmentDefined", (CONTAINED,), False),
        ("ContainmentDefined", (CONTAINED, IN_PLACE), False),
        ("ContainmentDefined", (CONTAINED, IN_PLACE, LIFTED), True),
        ("ContainmentImplemented", (CONTAINED,), True),
        ("ContainmentImplemented", (CONTAINED, IN_PLACE), False),
    ],
)
def test_what_was_contained_before_it_was_graded_needs_no_other_measure(keeps: str, before: Any, owed: bool):
    defined, implemented = (one for one in EXAMPLES if one.clause == "containment")
    example = implemented if keeps == "ContainmentImplemented" else defined
    story = given(example)
    for event in (*before, example.start):
        story.happened(event)
    assert (example.id in story.clocks.clocks) is owed
    if owed:
        again = () if IN_PLACE not in before else (CONTAINED.model_copy(update={"containment_id": "c2"}),)
        for event in again or (IN_PLACE,):
            story.happened(event)
        assert clock(story, example).status == ClockStatus.MET, "and what is done then keeps it"


@pytest.mark.requirement("S0-23")
def test_a_head_of_quality_who_was_told_is_not_owed_a_second_word():
    graded, regraded = (one for one in EXAMPLES if one.clause == "quality_head_told")
    for example in (graded, regraded):
        story = given(example).happened(TOLD_HEAD).happened(example.start)
        assert example.id not in story.clocks.clocks
    story = started(graded).happened(TOLD_HEAD).happened(graded.let_go[0][0]).happened(regraded.start)
    assert [id for id in story.clocks.clocks if id.startswith("quality_head_told")] == [graded.id]


@pytest.mark.requirement("S0-43")
def test_a_milestone_that_was_reached_is_not_owed_again_when_the_plan_is_approved_once_more():
    (example,) = [one for one in EXAMPLES if one.clause == "milestone"]
    story = started(example).happened(example.keeps[0]).happened(example.start)
    milestones = {id: one.status for id, one in story.clocks.clocks.items() if one.clause == "milestone"}
    assert milestones == {"milestone:a1.1/1": ClockStatus.MET, "milestone:a1.2/1": ClockStatus.RUNNING}
    story.happened(completed())
    assert clock_of(story, "milestone:a1.2/1").status == ClockStatus.CANCELLED


@pytest.mark.requirement("S1-49")
def test_whoever_had_a_remedy_is_called_a_month_after_it_and_not_again_after_closing():
    remedied, without = (one for one in EXAMPLES if one.clause == "follow_up")
    story = started(remedied)
    begun = clock(story, remedied).starts_at
    story.goes_to(Stage.CLOSED)
    assert clock(story, remedied).starts_at == begun and len(_follow_ups(story)) == 1
    called = started(remedied).happened(remedied.keeps[0]).goes_to(Stage.CLOSED)
    assert _follow_ups(called) == [ClockStatus.MET]
    again = started(without).happened(reopened(2)).goes_to(Stage.CLOSED)
    assert _follow_ups(again) == [ClockStatus.CANCELLED, ClockStatus.RUNNING], "a case that came back is handled anew"
    called.happened(reopened(2)).goes_to(Stage.CLOSED)
    assert _follow_ups(called) == [ClockStatus.MET, ClockStatus.RUNNING], "the remedy was of the cycle before"


def _follow_ups(story: Story) -> list[ClockStatus]:
    return [one.status for one in story.clocks.clocks.values() if one.clause == "follow_up"]


def clock_of(story: Story, id: str) -> Clock:
    return story.clocks.clocks[id]


# ── standing still ────────────────────────────────────────────────────────────────────────────────────────────────────
def begins_to_wait(wait: Wait) -> tuple[Event, Event]:
    """What makes a case wait for this, and what ends it."""
    match wait:
        case Wait.CUSTOMER:
            return asked("i9"), answered("i9")
        case Wait.SUPPLIER:
            return asked("i9", AskedOf.SUPPLIER), answered("i9")
        case Wait.DISPUTE:
            return disputed("d9"), counted(DisputeOutcome.INCONCLUSIVE, "d9")
        case _:
            return e.WaitBegan(wait_id="w9", wait=wait, explanation="on its way"), e.WaitEnded(
                wait_id="w9", outcome="here"
            )


@every
@pytest.mark.parametrize("wait", Wait)
def test_it_stands_still_for_the_reasons_of_its_clause_and_for_no_other(example: Example, wait: Wait):
    begins, ends = begins_to_wait(wait)
    story = started(example)
    due = clock(story, example).due_at
    story.happened(begins)
    if wait not in example.waits:
        assert clock(story, example).status == ClockStatus.RUNNING
        return
    assert (clock(story, example).status, clock(story, example).waits) == (ClockStatus.PAUSED, (wait,))
    story.time_passes(story.now + DAY).happened(ends)
    assert clock(story, example).status == ClockStatus.RUNNING
    assert clock(story, example).due_at > due


# ── kept ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
@every
def test_each_event_that_keeps_it_does_so_up_to_the_very_instant(example: Example):
    for event in example.keeps:
        story = started(example)
        story.now = due = clock(story, example).due_at
        story.happened(event)
        assert clock(story, example).status == ClockStatus.MET, type(event).__name__
        assert [(met.met_at, met.margin_s) for met in said(story, example, c.Met)] == [(due, 0)]
        assert not said(story, example, c.Breached)


@every
def test_what_only_looks_like_it_does_not_keep_it(example: Example):
    for event in example.others:
        assert clock(started(example).happened(event), example).status == ClockStatus.RUNNING, event


# ── broken, escalated, taken on ───────────────────────────────────────────────────────────────────────────────────────
@owed
def test_it_is_broken_at_the_due_instant_and_climbs_until_somebody_takes_it_on(example: Example):
    story = started(example)
    due = clock(story, example).due_at
    story.time_passes(due - SECOND)
    assert not said(story, example, c.Breached)
    story.time_passes(due)
    assert [breach.breached_at for breach in said(story, example, c.Breached)] == [due]
    (first,) = said(story, example, c.Escalated)
    assert (first.level, first.to_role, first.escalated_at) == (1, FIRST_TOLD[example.ladder], due)

    forgotten = started(example).time_passes(due + 120 * DAY)
    assert len(said(forgotten, example, c.Escalated)) == len(clock(story, example).ladder)

    wish = AcknowledgeEscalation(clock_id=example.id, decision="a second engineer joins")
    (taken,) = acknowledge(story.clocks, wish, Occasion(Actor("p-head"), due, due, "k1", "k1"), OneSite())
    story.say(taken).time_passes(due + 120 * DAY)  # type: ignore[arg-type]
    assert len(said(story, example, c.Escalated)) == 1


@owed
def test_kept_too_late_it_stays_broken(example: Example):
    story = started(example)
    story.now = clock(story, example).due_at + MINUTE
    story.happened(example.keeps[0])
    assert clock(story, example).status == ClockStatus.MET_LATE
    assert [met.margin_s for met in said(story, example, c.Met)] == [-60]


@pytest.mark.parametrize("example", [one for one in EXAMPLES if not one.keeps], ids=lambda one: one.id)
def test_what_nobody_has_to_keep_ends_by_itself_and_is_never_broken(example: Example):
    story = started(example)
    due = clock(story, example).due_at
    story.time_passes(due + 120 * DAY)
    assert [met.met_at for met in said(story, example, c.Met)] == [due]
    assert not said(story, example, c.Breached)


# ── let go ────────────────────────────────────────────────────────────────────────────────────────────────────────────
@every
def test_it_is_let_go_when_nobody_owes_it_any_more(example: Example):
    for event, reason in (*example.let_go, (e.Withdrawn(reason="it works again"), Reason.WITHDRAWN)):
        story = started(example).happened(event)
        assert clock(story, example).status == ClockStatus.CANCELLED, type(event).__name__
        assert [gone.reason for gone in said(story, example, c.ClockCancelled)] == [reason]


@every
def test_closing_the_case_cancels_what_is_owed_within_it_and_spares_what_is_owed_beyond(example: Example):
    if isinstance(example.start, e.Closed):
        assert clock(started(example), example).open and BY_NAME[example.clause].outlives
        return
    closes = clock(started(example).happened(closed()), example)
    status = {"cancels": ClockStatus.CANCELLED, "keeps": ClockStatus.MET, "spares": ClockStatus.RUNNING}
    assert closes.status == status[example.closing]
