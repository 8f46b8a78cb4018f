"""Home, address and token are found where they are, and what cannot be found is said with its way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.cli.connection import found, home_at, in_path, problem_of
from shared.kernel.errors import Problem


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    where = tmp_path / ".casetrail"
    (where / "run").mkdir(parents=True)
    (where / "run" / "address").write_text("http://127.0.0.1:8700/\n")
    (where / "admin.token").write_text("secret\n")
    return where


def test_a_home_tells_address_and_token(home: Path):
    house = found()
    assert (house.url, house.token) == ("http://127.0.0.1:8700", "secret")


def test_what_is_given_wins(home: Path):
    house = found(home, "other:9000", "mine")
    assert (house.url, house.token) == ("http://other:9000", "mine")


def test_a_demonstration_is_found_where_it_is_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert home_at(None) == Path(".casetrail")
    (tmp_path / ".casetrail-demo").mkdir()
    assert home_at(None) == Path(".casetrail-demo")
    (tmp_path / ".casetrail").mkdir()
    assert home_at(None) == Path(".casetrail")


def test_nothing_runs(tmp_path: Path):
    with pytest.raises(Problem) as caught:
        found(tmp_path / "empty")
    assert "casetrail up --home" in str(caught.value.way_out)


def test_no_token(home: Path):
    (home / "admin.token").unlink()
    with pytest.raises(Problem) as caught:
        found()
    assert "--token" in str(caught.value.way_out)


def test_nobody_answers(home: Path):
    with pytest.raises(Problem) as caught:
        found(server="http://127.0.0.1:1").get("/audit/head")
    assert "casetrail up" in str(caught.value.way_out)


@pytest.mark.parametrize("server", ["http://[", "ftp://x", "http://no-such-host.invalid"])
def test_an_address_that_is_none(home: Path, server: str):
    with pytest.raises(Problem):
        found(server=server).get("/audit/head")


def test_a_problem_document_and_something_else():
    document = {"title": "Refused by a rule", "detail": "no", "rule": "G-SOD", "field": None, "way_out": "ask Ana"}
    problem = problem_of(409, document, "http://x")
    assert (problem.title, problem.rule, problem.field, problem.way_out) == (
        "Refused by a rule",
        "G-SOD",
        None,
        "ask Ana",
    )
    assert "502" in problem_of(502, "<html>", "http://x").detail


def test_case_numbers_are_capitals_and_nothing_escapes_its_path():
    assert in_path("sz-2026-00042") == "SZ-2026-00042"
    assert in_path("../x y") == "..%2Fx%20y"
    assert in_path("0199a3b4-6c1e-7b3a-9d52-3f1c2a4b5d6e") == "0199a3b4-6c1e-7b3a-9d52-3f1c2a4b5d6e"
