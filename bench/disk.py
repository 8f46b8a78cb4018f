"""What a million facts take on disk: in the ledger, in all read models together, and in the stream that NATS keeps."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from bench.world import World
from tests.house import running_house

CASES_A_SECOND = 200
CONTACTS = 9
"""For each case, beside its number and its receipt; what it promises makes a dozen and more facts of them."""


def files(folder: Path, seconds: float) -> dict[str, float]:
    """Megabytes for a million facts on SQLite, beyond what a home without complaints takes."""
    empty = _sizes(_level(folder / "empty", 0))
    full = _sizes(_level(folder / "full", max(20, int(seconds * CASES_A_SECOND))))
    facts = full.pop("facts") - empty.pop("facts")
    return {what: (size - empty[what]) / facts for what, size in full.items()}


def _level(folder: Path, cases: int) -> Path:
    """A home with so many cases that was run until every part was level, and was stopped in order."""
    world = World(folder)
    for number in range(cases):
        case = world.receive(
            f"complaint {number} of the benchmark: the display stays dark when it is switched on in the cold"
        )
        for _ in range(CONTACTS):
            world.contact(case)
    world.close()
    with running_house(folder) as house:
        house.ready()
        house.stop()
    return house.home


def _sizes(home: Path) -> dict[str, int]:
    """Bytes; and how many facts there are."""
    with sqlite3.connect(home / "ledger.sqlite") as db:
        (facts,) = db.execute("SELECT max(rowid) FROM stored_events").fetchone()
    places = {
        "ledger": home.glob("ledger.sqlite*"),
        "read models": home.glob("read/**/*"),
        "stream": home.glob("nats/**/*"),
    }
    sizes = {what: sum(file.stat().st_size for file in found if file.is_file()) for what, found in places.items()}
    return {"facts": facts, **sizes}
