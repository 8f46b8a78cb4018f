"""Dice that always fall the same way: the same seed gives the same demonstration on every machine and Python."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")
_MASK = (1 << 64) - 1


class Chance:
    """A stream of numbers derived from its seed alone (splitmix64); each case has a stream of its own."""

    def __init__(self, *seed: object) -> None:
        said = "\n".join(str(part) for part in seed).encode()
        self._state = int.from_bytes(hashlib.sha256(said).digest()[:8], "big")

    def bits(self) -> int:
        """64 bits."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        z = self._state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        return z ^ (z >> 31)

    def unit(self) -> float:
        """From 0 to 1, without 1."""
        return (self.bits() >> 11) / (1 << 53)

    def between(self, least: float, most: float) -> float:
        """Evenly from least to most."""
        return least + (most - least) * self.unit()

    def number(self, least: int, most: int) -> int:
        """A whole number, both ends included."""
        return least + self.bits() % (most - least + 1)

    def happens(self, probability: float) -> bool:
        """True so often in the long run."""
        return self.unit() < probability

    def pick(self, of: Sequence[T]) -> T:
        """One of them, each as likely as the others."""
        return of[self.bits() % len(of)]

    def some(self, of: Sequence[T], count: int) -> list[T]:
        """So many different ones, in their own order."""
        left = list(range(len(of)))
        chosen = {left.pop(self.bits() % len(left)) for _ in range(min(count, len(of)))}
        return [each for index, each in enumerate(of) if index in chosen]

    def weighted(self, of: Mapping[T, float]) -> T:
        """One of the keys, as likely as its weight says."""
        mark = self.unit() * sum(of.values())
        for each, weight in of.items():
            mark -= weight
            if mark < 0:
                return each
        return next(reversed(list(of)))
