"""Reviews of a site: announced or not, held once, and told with what was found (S4-46, G-REVIEW)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from services.capa.review_book import ReviewBook, reviews
from services.capa.reviews import HoldReview, ReviewCommand, ScheduleReview, decide, stream_for
from shared.events.organisation import Role
from shared.events.reviews import CaseDecision, ReviewHeld, ReviewKind, ReviewScheduled
from shared.kernel.errors import Invalid, Problem, Refused, Unknown
from shared.kernel.fact import Actor, Event, Occasion
from shared.kernel.values import FileRef
from shared.policy.reviews import Review, fold_review
from tests.facts import DAY, MONDAY, Log, Story, received
from tests.given import MISSING_FILE, World, told

OCCASION = Occasion(Actor("p-head"), MONDAY, MONDAY, "k1", "k1", randomness=b"0123456789")
CASE, ELSEWHERE = told(received()).case, told(received("DD-2026-00002"), number=2, site="dd").case


class Site(World):
    """Somebody leads quality, somebody does not, and there is a case here and one at another site."""

    holds = {"p-head": frozenset({Role.QUALITY_HEAD}), "p-ana": frozenset({Role.RND})}  # noqa: RUF012


def when(command: ReviewCommand, *past: Event) -> list[Any]:
    review = Review()
    log = Log()
    for event in past:
        review = fold_review(review, log.append("review-sz/r1", event, MONDAY, site="sz"))
    return list(decide(review, command, OCCASION, Site(CASE, ELSEWHERE)))


def refused(kind: type[Problem], rule: str | None, field: str, command: ReviewCommand, *past: Event) -> None:
    with pytest.raises(kind) as found:
        when(command, *past)
    assert (found.value.rule, found.value.field) == (rule, field) and type(found.value) is kind


def held(**changed: Any) -> HoldReview:
    usual: dict[str, Any] = {
        "site": "sz", "kind": ReviewKind.SELF_INSPECTION, "chair_role": Role.QUALITY_HEAD, "attendees": ("p-head", "p-ana"),
        "prompted_by": "penalty bulletin 7", "findings": "two call-backs were late",
    }  # fmt: skip
    return HoldReview(**{**usual, **changed})


def announced(**changed: Any) -> ScheduleReview:
    usual: dict[str, Any] = {
        "review_id": "r1", "site": "sz", "kind": ReviewKind.MONTHLY_QUALITY, "planned_at": MONDAY + DAY,
        "chair_role": Role.QUALITY_HEAD, "attendees": ("p-head",),
    }  # fmt: skip
    return ScheduleReview(**{**usual, **changed})


SCHEDULED = ReviewScheduled(
    review_id="r1", site="sz", kind=ReviewKind.MONTHLY_QUALITY, planned_at=MONDAY + DAY, chair_role=Role.QUALITY_HEAD,
    attendees=("p-head",),
)  # fmt: skip


# ── people look into their own mistakes, and others come unannounced ──────────────────────────────────────────────────
@pytest.mark.requirement("S4-46")
def test_people_look_into_their_own_mistakes_after_a_bulletin():
    (event,) = when(held(cases=(CASE.complaint_id,)))
    assert isinstance(event, ReviewHeld)
    assert (event.prompted_by, event.cases) == ("penalty bulletin 7", (CASE.complaint_id,))
    refused(Invalid, "G-REVIEW", "prompted_by", held(prompted_by=None))
    refused(Invalid, "G-REVIEW", "findings", held(findings=None))


@pytest.mark.requirement("S4-46")
def test_others_come_unannounced():
    refused(Refused, "G-REVIEW", "kind", announced(kind=ReviewKind.SPOT_CHECK))
    (event,) = when(held(kind=ReviewKind.SPOT_CHECK, prompted_by=None, findings="nothing was amiss"))
    assert event.kind == ReviewKind.SPOT_CHECK and event.review_id
    refused(Invalid, "G-REVIEW", "findings", held(kind=ReviewKind.SPOT_CHECK, findings=None))


def test_what_was_announced_does_not_turn_into_a_spot_check():
    refused(Refused, "G-REVIEW", "kind", held(review_id="r1", kind=ReviewKind.SPOT_CHECK), SCHEDULED)


# ── meetings ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_meeting_is_announced_held_once_and_decides_about_cases():
    assert when(announced()) == [SCHEDULED]
    decisions = (CaseDecision(case=CASE.complaint_id, decision="R&D takes it over"),)
    minutes = FileRef(sha256="a" * 64, bytes=1, media_type="application/pdf", name="minutes.pdf")
    command = held(
        review_id="r1", kind=ReviewKind.MONTHLY_QUALITY, prompted_by=None, findings=None, decisions=decisions,
        minutes_file=minutes,
    )  # fmt: skip
    (event,) = when(command, SCHEDULED)
    assert (event.review_id, event.decisions, event.minutes_file) == ("r1", decisions, minutes)
    refused(Refused, "G-REVIEW", "review_id", command, SCHEDULED, event)


def test_an_announcement_is_made_once_and_lies_ahead():
    refused(Refused, "G-UNIQUE", "review_id", announced(), SCHEDULED)
    refused(Invalid, "G-TIME", "planned_at", announced(planned_at=MONDAY - timedelta(seconds=1)))


def test_only_what_was_announced_is_named():
    refused(Unknown, "G-REVIEW", "review_id", held(review_id="r9"))


def test_whoever_leads_it_is_there():
    refused(Refused, "G-REVIEW", "chair_role", held(attendees=("p-ana",)))


def test_nobody_attends_whom_nobody_knows():
    refused(Invalid, "G-PERSON", "attendees", held(attendees=("p-head", "p-nobody")))
    refused(Invalid, "G-PERSON", "attendees", announced(attendees=("p-nobody",)))


@pytest.mark.parametrize("case", [ELSEWHERE.complaint_id, "0199a3b4-6c1e-7b3a-9d52-3f1c2a4b5d6e"])
def test_a_review_looks_at_cases_of_its_site_alone(case: str):
    refused(Invalid, "G-REVIEW", "cases", held(cases=(CASE.complaint_id, case)))
    decisions = tuple(CaseDecision(case=one, decision="close it") for one in (CASE.complaint_id, case))
    refused(Invalid, "G-REVIEW", "decisions.1.case", held(decisions=decisions))


def test_minutes_are_a_file_that_is_here():
    missing = FileRef(sha256=MISSING_FILE, bytes=1, media_type="application/pdf", name="minutes.pdf")
    refused(Unknown, None, "minutes_file", held(minutes_file=missing))


def test_each_review_has_a_stream_of_its_own():
    assert stream_for(announced(), OCCASION) == "review-sz/r1"
    made = stream_for(held(), OCCASION)
    assert made.startswith("review-sz/") and when(held())[0].review_id == made.partition("/")[2]


# ── the book ──────────────────────────────────────────────────────────────────────────────────────────────────────────
Build = Callable[..., Any]


def test_the_book_tells_what_was_announced_and_what_came_of_it(build: Build, same_rows: Callable[..., None]):
    log = Log()
    Story(log).happened(received())
    (of_sz,) = when(held(review_id="r1", kind=ReviewKind.MONTHLY_QUALITY), SCHEDULED)
    log.append("review-sz/r1", SCHEDULED, MONDAY, by="p-head", site="sz")
    log.append("review-dd/r1", SCHEDULED.model_copy(update={"site": "dd"}), MONDAY, by="p-head", site="dd")
    log.append("review-sz/r1", of_sz, MONDAY + DAY, by="p-head", site="sz")

    def found(sites: Any = None, kind: str | None = None, held: bool | None = None) -> list[dict[str, Any]]:
        with build(ReviewBook, log.facts, batch=1, twice=True).reading() as db:
            return reviews(db, sites, kind=kind, held=held, limit=10)

    same_rows(ReviewBook, log.facts)
    assert [(one["site"], one["held_at"] is not None) for one in found()] == [("sz", True), ("dd", False)]
    assert [one["site"] for one in found(held=False)] == ["dd"] == [one["site"] for one in found(("dd",))]
    (one,) = found(("sz",))
    assert one["planned_at"] == "2026-03-03T01:00:00.000000Z" and one["held_at"] == one["planned_at"]
    assert one["findings"] == "two call-backs were late" and one["attendees"] == ["p-head", "p-ana"]
    assert found(kind="quarterly") == []
