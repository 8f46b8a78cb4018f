"""What triage decides: kind, grade, answerable person, and whether the case belongs to another one."""

from __future__ import annotations

from typing import ClassVar, assert_never

from shared.complaint.state import OPEN, Complaint
from shared.events import complaint as events
from shared.events.grading import GradedAs, GradeFacts
from shared.events.words import Category, Department, GradeBasis, Relation
from shared.kernel.command import Command, Decided, Topics
from shared.kernel.errors import Invalid, Refused, Unknown
from shared.kernel.fact import Occasion
from shared.kernel.told import told
from shared.kernel.values import Code, ComplaintId, Line, PersonId, Rank
from shared.policy.grading import facts_of, facts_used, graded, graded_elsewhere
from shared.policy.pack import GradeScheme
from shared.policy.policies import Policy
from shared.policy.rules import Rules, must_know


class Classify(Command):
    """Decide category and grade together (S0-21, S3-17); a grade presumed at intake may precede the registration.

    Where the site's policy has a grade scheme, its rules find the grade from the facts of the case and from those given
    here. Naming another grade than the rules do takes a reason.
    """

    LEADS_TO: ClassVar = (events.Classified,)

    category: Category
    subcategory: Line | None = None
    failure_mode: Line | None = None
    facts: GradeFacts = GradeFacts()
    grade: Code | None = None
    rank: Rank | None = None
    basis: GradeBasis | None = None
    reason: events.CaseText | None = None


class ChangeGrade(Command):
    """Give the case another grade, with the reason (C11)."""

    LEADS_TO: ClassVar = (events.GradeChanged,)

    grade: Code
    rank: Rank
    basis: GradeBasis = GradeBasis.CONFIRMED
    reason: events.CaseText


class Assign(events.Assigned, Command):
    """Say who answers for the case (S0-24, S2-30)."""


class Reassign(Command):
    """Let someone else answer for the case."""

    LEADS_TO: ClassVar = (events.Reassigned,)

    owner: PersonId
    department: Department
    reason: events.CaseText


class Merge(Command):
    """Continue this case as part of another open one at the same site (G-MERGE)."""

    LEADS_TO: ClassVar = (events.Merged,)

    survivor: ComplaintId
    reason: events.CaseText


class LinkCase(Command):
    """Link a case with the same problem, lot or customer; possible after closure too."""

    LEADS_TO: ClassVar = (events.RecurrenceLinked,)

    other: ComplaintId
    relation: Relation


TriageCommand = Classify | ChangeGrade | Assign | Reassign | Merge | LinkCase


def decide(complaint: Complaint, command: TriageCommand, occasion: Occasion, rules: Rules) -> Decided:
    """Events for one triage command; raises Refused with the rule that forbids it."""
    match command:
        case Classify():
            if complaint.grade is not None:
                raise Refused("the case is already graded", rule="G-GRADE", way_out="use change-grade, with a reason")
            yield _classified(complaint, command, occasion, rules)
        case ChangeGrade():
            if complaint.grade is None:
                raise Refused("the case has no grade yet", rule="G-GRADE", way_out="use classify")
            _is_a_grade_here(complaint, command, occasion, rules)
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


TOPICS: Topics = ((TriageCommand, decide),)
"""Everything that triage decides; what is beside the main way of a case stands in topics/."""


def _classified(complaint: Complaint, command: Classify, occasion: Occasion, rules: Rules) -> events.Classified:
    policy = rules.policy(complaint.site, occasion.at)
    scheme = policy.pack.grade_scheme
    facts = facts_of(complaint, command.facts)
    if scheme is None:
        return _graded_freely(command)
    found = graded(scheme, policy.pack.meta.id, facts)
    level = scheme.level(command.grade or found.code)
    if level is None:
        known = ", ".join(level.code for level in scheme.levels)
        raise Invalid(f"{command.grade!r} is no grade here", rule="G-GRADE", field="grade", way_out=f"grades: {known}")
    rank = Rank(str(level.rank))
    if command.rank not in (None, rank):
        raise Invalid(f"grade {level.code} has rank {rank}", rule="G-GRADE", field="rank", way_out="leave rank out")
    by_rule = level.code == found.code
    if not by_rule and command.reason is None:
        raise Refused(
            f"rule {found.rule_id} of {policy.pack.meta.id} gives {found.code} ({_why(scheme, found, facts)})", rule="G-GRADE",
            field="reason", way_out=f"leave grade out, add the facts that speak for {level.code}, or give the reason",
        )  # fmt: skip
    basis = command.basis or (found.basis if by_rule else GradeBasis.CONFIRMED)
    if scheme.presumed_at_intake and complaint.registered_at is None:
        basis = GradeBasis.PRESUMED
    return events.Classified(
        category=command.category, subcategory=command.subcategory, failure_mode=command.failure_mode, grade=level.code,
        rank=rank, basis=basis, reason=command.reason, scheme=policy.pack.meta.id, facts=facts,
        rule_id=found.rule_id if by_rule else None, also_graded=_also(policy, facts, rules),
    )  # fmt: skip


def _is_a_grade_here(complaint: Complaint, command: ChangeGrade, occasion: Occasion, rules: Rules) -> None:
    scheme = rules.policy(complaint.site, occasion.at).pack.grade_scheme
    if scheme is None:
        return
    level = scheme.level(command.grade)
    if level is None or str(level.rank) != command.rank:
        known = ", ".join(f"{level.code} (rank {level.rank})" for level in scheme.levels)
        raise Invalid(f"{command.grade!r}, rank {command.rank}, is no grade here", rule="G-GRADE", field="grade",
                      way_out=f"grades: {known}")  # fmt: skip


def _graded_freely(command: Classify) -> events.Classified:
    """Without a scheme nothing can be found by rule."""
    if command.grade is None or command.rank is None:
        raise Invalid(
            "this site has no grade scheme, so say grade and rank", rule="G-GRADE", field="grade",
            way_out="or activate a policy pack that has one (casetrail policy activate)",
        )  # fmt: skip
    return events.Classified(
        category=command.category, subcategory=command.subcategory, failure_mode=command.failure_mode, grade=command.grade,
        rank=command.rank, basis=command.basis or GradeBasis.CONFIRMED, reason=command.reason,
    )  # fmt: skip


def _also(policy: Policy, facts: GradeFacts, rules: Rules) -> tuple[GradedAs, ...]:
    latest = [published.latest for published in rules.packs().values()]
    packs = sorted((each.pack for each in latest if each is not None), key=lambda pack: pack.meta.id)
    return graded_elsewhere(packs, policy.pack.meta.id, facts)


def _why(scheme: GradeScheme, found: GradedAs, facts: GradeFacts) -> str:
    used = facts_used(scheme, found.rule_id, facts)
    told = [f"{name}: {'not known' if value is None else str(value).lower()}" for name, value in used.items()]
    return ", ".join(told) or "as every case that no rule before it takes"


def other_case(complaint: Complaint, id: str, rules: Rules, field: str) -> Complaint:
    """The other case of a pair; raises Invalid when it does not exist or is the case itself."""
    if id == complaint.complaint_id:
        raise Invalid("a case cannot be paired with itself", rule="G-MERGE", field=field)
    try:
        return rules.complaint(id)
    except Unknown as unknown:
        raise Invalid(unknown.detail, rule="G-MERGE", field=field) from None
