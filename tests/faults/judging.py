"""What every scenario asks the independent checker in the end."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence

from services.organisation_chart import SERVICES
from tests import checker
from tests.checker import Entry
from tests.faults import witness
from tests.house import RunningHouse, until
from tests.journeys.load import Load
from tests.receivers import MailBox

OWNERS = {model.name: service.prefix for service in SERVICES.values() for model in service.read_models}
"""Which service builds a read model anew; the only thing here that the system itself is asked."""
PATIENCE_S = 60.0
SETTLES_S = 20.0
"""So long after the last command reactions, the watcher and the sender may still have something to do."""


def all_faults(house: RunningHouse, *loads: Load, since: int = 0) -> list[str]:
    """Ledger = stream = read models = what the clients were told, once the house is level.

    `since`: only cases that something has happened to after this position are read over HTTP.
    """
    try:
        entries = settled(house)
    except AssertionError as failed:  # it does not recover; the ledger may tell why
        return [*checker.faults_of_ledger(checker.ledger(house.home)), str(failed)]
    return [
        *checker.faults_of_ledger(entries),
        *checker.faults_of_stream(entries, house.nats("relay")),
        *_faults_of_read_models(house, entries, since),
        *(fault for load in loads for fault in load.faults(entries)),
        *witness.faults_of_time(entries),
        *witness.faults_of_reactions(entries),
    ]


def _faults_of_read_models(house: RunningHouse, entries: Sequence[Entry], since: int) -> Iterator[str]:
    """A case that is not shown at all is a fault as well, and ends the look at the others."""
    try:
        yield from checker.faults_of_read_models(entries, house.owner.sees, since)
    except AssertionError as failed:
        yield f"not shown: {failed}"


def settled(house: RunningHouse) -> Sequence[Entry]:
    """The ledger when everything that is due has been said and everybody is level with it; or as it stands after a while."""
    deadline = time.monotonic() + SETTLES_S
    while True:
        house.ready()
        entries = checker.ledger(house.home)
        if not any("nobody" in fault for fault in witness.faults_of_time(entries)) or time.monotonic() > deadline:
            house.ready()
            found = checker.ledger(house.home)
            if len(found) == len(entries):
                return found
        time.sleep(0.05)


def faults_of_rebuild(house: RunningHouse) -> list[str]:
    """Every read model is built anew over HTTP, and must be what it was, byte for byte."""
    owner = house.owner
    house.ready()
    return list(
        witness.faults_of_rebuild(house.home, lambda name: owner.does(f"/{OWNERS[name]}/read-models/{name}/rebuild"))
    )


def faults_of_letters(house: RunningHouse, box: MailBox, interrupted: int) -> list[str]:
    """Whatever the outbox calls sent has arrived; once, unless sending was interrupted so often."""
    owner = house.owner
    last = owner.sees("/audit/head")["position"]

    def taken_over() -> bool:
        return owner.get("/notify/outbox", limit=1, after_position=last).status_code == 200

    until(taken_over, f"notices up to position {last} are taken over", PATIENCE_S)
    left = witness.unsent(house.home)
    while left:  # very many after a long run: as long as it goes on, it may take its time
        until(
            lambda before=left: len(witness.unsent(house.home)) < len(before),
            "one more notice is sent",
            PATIENCE_S,
            0.1,
        )
        left = witness.unsent(house.home)
    arrived = [str(mail["Message-ID"]).strip("<>").partition("@")[0] for mail in box.mails]
    return list(witness.faults_of_letters(witness.sent(house.home), arrived, interrupted))


def kill_nats_and_its_data(house: RunningHouse) -> None:
    """nats-server with kill -9, and everything it had stored."""
    with house.nobody_restarts_anything():
        house.kill_part("nats-server")
        shutil.rmtree(house.home / "nats" / "jetstream")
