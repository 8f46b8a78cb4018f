"""Commands: what somebody wants done, in the imperative, and what a decision may answer."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, Protocol, TypeVar, get_args

from pydantic import BaseModel, ConfigDict

from shared.kernel.fact import Event, Occasion
from shared.kernel.record import record
from shared.kernel.values import Instant, Text


class Command(BaseModel):
    """A wish, strictly typed; unknown fields are refused. Its door's name is its class name in kebab-case.

    Who may give it stands in the table of `shared/policy/access.py`.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", defer_build=True)

    BY_DOOR: ClassVar[frozenset[str]] = frozenset()
    """Fields that the door fills in: no part of what is asked, so a repetition may differ in them."""
    LEADS_TO: ClassVar[tuple[type[Event], ...]] = ()
    """For commands that do not inherit their event: what they lead to. Pages offer them where one of these may happen."""

    occurred_at: Instant | None = None
    """When it happened, if not now; never in the future. When it is recorded is the ledger's own business."""
    backdate_reason: Text | None = None
    """Required with `occurred_at`: why it is only told now."""

    @classmethod
    def door(cls) -> str:
        """`PlanAction` → `plan-action`: the last part of its route and of its subject."""
        return _kebab(cls.__name__)


@cache
def _kebab(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


@record()
class Elsewhere:
    """An event that a decision appends to another stream than the command's own, in the same transaction."""

    stream: str
    event: Event


@record()
class Dated:
    """An event of the command's own stream that happened at another time than the rest: an imported case's closure."""

    event: Event
    at: datetime


Decided = Iterator[Event | Elsewhere | Dated]
Topics = tuple[tuple[Any, Callable[..., Decided]], ...]
"""What a service decides, by topic: a union of commands (or a single one), and the function that decides them."""


def by_command(topics: Topics) -> dict[type[Command], Callable[..., Decided]]:
    """Command → what decides it."""
    return {kind: decide for union, decide in topics for kind in (get_args(union) or (union,))}


@record()
class Ask:
    """What a reaction wants decided on a stream because of a fact; `decide` gets (state, occasion, rules)."""

    stream: str
    decide: Callable[[Any, Occasion, Any], Decided]
    site: str
    historical: bool = False
    """What it leads to belongs to a history: nobody is told, no clock runs on."""


C_contra = TypeVar("C_contra", bound=Command, contravariant=True)
R_contra = TypeVar("R_contra", contravariant=True)
S_contra = TypeVar("S_contra", contravariant=True)


class Decide(Protocol[S_contra, C_contra, R_contra]):
    """Pure: may refuse (raise `Refused`), never changes anything."""

    def __call__(self, state: S_contra, command: C_contra, occasion: Occasion, rules: R_contra) -> Decided: ...
