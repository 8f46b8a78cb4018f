"""The machine's clock jumps while a house runs: what is recorded never goes back, and every promise is spoken of once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests import checker
from tests.faults.downtime import CLIMBED_TWICE, Machine, a_week_down, faketime
from tests.faults.frame import CannotRunHere, Verdict, scenario
from tests.faults.judging import all_faults, faults_of_rebuild
from tests.faults.surroundings import fault_of
from tests.house import RunningHouse, until
from tests.journeys.load import Load
from tests.journeys.people import People

DAY = timedelta(days=1)
JUMPS = (DAY, timedelta(), 3 * DAY, 2 * DAY, 4 * DAY)
"""What the clock shows more than the true time, one after the other; at the end it is ahead of every fact."""


PATIENT = """
# libfaketime refuses the way in which time.sleep waits (EINVAL) when it leaves the monotonic clock alone, as it must.
import select, time
time.sleep = lambda seconds: select.select((), (), (), max(0, seconds)) and None
"""


@scenario("clock-jumps", row="12")
def clock_jumps(folder: Path, seed: int) -> Verdict:
    """The clock of a running house jumps days ahead and back; promises fall due meanwhile, and each breach is said once."""
    library = faketime()
    if library is None:
        raise CannotRunHere("libfaketime is not installed (on Debian: apt install faketime)")
    verdict, machine = Verdict(), Machine(folder / "clock")
    house = RunningHouse(folder / "home")
    (folder / "sitecustomize.py").write_text(PATIENT)
    house.environment |= {**machine.environment(library), "PYTHONPATH": str(folder)}
    try:
        house.start()
        load = Load(People.of(house), folder / "journal", commands=240)
        with load.running():
            for number, offset in enumerate(JUMPS):
                load.after((number + 0.5) / (len(JUMPS) + 1))
                back = offset < machine.offset
                machine.set(offset)
                if back:
                    fault_of(house, "clock", "the last fact was recorded at", "set the clock right")
                verdict.count(jumps=1)
        until(lambda: _breaches(house), "promises of days ago are said to be broken", 60, 0.2)
        verdict.faults += [*all_faults(house, load), *faults_of_rebuild(house)]
        verdict.count(acknowledged=len(load.acknowledged), breaches=_breaches(house))
    finally:
        house.close()
    return verdict


def _breaches(house: RunningHouse) -> int:
    return sum(entry.topic == "clocks.Breached" for entry in checker.ledger(house.home))


@scenario("week-down", row="13")
def week_down(folder: Path, seed: int) -> Verdict:
    """Nobody watches for a week, in which 2,000 promises break; two watchers then say each breach and rung once, in due order."""
    verdict, found = Verdict(), a_week_down(folder, 2_000, 2, CLIMBED_TWICE, patience_s=600)
    if not found.right:
        verdict.faults.append(str(found))
    verdict.count(facts=found.facts, seconds=round(found.seconds, 1))
    return verdict
