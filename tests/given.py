"""Given, when, then: what a decision answers, as one sentence.

    capa.given(Stage.VERIFYING).when(VerifyEffect(...), by="p-cy").refused("G-SOD")
    intake.given(received()).when(Acknowledge(...)).then(Acknowledged(...)).leads_to(Stage.RECEIVED)

`given` takes events in the order in which they happened, `by(person, event)` for those done by somebody in particular,
and a stage for the usual way to it. Events pass the lifecycle table and the fold, as they do at the desk.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.capa.domain import TOPICS as CAPA
from services.intake.domain import TOPICS as INTAKE
from services.triage.domain import TOPICS as TRIAGE
from shared.complaint.fold import fold
from shared.complaint.state import Complaint, Stage
from shared.kernel.command import Command, Dated, Elsewhere, Topics, by_command
from shared.kernel.errors import Invalid, Problem, Refused, Unknown
from shared.kernel.fact import Actor, Event, Fact, Occasion
from shared.policy.organisation import CaseNumbers, Person
from shared.runtime.transaction import _refuse_out_of_order
from tests.facts import Log, OneSite, Story

Item = Event | Elsewhere | Dated


class World(OneSite):
    """Shenzhen with everybody in it but p-nobody, every file but one, and the other cases it is told of."""

    def __init__(self, *others: Complaint, numbers_taken: int = 0) -> None:
        self.others = {case.complaint_id: case for case in others}
        self.numbers_taken = numbers_taken

    def person(self, id: str) -> Person:
        if id == "p-nobody":
            raise Unknown(f"there is no person {id!r}")
        return Person(id, id)

    def complaint(self, id: str) -> Complaint:
        if id not in self.others:
            raise Unknown(f"there is no complaint {id!r}")
        return self.others[id]

    def has_file(self, sha256: str) -> bool:
        return sha256 != MISSING_FILE

    def numbers(self, site: str, period: str) -> CaseNumbers:
        return CaseNumbers(self.numbers_taken)


MISSING_FILE = "0" * 64


@dataclass(frozen=True)
class By:
    """An event and who did it."""

    person: str
    event: Event


def by(person: str, event: Event) -> By:
    return By(person, event)


@dataclass(frozen=True)
class Outcome:
    """What a command led to."""

    before: Complaint
    after: Complaint
    items: tuple[Item, ...] = ()
    problem: Problem | None = None

    def then(self, *expected: Item) -> Outcome:
        assert self.problem is None, f"was refused: {self.problem!r}"
        assert self.items == expected
        return self

    def then_some(self, *kinds: type[Event]) -> Outcome:
        """The same, by the events' kinds alone."""
        assert self.problem is None, f"was refused: {self.problem!r}"
        assert tuple(type(self.event(n)) for n in range(len(self.items))) == kinds
        return self

    def leads_to(self, stage: Stage) -> Outcome:
        assert self.problem is None, f"was refused: {self.problem!r}"
        assert self.after.stage == stage
        return self

    def refused(self, rule: str, field: str | None = None) -> Outcome:
        """A rule of the procedure forbids it."""
        return self._said_no(Refused, rule, field)

    def invalid(self, rule: str, field: str | None = None) -> Outcome:
        """It can never be accepted as it stands."""
        return self._said_no(Invalid, rule, field)

    def event(self, number: int = 0) -> Any:
        item = self.items[number]
        return item if isinstance(item, Event) else item.event

    def _said_no(self, kind: type[Problem], rule: str, field: str | None) -> Outcome:
        assert self.problem is not None, f"was accepted: {self.items!r}"
        assert type(self.problem) is kind, repr(self.problem)
        assert self.problem.rule == rule, repr(self.problem)
        assert field is None or self.problem.field == field
        assert len(self.problem.detail) > 10, "says why"
        return self


@dataclass(frozen=True)
class Given:
    """A case as it stands, and the service that is asked."""

    topics: Topics
    case: Complaint
    now: datetime
    world: World

    def in_a_world(self, world: World) -> Given:
        return replace(self, world=world)

    def when(self, command: Command, by: str = "p-ana", at: datetime | None = None) -> Outcome:
        occasion = Occasion(Actor(by), at or self.now, self.now, "k1", "k1", randomness=b"0123456789")
        case, items = self.case, list[Item]()
        try:
            for item in self._decide(command)(case, command, occasion, self.world):
                items.append(item)
                if isinstance(item, Elsewhere):
                    continue
                event = item.event if isinstance(item, Dated) else item
                _refuse_out_of_order(case, event)
                case = fold(case, self._fact(event, occasion))
        except Problem as problem:
            return Outcome(self.case, self.case, (), problem)
        return Outcome(self.case, case, tuple(items))

    def _decide(self, command: Command) -> Any:
        decides = by_command(self.topics)
        return next(decides[kind] for kind in type(command).__mro__ if kind in decides)

    def _fact(self, event: Event, occasion: Occasion) -> Fact[Any]:
        stream = f"complaint-{self.case.complaint_id or 'new'}"
        return Fact(1, stream, 1, event, occasion.at, occasion.now, "sz", "", occasion.actor, "k1", "k1")


@dataclass(frozen=True)
class Domain:
    """One service's decisions."""

    topics: Topics

    def given(self, *past: Event | By | Stage) -> Given:
        story = told(*past)
        return Given(self.topics, story.case, story.now, World())


def told(*past: Event | By | Stage, number: int = 1, site: str = "sz") -> Story:
    """A case to which all that has happened."""
    story = Story(Log(), number=number, site=site, clocks=False)
    for one in past:
        match one:
            case Stage():
                story.goes_to(one)
            case By():
                story.happened(one.event, by=one.person)
            case _:
                story.happened(one)
    return story


intake, triage, capa = Domain(INTAKE), Domain(TRIAGE), Domain(CAPA)
