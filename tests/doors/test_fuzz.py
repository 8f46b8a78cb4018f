"""A short form of the fuzzer; the long one is a command, `python -m tests.doors.fuzz`."""

from __future__ import annotations

from tests.doors.attacked import Attacked
from tests.doors.fuzz import attack


def test_2000_inputs(battered: Attacked) -> None:
    found = attack(battered, 2_000, seed=20261121)
    serious = [line for line in found.wrong if "slow" not in line]  # the machine may be busy with other tests
    assert not serious, "\n".join(serious[:10])
    assert found.answers.total() == 2_000
    battered.house.ready()
