"""What a site owes again and again: digests and reviews as clocks of the site, kept, broken, told, and begun anew."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.notify.outbox import Outbox
from services.notify.outbox import after as outbox_after
from services.sla_watch.board import SlaBoard, clocks, running_at
from services.sla_watch.digests import PublishDigest, publish
from services.sla_watch.domain import AcknowledgeDutyEscalation, acknowledge_duty
from services.sla_watch.duties import BY_NAME, DUTIES, climbs_to, door_of, keep_duties, kept_by_review, owed_by
from services.sla_watch.passing import passing
from services.sla_watch.reactions import asks
from shared.clocks.duties import Duties, fold_duties
from shared.clocks.state import ClockStatus
from shared.complaint.state import Stage
from shared.events import clocks as e
from shared.events import complaint as c
from shared.events.duties import DigestKind, DigestPublished
from shared.events.organisation import Role
from shared.events.policy import PolicyActivated
from shared.events.reviews import ReviewHeld, ReviewKind
from shared.kernel.errors import Refused
from shared.kernel.fact import Actor, Event, Fact, Occasion
from shared.policy.access import COMMANDS
from shared.policy.organisation import Site
from shared.policy.policies import NO_POLICY, Policy
from tests.facts import DAY, HOUR, MONDAY, Log, OneSite, Story, received, reopened
from tests.policies import policy, policy_of
from tests.services.conftest import Build
from tests.services.sla_watch.test_reactions import Two

SHANGHAI = ZoneInfo("Asia/Shanghai")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


class Desk:
    """The duties of one site, as the keeper and the watcher tell them."""

    def __init__(self, going_by: Policy = NO_POLICY) -> None:
        self.rules = OneSite()
        self.log = Log()
        self.duties = Duties()
        self.goes_by(going_by, MONDAY)

    def goes_by(self, going_by: Policy, at: datetime) -> None:
        self.rules.going_by = going_by  # type: ignore[misc]
        self.say(keep_duties(self.duties, "sz", at, self.rules), at)

    def say(self, decided: Iterable[Any], at: datetime) -> list[Any]:
        said = list(decided)
        for event in said:
            assert isinstance(event, Event)
            fact = self.log.append("duties-sz", event, at, at, site="sz", service="sla_watch")
            self.duties = fold_duties(self.duties, fact)
            if [ask.stream for ask in asks(fact, Two())]:
                self.say(keep_duties(self.duties, "sz", at, self.rules), at)
        return said

    def until(self, at: datetime) -> None:
        """What time does, each thing when it is due."""
        while ahead := [one for clock in self.duties.open() for one in list(passing(clock, at, OneSite.week_days))[:1]]:
            first = min(ahead, key=lambda one: (one.deadline.at, one.deadline.clock_id))
            self.say([first.event], first.deadline.at)

    def publishes(self, kind: DigestKind, at: datetime) -> DigestPublished:
        occasion = Occasion(Actor("p-ana"), at, at, "k", "k")
        published, _ = self.say(publish(self.duties, PublishDigest(kind=kind), occasion, self.rules), at)
        return published

    def takes_on(self, clock_id: str, at: datetime, by: str = "p-ana") -> list[Any]:
        occasion = Occasion(Actor(by), at, at, "k", "k")
        wish = AcknowledgeDutyEscalation(clock_id=clock_id, decision="somebody of the second shift does it")
        return self.say(acknowledge_duty(self.duties, wish, occasion, self.rules), at)

    def running(self) -> dict[str, str]:
        """Duty and day of what is owed next, and when it is due on the wall."""
        return {
            clock.clock_id.removesuffix("/1"): f"{clock.due_at.astimezone(SHANGHAI):%a %m-%d %H:%M}"
            for clock in self.duties.clocks.values()
            if clock.status == ClockStatus.RUNNING
        }

    def said(self, kind: type[Any]) -> list[Any]:
        return [fact.event for fact in self.log.facts if isinstance(fact.event, kind)]


# ── which there are ───────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("pack", "owed"),
    [
        ("pack-s0", {"weekly_coordination:2026-W10": "Fri 03-06 17:00"}),
        ("pack-s1", {"monthly_review:2026-02": "Fri 03-06 17:00"}),
        ("pack-s2", {"weekly_costs:2026-W10": "Fri 03-06 17:00"}),
        (
            "pack-s3",
            {
                "daily_digest:2026-03-02": "Mon 03-02 17:00", "friday_progress:2026-W10": "Fri 03-06 17:00",
                "monday_review:2026-W10": "Mon 03-02 17:00", "quarterly_review:2025-Q4": "Wed 01-14 17:00",
            },
        ),
        ("pack-s4", {"daily_digest:2026-03-02": "Mon 03-02 17:00", "monthly_review:2026-02": "Fri 03-06 17:00"}),
    ],
)  # fmt: skip
def test_the_policy_says_which(pack: str, owed: dict[str, str]):
    if pack == "pack-s3":  # the quarter's tenth working day is past: the next quarter's
        owed = {**owed, "quarterly_review:2026-Q1": "Tue 04-14 17:00"}
        del owed["quarterly_review:2025-Q4"]
    assert Desk(policy(pack)).running() == owed


def test_without_a_policy_nothing_is_owed_and_each_duty_has_a_clause_of_its_own():
    assert Desk().running() == {}
    assert len({duty.terms for duty in DUTIES}) == len(DUTIES) == 7


@pytest.mark.parametrize(
    ("clauses", "roles"),
    [
        ("{CL-DIGEST-D: {by_role: service_supervisor}}", {Role.SERVICE_SUPERVISOR}),
        ("{CL-DIGEST-D: {by_role: quality_engineer, chair: quality_head}}", {Role.QUALITY_ENGINEER, Role.QUALITY_HEAD}),
        ("{CL-DIGEST-D: {by_role: warehouse}}", set(COMMANDS["publish-digest"])),  # who may not publish cannot owe it
        ("{}", set(COMMANDS["publish-digest"])),
    ],
)  # fmt: skip
def test_whoever_the_policy_names_owes_it_and_otherwise_whoever_may(clauses: str, roles: set[Role]):
    meta = "meta: {id: ours, version: 1, title: {en: Ours, zh: 我们的}, extends: pack-base}\n"
    pack = policy_of(f"{meta}clauses: {clauses}\n").pack
    digest, review = BY_NAME["daily_digest"], BY_NAME["monday_review"]
    assert owed_by(digest, pack) == roles
    assert (door_of(digest), door_of(review)) == ("publish-digest", "hold-review")
    assert owed_by(review, policy("pack-s3").pack) == {Role.AFTERSALES_MANAGER}, "the chair (S3-25)"
    assert climbs_to(digest, pack) == {Role.SERVICE_SUPERVISOR, Role.AFTERSALES_MANAGER, Role.QUALITY_HEAD}


def test_said_twice_it_says_nothing_the_second_time():
    desk = Desk(policy("pack-s3"))
    assert list(keep_duties(desk.duties, "sz", MONDAY, desk.rules)) == []


def test_another_policy_gives_up_what_it_does_not_want():
    desk = Desk(policy("pack-s3"))
    desk.goes_by(policy("pack-s4"), MONDAY + HOUR)
    assert desk.running() == {"daily_digest:2026-03-02": "Mon 03-02 17:00", "monthly_review:2026-02": "Fri 03-06 17:00"}
    given_up = {event.clock_id.partition(":")[0]: event.reason for event in desk.said(e.ClockCancelled)}
    assert given_up == dict.fromkeys(
        ("daily_digest", "friday_progress", "monday_review", "quarterly_review"), e.Reason.POLICY
    )
    desk.goes_by(NO_POLICY, MONDAY + DAY)
    assert desk.running() == {}


def test_a_policy_that_is_to_come_begins_when_it_does_and_nothing_in_between_gives_it_up():
    desk = Desk()
    later = MONDAY + 9 * DAY

    class Then(OneSite):
        def site(self, code: str) -> Site:
            return replace(super().site(code), activations=(PolicyActivated.model_construct(effective_from=later),))

        def policy(self, site: str, at: datetime) -> Policy:
            return policy("pack-s3") if at >= later else policy("pack-s1")

    desk.rules = Then()
    desk.say(keep_duties(desk.duties, "sz", MONDAY, desk.rules), MONDAY)
    owed = {
        "daily_digest:2026-03-11": "Wed 03-11 17:00", "friday_progress:2026-W11": "Fri 03-13 17:00",
        "monday_review:2026-W12": "Mon 03-16 17:00", "quarterly_review:2026-Q1": "Tue 04-14 17:00",
    }  # fmt: skip
    assert desk.running() == {**owed, "monthly_review:2026-02": "Fri 03-06 17:00"}
    assert list(keep_duties(desk.duties, "sz", MONDAY + DAY, desk.rules)) == []
    desk.until(later)
    assert desk.running().keys() == owed.keys(), "the month after it is owed by nobody"


# ── the daily digest ──────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.requirement("S3-12", "S4-11")
def test_the_day_is_summed_up_before_five_and_the_next_begins():
    """A complaint at exactly 17:00:00 belongs to the next day's digest (V15)."""
    desk = Desk(policy("pack-s3"))
    log = Log()
    received_at = ["2026-03-02 09:30", "2026-03-02 16:59:59", "2026-03-02 17:00:00", "2026-03-03 10:00"]
    ids = [
        Story(log, number=number, clocks=False).happened(received(f"SZ-2026-{number:05}"), at=local(at)).id
        for number, at in enumerate(received_at, 1)
    ]
    desk.rules.on_record = log.facts  # type: ignore[misc]
    first = desk.publishes(DigestKind.DAILY, local("2026-03-02 17:00"))
    assert first.cases == tuple(sorted(ids[:2])) and first.period == "2026-03-02"
    assert {one.of: one.times for one in first.counts} == {"Received": 2, "Received.channel.telephone": 2}
    told = {"counts": {one.of: one.times for one in first.counts}, "cases": list(first.cases)}
    assert first.sha256 == hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    (met,) = desk.said(e.Met)
    assert (met.clock_id, met.margin_s) == ("daily_digest:2026-03-02/1", 0)
    assert desk.running()["daily_digest:2026-03-03"] == "Tue 03-03 17:00"
    second = desk.publishes(DigestKind.DAILY, local("2026-03-03 17:00"))
    assert second.period_from == first.period_to and second.cases == tuple(sorted(ids[2:]))


