"""What if: a period replayed under other rules, beside what was recorded; and under the same ones, exactly that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from services.sla_watch.calendars import calendar_published
from services.sla_watch.keeping import migrate
from services.sla_watch.rebasing import by_another_calendar
from services.sla_watch.simulating import Comparison, Gathered, Period, Tally, Verdict, compare, outcome, total
from services.sla_watch.worlds import Change, World
from shared.clocks.calendars import ALWAYS, WorkCalendar
from shared.clocks.published import amended
from shared.complaint.state import Stage
from shared.events import complaint as c
from shared.events.calendars import CalendarAmended, Holiday
from shared.events.organisation import CalendarAssigned, SiteOpened
from shared.events.policy import PackRef, PolicyActivated, PolicyMigrated, PolicyPackPublished
from shared.events.waiting import Wait
from shared.kernel.errors import Unknown
from shared.kernel.fact import Fact
from shared.policy.policies import Policy, digest_of_text
from shared.policy.shipped import text_of
from tests.facts import DAY, HOUR, MONDAY, Log, OneSite, Story, acknowledged, contacted, received, registered, utc
from tests.policies import policy, policy_of

CALENDAR = OneSite.week_days


def house(calendar: WorkCalendar = CALENDAR) -> Log:
    """A ledger in which a site has been opened, with its calendar."""
    log = Log()
    opened = SiteOpened(site="sz", title="Shenzhen", zone="Asia/Shanghai", calendar="cn-std", owner="p-owner")
    log.append("site-sz", opened, MONDAY - DAY, site="sz")
    log.append("calendar-cn-std", calendar_published(calendar), MONDAY - DAY)
    return log


def publish(log: Log, *packs: str) -> tuple[PackRef, ...]:
    refs: list[PackRef] = []
    for pack in packs:
        text = text_of(pack)
        refs.append(PackRef(pack=pack, version=1, digest=digest_of_text(text)))
        said = PolicyPackPublished(pack=pack, version=1, title=pack, text=text, digest=digest_of_text(text))
        log.append(f"policy-{pack}", said, log.facts[-1].recorded_at)
    return tuple(refs)


def activate(log: Log, pack: str, at: datetime) -> None:
    refs = publish(log, "pack-base", pack)
    said = PolicyActivated(site="sz", policy=f"{pack}@1", lineage=refs, digest="d" * 64, effective_from=at)
    log.append("site-sz", said, at, site="sz")


def gathered(facts: Sequence[Fact[Any]], period: Period | None = None, as_of: datetime | None = None) -> Gathered:
    found = Gathered(period or Period(), as_of)
    for fact in facts:
        if found.wants(fact.stream, fact.event.TOPIC):
            found.take(fact)
    found.ends(facts[-1].recorded_at)
    return found


def what_if(story: Story, *changes: Change, as_of: datetime | None = None) -> Comparison:
    return compare(gathered(story.facts, as_of=as_of or story.now), changes or (Change(),))


def slow(story: Story) -> Story:
    """Days pass between the steps, so that promises are broken, climb and are kept late; a sample keeps others waiting."""
    story.goes_to(Stage.ASSIGNED)
    story.happened(c.WaitBegan(wait_id="w1", wait=Wait.SAMPLE, explanation="on its way"))
    story.time_passes(story.now + 6 * DAY).happened(c.WaitEnded(wait_id="w1", outcome="it is here"))
    for stage in (Stage.VERIFYING, Stage.CLOSED):
        story.time_passes(story.now + 4 * DAY).goes_to(stage)
    return story.time_passes(story.now + 40 * DAY)


def responds_within(target: str) -> Policy:
    return policy_of(
        "meta: {id: ours, version: 1, title: {en: Ours, zh: 我们的}, extends: pack-s0}\n"
        f"clauses: {{CL-RESP: {{targets: {{all: {target}}}}}}}\n"
    )


def answered_after(length: timedelta) -> Story:
    story = Story(house()).happened(received())
    story.time_passes(MONDAY + length)
    return story.happened(acknowledged(), at=MONDAY + length).happened(contacted(), at=MONDAY + length)


# ── the same rules ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_under_the_same_rules_everything_comes_out_as_it_was_recorded():
    story = slow(Story(house()))
    said = what_if(story)
    [same] = said.simulations
    assert same.differences == [] and same.clauses == said.clauses and said.cases == 1
    assert total(said.clauses.values()).broken > 2 and total(said.clauses.values()).kept > 2


def test_a_policy_holds_from_when_it_was_activated_on():
    log = house()
    before = Story(log)
    slow(before)
    activate(log, "pack-s1", log.facts[-1].recorded_at)
    after = Story(log, number=2, begins=log.facts[-1].recorded_at + HOUR)
    after.rules.going_by = policy("pack-s1")  # type: ignore[misc]
    slow(after)
    said = what_if(after)
    assert said.cases == 2 and said.simulations[0].differences == []
    assert "registration" in said.clauses, "which only the second case was promised"


def test_a_calendar_that_was_amended_moves_in_the_replay_what_it_moved_then():
    story = Story(house()).goes_to(Stage.ASSIGNED)
    friday = Holiday(day=date(2026, 3, 6), name="power cut")
    event = CalendarAmended(calendar="cn-std", edition=2, reason="power cut", now_free=(friday,))
    second, at = amended(CALENDAR, event), story.now
    story.log.append("calendar-cn-std", event, at)
    for rebased in by_another_calendar(story.clocks, second, at):
        story.say(rebased, at)
    story.rules.week_days = second  # type: ignore[misc]
    story.time_passes(at + 30 * DAY)
    assert any(clock.rebased for clock in story.clocks.clocks.values())
    assert what_if(story).simulations[0].differences == []
    assert what_if(story, Change(calendar=CALENDAR)).simulations[0].differences, "the one before it, all the time"


def test_a_site_that_works_by_another_calendar_from_a_day_on_does_so_in_the_replay():
    log, nights = house(), replace(ALWAYS, id="nights")
    log.append("calendar-nights", calendar_published(nights), MONDAY - DAY)
    story = Story(log).goes_to(Stage.ASSIGNED)
    at = story.now
    log.append(
        "site-sz", CalendarAssigned(site="sz", calendar="nights", was="cn-std", reason="two shifts"), at, site="sz"
    )
    for rebased in by_another_calendar(story.clocks, nights, at):
        story.say(rebased, at)
    story.rules.week_days = nights  # type: ignore[misc]
    story.time_passes(at + 30 * DAY)
    assert what_if(story).simulations[0].differences == []


def test_promises_that_were_migrated_are_migrated_in_the_replay_unless_another_policy_is_tried():
    log = house()
    story = Story(log).goes_to(Stage.ASSIGNED)
    activate(log, "pack-s1", story.now)
    story.rules.going_by = policy("pack-s1")  # type: ignore[misc]
    at = story.now
    log.append(
        "site-sz", PolicyMigrated(site="sz", policy="pack-s1@1", digest="d" * 64, reason="agreed"), at, site="sz"
    )
    for moved in list(migrate(story.clocks, story.case, at, story.rules)):
        story.say(moved, at)  # type: ignore[arg-type]
    story.time_passes(at + 30 * DAY)
    assert what_if(story).simulations[0].differences == []
    [other] = what_if(story, Change(policy("pack-s1"))).simulations
    assert other.clauses["registration"].started == 1, "by pack-s1 from the receipt on"


def test_that_nobody_said_a_breach_before_it_was_excused_is_no_difference():
    """The replay is never late; the watcher of then was, and the fact came before it said anything."""
    story = Story(house()).happened(received())
    due = story.clocks.clocks["acknowledgement/1"].due_at
    story.happened(acknowledged(), at=due - HOUR / 2, recorded_at=due + HOUR)
    assert not story.clocks.clocks["acknowledgement/1"].excused
    said = what_if(story)
    assert said.simulations[0].differences == []
    assert (said.clauses["acknowledgement"].excused, said.simulations[0].clauses["acknowledgement"].excused) == (0, 1)


# ── other rules ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_stricter_pack_breaks_what_a_milder_one_keeps():
    story = answered_after(3 * HOUR)
    said = what_if(story, Change(responds_within("PT8H")), Change(responds_within("PT1H")))
    mild, strict = (each.clauses["first_response"] for each in said.simulations)
    assert (mild.kept, mild.broken, mild.share) == (1, 0, 1.0)
    assert (strict.kept, strict.broken, strict.late, strict.share) == (0, 1, 1, 0.0)
    [found] = [each for each in said.simulations[1].differences if each.clock_id == "first_response/1"]
    assert found.recorded and found.recorded.verdict == Verdict.KEPT
    assert found.simulated and found.simulated.verdict == Verdict.BROKEN
    assert found.simulated.due_at == MONDAY + HOUR and found.case_no == story.case_no


def test_what_a_pack_does_not_promise_stands_on_one_side_alone():
    said = what_if(answered_after(HOUR), Change(policy("pack-s1")))
    by_clock = {each.clock_id: each for each in said.simulations[0].differences}
    assert by_clock["registration/1"].recorded is None and by_clock["registration/1"].simulated is not None
    assert by_clock["closure/1"].simulated is None and by_clock["closure/1"].recorded is not None
    assert by_clock["closure/1"].clause == "closure" and said.simulations[0].cases == 1


def test_one_more_holiday_moves_what_it_lies_in():
    story = Story(house()).goes_to(Stage.ASSIGNED)
    day_off = replace(CALENDAR, holidays={date(2026, 3, 3): "works outing"})
    [said] = what_if(story, Change(calendar=day_off)).simulations
    moved = {each.clock_id: each for each in said.differences}
    cause = moved["root_cause/1"]
    assert cause.recorded and cause.simulated and cause.simulated.due_at == cause.recorded.due_at + DAY
    assert "first_response/1" not in moved, "which runs around the clock"


def test_a_grade_that_the_pack_does_not_know_counts_by_its_rank():
    story = Story(house()).goes_to(Stage.ASSIGNED)  # graded P2, which pack-s1 does not have: its rank 2 is IMPORTANT
    [by_rank] = what_if(story, Change(policy("pack-s1"))).simulations
    wanted = policy("pack-s1").pack.clauses
    assert wanted is not None and "IMPORTANT" in (wanted["CL-RCA"].targets or {})
    assert by_rank.clauses["root_cause"].started == 1


def test_several_packs_are_compared_with_the_same_record():
    story = slow(Story(house()))
    done: list[int] = []
    said = compare(
        gathered(story.facts, as_of=story.now), [Change(policy(f"pack-s{n}")) for n in range(5)], done.append
    )
    assert len(said.simulations) == 5 == sum(done)
    assert len({str(each.clauses) for each in said.simulations}) == 5, "five procedures, five outcomes"
    for tally in (*said.clauses.values(), *(one for each in said.simulations for one in each.clauses.values())):
        assert tally.started == tally.kept + tally.broken + tally.open + tally.cancelled
        assert tally.late <= tally.broken


# ── which cases, and until when ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("begins", "ends", "cases"),
    [(None, None, 1), (date(2026, 3, 3), None, 1), (None, date(2026, 3, 3), 0), (date(2026, 3, 4), None, 0)],
)
def test_a_day_is_the_sites_own(begins: date | None, ends: date | None, cases: int):
    story = Story(house(), begins=utc("2026-03-02 17:00")).happened(received())  # one in the morning of the 3rd there
    found = gathered(story.facts, Period(begins=begins, ends=ends))
    assert len(found.cases) == cases and found.received == (date(2026, 3, 3), date(2026, 3, 3))


def test_only_the_sites_that_are_named():
    story = Story(house()).happened(received())
    assert [each.case_no for each in gathered(story.facts, Period(frozenset({"sz"}))).cases] == [story.case_no]
    assert gathered(story.facts, Period(frozenset({"mty"}))).cases == []


def test_as_of_a_moment_nothing_later_counts():
    story = slow(Story(house()))
    said = what_if(story, as_of=MONDAY + HOUR / 2)
    assert said.until == MONDAY + HOUR / 2 and said.simulations[0].differences == []
    assert total(said.clauses.values()).open == total(said.clauses.values()).started == 3


def test_a_case_taken_over_as_history_is_left_out():
    log = house()
    Story(log, historical=True).happened(received())
    live = Story(log, number=2)
    live.happened(received(live.case_no))
    found = gathered(live.facts)
    assert [each.case_no for each in found.cases] == [live.case_no] and found.taken_over == 1


def test_a_history_goes_by_the_rules_that_are_tried_and_ends_with_its_last_fact():
    log = house()
    story = Story(log, historical=True).happened(received())
    story.happened(acknowledged(), at=MONDAY + DAY).happened(contacted(), at=MONDAY + 2 * DAY)
    live = Story(log, begins=MONDAY + 90 * DAY, number=2)
    live.happened(received(live.case_no)).time_passes(MONDAY + 91 * DAY)
    log.append(f"complaint-{story.id}", registered(), MONDAY + 91 * DAY, site="sz")  # done here, long after
    said = compare(gathered(log.facts, Period(history=True)), [Change(), Change(responds_within("PT1H"))])
    by_default, strict = said.simulations
    assert said.cases == 2 and {each.complaint_id for each in by_default.differences} == {story.id}
    of_history = {each.clock_id: each.simulated for each in strict.differences if each.complaint_id == story.id}
    for clock in ("acknowledgement/1", "first_response/1"):
        assert (one := of_history[clock]) and one.verdict == Verdict.BROKEN
    closure = next(each.simulated for each in by_default.differences if each.clock_id == "closure/1")
    assert closure and closure.due_at < MONDAY + 40 * DAY, "long over"
    assert closure.verdict == Verdict.OPEN, "nobody knows how it went on"


def test_without_a_fact_there_is_no_moment():
    with pytest.raises(ValueError, match="says nothing"):
        _ = Gathered(Period()).until


def test_a_share_of_nothing_is_none_and_what_was_cancelled_after_it_was_broken_was_broken():
    assert Tally().share is None
    story = Story(house()).happened(received())
    story.time_passes(MONDAY + 5 * DAY).happened(c.Withdrawn(reason="by the customer"))
    clock = story.clocks.clocks["first_response/1"]
    assert (outcome(clock).verdict, outcome(clock).status) == (Verdict.BROKEN, clock.status)
    assert what_if(story).simulations[0].differences == []


def test_a_site_that_is_not_there_is_unknown():
    with pytest.raises(Unknown, match="no site"):
        World().site("xx")
