"""Faults of the surroundings, in a short form: those that any user may cause on any machine. The others need root, strace or
minutes, and are scenarios of `python3 run.py faults` alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import postgres
from tests.faults.frame import Verdict, scenarios

QUICK = ("stream-full", "foreign-messages", "nats-bit-flip", "ledger-bit-flip", "two-writers")


def held(name: str, folder: Path) -> Verdict:
    """A scenario by its name; what it went through."""
    verdict = scenarios()[name].run(folder, 1)
    assert verdict.held, str(verdict)
    assert verdict.seen, "a run in which nothing happened proves nothing"
    return verdict


@pytest.mark.parametrize("name", QUICK)
def test_the_house_holds(name: str, tmp_path: Path):
    held(name, tmp_path)


@pytest.mark.skipif(postgres.why_not() is not None, reason=str(postgres.why_not()))
def test_it_holds_while_every_session_of_the_database_is_ended(tmp_path: Path):
    assert held("postgres-terminates", tmp_path).seen["terminated"] > 8
