"""A process whose threads take turns at Python's one lock keeps to one core, and moves to where there is more room.

Only one of its threads computes at a time. When the lock goes to a thread on another core, that core is woken first: a tenth of a
millisecond and more on a virtual machine, in which nobody computes, thousands of times a second (ADR 23).
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SWITCH = "CASETRAIL_CORES"
"""`all`: the system may spread the threads as it likes."""
FIRST_LOOK_S = 0.2
LOOK_S = (1.0, 2.0)
"""How long between two looks, by chance: two processes that meet on a core do not both leave it at once."""
MORE = 0.2
"""So much more of a core must have been free elsewhere."""
_ALL: frozenset[int] = frozenset(os.sched_getaffinity(0)) if sys.platform == "linux" else frozenset()
_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Spent:
    """Of one core since the machine was started, in seconds."""

    idle: float
    total: float


async def stay() -> None:
    """Keep the threads of this process, also those to come, to one core at a time; what it starts may use all of them.

    Returns where there is nothing to choose: one core, another system than Linux, or told not to by CASETRAIL_CORES=all.
    """
    if len(_ALL) < 2 or os.environ.get(SWITCH) == "all" or not (before := _spent()).keys() >= _ALL:
        return
    os.register_at_fork(after_in_child=_leave)
    allowed, at, own = set(_ALL), -1, _own()
    await asyncio.sleep(FIRST_LOOK_S)
    while True:
        after, own_after = _spent(), _own()
        if (found := os.sched_getaffinity(0)) != {at}:  # the first time, or somebody else has decided
            allowed, at = found & before.keys() & after.keys(), -1
        if not allowed:
            return
        at = roomiest(before, after, allowed, at, own_after - own)
        before, own = after, own_after
        _go_to(at)
        await asyncio.sleep(random.uniform(*LOOK_S))


def roomiest(before: Mapping[int, Spent], after: Mapping[int, Spent], allowed: set[int], at: int, own_s: float) -> int:
    """The core to be on, of those allowed: where we are (-1: on none), unless another one had clearly more room for us.

    Room is the share of the time in which a core was idle; where we are, also that in which it worked for us (`own_s` seconds).
    """

    def room(core: int) -> float:
        total = after[core].total - before[core].total
        free = after[core].idle - before[core].idle + (own_s if core == at else 0.0)
        return free / total if total > 0 else 0.0

    best = max(sorted(allowed), key=room)
    return best if at < 0 or room(best) > room(at) + MORE else at


def _go_to(core: int) -> None:
    """Every thread, whoever has started it since."""
    for thread in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # it has ended, or the core is no longer ours: the next look finds out
            os.sched_setaffinity(int(thread.name), {core})


def _leave() -> None:
    with suppress(OSError):
        os.sched_setaffinity(0, _ALL)


def _own() -> float:
    """Seconds of processor time that this process has used."""
    used = os.times()
    return used.user + used.system


def _spent() -> dict[int, Spent]:
    """By core; empty where the system does not tell."""
    found: dict[int, Spent] = {}
    with suppress(OSError):
        for line in Path("/proc/stat").read_text().splitlines():
            name, *told = line.split()
            if name.startswith("cpu") and name != "cpu":
                ticks = [int(word) / _SECOND for word in told[:8]]  # what guests take is part of `user`
                found[int(name[3:])] = Spent(ticks[3] + ticks[4], sum(ticks))
    return found