def test_what_comes_after_an_early_digest_is_in_the_next():
    desk = Desk(policy("pack-s3"))
    early = desk.publishes(DigestKind.DAILY, local("2026-03-02 16:00"))
    assert early.period_to == local("2026-03-02 16:00")
    assert desk.publishes(DigestKind.DAILY, local("2026-03-03 16:30")).period_from == early.period_to


@pytest.mark.requirement("S3-12")
def test_a_day_without_a_digest_is_a_broken_promise_that_can_be_kept_late():
    desk = Desk(policy("pack-s3"))
    desk.until(local("2026-03-03 12:00"))
    warned = [event.warned_at for event in desk.said(e.WarningIssued) if event.clock_id.startswith("daily")]
    assert warned == [local("2026-03-02 16:30")]
    (broken,) = [event for event in desk.said(e.Breached) if event.clock_id.startswith("daily")]
    assert broken.breached_at == local("2026-03-02 17:00")
    assert [event.to_role for event in desk.said(e.Escalated) if event.clock_id.startswith("daily")] == [
        "service_supervisor", "aftersales_manager",
    ]  # fmt: skip
    assert desk.running()["daily_digest:2026-03-03"] == "Tue 03-03 17:00", "the next one is owed all the same"
    late = desk.publishes(DigestKind.DAILY, local("2026-03-03 12:00"))
    assert (late.period, late.period_to) == ("2026-03-02", local("2026-03-02 17:00")), "the oldest first"
    assert desk.duties.clocks["daily_digest:2026-03-03/1"].status == ClockStatus.RUNNING
    assert desk.publishes(DigestKind.DAILY, local("2026-03-03 16:00")).period == "2026-03-03"


