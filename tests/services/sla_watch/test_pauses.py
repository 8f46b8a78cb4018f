"""A promise stands still for reasons, each second once, and no longer than allowed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.sla_watch.clauses import CLAUSES
from shared.clocks.state import Clock, ClockStatus, DeadlineKind
from shared.clocks.worktime import Target, due
from shared.complaint.state import Stage
from shared.events import clocks as e
from shared.events import complaint as c
from shared.events.waiting import Wait
from shared.events.words import AskedOf
from shared.kernel.values import Rank
from shared.policy.policies import Policy
from tests.facts import DAY, HOUR, MONDAY, OneSite, Story, answered, asked
from tests.policies import policy_of

CALENDAR = OneSite.week_days
OURS = """
meta: {id: ours, version: 1, title: {en: Ours, zh: 我们的}, extends: pack-s0}
"""


def going_by(text: str) -> Policy:
    return policy_of(OURS + text)


def waiting(wait: Wait, id: str = "w1") -> c.WaitBegan:
    return c.WaitBegan(wait_id=id, wait=wait, explanation="on its way")


def over(id: str = "w1") -> c.WaitEnded:
    return c.WaitEnded(wait_id=id, outcome="it is here")


def story(policy: Policy | None = None) -> Story:
    told = Story()
    if policy is not None:
        told.rules.going_by = policy  # type: ignore[misc]
    return told.goes_to(Stage.ASSIGNED)


def clock(told: Story, id: str = "root_cause/1") -> Clock:
    return told.clocks.clocks[id]


def later(told: Story, after: timedelta) -> Story:
    told.now += after - HOUR
    return told


# ── reasons ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("wait", "stand_still"),
    [
        (Wait.SAMPLE, {"root_cause/1"}),
        (Wait.SUPPLIER, {"root_cause/1"}),
        (Wait.CUSTOMS, {"root_cause/1", "action_plan/1"}),
        (Wait.FORCE_MAJEURE, {"root_cause/1", "action_plan/1"}),
    ],
)
def test_each_promise_waits_for_what_its_clause_allows(wait: Wait, stand_still: set[str]):
    told = story().happened(waiting(wait))
    paused = {id for id, one in told.clocks.clocks.items() if one.status == ClockStatus.PAUSED}
    assert paused == stand_still
    assert all(one.status != ClockStatus.PAUSED for one in told.happened(over()).clocks.clocks.values())


def test_a_question_to_a_supplier_lets_the_cause_wait_as_well():
    assert clock(story().happened(asked(of=AskedOf.SUPPLIER))).waits == (Wait.SUPPLIER,)


def test_a_promise_to_an_authority_never_stands_still():
    assert next(one for one in CLAUSES if one.name == "authority_report").pauses == frozenset()


def test_two_reasons_at_once_give_time_back_once():
    """The due date moves by what was paused, whichever of the reasons was there (D3)."""
    told = story()
    was = clock(told).due_at
    later(told, DAY).happened(waiting(Wait.SAMPLE))
    since = clock(told).paused_since
    later(told, 2 * HOUR).happened(asked())
    assert set(clock(told).waits) == {Wait.CUSTOMER, Wait.SAMPLE} and clock(told).paused_since == since
    later(told, 2 * HOUR).happened(over())
    assert clock(told).waits == (Wait.CUSTOMER,) and clock(told).status == ClockStatus.PAUSED
    later(told, 20 * HOUR).happened(answered())
    ((began, ended),) = clock(told).pauses
    assert (began, ended) == (since, told.facts[-1].occurred_at)
    assert clock(told).due_at == due(CALENDAR, clock(told).starts_at, Target.parse("wd3"), [(began, ended)]).at > was


# ── the longest pause ─────────────────────────────────────────────────────────────────────────────────────────────────
def exhausted(policy: Policy | None = None) -> Story:
    told = story(policy).happened(waiting(Wait.SAMPLE))
    until = clock(told).paused_until
    assert until is not None
    return told.time_passes(until)


def test_a_pause_ends_by_itself_after_ten_working_days():
    told = exhausted()
    began = clock(told).starts_at
    ((since, until),) = clock(told).pauses
    assert since >= began and until == due(CALENDAR, since, Target.parse("wd10")).at
    assert clock(told).status == ClockStatus.RUNNING and clock(told).exhausted
    (resumed,) = [one.event for one in told.facts if isinstance(one.event, e.ClockResumed)]
    assert resumed.exhausted and resumed.resumed_at == until and resumed.due_at == clock(told).due_at > until
    assert clock(told).next_deadline().kind == DeadlineKind.WARNING  # type: ignore[union-attr]


def test_what_goes_on_waiting_is_not_paused_again_by_something_else():
    told = exhausted().goes_to(Stage.INVESTIGATING)
    assert clock(told).status == ClockStatus.RUNNING
    broken = told.time_passes(MONDAY + 60 * DAY)
    assert clock(broken).breached_at == clock(broken).due_at


def test_a_new_wait_is_a_new_pause():
    told = exhausted().happened(asked())
    assert clock(told).status == ClockStatus.PAUSED and not clock(told).exhausted
    told.happened(answered()).happened(over())
    assert clock(told).status == ClockStatus.RUNNING and len(clock(told).pauses) == 2


def test_a_question_to_a_colleague_is_no_new_wait():
    told = exhausted().happened(asked(of=AskedOf.INTERNAL))
    assert clock(told).status == ClockStatus.RUNNING and clock(told).exhausted


def test_how_long_is_the_policys():
    told = exhausted(going_by("time: {max_pause: wd2}"))
    ((since, until),) = clock(told).pauses
    assert until == due(CALENDAR, since, Target.parse("wd2")).at


def test_a_watcher_that_was_down_ends_the_pause_at_the_same_instant():
    told = story().happened(waiting(Wait.SAMPLE))
    until = clock(told).paused_until
    assert until is not None
    told.happened(over(), at=until + 10 * DAY).time_passes(until + 11 * DAY)
    said = [one.event for one in told.facts if getattr(one.event, "clock_id", "") == "root_cause/1"]
    assert [type(event) for event in said][2:3] == [e.ClockResumed] and clock(told).pauses[0][1] == until
    assert clock(told).breached_at == clock(told).due_at < until + 10 * DAY


# ── whole days ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_policy_may_give_back_whole_days_alone():
    """Paused from Tuesday noon to Friday morning: Wednesday and Thursday are given back, and no hours (§4.5.3)."""
    dues = []
    for rule in ("exact", "whole_days"):
        told = story(going_by(f"time: {{pause_day_rule: {rule}}}"))
        later(told, DAY).happened(waiting(Wait.SAMPLE))
        later(told, 3 * DAY - 2 * HOUR).happened(over())
        assert clock(told).whole_days == (rule == "whole_days")
        dues.append(clock(told).due_at)
    exact, whole = dues
    pauses = clock(told).pauses
    target = Target.parse(clock(told).target)
    assert whole == due(CALENDAR, clock(told).starts_at, target, pauses, whole_days=True).at
    assert exact == due(CALENDAR, clock(told).starts_at, target, pauses).at
    assert f"{whole.astimezone(CALENDAR.tz):%H:%M}" == "17:00" and whole < exact


# ── with a least time ─────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_half_hour_after_a_regrade_is_not_lost_when_the_clock_stands_still():
    told = story()
    at = told.now = clock(told).due_at - timedelta(minutes=10)
    told.happened(
        c.GradeChanged(was="P2", grade="P1", rank=Rank.CRITICAL, basis=c.GradeBasis.CONFIRMED, reason="smoke")
    )
    assert clock(told).due_at == at + timedelta(minutes=30)
    told.happened(waiting(Wait.SAMPLE), at=at + timedelta(minutes=10))
    told.happened(over(), at=at + timedelta(minutes=10) + DAY)
    assert clock(told).due_at == at + timedelta(minutes=30) + DAY
