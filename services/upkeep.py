"""Looking after a home that may be running or not: what needs its ledger, and no house around it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from services import doctor as doctoring
from services.start_options import Finding
from services.starting import PRIVATE
from shared.runtime.clock import randomness
from shared.runtime.home import Home, StartRefused
from shared.runtime.ledger import DamagedLedger, NewerLedger
from shared.runtime.sqlite_ledger import SqliteLedger


def open_ledger_file(home: Home, *, simulated: bool = False) -> SqliteLedger:
    """The home's ledger; raises StartRefused when a newer version wrote it."""
    try:
        return SqliteLedger(home / "ledger.sqlite", new_ledger_id=randomness(8).hex(), simulated=simulated)
    except NewerLedger as error:
        raise StartRefused(f"{error}: install that version of Casetrail, or choose another --home") from None
    except DamagedLedger as error:
        raise StartRefused(f"{error}: restore ledger.sqlite from a backup") from None


def doctor(path: Path, deep: bool, told: Callable[[str], None]) -> list[Finding]:
    """Examine a home; raises StartRefused when there is none."""
    home, ledger = _existing(path)
    try:
        return doctoring.examine(home, ledger, deep, told)
    finally:
        ledger.close()


def rebuild(path: Path, names: list[str], told: Callable[[str], None]) -> None:
    """Build read models anew; raises StartRefused when there is no home."""
    home, ledger = _existing(path)
    try:
        doctoring.rebuild(home, ledger, names, told)
    finally:
        ledger.close()


def _existing(path: Path) -> tuple[Home, SqliteLedger]:
    os.umask(PRIVATE)
    home = Home(path)
    if not (home / "ledger.sqlite").exists():
        raise StartRefused(f"{home.path} is no Casetrail home: name one with --home, or make one with casetrail up")
    return home, open_ledger_file(home)