def test_no_digest_that_nobody_asked_for():
    for desk in (Desk(), Desk(policy("pack-s1"))):
        with pytest.raises(Refused) as no:
            desk.publishes(DigestKind.DAILY, local("2026-03-02 12:00"))
        assert no.value.rule == "G-DIGEST" and "CL-DIGEST-D" in str(no.value.way_out)
    desk = Desk(policy("pack-s3"))
    desk.publishes(DigestKind.DAILY, local("2026-03-02 16:00"))
    with pytest.raises(Refused) as no:
        desk.publishes(DigestKind.DAILY, local("2026-03-02 16:30"))
    assert "begins at" in no.value.detail and no.value.way_out == "wait for it"


# ── what nobody kept climbs, until somebody takes it on ───────────────────────────────────────────────────────────────
DIGEST = "daily_digest:2026-03-02/1"
REACHED = frozenset({Role.SERVICE_SUPERVISOR})


def escalated(*held: Role) -> Desk:
    """Nobody published Monday's digest: at five it has climbed to the service supervisor, four hours before the next level."""
    desk = Desk(policy("pack-s3"))
    desk.rules.holds = {"p-ana": frozenset(held) or REACHED}  # type: ignore[misc]
    desk.until(local("2026-03-02 17:30"))
    return desk


