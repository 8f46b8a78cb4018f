"""docs/reference is made from the code, and says everything that the code says."""

from __future__ import annotations

import re

import pytest

from docs.generate import BESIDE, PAGES, REFERENCE
from shared.events.catalogue import CATALOGUE
from tests.architecture.test_cli_help import ALL
from tests.house import ROOT


@pytest.mark.parametrize("name", PAGES)
def test_the_reference_is_up_to_date(name: str):
    made = PAGES[name]()
    assert (REFERENCE / name).read_text(encoding="utf-8") == made, "write it again: python -m docs.generate"


@pytest.mark.parametrize("name", BESIDE)
def test_what_stands_beside_the_reference_is_up_to_date(name: str):
    made = BESIDE[name]()
    assert (REFERENCE.parent / name).read_text(encoding="utf-8") == made, "write it again: python -m docs.generate"


def test_every_event_is_in_the_reference():
    told = PAGES["events.md"]()
    assert [topic for topic in CATALOGUE if f"`{topic}`" not in told] == []


def test_every_word_of_the_command_line_is_in_the_reference():
    told = PAGES["cli.md"]()
    assert [path for path, _ in ALL if f"## casetrail {' '.join(path)}\n" not in told] == []


def test_every_setting_is_in_the_reference():
    sources = [
        ROOT / "run.py",
        *(path for part in ("services", "shared", "tests") for path in (ROOT / part).rglob("*.py")),
    ]
    used = {
        name
        for path in sources
        for name in re.findall(r"\bCASETRAIL_[A-Z][A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8"))
    }
    assert sorted(name for name in used if f"`{name}`" not in PAGES["settings.md"]()) == []
