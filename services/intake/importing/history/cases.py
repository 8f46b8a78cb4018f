"""Turns the rows of one case into what its history says; the mapping is compiled into functions once, so that rows are cheap."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from services.intake.history import NOBODY, UNMAPPED, HistoryStep, NotTellable, Telling
from services.intake.importing.history.event_fields import GIVEN, Missing
from services.intake.importing.history.mapping import ANY, Change, HistoryMapping
from services.intake.importing.history.rules import NUMBER, Told, compiled, kept, known, site_of, taking
from services.intake.importing.moments import Moment
from services.intake.importing.table import Reject, Row
from services.intake.importing.values import Cells, Take, Unfit
from shared.events.complaint import Attribute, Deviation, HistoryNoted, Received
from shared.events.history import MOST_EVENTS
from shared.kernel.fact import Event
from shared.kernel.values import rfc3339


@dataclass
class CaseHistory:
    """One case as it can be told: on the wire, and as folded here to see what our rules would have refused."""

    row: int
    case: str
    site: str
    steps: list[HistoryStep] = field(default_factory=list[HistoryStep])
    telling: Telling = field(default_factory=Telling)

    def to_json(self) -> bytes:
        """As the door takes it."""
        steps = [step.model_dump(mode="json", exclude_defaults=True) for step in self.steps]
        told = {"row": self.row, "case": self.case, "site": self.site, "steps": steps}
        return json.dumps(told, ensure_ascii=False).encode()

    def deviations(self) -> Iterator[tuple[int, Deviation]]:
        """Each with the row it comes from."""
        return ((self.steps[one.version - 1].row, one) for one in self.telling.deviations)


class NoCase(Exception):
    """This case cannot be told: why, by row and column."""

    def __init__(self, *rejects: Reject) -> None:
        super().__init__(rejects)
        self.rejects = list(rejects)


class CaseReader:
    """From rows of a case, in file order, to its history. `now` is when whatever lies later cannot have happened."""

    def __init__(self, mapping: HistoryMapping, now: datetime, site: str | None = None) -> None:
        self.mapping, self.now = mapping, now
        self._log = mapping.log
        self._time = taking(mapping.log.time, "moment", mapping)
        self._site = site_of(mapping, site)
        self._begin = tuple(compiled(rule, mapping) for rule in mapping.begin.events)
        self._activities = {
            name: tuple(compiled(rule, mapping) for rule in rules if rule.event)
            for name, rules in mapping.activities.items()
        }
        self._changes: dict[str, list[tuple[Change, Told | None]]] = {}
        for change in mapping.changes:
            told = compiled(change, mapping) if change.event else None
            self._changes.setdefault(change.column, []).append((change, told))
        self._keep = kept(mapping)
        log = mapping.log
        self._own = {log.case, log.activity, log.resource, log.sequence, *log.time.columns}
        self._time_column = " + ".join(mapping.log.time.columns)

    def read(self, case: str, rows: list[Row]) -> CaseHistory:
        """The history of a case; raises NoCase with everything that speaks against it."""
        if len(rows) * (1 + len(self._changes)) > 20 * MOST_EVENTS:
            raise NoCase(
                Reject(rows[0].number, self._log.case, f"has {len(rows):,} rows, which is no case", case[:200])
            )
        placed = self._in_order(rows)
        first = placed[0][1]
        self._must_begin(first)
        try:
            history = CaseHistory(first.number, case, str(self._site(first.cells) or ""))
        except Unfit as problem:
            raise NoCase(Reject(first.number, "", f"source.site: {problem.reason}", problem.value[:200])) from None
        before: Cells = {}
        for at, row in placed:
            self._row(history, at, row, before)
            before = row.cells
        if len(history.steps) > MOST_EVENTS:
            reason = f"says {len(history.steps):,} things, which is no case; at most {MOST_EVENTS:,}"
            raise NoCase(Reject(first.number, self._log.case, reason, case[:200]))
        return history

    def when(self, row: Row) -> datetime | None:
        """When a row happened at the latest; None where it does not say so, or what cannot be."""
        try:
            moment = self._moment(self._time, row.cells)
        except Unfit:
            return None
        return moment.again or moment.at

    # ── time ──────────────────────────────────────────────────────────────────────────────────────────────────────────
    def _in_order(self, rows: list[Row]) -> list[tuple[datetime, Row]]:
        faults: list[Reject] = []
        placed: list[tuple[Moment, Row]] = []
        for row in rows if self._log.sequence is None else self._by_sequence(rows):
            try:
                placed.append((self._moment(self._time, row.cells), row))
            except Unfit as problem:
                faults.append(Reject(row.number, self._time_column, f"time: {problem.reason}", problem.value[:200]))
        if faults:
            raise NoCase(*faults)
        if self._log.order == "time":
            placed.sort(key=lambda item: item[0].at)
        result: list[tuple[datetime, Row]] = []
        for moment, row in placed:
            at = moment.at
            if result and at < result[-1][0]:
                # In the hour that comes twice, the order of the rows tells which of the two is meant.
                at = moment.again or at
            if result and at < result[-1][0]:
                earlier_at, earlier = result[-1]
                reason = (
                    f"time: goes back to {rfc3339(at)[:19]}Z, when row {earlier.number} of this case says "
                    f"{rfc3339(earlier_at)[:19]}Z; where rows are not in order of time, declare [log] order"
                )
                faults.append(Reject(row.number, self._time_column, reason))
                continue
            result.append((at, row))
        if faults:
            raise NoCase(*faults)
        return result

    def _by_sequence(self, rows: list[Row]) -> list[Row]:
        column = self._log.sequence or ""
        for row in rows:
            if not NUMBER.fullmatch(row.cells.get(column, "").strip()):
                value = row.cells.get(column, "")[:200]
                raise NoCase(Reject(row.number, column, "log.sequence: is not a whole number", value))
        return sorted(rows, key=lambda row: int(row.cells[column]))

    def _moment(self, take: Take, cells: Cells) -> Moment:
        moment: Moment | None = take(cells)
        if moment is None:
            raise Unfit("is empty", "")
        if moment.at > self.now:
            raise Unfit("lies in the future", rfc3339(moment.at))
        return moment

    # ── what happened ─────────────────────────────────────────────────────────────────────────────────────────────────
    def _must_begin(self, row: Row) -> None:
        values, column = self.mapping.begin.values, self.mapping.begin_column
        said = row.cells.get(column or "", "").strip()
        if ANY not in values and said not in values:
            reason = (
                f"begin: the log has no beginning of this case: its first row says {said!r}, not {' or '.join(values)}"
            )
            raise NoCase(Reject(row.number, column or "", reason[:1000], said[:200]))

    def _row(self, history: CaseHistory, at: datetime, row: Row, before: Cells) -> None:
        cells = row.cells
        begins = not history.steps
        if begins:
            for told in self._begin:
                self._tell(history, told, self._at_begin(told, at, row), row)
        if self._log.activity is not None:
            activity = cells.get(self._log.activity, "").strip()
            if activity in self._activities:
                for told in self._activities[activity]:
                    self._tell(history, told, at, row)
            elif activity not in self._log.ignore and not (begins and self._begins_by_activity):
                beside = tuple(column for column in cells if column not in self._own)
                self._note(history, at, row, activity or "an activity without a name", beside, UNMAPPED)
        for column, rules in self._changes.items():
            was, now = before.get(column, "").strip(), cells.get(column, "").strip()
            if was == now:
                continue
            meant = [told for change, told in rules if change.means(was, now)]
            for told in meant:
                if told is not None:
                    self._tell(history, told, at, row)
            if not meant:
                self._note(history, at, row, f"{column}: {was or '–'} → {now or '–'}", (), UNMAPPED)

    @property
    def _begins_by_activity(self) -> bool:
        """Whether the activity of a first row has been told by its being the beginning."""
        return self.mapping.begin_column == self._log.activity and ANY not in self.mapping.begin.values

    def _at_begin(self, told: Told, at: datetime, row: Row) -> datetime:
        if told.at is None:
            return at
        column = " + ".join(told.rule.at.columns) if told.rule.at else ""
        try:
            moment = self._moment(told.at, row.cells)
        except Unfit as problem:
            raise NoCase(Reject(row.number, column, f"begin.at: {problem.reason}", problem.value[:200])) from None
        if moment.at > at:
            raise NoCase(Reject(row.number, column, f"begin.at: lies after the case's first row, {rfc3339(at)[:19]}Z"))
        return moment.at

    def _tell(self, history: CaseHistory, told: Told, at: datetime, row: Row) -> None:
        fields: dict[str, Any] = {}
        faults: list[Reject] = []
        for name, kind, columns, take in told.fields:
            try:
                value = take(row.cells)
            except Unfit as problem:
                if kind == "person":  # the map of people knows nobody of this name
                    self._note(history, at, row, told.rule.event or "", told.columns, NOBODY)
                    return
                reason = f"{told.rule.event}.{name}: {problem.reason}"
                faults.append(Reject(row.number, columns, reason, problem.value[:200]))
                continue
            if kind == "person" and not known(value, required=told.event.model_fields[name].is_required()):
                self._note(history, at, row, told.rule.event or "", told.columns, NOBODY)
                return
            if value is not None:
                fields[name] = value
        if faults:
            raise NoCase(*faults)
        try:
            for name in told.event.model_fields:
                if name not in fields and (given := GIVEN.get((told.event, name))) is not None:
                    fields[name] = given(history.telling.case)
        except Missing as missing:
            self._note(history, at, row, f"{told.rule.event}: {missing}", told.columns, UNMAPPED)
            return
        if told.event is Received:
            fields = {"external_ref": history.case, **self._of_source(row.cells), **fields}
        self._take(history, told, at, row, fields)

    def _of_source(self, cells: Cells) -> dict[str, Any]:
        language = self.mapping.source.language
        kept = self._keep(cells)
        return ({"language": language} if language else {}) | ({"also": kept} if kept else {})

    def _take(self, history: CaseHistory, told: Told, at: datetime, row: Row, fields: dict[str, Any]) -> None:
        ours = {"case_no": "-", "source": self.mapping.source.name} if told.event is Received else {}
        try:
            event = told.event.model_validate_json(json.dumps({**fields, **ours}))
        except ValidationError as error:
            columns = {name: columns for name, _, columns, _ in told.fields}
            faults: list[Reject] = []
            for fault in error.errors(include_url=False, include_context=False):
                name = str(fault["loc"][0]) if fault["loc"] else ""
                empty = fault["type"] == "missing"
                why = "is empty and needs a value" if empty else fault["msg"].removeprefix("Value error, ")
                value = str(fields.get(name, ""))[:200]
                faults.append(Reject(row.number, columns.get(name, ""), f"{told.rule.event}.{name}: {why}", value))
            raise NoCase(*faults) from None
        self._add(history, at, row, event, told.rule.event or "", fields)

    def _note(
        self, history: CaseHistory, at: datetime, row: Row, activity: str, columns: tuple[str, ...], rule: str
    ) -> None:
        said = tuple(
            Attribute(name=column[:300], value=value[:20_000])
            for column in columns[:100]
            if (value := row.cells.get(column, "").strip())
        )
        try:
            noted = HistoryNoted(activity=activity[:300], attributes=said, rule=rule)
        except ValidationError as error:
            why = error.errors(include_url=False, include_context=False)[0]["msg"].removeprefix("Value error, ")
            raise NoCase(Reject(row.number, "", f"{activity[:100]!r}: {why}")) from None
        self._add(history, at, row, noted, "HistoryNoted", noted.model_dump(mode="json", exclude_defaults=True))

    def _add(
        self, history: CaseHistory, at: datetime, row: Row, event: Event, name: str, fields: dict[str, Any]
    ) -> None:
        who = row.cells.get(self._log.resource, "").strip() if self._log.resource is not None else ""
        try:
            history.steps.append(HistoryStep(row=row.number, at=at, event=name, fields=fields, by=who or None))
            history.telling.tell(row.number, event, at)
        except ValidationError as error:
            why = error.errors(include_url=False, include_context=False)[0]["msg"].removeprefix("Value error, ")
            raise NoCase(Reject(row.number, self._log.resource or "", f"resource: {why}", who[:200])) from None
        except NotTellable as fault:
            raise NoCase(Reject(row.number, "", fault.reason)) from None
