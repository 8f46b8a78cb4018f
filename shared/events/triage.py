"""What triage says of a complaint: kind, grade, who answers for it, and which other case it belongs to."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.events.grading import GradedAs, GradeFacts
from shared.events.texts import CaseText, Says
from shared.events.words import Category, Department, GradeBasis, Relation
from shared.kernel.fact import Event
from shared.kernel.values import Code, ComplaintId, Line, PersonId, Rank


class Classified(Event):
    """Category and grade were decided together (S0-21, S1-15 to S1-22, S3-17)."""

    TOPIC: ClassVar[str] = "complaint.Classified"
    SAYS: ClassVar[Says] = {
        "en": "Classified as {category}, grade {grade} (rank {rank}, {basis}): {reason}",
        "zh": "分类：{category}，等级{grade}（第{rank}级，{basis}）：{reason}",
    }

    SHAPE: ClassVar[int] = 3

    category: Category
    subcategory: Line | None = None
    failure_mode: Line | None = None
    grade: Code
    """The code in the site's grade scheme, for example P1, S or CRITICAL."""
    rank: Rank
    basis: GradeBasis
    reason: CaseText | None = None
    scheme: Code | None = None
    """The policy pack whose grades these are; none where the site has activated none."""
    rule_id: Code | None = None
    """The rule that gave the grade; none when somebody decided otherwise, with the reason."""
    facts: GradeFacts | None = None
    """What was known when it was graded."""
    also_graded: Annotated[tuple[GradedAs, ...], Field(max_length=50)] = ()
    """What the other schemes make of the same facts."""
    tag: GradedAs | None = None
    """What the pack's second, coarser scheme makes of them: what stands still, apart from what is only a question (S3-13)."""


class GradeChanged(Event):
    """The grade was changed, with the reason; earlier breaches stay facts (C11)."""

    TOPIC: ClassVar[str] = "complaint.GradeChanged"
    SAYS: ClassVar[Says] = {
        "en": "Grade changed from {was} to {grade} (rank {rank}): {reason}",
        "zh": "等级由{was}调整为{grade}（第{rank}级）：{reason}",
    }

    was: Code
    grade: Code
    rank: Rank
    basis: GradeBasis
    reason: CaseText


class Assigned(Event):
    """Someone answers for the case from now on (S0-24, S1-24, S2-30)."""

    TOPIC: ClassVar[str] = "complaint.Assigned"
    SAYS: ClassVar[Says] = {"en": "Assigned to {owner}, {department}", "zh": "分派给{owner}（{department}）"}

    SHAPE: ClassVar[int] = 2

    owner: PersonId
    department: Department
    supporting: Annotated[tuple[Department, ...], Field(max_length=8)] = ()
    supporters: Annotated[tuple[PersonId, ...], Field(max_length=8)] = ()
    """Who answers for it beside the owner: an urgent case reaches two people at once (S1-24)."""
    reason: CaseText | None = None
    """Why another department than those the policy routes the category to."""


class Reassigned(Event):
    """Someone else answers for the case from now on."""

    TOPIC: ClassVar[str] = "complaint.Reassigned"
    SAYS: ClassVar[Says] = {
        "en": "Reassigned to {owner}, {department}: {reason}",
        "zh": "改派给{owner}（{department}）：{reason}",
    }

    owner: PersonId
    department: Department
    reason: CaseText


class Merged(Event):
    """The case goes on as part of another one."""

    TOPIC: ClassVar[str] = "complaint.Merged"
    SAYS: ClassVar[Says] = {"en": "Merged into {survivor_case_no}: {reason}", "zh": "并入{survivor_case_no}：{reason}"}

    survivor: ComplaintId
    survivor_case_no: Line
    reason: CaseText


class RecurrenceLinked(Event):
    """An earlier or later case with the same problem was found; also recorded after closure."""

    TOPIC: ClassVar[str] = "complaint.RecurrenceLinked"
    SAYS: ClassVar[Says] = {
        "en": "Linked to {other_case_no} ({relation})",
        "zh": "关联案件{other_case_no}（{relation}）",
    }

    other: ComplaintId
    other_case_no: Line
    relation: Relation
