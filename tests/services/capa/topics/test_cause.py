"""Causes proposed, rejected and found: occurrence and escape, evidence for each, methods and verdicts of the policy."""

from typing import Any

import pytest

from services.capa.domain import RecordRootCause
from services.capa.topics.cause import ProposeRootCause, RejectRootCause
from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.events.capa_words import CauseKind, CauseNature, CauseSide, Confidence
from shared.kernel.values import FileRef, Rank
from tests.examples import example
from tests.facts import classified
from tests.given import Given, capa
from tests.services.capa.going_by import asking, going_by, guarded

PHOTO = FileRef(sha256="a" * 64, bytes=12, media_type="image/png", name="joint.png")
EVIDENCE = tuple(e.EvidenceAttached(evidence_id=id, kind=w.EvidenceKind.PHOTO, file=PHOTO) for id in ("e1", "e2", "e3"))
WHY = e.Why(why="garbled", because="cold joint", evidence=("e1",))
OCCURRED = e.Cause(
    cause_kind=CauseKind.ROOT, cause_side=CauseSide.OCCURRENCE, statement="profile drifted", evidence=("e1",),
    cause_pattern="process-parameter",
)  # fmt: skip
ESCAPED = e.Cause(
    cause_kind=CauseKind.ROOT, cause_side=CauseSide.ESCAPE, statement="tested cold", evidence=("e2",),
    cause_nature=CauseNature.SYSTEMIC,
)  # fmt: skip


def found(**changed: Any) -> RecordRootCause:
    usual: dict[str, Any] = {
        "direct_cause": "cold joint", "root_cause": "profile drifted", "method": w.Method.FIVE_WHY, "five_whys": (WHY,),
    }  # fmt: skip
    return RecordRootCause(**{**usual, **changed})


def investigating(rank: Rank = Rank.MAJOR, *more: Any) -> Given:
    return capa.given(Stage.REGISTERED, classified(rank), Stage.INVESTIGATING, *EVIDENCE, *more)


# ── proposed and rejected ─────────────────────────────────────────────────────────────────────────────────────────────
PROPOSED = e.RootCauseProposed(
    cause_id="ca1", cause_kind=CauseKind.ROOT, cause_side=CauseSide.ESCAPE, statement="tested cold", evidence=("e2",)
)
REJECTED = e.RootCauseRejected(cause_id="ca1", reason="warm tests fail too")


def test_a_proposed_cause_is_taken_over_with_its_evidence():
    event = investigating(Rank.MAJOR, PROPOSED).when(found(cause_ids=("ca1",))).event()
    (cause,) = event.causes
    assert (cause.cause_id, cause.statement, cause.evidence) == ("ca1", "tested cold", ("e2",))
    assert cause.confidence == Confidence.CONFIRMED, "as sure as the verdict"


def test_a_rejected_cause_is_neither_taken_over_nor_rejected_again():
    given = investigating(Rank.MAJOR, PROPOSED, REJECTED)
    given.when(found(cause_ids=("ca1",))).refused("G-RCA", "cause_ids")
    given.when(RejectRootCause(cause_id="ca1", reason="again")).refused("G-RCA", "cause_id")
    given.when(RejectRootCause(cause_id="ca9", reason="?")).invalid("G-RCA", "cause_id")
    assert given.case.investigation.rejected == ("ca1",)


def test_a_cause_is_proposed_as_confirmed_only_with_evidence():
    usual: dict[str, Any] = {"cause_kind": CauseKind.DIRECT, "cause_side": CauseSide.OCCURRENCE, "statement": "joint"}
    given = investigating()
    given.when(ProposeRootCause(**usual, confidence=Confidence.CONFIRMED)).refused("G-EVID", "evidence")
    assert given.when(ProposeRootCause(**usual, confidence=Confidence.PROBABLE)).event().cause_id == "ca1"
    given.when(ProposeRootCause(**usual, evidence=("e9",))).invalid("G-EVID", "evidence")


