"""Events, and facts: an event is what happened; a fact is an event recorded, with who, when, where and why around it."""

from dataclasses import field
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from shared.kernel.record import record


class Event(BaseModel):
    """Something that happened, in the past tense. Frozen; its TOPIC is its permanent name.

    Who, when and why stand in the fact around it. SAYS is its sentence in English and Chinese; braces name its fields.
    A changed event is never edited: add a field with a default, or a new event (architecture §6).
    """

    # A schema is built when it is first needed: a process uses a few of the hundreds there are, and starts in half the time.
    # For the same reason no module of models has `from __future__ import annotations` (tests/architecture/test_loading.py).
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", defer_build=True)

    TOPIC: ClassVar[str]
    SAYS: ClassVar[dict[str, str]]
    SHAPE: ClassVar[int] = 1
    """Rises with every field that is added; stored beside the body."""


E_co = TypeVar("E_co", bound=Event, covariant=True)


@record()
class Actor:
    """Who acts: a person or a service, by pseudonymous id, and the roles that were used."""

    id: str
    roles: tuple[str, ...] = ()
    on_behalf_of: str | None = None


@record()
class Occasion:
    """The only time and identity that a decision sees.

    `at` is when it happened (given by the caller for backdated commands, else now); `now` is the clock of the home.
    `randomness` feeds new ids, so that deciding stays a pure function.
    """

    actor: Actor
    at: datetime
    now: datetime
    command_id: str
    correlation: str
    causation: str | None = None
    backdate_reason: str | None = None
    historical: bool = False
    service: str = ""
    randomness: bytes = b"\0" * 10


@record()
class Fact(Generic[E_co]):
    """One row of the ledger. `position` is the same number in the ledger, in the stream and in every read model."""

    position: int
    stream: str
    version: int
    event: E_co
    occurred_at: datetime
    recorded_at: datetime
    site: str
    service: str
    actor: Actor
    command_id: str
    correlation: str
    causation: str | None = None
    backdate_reason: str | None = None
    historical: bool = False
    epoch: int = 1
    stored: Any = field(default=None, compare=False, repr=False)
    """The row of the ledger that it was read from; None for what was just decided."""
    policy: str | None = None
    """The policy under which it was decided, with its digest."""

    kind: str = field(init=False, compare=False, repr=False)
    """The aggregate's kind: complaint, clocks, person, site, calendar, policy, reference, review, week, numbers, …"""
    subject_id: str = field(init=False, compare=False, repr=False)
    """The id within the stream's name: the complaint's UUID for `complaint-…` and for `clocks-…`."""

    def __post_init__(self) -> None:
        # Once for all: each of the read models asks for them several times (measured: a twelfth of a rebuild of all of them).
        kind, _, subject_id = self.stream.partition("-")
        object.__setattr__(self, "kind", kind)
        object.__setattr__(self, "subject_id", subject_id)
