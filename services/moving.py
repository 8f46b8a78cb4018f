"""Moving a ledger from its file into a PostgreSQL database: facts with their positions and bytes, first answers, positions
and refusals of reactions. Stored files and tokens stay where they are; what has been sent is taken along by whoever sends,
at the next start (`sending_log.take_in`)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from services.starting import PRIVATE
from services.stores import copy_in, open_ledger
from shared.runtime.backup import Steps, checked_rows
from shared.runtime.codec import Row
from shared.runtime.copying import Copied, all_rows, compare, fill, see_that_it_is_ours
from shared.runtime.home import Home, StartRefused
from shared.runtime.ledger import UNFINISHED, Ledger

MOVED = "ledger.sqlite.moved"


@dataclass(frozen=True)
class Moved:
    """What is in the database now."""

    ledger_id: str
    epoch: int
    copied: Copied


class FromLedger:
    """A ledger that nobody writes to as the source of a copy. See `shared.runtime.copying.Source`."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.identity, self.head = ledger.identity(), ledger.head()

    def rows(self, after: int) -> Iterator[Row]:
        """Every fact after a position, checked."""
        return checked_rows(all_rows(self.ledger, after), after)

    def answers(self) -> Iterator[tuple[str, str, str, bytes]]:
        """First answers."""
        with self.ledger.books() as books:
            yield from books.answers

    def positions(self) -> Iterable[tuple[str, int]]:
        """How far reactions have come."""
        with self.ledger.books() as books:
            return books.positions

    def refusals(self) -> Iterable[tuple[str, int, str]]:
        """What they were refused; PostgreSQL's text cannot hold NUL."""
        with self.ledger.books() as books:
            return [(listener, position, detail.replace("\0", "�")) for listener, position, detail in books.refusals]


def move(path: Path, database: str, steps: Steps) -> Moved:
    """Copy, compare, and only then remember the database. Cut short, it goes on where it was.

    Raises StartRefused, DamagedLedger and Problems."""
    os.umask(PRIVATE)
    home = Home(path)
    if not home.saved().database and not (home / "ledger.sqlite").exists():
        raise StartRefused(f"{home.path} is no Casetrail home with a ledger.sqlite: name one with --home")
    home.occupy()  # nobody writes to it, and nobody else moves it
    try:
        if home.saved().database:
            _set_aside(home)  # a move that was killed at its very end may have left it
            raise StartRefused(f"the ledger of {home.path} is in a database already")
        ledger = open_ledger(home, "")
        try:
            moved = _moved(FromLedger(ledger), database, steps)
        finally:
            ledger.close()
        with home.changing() as saved:
            saved.database, saved.ledger = database, moved.ledger_id
        _set_aside(home)
        return moved
    finally:
        home.release()


def _set_aside(home: Home) -> None:
    """The file, with its log should there be one."""
    for suffix in ("", "-wal", "-shm"):
        if (path := home / f"ledger.sqlite{suffix}").exists():
            path.replace(home / f"{MOVED}{suffix}")


def _moved(source: FromLedger, database: str, steps: Steps) -> Moved:
    identity = source.identity
    with copy_in(database, identity) as again:
        copy = again()
        see_that_it_is_ours(copy, source, "the database")
        if copy.identity().epoch == UNFINISHED:
            fill(copy, source, steps)
        copy = again()
        copied = compare(copy, source, steps)
        copy.become_whole(identity.epoch)
    return Moved(identity.ledger_id, identity.epoch, copied)
