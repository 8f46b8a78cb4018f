"""The requirements of the sources, and the tests that show them: what docs/requirements.md is made from.

`requirements.toml` says each in one sentence, with what carries it. Which tests show it is read from their marks,
`@pytest.mark.requirement("S0-45")` or `pytest.param(…, marks=pytest.mark.requirement("S0-45"))`, without running them.
"""

from __future__ import annotations

import ast
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent
SOURCES = {
    "S0": "Feedback form of after-sales: tracing quality and improving it",
    "S1": "Guide to complaints about product quality",
    "S2": "Procedure for feedback of customers, with charges",
    "S3": "Standard for better after-sales service, grades S to C",
    "S4": "Collection of reports on what was put right",
}
"""What each source document is."""
STATES = ("done", "open", "later")
NOT_SURE = frozenset({"skip", "skipif", "xfail", "browser"})
"""Marks of tests that do not run everywhere, and so show nothing by themselves."""


@dataclass(frozen=True)
class Requirement:
    """One requirement of a source."""

    id: str
    kind: str
    strength: str
    says: str
    carried_by: tuple[str, ...]
    state: str
    missing: str | None = None
    issue: str | None = None

    @property
    def source(self) -> str:
        """S0 to S4."""
        return self.id.partition("-")[0]

    @property
    def stands(self) -> str:
        """Its state in words, with what is missing or where it follows."""
        if self.state == "open":
            return f"not yet: {self.missing}" if self.missing else "not yet"
        return f"later: {self.issue}" if self.issue else self.state


@dataclass(frozen=True)
class Mark:
    """One mark on one test."""

    id: str
    test: str
    sure: bool
    """False if the test may be skipped."""


class Misplaced(Exception):
    """A mark that belongs to no test, or does not name its ids plainly."""


def requirements(path: Path = HERE / "requirements.toml") -> dict[str, Requirement]:
    """Id → requirement, in the order of the file."""
    tables: dict[str, dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return {id: Requirement(id=id, carried_by=tuple(table.pop("carried_by")), **table) for id, table in tables.items()}


# ── the marks ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def marks(tests: Path = ROOT / "tests") -> list[Mark]:
    """Every mark on every test, in the order of files and lines."""
    return [
        mark
        for path in sorted(tests.rglob("test_*.py"))
        for mark in marks_in(path.read_text(encoding="utf-8"), path.relative_to(tests.parent).as_posix())
    ]


def marks_in(text: str, name: str) -> list[Mark]:
    """The marks in one file of tests; raises Misplaced for one that would be lost."""
    if ".requirement(" not in text:
        return []
    tree = ast.parse(text, name)
    tables = {
        target.id: node.value
        for node in tree.body
        for target in (node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)])
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(target, ast.Name) and node.value is not None
    }
    everywhere = [tables["pytestmark"]] if "pytestmark" in tables else []
    found, placed = list[Mark](), set[ast.Call]()
    for test, decorators in _tests(tree.body, name, everywhere):
        said = [*decorators, *(tables[each] for each in _names(decorators) if each in tables)]
        calls = [call for part in said for call in _calls(part)]
        sure = not NOT_SURE & {node.attr for part in said for node in ast.walk(part) if isinstance(node, ast.Attribute)}
        found += [Mark(id, test, sure) for id in dict.fromkeys(id for call in calls for id in _ids(call, name))]
        placed.update(calls)
    for call in _calls(tree):
        if call not in placed:
            raise Misplaced(f"{name}:{call.lineno}: this mark belongs to no test")
    return found


def _tests(body: Iterable[ast.stmt], name: str, around: list[ast.expr]) -> Iterator[tuple[str, list[ast.expr]]]:
    for node in body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield from _tests(node.body, f"{name}::{node.name}", [*around, *node.decorator_list])
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield f"{name}::{node.name}", [*around, *node.decorator_list]


def _names(parts: Iterable[ast.expr]) -> set[str]:
    return {node.id for part in parts for node in ast.walk(part) if isinstance(node, ast.Name)}


def _calls(part: ast.AST) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(part)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "requirement"
    ]


def _ids(call: ast.Call, name: str) -> Iterator[str]:
    for one in call.args:
        if not (isinstance(one, ast.Constant) and isinstance(one.value, str)):
            raise Misplaced(f"{name}:{call.lineno}: a mark names its ids as plain text")
        yield one.value


# ── the page ──────────────────────────────────────────────────────────────────────────────────────────────────────────
Rows = list[tuple[str, ...]]


def counted(all: Iterable[Requirement], by: str) -> Rows:
    """How many are done, open and later, by source or kind, with a line for all of them."""
    everything = list(all)
    counts = Counter((getattr(one, by), one.state) for one in everything)
    lines = sorted({getattr(one, by) for one in everything})
    rows: Rows = [
        (line, *(str(counts[line, state]) for state in STATES), str(sum(counts[line, state] for state in STATES)))
        for line in lines
    ]
    totals = [sum(one.state == state for one in everything) for state in STATES]
    return [*rows, ("all", *map(str, totals), str(len(everything)))]


def told(all: Iterable[Requirement], found: Iterable[Mark]) -> Rows:
    """One line for each: id, kind, sentence, what carries it, what shows it, how it stands."""
    shown: dict[str, list[str]] = {}
    for mark in found:
        shown.setdefault(mark.id, []).append(mark.test)
    return [
        (
            one.id,
            one.kind if one.strength == "normative" else f"{one.kind}, {one.strength}",
            one.says,
            ", ".join(f"`{name}`" for name in one.carried_by),
            "<br>".join(f"`{test}`" for test in shown.get(one.id, ())),
            one.stands,
        )
        for one in all
    ]
