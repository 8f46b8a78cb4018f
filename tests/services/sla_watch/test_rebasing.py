"""Five causes move a due date, each by the pack's rule; what was broken before stays broken (domain §4.5.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.sla_watch.case_clocks import CaseClocks
from services.sla_watch.rebasing import by_another_calendar, graded_anew
from shared.clocks.state import Clock, ClockStatus
from shared.clocks.worktime import Target, due
from shared.complaint.state import Stage
from shared.events import clocks as e
from shared.events import complaint as c
from shared.events.clocks import Reason
from shared.kernel.ids import derived
from shared.kernel.values import Rank
from shared.policy.policies import Policy
from tests.facts import DAY, HOUR, OneSite, Story, reopened
from tests.policies import policy, policy_of

CALENDAR = OneSite.week_days
HALF_AN_HOUR = timedelta(minutes=30)


def going_by(rebase: str, extends: str = "pack-s0") -> Policy:
    return policy_of(
        f"meta: {{id: ours, version: 1, title: {{en: Ours, zh: 我们的}}, extends: {extends}}}\nrebase: {rebase}\n"
    )


def story(policy: Policy | None = None, stage: Stage = Stage.ASSIGNED) -> Story:
    told = Story()
    told.rules.going_by = policy_by_default if policy is None else policy  # type: ignore[misc]
    return told.goes_to(stage)


policy_by_default = policy("pack-s0")


def clock(told: Story, id: str = "root_cause/1") -> Clock:
    return told.clocks.clocks[id]


def moved(told: Story, id: str = "root_cause/1") -> list[e.ClockRebased]:
    return [one.event for one in told.facts if isinstance(one.event, e.ClockRebased) and one.event.clock_id == id]


def graver() -> c.GradeChanged:
    return c.GradeChanged(was="P2", grade="P1", rank=Rank.CRITICAL, basis=c.GradeBasis.CONFIRMED, reason="smoke")


def merged_in(received_at: Any, rank: Rank | None = None) -> c.ComplaintMergedIn:
    return c.ComplaintMergedIn(
        merged=derived("other"), merged_case_no="SZ-2026-00009", received_at=received_at, rank=rank, reason="same lot"
    )


# ── another grade ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_from_the_original_start_but_never_less_than_half_an_hour():
    told = story()
    start = clock(told).starts_at
    told.happened(graver(), at=start + 2 * HOUR)
    assert clock(told).due_at == start + 24 * HOUR
    late = story()
    at = clock(late).starts_at + 30 * HOUR
    late.happened(graver(), at=at)
    assert clock(late).due_at == at + HALF_AN_HOUR


def test_from_the_change_on():
    told = story(going_by("{regrade: change_time}"))
    at = clock(told).starts_at + 30 * HOUR
    told.happened(graver(), at=at)
    assert clock(told).due_at == at + 24 * HOUR and clock(told).start == at != clock(told).starts_at


def test_or_nothing_moves():
    told = story(going_by("{regrade: keep}"))
    was = clock(told)
    told.happened(graver())
    assert clock(told) == was and not moved(told)


def test_how_little_is_left_at_least_is_the_policys():
    told = story(going_by("{regrade_floor: PT2H}"))
    at = clock(told).starts_at + 30 * HOUR
    told.happened(graver(), at=at)
    assert clock(told).due_at == at + 2 * HOUR


def test_where_the_same_is_promised_only_the_ladder_changes():
    ours = policy_of(
        "meta: {id: ours, version: 1, title: {en: Ours, zh: 我们的}, extends: pack-s0}\n"
        "clauses: {CL-RCA: {targets: {all: wd3}, ladder: C}}\n"
    )
    told = story(ours)
    was = clock(told)
    told.happened(graver(), at=was.due_at - timedelta(minutes=10))
    now = clock(told)
    assert now.due_at == was.due_at and now.ladder != was.ladder and now.not_before is None


# ── another policy ────────────────────────────────────────────────────────────────────────────────────────────────────
def migrated(told: Story, to: Policy, at: Any) -> Story:
    now = CaseClocks(told.clocks, {one.clock_id: one for one in told.clocks.open()}, told.case, to, CALENDAR)
    for event in graded_anew(now, at, Reason.POLICY):
        told.say(event, at)
    return told


def test_a_migration_moves_what_runs_to_what_the_new_policy_promises():
    told = story()
    start = clock(told).starts_at
    migrated(told, policy("pack-s1"), start + HOUR)
    (one,) = moved(told)
    assert (
        one.reason == Reason.POLICY
        and one.target == "wd5"
        and one.due_at == due(CALENDAR, start, Target.parse("wd5")).at
    )


# ── a merge ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_survivor_answers_from_the_earlier_receipt():
    told = story(policy("pack-s1"), Stage.RECEIVED)
    was = clock(told, "first_response/1")
    earlier = was.starts_at - 2 * HOUR
    told.happened(merged_in(earlier))
    now = clock(told, "first_response/1")
    assert now.start == earlier and now.due_at == max(was.due_at - 2 * HOUR, told.facts[-2].occurred_at + HALF_AN_HOUR)
    later = story(policy("pack-s1"), Stage.RECEIVED)
    was = clock(later, "first_response/1")
    assert clock(later.happened(merged_in(was.starts_at + HOUR)), "first_response/1") == was


def test_the_survivor_goes_by_the_graver_grade_until_the_merge_is_undone():
    told = story()
    was = clock(told)
    told.happened(merged_in(was.starts_at, Rank.CRITICAL))
    assert (clock(told).target, clock(told).due_at) == ("PT24H", was.starts_at + 24 * HOUR)
    told.happened(
        c.ComplaintMergedOut(merged=derived("other"), merged_case_no="SZ-2026-00009", reason="another defect")
    )
    assert (clock(told).target, clock(told).due_at) == (was.target, was.due_at)
    assert [one.reason for one in moved(told)] == [Reason.MERGED, Reason.MERGED]


def test_a_policy_may_leave_the_survivor_as_it_is():
    told = story(going_by("{merge: keep}"))
    was = clock(told)
    assert clock(told.happened(merged_in(was.starts_at - DAY, Rank.CRITICAL))) == was


# ── reopening ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def closed_and_reopened(policy: Policy | None) -> Story:
    told = story(policy, Stage.CLOSED)
    told.now += 5 * DAY
    return told.happened(reopened(2))


def test_a_reopened_case_has_new_promises_and_the_old_results_stay():
    told = closed_and_reopened(None)
    assert clock(told).status == ClockStatus.MET and clock(told, "root_cause/2").status == ClockStatus.RUNNING


def test_or_the_old_promise_goes_on_without_the_days_it_lay_closed():
    told = closed_and_reopened(going_by("{reopen: resume}"))
    ended = next(
        one.event.met_at for one in told.facts if isinstance(one.event, e.Met) and one.event.clock_id == "root_cause/1"
    )
    (one,) = moved(told)
    at = told.facts[-1].occurred_at
    assert one.reason == Reason.REOPEN and one.idle == e.Idle(since=ended, until=at)
    assert clock(told).status == ClockStatus.RUNNING and "root_cause/2" not in told.clocks.clocks
    assert clock(told).due_at == due(CALENDAR, clock(told).starts_at, Target.parse("wd3"), [(ended, at)]).at > at


def test_or_nothing_is_promised_anew():
    told = closed_and_reopened(going_by("{reopen: ignore}"))
    assert clock(told).status == ClockStatus.MET and "root_cause/2" not in told.clocks.clocks and not moved(told)


# ── another calendar ──────────────────────────────────────────────────────────────────────────────────────────────────
def amended(told: Story, *free: date, at: Any = None) -> Story:
    calendar = replace(CALENDAR, version=2, holidays=dict.fromkeys(free, "power cut"))
    for event in list(by_another_calendar(told.clocks, calendar, at or told.now)):
        told.say(event, at)  # type: ignore[arg-type]
    return told


def test_a_day_that_becomes_free_moves_what_runs():
    told = story()
    was = clock(told)
    amended(told, date(2026, 3, 4))
    assert clock(told).due_at == was.due_at + DAY and clock(told).calendar == "cn-std@2"
    assert [one.reason for one in moved(told)] == [Reason.CALENDAR]


def test_a_free_day_that_is_worked_takes_nothing_from_anybody_at_the_last_minute():
    """It was free when the promise was made; the amendment may not break the promise by itself."""
    told = amended(story(), date(2026, 3, 4), date(2026, 3, 5), date(2026, 3, 6))
    due_at = clock(told).due_at
    at = due_at - 2 * HOUR
    amended(told, at=at)
    assert clock(told).due_at == at + HALF_AN_HOUR < due_at


def test_what_no_calendar_measures_stays():
    told = story(stage=Stage.RECEIVED)
    before = dict(told.clocks.clocks)
    amended(told, date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4))
    assert {id: one for id, one in before.items() if one.target.startswith("PT")} == {
        id: one for id, one in told.clocks.clocks.items() if one.target.startswith("PT")
    }


# ── after a breach ────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "cause",
    [
        lambda told, at: told.happened(graver(), at=at),
        lambda told, at: migrated(told, policy("pack-s1"), at),
        lambda told, at: told.happened(merged_in(clock(told).starts_at - DAY, Rank.CRITICAL), at=at),
        lambda told, at: amended(told, date(2026, 3, 4), at=at),
    ],
    ids=["regrade", "policy", "merge", "calendar"],
)
def test_a_breach_stays_a_breach(cause: Callable[[Story, Any], Story]):
    told = story()
    due_at = clock(told).due_at
    told.time_passes(due_at + HOUR)
    was = clock(told)
    assert was.status == ClockStatus.BREACHED
    now = clock(cause(told, due_at + 2 * HOUR))
    assert (now.status, now.breached_at, now.due_at) == (ClockStatus.BREACHED, due_at, due_at) and not moved(told)


def test_a_reopened_case_that_goes_on_with_a_broken_promise_says_so():
    told = story(going_by("{reopen: resume}"))
    due_at = clock(told).due_at
    told.time_passes(due_at + HOUR).goes_to(Stage.CLOSED)
    assert clock(told).status == ClockStatus.MET_LATE
    told.happened(reopened(2))
    assert (clock(told).status, clock(told).breached_at) == (ClockStatus.BREACHED, due_at)
