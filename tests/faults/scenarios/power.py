"""The power goes: of everything that was written, only what is on the disk is left. Every acknowledged command must be among it."""

from __future__ import annotations

import copy
import subprocess
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults import loop_image
from tests.faults.frame import CannotRunHere, Verdict, scenario
from tests.faults.judging import all_faults
from tests.house import RunningHouse
from tests.journeys.load import Load
from tests.journeys.people import People
from tests.postgres import Server, why_not

COMMANDS_A_CUT = 60


@dataclass(frozen=True)
class Cut:
    """What a disk held, and what clients had been told until then."""

    image: Path
    acknowledged: dict[str, dict[str, Any]]


@scenario("power-cut", row="3", short=True)
def power_cut(folder: Path, seed: int) -> Verdict:
    """The power goes while clients work at a house on SQLite: what its disk held is mounted, and a house starts from it."""
    return cuts_on_sqlite(folder, 1)


@scenario("power-cuts", row="3")
def power_cuts(folder: Path, seed: int) -> Verdict:
    """The same twenty times."""
    return cuts_on_sqlite(folder, 20)


@scenario("power-cut-postgres", row="3")
def power_cut_postgres(folder: Path, seed: int) -> Verdict:
    """The power goes while clients work at a house on PostgreSQL; server and home lie on the disk that is cut."""
    return cuts_on_postgres(folder, 1)


@scenario("power-cuts-postgres", row="3")
def power_cuts_postgres(folder: Path, seed: int) -> Verdict:
    """The same twenty times."""
    return cuts_on_postgres(folder, 20)


def cuts_on_sqlite(folder: Path, times: int) -> Verdict:
    verdict, image = Verdict(), folder / "disk.img"
    loop_image.make(image)
    with loop_image.mounted(image) as disk:
        house = RunningHouse(disk / "home", database="")
        load, cuts = _cut_while_at_work(folder, house, times, lambda: ())
    for cut in cuts:
        with loop_image.mounted(cut.image) as disk:
            _judge(verdict, RunningHouse(disk / "home", database=""), load, cut)
        cut.image.unlink()
    return verdict


def cuts_on_postgres(folder: Path, times: int) -> Verdict:
    if reason := why_not():
        raise CannotRunHere(reason)
    verdict, image = Verdict(), folder / "disk.img"
    loop_image.make(image, 700)
    with ExitStack() as ending:
        disk = ending.enter_context(loop_image.mounted(image))
        server = Server(place=disk / "postgres")
        ending.callback(server.remove)
        house = RunningHouse(disk / "home", database=server.start().url())
        subprocess.run(["sync", "-f", disk], check=True)  # the server was made in haste; from now on it counts
        load, cuts = _cut_while_at_work(folder, house, times, server.pids)
        server.stop()
    for cut in cuts:
        with ExitStack() as ending:
            disk = ending.enter_context(loop_image.mounted(cut.image))
            server.folder = disk / "postgres"
            server.start()
            ending.callback(server.kill)
            _judge(verdict, RunningHouse(disk / "home", database=server.url()), load, cut)
        cut.image.unlink()
    return verdict


def _cut_while_at_work(
    folder: Path, house: RunningHouse, times: int, others: Callable[[], Sequence[int]]
) -> tuple[Load, list[Cut]]:
    """The cuts, evenly over the work of some clients; the world goes on after each as if there had been none."""
    cuts: list[Cut] = []
    image = folder / "disk.img"
    try:
        house.start()
        assert house.process is not None
        load = Load(People.of(house), folder / "journal", commands=COMMANDS_A_CUT * (times + 1))
        with load.running():
            for number in range(times):
                load.after((number + 0.5) / (times + 1))
                with loop_image.standing_still([house.process.pid, *house.children(), *others()]):
                    cut = Cut(folder / f"cut-{number}.img", {})
                    loop_image.copy(image, cut.image)
                    cut.acknowledged.update(load.acknowledged)  # whatever was answered by now was on the disk before
                cuts.append(cut)
    finally:
        house.close()
    return load, cuts


def _judge(verdict: Verdict, house: RunningHouse, load: Load, cut: Cut) -> None:
    """What is left of it starts, every acknowledged command is in it, and it goes on working."""
    then = copy.copy(load)
    then.acknowledged = cut.acknowledged
    assert cut.acknowledged, "nothing had been acknowledged before the cut"
    try:
        house.start()
        verdict.faults += all_faults(house, then)
        more = Load(People.of(house), cut.image.with_suffix(".journal"), commands=20)
        with more.running():
            pass
        verdict.faults += all_faults(house, then, more)
    finally:
        house.close()
    verdict.count(cuts=1, acknowledged_before=len(cut.acknowledged))
