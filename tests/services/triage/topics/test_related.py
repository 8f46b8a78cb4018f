"""Other cases about the same thing: suspected, linked, come again, merged, parted again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.triage.topics.related import LinkCase, Merge, RecordRecurrence, SuspectDuplicate, UndoMerge
from shared.complaint.fold import fold
from shared.complaint.state import OPEN, Complaint, Stage
from shared.events import complaint as e
from shared.events.triage_words import Sign
from shared.events.words import Relation
from shared.kernel.command import Elsewhere
from shared.kernel.fact import Actor, Fact
from tests.facts import DAY, MONDAY, classified, received, registered
from tests.given import Given, Outcome, World, told, triage
from tests.services.triage.lives import Life

OTHER = told(Stage.TRIAGED, number=2).case
ENDED = told(Stage.CLOSED, number=3).case
ELSEWHERE = told(Stage.TRIAGED, number=4, site="dd").case
UNKNOWN = "0199a3b4-6c1e-7b3a-9d52-3f1c2a4b5d6e"


def given(*past: Any) -> Given:
    return triage.given(*past).in_a_world(World(OTHER, ENDED, ELSEWHERE, triage.given(*past).case))


def told_there(case: Complaint, outcome: Outcome) -> Complaint:
    """The other case after what the outcome says of it."""
    for item in outcome.items:
        if isinstance(item, Elsewhere):
            assert item.stream == f"complaint-{case.complaint_id}"
            case = fold(case, Fact(1, item.stream, 1, item.event, MONDAY, MONDAY, "sz", "", Actor("p-ana"), "k", "k"))  # type: ignore[arg-type]
    return case


# ── merged ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def merge(survivor: str = OTHER.complaint_id) -> Merge:
    return Merge(survivor=survivor, reason="the same unit, reported twice")


def test_a_case_is_merged_into_an_open_one_at_its_site():
    itself = given(Stage.TRIAGED)
    itself.when(merge(itself.case.complaint_id)).invalid("G-MERGE", "survivor")
    itself.when(merge(UNKNOWN)).invalid("G-MERGE", "survivor")
    itself.when(merge(ENDED.complaint_id)).refused("G-MERGE", "survivor")
    itself.when(merge(ELSEWHERE.complaint_id)).refused("G-MERGE", "survivor")
    outcome = itself.when(merge()).then_some(e.Merged, e.ComplaintMergedIn).leads_to(Stage.MERGED)
    assert outcome.event().survivor_case_no == OTHER.case_no


@pytest.mark.parametrize(
    ("mine", "theirs", "same"), [("C-1", "C-1", True), ("C-1", "C-2", False), (None, "C-2", None), ("C-1", None, None)]
)
def test_the_surviving_case_keeps_every_complainant(mine: str | None, theirs: str | None, same: bool | None):
    survivor = replace(OTHER, customer_no=theirs)
    case = Life.of(received().model_copy(update={"customer_no": mine}), others=(survivor,))
    (one,) = told_there(survivor, case.does(merge())).related.merged_in
    assert (one.complaint_id, one.customer_no, one.same_customer) == (case.case.complaint_id, mine, same)
    assert one.received_at == case.case.received_at


@pytest.mark.parametrize("stage", sorted(OPEN))
def test_a_merge_that_was_a_mistake_is_undone_and_the_case_goes_on_from_where_it_stood(stage: Stage):
    case = Life.of(stage, others=(OTHER,))
    survivor = told_there(OTHER, case.does(merge()))
    case.world.others[OTHER.complaint_id] = survivor
    outcome = case.does(UndoMerge(reason="another unit after all")).leads_to(stage)
    assert outcome.after.merged_into is None
    assert told_there(survivor, outcome).related.merged_in == ()


def test_a_merge_is_undone_only_while_the_other_case_is_open():
    case = Life.of(Stage.TRIAGED, others=(OTHER,))
    case.asks(UndoMerge(reason="x")).refused("G-MERGE")
    case.does(merge())
    case.world.others[OTHER.complaint_id] = replace(OTHER, stage=Stage.CLOSED)
    case.asks(UndoMerge(reason="another unit after all")).refused("G-MERGE")


def test_an_ended_case_is_not_merged():
    given(Stage.CLOSED).when(merge()).refused("G-STAGE")


# ── linked ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_two_cases_are_linked_once_in_each_way():
    link = LinkCase(other=OTHER.complaint_id, relation=Relation.SAME_LOT)
    for stage in (Stage.TRIAGED, Stage.CLOSED):
        linked = given(stage).when(link).then_some(e.SimilarComplaintLinked).leads_to(stage)
        assert [(one.case_no, one.relation) for one in linked.after.links] == [(OTHER.case_no, Relation.SAME_LOT)]
    past = (received(), given(Stage.TRIAGED).when(link).event())
    given(*past).when(link).refused("G-LINK", "other")
    again = LinkCase(other=OTHER.complaint_id, relation=Relation.RECURRENCE)
    assert len(given(*past).when(again).then_some(e.RecurrenceLinked).after.links) == 2
    itself = given(received())
    itself.when(LinkCase(other=itself.case.complaint_id, relation=Relation.SAME_LOT)).invalid("G-MERGE", "other")


# ── suspected ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def earlier(**known: Any) -> Complaint:
    return replace(OTHER, product_model=None, category=None, **known)


def test_a_duplicate_is_suspected_by_what_two_cases_share():
    twin = earlier(lot_no="L-1", customer_no="C-1")
    lot = received().model_copy(update={"lot_no": "l-1 ", "customer_no": "C-1"})
    case = Life.of(lot, others=(twin, ENDED))
    event = case.does(SuspectDuplicate(other=twin.complaint_id)).then_some(e.DuplicateSuspected).event()
    assert (event.score, set(event.same)) == (55, {Sign.LOT, Sign.CUSTOMER})
    assert case.case.related.suspected == (twin.complaint_id,)
    case.asks(SuspectDuplicate(other=twin.complaint_id)).refused("G-LINK", "other")
    case.asks(SuspectDuplicate(other=ENDED.complaint_id)).refused("G-LINK", "other")
    case.asks(SuspectDuplicate(other=UNKNOWN)).invalid("G-MERGE", "other")


# ── come again ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_what_came_before_within_the_days_given_is_a_recurrence():
    assert OTHER.received_at is not None
    mode = classified().model_copy(update={"failure_mode": "garbled"})
    case = Life.of(received(), registered(), mode)
    before = earlier(failure_mode="garbled", lot_no="L-1")
    recent = replace(before, received_at=OTHER.received_at - 30 * DAY)
    old = replace(before, received_at=OTHER.received_at - 91 * DAY, complaint_id=ENDED.complaint_id)
    unlike = replace(recent, failure_mode="dark", complaint_id=ELSEWHERE.complaint_id)
    for one in (recent, old, unlike):
        case.world.others[one.complaint_id] = one
    event = case.does(RecordRecurrence(prior=(recent.complaint_id,))).then_some(e.RecurrenceDetected).event()
    assert (event.prior_case_nos, event.window_days) == ((recent.case_no,), 90)
    assert (event.same_failure_mode, event.same_lot) == (True, False)
    assert case.case.related.prior == (recent.complaint_id,)
    case.asks(RecordRecurrence(prior=(old.complaint_id,))).refused("G-LINK", "prior")
    case.does(RecordRecurrence(prior=(old.complaint_id,), window_days=91))
    case.asks(RecordRecurrence(prior=(unlike.complaint_id,))).refused("G-LINK", "prior")


def test_what_came_later_is_no_earlier_case():
    assert OTHER.received_at is not None
    later = replace(OTHER, received_at=OTHER.received_at + DAY)
    Life.of(Stage.TRIAGED, others=(later,)).asks(RecordRecurrence(prior=(later.complaint_id,))).refused(
        "G-LINK", "prior"
    )
