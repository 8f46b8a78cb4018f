"""Taking a backup of a home, whether it runs or not: all facts up to one position, and everything needed to go on from there."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from services.intake.kept_files import WITH_FILES
from services.notify import sending_log
from services.starting import PRIVATE
from services.stores import database_of, open_ledger, open_shelf
from shared.kernel.errors import Invalid, Refused
from shared.kernel.values import rfc3339
from shared.runtime import backup
from shared.runtime.backup import Backup, Manifest, Part, Segment, Steps
from shared.runtime.clock import randomness, wall
from shared.runtime.codec import Row, line_of
from shared.runtime.copying import all_rows
from shared.runtime.home import Home, StartRefused
from shared.runtime.ledger import Ledger

NOT_KEPT = re.compile(
    r"nats|read|log|run|files|lock|home\.lock|parts\.json|restoring\.json|ledger\.sqlite.*|console\.sqlite.*|notify\.sqlite.*|.*-wal|.*-shm|\..*|lost\+found"
)
"""Of one run, made again, or copied as facts. Sessions of the console end with a restore: people sign in again."""
_NAMES_FILES = {kind.TOPIC for kind in WITH_FILES}
_SHA256 = re.compile(rb'"sha256":"([0-9a-f]{64})"')


@dataclass(frozen=True)
class Taken:
    """What a backup holds now, and what was new."""

    manifest: Manifest
    new_facts: int
    new_files: int


def back_up(path: Path, given: str | None, place: Path, steps: Steps) -> Taken:
    """Take a backup of the home at `path`, or add to the one in that place. Raises StartRefused, DamagedLedger and Problems."""
    os.umask(PRIVATE)
    home = Home(path)
    place = place.expanduser().absolute()
    if place == home.path or home.path in place.parents:
        raise Refused(f"{place} lies in the home itself", way_out="name a place elsewhere, best on another disk")
    database = database_of(home, given)
    if not database and not (home / "ledger.sqlite").exists():
        raise StartRefused(f"{home.path} is no Casetrail home: name one with --home, or make one with casetrail up")
    ledger = open_ledger(home, database)
    try:
        if ledger.head() == 0:
            raise Refused("the ledger holds no facts yet", way_out="start it once with casetrail up")
        with backup.place_of(place, ledger.identity().ledger_id):
            return _taken(home, database, ledger, place, steps)
    finally:
        ledger.close()


def _taken(home: Home, database: str, ledger: Ledger, place: Path, steps: Steps) -> Taken:
    before = Backup.at(place) if (place / backup.MANIFEST).exists() else None
    parts: list[Part] = []
    with ledger.books() as books:  # one look at everything that changes; facts up to its head never do
        identity, head = books.identity, books.head
        state = f"state-{head:012}-{randomness(4).hex()}"
        taken_at = rfc3339(wall())
        backup.write_books(place, state, books, parts.append)
    whole, segments = hashlib.sha256(), list[Segment]()
    if before is not None:
        last = before.continued(whole)
        same = ledger.rows(before.manifest.head - 1, 1) if before.manifest.head <= head else []
        if not same or line_of(same[0], identity) != last:
            raise Refused(
                f"{place} holds a backup with another fact at position {before.manifest.head}: of another history, or ahead "
                f"of this ledger, which ends at {head}",
                way_out="name another place; this one may hold what was lost",
            )
        segments += before.manifest.facts
    have = segments[-1].last if segments else 0
    named = set[str]()
    with steps("facts", head - have) as step:
        rows = _noting_files(all_rows(ledger, have, head), named)
        segments += backup.write_facts(place, rows, have + 1, identity, whole, step)
    if (segments[-1].last if segments else 0) != head:
        raise Invalid(f"the ledger ended before position {head}", way_out="see casetrail doctor --deep")
    _copy_home(home, place, state, parts.append)
    _copy_sending_log(home, database, place, state, head, parts.append)
    had = [sha256 for sha256, there in before.files() if there.exists()] if before else []
    found, new_files, damaged = _copy_files(home / "files", place, steps)
    kept = sorted({*had, *found})
    with backup.written(place, f"{state}/{backup.FILES}", parts.append) as file:
        for sha256 in kept:
            file.write(f"{sha256}\n".encode())
    missing = {*(before.manifest.missing if before else ()), *named, *damaged}.difference(kept)
    manifest = Manifest(
        identity.ledger_id, identity.epoch, identity.simulated, head,
        ledger.rows(head - 1, 1)[0].recorded_at, taken_at, whole.hexdigest(), tuple(segments), state,
        tuple(parts), len(kept), tuple(sorted(missing)),
    )  # fmt: skip
    backup.finish(place, manifest)
    return Taken(manifest, head - have, new_files)


def _noting_files(rows: Iterator[Row], named: set[str]) -> Iterator[Row]:
    for row in rows:
        if row.topic in _NAMES_FILES:
            named.update(found.decode() for found in _SHA256.findall(row.body))
        yield row


def _copy_home(home: Home, place: Path, state: str, then: Callable[[Part], None]) -> None:
    """Settings and tokens: everything in the home that is neither facts nor can be made again."""
    kept = [entry for entry in sorted(home.path.iterdir()) if not NOT_KEPT.fullmatch(entry.name)]
    for path in (path for entry in kept for path in (entry, *sorted(entry.rglob("*"))) if path.is_file()):
        name = path.relative_to(home.path)
        if path.suffix == ".sqlite":
            copy = place / state / "copy.sqlite"
            with closing(sqlite3.connect(path, timeout=20)) as live, closing(sqlite3.connect(copy)) as still:
                live.backup(still)
            content = copy.read_bytes()
            copy.unlink()
        else:
            content = path.read_bytes()
        with backup.written(place, f"{state}/home/{name.as_posix()}", then) as file:
            file.write(content)


def _copy_sending_log(
    home: Home, database: str, place: Path, state: str, head: int, then: Callable[[Part], None]
) -> None:
    """What has been sent, wherever it is kept, as the file that a home has: else a restored home would send it all again."""
    if not database and not (home / sending_log.FILE).exists():
        return
    shelf, copy = open_shelf(home, database), place / state / "copy.sqlite"
    log = shelf.notebook(sending_log.NOTEBOOK, sending_log.metadata)
    try:
        sending_log.copy_up_to(log, copy, head)
    finally:
        log.close()
        shelf.close()
    with backup.written(place, f"{state}/home/{sending_log.FILE}", then) as file:
        file.write(copy.read_bytes())
    copy.unlink()


def _copy_files(folder: Path, place: Path, steps: Steps) -> tuple[list[str], int, list[str]]:
    """Stored files that the backup has now, how many of them are new, and those that are not what they were."""
    found = sorted(path for path in folder.glob("??/*") if path.is_file()) if folder.exists() else []
    kept, new, damaged = list[str](), 0, list[str]()
    with steps("stored files", len(found)) as step:
        for path in found:
            step(1)
            there = place / backup.file_name(path.name)
            if not there.exists() or there.stat().st_size != path.stat().st_size:
                if not copy_file(path, there):
                    damaged.append(path.name)
                    continue
                new += 1
            kept.append(path.name)
    return kept, new, damaged


def copy_file(path: Path, there: Path) -> bool:
    """Under its final name only once it is whole, on the disk, and what its name says; whether it is."""
    there.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = there.with_name(f".{there.name}.part")
    try:
        with path.open("rb") as source, draft.open("wb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
            copy.flush()
            os.fsync(copy.fileno())
        with draft.open("rb") as copy:
            if hashlib.file_digest(copy, "sha256").hexdigest() != path.name:  # pyright: ignore[reportArgumentType]
                return False
        draft.replace(there)
        return True
    finally:
        draft.unlink(missing_ok=True)
