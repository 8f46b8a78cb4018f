"""kill -9 where nobody restarts anything by itself: two processes of each part, PostgreSQL, three NATS servers."""

from __future__ import annotations

import random
import shutil
import time
from pathlib import Path

from services.organisation_chart import PARTS
from tests.faults.frame import CannotRunHere, Verdict, scenario
from tests.faults.judging import all_faults
from tests.faults.work import Work
from tests.house import until
from tests.journeys.people import People
from tests.many_machines import NODES, ManyMachines, many_machines
from tests.postgres import database_at, why_not

ROUNDS = 20
OF_NATS = 0.25
"""How often it is a NATS server, with its store every other time."""
ANSWERS = 4


@scenario("many-machines", row="1, 4, 15")
def twenty_rounds(folder: Path, seed: int) -> Verdict:
    """One of two processes of any part, or one of three NATS servers, is killed and comes back: twenty rounds under load."""
    if reason := why_not():
        raise CannotRunHere(reason)
    verdict, chance = Verdict(), random.Random(seed)
    with many_machines(folder, database_at(folder)) as house:
        work = Work(People.of(house), folder / "journal")
        with work.running():
            try:
                for _ in range(ROUNDS):
                    _strike(house, chance)
                    wanted = len(work.acknowledged) + ANSWERS
                    until(
                        lambda wanted=wanted: len(work.acknowledged) >= wanted or work.ended,
                        "clients are answered again",
                        60,
                    )
                with work.resting():
                    verdict.faults += [*all_faults(house, work), *work.faults_of_files()]
            finally:
                work.commands = 0
        verdict.count(kills=ROUNDS, acknowledged=len(work.acknowledged), asked_again=work.asked_again)
    return verdict


def _strike(house: ManyMachines, chance: random.Random) -> None:
    """The other one of the two goes on; before the next round it is started again."""
    time.sleep(chance.uniform(0, 0.120))  # when it strikes is the fault itself
    if chance.random() < OF_NATS:
        node = chance.choice(NODES)
        house.cluster.kill(node)
        if chance.random() < 1 / 2:
            shutil.rmtree(house.cluster.folder / node / "data", ignore_errors=True)
        house.cluster.start(node)
        until(lambda: _in_step(house), "three servers have everything")
        return
    part, number = chance.choice(PARTS), chance.randrange(2)
    if part == "console":
        house.use(1 - number)
    house.kill_process(part, number)
    house.start_part(part, number)


def _in_step(house: ManyMachines) -> bool:
    """A second server lost before the first has caught up would be two of three: more than anybody promises."""
    return any(
        len(one["cluster"].get("replicas") or ()) == len(NODES) - 1
        and all(other.get("current") for other in one["cluster"]["replicas"])
        for one in house.cluster.streams()
    )