def test_whoever_it_climbed_to_takes_it_on_and_it_climbs_no_further():
    desk = escalated()
    (taken_on,) = desk.takes_on(DIGEST, local("2026-03-02 17:40"))
    assert (taken_on.clock_id, taken_on.level, taken_on.by) == (DIGEST, 1, "p-ana")
    desk.until(local("2026-03-04 12:00"))
    climbed = [event.level for event in desk.said(e.Escalated) if event.clock_id == DIGEST]
    assert climbed == [1], "without that it reaches the after-sales manager (see below)"
    assert desk.duties.clocks[DIGEST].status == ClockStatus.BREACHED, "it is still owed"
    late = desk.publishes(DigestKind.DAILY, local("2026-03-04 12:00"))
    assert late.period == "2026-03-02" and desk.said(e.Met)[-1].clock_id == DIGEST


def test_what_nobody_takes_on_climbs():
    desk = escalated()
    desk.until(local("2026-03-04 12:00"))
    assert [event.level for event in desk.said(e.Escalated) if event.clock_id == DIGEST] == [1, 2]


@pytest.mark.parametrize(
    ("held", "may"),
    [
        (Role.SERVICE_SUPERVISOR, True), (Role.AFTERSALES_MANAGER, True), (Role.QUALITY_HEAD, True),
        (Role.WAREHOUSE, False), (Role.OWNER, False), (Role.GENERAL_MANAGER, False),
    ],
)  # fmt: skip
def test_only_whom_its_ladder_names_or_the_head_of_quality_takes_it_on(held: Role, may: bool):
    desk = escalated(held)
    if may:
        assert desk.takes_on(DIGEST, local("2026-03-02 17:40"))
        return
    with pytest.raises(Refused) as no:
        desk.takes_on(DIGEST, local("2026-03-02 17:40"))
    assert (no.value.rule, no.value.field) == ("G-ESCALATION", "clock_id")
    assert "service_supervisor, aftersales_manager, quality_head at sz" in str(no.value.way_out)


def test_it_is_taken_on_once_and_only_when_it_has_climbed():
    desk = escalated()
    for clock in ("friday_progress:2026-W10/1", "daily_digest:2026-03-09/1"):
        with pytest.raises(Refused) as no:
            desk.takes_on(clock, local("2026-03-02 17:40"))
        assert no.value.rule == "G-ESCALATION" and DIGEST in str(no.value.way_out)
    desk.takes_on(DIGEST, local("2026-03-02 17:40"))
    with pytest.raises(Refused) as again:
        desk.takes_on(DIGEST, local("2026-03-02 17:50"))
    assert again.value.rule == "G-ESCALATION"


def test_when_it_is_taken_on_nobody_above_is_told(build: Build):
    desk = escalated()
    desk.takes_on(DIGEST, local("2026-03-02 17:40"))
    desk.until(local("2026-03-03 12:00"))
    with build(Outbox, desk.log.facts).reading() as db:
        told = [(row["event"], row["whom"]) for row in outbox_after(db, 0) if DIGEST in str(row["said"])]
    assert ("Escalated", "role:service_supervisor") in told
    assert "role:aftersales_manager" not in {whom for _, whom in told}
    with build(SlaBoard, desk.log.facts).reading() as db:
        shown = {item["clock_id"]: item for item in clocks(db).items}
    assert (shown[DIGEST]["level"], shown[DIGEST]["acknowledged"]) == (1, True)


# ── the week ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.requirement("S3-34")
def test_on_fridays_what_slips_is_named():
    desk = Desk(policy("pack-s3"))
    story = Story().goes_to(Stage.RECEIVED).time_passes(MONDAY + 3 * DAY)
    desk.rules.on_record = story.facts  # type: ignore[misc]
    published = desk.publishes(DigestKind.PROGRESS, local("2026-03-06 16:00"))
    assert published.cases == (story.id,) and published.period == "2026-W10"
    counts = {one.of: one.times for one in published.counts}
    assert counts["Breached"] == sum(isinstance(fact.event, e.Breached) for fact in story.facts) > 0


