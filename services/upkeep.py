"""Looking after a home that may be running or not: what needs its ledger, and no house around it."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from services import doctor as doctoring
from services import rebuilding
from services.start_options import Finding
from services.starting import PRIVATE
from services.stores import database_of, open_ledger, open_shelf
from shared.kernel.errors import Invalid
from shared.runtime.home import Home, StartRefused
from shared.runtime.ledger import Ledger
from shared.runtime.nats_elsewhere import NatsElsewhere
from shared.runtime.shelf import Shelf


def doctor(
    path: Path, database: str | None, deep: bool, told: Callable[[str], None], nats: NatsElsewhere | None = None
) -> list[Finding]:
    """Examine a home, and the NATS of other machines where it has none of its own; raises StartRefused when there is no home."""
    with _opened(path, database) as (home, ledger, shelf):
        return doctoring.examine(home, ledger, shelf, deep, told, nats)


def rebuild(
    path: Path, database: str | None, names: list[str], told: Callable[[str], None], *, outdated: bool = False
) -> None:
    """Build read models anew: those that are named, or that are outdated, or all; raises StartRefused when there is no home."""
    if names and outdated:
        raise Invalid(
            "the outdated ones are found, not named", field="MODEL", way_out="name read models, or say --outdated"
        )
    with _opened(path, database) as (home, ledger, shelf):
        if outdated and not (names := rebuilding.outdated(ledger, shelf)):
            told("every read model is of this version: nothing to rebuild")
            return
        rebuilding.rebuild(home, database, ledger, shelf, names, told)


@contextmanager
def _opened(path: Path, given: str | None) -> Generator[tuple[Home, Ledger, Shelf]]:
    os.umask(PRIVATE)
    home = Home(path)
    database = database_of(home, given)
    if not database and not (home / "ledger.sqlite").exists():
        raise StartRefused(f"{home.path} is no Casetrail home: name one with --home, or make one with casetrail up")
    ledger = open_ledger(home, database)
    shelf = open_shelf(home, database)
    try:
        yield home, ledger, shelf
    finally:
        shelf.close()
        ledger.close()
