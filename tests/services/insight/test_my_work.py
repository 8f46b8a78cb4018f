"""My work: whose each duty is, in the order in which it should be taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.insight.duties import ACTION, ESCALATION, OWN, SITE_DUTY, SITE_ESCALATION, Duty, duties_of
from services.insight.my_work import MyWork, counts, waiting
from services.sla_watch.duties import kept_by_review
from shared.complaint.awaits import CODES
from shared.complaint.rounds import STEPS
from shared.complaint.state import Stage
from shared.events import words as w
from shared.events.complaint import ActionPlanSubmitted, StepSigned
from shared.events.duties import DigestKind
from shared.events.handover import TransferredToSite
from shared.events.reviews import ReviewKind
from shared.kernel.values import Rank
from shared.runtime.cases import Case
from tests.facts import DAY, HOUR, MONDAY, Log, Story, asked, classified, planned
from tests.policies import policy
from tests.services.sla_watch.test_duties import Desk, local
from tests.stores import feed

Build = Callable[..., Any]
APPROVAL = "approve_plan"
ALL = (*CODES, *STEPS, ACTION, ESCALATION, OWN)


def duties(story: Story) -> dict[str, Duty]:
    case = Case(story.case, story.clocks)
    return {duty.duty: duty for duty in reversed(list(duties_of(case)))}  # the first of each kind


def test_a_step_that_anybody_with_the_role_may_take_is_nobodys_by_name():
    found = duties(Story().goes_to(Stage.RECEIVED))
    assert found["acknowledge"].person is None
    assert set(found) == {"acknowledge"}


@pytest.mark.parametrize("stage", [Stage.ASSIGNED, Stage.INVESTIGATING, Stage.PLANNING])
def test_a_case_that_somebody_answers_for_waits_for_that_person(stage: Stage):
    step = {Stage.ASSIGNED: "start_investigation", Stage.INVESTIGATING: "root_cause", Stage.PLANNING: "plan"}[stage]
    found = duties(Story().goes_to(stage))
    assert (found[step].person, found[OWN].person) == ("p-bo", "p-bo")


def test_actions_are_their_owners():
    story = Story().goes_to(Stage.IMPLEMENTING)
    found = duties(story)
    assert (found[ACTION].part, found[ACTION].person) == ("a1", "p-cy")
    assert found[ACTION].due == story.clocks.clocks["action:a1/1"].due_at
    assert "actions" not in found


def test_whoever_did_it_does_not_verify_it_and_whoever_submitted_it_does_not_approve_it():
    assert duties(Story().goes_to(Stage.VERIFYING))["verify"].never == {"p-cy", "p-bo"}
    story = Story().goes_to(Stage.PLAN_REVIEW)
    assert (duties(story)[APPROVAL].never, duties(story)[APPROVAL].asks) == ({"p-bo"}, "plan/0")
    story.happened(StepSigned(chain="plan", of="p1", step=1, role="dept_head", meaning=w.Meaning.REVIEW), by="p-head")
    assert (duties(story)[APPROVAL].never, duties(story)[APPROVAL].asks) == ({"p-bo", "p-head"}, "plan/1")


def test_an_escalation_is_the_business_of_the_role_it_has_reached():
    story = Story().goes_to(Stage.INVESTIGATING)
    story.time_passes(story.now + 40 * DAY)
    found = [duty for duty in duties_of(Case(story.case, story.clocks)) if duty.duty == ESCALATION]
    assert found
    for duty in found:
        clock = story.clocks.clocks[duty.part]
        assert duty.asks == clock.ladder[clock.level - 1].role


def test_a_step_is_due_when_its_own_promise_is():
    story = Story().goes_to(Stage.INVESTIGATING)
    assert duties(story)["root_cause"].due == story.clocks.clocks["root_cause/1"].due_at
    story = Story().goes_to(Stage.REGISTERED)
    assert duties(story)["classify"].due == min(clock.due_at for clock in story.clocks.open())


def test_history_asks_nothing_of_anybody():
    story = Story(historical=True).goes_to(Stage.REGISTERED).taken_over(MONDAY + 60 * DAY)
    assert list(duties_of(Case(story.case, story.clocks, history=True))) == []


def test_somebody_who_takes_up_a_history_is_not_held_to_its_promises():
    story = Story(historical=True).goes_to(Stage.ASSIGNED).taken_over(MONDAY + 60 * DAY)
    found = list(duties_of(Case(story.case, story.clocks, history=False)))
    assert any(clock.status == "breached" for clock in story.clocks.open())
    assert {duty.duty for duty in found} == {"start_investigation", "own_case"} and all(
        duty.due is None for duty in found
    )


# ── the list ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.requirement("S1-53", "S3-45")
def test_the_gravest_stand_first_then_what_is_due_next(build: Build):
    log = Log()
    for number, (rank, begins) in enumerate(
        [(Rank.MINOR, 0), (Rank.CRITICAL, 4), (Rank.MAJOR, 3), (Rank.MAJOR, 1), (Rank.NEGLIGIBLE, 2)], 1
    ):
        story = Story(log, number=number, begins=MONDAY + begins * DAY).goes_to(Stage.REGISTERED)
        story.happened(classified(rank)).goes_to(Stage.INVESTIGATING)
    with build(MyWork, log.facts).engine.connect() as db:
        items = waiting(db, "p-bo", {}, ["root_cause"], 10)
    assert [int(item["case_no"][-1]) for item in items] == [2, 4, 3, 1, 5]
    assert [item["by_due"] for item in items[1:3]] == sorted(item["by_due"] for item in items[1:3])


def test_everybody_sees_what_is_theirs_by_name_or_by_role_at_that_site(build: Build):
    log = Log()
    Story(log, site="sz", number=1).goes_to(Stage.RECEIVED)
    Story(log, site="dd", number=1).goes_to(Stage.RECEIVED)
    Story(log, site="sz", number=2).goes_to(Stage.VERIFYING)
    with build(MyWork, log.facts).engine.connect() as db:
        assert counts(db, "p-ana", {"acknowledge": {"sz": None}}) == {"acknowledge": 1}
        assert counts(db, "p-ana", {"acknowledge": {"sz": None, "dd": None}}) == {"acknowledge": 2}
        assert counts(db, "p-ana", {}) == {}
        assert counts(db, "p-vera", {"verify": {"sz": None}}) == {"verify": 1}
        assert counts(db, "p-cy", {"verify": {"sz": None}}) == {}, "p-cy did the work"
        assert counts(db, "p-bo", {}) == {OWN: 1}
        assert [item["case_no"] for item in waiting(db, "p-ana", {"acknowledge": {"dd": None}}, ALL, 9)] == [
            "DD-2026-00001"
        ]


def test_the_turn_in_a_chain_and_the_role_of_an_escalation_decide(build: Build):
    log = Log()
    Story(log, number=1).goes_to(Stage.PLAN_REVIEW)
    with build(MyWork, log.facts).engine.connect() as db:
        assert counts(db, "p-head", {APPROVAL: {"sz": ["plan/0"]}}) == {APPROVAL: 1}
        assert counts(db, "p-head", {APPROVAL: {"sz": ["plan/1"]}}) == {}
        assert counts(db, "p-head", {APPROVAL: {"sz": []}}) == {}
        assert counts(db, "p-bo", {APPROVAL: {"sz": None}}).get(APPROVAL) is None, "p-bo submitted it"


def test_a_turn_by_a_part_in_the_case_is_theirs_who_have_it(build: Build):
    """The policy says whether the step is the owner's; the case says who that is."""
    log = Log()
    Story(log, number=1).goes_to(Stage.PLANNING).happened(planned(), by="p-cy").happened(
        ActionPlanSubmitted(plan_version=1, action_ids=("a1",)), by="p-cy"
    )
    with build(MyWork, log.facts).engine.connect() as db:
        of_the_owner = {APPROVAL: {"sz": ["plan/0 case_owner"]}}
        assert counts(db, "p-bo", of_the_owner).get(APPROVAL) == 1
        assert counts(db, "p-ana", of_the_owner).get(APPROVAL) is None
        assert counts(db, "p-bo", {APPROVAL: {"sz": ["plan/0 first_responsible"]}}).get(APPROVAL) is None
        assert counts(db, "p-bo", {APPROVAL: {"dd": ["plan/0 case_owner"]}}).get(APPROVAL) is None


