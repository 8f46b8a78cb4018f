"""What is said of a case that was taken over from another system together with its history."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from shared.events.texts import CaseLine, CaseText, Says
from shared.kernel.fact import Event
from shared.kernel.values import Code, Instant, Line, Value

MOST_EVENTS = 5_000
"""Events that one case of a history may have; a case that was changed more often is no case but a log of something else."""
MOST_DEVIATIONS = 500
"""Deviations of a case that are told one by one; beyond, they are only counted."""


class Mode(StrEnum):
    """What becomes of a case whose log says what our lifecycle would refuse."""

    LENIENT = "lenient"
    STRICT = "strict"


class Deviation(Value):
    """One fact of a history that our rules would have refused, and by which of them. `version` is its place in the case."""

    SAYS: ClassVar[Says] = {"en": "{version}. {detail} ({rule})", "zh": "{version}. {detail}（{rule}）"}

    version: Annotated[int, Field(ge=1)]
    rule: Code
    detail: CaseLine


class ToldBy(Value):
    """Who did it by the words of the log. They are kept, never taken for a person of ours."""

    version: Annotated[int, Field(ge=1)]
    who: CaseLine


class Attribute(Value):
    """One thing that the log says of an event, under its name there."""

    SAYS: ClassVar[Says] = {"en": "{name} {value}", "zh": "{name} {value}"}

    name: Line
    value: CaseText


class HistoryNoted(Event):
    """The log of another system says something for which there is no event here; it is kept as it was said."""

    TOPIC: ClassVar[str] = "complaint.HistoryNoted"
    SAYS: ClassVar[Says] = {
        "en": "{activity}, as another system recorded it: {attributes}",
        "zh": "其他系统记录：{activity}：{attributes}",
    }

    activity: CaseLine
    attributes: Annotated[tuple[Attribute, ...], Field(max_length=100)] = ()
    rule: Code | None = None
    """Why it is no event of ours, where the mapping of the log had not meant that."""


class HistoryTakenOver(Event):
    """A case of another system was taken over with everything its log says; nobody here worked on it until then."""

    TOPIC: ClassVar[str] = "complaint.HistoryTakenOver"
    SAYS: ClassVar[Says] = {
        "en": "History of {case} taken over from {source} ({mode}): {events} events, as known on {log_until}; "
        "{deviating} deviations: {deviations}",
        "zh": "从{source}导入{case}的历史（{mode}）：{events}个事件，截至{log_until}；偏差{deviating}项：{deviations}",
    }

    source: Line
    case: Line
    """What it is called there."""
    events: Annotated[int, Field(ge=1, le=MOST_EVENTS)]
    log_until: Instant
    """The last instant of the whole log: promises that were still open then are told as they stood."""
    mode: Mode
    deviating: Annotated[int, Field(ge=0)] = 0
    """How many of the events our rules would have refused."""
    deviations: Annotated[tuple[Deviation, ...], Field(max_length=MOST_DEVIATIONS)] = ()
    told_by: Annotated[tuple[ToldBy, ...], Field(max_length=MOST_EVENTS)] = ()


HistoryEvent = HistoryNoted | HistoryTakenOver
