"""After a week in which nobody watched each thing is said once, in due order and none early: real processes, real clocks."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.faults.downtime import CLIMBED_TWICE, a_week_down, faketime

DAY = timedelta(days=1)


def test_after_a_week_down_each_thing_is_said_once_in_due_order(tmp_path: Path):
    verdict = a_week_down(tmp_path, 400, 2, CLIMBED_TWICE, patience_s=60)
    assert verdict.right, str(verdict)
    assert verdict.facts == 1_200


@pytest.mark.skipif(faketime() is None, reason="libfaketime is not installed (on Debian: apt install faketime)")
def test_a_clock_that_is_set_back_and_forth_says_nothing_early_and_nothing_twice(tmp_path: Path):
    offsets = [-9 * DAY, -11 * DAY, -7 * DAY, -8 * DAY, timedelta()]
    verdict = a_week_down(tmp_path, 100, 2, CLIMBED_TWICE, offsets, patience_s=60)
    assert verdict.right, str(verdict)
    first, second, third, fourth, last = verdict.waited_at
    assert 0 < first == second < third == fourth < last == 300, "set back, it waits; it goes on where it was"
