"""Which open cases may be the same complaint: the same that the decision suspects, at the same site alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.triage.similar_cases import SimilarCases, similar, site_of
from shared.complaint.similarity import similarity
from shared.events import complaint as e
from shared.kernel.ids import derived
from shared.kernel.personal import Erased
from tests.facts import Log, Story, received

Build = Callable[..., Any]
NOTHING = {"customer_no": None, "customer_name": None, "product_model": None, "lot_no": None}


def case(log: Log, number: int, site: str = "sz", **known: Any) -> Story:
    story = Story(log, number=number, site=site, clocks=False)
    return story.happened(received(story.case_no, **{**NOTHING, **known}))


def found(build: Build, log: Log, of: Story, limit: int = 20) -> list[tuple[str, int]]:
    with build(SimilarCases, log.facts).reading() as db:
        return [(one["case_no"], one["score"]) for one in similar(db, of.id, limit)]


def test_the_most_alike_stand_first_and_what_has_too_little_in_common_not_at_all(build: Build):
    log = Log()
    mine = case(log, 1, lot_no="L-1", customer_no="C-1", external_ref="4711")
    case(log, 2, lot_no=" l-1")
    case(log, 3, lot_no="L-1", customer_no="C-1")
    case(log, 4, customer_no="C-1")
    case(log, 5, customer_no="C-1", external_ref="4711")
    alike = [("SZ-2026-00003", 55), ("SZ-2026-00002", 40), ("SZ-2026-00005", 40)]
    assert sorted(found(build, log, mine), key=lambda one: (-one[1], one[0])) == alike
    assert found(build, log, mine, limit=1) == alike[:1]


def test_what_it_says_is_what_the_decision_counts(build: Build):
    log = Log()
    stories = [
        case(log, n, **known)
        for n, known in enumerate(
            ({"lot_no": "A", "customer_no": "C"}, {"serial_nos": ("S",), "product_model": "P"},
             {"serial_nos": ("s",), "lot_no": "a", "customer_no": "C"}, {"product_model": "p", "external_ref": "x"}), 1,
        )
    ]  # fmt: skip
    for one in stories:
        scores = {each.case_no: similarity(one.case, each.case) for each in stories if each is not one}
        expected = {case_no: alike.score for case_no, alike in scores.items() if alike.suspicious}
        assert dict(found(build, log, one)) == expected


def test_only_open_cases_of_the_same_site_are_merged_so_only_they_are_named(build: Build):
    log = Log()
    mine = case(log, 1, lot_no="L-1")
    case(log, 1, site="dd", lot_no="L-1")
    gone = case(log, 2, lot_no="L-1").happened(e.Withdrawn(reason="it works again"))
    merged = case(log, 3, lot_no="L-1")
    assert found(build, log, mine) == [("SZ-2026-00003", 40)]
    merged.happened(e.Merged(survivor=derived("x"), survivor_case_no="SZ-2026-00001", reason="the same"))
    assert found(build, log, mine) == []
    with build(SimilarCases, log.facts).reading() as db:
        assert (site_of(db, mine.id), site_of(db, gone.id)) == ("sz", None)


def test_no_name_stands_in_it_and_two_who_were_erased_are_not_the_same_one(build: Build):
    log = Log()
    named = case(log, 1, customer_name="Zhang San", external_ref="4711")
    case(log, 2, customer_name="zhang  san", external_ref="4711")
    assert found(build, log, named) == [("SZ-2026-00002", 40)]
    assert "zhang" not in repr(build(SimilarCases, log.facts).dump()).casefold()
    log = Log()
    erased = case(log, 1, customer_name=Erased(), external_ref="4711")
    case(log, 2, customer_name=Erased(), external_ref="4711")
    assert found(build, log, erased) == []
