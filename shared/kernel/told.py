"""From a command to the event it asks for, where both carry the same content."""

from __future__ import annotations

from typing import Any, TypeVar

from shared.kernel.command import Command
from shared.kernel.fact import Event

E = TypeVar("E", bound=Event)


def told(event: type[E], command: Command, **changed: Any) -> E:
    """The event with the command's values for its fields; `changed` fills or replaces some."""
    values = {name: getattr(command, name) for name in event.model_fields if name not in changed}
    return event(**values, **changed)
