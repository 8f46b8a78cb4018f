"""Who hears of what, by the rules that ship with Casetrail and by a company's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.notify.domain import Notice, notices
from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.events.clocks import Breached, ClockResumed, Escalated, EscalationUnanswered, WarningIssued
from shared.events.organisation import Role
from shared.events.signatures import StepSigned
from shared.events.waiting import Wait
from shared.kernel.fact import Event
from shared.kernel.values import Rank
from shared.policy.notice_rules import Notifications
from shared.policy.pack import Pack, Routing, effective
from shared.policy.pack_check import lineage
from shared.policy.shipped import shipped
from tests.examples import example
from tests.facts import (
    DAY,
    MONDAY,
    Story,
    acknowledged,
    answered,
    asked,
    assigned,
    classified,
    planned,
    received,
    registered,
)


def whole(id: str) -> Pack:
    return effective(lineage(shipped()[id], shipped()))


BASE = whole("pack-base")


def with_rules(pack: Pack = BASE, **changed: Any) -> Pack:
    """The pack with some of its notifications said otherwise."""
    said = pack.notifications.model_dump(exclude_unset=True) if pack.notifications else {}
    return pack.model_copy(update={"notifications": Notifications.model_validate({**said, **changed})})


def told(story: Story, pack: Pack = BASE) -> list[Notice]:
    """What the last fact of a case leads to."""
    return list(notices(story.facts[-1], story.case, story.clocks, pack))


def at(stage: Stage, *events: Event, clocks: bool = False, **changed: Any) -> Story:
    """A case at a stage to which something more has happened."""
    story = Story(clocks=clocks, **changed).goes_to(stage)
    for event in events:
        story.happened(event)
    return story


def whom(found: list[Notice]) -> dict[str, tuple[str, ...]]:
    return {notice.template: notice.to for notice in found}


# ── S0-23, S3-14, S4-67 ───────────────────────────────────────────────────────────────────────────────────────────────
def test_the_head_of_quality_hears_of_a_rank_1_case_at_once():
    found = {notice.template: notice for notice in told(at(Stage.REGISTERED, classified(Rank.CRITICAL)))}
    assert found["critical_case"].to == ("role:quality_head",)
    assert found["critical_case"].at_once


@pytest.mark.parametrize("rank", [Rank.MAJOR, Rank.MINOR, Rank.NEGLIGIBLE])
def test_and_of_no_other_so(rank: Rank):
    assert "critical_case" not in whom(told(at(Stage.REGISTERED, classified(rank))))


def test_a_policy_may_name_others_for_the_gravest_cases():
    pack = BASE.model_copy(update={"routing": Routing(rank1_notify=("aftersales_manager", "chairman"))})
    found = whom(told(at(Stage.REGISTERED, classified(Rank.CRITICAL)), pack))
    assert found["critical_case"] == ("role:aftersales_manager", "role:chairman")


def test_the_site_that_a_case_is_handed_to_is_told_there():
    event = e.TransferredToSite(from_site="sz", to_site="dd", reason="made there", handover_state="nothing done yet")
    assert whom(told(at(Stage.ASSIGNED, event))) == {"transfer_waits": ("role:quality_engineer@dd",)}


def test_a_case_that_becomes_rank_1_later_is_reported_as_well():
    changed = e.GradeChanged(was="P2", grade="P1", rank=Rank.CRITICAL, basis=w.GradeBasis.CONFIRMED, reason="smoke")
    assert whom(told(at(Stage.TRIAGED, changed))) == {"critical_case": ("role:quality_head",)}


@pytest.mark.requirement("S4-67")
def test_after_classification_the_service_section_is_told_and_after_assignment_the_owner():
    classified_now = told(at(Stage.REGISTERED, classified(Rank.MINOR)))
    assert whom(classified_now) == {"classified": ("person:p-ana", "role:aftersales_manager")}
    assert whom(told(at(Stage.TRIAGED, assigned(owner="p-bo"))))["assigned"] == ("person:p-bo",)


@pytest.mark.requirement("S3-14")
def test_all_departments_that_have_to_act_are_told_by_the_same_fact():
    event = e.Assigned(
        owner="p-bo", department=w.Department.RND, supporting=(w.Department.PRODUCTION, w.Department.LOGISTICS)
    )
    found = told(at(Stage.TRIAGED, event))
    assert whom(found)["assigned_department"] == (
        "role:rnd", "role:rnd_head", "role:production", "role:logistics",
    )  # fmt: skip


# ── plans, actions, promises ──────────────────────────────────────────────────────────────────────────────────────────
def test_whoever_signs_first_is_told_when_a_plan_is_submitted_and_the_next_one_after_each_signature():
    pack = with_rules(whole("pack-s3"))
    steps = (pack.approval_chains or {})["plan"]
    submitted = at(Stage.PLAN_REVIEW)
    (notice,) = told(submitted, pack)
    assert (notice.template, notice.to) == ("approval_due", (f"role:{steps[0].role}",))
    assert notice.values["role"] == steps[0].role
    for number, step in enumerate(steps, 1):
        submitted.happened(StepSigned(chain="plan", of="p1", step=number, role=step.role, meaning=step.meaning))
        expected = [(f"role:{steps[number].role}",)] if number < len(steps) else []
        assert [one.to for one in told(submitted, pack)] == expected


def test_where_no_chain_is_ordered_somebody_else_is_named():
    (notice,) = told(at(Stage.PLAN_REVIEW))
    assert (notice.to, notice.otherwise) == ((), ("role:quality_head",))


def test_an_owner_hears_that_the_plan_was_returned_and_action_owners_that_it_is_approved():
    returned = at(Stage.PLAN_REVIEW, e.ActionPlanReturned(plan_version=1, comment="say what Zhang San meant"))
    (notice,) = told(returned)
    assert (notice.template, notice.to) == ("plan_returned", ("person:p-bo",))
    approved = at(Stage.PLAN_REVIEW, e.ActionPlanApproved(plan_version=1))
    assert whom(told(approved)) == {"plan_approved": ("person:p-bo", "person:p-cy")}
    assert whom(told(at(Stage.PLANNING, planned(owner="p-vera")))) == {"action_planned": ("person:p-vera",)}


def test_warnings_breaches_and_escalations_reach_those_whose_turn_it_is():
    story = Story().goes_to(Stage.ASSIGNED)
    story.time_passes(story.now + 20 * DAY)
    kinds = {WarningIssued: 0, Breached: 0, Escalated: 0}
    for fact in story.facts:
        if type(fact.event) not in kinds:
            continue
        kinds[type(fact.event)] += 1
        (notice,) = notices(fact, story.case, story.clocks, BASE)
        if isinstance(fact.event, Escalated):
            assert notice.to == (f"role:{fact.event.to_role}",)
            assert notice.values["level"] == str(fact.event.level)
        else:
            clock = story.clocks.clocks[fact.event.clock_id]
            assert notice.to == ((f"person:{clock.responsible}",) if clock.responsible else ())
            assert notice.otherwise[0] == "person:p-bo"
            assert notice.values["clock"] == fact.event.clock_id and "due" in notice.values
    assert all(kinds.values()), kinds


def test_an_escalation_that_nobody_took_on_is_told_again_to_the_same_level():
    story = at(Stage.ASSIGNED, clocks=True).time_passes(MONDAY + 60 * DAY)
    facts = [fact for fact in story.facts if isinstance(fact.event, EscalationUnanswered)]
    assert facts
    for fact in facts:
        found = list(notices(fact, story.case, story.clocks, BASE))
        assert [(one.template, one.to) for one in found] == [("escalated", (f"role:{fact.event.to_role}",))]


def test_only_the_end_of_the_longest_pause_is_told():
    waiting = e.WaitBegan(wait_id="w1", wait=Wait.SAMPLE, explanation="on its way")
    over = e.WaitEnded(wait_id="w1", outcome="it is here")
    usual = at(Stage.ASSIGNED, waiting, over, clocks=True)
    longest = at(Stage.ASSIGNED, waiting, clocks=True).time_passes(MONDAY + 20 * DAY)
    for story, templates in ((usual, []), (longest, ["due_soon"])):
        (fact,) = [fact for fact in story.facts if isinstance(fact.event, ClockResumed)]
        assert [one.template for one in notices(fact, story.case, story.clocks, BASE)] == templates


def test_the_owner_hears_that_information_has_come_and_before_there_is_one_whoever_took_the_case_in():
    early = Story(clocks=False).happened(received()).happened(asked()).happened(answered())
    (notice,) = told(early)
    assert (notice.to, notice.otherwise) == ((), ("person:p-ana",))


# ── the customer ──────────────────────────────────────────────────────────────────────────────────────────────────────
def promising(story: Story) -> Story:
    hours = story.now + timedelta(hours=4)
    return story.happened(e.Acknowledged(channel=w.Channel.EMAIL, promised_contact_by=hours))


@pytest.mark.requirement("S1-25")
def test_a_customer_is_written_to_only_where_the_policy_says_so_and_only_with_a_promise():
    promised = promising(Story(clocks=False).happened(received()))
    assert told(promised) == [], "off unless a company switches it on"
    on = with_rules(customer_messages=True)
    (notice,) = told(promised, on)
    assert (notice.to, notice.template, notice.at_once) == (("customer",), "customer_promise", True)
    assert notice.values["hours"] == "4"
    assert told(Story(clocks=False).happened(received()).happened(acknowledged()), on) == []


# ── what is never told ────────────────────────────────────────────────────────────────────────────────────────────────
def test_history_tells_nobody_anything():
    story = Story(historical=True).goes_to(Stage.ASSIGNED)
    assert [notice for fact in story.facts for notice in notices(fact, story.case, story.clocks, BASE)] == []


def test_broken_promises_of_a_history_are_told_to_nobody_either():
    story = Story(historical=True).goes_to(Stage.ASSIGNED).taken_over(MONDAY + 60 * DAY)
    said = [fact for fact in story.facts if isinstance(fact.event, (Breached, Escalated))]
    assert said and all(fact.historical for fact in said)
    assert [one for fact in story.facts for one in notices(fact, story.case, story.clocks, BASE)] == []
    live = replace(story.case, historical=False)
    told = [one for fact in said for one in notices(replace(fact, historical=False), live, story.clocks, BASE)]
    assert told, "the same, if it were not history, would be told"


def test_a_company_that_wants_none_of_it_says_so_in_one_word():
    assert told(at(Stage.TRIAGED, assigned()), with_rules(enabled=False)) == []


def test_a_pack_above_takes_back_or_changes_what_one_below_says():
    own = Pack.model_validate(
        {
            "meta": {"id": "ours", "version": 1, "title": {"en": "o", "zh": "o"}, "extends": "pack-base"},
            "notifications": {"events": {"Assigned": [], "Closed": [{"to": ["chairman"], "template": "closed"}]}},
        }
    )
    pack = effective([BASE, own])
    assert told(at(Stage.TRIAGED, assigned()), pack) == []
    assert whom(told(at(Stage.CLOSED), pack)) == {"closed": ("role:chairman",)}
    assert told(at(Stage.REGISTERED, classified()), pack)


def test_no_free_text_and_no_full_name_leaves_with_a_notice():
    """Everything that people have written about the case is marked; nothing of it may turn up in any notice."""
    mark = "SECRET 张三丰"
    story = Story()
    story.happened(received(description=mark, customer_name="张三", contact_person="李四", contact="13800000000"))
    story.happened(registered().model_copy(update={"symptom": f"{mark} garbled screen after start"}))
    story.goes_to(Stage.PLAN_REVIEW).happened(e.ActionPlanReturned(plan_version=1, comment=mark))
    story.goes_to(Stage.CLOSED)
    said = [
        " ".join(notice.values.values())
        for fact in story.facts
        for notice in notices(fact, story.case, story.clocks, with_rules(customer_messages=True))
    ]
    assert len(said) > 5
    for text in said:
        assert "张*" in text or "customer" not in text
        assert not {word for word in ("SECRET", "张三", "李四", "13800000000") if word in text}


def test_hours_of_the_night_are_for_rank_1():
    rules = (BASE.notifications or Notifications()).events or {}
    (rule, *_) = rules["Assigned"]
    said = BASE.notifications or Notifications()
    assert [said.goes_out_at_once(rank, rule) for rank in ("1", "2", "3", "4", None)] == [
        True,
        False,
        False,
        False,
        False,
    ]


def test_whoever_signs_a_charge_first_is_told_when_it_is_proposed():
    pack = whole("pack-s2")
    (first, *_) = (pack.approval_chains or {})["charge"]
    for kind in (e.CostAllocationProposed, e.DelayChargeAccrued):
        charge = example(kind).model_copy(update={"charge_id": "m1", "dry_run": False})
        proposed = at(Stage.INVESTIGATING, charge)
        (notice,) = told(proposed, pack)
        assert notice.to == (f"role:{first.role}",) == ("role:quality_head",)
        assert told(at(Stage.INVESTIGATING, charge.model_copy(update={"dry_run": True})), pack) == [], "only tried out"


def test_finance_is_told_of_a_charge_after_the_last_signature_and_not_before():
    pack = whole("pack-s2")
    charge = example(e.CostAllocationProposed).model_copy(update={"charge_id": "m1", "dry_run": False})
    story = at(Stage.INVESTIGATING, charge)
    steps = (pack.approval_chains or {})["charge"]
    whose = list[tuple[str, ...]]()
    for number, step in enumerate(steps[:2], 1):
        story.happened(StepSigned(chain="charge", of="m1", step=number, role=step.role, meaning=step.meaning))
        whose += [notice.to for notice in told(story, pack)]
    assert whose == [("role:general_manager",)]
    story.happened(e.CostAllocationApproved(charge_id="m1", amount=charge.cost))
    assert [notice.to for notice in told(story, pack)] == [("role:finance",)]


def test_counters_and_whoever_looked_on_are_told_that_their_signature_is_waited_for():
    story = at(Stage.INVESTIGATING, example(e.InspectionRecorded).model_copy(update={"engineer": "p-eng"}))
    assert [notice.to for notice in told(story)] == [("person:p-eng",)]
    opened = example(e.EvidenceDisputeOpened).model_copy(update={"dispute_id": "d1"})
    counters = (Role.FINANCE, Role.WAREHOUSE)
    count = example(e.StocktakePerformed).model_copy(
        update={"dispute_id": "d1", "stocktake_id": "t1", "counters": counters}
    )
    story = at(Stage.INVESTIGATING, opened, count)
    assert [notice.to for notice in told(story)] == [("role:finance", "role:warehouse")]
    story.happened(StepSigned(chain="stocktake", of="t1", step=2, role="warehouse", meaning=w.Meaning.WITNESS))
    assert [notice.to for notice in told(story)] == [("role:finance",)]
