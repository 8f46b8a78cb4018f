"""Verification: a judgement that agrees with itself, on data, not too early, put off once at most."""

from datetime import date
from typing import Any

import pytest

from services.capa.domain import VerifyEffect
from shared.complaint.state import ActionStatus, Stage
from shared.events import complaint as e
from shared.events.capa_words import Effect, ProofKind, Term
from shared.events.words import EvidenceKind
from shared.kernel.values import FileRef
from tests.facts import completed, planned, utc, verified
from tests.given import Given, World, by, capa, told
from tests.services.capa.going_by import guarded

PHOTO = FileRef(sha256="a" * 64, bytes=12, media_type="image/png", name="joint.png")
EVIDENCE = e.EvidenceAttached(evidence_id="e1", kind=EvidenceKind.PHOTO, file=PHOTO)
MET = e.Criterion(metric="cold joints", target="0 of 500", actual="0 of 500", met=True, n=500)
UNMET = e.Criterion(metric="customer calls", target="0", actual="2", met=False)


def judged(effective: bool = True, **changed: Any) -> VerifyEffect:
    return VerifyEffect(**{"action_ids": ("a1",), "effective": effective, "method": "500 boards", **changed})


def verifying(*more: Any) -> Given:
    return capa.given(Stage.VERIFYING, EVIDENCE, *more)


def test_how_and_how_soon_it_was_judged_is_kept():
    wish = judged(term=Term.SHORT, proof=ProofKind.RECORD_SPOT_CHECK, result=Effect.EFFECTIVE, criteria=(MET,))
    event = verifying().when(wish, by="p-vera").leads_to(Stage.CLOSING).event()
    assert (event.term, event.proof, event.criteria[0].n) == (Term.SHORT, ProofKind.RECORD_SPOT_CHECK, 500)


# ── it agrees with itself ─────────────────────────────────────────────────────────────────────────────────────────────
def test_nothing_is_effective_that_misses_a_criterion():
    verifying().when(judged(criteria=(MET, UNMET)), by="p-vera").invalid("G-VERIFY", "criteria")
    verifying().when(judged(False, criteria=(MET, UNMET)), by="p-vera").leads_to(Stage.PLANNING)
    verifying().when(judged(criteria=(MET,)), by="p-vera").leads_to(Stage.CLOSING)


@pytest.mark.parametrize(
    ("effective", "result"),
    [(True, Effect.NOT_EFFECTIVE), (True, Effect.INCONCLUSIVE), (False, Effect.EFFECTIVE)],
)
def test_the_result_says_the_same_twice(effective: bool, result: Effect):
    verifying().when(judged(effective, result=result), by="p-vera").invalid("G-VERIFY", "result")


# ── one after another ─────────────────────────────────────────────────────────────────────────────────────────────────
ONE_OF_TWO = (planned("a1"), planned("a2"), Stage.IMPLEMENTING, completed("a1"))


@pytest.mark.requirement("S0-45", "S0-46")
def test_what_is_done_is_judged_while_the_rest_is_still_under_way():
    under_way = capa.given(Stage.PLANNING, *ONE_OF_TWO)
    under_way.when(judged(action_ids=("a2",)), by="p-vera").refused("G-ACTION")
    soon = under_way.when(judged(), by="p-vera").leads_to(Stage.IMPLEMENTING)
    assert soon.after.actions["a1"].status == ActionStatus.EFFECTIVE
    later = capa.given(Stage.PLANNING, *ONE_OF_TWO, verified("a1"), completed("a2"))
    assert later.case.stage == Stage.VERIFYING
    later.when(judged(action_ids=("a2",)), by="p-vera").leads_to(Stage.CLOSING)


def test_what_was_not_effective_is_planned_again_and_the_rest_goes_on_after_that():
    failed = capa.given(Stage.PLANNING, *ONE_OF_TWO).when(judged(False), by="p-vera").leads_to(Stage.PLANNING)
    assert failed.after.actions["a2"].status == ActionStatus.APPROVED
    again = capa.given(Stage.PLANNING, *ONE_OF_TWO, verified("a1", effective=False), planned("a3"), Stage.IMPLEMENTING)
    open_ones = {id for id, each in again.case.actions.items() if each.status == ActionStatus.APPROVED}
    assert open_ones == {"a2", "a3"}


# ── nobody can say yet ────────────────────────────────────────────────────────────────────────────────────────────────
NOT_YET = judged(False, result=Effect.INCONCLUSIVE, look_again=date(2026, 4, 1))


def test_what_is_inconclusive_is_judged_once_more():
    verifying().when(judged(False, result=Effect.INCONCLUSIVE), by="p-vera").invalid("G-VERIFY", "look_again")
    once = verifying().when(NOT_YET, by="p-vera").leads_to(Stage.VERIFYING)
    action = once.after.actions["a1"]
    assert (action.status, action.inconclusive, once.after.failed_verifications) == (ActionStatus.COMPLETED, 1, 0)
    later = verifying(by("p-vera", once.event()))
    later.when(NOT_YET, by="p-vera").refused("G-VERIFY", "result")
    later.when(judged(), by="p-vera").leads_to(Stage.CLOSING)
    later.when(judged(False), by="p-vera").leads_to(Stage.PLANNING)


# ── on data ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_each_action_is_judged_by_its_own_metric():
    metric = e.SuccessMetric(kpi="cold joints", target="0 of 500", window_days=30)
    own = planned("a1").model_copy(update={"success_metric": metric})
    given = capa.given(Stage.PLANNING, own, Stage.VERIFYING)
    given.when(judged(), by="p-vera").refused("G-VERIFY", "criteria")
    given.when(judged(criteria=(MET,)), by="p-vera").leads_to(Stage.CLOSING)
    given.when(judged(False), by="p-vera").leads_to(Stage.PLANNING)


def test_where_the_policy_asks_for_evidence_there_are_evidence_and_data():
    given = verifying().in_a_world(guarded(evidence_per_cause=1))
    given.when(judged(criteria=(MET,)), by="p-vera").refused("G-EVID", "evidence")
    given.when(judged(evidence=("e1",)), by="p-vera").refused("G-VERIFY", "criteria")
    given.when(judged(evidence=("e1",), criteria=(MET,)), by="p-vera").leads_to(Stage.CLOSING)


# ── not too early ─────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("soak", "too_early", "early_enough"),
    [
        ("PT24H", "2026-03-17 08:59", "2026-03-17 09:00"),
        ("wd2", "2026-03-18 08:00", "2026-03-18 09:00"),
        ("cd7", "2026-03-23 08:00", "2026-03-23 16:00"),
    ],
)
def test_an_effect_shows_only_after_some_time(soak: str, too_early: str, early_enough: str):
    story = told(Stage.IMPLEMENTING).happened(
        completed("a1"), utc("2026-03-16 09:00"), recorded_at=utc("2026-03-16 09:00")
    )
    world = World()
    world.going_by = guarded(min_soak=soak).going_by
    waiting = Given(capa.topics, story.case, story.now, world)
    waiting.when(judged(), by="p-vera", at=utc(too_early)).refused("G-VERIFY")
    waiting.when(judged(), by="p-vera", at=utc(early_enough)).leads_to(Stage.CLOSING)


def test_no_time_at_all_is_no_time_to_wait():
    verifying().in_a_world(guarded(min_soak="PT0S")).when(judged(), by="p-vera").leads_to(Stage.CLOSING)
