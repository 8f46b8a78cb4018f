"""What triage decides on the main way of a case: kind, grade, and who answers for it. The rest stands in topics/."""

from typing import Annotated, ClassVar, assert_never

from pydantic import Field

from services.triage.topics import (
    disputes,
    field_action,
    findings,
    handover,
    judgement,
    related,
    reportability,
    responsibility,
)
from services.triage.topics.judgement import may_lower, must_be_a_grade
from services.triage.topics.reportability import must_be_assessed
from shared.complaint.state import Complaint
from shared.events import complaint as events
from shared.events.grading import GradedAs, GradeFacts
from shared.events.words import Category, Department, GradeBasis
from shared.kernel.command import Command, Decided, Topics
from shared.kernel.errors import Invalid, Refused
from shared.kernel.fact import Occasion
from shared.kernel.told import told
from shared.kernel.values import Code, Line, PersonId, Rank
from shared.policy.catalogs import must_be_listed
from shared.policy.grading import facts_of, facts_used, graded, graded_elsewhere
from shared.policy.pack import GradeScheme
from shared.policy.policies import Policy
from shared.policy.reference import product_of
from shared.policy.routing import department_of, may_answer
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


class Assign(Command):
    """Say who answers for the case (S0-24, S2-30).

    Where the site's policy says where such cases go, the department may be left out; another one takes a reason.
    """

    LEADS_TO: ClassVar = (events.Assigned,)

    owner: PersonId
    department: Department | None = None
    supporting: Annotated[tuple[Department, ...], Field(max_length=8)] = ()
    supporters: Annotated[tuple[PersonId, ...], Field(max_length=8)] = ()
    reason: events.CaseText | None = None


class Reassign(Command):
    """Let someone else answer for the case."""

    LEADS_TO: ClassVar = (events.Reassigned,)

    owner: PersonId
    department: Department
    reason: events.CaseText


TriageCommand = Classify | ChangeGrade | Assign | Reassign


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
            must_be_a_grade(complaint, command.grade, command.rank, occasion, rules)
            if (command.grade, command.rank, command.basis) == (complaint.grade, complaint.rank, complaint.grade_basis):
                raise Refused("this is the grade it has", rule="G-GRADE", field="grade")
            may_lower(complaint, command.rank, occasion, rules)
            yield told(events.GradeChanged, command, was=complaint.grade)
        case Assign():
            yield _assigned(complaint, command, occasion, rules)
        case Reassign():
            must_know(rules, command.owner, "owner")
            if (command.owner, command.department) == (complaint.owner, complaint.department):
                raise Refused("this person already answers for the case", rule="G-ROUTE", field="owner")
            pack = rules.policy(complaint.site, occasion.at).pack
            may_answer(pack, complaint, command.owner, complaint.supporters, rules, occasion.now)
            yield told(events.Reassigned, command)
        case _:
            assert_never(command)


TOPICS: Topics = (
    (TriageCommand, decide),
    (judgement.JudgementCommand, judgement.decide),
    (handover.HandoverCommand, handover.decide),
    (responsibility.ResponsibilityCommand, responsibility.decide),
    (field_action.FieldActionCommand, field_action.decide),
    (related.RelatedCommand, related.decide),
    (findings.FindingCommand, findings.decide),
    (reportability.ReportabilityCommand, reportability.decide),
    (disputes.DisputeCommand, disputes.decide),
)
"""Everything that triage decides; what is beside the main way of a case stands in topics/."""


def _assigned(complaint: Complaint, command: Assign, occasion: Occasion, rules: Rules) -> events.Assigned:
    must_know(rules, command.owner, "owner")
    for person in command.supporters:
        must_know(rules, person, "supporters")
    pack = rules.policy(complaint.site, occasion.at).pack
    must_be_assessed(pack, complaint)
    may_answer(pack, complaint, command.owner, command.supporters, rules, occasion.now)
    department = department_of(pack, complaint, command.department, reason=command.reason is not None)
    return told(events.Assigned, command, department=department)


def _classified(complaint: Complaint, command: Classify, occasion: Occasion, rules: Rules) -> events.Classified:
    policy = rules.policy(complaint.site, occasion.at)
    must_be_listed(policy.pack, command.category, command.subcategory, command.failure_mode)
    scheme = policy.pack.grade_scheme
    if scheme is None:
        return _graded_freely(command)
    facts = facts_of(complaint, command.facts, product_of(rules, complaint.product_model), scheme.currency)
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
        tag=_tag(policy, facts),
    )  # fmt: skip


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


def _tag(policy: Policy, facts: GradeFacts) -> GradedAs | None:
    """What the second scheme of the policy says, if it has one (S3-13)."""
    return None if policy.pack.tags is None else graded(policy.pack.tags, policy.pack.meta.id, facts)


def _also(policy: Policy, facts: GradeFacts, rules: Rules) -> tuple[GradedAs, ...]:
    latest = [published.latest for published in rules.packs().values()]
    packs = sorted((each.pack for each in latest if each is not None), key=lambda pack: pack.meta.id)
    return graded_elsewhere(packs, policy.pack.meta.id, facts)


def _why(scheme: GradeScheme, found: GradedAs, facts: GradeFacts) -> str:
    used = facts_used(scheme, found.rule_id, facts)
    told = [f"{name}: {'not known' if value is None else str(value).lower()}" for name, value in used.items()]
    return ", ".join(told) or "as every case that no rule before it takes"
