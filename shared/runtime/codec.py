"""Between facts and bytes: the bytes in the ledger are the bytes on the wire (architecture §7, Codec).

On NATS a fact is a CloudEvent in binary mode: the `ce-` headers are the ledger's columns, the body is the row's.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

import orjson

from shared.events.catalogue import CATALOGUE
from shared.events.past import raised
from shared.kernel.errors import Unavailable
from shared.kernel.fact import Actor, Event, Fact
from shared.kernel.values import EARLIEST, LATEST, parse_instant, rfc3339

TEXT = {"ce-specversion": "1.0", "ce-datacontenttype": "application/json"}


@dataclass(frozen=True, slots=True)
class Identity:
    """Which ledger this is. A restore from backup opens a new epoch."""

    ledger_id: str
    epoch: int
    format: int
    simulated: bool = False
    """Everything that leaves such a ledger says so; it can never become a real one."""


class Row(NamedTuple):
    """One row of the ledger, as it is stored and in the order of its columns: a fact before anybody has understood it."""

    position: int
    stream: str
    version: int
    topic: str
    body: bytes
    shape: int
    site: str
    service: str
    occurred_at: str
    recorded_at: str
    actor: str
    roles: str
    on_behalf_of: str | None
    command_id: str
    correlation: str
    causation: str | None
    backdate_reason: str | None
    policy: str | None
    historical: int
    epoch: int
    sha256: str

    def __hash__(self) -> int:
        """Of one field: every listener looks each row up among those that were understood already. Bodies are often alike."""
        return self.position


NEWER = "install the version of Casetrail that wrote it"
DAMAGED = "doctor --deep names the first bad position: restore the ledger from a backup that it finds in order"


class Unreadable(Unavailable):
    """A stored fact cannot be understood: written by a newer version, or damaged. The message names its position.

    Whatever needs it stands still and says so; everything else goes on.
    """


def encode(event: Event) -> bytes:
    """The body of a fact. Encryption of personal fields will happen here and nowhere else.

    Bodies are kept by the thousand, and orjson leaves up to 16 kB around each of its results; pydantic gives just the bytes.
    """
    return event.__pydantic_serializer__.to_json(event)


def decode(topic: str, shape: int, body: bytes) -> Event:
    """The event of a body; raises Unreadable. Older shapes are raised to today's on the way."""
    kind = _known(topic, shape)
    try:
        if shape < kind.SHAPE:
            body = raised(topic, shape, kind.SHAPE, body)
        return kind.__pydantic_validator__.validate_json(body)
    except ValueError as error:
        raise Unreadable(f"{topic} cannot be read: {error}", way_out=DAMAGED) from error


def _known(topic: str, shape: int) -> type[Event]:
    kind = CATALOGUE.get(topic)
    if kind is None:
        raise Unreadable(f"unknown event {topic}", way_out=NEWER)
    if shape > kind.SHAPE:
        raise Unreadable(f"{topic} has shape {shape}, this version knows {kind.SHAPE}", way_out=NEWER)
    return kind


def digest(body: bytes) -> str:
    """SHA-256 of the stored bytes, hex."""
    return hashlib.sha256(body).hexdigest()


def row_of(fact: Fact[Event]) -> Row:
    """A fact as it is stored."""
    if fact.stored is not None:
        return fact.stored
    body = encode(fact.event)
    recorded_at = rfc3339(fact.recorded_at)
    occurred_at = recorded_at if fact.occurred_at is fact.recorded_at else rfc3339(fact.occurred_at)
    return Row(
        fact.position, fact.stream, fact.version, fact.event.TOPIC, body, fact.event.SHAPE, fact.site, fact.service,
        occurred_at, recorded_at, fact.actor.id, ",".join(fact.actor.roles), fact.actor.on_behalf_of,
        fact.command_id, fact.correlation, fact.causation, fact.backdate_reason, fact.policy,
        int(fact.historical), fact.epoch, digest(body),
    )  # fmt: skip


def is_intact(row: Row) -> bool:
    """A disk that gives back other bytes than it was given says nothing (trust.md §0), and they may be as readable."""
    return digest(row.body) == row.sha256


def see_that_it_is_intact(row: Row) -> None:
    """Raises Unreadable when it is not."""
    if not is_intact(row):
        raise Unreadable(f"position {row.position}: {row.topic} does not match its SHA-256", way_out=DAMAGED)


def see_that_it_is_ours(row: Row) -> None:
    """Raises Unreadable when it is not intact, or was written by a newer version: for whoever keeps it without understanding it."""
    see_that_it_is_intact(row)
    try:
        _known(row.topic, row.shape)
    except Unreadable as error:
        raise Unreadable(f"position {row.position}: {error}", way_out=error.way_out) from error


def understood(row: Row) -> Fact[Any]:
    """A stored row, understood; raises Unreadable, naming the position."""
    (
        position, stream, version, topic, body, shape, site, service, occurred, recorded, actor, roles, on_behalf_of, command_id,
        correlation, causation, backdate_reason, policy, historical, epoch, _,
    ) = row  # fmt: skip
    see_that_it_is_intact(row)
    try:
        event = decode(topic, shape, body)
    except Unreadable as error:
        raise Unreadable(f"position {position}: {error}", way_out=error.way_out) from error
    recorded_at = _instant(recorded)
    return Fact(
        position, stream, version, event, recorded_at if occurred == recorded else _instant(occurred), recorded_at, site, service,
        _actor(actor, roles, on_behalf_of), command_id, correlation, causation, backdate_reason, bool(historical), epoch,
        row, policy,
    )  # fmt: skip


