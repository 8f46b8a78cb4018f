"""Read models built anew, some together and several at a time in processes of their own, and swapped under whatever runs.

Whoever applies facts meanwhile goes on with the old rows, and finds the new ones in their place.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from contextlib import ExitStack, closing
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from services.organisation_chart import SERVICES
from services.stores import database_of, open_ledger, open_shelf
from shared.kernel.errors import Invalid, Unavailable
from shared.runtime import collector
from shared.runtime.cases import Cases
from shared.runtime.clock import seconds
from shared.runtime.codec import Row
from shared.runtime.home import Home
from shared.runtime.ledger import Ledger
from shared.runtime.nats_server import die_with_parent
from shared.runtime.read_model import ReadModel
from shared.runtime.shelf import Shelf
from shared.runtime.store import BUILT_AT_ONCE, rebuild_together

MODELS: dict[str, type[ReadModel]] = {
    model.name: model for service in SERVICES.values() for model in service.read_models
}
WORTH_PROCESSES = 20_000
"""Facts; fewer are applied before another process has started."""
TOGETHER = 8
"""Read models that one pass over the ledger builds at most: on PostgreSQL each has a transaction open all the while."""
SAYS_EVERY_S = 5.0
Told = Callable[[str], None]


def rebuild(home: Home, given: str | None, ledger: Ledger, shelf: Shelf, names: Sequence[str], told: Told) -> None:
    """Build read models anew, all when none is named. Raises Invalid for an unknown name, Unavailable when another process
    builds one of them already, or runs another version of it."""
    for name in names:
        if name not in MODELS:
            raise Invalid(
                f"there is no read model {name!r}", field="MODEL", way_out=f"read models: {', '.join(MODELS)}"
            )
    chosen = list(dict.fromkeys(names)) or list(MODELS)
    for name in chosen if home.occupant() else ():
        if not shelf.read_only(MODELS[name]).is_of(_name(ledger)):
            raise Unavailable(
                f"the process that runs here has another version of {name}", way_out="casetrail down, casetrail up"
            )
    head = ledger.head()
    processes = min(os.cpu_count() or 1, len(chosen)) if head >= WORTH_PROCESSES else 1
    dealt = _dealt(chosen, processes)
    progress = _Progress(head * len(dealt), told)
    if processes == 1:
        for done, group in enumerate(dealt):
            _build(ledger, shelf, group, lambda reached, before=done * head: progress.at(before + reached))
            _tell(group, told)
    else:
        _in_processes(home.path, given, dealt, processes, progress, told)


def _dealt(names: Sequence[str], processes: int) -> list[Sequence[str]]:
    """What each pass over the ledger builds: as few passes as may be, and as many for one process as for another."""
    passes = processes
    while passes * TOGETHER < len(names):
        passes += processes
    return [names[first::passes] for first in range(min(passes, len(names)))]


def _in_processes(
    path: Path, given: str | None, dealt: Sequence[Sequence[str]], processes: int, progress: _Progress, told: Told
) -> None:
    context = get_context("spawn")
    reached: Any = context.Array("q", len(dealt))
    with ProcessPoolExecutor(processes, context, _begin, (os.getpid(), reached)) as pool:
        begun = {pool.submit(_opened, path, given, group, number): group for number, group in enumerate(dealt)}
        waiting = set(begun)
        while waiting:
            ended, waiting = wait(waiting, SAYS_EVERY_S, FIRST_COMPLETED)
            for each in ended:
                each.result()
                _tell(begun[each], told)
            if waiting:
                progress.at(sum(reached[:]))


_reached: Any = None
"""In a process that builds: how far each pass has come. Of `multiprocessing`, which has no type for it."""


def _begin(parent: int, reached: Any) -> None:
    global _reached
    _reached = reached
    collector.settle()
    if (ask := die_with_parent(parent)) is not None:
        ask()


def _opened(path: Path, given: str | None, names: Sequence[str], number: int) -> None:
    home = Home(path)
    database = database_of(home, given)
    with ExitStack() as opened:
        ledger = opened.enter_context(closing(open_ledger(home, database, make=False)))
        shelf = opened.enter_context(closing(open_shelf(home, database)))

        def passed(position: int) -> None:
            _reached[number] = position

        _build(ledger, shelf, names, passed)


def _build(ledger: Ledger, shelf: Shelf, names: Sequence[str], passed: Callable[[int], None]) -> None:
    def rows_after(after: int) -> Sequence[Row]:
        passed(after)
        return ledger.rows(after, BUILT_AT_ONCE)

    cases = Cases(ledger)
    with ExitStack() as opened:
        stores = [opened.enter_context(closing(shelf.store(MODELS[name], _name(ledger), cases))) for name in names]
        rebuild_together(stores, rows_after)


class _Progress:
    """Says now and then how far a long rebuild is, and when it will be done."""

    def __init__(self, facts: int, told: Told) -> None:
        self._facts, self._told = facts, told
        self._began = self._said = seconds()

    def at(self, done: int) -> None:
        """So many facts have been read."""
        now = seconds()
        if now - self._said < SAYS_EVERY_S or not 0 < done < self._facts:
            return
        self._said = now
        left = (now - self._began) * (self._facts - done) / done
        self._told(f"{done / self._facts:.0%} done, about {left:.0f} s more")


def _tell(names: Sequence[str], told: Told) -> None:
    for name in names:
        told(f"{name} rebuilt")


def _name(ledger: Ledger) -> str:
    identity = ledger.identity()
    return f"{identity.ledger_id}:{identity.epoch}"
