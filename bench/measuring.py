"""What a measurement is, and how those of a topic are taken: in interleaved rounds, each in a process of its own."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from shared.runtime import collector
from tests import postgres

Measured = float | Mapping[str, float]
"""One figure, or several that are told apart by a word: {"p50": 2.1, "p99": 9.4}."""
Measure = Callable[[Path, float], Measured]
"""Gets an empty folder and about how many seconds it may take."""


class Row(NamedTuple):
    """One measurement of a topic."""

    name: str
    unit: str
    measure: Measure
    needs: str = ""
    """What it cannot be taken without, in words: `postgres`, or modules of peers that only the bench installs."""


class Compared(NamedTuple):
    """Our figure divided by theirs; without theirs, the figure itself. With what is wanted of it, if anything is."""

    ours: str
    theirs: str | None = None
    at_least: float | None = None
    at_most: float | None = None


class Topic(NamedTuple):
    """Measurements that belong together: one section of the page, one word of the command."""

    name: str
    title: str
    rows: tuple[Row, ...]
    compared: tuple[Compared, ...] = ()
    notes: str = ""


class Found(NamedTuple):
    """What a run of a topic has found."""

    figures: dict[tuple[str, str], list[float]]
    """(name of the figure, unit) → one value for each round."""
    lacking: tuple[str, ...] = ()
    """What could not be measured, and why."""


def missing(row: Row) -> str:
    """Why it cannot be taken here; empty when it can."""
    for need in row.needs.split():
        if need == "postgres":
            if reason := postgres.why_not():
                return reason
        elif find_spec(need) is None:
            return f"{need} is not installed: python3 run.py bench installs it"
    return ""


def take(topic: Topic, rounds: int, seconds: float) -> Found:
    """All figures of a topic, in order of its rows. What cannot be measured leaves the others as they are."""
    reasons = {row.name: reason for row in topic.rows if (reason := missing(row))}
    rows = [row for row in topic.rows if row.name not in reasons]
    if any("postgres" in row.needs for row in rows):
        postgres.administrator()  # here, so that it outlives the process of each measurement
    collector.settle()  # as every process of Casetrail does when it starts
    taken: dict[Row, dict[tuple[str, str], list[float]]] = {row: {} for row in rows}
    for number in range(1, rounds + 1):
        for row, figures in taken.items():
            try:
                for name, value in _figures(row, _apart(row.measure, seconds)):
                    figures.setdefault((name, row.unit), []).append(value)
                    print(f"round {number}/{rounds}  {name}: {told(value)} {row.unit}", flush=True)
            except RuntimeError as error:
                reasons[row.name] = f"round {number} of {rounds}: {error}"
                print(f"round {number}/{rounds}  {row.name}: {error}", flush=True)
    lacking = tuple(f"{name}: {reason}" for name, reason in reasons.items())
    return Found({key: values for figures in taken.values() for key, values in figures.items()}, lacking)


def told(value: float) -> str:
    """A figure to three digits at least."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _figures(row: Row, measured: Measured) -> Iterator[tuple[str, float]]:
    if isinstance(measured, Mapping):
        yield from ((f"{row.name}, {word}", value) for word, value in measured.items())
    else:
        yield row.name, measured


def _apart(measure: Measure, seconds: float) -> Measured:
    """In a process of its own, so that no measurement meets another one's threads, garbage or open files."""
    forking = multiprocessing.get_context("fork")  # what is imported already need not be imported again each time
    receives, sends = forking.Pipe(duplex=False)
    with tempfile.TemporaryDirectory(prefix="casetrail-bench-") as folder:
        process = forking.Process(target=_measured, args=(measure, Path(folder), seconds, sends))
        process.start()
        sends.close()
        try:
            found: Any = receives.recv()
        except EOFError:
            found = RuntimeError("the process of the measurement has died")
        process.join()
    if isinstance(found, BaseException):
        raise found
    return found


def _measured(measure: Measure, folder: Path, seconds: float, sends: Any) -> None:
    os.environ["TMPDIR"] = str(folder)
    try:
        sends.send(measure(folder, seconds))
    except Exception as error:
        import traceback

        traceback.print_exc()
        sends.send(RuntimeError(f"{type(error).__name__}: {error}"))