def test_a_case_on_its_way_to_another_site_is_that_sites_duty(build: Build):
    handed = TransferredToSite(from_site="sz", to_site="dd", handover_state="nothing done yet", reason="made there")
    story = Story().goes_to(Stage.ASSIGNED).happened(handed)
    with build(MyWork, story.log.facts).engine.connect() as db:
        assert counts(db, "p-x", {"accept_transfer": {"dd": None}}, {"dd"}) == {"accept_transfer": 1}
        assert counts(db, "p-x", {"accept_transfer": {"sz": None}}, {"sz"}) == {}


def test_a_duty_goes_when_it_is_done(build: Build):
    story = Story().goes_to(Stage.RECEIVED).happened(asked(), at=MONDAY + HOUR)
    store = build(MyWork, story.log.facts)
    with store.engine.connect() as db:
        assert counts(db, "p-x", {duty: {"sz": None} for duty in ALL}) == {"acknowledge": 1}
    story.goes_to(Stage.CLOSED)
    feed(store, story.log.facts)
    with store.engine.connect() as db:
        assert counts(db, "p-x", {duty: {"sz": None} for duty in ALL}) == {}


# ── what a site owes by itself ────────────────────────────────────────────────────────────────────────────────────────
MONDAYS = {SITE_DUTY: {"sz": ["daily_digest", "monday_review", "quarterly_review"]}}
"""Of somebody whose business these are at that site."""


