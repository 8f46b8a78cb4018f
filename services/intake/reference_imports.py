"""The bulk door of the lists: many things at once, each a version only where it differs, each bad row named."""

import asyncio
import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from services.intake.reference import COMMAND, decide, site_of, stream_for
from shared.events.reference import ReferenceList
from shared.kernel.errors import Problem, Unavailable
from shared.policy.access import who_may
from shared.policy.organisation import Person
from shared.runtime.clock import randomness
from shared.runtime.door import Doorkeeper, read_command, read_strictly
from shared.runtime.orders import ANYWHERE, Answer, Order

MOST_ROWS = 2_000
AT_A_TIME = 50
REFERENCE_IMPORT_EXAMPLE: dict[str, Any] = {
    "rows": [{"row": 2, "product_model": "ABC-2000", "lot_no": "20240315001", "site": "sz", "shipped_quantity": 400}]
}


class ReferenceImport(BaseModel):
    """One batch: the fields of each thing, and `row`, under which it is named when it cannot be taken."""

    model_config = ConfigDict(strict=True, extra="forbid", defer_build=True)

    rows: Annotated[list[dict[str, Any]], Field(max_length=MOST_ROWS)]


async def take_in(
    doorkeeper: Doorkeeper, person: Person, headers: Mapping[str, str], kind: ReferenceList, body: bytes
) -> dict[str, Any]:
    """What became of each row. Raises Invalid only when the batch as a whole cannot be read.

    `imported` counts new things and new versions, `changed` the latter alone; `repeated` those that were so already.
    """
    batch = read_strictly(ReferenceImport, body)
    rejected: list[dict[str, Any]] = []
    waiting: list[tuple[int, asyncio.Future[Answer]]] = []
    clock = doorkeeper.simulated_clock(headers)
    correlation = f"reference-{randomness(16).hex()}"
    for place, fields in enumerate(batch.rows, 1):
        if place % AT_A_TIME == 0:
            await asyncio.sleep(0)  # the first are committed while the rest is read, and others get their turn
        said = fields.pop("row", place)
        row = said if type(said) is int and 0 < said < 2**53 else place
        try:
            order = _order(kind, json.dumps(fields).encode(), person, correlation)
            order.clock = clock
            waiting.append((row, doorkeeper.desk.asked(order)))
        except Unavailable:
            await asyncio.gather(*(answer for _, answer in waiting), return_exceptions=True)
            raise  # the whole batch is sent again; what was stored is found unchanged then
        except Problem as problem:
            rejected.append(_reject(row, problem))
    outcomes = await asyncio.gather(*(answer for _, answer in waiting), return_exceptions=True)
    counts = {"imported": 0, "changed": 0, "repeated": 0}
    position = 0
    for (row, _), outcome in zip(waiting, outcomes, strict=True):
        match outcome:
            case Answer():
                counts["imported" if outcome.events else "repeated"] += 1
                counts["changed"] += bool(outcome.events) and outcome.version > 1
                position = max(position, outcome.position)
            case Unavailable():
                raise outcome  # the same
            case Problem():
                rejected.append(_reject(row, outcome))
            case _:
                raise outcome
    return {**counts, "rejected": rejected, "position": position}


def _order(kind: ReferenceList, fields: bytes, person: Person, correlation: str) -> Order:
    command: Any = read_command(COMMAND[kind], fields)
    # No first answer is kept: a row that is sent again finds itself recorded, and that is the answer.
    return Order(
        "intake", stream_for(command), lambda state, occasion, rules: decide(state, command, occasion, rules),
        person.id, f"auto-{randomness(16).hex()}", roles=who_may(COMMAND[kind]), site=site_of(command) or ANYWHERE,
        must_exist=False, occurred_at=command.occurred_at, backdate_reason=command.backdate_reason,
        correlation=correlation, remembered=False,
    )  # fmt: skip


def _reject(row: int, problem: Problem) -> dict[str, Any]:
    return {"row": row, "column": problem.field or "", "reason": problem.detail}
