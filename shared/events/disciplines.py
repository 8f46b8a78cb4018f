"""The frame of the eight disciplines: type, team and problem before the cause; prevention, thanks and lesson after it."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.events.capa_words import CapaType, StandardKind
from shared.events.texts import CaseText, Ids, Says
from shared.events.words import Department
from shared.kernel.fact import Event
from shared.kernel.values import Code, Line, PersonId, Quantity, SiteCode, Text, Value


class CapaOpened(Event):
    """It was settled in which form the case is worked on (S2-39, S4-86)."""

    TOPIC: ClassVar[str] = "complaint.CapaOpened"
    SAYS: ClassVar[Says] = {"en": "Worked on as {capa_type}: {reason}", "zh": "按{capa_type}处理：{reason}"}

    capa_type: CapaType
    reason: CaseText | None = None


class Member(Value):
    """One of the team, with what they are in it."""

    person: PersonId
    role: Line
    department: Department | None = None


class TeamFormed(Event):
    """Who works on it together, who leads, and who stands behind it (D1, S0-28)."""

    TOPIC: ClassVar[str] = "complaint.TeamFormed"
    SAYS: ClassVar[Says] = {
        "en": "Team formed, led by {leader}, championed by {champion}",
        "zh": "成立小组，组长{leader}，发起人{champion}",
    }

    leader: PersonId
    champion: PersonId | None = None
    members: Annotated[tuple[Member, ...], Field(max_length=30)] = ()


class IsIsNot(Value):
    """One line of an is/is-not analysis: where the problem is seen, and where it might be and is not (D2)."""

    question: Line
    observed: CaseText
    not_observed: CaseText
    difference: CaseText | None = None


class SixQuestions(Value):
    """5W1H of the problem; where may be left out, as the source does (S0-31)."""

    what: CaseText
    when: CaseText
    who: CaseText
    why: CaseText
    """Why it is a problem."""
    how: CaseText
    where: CaseText | None = None


class ProblemDescribed(Event):
    """What exactly the problem is, and what it is not (D2)."""

    TOPIC: ClassVar[str] = "complaint.ProblemDescribed"
    SAYS: ClassVar[Says] = {"en": "Problem described: {problem}", "zh": "问题描述：{problem}"}

    problem: CaseText
    six_questions: SixQuestions | None = None
    is_is_not: Annotated[tuple[IsIsNot, ...], Field(max_length=20)] = ()
    quantity_affected: Quantity | None = None


class StandardDocument(Value):
    """A document that was changed, from which revision to which."""

    kind: StandardKind
    number: Line
    new_revision: Line
    old_revision: Line | None = None


class StandardsUpdated(Event):
    """What was learned went into rules and instructions (S4-63, D7)."""

    TOPIC: ClassVar[str] = "complaint.StandardsUpdated"
    SAYS: ClassVar[Says] = {"en": "Standards updated: {summary}", "zh": "更新标准文件：{summary}"}

    documents: Annotated[tuple[StandardDocument, ...], Field(min_length=1, max_length=50)]
    summary: CaseText


class ReadAcrossCompleted(Event):
    """It was looked whether the like can happen elsewhere, and what is done there (D7)."""

    TOPIC: ClassVar[str] = "complaint.ReadAcrossCompleted"
    SAYS: ClassVar[Says] = {
        "en": "Read across to {products} {lines}, applies there: {applicable}: {conclusion}",
        "zh": "横向展开至{products}{lines}，适用：{applicable}：{conclusion}",
    }

    products: Annotated[tuple[Line, ...], Field(max_length=50)] = ()
    lines: Annotated[tuple[Line, ...], Field(max_length=50)] = ()
    sites: Annotated[tuple[SiteCode, ...], Field(max_length=50)] = ()
    applicable: bool
    conclusion: CaseText
    action_ids: Ids = ()
    """Actions of this case that carry it there."""


class TeamRecognised(Event):
    """The team was thanked for its work (S4-44, D8)."""

    TOPIC: ClassVar[str] = "complaint.TeamRecognised"
    SAYS: ClassVar[Says] = {"en": "Team recognised: {praise}", "zh": "表彰团队：{praise}"}

    praise: CaseText
    recognised: Annotated[tuple[PersonId, ...], Field(min_length=1, max_length=30)]


class CaseStudyPublished(Event):
    """A finished case became a lesson for others; nobody can be recognised in it (S1-51)."""

    TOPIC: ClassVar[str] = "complaint.CaseStudyPublished"
    SAYS: ClassVar[Says] = {"en": "Case study published: {title}", "zh": "发布典型案例：{title}"}

    title: Line
    lesson: Text
    tags: Annotated[tuple[Code, ...], Field(max_length=20)] = ()
    anonymised: bool
    audience_sites: Annotated[tuple[SiteCode, ...], Field(max_length=50)] = ()
    """For whom; none means for all."""


DisciplineEvent = (
    CapaOpened | TeamFormed | ProblemDescribed | StandardsUpdated | ReadAcrossCompleted | TeamRecognised
    | CaseStudyPublished
)  # fmt: skip
