"""kill -9 of anything while clients work: nothing acknowledged is lost, nothing happens twice, all views agree."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests import checker
from tests.faults.judging import kill_nats_and_its_data
from tests.house import PARTS, RunningHouse, running_house, until
from tests.journeys.load import Load
from tests.journeys.people import People, head


def agree(house: RunningHouse, people: People, *loads: Load, since: int = 0) -> None:
    """Ledger = stream = read models = what the clients were told."""
    house.ready()
    entries = checker.check(house.home, house.nats("relay"), people.owner.sees, since=since)
    faults = [fault for load in loads for fault in load.faults(entries)]
    assert not faults, "\n".join(faults[:20])


def test_any_part_may_be_killed_at_any_time(split_house: RunningHouse, split_people: People, tmp_path: Path) -> None:
    """One after the other, while the same clients go on working; each is started again before the next one goes."""
    before, load = head(split_people.owner), Load(split_people, tmp_path / "journal", commands=100 * (len(PARTS) + 1))
    with load.running():
        for number, part in enumerate(PARTS):
            load.after((number + 0.2) / (len(PARTS) + 1))
            split_house.kill_part(part)
            until(lambda part=part: split_house.pid(part), f"{part} is started again")
        load.after((len(PARTS) + 0.2) / (len(PARTS) + 1))
        kill_nats_and_its_data(split_house)
    assert len(load.acknowledged) >= load.commands
    agree(split_house, split_people, load, since=before)


def test_the_whole_house_may_be_killed(tmp_path: Path) -> None:
    with running_house(tmp_path) as house:
        people = People.of(house)
        load = Load(people, tmp_path / "journal", commands=300)
        with load.running():
            for share in (0.2, 0.5):
                load.after(share)
                house.kill()
                house.launch()
            load.after(0.8)
            kill_nats_and_its_data(house)
        assert load.asked_again
        agree(house, people, load)
        house.kill()
        shutil.rmtree(house.home / "nats" / "jetstream")
        shutil.rmtree(house.home / "read")
        house.start()
        agree(house, people, load)
