"""Copies of a home: `backup`, `restore`, and `move` to a database. All work on the home itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli import show
from services.cli.connection import HOME, DatabaseOption, HomeOption, home_at
from services.cli.start import refused

AsJson = Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")]


def backup(
    place: Annotated[
        Path, typer.Argument(help="A directory for the backups of this home, new or used before.", show_default=False)
    ],
    verify: Annotated[
        bool, typer.Option("--verify", help="Take none: read the one that is there and check every byte.")
    ] = False,
    home: HomeOption = None,
    database: DatabaseOption = None,
    as_json: AsJson = False,
) -> None:
    """Take a backup, while Casetrail runs or when it is stopped: facts up to one position, files, settings, tokens.

    A second backup into the same place adds what is new. It holds passwords and tokens: keep it as you keep the home.
    Exit code 1 when a stored file is missing or damaged; everything else is in the backup then.
    """
    began = time.monotonic()
    with _refusals_shown():
        if verify:
            from shared.runtime.backup import Backup

            found = Backup.at(place.expanduser().absolute())
            found.check(_steps)
            manifest, new, new_files = found.manifest, found.manifest.head, 0
        else:
            from services.backing_up import back_up

            taken = back_up(home_at(home), database, place, _steps)
            manifest, new, new_files = taken.manifest, taken.new_facts, taken.new_files
        told = {
            "place": str(place), "ledger_id": manifest.ledger_id, "epoch": manifest.epoch, "head": manifest.head,
            "taken_at": manifest.taken_at, "facts_sha256": manifest.facts_sha256, "new_facts": new,
            "files": manifest.files, "new_files": new_files, "missing": list(manifest.missing),
        }  # fmt: skip
        if as_json:
            show.as_json(told)
        else:
            if verify:
                show.line(
                    f"in order: {manifest.head:,} facts and {manifest.files:,} stored files, every byte of them",
                    "green",
                )
            else:
                show.line(f"{new:,} new facts and {new_files:,} new files in {time.monotonic() - began:.1f} s")
            show.line(f"ledger {manifest.ledger_id}, epoch {manifest.epoch}, positions 1 to {manifest.head}")
            show.line(f"taken at {manifest.taken_at}")
            show.line(f"SHA-256 of all facts {manifest.facts_sha256}")
            for sha256 in manifest.missing:
                show.remark(f"stored file {sha256} is missing or damaged, and not in the backup", "red")
    if manifest.missing:
        raise typer.Exit(1)


def restore(
    place: Annotated[Path, typer.Argument(metavar="BACKUP", help="Where the backup lies.", show_default=False)],
    home: HomeOption = None,
    database: DatabaseOption = None,
    as_json: AsJson = False,
) -> None:
    """Put a backup back into a home that is new or empty, and into an empty database if one is named.

    Every byte is checked before anything is touched, and every fact compared afterwards. What was recorded after
    the backup is lost, also what had been acknowledged: the ledger goes on in a new epoch and says so.
    """
    with _refusals_shown():
        from services.restoring import restore as put_back

        done = put_back(place, home or HOME, database or "", _steps)
    manifest = done.manifest
    if as_json:
        show.as_json({
            "home": str(home or HOME), "ledger_id": manifest.ledger_id, "epoch": done.epoch, "from_epoch": manifest.epoch,
            "position": manifest.head, "taken_at": manifest.taken_at, **asdict(done.copied),
        })  # fmt: skip
        return
    show.line(
        f"{manifest.head:,} facts are back, every one compared: SHA-256 of all {done.copied.facts_sha256}", "green"
    )
    show.line(f"ledger {manifest.ledger_id} goes on in epoch {done.epoch}, after position {manifest.head}")
    show.remark(f"what was recorded after {manifest.taken_at} is not in it")


def move(
    to: Annotated[
        str,
        typer.Option(
            "--to", metavar="URL", help="An empty PostgreSQL database, as its owner: postgresql://owner@host/name.",
            show_default=False,
        ),
    ],
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Move a stopped home's ledger from its file into a PostgreSQL database, positions and bytes as they are.

    Every fact, first answer and position is compared before the home remembers the database; until then nothing
    has changed. Cut short, it goes on where it was. The file stays as ledger.sqlite.moved.
    """
    began = time.monotonic()
    with _refusals_shown():
        from services.moving import MOVED
        from services.moving import move as moved_to

        done = moved_to(home_at(home), to, _steps)
        if as_json:
            show.as_json({"ledger_id": done.ledger_id, "epoch": done.epoch, **asdict(done.copied)})
            return
        spent = time.monotonic() - began
        show.line(
            f"{done.copied.facts:,} facts and {done.copied.answers:,} first answers moved in {spent:.1f} s", "green"
        )
        show.line(f"every one compared: SHA-256 of all facts {done.copied.facts_sha256}")
        show.line(f"the home uses the database from now on; its file is kept as {MOVED}")


@contextmanager
def _steps(what: str, total: int) -> Generator[Callable[[int], None]]:
    """A bar on a terminal, else a line when it is done."""
    console = show.err()
    with show.progress(console, what, total) as step:
        yield step
    if not console.is_terminal and total:
        show.remark(f"{what}: {total:,}")


@contextmanager
def _refusals_shown() -> Generator[Any]:
    from shared.runtime.home import StartRefused
    from shared.runtime.ledger import DamagedLedger

    try:
        with show.problems_shown():
            yield
    except StartRefused as error:
        refused(str(error))
    except DamagedLedger as error:
        refused(f"{error}: see casetrail doctor --deep")
    except OSError as error:
        refused(f"{error.filename or 'a file'} cannot be read or written ({(error.strerror or str(error)).lower()})")
