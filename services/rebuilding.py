"""Read models built anew, several at a time in processes of their own, and swapped under whatever runs.

Whoever applies facts meanwhile goes on with the old rows, and finds the new ones in their place.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from services.organisation_chart import SERVICES
from services.stores import database_of, open_ledger, open_shelf
from shared.kernel.errors import Invalid, Unavailable
from shared.runtime import collector
from shared.runtime.cases import Cases
from shared.runtime.home import Home
from shared.runtime.ledger import Ledger
from shared.runtime.nats_server import die_with_parent
from shared.runtime.read_model import BUILT_AT_ONCE, ReadModel
from shared.runtime.shelf import Shelf

MODELS: dict[str, type[ReadModel]] = {
    model.name: model for service in SERVICES.values() for model in service.read_models
}
WORTH_PROCESSES = 20_000
"""Facts; fewer are applied before another process has started."""


def rebuild(
    home: Home, given: str | None, ledger: Ledger, shelf: Shelf, names: Sequence[str], told: Callable[[str], None]
) -> None:
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
    processes = min(os.cpu_count() or 1, len(chosen)) if ledger.head() >= WORTH_PROCESSES else 1
    if processes == 1:
        for name in chosen:
            _build(ledger, shelf, name)
            told(f"{name} rebuilt")
        return
    for name in _in_processes(home.path, given, chosen, processes):
        told(f"{name} rebuilt")


def _in_processes(path: Path, given: str | None, names: Sequence[str], processes: int) -> Iterator[str]:
    with ProcessPoolExecutor(processes, get_context("spawn"), _begin, (os.getpid(),)) as pool:
        for done in as_completed([pool.submit(_opened, path, given, name) for name in names]):
            yield done.result()


def _begin(parent: int) -> None:
    collector.settle()
    if (ask := die_with_parent(parent)) is not None:
        ask()


def _opened(path: Path, given: str | None, name: str) -> str:
    home = Home(path)
    database = database_of(home, given)
    ledger, shelf = open_ledger(home, database, make=False), open_shelf(home, database)
    try:
        _build(ledger, shelf, name)
    finally:
        shelf.close()
        ledger.close()
    return name


def _build(ledger: Ledger, shelf: Shelf, name: str) -> None:
    store = shelf.store(MODELS[name], _name(ledger), Cases(ledger))
    store.rebuild(lambda after: ledger.rows(after, BUILT_AT_ONCE))
    store.close()


def _name(ledger: Ledger) -> str:
    identity = ledger.identity()
    return f"{identity.ledger_id}:{identity.epoch}"