@pytest.mark.requirement("S2-44")
def test_once_a_week_the_responsible_departments_are_told():
    desk = Desk(policy("pack-s2"))
    story = Story(clocks=False).goes_to(Stage.ASSIGNED)
    cost = c.CostRecorded.model_construct(cost_id="k1", department="production")
    log = story.log.append(f"complaint-{story.id}", cost, story.now, story.now, site="sz")
    desk.rules.on_record = story.facts  # type: ignore[misc]
    published = desk.publishes(DigestKind.COSTS, local("2026-03-06 17:00"))
    assert published.cases == (story.id,) and log.event is cost
    counts = {one.of: one.times for one in published.counts}
    assert counts["CostRecorded.department.production"] == counts["Assigned.department.quality"] == 1


@pytest.mark.parametrize(
    ("pack", "kind", "held_at", "kept"),
    [
        pytest.param("pack-s0", ReviewKind.WEEKLY_COORDINATION, "2026-03-04 10:00", "weekly_coordination:2026-W10",
                     marks=pytest.mark.requirement("S0-44")),
        pytest.param("pack-s1", ReviewKind.MONTHLY_QUALITY, "2026-03-04 10:00", "monthly_review:2026-02",
                     marks=pytest.mark.requirement("S1-52")),
        pytest.param("pack-s3", ReviewKind.MONDAY_REVIEW, "2026-03-02 14:00", "monday_review:2026-W10",
                     marks=pytest.mark.requirement("S3-25")),
        pytest.param("pack-s3", ReviewKind.FRIDAY_PROGRESS, "2026-03-06 14:00", "friday_progress:2026-W10",
                     marks=pytest.mark.requirement("S3-34")),
        pytest.param("pack-s3", ReviewKind.QUARTERLY, "2026-04-08 14:00", "quarterly_review:2026-Q1",
                     marks=pytest.mark.requirement("S3-44")),
        pytest.param("pack-s4", ReviewKind.JOINT, "2026-03-05 14:00", "monthly_review:2026-02",
                     marks=pytest.mark.requirement("S4-25")),
    ],
)  # fmt: skip
def test_a_review_that_was_held_keeps_what_was_owed(pack: str, kind: ReviewKind, held_at: str, kept: str):
    desk = Desk(policy(pack))
    at = local(held_at)
    (met,) = desk.say(kept_by_review(desk.duties, kind, at), at)
    assert met.clock_id == f"{kept}/1" and met.margin_s > 0
    duty = kept.partition(":")[0]
    assert kept not in desk.running() and any(name.startswith(duty) for name in desk.running())
    other = ReviewKind.SPOT_CHECK
    assert list(kept_by_review(desk.duties, other, at)) == []


def test_facts_of_reviews_and_policies_ask_for_the_duties():
    held = ReviewHeld(
        review_id="r1", site="sz", kind=ReviewKind.JOINT, chair_role=Role.QUALITY_HEAD, attendees=("p-ana",)
    )
    assert [ask.stream for ask in asks(fact("review-sz/r1", held), Two())] == ["duties-sz"]
    activated = PolicyActivated.model_construct(site="sz", effective_from=MONDAY)
    assert [ask.stream for ask in asks(fact("site-sz", activated), Two())] == ["duties-sz"]


def fact(stream: str, event: Event) -> Fact[Any]:
    return Log().append(stream, event, MONDAY, site="sz")


# ── a calendar moves them ─────────────────────────────────────────────────────────────────────────────────────────────
def test_a_day_that_becomes_free_moves_what_is_owed():
    desk = Desk(policy("pack-s3"))
    friday = date(2026, 3, 6)
    calendar = OneSite.week_days
    closed = type(calendar)(
        calendar.id, 2, calendar.zone, calendar.weekly, {friday: "power cut"}, frozenset(), calendar.published_through,
        calendar.published_from,
    )  # fmt: skip
    desk.rules.week_days = closed  # type: ignore[misc]
    rebased = desk.say(keep_duties(desk.duties, "sz", MONDAY + HOUR, desk.rules), MONDAY + HOUR)
    assert [(event.clock_id, event.reason) for event in rebased] == [("friday_progress:2026-W10/1", e.Reason.CALENDAR)]
    assert desk.running()["friday_progress:2026-W10"] == "Thu 03-05 17:00"


