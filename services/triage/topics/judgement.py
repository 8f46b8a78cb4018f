"""Is it a complaint at all, was it graded rightly, what was it in the end, and who has been told."""

from typing import Annotated, ClassVar, assert_never

from pydantic import Field

from shared.complaint.state import Complaint
from shared.events import complaint as events
from shared.events.organisation import Role
from shared.events.triage_words import FinalBasis
from shared.events.words import Channel, GradeBasis
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Invalid, Refused
from shared.kernel.fact import Occasion
from shared.kernel.told import told
from shared.kernel.values import Code, Line, PersonId, Rank
from shared.policy.rules import Rules, must_know


class DetermineNotAComplaint(events.NotAComplaintDetermined, Command):
    """End a case that is an enquiry, a suggestion, praise or rubbish; never one in which somebody may come to harm (T3)."""


class ReviewGrade(Command):
    """Record that the departments looked at the grade together: it stands, or it becomes the one named here (S3-25)."""

    LEADS_TO: ClassVar = (events.GradeReviewed,)

    attendees: Annotated[tuple[PersonId, ...], Field(min_length=1, max_length=30)]
    review: Line | None = None
    grade: Code | None = None
    rank: Rank | None = None
    comment: events.CaseText | None = None


class AssignFinalGrade(Command):
    """Judge severity once more at the end, by what came out; presumed where that is not clear (S4-90)."""

    LEADS_TO: ClassVar = (events.FinalGradeAssigned,)

    grade: Code
    rank: Rank
    basis: FinalBasis = FinalBasis.RESULT
    reason: events.CaseText | None = None


class NotifyQualityHead(Command):
    """Record that the head of quality, or whoever else the policy names, was told of the case (S0-23)."""

    LEADS_TO: ClassVar = (events.QualityHeadNotified,)

    person: PersonId
    channel: Channel
    note: events.CaseText | None = None


class StartEmergencyResponse(events.EmergencyResponseStarted, Command):
    """Say who leads the response to an urgent case, and what is done at once (S1-18)."""


JudgementCommand = DetermineNotAComplaint | ReviewGrade | AssignFinalGrade | NotifyQualityHead | StartEmergencyResponse


def decide(complaint: Complaint, command: JudgementCommand, occasion: Occasion, rules: Rules) -> Decided:
    """Events for one of these commands; raises Refused with the rule that forbids it."""
    match command:
        case DetermineNotAComplaint():
            if hazardous(complaint):
                raise Refused(
                    "somebody may come to harm, so it is a complaint whatever it was meant as", rule="G-SAFETY",
                    way_out="go on with it: register and classify",
                )  # fmt: skip
            yield told(events.NotAComplaintDetermined, command)
        case ReviewGrade():
            yield from _reviewed(complaint, command, occasion, rules)
        case AssignFinalGrade():
            yield _final(complaint, command, occasion, rules)
        case NotifyQualityHead():
            yield _notified(complaint, command, occasion, rules)
        case StartEmergencyResponse():
            must_know(rules, command.leader, "leader")
            yield told(events.EmergencyResponseStarted, command)
        case _:
            assert_never(command)


def hazardous(complaint: Complaint) -> bool:
    """Whether anything on record says that somebody may come to harm, or that an authority may have to know."""
    facts = complaint.judgement.facts
    graded = facts is not None and bool(facts.safety_hazard or facts.spoilage or facts.legal_reportable)
    return bool(complaint.safety_hazard) or graded


def must_be_a_grade(complaint: Complaint, grade: str, rank: Rank, occasion: Occasion, rules: Rules) -> None:
    """Raises Invalid for a grade that the site's scheme does not have, or not with this rank."""
    scheme = rules.policy(complaint.site, occasion.at).pack.grade_scheme
    if scheme is None:
        return
    level = scheme.level(grade)
    if level is None or str(level.rank) != rank:
        known = ", ".join(f"{level.code} (rank {level.rank})" for level in scheme.levels)
        raise Invalid(
            f"{grade!r}, rank {rank}, is no grade here", rule="G-GRADE", field="grade", way_out=f"grades: {known}"
        )


def may_lower(complaint: Complaint, rank: Rank, occasion: Occasion, rules: Rules) -> None:
    """Raises Refused when anybody but the head of quality takes a case down from rank 1 (T27)."""
    if complaint.rank != Rank.CRITICAL or rank == Rank.CRITICAL:
        return
    if Role.QUALITY_HEAD not in rules.roles(occasion.actor.id, complaint.site, occasion.now):
        raise Refused(
            "only the head of quality takes a case down from rank 1", rule="G-GRADE", field="rank",
            way_out=f"somebody who is quality_head at {complaint.site} does it",
        )  # fmt: skip


def _reviewed(complaint: Complaint, command: ReviewGrade, occasion: Occasion, rules: Rules) -> Decided:
    if complaint.grade is None:
        raise Refused("the case has no grade yet", rule="G-GRADE", way_out="use classify")
    for person in command.attendees:
        must_know(rules, person, "attendees")
    new, rank = command.grade or complaint.grade, command.rank or complaint.rank
    assert rank is not None
    confirmed = (new, rank) == (complaint.grade, complaint.rank)
    yield events.GradeReviewed(
        confirmed=confirmed, attendees=command.attendees, review=command.review, comment=command.comment
    )
    if confirmed:
        return
    if command.comment is None:
        raise Invalid("say why the grade is another one now", rule="G-GRADE", field="comment")
    must_be_a_grade(complaint, new, rank, occasion, rules)
    may_lower(complaint, rank, occasion, rules)
    yield events.GradeChanged(
        was=complaint.grade, grade=new, rank=rank, basis=GradeBasis.CONFIRMED, reason=command.comment
    )


def _final(
    complaint: Complaint, command: AssignFinalGrade, occasion: Occasion, rules: Rules
) -> events.FinalGradeAssigned:
    must_be_a_grade(complaint, command.grade, command.rank, occasion, rules)
    may_lower(complaint, command.rank, occasion, rules)
    initial = complaint.judgement.initial_grade or complaint.grade or command.grade
    if command.basis == FinalBasis.PRESUMED and command.reason is None:
        raise Invalid("say why the result does not show the severity", rule="G-GRADE", field="reason")
    return told(events.FinalGradeAssigned, command, initial=initial, differs_from_initial=command.grade != initial)


def _notified(
    complaint: Complaint, command: NotifyQualityHead, occasion: Occasion, rules: Rules
) -> events.QualityHeadNotified:
    must_know(rules, command.person, "person")
    routing = rules.policy(complaint.site, occasion.at).pack.routing
    wanted = (routing.rank1_notify if routing is not None else None) or (Role.QUALITY_HEAD,)
    held = rules.roles(command.person, complaint.site, occasion.now)
    role = next((role for role in wanted if role in held), None)
    if role is None:
        raise Refused(
            f"{command.person} is not {' or '.join(wanted)} at {complaint.site}", rule="G-NOTIFY", field="person",
            way_out="tell somebody who is, or stands in for one",
        )  # fmt: skip
    return told(events.QualityHeadNotified, command, role=str(role))
