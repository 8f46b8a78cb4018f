"""Putting a backup back: into a home and a ledger that are empty, every fact compared, in a new epoch."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.backing_up import copy_file
from services.first_start import ACTOR
from services.starting import PRIVATE
from services.stores import COPYING_WAY_OUT, RESTORING, copy_in, drop_unfinished
from shared.events.organisation import LedgerRestored
from shared.kernel.errors import Invalid
from shared.kernel.fact import Actor, Event, Fact
from shared.kernel.values import parse_instant
from shared.runtime.backup import Backup, Manifest, Steps
from shared.runtime.clock import wall
from shared.runtime.codec import Identity, Row, row_of
from shared.runtime.copying import Copied, compare, fill, see_that_it_is_ours
from shared.runtime.home import Home, StartRefused, replace_file
from shared.runtime.ledger import UNFINISHED, Copy, DamagedLedger
from shared.runtime.sqlite_ledger import SqliteLedger

DRAFT = "ledger.sqlite.restoring"
BEGINNING_OF_EPOCHS = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Restored:
    """What was put back."""

    manifest: Manifest
    copied: Copied
    epoch: int


class FromBackup:
    """A backup as the source of a copy. See `shared.runtime.copying.Source`."""

    def __init__(self, backup: Backup) -> None:
        self.backup = backup
        said = backup.manifest
        self.identity, self.head = Identity(said.ledger_id, said.epoch, 0, said.simulated), said.head

    def rows(self, after: int) -> Iterator[Row]:
        """Every fact after a position, checked."""
        return (row for row in self.backup.rows() if row.position > after)

    def answers(self) -> Iterator[tuple[str, str, str, bytes]]:
        """First answers."""
        return self.backup.answers()

    def positions(self) -> Iterable[tuple[str, int]]:
        """How far reactions had come."""
        return self.backup.positions()

    def refusals(self) -> Iterable[tuple[str, int, str]]:
        """What they had been refused."""
        return self.backup.refusals()


def restore(place: Path, path: Path, database: str, steps: Steps) -> Restored:
    """Raises StartRefused, DamagedLedger and Problems. What is refused, or cut short, can be asked for again."""
    os.umask(PRIVATE)
    backup = Backup.at(place.expanduser().absolute())
    backup.check(steps)  # before anything is touched
    home = Home(path)
    new = not home.path.exists()
    home.occupy()
    try:
        epoch = _begin(home, backup.manifest)
        try:
            return _restored(backup, home, database, epoch, steps)
        except Exception:
            _empty(home)
            if new:
                shutil.rmtree(home.path)
            raise
    finally:
        home.release()


def _begin(home: Home, manifest: Manifest) -> int:
    """From now on whatever lies in the home is ours, and nobody starts in it. What an attempt before left goes.

    The new epoch: that of the attempt before, which may have ended just after the database was whole.
    """
    there = {entry.name for entry in home.path.iterdir()} - {"lost+found", "lock"}
    if there and RESTORING not in there:
        raise StartRefused(f"{home.path} is not empty: choose another --home, or move away what is in it")
    before: dict[str, Any] = json.loads((home / RESTORING).read_text()) if there else {}
    epoch = int(before["epoch"]) if before.get("facts") == manifest.facts_sha256 else next_epoch(manifest.epoch)
    replace_file(home / RESTORING, json.dumps({"epoch": epoch, "facts": manifest.facts_sha256}) + "\n")
    _empty(home, keep=RESTORING)
    return epoch


def _empty(home: Home, keep: str = "") -> None:
    for entry in home.path.iterdir():
        if entry.name in ("lock", "lost+found", keep):
            continue
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _restored(backup: Backup, home: Home, database: str, epoch: int, steps: Steps) -> Restored:
    source = FromBackup(backup)
    with _copied_to(home, database, source, epoch, steps) as (copy, copied):
        _put_back(backup, home, database, steps)
        if copy.head() == source.head:
            with copy.writing() as writing:
                writing.append([_told(copy, backup.manifest, epoch)])
        copy.become_whole(epoch)
    if not database:
        if any(path.stat().st_size for path in home.path.glob(f"{DRAFT}-wal")):
            raise DamagedLedger(f"{home / DRAFT} could not be closed")
        (home / DRAFT).replace(home / "ledger.sqlite")
    (home / RESTORING).unlink()
    return Restored(backup.manifest, copied, epoch)


@contextmanager
def _copied_to(
    home: Home, database: str, source: FromBackup, epoch: int, steps: Steps
) -> Generator[tuple[Copy, Copied]]:
    """Filled, opened anew, and compared."""
    said = source.identity
    if not database:
        with closing(_file(home, said)) as copy:
            fill(copy, source, steps)
        with closing(_file(home, said)) as copy:
            yield copy, compare(copy, source, steps)
        return
    drop_unfinished(database, said.ledger_id)
    with copy_in(database, said) as again:
        copy = again()
        if copy.identity().epoch != epoch:  # else the attempt before had done all but the last step
            if copy.identity().epoch != UNFINISHED:
                raise StartRefused(f"the database holds a ledger already: {COPYING_WAY_OUT}")
            see_that_it_is_ours(copy, source, "the database")
            fill(copy, source, steps)
        copy = again()
        yield copy, compare(copy, source, steps)


def _file(home: Home, said: Identity) -> Copy:
    return SqliteLedger(home / DRAFT, said.ledger_id, simulated=said.simulated, epoch=UNFINISHED)


def _put_back(backup: Backup, home: Home, database: str, steps: Steps) -> None:
    with steps("stored files", backup.manifest.files) as step:
        for sha256, path in backup.files():
            if not copy_file(path, home.folder("files") / sha256[:2] / sha256):
                raise Invalid(f"stored file {sha256} does not match its SHA-256")
            step(1)
    for name, path in backup.home():
        (home / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(path, home / name)
        (home / name).chmod(0o600)
    with home.changing() as saved:
        saved.ledger, saved.database = backup.manifest.ledger_id, database


def next_epoch(before: int) -> int:
    """Never one that another restore had: two from the same backup are two histories. It rises by the second."""
    return max(before + 1, int((wall() - BEGINNING_OF_EPOCHS).total_seconds()))


def _told(ledger: Copy, manifest: Manifest, epoch: int) -> Row:
    """The first fact of the new epoch."""
    stream = f"home-{manifest.ledger_id}"
    last = parse_instant(manifest.recorded_at)
    now = last if manifest.simulated else max(last, wall())
    event: Event = LedgerRestored(
        position=manifest.head, taken_at=parse_instant(manifest.taken_at), from_epoch=manifest.epoch
    )
    told = f"restore-{epoch}"
    return row_of(
        Fact(
            manifest.head + 1, stream, len(ledger.stream(stream)) + 1, event, now, now, "", "intake", Actor(ACTOR), told,
            told, epoch=epoch,
        )
    )  # fmt: skip