def test_while_it_is_in_dispute_whether_anything_failed_no_cause_is_found():
    disputed = example(e.EvidenceDisputeOpened)
    given = investigating(Rank.MAJOR, disputed)
    given.when(found()).refused("G-DISPUTE")


# ── found, by the policy ──────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("causes", "named"), [((), False), ((OCCURRED,), False), ((ESCAPED,), False), ((OCCURRED, ESCAPED), True)]
)
def test_a_grave_case_says_why_it_occurred_and_why_it_escaped(causes: tuple[e.Cause, ...], named: bool):
    world = guarded(occurrence_and_escape_rank=2)
    outcome = investigating().in_a_world(world).when(found(causes=causes))
    if named:
        outcome.leads_to(Stage.PLANNING)
    else:
        outcome.refused("G-RCA", "causes")
    investigating(Rank.MINOR).in_a_world(world).when(found(causes=causes)).leads_to(Stage.PLANNING)
    investigating().when(found(causes=causes)).leads_to(Stage.PLANNING)


def test_where_nothing_failed_nothing_escaped():
    world = guarded(occurrence_and_escape_rank=4)
    for verdict, stage in ((w.Verdict.NO_TROUBLE_FOUND, Stage.CLOSING), (w.Verdict.USE_ERROR, Stage.PLANNING)):
        investigating().in_a_world(world).when(found(verdict=verdict)).leads_to(stage)


@pytest.mark.parametrize("verdict", [w.Verdict.SUPPLIER, w.Verdict.TRANSPORT])
def test_a_cause_at_a_supplier_or_on_the_way_is_planned_for(verdict: w.Verdict):
    investigating().when(found(verdict=verdict)).leads_to(Stage.PLANNING)
    world = guarded(occurrence_and_escape_rank=2)
    investigating().in_a_world(world).when(found(verdict=verdict)).refused("G-RCA", "causes")


def test_every_cause_has_as_much_evidence_as_the_policy_asks_for():
    given = investigating().in_a_world(guarded(evidence_per_cause=2))
    twice = OCCURRED.model_copy(update={"evidence": ("e1", "e2")})
    given.when(found(causes=(twice, ESCAPED))).refused("G-EVID", "evidence")
    given.when(found(causes=(twice, ESCAPED.model_copy(update={"evidence": ("e2", "e3")})))).leads_to(Stage.PLANNING)
    given.when(found()).refused("G-EVID", "evidence")
    given.when(found(evidence=("e2",))).leads_to(Stage.PLANNING)
    given.when(found(causes=(twice.model_copy(update={"evidence": ("e1", "e1")}),))).refused("G-EVID", "evidence")


def test_a_cause_that_is_not_confirmed_says_why():
    presumed = OCCURRED.model_copy(update={"confidence": Confidence.PRESUMED, "evidence": ()})
    given = investigating()
    given.when(found(causes=(presumed,))).invalid("G-RCA", "causes")
    said = presumed.model_copy(update={"reason_if_unverifiable": "the board is lost"})
    given.when(found(causes=(said,))).leads_to(Stage.PLANNING)


def test_methods_and_verdicts_are_those_of_the_policy():
    only = investigating(Rank.MINOR).in_a_world(asking(methods=["fishbone_6m", "8d"]))
    only.when(found()).refused("G-RCA", "method")
    fish = found(method=w.Method.FISHBONE_6M, fishbone=e.Fishbone(machine=("drift",)))
    only.when(fish).leads_to(Stage.PLANNING)
    few = investigating().in_a_world(asking(catalogs={"verdicts": ["confirmed", "no_trouble_found"]}))
    few.when(found(verdict=w.Verdict.USE_ERROR)).refused("G-RCA", "verdict")
    few.when(found()).leads_to(Stage.PLANNING)


def test_eight_disciplines_leave_the_tool_of_the_fourth_free():
    given = investigating().in_a_world(going_by("pack-s2"))
    given.when(found(causes=(OCCURRED, ESCAPED))).leads_to(Stage.PLANNING)
