"""When a promise warns: at shares of its time, or so long before its end; counted anew whenever that moves (domain §4.5.2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from services.sla_watch.case_clocks import CaseClocks, warned
from services.sla_watch.duties import keep_duties
from services.sla_watch.rebasing import by_another_calendar, graded_anew
from shared.clocks.duties import Duties
from shared.clocks.state import Clock, Clocks, ClockStatus, after
from shared.complaint.state import Stage
from shared.events import clocks as e
from shared.events import complaint as c
from shared.events.clocks import Reason
from shared.kernel.ids import derived
from shared.kernel.values import Rank
from shared.policy.policies import Policy
from tests.facts import DAY, HOUR, MONDAY, OneSite, Story, acknowledged, asked, planned, received, reopened
from tests.policies import policy, policy_of
from tests.services.sla_watch.clauses.example import APPROVED, SENT, STONES, SUBMITTED, disputed, told
from tests.shared.clocks.test_worktime import at as local

CALENDAR = OneSite.week_days
MINUTE = timedelta(minutes=1)


def ours(clauses: str, extends: str = "pack-s0", rebase: str = "{}") -> Policy:
    return policy_of(
        f"meta: {{id: ours, version: 1, title: {{en: Ours, zh: 我们的}}, extends: {extends}}}\n"
        f"clauses: {clauses}\nrebase: {rebase}\n"
    )


def story(policy: Policy, stage: Stage | None = None) -> Story:
    found = Story()
    found.rules.going_by = policy  # type: ignore[misc]
    return found if stage is None else found.goes_to(stage)


def clock(told: Story, id: str) -> Clock:
    return told.clocks.clocks[id]


def issued(told: Story, id: str) -> list[datetime]:
    return [f.event.warned_at for f in told.facts if isinstance(f.event, e.WarningIssued) and f.event.clock_id == id]


def approved(due: date, **changed: Any) -> Story:
    """An action that is approved on Monday at noon, an hour after the plan."""
    found = story(policy("pack-s0"), Stage.PLANNING).happened(told(planned(due=due), **changed)).happened(SUBMITTED)
    return found.happened(APPROVED)


# ── so long before ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_action_warns_a_week_and_a_day_before_the_day_that_was_agreed():
    found = approved(date(2026, 3, 20))
    wanted = [local("2026-03-13 17:00"), local("2026-03-19 17:00")]
    assert list(clock(found, "action:a1/1").warn_at) == wanted
    assert issued(found.time_passes(MONDAY + 30 * DAY), "action:a1/1") == wanted


def test_what_lies_before_the_start_is_not_said():
    assert clock(approved(date(2026, 3, 5)), "action:a1/1").warn_at == (local("2026-03-04 17:00"),)
    assert clock(approved(date(2026, 3, 2)), "action:a1/1").warn_at == ()


def test_a_milestone_warns_three_days_before():
    found = approved(date(2026, 3, 20), milestones=STONES)
    assert clock(found, "milestone:a1.1/1").warn_at == (local("2026-03-07 17:00"),)


def test_a_promised_call_warns_an_hour_before():
    by = MONDAY + 6 * HOUR
    found = story(policy("pack-s1")).happened(received()).happened(told(acknowledged(), promised_contact_by=by))
    assert clock(found, "promised_contact/1").warn_at == (by - HOUR,)


def test_a_promise_in_working_days_warns_a_working_day_before_over_the_weekend():
    found = story(policy("pack-s2"), Stage.ASSIGNED).happened(disputed(), at=local("2026-03-05 10:00"))
    dispute = clock(found, "stocktake:d1/1")
    assert (dispute.due_at, dispute.warn_at) == (local("2026-03-10 17:00"), (local("2026-03-09 17:00"),))
    friday = story(policy("pack-s2"), Stage.ASSIGNED).happened(disputed(), at=local("2026-03-04 10:00"))
    assert clock(friday, "stocktake:d1/1").warn_at == (local("2026-03-06 17:00"),)


def test_a_pack_may_say_both_and_a_share_of_the_way_to_an_agreed_day_as_well():
    rules = ours("{CL-ACTION: {warn: [50%, cd1, PT2H:biz]}, CL-ACK: {warn: [PT15M, 50]}}")
    found = story(rules).happened(received())
    assert clock(found, "acknowledgement/1").warn_at == (MONDAY + HOUR / 2, MONDAY + 3 * HOUR / 4)
    found.goes_to(Stage.PLANNING).happened(planned(due=date(2026, 3, 6))).happened(SUBMITTED)
    found.happened(APPROVED, at=local("2026-03-04 17:00"))
    assert clock(found, "action:a1/1").warn_at == (
        local("2026-03-05 17:00"), local("2026-03-05 17:00") + 22 * HOUR
    )  # fmt: skip  # half of two working days, which is a day before as well; and two hours of work before


def test_the_reminders_of_a_request_hold_until_the_day_that_was_set_for_it():
    found = story(policy("pack-s0")).happened(received()).happened(told(asked(), due=date(2026, 3, 6)))
    assert clock(found, "information:i1/1").warn_at == (local("2026-03-05 00:00"),)


def test_never_more_often_than_warnings_are_numbered():
    found = story(ours("{CL-ACK: {warn: [5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55]}}")).happened(received())
    assert len(clock(found, "acknowledgement/1").warn_at) == 9
    assert len(issued(found.time_passes(MONDAY + 2 * HOUR), "acknowledgement/1")) == 9


# ── counted anew ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_after_a_pause_it_warns_before_the_new_instant():
    found = story(ours("{CL-REMEDY: {warn: [wd1]}}", "pack-s2"), Stage.ASSIGNED)
    found.happened(SENT, at=local("2026-03-03 10:00"))
    assert clock(found, "replacement:n1/1").warn_at == (local("2026-03-04 17:00"),)
    found.happened(asked("i9"), at=local("2026-03-03 17:00"))
    found.happened(c.InformationProvided(request_id="i9", answer="here"), at=local("2026-03-05 17:00"))
    now = clock(found, "replacement:n1/1")
    assert (now.due_at, now.warn_at) == (local("2026-03-09 17:00"), (local("2026-03-06 17:00"),))


def test_another_agreed_day_warns_anew_but_not_of_what_is_past():
    found = approved(date(2026, 3, 20)).time_passes(local("2026-03-13 18:00"))
    assert issued(found, "action:a1/1") == [local("2026-03-13 17:00")]
    later = c.ActionDueDateChanged(
        action_id="a1", old_due=date(2026, 3, 20), new_due=date(2026, 3, 25), reason="the mould is late", count=1
    )
    found.happened(later)
    assert clock(found, "action:a1/1").warn_at == (local("2026-03-18 17:00"), local("2026-03-24 17:00"))
    sooner = later.model_copy(update={"old_due": date(2026, 3, 25), "new_due": date(2026, 3, 16), "count": 2})
    found.happened(sooner)
    assert clock(found, "action:a1/1").warn_at == (local("2026-03-15 17:00"),)


def root_cause(policy: Policy, stage: Stage = Stage.ASSIGNED) -> Story:
    """A cause that is owed from Monday, 14:00, until Thursday, 17:00, and warns two hours before."""
    found = story(policy, stage)
    assert clock(found, "root_cause/1").warn_at[-1:] == (local("2026-03-05 15:00"),)
    return found


TWO_HOURS = "{CL-RCA: {warn: [PT2H]}}"


def test_another_grade_warns_before_its_own_end():
    graver = c.GradeChanged(was="P2", grade="P1", rank=Rank.CRITICAL, basis=c.GradeBasis.CONFIRMED, reason="smoke")
    found = root_cause(ours(TWO_HOURS))
    start = clock(found, "root_cause/1").starts_at
    found.happened(graver, at=start + HOUR)
    assert clock(found, "root_cause/1").warn_at == (start + 22 * HOUR,)
    late = root_cause(ours(TWO_HOURS, rebase="{regrade_floor: PT3H}")).happened(graver, at=start + 30 * HOUR)
    now = clock(late, "root_cause/1")
    assert (now.due_at, now.warn_at) == (start + 33 * HOUR, (start + 31 * HOUR,)), "of what is left at least, too"
    passed = root_cause(ours(TWO_HOURS)).happened(graver, at=start + 30 * HOUR)
    assert clock(passed, "root_cause/1").warn_at == (), "with half an hour left, nobody is told of two"


def test_another_policy_warns_as_it_says():
    found = root_cause(ours(TWO_HOURS))
    now = CaseClocks(
        found.clocks, {one.clock_id: one for one in found.clocks.open()}, found.case,
        ours("{CL-RCA: {targets: {all: wd4}, warn: [wd1, 50]}}"), CALENDAR,
    )  # fmt: skip
    for event in list(graded_anew(now, found.now, Reason.POLICY)):
        found.say(event)
    moved = clock(found, "root_cause/1")
    assert (moved.due_at, moved.warn_before, moved.warn) == (local("2026-03-06 17:00"), ("wd1",), (50,))
    assert moved.warn_at[-1] == local("2026-03-05 17:00") and len(moved.warn_at) == 2


def test_a_merge_and_its_end_warn_anew():
    found = root_cause(ours(TWO_HOURS))
    start = clock(found, "root_cause/1").starts_at
    other = {"merged": derived("other"), "merged_case_no": "SZ-2026-00009", "reason": "same lot"}
    found.happened(c.ComplaintMergedIn(received_at=start, rank=Rank.CRITICAL, **other))  # type: ignore[arg-type]
    assert clock(found, "root_cause/1").warn_at == (start + 22 * HOUR,)
    found.happened(c.ComplaintMergedOut(**other))  # type: ignore[arg-type]
    assert clock(found, "root_cause/1").warn_at == (local("2026-03-05 15:00"),)


def test_what_an_undone_merge_takes_up_again_warns_of_what_is_left():
    found = story(ours("{CL-RCA: {warn: [PT10M, PT2H]}}"), Stage.ASSIGNED)
    due_at = clock(found, "root_cause/1").due_at
    found.happened(
        c.Merged(survivor=derived("other"), survivor_case_no="SZ-2026-00009", reason="same"), at=due_at - HOUR
    )
    found.happened(
        c.MergeUndone(reason="another defect", survivor=derived("other"), survivor_case_no="SZ-2026-00009"),
        at=due_at - MINUTE,
    )
    now = clock(found, "root_cause/1")
    assert now.due_at == due_at + 29 * MINUTE and now.warn_at == (due_at + 19 * MINUTE,)


def test_a_reopened_case_warns_when_the_days_it_lay_closed_have_been_given_back():
    found = root_cause(ours(TWO_HOURS, rebase="{reopen: resume}")).goes_to(Stage.CLOSED)
    found.now += 5 * DAY
    found.happened(reopened(2))
    now = clock(found, "root_cause/1")
    assert now.warn_at == (now.due_at - 2 * HOUR,) and now.status == ClockStatus.RUNNING


def test_another_calendar_warns_by_its_own_days():
    found = root_cause(ours("{CL-RCA: {warn: [wd1, PT2H]}}"))
    friday_free = replace(CALENDAR, version=2, holidays={date(2026, 3, 5): "power cut", date(2026, 3, 6): "power cut"})
    for event in list(by_another_calendar(found.clocks, friday_free, found.now)):
        found.say(event)
    now = clock(found, "root_cause/1")
    assert (now.due_at, now.warn_at) == (
        local("2026-03-09 17:00"),
        (local("2026-03-04 17:00"), local("2026-03-09 15:00")),
    )
    at = local("2026-03-05 16:45")
    for event in list(by_another_calendar(found.clocks, replace(CALENDAR, version=3), at)):
        found.say(event, at)
    now = clock(found, "root_cause/1")
    assert (now.due_at, now.warn_at) == (at + 30 * MINUTE, ()), "with half an hour left, nobody is told of two"


def test_reminders_outlive_another_calendar():
    rolled = story(policy("pack-s0")).happened(received()).happened(asked())
    was = clock(rolled, "information:i1/1")
    for event in list(by_another_calendar(rolled.clocks, replace(CALENDAR, version=2, days_end="close"), rolled.now)):
        rolled.say(event)
    now = clock(rolled, "information:i1/1")
    assert now.due_at < was.due_at and len(now.warn_at) == len(was.warn_at) == 2


# ── duties of a site ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_statement_of_costs_warns_on_thursday_and_as_a_pack_says():
    def begun(rules: Policy) -> list[tuple[datetime, ...]]:
        world = OneSite()
        world.going_by = rules  # type: ignore[misc]
        said = list(keep_duties(Duties(), "sz", MONDAY, world))
        return [one.warn_at for one in said if isinstance(one, e.ClockStarted) and one.clause == "weekly_costs"]

    assert begun(policy("pack-s2")) == [(local("2026-03-05 17:00"),)]
    assert begun(ours("{CL-COST-W: {warn: [PT1H]}}", "pack-s2")) == [(local("2026-03-06 16:00"),)]


# ── what was recorded before ──────────────────────────────────────────────────────────────────────────────────────────
def older(target: str, **more: Any) -> Clock:
    """As it was told before warnings could be said as lengths."""
    started = e.ClockStarted(
        clock_id="action:a1/1", clause="action", cycle=1, starts_at=MONDAY, target=target, due_at=MONDAY + 3 * DAY,
        calendar="cn-std@1", source="S0-40", warn_at=(MONDAY + 2 * DAY,), **more,
    )  # fmt: skip
    return after(Clocks(), started).clocks["action:a1/1"]


@pytest.mark.parametrize("more", [{}, {"warn": (50, 80)}])
def test_an_agreed_day_that_was_told_before_goes_on_warning_a_day_before(more: dict[str, Any]):
    assert older("date", **more).warn_at == (MONDAY + 2 * DAY,)
    assert warned(older("date", **more)) == ("cd1",)


def test_shares_that_were_told_before_go_on():
    assert warned(older("wd3", warn=(50,))) == (50,)
