"""Charges for delay: from the clocks of the case, once for each department, never twice for the same day (S2-47, S2-48)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from services.capa.topics.money import AccrueDelayCharge, ApproveCharge, ExecuteCharge, WaiveCharge
from shared.clocks.state import ClockStatus
from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.kernel.values import Money
from tests.facts import DAY, HOUR, MONDAY, Story, answered, asked
from tests.given import Given, capa
from tests.services.capa.topics.money_world import DELAYS, Going, GoingBy

RULE = e.DelayRule
PLAN, EXECUTION = (AccrueDelayCharge(rule=rule) for rule in RULE)
PLAN_FOR_REAL, EXECUTION_FOR_REAL = (AccrueDelayCharge(rule=rule, dry_run=False) for rule in RULE)
QUALITY = w.Department.QUALITY


def going(story: Story, world: GoingBy | None = None) -> Going:
    world = world or GoingBy("pack-s2", DELAYS)
    world.told = story.clocks
    return Going(Given(capa.topics, story.case, story.now, world))


def planned_late(days: float = 5) -> Story:
    """Assigned on Monday at 14:00 (rank 2: 48 hours for the plan), submitted so many days after Monday 09:00."""
    story = Story().goes_to(Stage.PLANNING)
    story.now = MONDAY + timedelta(days=days)
    story.time_passes(story.now)
    return story.goes_to(Stage.PLAN_REVIEW)


def carried_out_late(days: int) -> Story:
    """Everything in time, but the action of 20 March, a Friday, is done so many days after it at noon."""
    story = Story().goes_to(Stage.PLANNING)
    story.happened(e.ActionPlanned(
        action_id="a1", kind=w.ActionKind.CORRECTIVE, content="x", owner="p-cy", due=date(2026, 3, 20), measure_of_success="y",
    ))  # fmt: skip
    story.goes_to(Stage.IMPLEMENTING)
    story.time_passes(datetime(2026, 3, 20, 4, tzinfo=MONDAY.tzinfo) + days * DAY)
    return story.goes_to(Stage.VERIFYING)


def days(*numbers: int) -> tuple[date, ...]:
    return tuple(date(2026, 3, number) for number in numbers)


@pytest.mark.requirement("S2-47")
def test_a_late_plan_is_charged_ten_for_each_day():
    """Due on Wednesday the 4th, submitted on Saturday the 7th: Thursday and Friday."""
    event = going(planned_late()).asks(PLAN).event()
    assert (event.department, event.days, event.days_late) == (QUALITY, 2, days(5, 6))
    assert (event.per_day, event.amount) == (Money(minor=1_000, currency="CNY"), Money(minor=2_000, currency="CNY"))
    assert event.clock_ids == ("action_plan/1",) and event.rule_version == "pack-s2@1 digest"


@pytest.mark.requirement("S2-48")
def test_a_late_action_is_charged_twenty_for_each_day():
    """Due on Friday the 20th, done on Tuesday the 24th: Monday and Tuesday."""
    event = going(carried_out_late(4)).asks(EXECUTION).event()
    assert (event.days_late, event.amount) == (days(23, 24), Money(minor=4_000, currency="CNY"))
    assert event.clock_ids == ("action:a1/1",)


@pytest.mark.parametrize(
    ("count", "late"),
    [("started_working_days", days(5, 6)), ("started_calendar_days", days(5, 6, 7)), ("full_days", days(5, 6))],
)
def test_the_policy_says_what_a_day_is(count: str, late: tuple[date, ...]):
    world = GoingBy("pack-s2", DELAYS)
    money = world.going_by.pack.money_rules
    assert money is not None and money.delay_charge is not None
    terms = money.delay_charge.model_copy(update={"day_count": count})
    world.without(money_rules=money.model_copy(update={"delay_charge": terms}))
    assert going(planned_late(), world).asks(PLAN).event().days_late == late


def test_nobody_is_charged_for_delay_where_the_policy_does_not_say_so():
    going(planned_late(), GoingBy()).asks(PLAN).refused("G-MONEY")
    going(planned_late(), GoingBy("pack-s1", DELAYS)).asks(PLAN).refused("G-MONEY")
    going(planned_late(), GoingBy(None)).asks(PLAN).refused("G-MONEY")


def test_who_was_in_time_is_charged_nothing():
    going(planned_late(days=2)).asks(PLAN).refused("G-MONEY", "rule")
    going(planned_late()).asks(EXECUTION).refused("G-MONEY", "rule")
    going(carried_out_late(0)).asks(EXECUTION).refused("G-MONEY", "rule")


def test_it_stops_when_the_plan_is_submitted_or_if_the_policy_says_so_approved():
    story = planned_late()
    story.now = MONDAY + 8 * DAY
    story.goes_to(Stage.IMPLEMENTING)
    assert going(story).asks(PLAN).event().days_late == days(5, 6)
    world = GoingBy("pack-s2", DELAYS)
    money = world.going_by.pack.money_rules
    assert money is not None and money.delay_charge is not None
    terms = money.delay_charge.model_copy(update={"stop_at": "approved"})
    world.without(money_rules=money.model_copy(update={"delay_charge": terms}))
    assert going(story, world).asks(PLAN).event().days_late == days(5, 6, 9, 10)
    waiting = going(planned_late(), world)
    waiting.does(PLAN).asks(PLAN_FOR_REAL).refused("G-MONEY")


def test_time_in_which_the_customer_was_waited_for_does_not_count():
    story = Story().goes_to(Stage.PLANNING).happened(asked())
    story.time_passes(MONDAY + 4 * DAY)
    story.happened(answered()).time_passes(MONDAY + 7 * DAY)
    story.goes_to(Stage.PLAN_REVIEW)
    plain, paused = (going(one).asks(PLAN) for one in (planned_late(days=7), story))
    assert plain.event().days_late == days(5, 6, 9)
    assert paused.event().days_late == days(9)


def test_a_delay_that_goes_on_may_be_tried_but_is_charged_once_it_is_over():
    story = Story().goes_to(Stage.PLANNING).time_passes(MONDAY + 4 * DAY + HOUR)
    running = going(story).does(PLAN)
    assert running.charge.of.days_late == days(5, 6)
    running.asks(PLAN_FOR_REAL).refused("G-MONEY")


def test_another_promise_that_is_not_late_yet_holds_nothing_up():
    story = planned_late()
    clock = story.clocks.clocks["action_plan/1"]
    waiting = replace(clock, clock_id="action_plan/2", due_at=story.now + DAY, met_at=None, status=ClockStatus.RUNNING)
    story.clocks = replace(story.clocks, clocks={**story.clocks.clocks, "action_plan/2": waiting})
    assert going(story).does(PLAN).does(PLAN_FOR_REAL).charge.of.clock_ids == ("action_plan/1",)


def test_a_department_is_charged_once_and_by_way_of_a_dry_run_and_two_signatures():
    late = going(planned_late())
    late.asks(PLAN_FOR_REAL).refused("G-MONEY", "dry_run")
    put = late.does(PLAN).does(PLAN_FOR_REAL)
    put.asks(PLAN).refused("G-MONEY", "rule")
    put.does(WaiveCharge(charge_id="m1", reason="the drawing came late"), "p-gm").does(PLAN)
    signed = put.does(ApproveCharge(charge_id="m1"), "p-qh").does(ApproveCharge(charge_id="m1"), "p-gm")
    assert signed.charge.amount == Money(minor=2_000, currency="CNY")
    executed = signed.asks(ExecuteCharge(charge_id="m1", voucher_no="V-2"), "p-fin")
    assert executed.event(1).amount == Money(minor=2_000, currency="CNY")


def test_both_rules_may_charge_a_department_but_never_for_the_same_day():
    story = planned_late()
    put = going(story).does(PLAN).does(PLAN_FOR_REAL)
    clock = story.clocks.clocks["action_plan/1"]
    assert clock.met_at is not None
    action = replace(
        clock, clock_id="action:a1/1", clause="action", due_at=clock.due_at + DAY, met_at=clock.met_at + 3 * DAY
    )
    world = GoingBy("pack-s2", DELAYS)
    world.told = replace(story.clocks, clocks={**story.clocks.clocks, action.clock_id: action})
    both = Going(replace(put.given, world=world))
    assert both.asks(EXECUTION).event().days_late == days(9, 10)
    alone = Going(replace(put.given, case=story.case, world=world))
    assert alone.asks(EXECUTION).event().days_late == days(6, 9, 10)


def test_a_delay_of_more_days_than_a_charge_holds_is_an_answer_never_a_bug():
    story = planned_late()
    clock = story.clocks.clocks["action_plan/1"]
    assert clock.met_at is not None
    world = GoingBy("pack-s2", DELAYS)
    clocks = {clock.clock_id: replace(clock, met_at=clock.met_at + 8_000 * DAY)}
    world.told = replace(story.clocks, clocks=clocks)
    Going(Given(capa.topics, story.case, story.now, world)).asks(PLAN).refused("G-MONEY", "rule")


def test_what_was_cancelled_is_not_charged():
    story = Story().goes_to(Stage.PLANNING).time_passes(MONDAY + 5 * DAY)
    story.happened(e.Withdrawn(reason="never mind"))
    case = Story().goes_to(Stage.PLANNING).case
    world = GoingBy("pack-s2", DELAYS)
    world.told = story.clocks
    Going(Given(capa.topics, case, story.now, world)).asks(PLAN).refused("G-MONEY", "rule")


def test_a_case_of_no_department_charges_none():
    capa.given(Stage.RECEIVED).in_a_world(GoingBy("pack-s2", DELAYS)).when(PLAN).refused("G-MONEY", "department")
    named = AccrueDelayCharge(rule=RULE.EXECUTION_LATE, department=w.Department.RND)
    going(carried_out_late(4)).asks(named).refused("G-MONEY", "rule")
