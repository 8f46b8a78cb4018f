"""Kept files: whose they are, so that a file is shown to those sites alone whose cases or reviews name it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.intake.kept_files import KeptFiles, sites_of
from shared.complaint.state import Stage
from shared.events.handover import TransferredToSite
from shared.events.organisation import Role
from shared.events.receipt import EvidenceAttached
from shared.events.reviews import ReviewHeld, ReviewKind
from shared.events.words import EvidenceKind
from shared.kernel.values import FileRef
from tests.facts import MONDAY, Log, Story

Build = Callable[..., Any]


def photo(number: int) -> FileRef:
    return FileRef(sha256=f"{number:064x}", bytes=1, media_type="image/png", name=f"{number}.png")


def attached(number: int) -> EvidenceAttached:
    return EvidenceAttached(evidence_id=f"e{number}", file=photo(number), kind=EvidenceKind.PHOTO)


def a_log() -> Log:
    """A case that another site is asked to take over, one that stays, and a review; the same photo in two of them."""
    log = Log()
    going, staying = Story(log, number=1), Story(log, number=2, site="dd")
    going.goes_to(Stage.ASSIGNED).happened(attached(1)).happened(attached(2))
    going.happened(
        TransferredToSite(from_site="sz", to_site="mty", handover_state="nothing done yet", reason="made there")
    )
    staying.goes_to(Stage.REGISTERED).happened(attached(2)).happened(attached(3))
    held = ReviewHeld(
        review_id="r1", site="sz", kind=ReviewKind.SELF_INSPECTION, chair_role=Role.QUALITY_HEAD, attendees=("p-head",),
        minutes_file=photo(4),
    )  # fmt: skip
    log.append("review-sz/r1", held, MONDAY, site="sz")
    return log


def test_a_file_is_of_the_sites_whose_cases_and_reviews_name_it(build: Build):
    with build(KeptFiles, a_log().facts, batch=1, twice=True).reading() as db:
        assert sites_of(db, photo(1).sha256) == {"sz", "mty"}, "whoever is asked to take a case over sees its files"
        assert sites_of(db, photo(2).sha256) == {"sz", "mty", "dd"}
        assert sites_of(db, photo(3).sha256) == {"dd"}
        assert sites_of(db, photo(4).sha256) == {"sz"}
        assert sites_of(db, photo(5).sha256) == set()


def test_the_same_facts_make_the_same_rows(same_rows: Callable[..., None]):
    same_rows(KeptFiles, a_log().facts)
