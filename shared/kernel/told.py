"""From a command to the event it asks for, where both carry the same content."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from shared.kernel.command import Command
from shared.kernel.fact import Event

E = TypeVar("E", bound=Event)


@cache
def fields(event: type[Event]) -> tuple[str, ...]:
    """Names of an event's fields."""
    return tuple(event.model_fields)


def told(event: type[E], command: Command, **changed: Any) -> E:
    """The event with the command's values for its fields; `changed` fills or replaces some."""
    said = command.__dict__
    return event(**{name: said[name] for name in fields(event) if name not in changed}, **changed)
