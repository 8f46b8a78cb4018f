"""What every scenario asks the independent checker in the end."""

from __future__ import annotations

import shutil

from tests import checker
from tests.house import RunningHouse
from tests.journeys.load import Load


def all_faults(house: RunningHouse, *loads: Load, since: int = 0) -> list[str]:
    """Ledger = stream = read models = what the clients were told, once the house is level.

    `since`: only cases that something has happened to after this position are read over HTTP.
    """
    house.ready()
    entries = checker.ledger(house.home)
    return [
        *checker.faults_of_ledger(entries),
        *checker.faults_of_stream(entries, house.nats("relay")),
        *checker.faults_of_read_models(entries, house.owner.sees, since),
        *(fault for load in loads for fault in load.faults(entries)),
    ]


def kill_nats_and_its_data(house: RunningHouse) -> None:
    """nats-server with kill -9, and everything it had stored."""
    with house.nobody_restarts_anything():
        house.kill_part("nats-server")
        shutil.rmtree(house.home / "nats" / "jetstream")