def owed(store: Any, now: str, mine: Any = MONDAYS, *duties: str) -> list[str]:
    """What waits for somebody at an instant."""
    with store.reading() as db:
        found = waiting(db, "p-x", mine, duties or (SITE_DUTY,), 99, now=local(now))
        assert sum(counts(db, "p-x", mine, now=local(now)).values()) == len(found)
    assert {(item["case_no"], item["site"]) for item in found} <= {("", "sz")}
    return [f"{item['part']} {item['due']}" for item in found]


def test_what_a_site_owes_waits_from_the_beginning_of_its_period(build: Build):
    store = build(MyWork, Desk(policy("pack-s3")).log.facts)
    assert owed(store, "2026-03-02 10:00") == [
        "daily_digest:2026-03-02/1 2026-03-02T09:00:00.000000Z", "monday_review:2026-W10/1 2026-03-02T09:00:00.000000Z"
    ]  # fmt: skip
    assert len(owed(store, "2026-04-01 00:00")) == 3, "the quarter is over"
    assert owed(store, "2026-03-02 10:00", {SITE_DUTY: {"sz": ["friday_progress"]}}) == [
        "friday_progress:2026-W10/1 2026-03-06T09:00:00.000000Z"
    ]
    for nobodys in ({}, {SITE_DUTY: {"dd": None}}, {SITE_DUTY: {"sz": []}}):
        assert owed(store, "2026-04-01 00:00", nobodys) == []


def test_what_was_kept_waits_no_longer_and_what_was_not_waits_on(build: Build):
    desk = Desk(policy("pack-s3"))
    desk.publishes(DigestKind.DAILY, local("2026-03-02 16:00"))
    desk.until(local("2026-03-03 10:00"))
    found = [said.partition(" ")[0] for said in owed(build(MyWork, desk.log.facts), "2026-03-03 10:00")]
    assert found == ["monday_review:2026-W10/1", "daily_digest:2026-03-03/1"]
    desk.say(
        kept_by_review(desk.duties, ReviewKind.MONDAY_REVIEW, local("2026-03-03 11:00")), local("2026-03-03 11:00")
    )
    found = [said.partition(" ")[0] for said in owed(build(MyWork, desk.log.facts), "2026-03-03 11:00")]
    assert found == ["daily_digest:2026-03-03/1"]


def test_what_has_climbed_waits_for_the_role_it_has_reached_until_it_is_taken_on(build: Build):
    desk = Desk(policy("pack-s3"))
    digest = "daily_digest:2026-03-02/1"

    def climbed(role: str, now: str) -> list[str]:
        mine = {SITE_ESCALATION: {"sz": [role]}}
        found = owed(build(MyWork, desk.log.facts), now, mine, SITE_ESCALATION)
        return [each for said in found if (each := said.partition(" ")[0]) == digest]

    desk.until(local("2026-03-02 16:59"))
    assert climbed("service_supervisor", "2026-03-02 16:59") == []
    desk.until(local("2026-03-02 18:00"))
    assert (
        climbed("service_supervisor", "2026-03-02 18:00") == [digest]
        and climbed("aftersales_manager", "2026-03-02 18:00") == []
    )
    desk.until(local("2026-03-02 22:00"))
    assert (
        climbed("aftersales_manager", "2026-03-02 22:00") == [digest]
        and climbed("service_supervisor", "2026-03-02 22:00") == []
    )
    desk.takes_on(digest, local("2026-03-02 22:10"))
    assert climbed("aftersales_manager", "2026-03-02 22:10") == []
    assert any(said.startswith(digest) for said in owed(build(MyWork, desk.log.facts), "2026-03-02 22:10")), (
        "still owed"
    )


def test_rows_of_sites_come_out_the_same_however_facts_arrive(same_rows: Callable[..., None]):
    desk = Desk(policy("pack-s3"))
    desk.until(local("2026-03-04 12:00"))
    desk.publishes(DigestKind.DAILY, local("2026-03-04 12:00"))
    Story(desk.log).goes_to(Stage.RECEIVED)
    same_rows(MyWork, desk.log.facts)
