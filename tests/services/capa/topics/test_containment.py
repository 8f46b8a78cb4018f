"""Containment from its definition to its end: what is agreed, checked, verified, lifted or made permanent."""

from typing import Any

import pytest

from services.capa.domain import DefineContainment, SubmitActionPlan
from services.capa.topics.containment import ImplementContainment, LiftContainment, VerifyContainment
from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events.words import ActionKind, Where
from shared.kernel.values import Rank
from tests.facts import classified, planned
from tests.given import by, capa
from tests.services.capa.going_by import going_by, guarded

DEFINED = e.ContainmentDefined(containment_id="c1", where=(Where.LINE,), measure="stop the line", owner="p-cy")
IN_PLACE = by("p-bo", e.ContainmentImplemented(containment_id="c1"))
HOLDS = e.ContainmentVerified(containment_id="c1", effective=True, method="counted")
LIFT = LiftContainment(containment_id="c1", reason="every unit is tested")


def define(**changed: Any) -> DefineContainment:
    return DefineContainment(
        **{"where": (Where.CUSTOMER,), "measure": "sort on site", "owner": "p-cy", **changed}
    )  # fmt: skip


@pytest.mark.requirement("S4-71")
def test_what_is_agreed_with_the_customer_is_agreed_piece_by_piece_with_times():
    given = capa.given(Stage.ASSIGNED)
    given.when(define(agreed_with_customer=True)).invalid("G-CONT", "work_plan")
    work = (e.WorkItem(item="unpack and test", minutes=90), e.WorkItem(item="pack again", minutes=30))
    event = given.when(define(agreed_with_customer=True, work_plan=work)).event()
    assert event.agreed_with_customer and [item.minutes for item in event.work_plan] == [90, 30]
    given.when(define()).then_some(e.ContainmentDefined)


def test_a_measure_is_put_in_place_verified_and_lifted():
    given = capa.given(Stage.ASSIGNED, DEFINED)
    placed = given.when(ImplementContainment(containment_id="c1", quantity_checked=400, quantity_nonconforming=3))
    assert placed.after.containment["c1"].implemented_by == "p-ana"
    verified = capa.given(Stage.ASSIGNED, DEFINED, IN_PLACE).when(
        VerifyContainment(containment_id="c1", effective=False, method="counted")
    )
    assert verified.after.containment["c1"].effective is False
    lifted = given.when(LIFT).after.containment["c1"]
    assert lifted.lifted_at is not None and not lifted.active and not lifted.permanent


def test_more_pieces_are_never_bad_than_were_checked():
    given = capa.given(Stage.ASSIGNED, DEFINED)
    wrong = ImplementContainment(containment_id="c1", quantity_checked=3, quantity_nonconforming=4)
    given.when(wrong).invalid("G-QUANTITY", "quantity_nonconforming")


def test_what_is_in_place_or_has_ended_is_not_so_once_more():
    capa.given(Stage.ASSIGNED, DEFINED, IN_PLACE).when(ImplementContainment(containment_id="c1")).refused("G-CONT")
    ended = e.ContainmentLifted(containment_id="c1", reason="done")
    capa.given(Stage.ASSIGNED, DEFINED, ended).when(LIFT).refused("G-CONT", "containment_id")
    capa.given(Stage.ASSIGNED).when(LIFT).invalid("G-CONT", "containment_id")


@pytest.mark.parametrize(("person", "allowed"), [("p-cy", False), ("p-bo", False), ("p-vera", True)])
def test_neither_its_owner_nor_whoever_put_it_in_place_verifies_it(person: str, allowed: bool):
    wish = VerifyContainment(containment_id="c1", effective=True, method="counted")
    outcome = capa.given(Stage.ASSIGNED, DEFINED, IN_PLACE).when(wish, by=person)
    if allowed:
        outcome.then_some(e.ContainmentVerified)
    else:
        outcome.refused("G-SOD")
    capa.given(Stage.ASSIGNED, DEFINED).when(wish, by="p-vera").refused("G-CONT")


def test_only_what_was_found_effective_becomes_permanent():
    permanent = LIFT.model_copy(update={"made_permanent": True})
    capa.given(Stage.ASSIGNED, DEFINED, IN_PLACE).when(permanent).refused("G-CONT", "made_permanent")
    kept = capa.given(Stage.ASSIGNED, DEFINED, IN_PLACE, HOLDS).when(permanent).after.containment["c1"]
    assert kept.permanent and not kept.active


# ── by policy ─────────────────────────────────────────────────────────────────────────────────────────────────────────
MEASURES = [DEFINED.model_copy(update={"containment_id": f"c{n}"}) for n in range(1, 5)]
PLAN = [planned(f"a{n}").model_copy(update={"kind": kind}) for n, kind in enumerate(ActionKind, 1)]


def test_the_policy_says_how_many_measures_there_may_be_at_a_time():
    world = going_by("pack-s2")
    capa.given(Stage.ASSIGNED, *MEASURES[:2]).in_a_world(world).when(define()).then_some(e.ContainmentDefined)
    capa.given(Stage.ASSIGNED, *MEASURES[:3]).in_a_world(world).when(define()).refused("G-CONT")
    ended = e.ContainmentLifted(containment_id="c1", reason="done")
    capa.given(Stage.ASSIGNED, *MEASURES[:3], ended).in_a_world(world).when(define()).then_some(e.ContainmentDefined)
    capa.given(Stage.ASSIGNED, *MEASURES).when(define()).then_some(e.ContainmentDefined)


@pytest.mark.parametrize(("rank", "needed"), [(Rank.MAJOR, True), (Rank.MINOR, False)])
def test_a_grave_case_is_contained_before_it_is_planned(rank: Rank, needed: bool):
    past = (Stage.REGISTERED, classified(rank), Stage.PLANNING, *PLAN)
    world = guarded(containment_rank=2)
    outcome = capa.given(*past).in_a_world(world).when(SubmitActionPlan())
    assert (outcome.problem is not None) == needed
    if needed:
        outcome.refused("G-CONT")
    capa.given(*past, DEFINED).in_a_world(world).when(SubmitActionPlan()).then_some(e.ActionPlanSubmitted)


def test_a_pack_that_wants_a_measure_wants_it_in_every_case():
    past = (Stage.REGISTERED, classified(Rank.NEGLIGIBLE), Stage.PLANNING, *PLAN)
    world = going_by("pack-s2")
    capa.given(*past).in_a_world(world).when(SubmitActionPlan()).refused("G-CONT")
    capa.given(*past, DEFINED).in_a_world(world).when(SubmitActionPlan()).then_some(e.ActionPlanSubmitted)
