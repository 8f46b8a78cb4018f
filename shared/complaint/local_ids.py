"""Short names of things within one case: e1 for evidence, a2 for an action."""

from __future__ import annotations

from collections.abc import Collection

from shared.kernel.errors import Invalid

NEXT = ""
"""An id left out of a command: the next free one of its kind is given."""


def free(wanted: str, letter: str, taken: Collection[str], field: str) -> str:
    """The wanted id if nothing in the case has it yet, or the next of its kind: a1, a2, …"""
    if wanted == NEXT:
        return next(f"{letter}{n}" for n in range(1, len(taken) + 2) if f"{letter}{n}" not in taken)
    if wanted in taken:
        raise Invalid(f"{wanted!r} is already taken in this case", rule="G-UNIQUE", field=field)
    return wanted
