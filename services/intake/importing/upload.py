"""Sends canonical rows to the bulk door in batches: one on its way, the next one ready."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from threading import Event
from typing import Any, cast

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from services.intake.importing.canonical import ImportedComplaint
from shared.kernel.errors import Problem, Unavailable

DOOR = "/intake/imports"
BATCH_ROWS, BATCH_BYTES = 500, 1_000_000
_AFTER, _PATIENCE = 5.0, 600.0  # seconds: when the server does not say, and in all for one batch
_TIMEOUT = httpx.Timeout(10.0, read=120.0)  # seconds; a batch may wait for the ledger behind others
_JSON = {"Content-Type": "application/json"}
_GO_ON = "run the same command again: it goes on where it stopped"


class _FromServer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class RejectedRow(_FromServer):
    """A row that the server does not take."""

    row: int
    column: str | None = None
    reason: str


class Answer(_FromServer):
    """What became of one batch; each of its rows is counted once."""

    imported: int
    repeated: int
    changed: int = 0
    """Of the imported: those that were there already and are different now."""
    rejected: tuple[RejectedRow, ...] = ()
    position: int | None = None

    @property
    def rows(self) -> int:
        """How many rows this answer accounts for."""
        return self.imported + self.repeated + len({rejected.row for rejected in self.rejected})


class Declined(Problem):
    """The server refused a whole batch."""

    title = "The server did not take the import"


@dataclass(frozen=True)
class Batch:
    """Rows as the body of one request."""

    rows: int
    through: int
    """The last row of the file in it."""
    body: bytes


def batches(
    complaints: Iterable[ImportedComplaint],
    source: str,
    *,
    live_open_cases: bool,
    most_rows: int = BATCH_ROWS,
    most_bytes: int = BATCH_BYTES,
) -> Iterator[Batch]:
    """Bodies of at most so many rows and bytes; each row is serialised once."""
    head = json.dumps({"source": source, "live_open_cases": live_open_cases}, ensure_ascii=False)[:-1] + ', "rows": ['
    rows = ((complaint.row, complaint.model_dump_json(exclude_defaults=True).encode()) for complaint in complaints)
    yield from packed(rows, head.encode(), most_rows=most_rows, most_bytes=most_bytes)


def packed(
    rows: Iterable[tuple[int, bytes]],
    opening: bytes = b'{"rows": [',
    *,
    most_rows: int = BATCH_ROWS,
    most_bytes: int = BATCH_BYTES,
) -> Iterator[Batch]:
    """Rows of a file, each with its number and as JSON, in bodies of at most so many rows and bytes."""
    closing = b"]}"
    waiting: list[bytes] = []
    size, last = len(opening) + len(closing), 0
    for number, row in rows:
        if waiting and (len(waiting) == most_rows or size + len(row) + 1 > most_bytes):
            yield Batch(len(waiting), last, opening + b",".join(waiting) + closing)
            waiting, size = [], len(opening) + len(closing)
        waiting.append(row)
        size, last = size + len(row) + 1, number
    if waiting:
        yield Batch(len(waiting), last, opening + b",".join(waiting) + closing)


def upload(client: httpx.Client, ready: Iterable[Batch], door: str = DOOR) -> Iterator[tuple[Batch, Answer]]:
    """Each batch with its answer, in the file's order.

    One thread sends while the next batch is prepared. Two connections would race: of two rows with the same
    `external_ref`, the later one could win, and case numbers would no longer follow the file.
    """
    stopped = Event()
    with ThreadPoolExecutor(1, "import") as thread:
        sent: deque[tuple[Batch, Future[Answer]]] = deque()
        try:
            for batch in ready:
                sent.append((batch, thread.submit(_send, client, batch, stopped, door)))
                if len(sent) == 2:
                    first, answer = sent.popleft()
                    yield first, answer.result()
            while sent:
                first, answer = sent.popleft()
                yield first, answer.result()
        finally:
            stopped.set()
            thread.shutdown(wait=True, cancel_futures=True)


def _send(client: httpx.Client, batch: Batch, stopped: Event, door: str) -> Answer:
    """Nothing more is sent after a batch that failed: the file's order holds."""
    if stopped.is_set():
        raise Unavailable("the import was stopped", way_out=_GO_ON)
    try:
        return _settled(client, batch, stopped, door)
    except BaseException:
        stopped.set()
        raise


def _settled(client: httpx.Client, batch: Batch, stopped: Event, door: str) -> Answer:
    patience = _PATIENCE
    while True:
        try:
            response = client.post(door, content=batch.body, headers=_JSON, timeout=_TIMEOUT)
        except httpx.TransportError as error:
            reason = str(error) or type(error).__name__
            detail = f"the connection to {client.base_url} was lost before row {batch.through} was settled ({reason})"
            raise Unavailable(detail, way_out=_GO_ON) from None
        if response.status_code not in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
            return _answer(batch, response)
        wait = _retry_after(response)
        if wait > patience or stopped.wait(wait):
            raise _declined(batch, response)
        patience -= wait


def _retry_after(response: httpx.Response) -> float:
    text = response.headers.get("Retry-After", "")
    return max(float(text), 0.1) if text.isdecimal() else _AFTER


def _answer(batch: Batch, response: httpx.Response) -> Answer:
    if response.status_code != HTTPStatus.OK:
        raise _declined(batch, response)
    try:
        answer = Answer.model_validate_json(response.content)
    except ValidationError:
        detail = f"{response.url} answered with something else: {response.text[:200]!r}"
        raise Declined(detail, way_out="is this the address of a Casetrail server?") from None
    if answer.rows != batch.rows:
        detail = f"the server accounts for {answer.rows} of the {batch.rows} rows up to row {batch.through}"
        raise Declined(detail, way_out=f"this is a bug of the server; nothing is imported twice, so {_GO_ON}")
    return answer


def _declined(batch: Batch, response: httpx.Response) -> Declined:
    """The server's own words, with the place in the file."""
    try:
        content: Any = response.json()
    except ValueError:
        content = None
    problem = cast("dict[str, object]", content) if isinstance(content, dict) else {}
    said = [str(problem[key]) for key in ("title", "detail") if problem.get(key)] or [response.text[:200].strip()]
    more = [f"{key}: {problem[key]}" for key in ("field", "rule") if problem.get(key)]
    detail = f"{response.status_code} {': '.join(said)}{' (' + ', '.join(more) + ')' if more else ''}"
    declined = Declined(
        f"the rows up to row {batch.through} were not taken: {detail}",
        field=str(problem["field"]) if problem.get("field") else None,
        way_out=str(problem.get("way_out") or _WAYS_OUT.get(response.status_code, _GO_ON)),
    )
    declined.status = response.status_code
    return declined


_WAYS_OUT = {
    401: "give a valid token (casetrail token)",
    403: "use a token of someone who may import at this site",
    404: "is this the address of a Casetrail server, and does the site exist?",
    413: "send fewer rows at once: --batch-rows 100",
}