_understood: OrderedDict[Row, Fact[Any]] = OrderedDict()
_UNDERSTOOD = 8_192
"""Facts that are kept at hand."""
_understanding = threading.Lock()


def fact_of(row: Row) -> Fact[Any]:
    """The same, remembered: all listeners of a process share the work."""
    fact = _understood.get(row)
    if fact is None:
        fact = understood(row)
        keep_understood(row, fact)
    return fact


def keep_understood(row: Row, fact: Fact[Any]) -> None:
    """For whoever looks at the row next. Of what has just been recorded here, nothing needs to be read again."""
    if fact.stored is None:
        object.__setattr__(fact, "stored", row)
    with _understanding:
        if len(_understood) >= _UNDERSTOOD:
            _understood.popitem(last=False)
        _understood[row] = fact


@lru_cache(maxsize=1_000)
def _actor(id: str, roles: str, on_behalf_of: str | None) -> Actor:
    return Actor(id, tuple(roles.split(",")) if roles else (), on_behalf_of)


def subject(row: Row) -> str:
    """`casetrail.fact.<site>.<aggregate>.<Event>`; `_` where there is no site."""
    return f"casetrail.fact.{row.site or '_'}.{row.topic}"


def headers(row: Row, ledger: Identity) -> dict[str, str]:
    """The CloudEvents headers of a row; text outside printable ASCII is percent-encoded."""
    theirs = {name: value if _plain(value) else quote(value, safe=_PRINTABLE) for name, value in _theirs(row) if value}
    return {**_ours(row, ledger), **theirs}


def _ours(row: Row, ledger: Identity) -> dict[str, str]:
    """What we put together ourselves, always of plain letters."""
    said = {
        **TEXT,
        "ce-id": str(row.position),
        "ce-source": f"urn:casetrail:{ledger.ledger_id}:{row.epoch}",
        "ce-type": f"casetrail.{row.topic}",
        "ce-time": row.occurred_at,
        "ce-recordedtime": row.recorded_at,
        "ce-position": str(row.position),
        "ce-streamversion": str(row.version),
        "ce-shape": str(row.shape),
        "ce-service": row.service,
        "ce-sha256": row.sha256,
    }
    if row.site:
        said["ce-site"] = row.site
    if row.historical:
        said["ce-historical"] = "true"
    if ledger.simulated:
        said["ce-simulated"] = "true"
    return said


def _theirs(row: Row) -> Sequence[tuple[str, str | None]]:
    """What others gave us."""
    return (
        ("ce-subject", row.stream),
        ("ce-actor", row.actor), ("ce-roles", row.roles), ("ce-onbehalfof", row.on_behalf_of),
        ("ce-commandid", row.command_id), ("ce-correlation", row.correlation), ("ce-causation", row.causation),
        ("ce-backdatereason", row.backdate_reason), ("ce-policy", row.policy),
    )  # fmt: skip


def _plain(value: str) -> bool:
    """Needs no encoding, like nearly every value; asking is ten times cheaper than encoding."""
    return value.isascii() and value.isprintable() and " " not in value and "%" not in value and '"' not in value


_PRINTABLE = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '%"')


def row_from_message(head: Mapping[str, str], body: bytes) -> Row:
    """A row from a message of the stream; raises Unreadable when it is not one of ours."""
    said = {name.removeprefix("ce-"): unquote(value) if "%" in value else value for name, value in head.items()}
    return _row(said, body)


def _row(said: Mapping[str, str], body: bytes) -> Row:
    try:
        return Row(
            int(said["position"]), said["subject"], int(said["streamversion"]), said["type"].removeprefix("casetrail."),
            body, int(said["shape"]), said.get("site", ""), said["service"], said["time"], said["recordedtime"],
            said["actor"], said.get("roles", ""), said.get("onbehalfof"), said["commandid"], said["correlation"],
            said.get("causation"), said.get("backdatereason"), said.get("policy"),
            int(said.get("historical") == "true"), int(said["source"].rpartition(":")[2]), said["sha256"],
        )  # fmt: skip
    except (KeyError, ValueError) as error:
        raise Unreadable(f"not a fact of this ledger: {error}") from error


def cloud_event(row: Row, ledger: Identity) -> dict[str, Any]:
    """A row as a CloudEvent in structured mode, for exports and `GET /audit/facts`."""
    said = {**_ours(row, ledger), **{name: value for name, value in _theirs(row) if value}}
    return {**{name.removeprefix("ce-"): value for name, value in said.items()}, "data": orjson.Fragment(row.body)}


def line_of(row: Row, ledger: Identity) -> bytes:
    """A row as a line of an export or a backup."""
    return orjson.dumps(cloud_event(row, ledger)) + b"\n"


def row_from_cloud_event(line: bytes) -> Row:
    """The row behind a line of an export or of `GET /audit/facts`, byte for byte; raises Unreadable."""
    try:
        head, _, body = line.rstrip().removesuffix(b"}").partition(_DATA)
        return _row(orjson.loads(head + b"}"), body)
    except (ValueError, TypeError, AttributeError) as error:
        raise Unreadable(f"not a line of facts: {error}") from error


_DATA = b',"data":'
"""Stands once outside of strings: in a string its quotation marks would be escaped."""


def _instant(text: str) -> datetime:
    """As we write it (measured: six times faster), else as anybody may."""
    if len(text) == _WIDTH and text[10] == "T" and text[-1] == "Z":
        with contextlib.suppress(ValueError):
            at = datetime.fromisoformat(text)
            if EARLIEST <= at <= LATEST:
                return at
    return parse_instant(text)


_WIDTH = len("2026-03-02T01:00:00.000000Z")
