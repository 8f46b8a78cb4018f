"""Who was responsible for what went wrong: first as it seems, then down to the post (S2-26, S0-35)."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.events.texts import CaseText, Says
from shared.events.triage_words import Party
from shared.events.words import Department
from shared.kernel.fact import Event
from shared.kernel.values import Line, Percent, PersonId, Value


class DepartmentShare(Value):
    """How much of the responsibility a department bears."""

    SAYS: ClassVar[Says] = {"en": "{department} {share_pct} %", "zh": "{department}{share_pct}%"}

    department: Department
    share_pct: Percent = 100


Shares = Annotated[tuple[DepartmentShare, ...], Field(max_length=10)]


class ResponsibilityPreliminarilyAssigned(Event):
    """Quality has taken a first look and names, for now, the responsible departments (S2-26)."""

    TOPIC: ClassVar[str] = "complaint.ResponsibilityPreliminarilyAssigned"
    SAYS: ClassVar[Says] = {
        "en": "Responsible for now: {departments}: {reason}",
        "zh": "初步确定责任：{departments}：{reason}",
    }

    departments: Shares
    """Their shares come to 100 %."""
    reason: CaseText | None = None


class ResponsibilityConfirmed(Event):
    """The responsibility was traced down to posts (S0-35), or to somebody outside the house."""

    TOPIC: ClassVar[str] = "complaint.ResponsibilityConfirmed"
    SAYS: ClassVar[Says] = {
        "en": "Responsible ({party}): {departments}; posts: {posts}; {persons}: {reason}",
        "zh": "确定责任（{party}）：{departments}；岗位：{posts}；{persons}：{reason}",
    }

    party: Party = Party.OWN
    departments: Shares = ()
    posts: Annotated[tuple[Line, ...], Field(max_length=20)] = ()
    """Posts, not people: operator of the reflow oven, line 2."""
    persons: Annotated[tuple[PersonId, ...], Field(max_length=20)] = ()
    reason: CaseText | None = None


ResponsibilityEvent = ResponsibilityPreliminarilyAssigned | ResponsibilityConfirmed
