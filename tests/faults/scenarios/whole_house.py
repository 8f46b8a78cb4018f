"""A whole house is killed: what it was doing, the next start goes on with."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.faults.frame import Verdict, scenario
from tests.faults.house import faulty_house
from tests.faults.judging import all_faults
from tests.journeys.load import Load
from tests.journeys.people import People


@scenario("house-killed", row="1", short=True)
def house_killed(folder: Path, seed: int) -> Verdict:
    """The whole house is killed twice while clients work; then once more, and stream and read models are deleted."""
    verdict = Verdict()
    with faulty_house(folder) as house:
        people = People.of(house)
        load = Load(people, folder / "journal", commands=300)
        with load.running():
            for share in (0.2, 0.5):
                load.after(share)
                house.kill()
                house.launch()
        verdict.faults += all_faults(house, load)
        house.kill()
        shutil.rmtree(house.home / "nats" / "jetstream")
        shutil.rmtree(house.home / "read")
        house.start()
        verdict.faults += all_faults(house, load)
        verdict.count(acknowledged=len(load.acknowledged), asked_again=load.asked_again, kills=3)
    return verdict
