"""What every door does with a command, whether it came by HTTP or by NATS: who asks, is it well formed, order, answer."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast

import orjson
from pydantic import BaseModel, ValidationError

from shared.kernel.command import Command
from shared.kernel.errors import Invalid, Problem, TooLarge, Unauthenticated, Unknown
from shared.kernel.fact import Occasion
from shared.kernel.personal import Erased
from shared.kernel.values import parse_instant
from shared.policy.access import who_may
from shared.policy.numbering import places
from shared.policy.organisation import Person
from shared.runtime.clock import randomness
from shared.runtime.codec import fact_of
from shared.runtime.desk import Desk
from shared.runtime.orders import Answer, Order
from shared.runtime.service import Handles, Service

COMMAND_BYTES = 1_000_000
M = TypeVar("M", bound=BaseModel)
KEY = re.compile(r"[\x21-\x7e]{1,128}")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
LONGEST_NUMBER = 120


@dataclass(frozen=True)
class Reply:
    """An answer in the terms of HTTP; NATS carries the same as JSON with the status in a header."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str]


class Doorkeeper:
    """Checks who asks, and turns a request into an order for the desk."""

    def __init__(self, desk: Desk, *, alone: bool = False) -> None:
        """`alone`: no other process records anything, so the desk's directory is always up to date."""
        self.desk, self.alone = desk, alone
        self._seen = 0

    # ── who ───────────────────────────────────────────────────────────────────────────────────────────────────────────
    def refresh(self) -> None:
        """Take what other processes have recorded about people, sites and calendars."""
        if self.alone:
            return
        head = self.desk.ledger.head()
        if head != self._seen:
            self.desk.directory.take_rows(self.desk.ledger.organisation(self.desk.directory.position))
            self._seen = head

    def who(self, headers: Mapping[str, str]) -> Person:
        """The person or service behind the bearer token; raises Unauthenticated."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthenticated(
                "every request names who asks", field="Authorization", way_out="send Authorization: Bearer <token>"
            )
        self.refresh()
        return self.desk.directory.bearer(token.strip(), self.desk.clock.now())

    # ── what ──────────────────────────────────────────────────────────────────────────────────────────────────────────
    def complaint_id(self, text: str) -> str:
        """The id behind an id or a case number; raises Unknown."""
        if UUID.fullmatch(text):
            return text
        for stream, count in places(text, self.desk.directory.sites) if len(text) <= LONGEST_NUMBER else ():
            for row in self.desk.ledger.stream(stream, after=count - 1, up_to=count) if count else ():
                taken = fact_of(row).event
                if taken.case_no == text.upper():
                    return taken.complaint
        raise Unknown(f"there is no complaint {text[:80]!r}", way_out="casetrail board")

    async def handle(
        self, service: Service, handles: Handles, id: str, headers: Mapping[str, str], body: bytes
    ) -> Reply:
        """Carry out one command of whoever the bearer token names; raises a Problem."""
        return await self.give(self.who(headers), service, handles, id, headers, body)

    async def give(
        self, person: Person, service: Service, handles: Handles, id: str, headers: Mapping[str, str], body: bytes
    ) -> Reply:
        """Carry out one command of somebody who is known, by token or by session; raises a Problem."""
        command = read_command(handles.command, body)
        if "{id}" in handles.path and handles.path.startswith("complaints/"):
            id = self.complaint_id(id)
        elif "{id}" in handles.path and not NAME.fullmatch(id):
            raise Unknown("nothing has such an id")
        order = self.order(service, handles, id, command, person, headers)
        answer = await self.desk.ask(order)
        return reply(handles, command, answer)

    def order(
        self, service: Service, handles: Handles, id: str, command: Command, person: Person, headers: Mapping[str, str]
    ) -> Order:
        """The order for the desk."""
        key = _printable(headers, "Idempotency-Key", rule="G-IDEMPOTENCY")

        def stream(occasion: Occasion) -> str:
            return handles.stream(id, command, occasion)

        site = handles.site
        return Order(
            service.name,
            stream,
            lambda state, occasion, rules: handles.decide(state, command, occasion, rules),
            person.id,
            key or f"auto-{randomness(16).hex()}",
            fingerprint=_fingerprint(service, handles, id, command) if key else "",
            roles=who_may(handles.command) or ("nobody",),
            site="" if site is None else lambda rules: site(id, command, rules),
            expected_version=_if_match(headers.get("if-match")),
            must_exist=not handles.creates,
            occurred_at=command.occurred_at,
            backdate_reason=command.backdate_reason,
            correlation=_printable(headers, "Casetrail-Correlation"),
            clock=self.simulated_clock(headers),
            remembered=bool(key),  # nobody can ask again under an id that was never told
            about=handles.command.door(),
        )

    def simulated_clock(self, headers: Mapping[str, str]) -> datetime | None:
        """`Casetrail-Clock`, in simulated homes whose clock stands; anywhere else it is refused."""
        text = headers.get("casetrail-clock")
        if text is None:
            return None
        home = self.desk.directory.home()
        if not home.simulated or home.clock_running:
            raise Invalid("this home runs on the machine's clock", rule="G-TIME", field="Casetrail-Clock")
        try:
            return parse_instant(text)
        except ValueError as error:
            raise Invalid(str(error), field="Casetrail-Clock") from None


def _fingerprint(service: Service, handles: Handles, id: str, command: Command) -> str:
    """Of what is asked: another wish under the same command id is refused."""
    said = command.__pydantic_serializer__.to_json(command, exclude=set(command.BY_DOOR) or None)
    what = f"{service.name} {handles.command.__name__} {id} ".encode() + said
    return hashlib.sha256(what).hexdigest()


def read_command(kind: type[Command], body: bytes) -> Command:
    """A strictly read command; raises Invalid, naming the first field that is wrong, or TooLarge."""
    if len(body) > COMMAND_BYTES:
        raise TooLarge(f"a command is at most {COMMAND_BYTES:,} bytes", way_out="store files with POST /files")
    command = read_strictly(kind, body or b"{}")
    if (
        body.count(b"{") > 1
    ):  # what stands for erased data is an object in the command; most commands have none, and are quick
        refuse_erased(command)
    return command


def refuse_erased(said: BaseModel) -> None:
    """Raises Invalid where somebody claims that something has been erased."""
    for path in _erased(said, ()):
        field = ".".join(path)
        raise Invalid(f"{field}: only erasing a person's data erases it", rule="G-ERASED", field=field)


def read_strictly(kind: type[M], body: bytes) -> M:
    """A model from JSON whose keys are each given once; raises Invalid."""
    try:
        said = kind.model_validate_json(body)
    except ValidationError as error:
        raise malformed(error) from None
    refuse_repeated_keys(body)
    return said


def refuse_repeated_keys(body: bytes) -> None:
    """Readers of JSON differ in which of two values they take, so a key given twice says nothing certain; raises Invalid.

    Of bodies that hold no other object and no colon but those after keys, as most commands, counting tells it: all others are
    read once more.
    """
    if body.count(b"{") == 1:
        with contextlib.suppress(ValueError):  # not JSON to the one reader, JSON to the other
            if body.count(b":") == len(orjson.loads(body)):
                return
    _READER.decode(body.decode())


def _once(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) == len(pairs):
        return
    counted = Counter(name for name, _ in pairs)
    name = _name(next(name for name, count in counted.items() if count > 1))
    raise Invalid(f"{name} is given twice", rule="duplicate_key", field=name)


_READER = json.JSONDecoder(object_pairs_hook=_once, parse_int=str, parse_float=str)


def _erased(value: object, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Where a command claims that something has been erased; in facts that is allowed, in a wish it is not."""
    if isinstance(value, Erased):
        yield path
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _erased(getattr(value, name), (*path, name))
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(cast("Sequence[object]", value)):
            yield from _erased(item, (*path, str(number)))


