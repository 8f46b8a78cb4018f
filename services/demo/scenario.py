"""What a demonstration is made of: steps, each one command of one person at one instant."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, TypeAlias

PLACE_FOR_ID = "{id}"
RECEIVE = "/intake/complaints"


@dataclass(frozen=True, slots=True)
class CaseOf:
    """Stands in a body for the id of a case, which the ledger gives."""

    case: str


@dataclass(frozen=True)
class Attachment:
    """Stands in a body for a file that is stored before the command is sent."""

    name: str
    media_type: str
    content: bytes

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def reference(self) -> dict[str, Any]:
        """As commands name it."""
        return {"sha256": self.sha256, "bytes": len(self.content), "media_type": self.media_type, "name": self.name}


Body: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One command as it is sent: when (UTC), for which case, by whom, to which door, with what."""

    at: datetime
    case: str
    number: int
    actor: str
    path: str
    body: Body
    refused: str | None = None
    """The rule that refuses it, where people run into one and the story goes on from there."""

    @property
    def opens(self) -> bool:
        """Whether the case begins with it."""
        return self.path == RECEIVE

    def key(self, seed: int, until: datetime) -> str:
        """The idempotency key: an interrupted demonstration is continued by playing it again."""
        return f"demo-{seed}-{until:%Y%m%dT%H%M%S}-{self.case}-{self.number}"


def path(service: str, command: str) -> str:
    """The door of a command on a case; its id is filled in when it is known."""
    return f"/{service}/complaints/{PLACE_FOR_ID}/{command}"


def filled(value: Any, cases: Mapping[str, str]) -> Any:
    """A body with ids in the places of cases and files, ready to be sent as JSON."""
    match value:
        case CaseOf(case):
            return cases[case]
        case Attachment():
            return value.reference()
        case dict():
            entries: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
            return {name: filled(part, cases) for name, part in entries.items()}
        case list() | tuple():
            parts: list[Any] = list(value)  # pyright: ignore[reportUnknownArgumentType]
            return [filled(part, cases) for part in parts]
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case _:
            return value


def attachments(body: Body) -> Iterator[Attachment]:
    """The files a body names; they never stand deeper than its fields."""
    return (value for value in body.values() if isinstance(value, Attachment))


def needs_cases(body: Body) -> Iterator[str]:
    """Other cases a body names; they must have been received before."""
    return (value.case for value in body.values() if isinstance(value, CaseOf))
