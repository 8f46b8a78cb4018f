"""What frames the work on a case: its type, the team, the problem; what was changed for good, the thanks, the lesson."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from shared.events.capa_words import CapaType
from shared.events.disciplines import (
    CapaOpened,
    CaseStudyPublished,
    DisciplineEvent,
    ProblemDescribed,
    ReadAcrossCompleted,
    StandardsUpdated,
    TeamFormed,
    TeamRecognised,
)
from shared.kernel.changed import changed
from shared.kernel.fact import Fact


@dataclass(frozen=True)
class Disciplines:
    """D1, D2, D7 and D8; the others have states of their own."""

    capa_type: CapaType | None = None
    team: TeamFormed | None = None
    problem: ProblemDescribed | None = None
    standards: tuple[StandardsUpdated, ...] = ()
    read_across: tuple[ReadAcrossCompleted, ...] = ()
    prevented_in: tuple[int, ...] = ()
    """The cycles in which standards were updated."""
    read_across_in: tuple[int, ...] = ()
    """The cycles in which it was looked elsewhere."""
    recognised: bool = False
    case_study: CaseStudyPublished | None = None


def fold_disciplines(frame: Disciplines, cycle: int, fact: Fact[DisciplineEvent]) -> Disciplines:
    """The frame after one more fact."""
    match fact.event:
        case CapaOpened() as event:
            return changed(frame, capa_type=event.capa_type)
        case TeamFormed() as event:
            return changed(frame, team=event)
        case ProblemDescribed() as event:
            return changed(frame, problem=event)
        case StandardsUpdated() as event:
            return changed(frame, standards=(*frame.standards, event), prevented_in=(*frame.prevented_in, cycle))
        case ReadAcrossCompleted() as event:
            return changed(
                frame, read_across=(*frame.read_across, event), read_across_in=(*frame.read_across_in, cycle)
            )
        case TeamRecognised():
            return changed(frame, recognised=True)
        case CaseStudyPublished() as event:
            return changed(frame, case_study=event)
        case _ as never:
            assert_never(never)
