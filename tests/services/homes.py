"""A home that nobody runs in, with facts, first answers, positions, refusals, a stored file and settings: to be copied."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from services.stores import database_of, open_ledger
from shared.events.organisation import LedgerOpened
from shared.runtime.codec import Row
from shared.runtime.files import Files
from shared.runtime.home import Home
from shared.runtime.ledger import Answered, Ledger
from tests.postgres import database_at
from tests.shared.runtime.ledgers import row

PHOTO = b"\xff\xd8\xff a photograph"


def home_at(path: Path, store: str = "sqlite", facts: int = 50, ledger_id: str = "L1") -> Path:
    """Made as `up` would, with this many facts."""
    home = Home(path)
    home.occupy()
    with home.changing() as saved:
        saved.ledger, saved.database = ledger_id, database_at(path) if store == "postgres" else ""
        saved.passwords = {"relay": "a secret"}
    (path / "admin.token").write_text("the owner's token\n")
    (path / "notify.toml").write_text("# nobody is told\n")
    (path / "read").mkdir()
    (path / "read" / "case_board.sqlite").write_bytes(b"a cache")
    Files(path / "files").keep(PHOTO, "image/jpeg")
    with home.changing() as saved:
        saved.ledger = ""
    opened_first(home, ledger_id, facts)
    with home.changing() as saved:
        saved.ledger = ledger_id
    home.release()
    return path


def opened_first(home: Home, ledger_id: str, facts: int) -> None:
    if database := home.saved().database:
        from shared.runtime.postgres_ledger import PostgresLedger

        ledger: Ledger = PostgresLedger(database, ledger_id)
    else:
        from shared.runtime.sqlite_ledger import SqliteLedger

        ledger = SqliteLedger(home / "ledger.sqlite", ledger_id)
    add(ledger, facts, ledger_id)
    ledger.close()


@contextmanager
def ledger_of(path: Path) -> Iterator[Ledger]:
    """Its ledger, opened as everybody opens it."""
    ledger = open_ledger(Home(path), database_of(Home(path)))
    yield ledger
    ledger.close()


def add(ledger: Ledger, facts: int, ledger_id: str = "L1") -> None:
    """So many more facts, each by a command of its own, and what a reaction did about each tenth."""
    for _ in range(facts):
        with ledger.writing() as writing:
            position = writing.head().position + 1
            writing.append([fact(position, ledger_id)._replace(epoch=ledger.identity().epoch)])
            writing.remember({("p-ana", f"k{position}"): Answered(f"f{position}", b'{"position":%d}' % position)})
            if position % 10 == 0:
                writing.move("reaction", position)
                writing.refuse("reaction", position, "ein Grund; 理由")


def fact(position: int, ledger_id: str = "L1") -> Row:
    """The first opens the ledger; the second names the photograph."""
    if position == 1:
        return row(1, f"home-{ledger_id}", 1, LedgerOpened(ledger_id=ledger_id))
    return row(position, f"complaint-{position % 7}", position)


def plain_facts(path: Path) -> list[tuple[Any, ...]]:
    """All rows of the facts, by plain SQL, whichever store it is."""
    database = json.loads((path / "home.json").read_text()).get("database")
    if database:
        import psycopg

        with psycopg.connect(database) as there:
            found = there.execute("SELECT * FROM casetrail.stored_events ORDER BY notification_id").fetchall()
            return [tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in found]
    import sqlite3

    with sqlite3.connect(f"file:{path / 'ledger.sqlite'}?mode=ro", uri=True) as db:
        return [row[:21] for row in db.execute("SELECT * FROM stored_events ORDER BY rowid")]


def plain_books(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """First answers, positions and refusals, by plain SQL."""
    database = json.loads((path / "home.json").read_text()).get("database")
    tables = ("commands", "positions", "refusals")
    if database:
        import psycopg

        with psycopg.connect(database) as there:
            return {
                name: sorted(
                    tuple(bytes(v) if isinstance(v, memoryview) else v for v in row)
                    for row in there.execute(f"SELECT * FROM casetrail.{name}".encode()).fetchall()
                )
                for name in tables
            }
    import sqlite3

    with sqlite3.connect(f"file:{path / 'ledger.sqlite'}?mode=ro", uri=True) as db:
        return {name: sorted(db.execute(f"SELECT * FROM {name}").fetchall()) for name in tables}


def digest_of(place: Path) -> str:
    """As `cat facts/*.ndjson | sha256sum` says it."""
    whole = hashlib.sha256()
    for part in sorted((place / "facts").glob("*.ndjson")):
        whole.update(part.read_bytes())
    return whole.hexdigest()