def _printable(headers: Mapping[str, str], name: str, rule: str | None = None) -> str:
    """A header that becomes part of the record; empty when it is not there."""
    text = headers.get(name.lower())
    if text is not None and not KEY.fullmatch(text):
        raise Invalid("must be 1 to 128 printable ASCII characters", rule=rule, field=name)
    return text or ""


class Malformed(Invalid):
    """Invalid, with one line for every field that is wrong. The input is never echoed."""

    errors: list[dict[str, str]]


def malformed(error: ValidationError) -> Malformed:
    """A pydantic error as a problem document."""
    found = [
        {
            "field": ".".join(_name(part) for part in item["loc"] if "[" not in str(part)) or "body",
            "rule": item["type"],
            "detail": _plain(item["msg"].removeprefix("Value error, ")),
        }
        for item in error.errors(include_url=False, include_input=False, include_context=False)
    ][:20]
    first = found[0]
    problem = Malformed(f"{first['field']}: {first['detail']}", rule=first["rule"], field=first["field"])
    problem.errors = found
    return problem


def reply(handles: Handles, command: Command, answer: Answer) -> Reply:
    """What the caller is told."""
    kind, _, id = answer.stream.partition("-")
    body: dict[str, Any] = {"version": answer.version, "position": answer.position}
    if kind in ("complaint", "clocks"):
        body = {"complaint_id": id, **body}
    received = next((event for event in answer.events if event["type"] == "Received"), None)
    if received is not None:
        body["case_no"] = received["case_no"]
    body["events"] = list(answer.events)
    if handles.answers is not None:
        body = handles.answers(body, command)
    headers = {"etag": f'"{answer.version}"'}
    if answer.repeated:
        headers["idempotent-replay"] = "true"
    return Reply(201 if handles.creates else 200, body, headers)


def problem_document(problem: Problem) -> dict[str, Any]:
    """RFC 9457, with the rule, the field and the way out. Nothing of the request is echoed but what the rule names."""
    body: dict[str, Any] = {
        "type": f"urn:casetrail:problem:{type(problem).__name__.lower()}",
        "title": problem.title,
        "status": problem.status,
        "detail": _plain(problem.detail),
    }
    for name in ("rule", "field", "way_out"):
        if (value := getattr(problem, name)) is not None:
            body[name] = _plain(value)
    if isinstance(problem, Malformed):
        body["errors"] = problem.errors
    return body


def _name(part: object) -> str:
    """A field's name as the caller wrote it, as far as a person would read it."""
    text = str(part)
    return "".join(letter if letter.isprintable() else "?" for letter in text[:64])


def _plain(text: str) -> str:
    """Without lone surrogates, which no JSON encoder takes (stock frameworks answer 500 to them)."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _if_match(text: str | None) -> int | None:
    if text is None or text.strip() == "*":
        return None
    found = re.fullmatch(r'(?:W/)?"([0-9]{1,15})"|([0-9]{1,15})', text.strip())
    if found is None:
        raise Invalid('must be a version in quotes, for example "7"', rule="G-VERSION", field="If-Match")
    return int(found[1] or found[2])
