"""The bulk door: many cases of another system at once, each taken over exactly once, each bad row named."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.intake.domain import ImportComplaint, decide, imported_id
from services.intake.importing.canonical import ImportedComplaint
from shared.events.words import Category
from shared.kernel.errors import Invalid, Problem, Unavailable
from shared.kernel.ids import derived
from shared.kernel.values import Line, Rank
from shared.policy.access import who_may
from shared.policy.organisation import Person
from shared.runtime.door import Doorkeeper, malformed, read_strictly
from shared.runtime.orders import Answer, Order

MOST_ROWS = 2_000
AT_A_TIME = 50


IMPORT_EXAMPLE: dict[str, Any] = {
    "source": "old-desk",
    "rows": [
        {
            "row": 2, "external_ref": "4711", "site": "sz", "received_at": "2025-03-17T16:00:00+08:00", "state": "closed",
            "description": "screen garbled after two hours of operation",
        }
    ],
}  # fmt: skip


class Import(BaseModel):
    """One batch: the name of the system it comes from, and its rows."""

    model_config = ConfigDict(strict=True, extra="forbid", defer_build=True)

    source: Line
    live_open_cases: bool = False
    """True: open cases get live clocks, as if received here; otherwise everything is history."""
    rows: Annotated[list[dict[str, Any]], Field(max_length=MOST_ROWS)]


async def take_in(doorkeeper: Doorkeeper, person: Person, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """What became of each row. Raises Invalid only when the batch as a whole cannot be read."""
    batch = read_strictly(Import, body)
    rejected: list[dict[str, Any]] = []
    waiting: list[tuple[int, asyncio.Future[Answer]]] = []
    clock = doorkeeper.simulated_clock(headers)
    for number, row in enumerate(batch.rows, 1):
        if number % AT_A_TIME == 0:
            await asyncio.sleep(0)  # the first are committed while the rest is read, and others get their turn
        try:
            imported = ImportedComplaint.model_validate(row)
            order = _order(_command(imported, batch), imported, person, clock)
            waiting.append((imported.row, doorkeeper.desk.asked(order)))
        except ValidationError as error:
            problem = malformed(error)
            rejected.append(rejected_row(row_number(row, number), problem))
        except Unavailable:
            await asyncio.gather(*(answer for _, answer in waiting), return_exceptions=True)
            raise  # the whole batch is sent again; what was stored counts as repeated then
        except Problem as problem:
            rejected.append(rejected_row(row_number(row, number), problem))
    outcomes = await asyncio.gather(*(answer for _, answer in waiting), return_exceptions=True)
    counts = {"imported": 0, "repeated": 0}
    position = 0
    for (row, _), outcome in zip(waiting, outcomes, strict=True):
        match outcome:
            case Answer():
                counts["repeated" if outcome.repeated else "imported"] += 1
                position = max(position, outcome.position)
            case Unavailable():
                raise outcome  # the same
            case Problem():
                rejected.append(rejected_row(row, outcome))
            case _:
                raise outcome
    return {**counts, "rejected": rejected, "position": position}


def row_number(row: dict[str, Any], counted: int) -> int:
    """The row's number in its file; where it does not say a sensible one, its place in the batch."""
    said = row.get("row")
    return said if type(said) is int and 0 < said < 2**53 else counted


def rejected_row(row: int, problem: Problem) -> dict[str, Any]:
    return {"row": row, "column": problem.field or "", "reason": problem.detail}


def _command(row: ImportedComplaint, batch: Import) -> ImportComplaint:
    """The row in the words of intake. Columns without a field of their own are kept beside it."""
    aside = {
        "order_no": row.order_no,
        "serial_nos": ", ".join(row.serial_nos) or None,
        "purchase_date": row.purchase_date and row.purchase_date.isoformat(),
        "failure_date": row.failure_date and row.failure_date.isoformat(),
        "department": row.department,
        "received_precision": None if row.received_precision == "second" else row.received_precision,
    }
    return ImportComplaint(
        site=row.site, channel=row.channel, origin=row.origin, case_kind=row.kind, description=row.description,
        language=row.language, customer_no=row.customer_no, customer_name=row.customer_name,
        contact_person=row.contact_person, contact=row.contact, product_model=row.product_model, lot_no=row.lot_no,
        safety_hazard=row.safety_hazard, external_ref=row.external_ref, source=batch.source,
        category=_category(row.category), subcategory=row.subcategory, rank=Rank(str(row.rank)) if row.rank else None,
        state=row.state, closed_at=row.closed_at, result=row.disposition,
        live=batch.live_open_cases and row.state == "open",
        also={**{name: value for name, value in aside.items() if value}, **row.extra},
        occurred_at=row.received_at,
    )  # fmt: skip


def _category(text: str | None) -> Category | None:
    if text is None:
        return None
    try:
        return Category(text)
    except ValueError:
        known = ", ".join(Category)
        raise Invalid(f"is not a category; map it to one of {known}", rule="enum", field="category") from None


def _order(command: ImportComplaint, row: ImportedComplaint, person: Person, clock: Any) -> Order:
    # What decides whether two rows are the same is source and reference alone, so the fingerprint holds nothing else.
    key = derived("import", command.source, row.external_ref)
    return Order(
        "intake", f"complaint-{imported_id(command, row.received_at)}",
        lambda state, occasion, rules: decide(state, command, occasion, rules), person.id, key,
        fingerprint=key, roles=who_may(ImportComplaint), site=row.site, must_exist=False, occurred_at=row.received_at,
        may_backdate_freely=True, historical=not command.live, clock=clock, key_scope=f"import:{command.source}",
    )  # fmt: skip
