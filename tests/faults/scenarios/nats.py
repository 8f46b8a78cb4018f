"""What may happen to the stream while clients work: it carries facts, and keeps none."""

from __future__ import annotations

from pathlib import Path

from tests.faults.frame import Verdict, scenario
from tests.faults.judging import kill_nats_and_its_data
from tests.faults.surroundings import at_work


@scenario("nats-wiped", row="4", short=True)
def nats_wiped(folder: Path, seed: int) -> Verdict:
    """nats-server is killed and its store deleted while clients work; the stream is refilled from 1."""
    return wiped(folder, 1)


@scenario("nats-wipes", row="4")
def nats_wipes(folder: Path, seed: int) -> Verdict:
    """The same twenty times, each in the middle of the load, and the next one when it may not be level yet."""
    return wiped(folder, 20)


def wiped(folder: Path, times: int) -> Verdict:
    verdict = Verdict()
    with at_work(folder, verdict, commands=200 * times) as (house, load):
        for number in range(times):
            load.after((number + 0.4) / times)
            kill_nats_and_its_data(house)
            verdict.count(wipes=1)
    return verdict
