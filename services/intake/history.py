"""Taking over a case of another system with its history: every event of its log, at its own time, in one transaction."""

import json
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.complaint.fold import INITIAL, fold
from shared.complaint.lifecycle import LIFECYCLE
from shared.complaint.state import Stage
from shared.events import complaint as events
from shared.events.complaint import ComplaintEvent, Deviation, HistoryNoted, HistoryTakenOver, Mode, Received, ToldBy
from shared.events.history import MOST_DEVIATIONS, MOST_EVENTS
from shared.events.organisation import NumberTaken
from shared.kernel.command import Command, Dated, Decided, Elsewhere
from shared.kernel.errors import Invalid, Refused
from shared.kernel.fact import Actor, Event, Fact, Occasion
from shared.kernel.ids import derived7
from shared.kernel.say import names_people
from shared.kernel.values import Instant, Line, SiteCode, rfc3339
from shared.policy.numbering import series
from shared.policy.rules import Rules

_NEVER: tuple[type[Event], ...] = (
    HistoryTakenOver,  # said by us
    events.ClosedBeforeImport,  # for cases that come without a history
    # An electronic signature is made here, or it is none (21 CFR 11.70).
    *get_args(events.SignatureEvent), events.ResponsibilitySigned, events.ReplacementResponsibilitySigned,
    # These name files and pages that are stored here.
    events.EvidenceAttached, events.EvidenceSuperseded, events.InspectionRecorded, *get_args(events.ReportEvent),
    events.Archived,
    # These name other cases, or other sites, which tell it too.
    *get_args(events.RelatedEvent), events.Merged, events.RecurrenceLinked, events.TransferredToSite,
    events.TransferAccepted, events.TransferDeclined, events.CapaOpened, events.CaseStudyPublished,
    # Money moves by commands of this house alone.
    *get_args(events.MoneyEvent),
)  # fmt: skip
TELLABLE: dict[str, type[Event]] = {kind.__name__: kind for kind in get_args(ComplaintEvent) if kind not in _NEVER}
"""What a history may say, by name."""

UNMAPPED, NOBODY = "G-ACTIVITY", "G-PERSON"
"""Why something of a log is only noted: nothing here stands for it, or it names somebody whom nobody knows here."""


