"""What sla_watch decides: promises started, kept, broken, escalated, taken on; moved, paused, cancelled, excused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from services.sla_watch.clauses import BY_NAME, CLAUSES, Clause
from services.sla_watch.domain import AcknowledgeEscalation, acknowledge
from services.sla_watch.keeping import keep
from services.sla_watch.passing import fire, passing
from services.sla_watch.rebasing import by_another_calendar as recalculate
from shared.clocks.state import Clock, Clocks, ClockStatus, Deadline, DeadlineKind
from shared.complaint.state import Stage
from shared.events import clocks as e
from shared.events import complaint as c
from shared.events import words as w
from shared.events.clocks import Reason
from shared.events.words import AskedOf
from shared.kernel.command import Dated
from shared.kernel.errors import Refused
from shared.kernel.fact import Actor, Event, Fact, Occasion
from shared.kernel.ids import derived
from shared.kernel.values import Rank
from tests.facts import (
    DAY,
    HOUR,
    MONDAY,
    Log,
    OneSite,
    Story,
    acknowledged,
    answered,
    asked,
    cause,
    classified,
    completed,
    contacted,
    planned,
    received,
    registered,
    reopened,
    utc,
    verified,
)

CALENDAR = OneSite.week_days
LATER = MONDAY + 120 * DAY


def occasion(now: datetime, by: str = "s-sla-watch") -> Occasion:
    return Occasion(Actor(by), now, now, "k1", "k1")


def clock(story: Story, clock_id: str) -> Clock:
    return story.clocks.clocks[clock_id]


def statuses(story: Story) -> dict[str, ClockStatus]:
    return {id: clock.status for id, clock in story.clocks.clocks.items()}


def events(story: Story, kind: type[Event]) -> list[Any]:
    return [fact.event for fact in story.facts if isinstance(fact.event, kind)]


# ── every promise ─────────────────────────────────────────────────────────────────────────────────────────────────────
DEFAULTS = [clause for clause in CLAUSES if clause.allowed]
"""What is promised where a site goes by no policy."""
BEFORE: dict[str, tuple[Any, ...]] = {
    "acknowledgement": (Stage.RECEIVED,),
    "first_response": (Stage.RECEIVED,),
    "root_cause": (Stage.ASSIGNED, c.InvestigationStarted(lead="p-bo")),
    "action_plan": (Stage.PLANNING, planned("a1")),
    "action": (Stage.IMPLEMENTING,),
    "verification": (Stage.VERIFYING,),
    "closure": (Stage.CLOSING,),
}
"""What must have happened for the promise to run and for what keeps it to be the next thing."""


def under_way(clause: Clause) -> tuple[Story, str]:
    story = Story()
    for one in BEFORE[clause.name]:
        story = story.goes_to(one) if isinstance(one, Stage) else story.happened(one)
    return story, "action:a1/1" if clause.name == "action" else f"{clause.name}/1"


def keeps(story: Story, clause: Clause) -> Story:
    if clause.name == "first_response":
        return story.happened(contacted())
    return story.goes_to({
        "acknowledgement": Stage.REGISTERED, "root_cause": Stage.PLANNING, "action_plan": Stage.PLAN_REVIEW,
        "action": Stage.VERIFYING, "verification": Stage.CLOSING, "closure": Stage.CLOSED,
    }[clause.name])  # fmt: skip


@pytest.mark.parametrize("clause", DEFAULTS, ids=lambda clause: clause.name)
class TestEveryPromise:
    def test_starts_and_explains_itself(self, clause: Clause):
        story, id = under_way(clause)
        started = next(event for event in events(story, e.ClockStarted) if event.clock_id == id)
        assert started.due_at > started.starts_at
        assert (started.source, started.calendar) == (clause.source, "cn-std@1")
        assert started.steps or started.target.startswith("PT")
        assert list(started.warn_at) == sorted(started.warn_at)
        assert all(started.starts_at < warn < started.due_at for warn in started.warn_at)

    def test_is_kept(self, clause: Clause):
        story, id = under_way(clause)
        kept = keeps(story, clause)
        assert statuses(kept)[id] == ClockStatus.MET
        (met,) = [event for event in events(kept, e.Met) if event.clock_id == id]
        assert met.margin_s >= 0

    @pytest.mark.requirement("S2-01")
    def test_warns_is_broken_at_the_due_instant_and_climbs_its_ladder(self, clause: Clause):
        story, id = under_way(clause)
        before = clock(story, id)
        story.time_passes(LATER)
        (breached,) = [event for event in events(story, e.Breached) if event.clock_id == id]
        assert breached.breached_at == before.due_at
        warned = [event.number for event in events(story, e.WarningIssued) if event.clock_id == id]
        assert warned == list(range(1, len(before.warn_at) + 1))
        climbed = [event for event in events(story, e.Escalated) if event.clock_id == id]
        assert [event.to_role for event in climbed] == [rung.role for rung in before.ladder]
        assert [event.level for event in climbed] == list(range(1, len(before.ladder) + 1))
        assert climbed[0].escalated_at == before.due_at

    def test_taken_on_it_climbs_no_further(self, clause: Clause):
        story, id = under_way(clause)
        story.time_passes(clock(story, id).due_at)
        assert clock(story, id).level == 1
        wish = AcknowledgeEscalation(clock_id=id, decision="a second engineer joins")
        (taken,) = acknowledge(story.clocks, wish, occasion(story.now, "p-head"), OneSite())
        story.say(taken)  # type: ignore[arg-type]
        story.time_passes(LATER)
        assert clock(story, id).level == 1
        with pytest.raises(Refused) as refused:
            list(acknowledge(story.clocks, wish, occasion(story.now, "p-head"), OneSite()))
        assert refused.value.rule == "G-ESCALATION"

    def test_kept_late_it_stays_broken(self, clause: Clause):
        story, id = under_way(clause)
        story.time_passes(clock(story, id).due_at + HOUR)
        late = keeps(story, clause)
        assert statuses(late)[id] == ClockStatus.MET_LATE
        assert next(event for event in events(late, e.Met) if event.clock_id == id).margin_s < 0

    def test_broken_while_nobody_watched_it_is_broken_all_the_same(self, clause: Clause):
        watched, id = under_way(clause)
        unwatched, _ = under_way(clause)
        when = clock(watched, id).due_at + 3 * DAY
        watched.time_passes(when)
        unwatched.now = when
        assert said_of(keeps(watched, clause), id) == said_of(keeps(unwatched, clause), id)

    def test_every_rank_has_its_time_and_its_ladder(self, clause: Clause):
        assert set(clause.allowed or ()) == set(Rank) and clause.source
        assert clause.title.keys() == {"en", "zh"}
        assert clause.rungs(Rank.CRITICAL) == clause.urgent_ladder


def said_of(story: Story, clock_id: str) -> list[tuple[Event, datetime]]:
    return [(f.event, f.occurred_at) for f in story.facts if getattr(f.event, "clock_id", "") == clock_id]


def test_the_table_of_this_test_is_complete():
    assert set(BEFORE) == {clause.name for clause in DEFAULTS}


# ── standing still ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_question_to_the_customer_pauses_what_depends_on_the_answer():
    story = Story().goes_to(Stage.ASSIGNED).happened(asked())
    paused = {id for id, status in statuses(story).items() if status == ClockStatus.PAUSED}
    assert paused == {"root_cause/1", "action_plan/1", "closure/1"}
    story.time_passes(MONDAY + 10 * DAY)
    assert not events(story, e.Breached)


def test_our_own_waiting_pauses_nothing():
    story = Story().goes_to(Stage.ASSIGNED).happened(asked(of=AskedOf.INTERNAL))
    assert not events(story, e.ClockPaused)


def test_the_due_date_moves_by_what_was_paused():
    story = Story().goes_to(Stage.ASSIGNED)
    due = clock(story, "closure/1").due_at
    story.happened(asked())
    story.now = story.now - HOUR + 2 * DAY
    story.happened(answered())
    resumed = clock(story, "closure/1")
    assert resumed.status == ClockStatus.RUNNING
    assert resumed.due_at == due + 2 * DAY
    assert len(resumed.pauses) == 1
    story.time_passes(LATER)
    assert clock(story, "closure/1").breached_at == due + 2 * DAY


def test_clocks_run_again_only_when_the_last_question_is_answered():
    story = Story().goes_to(Stage.ASSIGNED).happened(asked("i1")).happened(asked("i2")).happened(answered("i1"))
    assert clock(story, "closure/1").status == ClockStatus.PAUSED
    assert clock(story.happened(answered("i2")), "closure/1").status == ClockStatus.RUNNING


def test_a_promise_that_begins_during_the_wait_stands_still_at_once():
    story = Story().goes_to(Stage.TRIAGED).happened(asked()).goes_to(Stage.ASSIGNED)
    assert clock(story, "root_cause/1").status == ClockStatus.PAUSED
    assert clock(story.happened(answered()), "root_cause/1").status == ClockStatus.RUNNING


def test_a_promise_already_broken_does_not_stand_still():
    story = Story().goes_to(Stage.ASSIGNED).time_passes(MONDAY + 20 * DAY).happened(asked())
    assert clock(story, "root_cause/1").status == ClockStatus.BREACHED


# ── moving ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def regraded(rank: Rank) -> c.GradeChanged:
    return c.GradeChanged(was="P2", grade=f"P{rank}", rank=rank, basis=c.GradeBasis.CONFIRMED, reason="smoke was seen")


@pytest.mark.requirement("S0-30")
def test_a_graver_grade_moves_what_is_due_and_takes_the_faster_ladder():
    story = Story().goes_to(Stage.ASSIGNED)
    was = clock(story, "root_cause/1")
    now = clock(story.happened(regraded(Rank.CRITICAL)), "root_cause/1")
    assert now.due_at == was.starts_at + timedelta(hours=24) < was.due_at
    roles = [rung.role for rung in BY_NAME["root_cause"].urgent_ladder]
    assert ([rung.role for rung in now.ladder], now.rank, now.target) == (roles, Rank.CRITICAL, "PT24H")
    assert {rung.answer for rung in now.ladder} == {"PT30M"} and {rung.answer for rung in was.ladder} == {"PT4H:biz"}
    assert now.rebased == (Reason.REGRADE,)


def test_after_a_regrade_nobody_gets_less_than_half_an_hour():
    story = Story().goes_to(Stage.ASSIGNED)
    at = story.now = MONDAY + 2 * DAY
    story.happened(regraded(Rank.CRITICAL))
    assert clock(story, "root_cause/1").due_at == at + timedelta(minutes=30)
    assert clock(story, "root_cause/1").next_deadline() is not None


def test_a_promise_that_moved_warns_anew():
    story = Story().goes_to(Stage.ASSIGNED)
    story.time_passes(clock(story, "root_cause/1").warn_at[0])
    assert clock(story, "root_cause/1").warned == 1
    story.happened(regraded(Rank.NEGLIGIBLE)).time_passes(LATER)
    moved = [event for event in events(story, e.ClockRebased) if event.clock_id == "root_cause/1"]
    warned = [event for event in events(story, e.WarningIssued) if event.clock_id == "root_cause/1"]
    assert [event.due_at for event in warned][1:] == [moved[0].due_at] * len(moved[0].warn_at)
    assert moved[0].warn_at


def test_a_breach_already_recorded_stands_when_the_grade_changes():
    story = Story().goes_to(Stage.ASSIGNED).time_passes(MONDAY + 10 * DAY)
    before = clock(story, "root_cause/1")
    assert clock(story.happened(regraded(Rank.NEGLIGIBLE)), "root_cause/1") == before


def test_a_presumed_promise_is_confirmed_by_the_grade():
    story = Story().happened(received()).happened(acknowledged())
    assert clock(story, "closure/1").target == BY_NAME["closure"].presumed
    story.happened(registered()).happened(classified(Rank.CRITICAL))
    assert clock(story, "closure/1").target == "wd5"


def test_a_returned_plan_has_a_new_promise():
    story = Story().goes_to(Stage.PLAN_REVIEW).happened(c.ActionPlanReturned(plan_version=1, comment="who measures?"))
    assert statuses(story)["action_plan/1"] == ClockStatus.MET
    assert statuses(story)["action_plan/2"] == ClockStatus.RUNNING


def test_a_failed_verification_asks_for_a_plan_again():
    story = Story().goes_to(Stage.VERIFYING).happened(verified(effective=False))
    assert statuses(story)["verification/1"] == ClockStatus.MET
    assert statuses(story)["action_plan/2"] == ClockStatus.RUNNING


def test_the_verification_is_promised_when_the_last_action_is_done():
    story = Story().goes_to(Stage.PLANNING).happened(planned("a1")).happened(planned("a2")).goes_to(Stage.IMPLEMENTING)
    assert {"action:a1/1", "action:a2/1"} <= set(story.clocks.clocks)
    story.happened(completed("a1"))
    assert "verification/1" not in story.clocks.clocks
    assert "verification/1" in story.happened(completed("a2")).clocks.clocks
    story.happened(verified("a1"))
    assert statuses(story)["verification/1"] == ClockStatus.RUNNING
    assert statuses(story.happened(verified("a2")))["verification/1"] == ClockStatus.MET


# ── ending ────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (c.Withdrawn(reason="it works again"), Reason.WITHDRAWN),
        (
            c.Merged(survivor=derived("x"), survivor_case_no="SZ-2026-00007", reason="same lot"),
            Reason.MERGED,
        ),
    ],
)
def test_the_end_of_a_case_cancels_its_promises(event: Event, reason: Reason):
    story = Story().goes_to(Stage.ASSIGNED)
    running = {clock.clock_id for clock in story.clocks.open()}
    story.happened(event)
    assert not list(story.clocks.open())
    assert {one.clock_id for one in events(story, e.ClockCancelled) if one.reason == reason} == running


MERGED = c.Merged(survivor=derived("x"), survivor_case_no="SZ-2026-00007", reason="same lot")
UNDONE = c.MergeUndone(survivor=derived("x"), survivor_case_no="SZ-2026-00007", reason="another defect")


def test_an_undone_merge_takes_the_promises_up_again_that_it_had_cancelled():
    story = Story().goes_to(Stage.ASSIGNED)
    before = {clock.clock_id: clock for clock in story.clocks.open()}
    kept = {id for id, status in statuses(story).items() if status == ClockStatus.MET}
    story.happened(MERGED).happened(UNDONE)
    assert {clock.clock_id for clock in story.clocks.open()} == before.keys() and kept
    again = {one.clock_id: one.due_at for one in events(story, e.ClockRebased) if one.reason == Reason.MERGED}
    assert again == {id: clock.due_at for id, clock in before.items()}
    assert statuses(story)["root_cause/1"] == ClockStatus.RUNNING
    assert statuses(story.goes_to(Stage.PLANNING))["root_cause/1"] == ClockStatus.MET


def test_what_came_due_while_it_was_merged_is_due_half_an_hour_after_that_was_undone():
    story = Story().goes_to(Stage.ASSIGNED).happened(MERGED)
    due = clock(story, "root_cause/1").due_at
    undone_at = due + DAY
    story.happened(UNDONE, at=undone_at)
    assert clock(story, "root_cause/1").due_at == undone_at + timedelta(minutes=30)
    assert clock(story, "root_cause/1").warn_at == ()
    assert not events(story, e.Breached), "nobody owed it while it was merged"


def test_a_promise_broken_before_the_merge_stays_broken_and_is_not_broken_twice():
    story = Story().goes_to(Stage.ASSIGNED)
    story.time_passes(clock(story, "root_cause/1").due_at + HOUR)
    broken_at = clock(story, "root_cause/1").breached_at
    story.happened(MERGED).happened(UNDONE)
    again = clock(story, "root_cause/1")
    assert (again.status, again.breached_at) == (ClockStatus.BREACHED, broken_at)
    story.time_passes(story.now + 20 * DAY)
    assert [one.clock_id for one in events(story, e.Breached)].count("root_cause/1") == 1


def test_a_promise_that_waited_for_the_customer_before_the_merge_waits_on_after_it():
    story = Story().goes_to(Stage.ASSIGNED).happened(asked()).happened(MERGED).happened(UNDONE)
    assert statuses(story)["root_cause/1"] == ClockStatus.PAUSED
    since = clock(story, "root_cause/1").paused_since
    story.happened(answered())
    resumed = clock(story, "root_cause/1")
    assert resumed.status == ClockStatus.RUNNING and resumed.pauses[0][0] == since


def test_what_was_cancelled_for_another_reason_stays_so_when_a_merge_is_undone():
    story = Story().goes_to(Stage.INVESTIGATING).goes_to(Stage.IMPLEMENTING).happened(MERGED)
    story.happened(UNDONE).happened(MERGED).happened(UNDONE)
    cancelled = {one.clock_id for one in events(story, e.ClockCancelled) if one.reason != Reason.MERGED}
    assert not cancelled & {clock.clock_id for clock in story.clocks.open()}
    assert statuses(story)["action:a1/1"] == ClockStatus.RUNNING
    story.happened(c.Withdrawn(reason="it works again"))
    assert not list(story.clocks.open())


def test_closing_keeps_its_own_promise_and_cancels_the_rest():
    story = Story().goes_to(Stage.INVESTIGATING)
    assert not list(story.goes_to(Stage.CLOSED).clocks.open())
    assert statuses(story)["closure/1"] == ClockStatus.MET
    bare = Story().happened(received()).happened(c.ClosedBeforeImport(source="old-crm"))
    assert {one.reason for one in events(bare, e.ClockCancelled)} == {Reason.CLOSED}


def test_no_trouble_found_keeps_cause_and_plan():
    story = Story().goes_to(Stage.INVESTIGATING)
    nothing = c.RootCauseFound(
        direct_cause="none", root_cause="none", method=w.Method.FIVE_WHY, verdict=w.Verdict.NO_TROUBLE_FOUND
    )
    story.happened(nothing)
    assert statuses(story)["root_cause/1"] == statuses(story)["action_plan/1"] == ClockStatus.MET


@pytest.mark.parametrize("back_to_planning", [False, True])
def test_reopening_starts_a_new_cycle_of_promises(back_to_planning: bool):
    story = Story().goes_to(Stage.CLOSED).happened(reopened(back_to_planning=back_to_planning))
    fresh = {id for id, status in statuses(story).items() if status == ClockStatus.RUNNING}
    assert fresh == {"action_plan/2", "closure/2", *([] if back_to_planning else ["root_cause/2"])}
    assert not list(story.goes_to(Stage.CLOSED).clocks.open())


def test_history_has_no_live_clocks():
    story = Story(historical=True).goes_to(Stage.CLOSED)
    assert not story.clocks.clocks


# ── never a false breach ──────────────────────────────────────────────────────────────────────────────────────────────
def test_what_happened_in_time_and_was_recorded_late_excuses_the_breach():
    story = Story().goes_to(Stage.RECEIVED).time_passes(MONDAY + 3 * DAY)
    story.happened(acknowledged(), at=MONDAY + HOUR, why_late="the line was down")
    (excused,) = events(story, e.BreachExcused)
    assert (excused.clock_id, excused.happened_at) == ("acknowledgement/1", MONDAY + HOUR)
    assert excused.reason == "the line was down"
    assert statuses(story)["acknowledgement/1"] == ClockStatus.MET
    assert events(story, e.Breached), "the breach stays on record beside its excuse"


def test_the_very_instant_is_in_time():
    story = Story().goes_to(Stage.RECEIVED)
    due = clock(story, "acknowledgement/1").due_at
    story.now = due
    assert statuses(story.happened(acknowledged()))["acknowledgement/1"] == ClockStatus.MET
    assert not [event for event in events(story, e.Breached) if event.clock_id == "acknowledgement/1"]


def test_nothing_is_said_before_its_time_nor_twice():
    story = Story().goes_to(Stage.RECEIVED)
    deadline = clock(story, "acknowledgement/1").next_deadline()
    assert deadline is not None and deadline.kind == DeadlineKind.WARNING
    early = occasion(deadline.at - timedelta(microseconds=1))
    assert list(fire(story.clocks, deadline, early, CALENDAR)) == []
    (warned,) = fire(story.clocks, deadline, occasion(deadline.at), CALENDAR)
    story.say(warned)  # type: ignore[arg-type]
    assert list(fire(story.clocks, deadline, occasion(deadline.at), CALENDAR)) == []
    unknown = Deadline(deadline.at, "closure/9", DeadlineKind.BREACH, 1)
    assert list(fire(story.clocks, unknown, occasion(LATER), CALENDAR)) == []


def test_after_days_of_downtime_everything_comes_in_order():
    story = Story().goes_to(Stage.ASSIGNED)
    for one in story.clocks.open():
        ahead = [passed.deadline for passed in passing(one, LATER, CALENDAR)]
        assert [d.at for d in ahead] == sorted(d.at for d in ahead)
        unanswered = [d.number for d in ahead if d.kind == DeadlineKind.UNANSWERED]
        assert unanswered == list(range(1, len(one.ladder) + 1))
        kinds = [d.kind for d in ahead if d.kind != DeadlineKind.UNANSWERED]
        assert kinds == sorted(kinds, key=["warning", "breach", "escalation"].index)
        assert kinds.count(DeadlineKind.BREACH) == 1
        assert kinds.count(DeadlineKind.ESCALATION) == len(one.ladder)
        assert all(d.at <= LATER for d in ahead)
        assert list(passing(one, one.starts_at, CALENDAR)) == []


def test_an_escalation_is_taken_on_only_when_there_is_one():
    story = Story().goes_to(Stage.ASSIGNED)
    for id in ("root_cause/1", "closure/9"):
        with pytest.raises(Refused) as refused:
            list(
                acknowledge(
                    story.clocks, AcknowledgeEscalation(clock_id=id, decision="ok"), occasion(story.now), OneSite()
                )
            )
        assert (refused.value.rule, refused.value.field) == ("G-ESCALATION", "clock_id")


# ── calendars ─────────────────────────────────────────────────────────────────────────────────────────────────────────
NEXT_YEAR = utc("2027-12-28 01:00")


def in_a_year_not_yet_published() -> Story:
    return Story(begins=NEXT_YEAR).goes_to(Stage.ASSIGNED)


def test_a_due_date_in_a_year_not_yet_published_is_provisional():
    story = in_a_year_not_yet_published()
    assert clock(story, "closure/1").provisional
    assert not clock(story, "acknowledgement/1").provisional


def test_it_is_computed_again_when_the_calendar_is_published():
    story = in_a_year_not_yet_published()
    new_year = {date(2028, 1, 3): "New Year"}
    edition = replace(CALENDAR, version=2, published_through=date(2028, 12, 31), holidays=new_year)
    before = clock(story, "closure/1")
    moved = list(recalculate(story.clocks, edition, story.now))
    assert {event.reason for event in moved} == {Reason.CALENDAR}  # type: ignore[union-attr]
    for event in moved:
        story.say(event)  # type: ignore[arg-type]
    after = clock(story, "closure/1")
    assert (after.due_at, after.provisional, after.calendar) == (before.due_at + DAY, False, "cn-std@2")
    assert list(recalculate(story.clocks, edition, story.now)) == []


def test_an_agreed_day_is_looked_at_again_when_the_calendar_is_published():
    day = date(2028, 1, 6)
    story = Story(begins=NEXT_YEAR).goes_to(Stage.PLANNING).happened(planned("a1", due=day)).goes_to(Stage.IMPLEMENTING)
    before = clock(story, "action:a1/1")
    assert before.provisional and before.due_at == utc("2028-01-06 09:00")
    edition = replace(CALENDAR, version=2, published_through=date(2028, 12, 31), holidays={day: "a day off"})
    for event in list(recalculate(story.clocks, edition, story.now)):
        story.say(event)  # type: ignore[arg-type]
    after = clock(story, "action:a1/1")
    assert (after.due_at, after.provisional) == (
        utc("2028-01-06 16:00"),
        False,
    )  # nobody works then: midnight in Shenzhen
    assert list(recalculate(story.clocks, edition, story.now)) == []


def test_a_clock_that_stands_still_is_computed_again_when_it_runs():
    story = in_a_year_not_yet_published().happened(asked())
    edition = replace(CALENDAR, version=2, published_through=date(2028, 12, 31))
    assert not [x for x in recalculate(story.clocks, edition, story.now) if getattr(x, "clock_id", "") == "closure/1"]
    story.rules.week_days = edition
    assert not clock(story.happened(answered()), "closure/1").provisional


# ── determinism ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_same_facts_make_the_same_clocks():
    def life() -> list[Fact[Any]]:
        story = Story(Log()).goes_to(Stage.ASSIGNED).happened(asked()).happened(answered())
        return story.happened(regraded(Rank.CRITICAL)).time_passes(LATER).goes_to(Stage.CLOSED).facts

    assert life() == life()


def test_keeping_twice_from_the_same_states_says_the_same():
    story, clocks = Story(), Clocks()
    for stage in (Stage.RECEIVED, Stage.ASSIGNED, Stage.VERIFYING, Stage.CLOSED):
        clocks = story.clocks
        story.goes_to(stage)
        fact = [one for one in story.facts if one.kind == "complaint"][-1]
        once, again = (list(keep(clocks, fact, story.case, OneSite())) for _ in range(2))
        assert once == again
        assert all(isinstance(one, (Event, Dated)) for one in once)


def test_what_comes_later_in_a_case_is_read_only_when_a_promise_might_be_broken():
    story = Story().goes_to(Stage.ASSIGNED)
    soon = story.happened(contacted()).facts[-1]
    assert soon.kind == "complaint", "a contact starts and stops nothing here"

    def never() -> list[Fact[Any]]:
        raise AssertionError("of a long case that is much to read")

    assert list(keep(story.clocks, soon, story.case, OneSite(), never)) == []
    late = replace(soon, event=cause(), occurred_at=LATER)
    in_time = replace(soon, event=cause(), version=soon.version + 1)

    def broken(*later: Fact[Any]) -> set[str]:
        said = keep(story.clocks, late, story.case, OneSite(), lambda: later)
        dated = (one.event for one in said if isinstance(one, Dated))
        return {event.clock_id for event in dated if isinstance(event, e.Breached)}

    assert "root_cause/1" in broken() - broken(in_time)
