"""A process that does everything keeps to one core; what it starts does not, and whoever runs it can say otherwise."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from shared.runtime.one_core import FIRST_LOOK_S, SWITCH, Spent, roomiest
from tests.house import RunningHouse, running_house, until

NOTHING = Spent(0, 0)
NONE = -1


@pytest.mark.parametrize(
    ("idle", "at", "own", "goes_to"),
    [
        pytest.param({0: 0.4, 1: 0.9}, NONE, 0.0, 1, id="first: where there is most room"),
        pytest.param({0: 1.0, 1: 1.0}, NONE, 0.0, 0, id="first: any of two that are free"),
        pytest.param({0: 1.0, 1: 1.0}, 1, 0.0, 1, id="nothing is gained by going"),
        pytest.param({0: 0.9, 1: 0.0}, 1, 1.0, 1, id="it is busy with us"),
        pytest.param({0: 0.6, 1: 0.0}, 1, 0.5, 1, id="another takes half of it, and there is hardly more elsewhere"),
        pytest.param({0: 0.9, 1: 0.0}, 1, 0.5, 0, id="another takes half of it, and there is much more elsewhere"),
        pytest.param({0: 0.0, 1: 0.0, 2: 0.9}, 1, 0.3, 2, id="the best of several"),
    ],
)
def test_it_goes_where_there_is_clearly_more_room(idle: dict[int, float], at: int, own: float, goes_to: int):
    before = dict.fromkeys(idle, NOTHING)
    after = {core: Spent(seconds, 1.0) for core, seconds in idle.items()}

    assert roomiest(before, after, set(idle), at, own) == goes_to


def test_only_cores_that_are_allowed_are_looked_at():
    before = {0: NOTHING, 1: NOTHING}
    after = {0: Spent(0.1, 1.0), 1: Spent(1.0, 1.0)}

    assert roomiest(before, after, {0}, NONE, 0.0) == 0


several = pytest.mark.skipif(
    sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2, reason="Linux with two cores or more"
)


@several
def test_a_house_keeps_to_one_core_and_its_nats_server_does_not(tmp_path: Path):
    everything = os.sched_getaffinity(0)
    with running_house(tmp_path) as house:
        until(lambda: len(_cores(house)) == 1, "every thread is on one core")
        (nats,) = house.children()
        assert os.sched_getaffinity(nats) == everything

        os.kill(nats, signal.SIGKILL)  # the next one is started by a process that keeps to one core
        until(lambda: house.children() not in ([], [nats]), "it is started again")
        assert os.sched_getaffinity(house.children()[0]) == everything


@several
def test_whoever_takes_a_core_away_is_heeded(tmp_path: Path):
    with running_house(tmp_path) as house:
        until(lambda: len(_cores(house)) == 1, "every thread is on one core")
        (at,) = _cores(house)
        other = max(os.sched_getaffinity(0) - {at})
        for thread in _threads(house):
            os.sched_setaffinity(thread, {other})
        until(lambda: _cores(house) == {other}, "it stays there")
        house.person("Somebody", "customer_service")  # threads that are started for her are there, too
        house.ready()
        until(lambda: _cores(house) == {other}, "it stays there")


@several
def test_the_system_spreads_the_threads_of_who_wants_it_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(SWITCH, "all")
    with running_house(tmp_path) as house:
        time.sleep(FIRST_LOOK_S + 0.5)
        for thread in _threads(house):
            assert os.sched_getaffinity(thread) == os.sched_getaffinity(0)


def _threads(house: RunningHouse) -> list[int]:
    assert house.process is not None
    return [int(thread.name) for thread in Path(f"/proc/{house.process.pid}/task").iterdir()]


def _cores(house: RunningHouse) -> set[int]:
    return set[int]().union(*(os.sched_getaffinity(thread) for thread in _threads(house)))
