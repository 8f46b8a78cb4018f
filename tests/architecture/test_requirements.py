"""docs/requirements.toml: every requirement of the sources is there, carried by what exists, and shown where it is done."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from enum import Enum
from functools import cache

import pytest
from pydantic import BaseModel

from docs.requirements import SOURCES, STATES, Misplaced, marks, marks_in, requirements
from services.intake.domain import ImportComplaint
from services.organisation_chart import SERVICES
from services.sla_watch.clauses import BY_NAME
from shared.events import clocks, grading, organisation, triage_words, words
from shared.events.catalogue import CATALOGUE
from shared.kernel import values
from shared.policy.clause_names import CLAUSE_NAMES
from shared.policy.pack import Pack
from tests.house import ROOT

ALL = requirements()
MARKS = marks()
HOW_MANY = {"S0": 59, "S1": 54, "S2": 57, "S3": 45, "S4": 91}
KINDS = {
    "SCOPE", "STEP", "ROLE", "FIELD", "GRADE", "CLOCK", "METHOD", "APPROVAL", "DECISION", "MONEY", "METRIC", "COMMS", "REVIEW",
    "REPORT", "RECORD", "IMPROVE", "EXAMPLE",
}  # fmt: skip
FOLLOW_LATER = {"METRIC", "REPORT"}
"""Kinds that another issue owns, as a whole."""
STRENGTHS = {"normative", "target", "illustration", "other sector"}


@cache
def models() -> dict[str, type[BaseModel]]:
    """Events, commands, values: whatever has fields."""
    commands = [handles.command for service in SERVICES.values() for handles in service.handles]
    inside = [kind for home in (grading, clocks) for _, kind in inspect.getmembers(home, _is_value)]
    return {kind.__name__: kind for kind in (*CATALOGUE.values(), *commands, ImportComplaint, *inside)}


def _is_value(found: object) -> bool:
    return inspect.isclass(found) and issubclass(found, values.Value)


@cache
def vocabularies() -> dict[str, type[Enum]]:
    homes = (words, triage_words, clocks, organisation)
    return {
        name: kind
        for home in homes
        for name, kind in inspect.getmembers(home, inspect.isclass)
        if issubclass(kind, Enum)
    }


@cache
def guards() -> set[str]:
    files = (path for part in ("services", "shared") for path in (ROOT / part).rglob("*.py"))
    return {rule for path in files for rule in re.findall(r'rule="(G-[A-Z]+)"', path.read_text(encoding="utf-8"))}


def is_there(name: str) -> bool:
    """Whether the code has what a name in `carried_by` names."""
    if name.startswith("CL-"):
        return name in CLAUSE_NAMES
    if name.startswith("G-"):
        return name in guards()
    head, _, part = name.partition(".")
    if head == "pack":
        return part in Pack.model_fields
    if head in models():
        return not part or part in models()[head].model_fields
    if head in vocabularies():
        return not part or part in {str(word.value) for word in vocabularies()[head]}
    read_models = {model.__name__ for service in SERVICES.values() for model in service.read_models}
    return name in BY_NAME or name in read_models


# ── the list ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_all_three_hundred_and_six_are_there_in_their_order():
    assert set(SOURCES) == set(HOW_MANY) and sum(HOW_MANY.values()) == 306
    wanted = [f"{source}-{number:02}" for source, many in HOW_MANY.items() for number in range(1, many + 1)]
    assert list(ALL) == wanted


def test_each_is_said_in_a_sentence_and_stands_somewhere():
    for one in ALL.values():
        assert one.kind in KINDS and one.strength in STRENGTHS and one.state in STATES, one
        assert one.says[0].isupper() and one.says.endswith(".") and one.says.isascii(), (
            f"a plain English sentence: {one}"
        )
        assert one.carried_by and len(set(one.carried_by)) == len(one.carried_by), one
        assert (one.issue is not None) == (one.state == "later"), one
        assert one.missing is None or one.state == "open", one


def test_no_sentence_is_said_twice():
    assert [says for says, many in Counter(one.says for one in ALL.values()).items() if many > 1] == []


def test_only_what_another_issue_owns_waits_for_it():
    later = [one for one in ALL.values() if one.state == "later"]
    assert [one.id for one in later if one.kind not in FOLLOW_LATER] == []
    assert [one.id for one in ALL.values() if one.kind in FOLLOW_LATER and one.state == "open"] == []


def test_what_carries_a_requirement_that_is_done_exists():
    done = [one for one in ALL.values() if one.state == "done"]
    assert {one.id: name for one in done for name in one.carried_by if not is_there(name)} == {}


def test_names_that_are_not_there_are_seen():
    assert all(
        map(is_there, ("Received", "Received.channel", "Close", "CL-RCA", "G-DESC", "Demand.repair", "CaseBoard"))
    )
    wrong = ("Recieved", "Received.chanel", "CL-RCB", "G-NOTHING", "Demand.applause", "pack.nothing", "")
    assert [name for name in wrong if is_there(name)] == []


# ── the marks ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_marks_name_requirements_that_there_are():
    assert sorted({(mark.id, mark.test) for mark in MARKS if mark.id not in ALL}) == []


def test_whatever_is_done_is_shown_by_a_test_that_always_runs():
    shown = {mark.id for mark in MARKS if mark.sure}
    assert [one.id for one in ALL.values() if one.state == "done" and one.id not in shown] == []


def test_whatever_is_shown_is_done():
    shown = {mark.id for mark in MARKS}
    said = [one.id for one in ALL.values() if one.state != "done" and one.id in shown]
    assert said == [], "docs/requirements.toml still says that these are not there"


def test_nothing_is_open():
    assert [one.id for one in ALL.values() if one.state == "open"] == []


# ── how marks are found ───────────────────────────────────────────────────────────────────────────────────────────────
FILE = """
import pytest

TABLE = [pytest.param(1, marks=pytest.mark.requirement("S0-03")), 2]

@pytest.mark.requirement("S0-01", "S0-02")
def test_plain(): ...

@pytest.mark.parametrize("n", TABLE)
def test_by_table(n): ...

@pytest.mark.requirement("S0-04")
class TestSeveral:
    @pytest.mark.skipif(True, reason="never")
    def test_inside(self): ...
"""


def test_marks_are_found_on_tests_on_parameters_and_on_classes():
    found = {(mark.id, mark.test, mark.sure) for mark in marks_in(FILE, "t.py")}
    assert found == {
        ("S0-01", "t.py::test_plain", True),
        ("S0-02", "t.py::test_plain", True),
        ("S0-03", "t.py::test_by_table", True),
        ("S0-04", "t.py::TestSeveral::test_inside", False),
    }


@pytest.mark.parametrize(
    "lost",
    ["def helper():\n    return pytest.mark.requirement('S0-01')", "@pytest.mark.requirement(ID)\ndef test_it(): ..."],
)
def test_a_mark_that_would_be_lost_is_refused(lost: str):
    with pytest.raises(Misplaced):
        marks_in(lost, "t.py")
