"""Records that are made many times for each command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(*, slots: bool = True) -> Callable[[type[T]], type[T]]:
    """`dataclass(frozen=True)` for whoever checks types; pyright refuses every assignment to a field.

    At run time nothing is frozen: that was measured to make a record of seventeen fields six times slower to make, and a
    command makes some twenty of them.
    """
    return dataclass(slots=slots, unsafe_hash=True)
