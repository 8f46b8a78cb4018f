"""Schemathesis, shortly; the long run is a command, `python -m tests.doors.schemathesis_run`."""

from __future__ import annotations

from pathlib import Path

from tests.doors.attacked import Attacked
from tests.doors.schemathesis_run import run


def test_no_operation_differs_from_its_description(battered: Attacked, tmp_path: Path) -> None:
    code, cases, said = run(battered, 3, 20261121, tmp_path, "examples,fuzzing")
    assert cases > 300, said[-2_000:]
    assert code == 0, said[-4_000:]
    battered.house.ready()
