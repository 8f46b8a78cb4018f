"""A nats-server that stands still, or that answers late: nobody who sends a command notices, and afterwards all is level."""

from __future__ import annotations

import os
import signal
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.frame import Verdict, scenario
from tests.faults.surroundings import at_work, parts
from tests.house import RunningHouse, Someone
from tests.journeys.load import Load

AT_MOST_S = 2.0
"""What a command may take on a busy machine while NATS is in trouble; one that waited for NATS would take longer."""
STOPPED_S = 12.0
"""Longer than the relay waits for any answer."""
LAG_AT_MOST = 1_000
"""One batch of the relay's."""
LATE_S, RUNS_S = 0.2, 0.01


def _latencies(who: Someone, seconds: float) -> list[float]:
    """How long each of several commands takes until it is acknowledged, one after the other for so long."""
    found: list[float] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.monotonic()
        who.does("/intake/complaints", site="sz", channel="email", description="Hinge squeaks after a week")
        found.append(time.monotonic() - began)
    return found


def _judge(verdict: Verdict, what: str, found: list[float]) -> None:
    verdict.count(**{f"{what}_p50_ms": 1_000 * statistics.median(found), f"{what}_most_ms": 1_000 * max(found)})
    if max(found) > AT_MOST_S:
        verdict.faults.append(f"with NATS {what} a command took {max(found):.1f} s")


@scenario("nats-stops", row="6")
def nats_stops(folder: Path, seed: int) -> Verdict:
    """nats-server is stopped for twelve seconds (SIGSTOP) and woken: commands and reads go on, `/readyz` tells."""
    return stopped_for(folder, STOPPED_S)


@scenario("nats-stops-shortly", row="6")
def nats_stops_shortly(folder: Path, seed: int) -> Verdict:
    """nats-server is stopped for three seconds (SIGSTOP) and woken: commands and reads go on, and all is level afterwards."""
    return stopped_for(folder, 3.0)


def stopped_for(folder: Path, seconds: float) -> Verdict:
    verdict = Verdict()
    with at_work(folder, verdict, commands=100) as (house, load):
        load.after(0.3)
        pid = house.pid("nats-server")
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        try:
            _judge(verdict, "stopped", _latencies(load.people.zhou, seconds))
            _reads_follow(house, load)
            told = parts(house)["relay"]
            if not told["lag"] and not told["fault"]:
                verdict.faults.append(f"NATS has stood still for {seconds:.0f} s, and /readyz says {told}")
            verdict.count(lag_at_most=told["lag"])
        finally:
            os.kill(pid, signal.SIGCONT)
    return verdict


def _reads_follow(house: RunningHouse, load: Load) -> None:
    """Whoever has just written sees it: read models do not wait for NATS."""
    told = load.people.case()
    assert told.sees()["stage"] == "received"


@scenario("nats-late", row="6")
def nats_late(folder: Path, seed: int) -> Verdict:
    """nats-server gets ten of every 210 milliseconds, so whatever it is told is late: commands are not, and the relay keeps up."""
    verdict = Verdict()
    with at_work(folder, verdict, commands=150) as (house, load):
        load.after(0.3)
        pid = house.pid("nats-server")
        assert pid is not None
        with mostly_stopped(pid):
            found = _latencies(load.people.zhou, 10.0)
            _judge(verdict, "late", found)
            _reads_follow(house, load)
            relay = parts(house)["relay"]
        verdict.count(lag_at_most=relay["lag"])
        if relay["fault"] or relay["lag"] > LAG_AT_MOST:
            verdict.faults.append(f"with a slow NATS the relay says {relay}")
    return verdict


@contextmanager
def mostly_stopped(pid: int) -> Iterator[None]:
    """Within the block it runs for ten milliseconds in every 210."""
    ended = threading.Event()

    def pulse() -> None:
        while not ended.is_set():
            os.kill(pid, signal.SIGSTOP)
            ended.wait(LATE_S)
            os.kill(pid, signal.SIGCONT)
            ended.wait(RUNS_S)

    thread = threading.Thread(target=pulse)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
