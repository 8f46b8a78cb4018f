"""Reviews of a site: announced, or held without a word; each of them is a fact, decided here (G-REVIEW)."""

from typing import assert_never

from shared.complaint.local_ids import NEXT
from shared.events import reviews as events
from shared.events.reviews import ReviewKind
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Invalid, Refused, Unknown
from shared.kernel.fact import Occasion
from shared.kernel.ids import uuid7
from shared.kernel.told import told
from shared.kernel.values import LocalId
from shared.policy.reviews import Review
from shared.policy.rules import Rules, must_know

LOOKS_AT_WORK = frozenset({ReviewKind.SELF_INSPECTION, ReviewKind.SPOT_CHECK})
"""Kinds that look at how people work, and so say what they found, also when it is nothing."""


class ScheduleReview(events.ReviewScheduled, Command):
    """Announce a review of a site. A spot check is never announced: it is held, and told of afterwards (S4-46)."""

    review_id: LocalId = NEXT
    """Left out, one is made."""


class HoldReview(events.ReviewHeld, Command):
    """Record that a review was held, with what was found and decided; announced before, or not (S4-46)."""

    review_id: LocalId = NEXT
    """The one that was announced; left out where none was."""


ReviewCommand = ScheduleReview | HoldReview


def stream_for(command: ReviewCommand, occasion: Occasion) -> str:
    """`review-sz/…`: the stream of one review."""
    return f"review-{command.site}/{_id(command, occasion)}"


def decide(review: Review, command: ReviewCommand, occasion: Occasion, rules: Rules) -> Decided:
    """The announcement, or what came of it; raises Refused and Invalid."""
    for person in command.attendees:
        must_know(rules, person, "attendees")
    match command:
        case ScheduleReview():
            yield _announced(review, command, occasion)
        case HoldReview():
            yield _held(review, command, occasion, rules)
        case _:
            assert_never(command)


def _id(command: ReviewCommand, occasion: Occasion) -> str:
    return command.review_id or uuid7(occasion.now, occasion.randomness)


def _announced(review: Review, command: ScheduleReview, occasion: Occasion) -> events.ReviewScheduled:
    if command.kind == ReviewKind.SPOT_CHECK:
        raise Refused(
            "a spot check comes unannounced, so it is not scheduled", rule="G-REVIEW", field="kind",
            way_out="hold it, and record it then (hold-review)",
        )  # fmt: skip
    if review != Review():
        raise Refused(f"there is a review {command.review_id} already", rule="G-UNIQUE", field="review_id")
    if command.planned_at < occasion.at:
        raise Invalid("lies in the past", rule="G-TIME", field="planned_at")
    return told(events.ReviewScheduled, command, review_id=_id(command, occasion))


def _held(review: Review, command: HoldReview, occasion: Occasion, rules: Rules) -> events.ReviewHeld:
    if review.held is not None:
        raise Refused(f"{command.review_id} has been held already", rule="G-REVIEW", field="review_id")
    if command.review_id != NEXT:
        if review.scheduled is None:
            raise Unknown(
                f"no review {command.review_id} of {command.site} was announced", rule="G-REVIEW", field="review_id",
                way_out="leave it out for a review that nobody had announced",
            )  # fmt: skip
        if review.scheduled.kind != command.kind:
            raise Refused(
                f"{command.review_id} was announced as {review.scheduled.kind}", rule="G-REVIEW", field="kind",
                way_out="record it as that, or leave review_id out",
            )  # fmt: skip
    if not any(command.chair_role in rules.roles(each, command.site, occasion.at) for each in command.attendees):
        raise Refused(
            f"none of those who were there is {command.chair_role}", rule="G-REVIEW", field="chair_role",
            way_out="name whoever led it among the attendees",
        )  # fmt: skip
    if command.kind in LOOKS_AT_WORK and command.findings is None:
        raise Invalid("say what was found; if nothing was, say that", rule="G-REVIEW", field="findings")
    if command.kind == ReviewKind.SELF_INSPECTION and command.prompted_by is None:
        raise Invalid("say which bulletin or event it follows", rule="G-REVIEW", field="prompted_by")
    for case in command.cases:
        _of_the_site(case, "cases", command.site, rules)
    for number, one in enumerate(command.decisions):
        _of_the_site(one.case, f"decisions.{number}.case", command.site, rules)
    if command.minutes_file is not None and not rules.has_file(command.minutes_file.sha256):
        raise Unknown("this file is not stored here", field="minutes_file", way_out="store it first with POST /files")
    return told(events.ReviewHeld, command, review_id=_id(command, occasion))


def _of_the_site(case: str, field: str, site: str, rules: Rules) -> None:
    """Raises Invalid, alike for a case that is not there and for one of another site: whoever asks may not see that."""
    try:
        known = rules.complaint(case).site == site
    except Unknown:
        known = False
    if not known:
        raise Invalid(f"{site} has no complaint {case!r}", rule="G-REVIEW", field=field, way_out="casetrail board")
