"""How older shapes of events are raised to today's. Stored bytes are never changed; they are read with today's eyes.

There is one shape of everything so far. `tests/history/` keeps a stored example of every shape that ever existed.
"""

from __future__ import annotations

from collections.abc import Callable

Raise = Callable[[bytes], bytes]

RAISES: dict[tuple[str, int], Raise] = {}
"""(topic, shape) → the body in the next shape."""


def raised(topic: str, shape: int, body: bytes) -> bytes:
    """The body in today's shape; raises ValueError when a step is missing."""
    step = RAISES.get((topic, shape))
    if step is None:
        raise ValueError(f"no way from shape {shape} of {topic} to the next")
    return step(body)
