"""The door for histories: many cases of another system with all that their logs say, each taken over whole, once, or not at all."""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.intake.history import (
    ImportHistory,
    NotTellable,
    Telling,
    decide_history,
    history_id,
    must_be_new,
    read_step,
)
from services.intake.imports import rejected_row, row_number
from shared.events.history import Mode
from shared.kernel.errors import Invalid, Problem, Unavailable
from shared.kernel.fact import Actor
from shared.kernel.ids import derived
from shared.kernel.values import Instant, Line, rfc3339
from shared.policy.access import who_may
from shared.policy.organisation import Person
from shared.runtime.aggregates import load
from shared.runtime.door import Doorkeeper, malformed, read_strictly, refuse_erased
from shared.runtime.orders import Answer, Order

MOST_CASES = 500

HISTORIES_EXAMPLE: dict[str, Any] = {
    "source": "old-desk",
    "log_until": "2025-06-30T23:59:00+08:00",
    "rows": [
        {
            "row": 2, "case": "4711", "site": "sz",
            "steps": [
                {"row": 2, "at": "2025-03-17T16:00:00+08:00", "event": "Received", "by": "agent 7", "fields": {
                    "channel": "telephone", "description": "screen garbled after two hours of operation"}},
                {"row": 3, "at": "2025-03-18T09:30:00+08:00", "event": "Acknowledged", "fields": {"channel": "telephone"}},
            ],
        }
    ],
}  # fmt: skip


class Histories(BaseModel):
    """One batch: the name of the system that the log comes from, how far it goes, and cases of it."""

    model_config = ConfigDict(strict=True, extra="forbid", defer_build=True)

    source: Line
    mode: Mode = Mode.LENIENT
    """`strict` rejects each case of which our lifecycle would have refused anything."""
    log_until: Instant
    """The last instant of the whole log."""
    rows: Annotated[list[dict[str, Any]], Field(max_length=MOST_CASES)]


async def take_over(doorkeeper: Doorkeeper, person: Person, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """What became of each case. Raises Invalid only when the batch as a whole cannot be read."""
    batch = read_strictly(Histories, body)
    rejected: list[dict[str, Any]] = []
    waiting: list[tuple[ImportHistory, Order, asyncio.Future[Answer]]] = []
    clock = doorkeeper.simulated_clock(headers)
    for number, row in enumerate(batch.rows, 1):
        await asyncio.sleep(0)  # the first are committed while the rest is read, and others get their turn
        try:
            command = _command(row, batch)
            order = _order(command, person, clock)
            waiting.append((command, order, doorkeeper.desk.asked(order)))
        except ValidationError as error:
            rejected.append(rejected_row(row_number(row, number), malformed(error)))
        except Unavailable:
            await asyncio.gather(*(answer for _, _, answer in waiting), return_exceptions=True)
            raise  # the whole batch is sent again; what was stored counts as repeated then
        except Problem as problem:
            rejected.append(rejected_row(row_number(row, number), problem))
    outcomes = await asyncio.gather(*(answer for _, _, answer in waiting), return_exceptions=True)
    counts = {"imported": 0, "repeated": 0}
    position = 0
    for (command, order, _), outcome in zip(waiting, outcomes, strict=True):
        match outcome:
            case Answer():
                counts["repeated" if outcome.repeated else "imported"] += 1
                position = max(position, outcome.position)
            case Unavailable():
                raise outcome  # the same
            case Problem(rule="G-IDEMPOTENCY"):
                told = await asyncio.to_thread(_told_before, doorkeeper, command, order)
                rejected.append(rejected_row(command.row, told))
            case Problem():
                rejected.append(rejected_row(command.row, outcome))
            case _:
                raise outcome
    return {**counts, "rejected": rejected, "position": position}


def _command(row: dict[str, Any], batch: Histories) -> ImportHistory:
    for name in ("source", "mode", "log_until", "occurred_at", "backdate_reason"):
        if name in row:
            raise Invalid(f"{name}: is said once, for the whole batch", rule="extra_forbidden", field=name)
    of_batch = {"source": batch.source, "mode": batch.mode, "log_until": batch.log_until}
    return ImportHistory.model_validate_json(json.dumps({**row, **of_batch}, default=rfc3339))


def _order(command: ImportHistory, person: Person, clock: Any) -> Order:
    """Raises Invalid when the case cannot be told, with the row of the step at which it ends."""
    receipt = command.steps[0].at
    id = history_id(command.source, command.case, receipt)
    telling = Telling(id, command.site, Actor(person.id))
    try:
        for step in command.steps:
            event = read_step(step)
            refuse_erased(event)
            telling.tell(step.row, event, step.at)
    except NotTellable as fault:
        raise Invalid(f"row {fault.row}: {fault.reason}", rule="G-HISTORY", field=fault.field) from None

    def decide(state: Any, occasion: Any, rules: Any) -> Any:
        must_be_new(state.stage)
        return decide_history(telling, command, occasion, rules)

    said = [command.site, *((rfc3339(step.at), step.event, step.fields, step.by) for step in command.steps)]
    content = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    return Order(
        "intake", f"complaint-{id}", decide, person.id, derived("history", command.source, command.case),
        fingerprint=content, roles=who_may(ImportHistory), site=command.site, must_exist=False, occurred_at=receipt,
        may_backdate_freely=True, historical=True, as_told=True, clock=clock, key_scope=f"history:{command.source}",
    )  # fmt: skip


def _told_before(doorkeeper: Doorkeeper, command: ImportHistory, order: Order) -> Problem:
    """The log says more or something else now than when the case was taken over."""
    assert isinstance(order.stream, str)
    before = load(doorkeeper.desk.ledger, order.stream).state.taken_over
    then = f", with {before.events} events" if before is not None else ""
    detail = (
        f"was taken over before{then}; now it has {len(command.steps)} and says something else: nothing was changed"
    )
    return Invalid(detail, rule="G-HISTORY", field="case")
