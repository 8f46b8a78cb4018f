"""Commands on their way to the desk, what is said of them, and how everybody who waits is told."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from shared.kernel.command import Decided
from shared.kernel.fact import Occasion
from shared.kernel.record import record
from shared.runtime.aggregates import Loaded
from shared.runtime.rules_now import RulesNow

ANYWHERE = "*"

Decision = Callable[[Any, Occasion, RulesNow], Decided]


@record()
class Answer:
    """What a command led to. `position` is that of its last fact; `version` is that of its own stream."""

    stream: str
    version: int
    position: int
    events: tuple[dict[str, Any], ...] = ()
    repeated: bool = False

    def to_bytes(self) -> bytes:
        """As kept beside the command id."""
        return orjson.dumps([self.stream, self.version, self.position, self.events])

    @staticmethod
    def from_bytes(kept: bytes) -> Answer:
        """The first answer, given again."""
        stream, version, position, events = orjson.loads(kept)
        return Answer(stream, version, position, tuple(events), repeated=True)


@dataclass(slots=True)
class Order:
    """One command on its way: what decides it, who asks, and what was expected.

    `roles` empty means that the machinery itself asks. `site` is where they must be held when the stream does not say:
    a code, a way to find it, or ANYWHERE.
    """

    service: str
    stream: str | Callable[[Occasion], str]
    decide: Decision
    actor: str
    command_id: str
    fingerprint: str = ""
    roles: tuple[str, ...] = ()
    site: str | Callable[[RulesNow], str] = ""
    expected_version: int | None = None
    must_exist: bool = True
    occurred_at: datetime | None = None
    backdate_reason: str | None = None
    correlation: str = ""
    causation: str | None = None
    historical: bool = False
    as_told: bool = False
    """A history is told as it was: the lifecycle refuses nothing of it; what it would have refused, the decision says."""
    clock: datetime | None = None
    """Simulated homes only: the home's time before this command."""
    may_backdate_freely: bool = False
    remembered: bool = True
    about: str = ""
    """The command as in its route, where a refusal of it is recorded too."""
    key_scope: str = ""
    """Whose command ids these are, if not the actor's: an import's belong to its source, whoever runs it again."""
    future: Future[Answer] | asyncio.Future[Answer] | None = None
    """Where whoever waits gets the answer; set by the desk."""

    @property
    def key(self) -> tuple[str, str]:
        """Under which its first answer is remembered."""
        return (self.key_scope or self.actor, self.command_id)


@dataclass(slots=True)
class Together:
    """Orders of the machinery itself that share a transaction and are answered as one: each is still decided on its own."""

    orders: Sequence[Order] = ()
    future: Future[Mapping[str, Loaded]] = field(default_factory=Future[Mapping[str, Loaded]])
    streams: Sequence[str] = ()
    """Streams that will be asked about soon: their states are loaded already, and are the answer."""


@dataclass(slots=True)
class Progress(Together):
    """What one step of a reaction asks for, with the reaction's own bookkeeping in the same transaction."""

    listener: str = ""
    position: int = 0
    ends: bool = True
    """The step ends with this. Else more of it follows, and doing it again must change nothing."""


def size_of(item: Order | Together) -> int:
    return 1 if isinstance(item, Order) else len(item.orders) + len(item.streams)


def fail(batch: Sequence[Order | Together], error: Exception) -> None:
    tell((item, error) for item in batch if isinstance(item, Order))
    for item in batch:
        if isinstance(item, Together):
            item.future.set_exception(error)


def tell(outcomes: Iterable[tuple[Order, Answer | Exception]]) -> None:
    """Everybody who waits; each event loop is woken once for all of its own."""
    loops: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Answer], Answer | Exception]]] = {}
    for order, outcome in outcomes:
        match order.future:
            case None:
                pass
            case Future() as future:
                _settle(future, outcome)
            case future:
                loops.setdefault(future.get_loop(), []).append((future, outcome))
    for loop, waiting in loops.items():
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
            loop.call_soon_threadsafe(_settle_all, waiting)


def _settle_all(waiting: Sequence[tuple[asyncio.Future[Answer], Answer | Exception]]) -> None:
    for future, outcome in waiting:
        _settle(future, outcome)


def _settle(future: Future[Answer] | asyncio.Future[Answer], outcome: Answer | Exception) -> None:
    if future.done():
        return  # whoever asked has gone
    if isinstance(outcome, Answer):
        future.set_result(outcome)
    else:
        future.set_exception(outcome)
