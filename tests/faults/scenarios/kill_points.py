"""kill -9 at named points: between two steps that must both happen or neither."""

from __future__ import annotations

import random
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import httpx

from tests.faults.at_work import Worked, at_work
from tests.faults.frame import Verdict, judged, scenario
from tests.faults.house import store
from tests.faults.inject.points import POINTS, Point, While
from tests.faults.judging import OWNERS
from tests.house import until

AT_MOST = 3
"""The passing that is fatal is one of the first so many."""
PATIENCE_S = 60.0
CHECKED_EVERY = 22
"""And at the end of each home; to check costs as much as some deaths."""
QUICK = (
    "committed",
    "before-commit",
    "reaction-moved",
    "relay-mid-batch",
    "rows-before-commit",
    "watcher-said",
    "notice-sent",
)
OTHERWISE = (While.FIRST_START, While.BACKUP, While.RESTORE, While.MOVE)


def points(*when: While) -> list[Point]:
    """Those that there are with the store of this run, while that goes on."""
    return [point for point in POINTS.values() if point.place(store()) and point.when in when]


def at_every_point(
    folder: Path, seed: int, times: int, names: Sequence[str] = (), told: Callable[[str], None] = print
) -> Verdict:
    """So many homes, in each of which the house dies once at each point while clients work. A point that nobody passes is a
    fault of this suite."""
    verdict, chance = Verdict(), random.Random(seed)
    wanted = [point for point in points(*(set(While) - set(OTHERWISE))) if not names or point.name in names]
    for turn in range(1, times + 1):
        place, before = folder / f"home-{turn}", len(verdict.faults)
        place.mkdir()
        chance.shuffle(wanted)
        with judged(verdict, f"home {turn}"), at_work(place, verdict) as worked:
            _dies_at_each(worked, wanted, chance, lambda line, turn=turn: told(f"{turn}/{times} {line}"))
        found = verdict.faults[before:]
        told(f"{turn}/{times} checked: {'; '.join(found) or 'held'}")
        if not found:
            shutil.rmtree(place)
    verdict.count(points=len(wanted))
    return verdict


def _dies_at_each(worked: Worked, wanted: Sequence[Point], chance: random.Random, told: Callable[[str], None]) -> None:
    verdict = worked.verdict
    for number, point in enumerate(wanted, 1):
        passing, began = chance.randint(1, AT_MOST), time.monotonic()
        if not _dies_at(worked, point, passing, chance):
            verdict.faults.append(f"{point.name}: passed fewer than {passing} times within {PATIENCE_S:.0f} s")
            continue
        worked.fired[point.name] += 1
        verdict.count(kills=1)
        worked.house.launch()
        told(f"{number}/{len(wanted)} {point.name} {time.monotonic() - began:.1f} s")
        if number % CHECKED_EVERY == 0:
            worked.check()


def _dies_at(worked: Worked, point: Point, passing: int, chance: random.Random) -> bool:
    house = worked.house
    if point.when is While.REFILL:
        house.answers()
        with house.nobody_restarts_anything():
            house.kill_part("nats-server")
            shutil.rmtree(house.home / "nats" / "jetstream")
            fired = house.arm(point.name, 1 if point.name != "relay-refills" else passing)
    else:
        fired = house.arm(point.name, 1 if point.when is While.REBUILD else passing)
    if point.when is While.REBUILD:
        threading.Thread(target=_rebuild, args=(worked, chance.choice(sorted(OWNERS))), daemon=True).start()
    with suppress(AssertionError):
        until(fired.exists, f"{point.name} is fatal", PATIENCE_S)
    if not fired.exists():
        house.disarm()
        return False
    house.dies()
    house.disarm()
    return True


def _rebuild(worked: Worked, model: str) -> None:
    worked.house.answers()
    with suppress(httpx.HTTPError):  # it dies while it does it
        worked.people.owner.post(f"/{OWNERS[model]}/read-models/{model}/rebuild")


@scenario("kill-points", row="2")
def kill_points(folder: Path, seed: int) -> Verdict:
    """kill -9 once at each named point that is passed while clients work, a rebuild goes on, or a stream is refilled."""
    return at_every_point(folder, seed, 1)


@scenario("some-kill-points", row="2", short=True)
def some_kill_points(folder: Path, seed: int) -> Verdict:
    """kill -9 at seven points: around commits of the desk, a reaction, a read model, the watcher, the sender, in a batch."""
    return at_every_point(folder, seed, 1, QUICK, lambda line: None)
