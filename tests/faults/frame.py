"""The frame of the fault suite: what a scenario is, what it answers, and where all of them are found."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

import tests.faults.scenarios


class CannotRunHere(Exception):
    """This machine lacks what a scenario needs; the text says what, and how it can be had."""


@dataclass
class Verdict:
    """What the independent checker said. Without faults, the system held."""

    faults: list[str] = field(default_factory=list[str])
    """Sentences, each with where it can be seen: a position, a command id, a row."""
    seen: dict[str, float] = field(default_factory=dict[str, float])
    """What it went through, so that nobody takes a run in which nothing happened for a proof: kills, facts, seconds."""

    @property
    def held(self) -> bool:
        return not self.faults

    def count(self, **more: float) -> None:
        """Add to what was seen."""
        for name, number in more.items():
            self.seen[name] = self.seen.get(name, 0) + number

    def __str__(self) -> str:
        told = ", ".join(f"{name.replace('_', ' ')} {number:,.6g}" for name, number in self.seen.items())
        return "\n".join([told, *(f"  ! {fault}" for fault in self.faults[:20])])


Run = Callable[[Path, int], Verdict]


@dataclass(frozen=True)
class Scenario:
    """One row of the matrix, or a part of it."""

    name: str
    row: str
    """In the matrix of faults (docs/operate/faults.md), for example `4`, or `1, 15`."""
    run: Run
    """With an empty folder of its own and a seed; what it starts it ends. Raises CannotRunHere."""
    short: bool
    """Part of `--short`: it takes some seconds, and finds what it is there to find every time."""

    @property
    def says(self) -> str:
        """The first line of its docstring."""
        return (self.run.__doc__ or "").strip().partition("\n")[0]


_SCENARIOS: dict[str, Scenario] = {}


def scenario(name: str, row: str, *, short: bool = False) -> Callable[[Run], Run]:
    """Puts a function into the suite. It stands in a module of `tests/faults/scenarios/`, which is all that is needed."""

    def put(run: Run) -> Run:
        assert name not in _SCENARIOS, f"two scenarios are called {name}"
        _SCENARIOS[name] = Scenario(name, row, run, short)
        return run

    return put


def scenarios() -> dict[str, Scenario]:
    """All of them by name."""
    for module in pkgutil.iter_modules(tests.faults.scenarios.__path__):
        importlib.import_module(f"tests.faults.scenarios.{module.name}")
    return dict(sorted(_SCENARIOS.items()))


@contextmanager
def judged(verdict: Verdict, what: str) -> Iterator[None]:
    """An assertion that fails within the block is a fault, told with what was being done; so is a question that nobody answers."""
    try:
        yield
    except (AssertionError, httpx.HTTPError) as failed:
        verdict.faults.append(f"{what}: {failed}")
