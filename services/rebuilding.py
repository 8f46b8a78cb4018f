"""Read models built anew and swapped under whatever runs: all that are named in one pass over the ledger, and of a large
ledger each process takes a part of the cases.

Whoever applies facts meanwhile goes on with the old rows, and finds the new ones in their place.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, BrokenExecutor, ProcessPoolExecutor, wait
from contextlib import ExitStack, closing
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from services.organisation_chart import SERVICES
from services.stores import database_of, open_ledger, open_shelf
from shared.kernel.errors import Invalid, Unavailable
from shared.runtime import collector
from shared.runtime.building import BUILT_AT_ONCE, RowsAfter, Share, build, rebuild_together
from shared.runtime.cases import Cases
from shared.runtime.clock import seconds
from shared.runtime.codec import Row
from shared.runtime.home import Home
from shared.runtime.ledger import Ledger
from shared.runtime.nats_server import die_with_parent
from shared.runtime.read_model import ReadModel
from shared.runtime.shelf import Shelf
from shared.runtime.store import Damaged, Store

MODELS: dict[str, type[ReadModel]] = {
    model.name: model for service in SERVICES.values() for model in service.read_models
}
WORTH_PROCESSES = 100_000
"""Facts; fewer are applied before other processes have started and their parts are put together (measured)."""
MOST_PROCESSES = 4
"""On PostgreSQL each has a connection open for each read model."""
SAYS_EVERY_S = 5.0
Told = Callable[[str], None]
Passed = Callable[[int], None]
"""Is given the position that has been reached."""


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
    head, processes = ledger.head(), min(os.cpu_count() or 1, MOST_PROCESSES)
    with ExitStack() as opened:
        stores = _opened(opened, ledger, shelf, chosen)
        if head < WORTH_PROCESSES or processes == 1:
            rebuild_together(stores, _rows_of(ledger, _Progress(head, told).at))
        else:
            _in_parts(home.path, given, ledger, stores, processes, told)
    for name in chosen:
        told(f"{name} rebuilt")


def outdated(ledger: Ledger, shelf: Shelf) -> list[str]:
    """Those that a start would have to build from the first fact on: of another version or ledger, damaged, or never built."""

    def is_outdated(model: type[ReadModel]) -> bool:
        shown = shelf.read_only(model)
        try:
            return shown.position_on_disk() == 0 or not shown.is_of(_name(ledger))
        except Damaged:
            return True

    return [name for name, model in MODELS.items() if is_outdated(model)] if ledger.head() else []


def _opened(opened: ExitStack, ledger: Ledger, shelf: Shelf, names: Sequence[str]) -> list[Store[Any]]:
    cases = Cases(ledger)
    return [opened.enter_context(closing(shelf.store(MODELS[name], _name(ledger), cases))) for name in names]


def _rows_of(ledger: Ledger, passed: Passed = lambda _: None, up_to: int | None = None) -> RowsAfter:
    def rows_after(after: int) -> Sequence[Row]:
        passed(after)
        return ledger.rows(after, BUILT_AT_ONCE, up_to)

    return rows_after


def _in_parts(
    path: Path, given: str | None, ledger: Ledger, stores: Sequence[Store[Any]], processes: int, told: Told
) -> None:
    up_to, context = ledger.head(), get_context("spawn")
    reached: Any = context.Array("q", processes)
    progress = _Progress(up_to * processes, told)
    names = [store.model.name for store in stores]
    with ExitStack() as held:
        fresh = [held.enter_context(store.fresh()) for store in stores]
        pool = held.enter_context(ProcessPoolExecutor(processes, context, _begin, (os.getpid(), reached)))
        shares = [Share(number, processes) for number in range(processes)]
        waiting = {pool.submit(_build_share, path, given, names, share, up_to) for share in shares}
        try:
            while waiting:
                ended, waiting = wait(waiting, SAYS_EVERY_S, FIRST_EXCEPTION)
                for each in ended:
                    each.result()
                progress.at(sum(reached[:]))
        except BrokenExecutor:
            raise Unavailable(
                "a process that built a part was killed, perhaps for want of memory; what was shown before is shown as before",
                way_out="rebuild it again, or fewer read models at a time",
            ) from None
        for store, whole in zip(stores, fresh, strict=True):
            whole.take_over([store.part(share.number) for share in shares], up_to)
            store.swap(whole)
    for store in stores:
        store.level(_rows_of(ledger))


_reached: Any = None
"""In a process that builds: how far each share is. Of `multiprocessing`, which has no type for it."""


def _begin(parent: int, reached: Any) -> None:
    global _reached
    _reached = reached
    collector.settle()
    if (ask := die_with_parent(parent)) is not None:
        ask()


def _build_share(path: Path, given: str | None, names: Sequence[str], share: Share, up_to: int) -> None:
    home = Home(path)
    database = database_of(home, given)
    with ExitStack() as opened:
        ledger = opened.enter_context(closing(open_ledger(home, database, make=False)))
        shelf = opened.enter_context(closing(open_shelf(home, database)))

        def passed(position: int) -> None:
            _reached[share.number] = position

        stores = _opened(opened, ledger, shelf, names)
        parts = [opened.enter_context(closing(store.part(share.number))) for store in stores]
        build(parts, _rows_of(ledger, passed, up_to), share)


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


def _name(ledger: Ledger) -> str:
    identity = ledger.identity()
    return f"{identity.ledger_id}:{identity.epoch}"