def test_what_has_ended_is_not_kept_in_memory_for_ever():
    desk = Desk(policy("pack-s4"))
    for day in range(40):
        desk.until(local("2026-03-02 16:00") + timedelta(days=day))
        for clock in list(desk.duties.open()):
            if clock.clause == "daily_digest" and clock.starts_at <= local("2026-03-02 16:00") + timedelta(days=day):
                desk.publishes(DigestKind.DAILY, local("2026-03-02 16:00") + timedelta(days=day))
    assert len(desk.duties.clocks) <= 6 and len(desk.said(DigestPublished)) >= 25


# ── in a case ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def in_work(pack: str) -> Story:
    story = Story()
    story.rules.going_by = policy(pack)  # type: ignore[misc]
    return story.goes_to(Stage.IMPLEMENTING)


@pytest.mark.requirement("S0-41")
def test_each_week_the_state_of_an_action_is_told():
    story = in_work("pack-s0")
    (clock,) = [one for one in story.clocks.open() if one.clause == "action_status"]
    assert f"{clock.due_at.astimezone(SHANGHAI):%a %H:%M}" == "Fri 17:00"
    action = clock.clock_id.partition(":")[2].rpartition("/")[0]
    story.happened(c.ActionProgressReported(action_id=action, percent=50))
    assert story.clocks.clocks[clock.clock_id].status == ClockStatus.MET
    (again,) = [one for one in story.clocks.open() if one.clause == "action_status"]
    assert again.starts_at == clock.due_at and again.due_at == clock.due_at + 7 * DAY, (
        "told in time, it holds for that week"
    )
    story.time_passes(again.due_at + HOUR)
    assert story.clocks.clocks[again.clock_id].breached_at == again.due_at


@pytest.mark.parametrize("pack", ["pack-s0", "pack-s3"])
def test_three_months_after_the_end_the_watch_is_over_by_itself(pack: str):
    story = Story()
    story.rules.going_by = policy(pack)  # type: ignore[misc]
    watch = story.goes_to(Stage.CLOSED).clocks.clocks["recurrence_watch/1"]
    assert watch.target == "mo3" and watch.ladder == ()
    story.time_passes(watch.due_at + DAY)
    ended = story.clocks.clocks["recurrence_watch/1"]
    assert ended.status == ClockStatus.MET and ended.met_at == watch.due_at


def test_a_case_that_comes_back_ends_the_watch():
    story = Story()
    story.rules.going_by = policy("pack-s0")  # type: ignore[misc]
    story.goes_to(Stage.CLOSED).happened(reopened())
    assert story.clocks.clocks["recurrence_watch/1"].status == ClockStatus.CANCELLED


# ── on the board ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_board_shows_what_a_site_owes_whatever_was_kept_late(build: Build):
    desk = Desk(policy("pack-s3"))
    desk.until(local("2026-03-04 12:00"))
    for at in ("2026-03-04 12:00", "2026-03-04 12:01", "2026-03-04 16:00"):
        desk.publishes(DigestKind.DAILY, local(at))
    store = build(SlaBoard, desk.log.facts)
    with store.reading() as db:
        shown = {item["clock_id"]: item for item in clocks(db).items}
        kept_late = [item for item in shown.values() if item["status"] == "met_late"]
        assert [item["clause"] for item in kept_late] == ["daily_digest", "daily_digest"]
        assert {item["complaint_id"] for item in shown.values()} == {None}
        owed = {name.removesuffix("/1") for name, item in shown.items() if item["status"] == "running"}
        assert owed == desk.running().keys()
        assert running_at(db, ["sz"]) == [], "a calendar counts them again by another way"


def test_whoever_a_broken_duty_climbs_to_is_told(build: Build):
    desk = Desk(policy("pack-s3"))
    desk.until(local("2026-03-03 12:00"))
    with build(Outbox, desk.log.facts).reading() as db:
        told = [(row["event"], row["whom"]) for row in outbox_after(db, 0) if "daily_digest" in str(row["said"])]
    assert told[:2] == [("Escalated", "role:service_supervisor"), ("Escalated", "role:aftersales_manager")]
