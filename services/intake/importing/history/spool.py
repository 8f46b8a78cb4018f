"""Puts the rows of a log together by case, on disk: a log may be larger than memory, and its cases lie mixed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from services.intake.importing.table import Row

AT_ONCE = 2_000


class Spool:
    """Rows in, cases out: in the order in which they begin in the file, each with its rows in file order."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._waiting: list[tuple[str, int, str]] = []
        db.execute("CREATE TABLE cases (case_id TEXT PRIMARY KEY, first INTEGER NOT NULL) WITHOUT ROWID")
        db.execute("CREATE TABLE events (case_id TEXT NOT NULL, number INTEGER NOT NULL, cells TEXT NOT NULL)")

    def put(self, case: str, row: Row) -> None:
        """One more row."""
        self._waiting.append((case, row.number, json.dumps(row.cells, ensure_ascii=False)))
        if len(self._waiting) == AT_ONCE:
            self._write()

    def cases(self) -> Iterator[tuple[str, list[Row]]]:
        """Each case with its rows."""
        self._write()
        self._db.execute("CREATE INDEX by_case ON events (case_id, number)")
        for (case,) in self._db.execute("SELECT case_id FROM cases ORDER BY first"):
            rows = self._db.execute("SELECT number, cells FROM events WHERE case_id = ? ORDER BY number", (case,))
            yield case, [Row(number, json.loads(cells)) for number, cells in rows]

    def __len__(self) -> int:
        self._write()
        return int(self._db.execute("SELECT count(*) FROM cases").fetchone()[0])

    def _write(self) -> None:
        firsts = ((case, number) for case, number, _ in self._waiting)
        self._db.executemany("INSERT INTO cases VALUES (?, ?) ON CONFLICT DO NOTHING", firsts)
        self._db.executemany("INSERT INTO events VALUES (?, ?, ?)", self._waiting)
        self._waiting.clear()


@contextmanager
def spooling() -> Generator[Spool, None, None]:
    """A spool in a directory of its own, gone afterwards."""
    with (
        TemporaryDirectory(prefix="casetrail-") as folder,
        closing(sqlite3.connect(Path(folder) / "log.sqlite", isolation_level=None)) as db,
    ):
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("PRAGMA synchronous = OFF")
        db.execute("BEGIN")
        yield Spool(db)