class HistoryStep(BaseModel):
    """One event of a log. `fields` are those of the event's class, as JSON; a receipt gets its number here."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", defer_build=True)

    row: Annotated[int, Field(ge=1, lt=2**53)]
    at: Instant
    event: Annotated[str, Field(max_length=64)]
    fields: dict[str, Any] = {}
    by: Line | None = None
    """Who did it, by the words of the log."""


class ImportHistory(Command):
    """Take over a case of another system with everything that its log says of it."""

    row: Annotated[int, Field(ge=1, lt=2**53, description="The first row of the case in its file")]
    source: Line
    case: Annotated[Line, Field(max_length=128)]
    site: SiteCode
    mode: Mode = Mode.LENIENT
    log_until: Instant
    steps: Annotated[tuple[HistoryStep, ...], Field(min_length=1, max_length=MOST_EVENTS)]


class NotTellable(Exception):
    """A step that cannot follow what came before, or cannot be read at all."""

    def __init__(self, row: int, field: str, reason: str) -> None:
        super().__init__(reason)
        self.row, self.field, self.reason = row, field, reason


class Telling:
    """A case told event by event: folded as it goes, with what our rules would have refused."""

    def __init__(self, complaint_id: str = "", site: str = "", actor: Actor = Actor("s-import")) -> None:  # noqa: B008 - frozen
        self.case, self.told = INITIAL, list[Dated]()
        self.deviations: list[Deviation] = []
        self.deviating = 0
        self._stream, self._site, self._actor = f"complaint-{complaint_id}", site, actor

    def tell(self, row: int, event: Event, at: datetime) -> None:
        """One more event. Raises NotTellable where time runs backwards, or the event knows of things that are not there."""
        if self.told and at < self.told[-1].at:
            raise NotTellable(row, "time", f"{type(event).__name__} lies before what came before it, at {rfc3339(at)}")
        if isinstance(event, Received) != (self.case is INITIAL):
            what = "a case begins with its receipt" if self.case is INITIAL else "a case is received once"
            raise NotTellable(row, "event", what)
        version = len(self.told) + 1
        fact: Fact[Any] = Fact(
            version, self._stream, version, event, at, at, self._site, "intake", self._actor, "", "", historical=True
        )
        try:
            after = fold(self.case, fact)
        except Exception as error:  # a fold never refuses; it fails on what speaks of things that never were
            detail = f"{type(event).__name__} speaks of something that is not in the case: {error}"
            raise NotTellable(row, "event", detail) from error
        if why := self._deviates(event):
            rule, detail = why
            self.deviating += 1
            if len(self.deviations) < MOST_DEVIATIONS:
                self.deviations.append(Deviation(version=version, rule=rule, detail=detail))
        self.case = after
        self.told.append(Dated(event, at))

    def _deviates(self, event: Event) -> tuple[str, str] | None:
        if isinstance(event, HistoryNoted):
            return None if event.rule is None else (event.rule, f"{str(event.activity)[:250]} is only noted")
        if isinstance(event, Received) or self.case.stage in LIFECYCLE[type(event)].allowed:
            return None
        return "G-STAGE", f"{type(event).__name__} while the case is {self.case.stage}"


def read_step(step: HistoryStep) -> Event:
    """The event of a step; raises NotTellable with its field."""
    kind = TELLABLE.get(step.event)
    if kind is None:
        raise NotTellable(step.row, "event", f"{step.event!r} is nothing that a history can say")
    fields = step.fields | ({"case_no": "-"} if kind is Received else {})
    try:
        return kind.model_validate_json(json.dumps(fields))
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = ".".join(str(part)[:64] for part in fault["loc"][:1])
        reason = fault["msg"].removeprefix("Value error, ")
        raise NotTellable(step.row, field, f"{step.event}.{field}: {reason}") from None


def history_id(source: str, case: str, received_at: datetime) -> str:
    """The id of a case whose history is taken over: its source and what it is called there, in order of receipt."""
    return derived7(received_at, "history", source, case)


def decide_history(told: Telling, command: ImportHistory, occasion: Occasion, rules: Rules) -> Decided:
    """All facts of the case, and that they were taken over. `told` are the events of the command's steps."""
    site = rules.site(command.site)
    last = told.told[-1].at
    if command.log_until < last or command.log_until > occasion.now:
        field, way = "log_until", "it lies between the last event and now"
        raise Invalid(
            f"{rfc3339(command.log_until)} cannot be the end of this log", rule="G-TIME", field=field, way_out=way
        )
    for person in sorted({one for each in told.told for one in _people(each.event)}):
        rules.person(person)
    if command.mode == Mode.STRICT and told.deviating:
        first = told.deviations[0]
        more = f" (and {told.deviating - 1} more)" if told.deviating > 1 else ""
        raise Refused(f"{first.detail}{more}", rule=first.rule, field="event")
    receipt = told.told[0]
    numbers = series(site, receipt.at, rules)
    case_no = numbers.number(rules.numbers(site.code, numbers.period).taken + 1)
    id = history_id(command.source, command.case, receipt.at)
    yield Elsewhere(f"numbers-{site.code}-{numbers.period}", NumberTaken(case_no=case_no, complaint=id))
    yield Dated(receipt.event.model_copy(update={"case_no": case_no, "source": command.source}), receipt.at)
    yield from told.told[1:]
    who = ((version, step.by) for version, step in enumerate(command.steps, 1) if step.by is not None)
    yield Dated(
        HistoryTakenOver(
            source=command.source, case=command.case, events=len(told.told), log_until=command.log_until,
            mode=command.mode, deviating=told.deviating, deviations=tuple(told.deviations),
            told_by=tuple(ToldBy(version=version, who=by) for version, by in who),
        ),
        command.log_until,
    )  # fmt: skip


def must_be_new(stage: Stage) -> None:
    """Raises Refused for a case that is there already: a history is told whole, and once."""
    if stage != Stage.NEW:
        raise Refused("this case is here already, and a history is told once", rule="G-HISTORY")


@cache
def _named(kind: type[Event]) -> tuple[str, ...]:
    return tuple(names_people(kind))


def _people(event: Event) -> Iterator[str]:
    for field in _named(type(event)):
        value = getattr(event, field)
        yield from (() if value is None else value if isinstance(value, tuple) else (value,))
