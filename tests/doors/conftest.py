"""One house for all door tests, with a case and people; and the rule that whatever is refused leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doors.attacked import Attacked
from tests.house import running_house


@pytest.fixture(scope="package")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    """The house, with what an attacker would need."""
    yield from _house(tmp_path_factory.mktemp("doors"))


@pytest.fixture(scope="package")
def battered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    """Another one, for whatever may also be carried out: fuzzers, whose luck must not change what other tests find."""
    yield from _house(tmp_path_factory.mktemp("battered"))


def _house(folder: Path) -> Iterator[Attacked]:
    with running_house(folder) as house:
        yield Attacked.in_(house)
        # Whatever was thrown at it meanwhile: no part stands still, and nothing was answered with a bug.
        house.ready()
        assert "Traceback" not in house.said()


@pytest.fixture
def nothing_written(attacked: Attacked) -> Iterator[None]:
    """The ledger's head is the same after the test as before."""
    before = attacked.recorded()
    yield
    assert attacked.recorded() == before, "something was recorded"
