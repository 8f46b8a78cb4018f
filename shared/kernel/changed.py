"""A frozen record with some fields changed."""

from __future__ import annotations

from typing import Any, TypeVar

T = TypeVar("T")


def changed(record: T, **changes: Any) -> T:
    """Like `dataclasses.replace`, for frozen dataclasses without slots, checks or defaults that depend on each other.

    Raises TypeError for a field that there is not.

    `replace` runs `__init__` over every field: on a state of forty-five fields that was measured twenty-seven times slower, and
    every listener folds every fact.
    """
    if not changes.keys() <= record.__dict__.keys():
        raise TypeError(f"{type(record).__name__} has no field {', '.join(changes.keys() - record.__dict__.keys())}")
    new = object.__new__(type(record))
    new.__dict__.update(record.__dict__)
    new.__dict__.update(changes)
    return new
