"""`casetrail rebuild --outdated`: what a new version would have to build at its start is built before, on every core."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.insight.case_board import CaseBoard
from services.rebuilding import MODELS
from services.upkeep import rebuild
from shared.kernel.errors import Invalid
from tests.services.homes import home_at
from tests.stores import KINDS

FACTS = 6


def built(home: Path, *names: str) -> list[str]:
    told = list[str]()
    rebuild(home, None, list(names), told.append, outdated=not names)
    return told


@pytest.mark.parametrize("store", KINDS)
def test_what_was_never_built_or_by_another_version_is_outdated(
    tmp_path: Path, store: str, monkeypatch: pytest.MonkeyPatch
):
    home = home_at(tmp_path / "home", store, FACTS)
    assert built(home) == [f"{name} rebuilt" for name in MODELS]
    assert built(home) == ["every read model is of this version: nothing to rebuild"]
    monkeypatch.setattr(CaseBoard, "version", CaseBoard.version + 1)
    assert built(home) == ["case_board rebuilt"]
    assert built(home) == ["every read model is of this version: nothing to rebuild"]


def test_one_that_is_damaged_is_outdated(tmp_path: Path):
    home = home_at(tmp_path / "home", facts=FACTS)
    built(home)
    (home / "read" / "timeline.sqlite").write_bytes(b"no database")
    assert built(home) == ["timeline rebuilt"]


def test_outdated_ones_are_found_and_not_named(tmp_path: Path):
    home = home_at(tmp_path / "home", facts=FACTS)
    with pytest.raises(Invalid, match="found, not named"):
        rebuild(home, None, ["case_board"], print, outdated=True)
