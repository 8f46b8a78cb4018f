"""The demonstration, played through the real decisions and folds without a server."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.demo import finale, year
from services.demo.organisation import SITES
from services.demo.procedures import PROCEDURES
from services.demo.procedures.company import Procedure
from services.demo.programme import NAMED, PLACES, Programme, demonstration
from services.demo.scenario import Step, filled
from services.demo.worked import EARPHONES, SCREEN
from shared.clocks.state import Clock, ClockStatus
from shared.complaint.state import OPEN, Complaint, Stage
from shared.events import clocks as clock_events
from shared.events import complaint as events
from shared.events.words import Disposition
from tests.services.demo.simulated_desk import SimulatedDesk

UNTIL = datetime(2026, 3, 17, 8, 0, tzinfo=UTC)
COMPANIES = {each.site.code for each in PROCEDURES}


def programme(until: datetime, complaints: int = year.COMPLAINTS, seed: int = year.SEED) -> Programme:
    return demonstration(until, seed, complaints)


def steps(until: datetime, complaints: int = year.COMPLAINTS, seed: int = year.SEED) -> list[Step]:
    return list(programme(until, complaints, seed).steps)


class Played:
    """A demonstration and where it led."""

    def __init__(self, until: datetime, complaints: int = year.COMPLAINTS) -> None:
        self.until = until
        self.steps = steps(until, complaints)
        self.desk = SimulatedDesk(programme(until, complaints))
        self.desk.play(self.steps)
        self.cases = [case for case in self.desk.cases.values() if case.site not in COMPANIES]
        """Of the three sites of the year, the worked ones among them."""

    def case(self, key: str) -> Complaint:
        return self.desk.cases[self.desk.ids[key]]

    def facts(self, key: str, kind: type[Any]) -> list[Any]:
        stream = self.desk.ids[key]
        return [fact for fact in self.desk.facts if fact.subject_id == stream and isinstance(fact.event, kind)]

    def open_clocks(self) -> list[tuple[Complaint, Clock]]:
        return [(self.desk.cases[id], clock) for id, clocks in self.desk.promises.items() for clock in clocks.open()]


@pytest.fixture(scope="module")
def played() -> Played:
    """Playing asserts, step by step, that nothing is refused: roles, lifecycle, guards, files, other cases."""
    return Played(UNTIL)


def digest(steps: list[Step]) -> str:
    said = ([s.at.isoformat(), s.case, s.number, s.actor, s.path, filled(s.body, _Any())] for s in steps)
    return hashlib.sha256("\n".join(json.dumps(each, ensure_ascii=False) for each in said).encode()).hexdigest()


class _Any(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return key


# ── the same, in order, on time ───────────────────────────────────────────────────────────────────────────────────────
def test_the_same_seed_gives_the_same_steps(played: Played):
    assert digest(steps(UNTIL)) == digest(played.steps)


def test_another_seed_gives_another_year(played: Played):
    assert digest(steps(UNTIL, 60, seed=1)) != digest(steps(UNTIL, 60))


def test_all_steps_are_in_global_time_order_and_each_case_in_its_own(played: Played):
    assert all(one.at <= next_one.at for one, next_one in zip(played.steps, played.steps[1:], strict=False))
    numbers: Counter[str] = Counter()
    for step in played.steps:
        numbers[step.case] += 1
        assert step.number == numbers[step.case]


def test_the_year_begins_after_the_home_and_ends_at_the_given_instant(played: Played):
    assert year.begins(UNTIL) <= played.steps[0].at
    assert UNTIL - timedelta(hours=12) < played.steps[-1].at < UNTIL
    generated = [step.at for step in played.steps if step.opens and not step.case.startswith(("worked", "procedure"))]
    assert UNTIL - year.YEAR <= min(generated) < UNTIL - year.YEAR + timedelta(days=2)


def test_the_worked_cases_are_received_first(played: Played):
    opened = [step.case for step in played.steps if step.opens]
    assert opened[:2] == [SCREEN, EARPHONES]
    assert [case.case_no for case in played.cases[:2]] == ["SZ-2025-00001", "SZ-2025-00002"]


def test_keys_of_commands_are_unique_and_fit_the_header(played: Played):
    keys = {step.key(year.SEED, UNTIL) for step in played.steps}
    assert len(keys) == len(played.steps)
    assert max(map(len, keys)) <= 128


# ── proportions ───────────────────────────────────────────────────────────────────────────────────────────────────────
def share(of: Counter[Any], key: Any) -> float:
    return of[key] / of.total()


def test_there_are_enough_complaints_in_plausible_proportions(played: Played):
    assert len(played.cases) == year.COMPLAINTS + 2
    ranks = Counter(case.rank for case in played.cases if case.rank is not None)
    for rank, wanted, tolerance in (("1", 0.04, 0.02), ("2", 0.18, 0.04), ("3", 0.53, 0.05), ("4", 0.25, 0.05)):
        assert share(ranks, rank) == pytest.approx(wanted, abs=tolerance), ranks
    sites = Counter(case.site for case in played.cases)
    assert share(sites, "sz") > share(sites, "dresden") > share(sites, "monterrey") > 0.15
    assert len(Counter(case.category for case in played.cases)) >= 8
    assert len(Counter(case.channel for case in played.cases)) >= 9
    assert 11 < len(played.steps) / len(played.cases) < 16, "steps to a case"


def test_customers_write_in_four_languages_and_hardly_ever_the_same(played: Played):
    languages = Counter(case.language for case in played.cases)
    assert all(share(languages, language) > 0.1 for language in ("zh", "en", "de", "es")), languages
    texts = {str(case.description) for case in played.cases}
    assert len(texts) > 0.98 * len(played.cases)
    assert not any("{" in text or "  " in text for text in texts)


def test_the_week_has_its_rhythm(played: Played):
    weekdays = Counter(case.received_at.weekday() for case in played.cases if case.received_at)
    assert weekdays[0] > weekdays[4] > 2 * weekdays[5] > 0


def test_bad_lots_come_in_clusters(played: Played):
    lots = Counter(case.lot_no for case in played.cases if case.lot_no)
    assert sum(count >= 5 for count in lots.values()) >= 8


def test_most_older_cases_are_closed_and_everything_happens(played: Played):
    older = [case for case in played.cases if case.received_at and case.received_at < UNTIL - timedelta(days=60)]
    assert sum(case.stage not in OPEN for case in older) > 0.98 * len(older)
    stages = Counter(case.stage for case in played.cases)
    # A case is triaged for an hour at most; nobody tells of enquiries yet.
    wanted = set(Stage) - {Stage.NEW, Stage.TRIAGED, Stage.NOT_A_COMPLAINT}
    assert wanted - {Stage.REGISTERED} <= set(stages), stages
    said = played.desk.recorded
    for event, least in (
        ("Withdrawn", 60), ("Merged", 15), ("Reopened", 30), ("GradeChanged", 40), ("ActionPlanReturned", 30),
        ("SimilarComplaintLinked", 20), ("FollowUpWaived", 3), ("BreachExcused", 20), ("EscalationAcknowledged", 30),
        ("Archived", 60), ("CostRecorded", 40), ("ContainmentDefined", 100),
    ):  # fmt: skip
        assert said[event] >= least, (event, said[event])
    failed = sum(case.failed_verifications > 0 for case in played.cases)
    dispositions = Counter(case.disposition for case in played.cases)
    assert failed > 30
    assert dispositions[Disposition.NO_TROUBLE_FOUND] > 60 and dispositions[Disposition.USE_ERROR] > 20
    assert 0.03 < said["Breached"] / said["ClockStarted"] < 0.15


def test_some_facts_are_told_late(played: Played):
    late = [fact for fact in played.desk.facts if fact.backdate_reason and fact.kind == "complaint"]
    assert 0.002 < len(late) / len(played.steps) < 0.02
    assert all(fact.occurred_at < fact.recorded_at for fact in late)


# ── the worked cases ──────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.requirement("S0-58")
def test_the_garbled_screen_goes_through_everything_and_keeps_its_promises(played: Played):
    case = played.case(SCREEN)
    assert case.stage == Stage.ARCHIVED and case.product_model == "ABC-2000" and len(case.actions) == 3
    assert not played.facts(SCREEN, clock_events.Breached)
    (late,) = [fact for fact in played.facts(SCREEN, events.CustomerContacted) if fact.backdate_reason]
    assert late.recorded_at.date() > late.occurred_at.date()


@pytest.mark.requirement("S4-33")
def test_the_earphones_fail_breach_escalate_and_come_back(played: Played):
    case = played.case(EARPHONES)
    assert case.stage == Stage.ARCHIVED and case.cycle == 2 and case.failed_verifications == 1
    registered = played.facts(EARPHONES, events.Registered)[0].event
    assert (registered.quantity_inspected, registered.quantity_defective) == (100, 14)
    assert [count.quantity for count in registered.defects] == [7, 6, 1]
    verdicts = [fact.event.verdict for fact in played.facts(EARPHONES, events.RootCauseFound)]
    assert verdicts == ["presumed", "confirmed"]
    taken_on = played.facts(EARPHONES, clock_events.EscalationAcknowledged)[0].event
    assert (taken_on.clock_id, taken_on.level) == ("root_cause/1", 1)
    assert played.facts(EARPHONES, clock_events.BreachExcused)


# ── the five procedures ───────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("case", NAMED)
def test_the_told_cases_reach_the_archive_in_a_demonstration_of_any_size(case: str, played: Played):
    assert played.case(case).stage == Stage.ARCHIVED
    assert [step for step in SHORT if step.case == case] == [step for step in played.steps if step.case == case]


SHORT = steps(UNTIL, complaints=50)


@pytest.mark.parametrize("end", [datetime(2026, 2, 20, tzinfo=UTC), datetime(2026, 10, 12, 3, tzinfo=UTC)])
@pytest.mark.parametrize("procedure", PROCEDURES, ids=lambda each: each.case)
def test_a_story_ends_before_the_demonstration_does_whatever_holidays_there_are(procedure: Procedure, end: datetime):
    told = [step for step in steps(end, complaints=finale.COUNT) if step.case == procedure.case]
    assert told[-1].path.endswith("/archive") and end - timedelta(days=90) < told[-1].at < end


def test_everybody_in_the_told_cases_is_somebody_of_their_own():
    staff = [each for site in PLACES for each in site.staff]
    for what in ("id", "key", "name"):
        assert len({getattr(each, what) for each in staff}) == len(staff), what
    assert all(each.roles for each in staff)


# ── how it stands at the end ──────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "end", [UNTIL, datetime(2026, 7, 4, 23, 59, tzinfo=UTC), datetime(2027, 1, 1, 12, 30, tzinfo=UTC)]
)
def test_at_the_end_promises_are_due_within_the_hour_today_standing_still_and_late(end: datetime):
    played = Played(end, complaints=finale.COUNT + 60)
    clocks = played.open_clocks()
    running = [(case, clock) for case, clock in clocks if clock.status == ClockStatus.RUNNING]
    within_the_hour = [clock for _, clock in running if end < clock.due_at <= end + timedelta(hours=1)]
    later_today = [
        clock
        for case, clock in running
        if case.site in SITES
        and end + timedelta(hours=1) < clock.due_at
        and _day(case, clock.due_at) == _day(case, end)
    ]
    paused = [clock for _, clock in clocks if clock.status == ClockStatus.PAUSED]
    late = [clock for _, clock in clocks if clock.status == ClockStatus.BREACHED]
    assert len(within_the_hour) >= 5
    assert len(later_today) >= 3
    assert len(paused) >= 9  # root cause, plan and closure of three cases
    assert len(late) >= 3
    assert any(clock.acknowledged_level for clock in late) and any(not clock.acknowledged_level for clock in late)


def _day(case: Complaint, at: datetime) -> str:
    return at.astimezone(SITES[case.site].tz).date().isoformat()
