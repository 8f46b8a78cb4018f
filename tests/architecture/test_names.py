"""Names and sizes: standard terms, a docstring on every module, files of one to three screens."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(path for part in ("shared", "services") for path in (ROOT / part).rglob("*.py"))
LONGEST = 400
LONGER: dict[str, str] = {
    "shared/clocks/worktime.py": "one algorithm with its notation; halves of it would say nothing",
}
"""File → why it may be longer."""
NOT_WANTED = ("manager", "helper", "util", "utils", "common", "misc", "base", "impl")


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_every_module_says_what_it_is(path: Path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = ast.get_docstring(tree)
    assert (told and told.strip().splitlines()[0].strip()[-1:] in ".:;,!?…") or "\n" in (told or "")
    assert not set(path.stem.lower().split("_")) & set(NOT_WANTED), "name it for what it does"


def test_no_class_is_named_for_what_it_might_be():
    found = [
        f"{name(path)}: {node.name}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        and node.name.endswith(("Manager", "Helper", "Util", "Base", "Impl", "Data", "Info"))
    ]
    assert found == []


def test_files_are_one_to_three_screens():
    long = {name(path) for path in MODULES if len(path.read_text(encoding="utf-8").splitlines()) > LONGEST}
    assert long <= set(LONGER), "look for the second idea in it"
    assert set(LONGER) <= {name(path) for path in MODULES}
