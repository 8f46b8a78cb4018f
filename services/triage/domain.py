"""What triage decides: kind, grade, answerable person, and whether the case belongs to another one."""

from __future__ import annotations

from typing import assert_never

from shared.complaint.state import OPEN, Complaint
from shared.events import complaint as events
from shared.events.words import Department, GradeBasis, Relation
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Invalid, Refused, Unknown
from shared.kernel.fact import Occasion
from shared.kernel.told import told
from shared.kernel.values import Code, ComplaintId, PersonId, Rank
from shared.policy.access import ANYONE_AT_WORK, QUALITY, SERVICE
from shared.policy.rules import Rules, must_know


class Classify(events.Classified, Command):
    """Decide category and grade together (S0-21, S3-17); a grade presumed at intake may precede the registration."""

    ROLES = (*SERVICE, *QUALITY)


class ChangeGrade(Command):
    """Give the case another grade, with the reason (C11)."""

    ROLES = QUALITY

    grade: Code
    rank: Rank
    basis: GradeBasis = GradeBasis.CONFIRMED
    reason: events.CaseText


class Assign(events.Assigned, Command):
    """Say who answers for the case (S0-24, S2-30)."""

    ROLES = (*SERVICE, *QUALITY)


class Reassign(Command):
    """Let someone else answer for the case."""

    ROLES = (*SERVICE, *QUALITY)

    owner: PersonId
    department: Department
    reason: events.CaseText


class Merge(Command):
    """Continue this case as part of another open one at the same site (G-MERGE)."""

    ROLES = QUALITY

    survivor: ComplaintId
    reason: events.CaseText


class LinkCase(Command):
    """Link a case with the same problem, lot or customer; possible after closure too."""

    ROLES = ANYONE_AT_WORK

    other: ComplaintId
    relation: Relation


TriageCommand = Classify | ChangeGrade | Assign | Reassign | Merge | LinkCase


def decide(complaint: Complaint, command: TriageCommand, occasion: Occasion, rules: Rules) -> Decided:
    """Events for one triage command; raises Refused with the rule that forbids it."""
    match command:
        case Classify():
            if complaint.grade is not None:
                raise Refused("the case is already graded", rule="G-GRADE", way_out="use change-grade, with a reason")
            yield told(events.Classified, command)
        case ChangeGrade():
            if complaint.grade is None:
                raise Refused("the case has no grade yet", rule="G-GRADE", way_out="use classify")
            if (command.grade, command.rank, command.basis) == (complaint.grade, complaint.rank, complaint.grade_basis):
                raise Refused("this is the grade it has", rule="G-GRADE", field="grade")
            yield told(events.GradeChanged, command, was=complaint.grade)
        case Assign():
            must_know(rules, command.owner, "owner")
            yield told(events.Assigned, command)
        case Reassign():
            must_know(rules, command.owner, "owner")
            if (command.owner, command.department) == (complaint.owner, complaint.department):
                raise Refused("this person already answers for the case", rule="G-ROUTE", field="owner")
            yield told(events.Reassigned, command)
        case Merge():
            survivor = other_case(complaint, command.survivor, rules, "survivor")
            if survivor.stage not in OPEN:
                raise Refused(f"{survivor.case_no} is not open", rule="G-MERGE", field="survivor")
            if survivor.site != complaint.site:
                raise Refused("both cases must belong to the same site", rule="G-MERGE", field="survivor")
            yield told(events.Merged, command, survivor_case_no=survivor.case_no)
        case LinkCase():
            other = other_case(complaint, command.other, rules, "other")
            if any(
                link.complaint_id == command.other and link.relation == command.relation for link in complaint.links
            ):
                raise Refused("the two cases are already linked so", rule="G-LINK", field="other")
            yield told(events.RecurrenceLinked, command, other_case_no=other.case_no)
        case _:
            assert_never(command)


def other_case(complaint: Complaint, id: str, rules: Rules, field: str) -> Complaint:
    """The other case of a pair; raises Invalid when it does not exist or is the case itself."""
    if id == complaint.complaint_id:
        raise Invalid("a case cannot be paired with itself", rule="G-MERGE", field=field)
    try:
        return rules.complaint(id)
    except Unknown as unknown:
        raise Invalid(unknown.detail, rule="G-MERGE", field=field) from None
