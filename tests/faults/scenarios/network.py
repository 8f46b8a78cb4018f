"""The network between the parts and what they share, NATS and PostgreSQL, is cut and comes back while clients work."""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.frame import CannotRunHere, Verdict, scenario
from tests.faults.judging import all_faults, faults_of_rebuild
from tests.faults.scenarios.database import own_server
from tests.faults.surroundings import needs
from tests.journeys.load import Load
from tests.journeys.people import People
from tests.many_machines import NatsCluster, many_machines

_numbers = itertools.count(os.getpid() % 200)


@dataclass(frozen=True)
class Room:
    """A network namespace with one line to the rest of this machine."""

    name: str
    line: str
    """Its end of the line."""
    address: str
    """Of whoever listens in there."""

    @property
    def within(self) -> tuple[str, ...]:
        """Words before a command that shall run in it."""
        return ("ip", "netns", "exec", self.name)

    @contextmanager
    def cut(self) -> Iterator[None]:
        """Within the block nothing goes in or out, and nobody out here is told: our end of the line stays as it is."""
        _ip("-n", self.name, "link", "set", self.line, "down")
        try:
            yield
        finally:
            _ip("-n", self.name, "link", "set", self.line, "up")


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CannotRunHere(f"ip {' '.join(words)}: {done.stderr.strip()}")


@contextmanager
def room() -> Iterator[Room]:
    """Raises CannotRunHere where nobody may make one."""
    needs("ip", package="iproute2")
    needs("setpriv", package="util-linux")
    number = next(_numbers) % 250
    line = f"{os.getpid() % 100_000}-{number}"
    made = Room(f"casetrail-{line}", f"ctb{line}", f"10.213.{number}.2")
    ours = f"cta{line}"
    _ip("netns", "add", made.name)
    try:
        _ip("link", "add", ours, "type", "veth", "peer", "name", made.line)
        _ip("link", "set", made.line, "netns", made.name)
        _ip("addr", "add", f"10.213.{number}.1/30", "dev", ours)
        _ip("link", "set", ours, "up")
        _ip("-n", made.name, "addr", "add", f"{made.address}/30", "dev", made.line)
        for device in (made.line, "lo"):
            _ip("-n", made.name, "link", "set", device, "up")
        yield made
    finally:
        _ip("netns", "delete", made.name)  # its end of the line goes with it, and ours with that


@scenario("network-cut", row="19")
def network_cut(folder: Path, seed: int) -> Verdict:
    """The line from all parts to NATS and PostgreSQL is cut, shortly and for long, while clients work; all go on by themselves."""
    verdict, chance = Verdict(), random.Random(seed)
    with room() as apart, own_server(host=apart.address, within=apart.within) as server:
        cluster = NatsCluster(folder / "nats", apart.address, apart.within)
        with many_machines(folder, server.url(), each=1, cluster=cluster) as house:
            load = Load(People.of(house), folder / "journal", commands=400)
            with load.running():
                for number, seconds in enumerate((2.0, 6.0, 18.0)):
                    load.after((number + chance.random()) / 4)
                    with apart.cut():
                        time.sleep(seconds)
                    verdict.count(cuts=1)
            verdict.faults += [*all_faults(house, load), *faults_of_rebuild(house)]
            verdict.count(acknowledged=len(load.acknowledged), asked_again=load.asked_again)
    return verdict
