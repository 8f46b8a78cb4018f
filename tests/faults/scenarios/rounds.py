"""Rounds of kill -9: any process at any moment, again and again, while the same clients go on working."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.at_work import Worked, at_work
from tests.faults.frame import Verdict, scenario
from tests.house import PARTS, until

LONGEST_S = 0.120
"""After a moment between none and this long a round's fault strikes."""
PROCESSES = (*PARTS, "relay", "nats-server")
"""The relay twice: there are two of them."""
CHECKED_EVERY = 25
PATIENCE_S = 60.0
ANSWERS = 4
"""Commands that are answered after a fault before the next one strikes."""
GRAVE = {"nats-server wiped": 0.04, "house": 0.03}
"""How often it is everything that NATS had stored, or every process at once."""
SEVERAL = 0.2
"""How often it is two or three processes in one moment."""


@dataclass
class Rounds:
    """One house, for as many rounds as are wanted."""

    worked: Worked
    chance: random.Random
    second: subprocess.Popen[bytes]
    killed: Counter[str] = field(default_factory=Counter[str])
    slowest_s: float = 0.0

    def choose(self) -> tuple[Sequence[str], float]:
        """Who is killed and when; depends on the seed alone."""
        at, which = self.chance.uniform(0, LONGEST_S), self.chance.random()
        for victim, share in GRAVE.items():
            if which < share:
                return (victim,), at
            which -= share
        return self.chance.sample(PROCESSES, self.chance.randint(2, 3) if which < SEVERAL else 1), at

    def strike(self, victims: Sequence[str]) -> None:
        """kill -9; one that is just being started again is left to it."""
        house = self.worked.house
        for victim in victims:
            self.killed[victim] += 1
            if victim == "house":
                house.kill()
                house.launch()
            elif victim == "nats-server wiped":
                with house.nobody_restarts_anything():
                    if (pid := house.pid("nats-server")) is not None:
                        _kill(pid)
                        until(lambda pid=pid: house.pid("nats-server") != pid, "nats-server is dead")
                    shutil.rmtree(house.home / "nats" / "jetstream", ignore_errors=True)
            elif (pid := house.pid(victim)) is not None:
                _kill(pid)
            if victim in ("notify", "house"):
                self.worked.fired["sender interrupted"] += 1

    def recovers(self) -> float:
        """Wait until clients are answered again; seconds. Parts that serve no client may still be on their way."""
        began, before, work = time.monotonic(), len(self.worked.work.acknowledged), self.worked.work
        until(lambda: len(work.acknowledged) >= before + ANSWERS or work.over, "clients are answered again", PATIENCE_S)
        return time.monotonic() - began


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def kill_rounds(folder: Path, seed: int, number: int, told: Callable[[str], None]) -> Verdict:
    """`number` rounds; checked every so often and in the end."""
    verdict, began = Verdict(), time.monotonic()
    with at_work(folder, verdict, split=True) as worked, ExitStack() as relays:
        worked.house.answers()
        rounds = Rounds(worked, random.Random(seed), relays.enter_context(worked.house.another_relay()))
        for round in range(1, number + 1):
            victims, at = rounds.choose()
            time.sleep(at)  # when it strikes is the fault itself
            rounds.strike(victims)
            seconds = rounds.recovers()
            rounds.slowest_s = max(rounds.slowest_s, seconds)
            if rounds.second.poll() is not None:
                rounds.second = relays.enter_context(worked.house.another_relay())
            told(f"{round}/{number} {', '.join(victims)} after {at * 1_000:.0f} ms; answered again after {seconds:.2f} s, "
                 f"{len(worked.work.acknowledged):,} acknowledged")  # fmt: skip
            if worked.work.ended or verdict.faults:
                break
            if round % CHECKED_EVERY == 0 and round < number:
                worked.check(rebuild=round % (4 * CHECKED_EVERY) == 0)
                told(f"{round}/{number} checked: {'held' if verdict.held else verdict.faults[0]}")
        worked.check()
        minutes = (time.monotonic() - began) / 60
        verdict.count(rounds=round, kills=sum(rounds.killed.values()), slowest_s=_rounded(rounds.slowest_s))
        verdict.count(rounds_a_minute=_rounded(round / minutes))
        verdict.seen |= {f"killed_{name.replace(' ', '_')}": times for name, times in sorted(rounds.killed.items())}
    return verdict


def _rounded(number: float) -> float:
    """Two digits are enough."""
    return float(f"{number:.1f}")


@scenario("kill-rounds", row="1, 4, 15")
def a_hundred_rounds(folder: Path, seed: int) -> Verdict:
    """A hundred rounds of kill -9 of any processes, two relays, NATS wiped now and then; --rounds N for more or fewer."""
    return kill_rounds(folder, seed, 100, lambda line: print(line, flush=True))


@scenario("some-kill-rounds", row="1, 4, 15", short=True)
def some_rounds(folder: Path, seed: int) -> Verdict:
    """Ten such rounds."""
    return kill_rounds(folder, seed, 10, lambda line: None)
