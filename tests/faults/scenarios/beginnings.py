"""kill -9 at named points of what happens once: a first start, a backup, a restore. Said again, each must succeed."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests import checker
from tests.faults.frame import Verdict, scenario
from tests.faults.house import FaultyHouse, faulty_house, store
from tests.faults.inject.points import Point, While
from tests.faults.judging import all_faults
from tests.faults.scenarios.kill_points import points
from tests.house import ROOT, casetrail, until
from tests.journeys.people import People, head

AT_MOST = 3


def killed_at_first(folder: Path, point: Point, passing: int) -> list[str]:
    """A home whose first start is killed there: it starts again, and its owner's token is good."""
    house = FaultyHouse(folder)
    process = None
    try:
        fired = house.arm(point.name, passing)
        house.launch()
        process = house.process
        assert process is not None
        until(
            lambda: process.poll() is not None or house.url in _text(house.home / "lock"), "it dies, or has started", 60
        )
        if not fired.exists():
            return [f"{point.name}: passed fewer than {passing} times by a first start"]
        house.dies()
        house.disarm()
        house.start()
        People.of(house).case_at("registered")
        return [f"after {point.name}: {fault}" for fault in all_faults(house)]
    finally:
        house.close()


def killed_in_between(folder: Path, point: Point) -> list[str]:
    """A backup, or a restore, is killed there, and asked for again; what comes back is what was there."""
    with faulty_house(folder) as house:
        People.of(house).case_at("registered")
        before = checker.ledger(house.home)
        place, home = str(folder / "backup"), house.home
        house.stop()
        if point.when is While.RESTORE:
            _ask(house, "backup", place, "--home", str(home))
        fired = house.arm(point.name, 1)
        words = ("backup", place, "--home", str(home))
        if point.when is While.RESTORE:
            home.rename(folder / "lost")
            words = ("restore", place, "--home", str(home))
        done = _ask(house, *words, fails=True)
        if done != -signal.SIGKILL or not fired.exists():
            return [
                f"{point.name}: {words[0]} ended with {done}, and the point was {'' if fired.exists() else 'not '}passed"
            ]
        house.disarm()
        _ask(house, *words)
        if point.when is While.BACKUP:
            _ask(house, "backup", place, "--verify", "--home", str(home))
            home.rename(folder / "lost")
            _ask(house, "restore", place, "--home", str(home))
        house.start()
        assert head(house.owner) > 0
        after = checker.ledger(house.home)[: len(before)]
        found = all_faults(house)
        if len(after) < len(before):
            found.append(f"{len(before) - len(after)} facts are lost")
        pairs = zip(before, after, strict=False)
        found += [f"position {one.position} came back otherwise" for one, now in pairs if one.body != now.body]
        return [f"after {point.name}: {fault}" for fault in found]


def _ask(house: FaultyHouse, *words: str, fails: bool = False) -> int:
    done = subprocess.run(
        casetrail(*words), cwd=ROOT, env={**os.environ, **house.environment}, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, timeout=120, check=False,
    )  # fmt: skip
    assert fails or done.returncode == 0, f"{words[0]}: {done.stdout} {done.stderr}"
    return done.returncode


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def at_every_beginning(folder: Path, seed: int, times: int, told: Callable[[str], None]) -> Verdict:
    """So often at each point of a first start, a backup, a restore."""
    verdict, chance = Verdict(), random.Random(seed)
    when = (While.FIRST_START,) if store() == "postgres" else (While.FIRST_START, While.BACKUP, While.RESTORE)
    for point in points(*when):
        for time in range(times):
            place = folder / f"{point.name}-{time}"
            place.mkdir()
            first = point.when is While.FIRST_START
            passing = chance.randint(1, AT_MOST if point.name in ("home-remembered", "ledger-half-made") else 1)
            try:
                found = killed_at_first(place, point, passing) if first else killed_in_between(place, point)
            except AssertionError as failed:
                found = [f"after {point.name}, passing {passing}: {failed}"]
            told(f"{point.name}: {'held' if not found else found[0]}")
            verdict.faults += found
            verdict.count(kills=1)
            if not found:
                shutil.rmtree(place)
        verdict.count(points=1)
    return verdict


@scenario("kill-points-of-beginnings", row="2")
def beginnings(folder: Path, seed: int) -> Verdict:
    """kill -9 once at each named point of a first start, a backup and a restore; said again, each succeeds."""
    return at_every_beginning(folder, seed, 1, lambda line: print(line, flush=True))
