"""What may happen to the stream while clients work: it carries facts, and keeps none."""

from __future__ import annotations

from pathlib import Path

from tests.faults.frame import Verdict, scenario
from tests.faults.judging import all_faults, kill_nats_and_its_data
from tests.house import running_house
from tests.journeys.load import Load
from tests.journeys.people import People


@scenario("nats-wiped", row="4", short=True)
def nats_wiped(folder: Path, seed: int) -> Verdict:
    """nats-server is killed and its store deleted while clients work; the stream is refilled from 1."""
    verdict = Verdict()
    with running_house(folder) as house:
        people = People.of(house)
        load = Load(people, folder / "journal", commands=200)
        with load.running():
            load.after(0.4)
            kill_nats_and_its_data(house)
        verdict.faults += all_faults(house, load)
        verdict.count(acknowledged=len(load.acknowledged), wipes=1)
    return verdict
