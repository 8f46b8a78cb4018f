"""What has been sent goes along: into a backup whichever store keeps it, and from a home into the database it was moved to."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.notify.sending_log import FILE, NOTEBOOK, Delivery, SendingLog, State, copy_up_to, metadata, take_in
from shared.runtime.notebook import Notebook
from shared.runtime.shelf import FileShelf
from tests.postgres import database_at, why_not

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def sent(position: int) -> Delivery:
    return Delivery(
        f"k{position}", position, "c", "sz", "closed", False, "2026-03-02T01:00:00.000000Z", "结案 – closed", "p-ana", "mail",
        State.SENT if position % 2 else State.WAITING, "2026-03-02T01:00:00.000000Z",
    )  # fmt: skip


def filled(notebook: Notebook) -> None:
    SendingLog(notebook, "L1").take_over([sent(position) for position in range(1, 11)], 10)


def rows(file: Path) -> tuple[list[tuple[int, str]], int]:
    with closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as db:  # the one file, no log beside it
        deliveries = db.execute("SELECT position, state FROM deliveries ORDER BY position").fetchall()
        return deliveries, db.execute("SELECT position FROM marks WHERE ledger = 'L1'").fetchone()[0]


def notebook(kind: str, place: Path) -> Notebook:
    (place / "read").mkdir(parents=True, exist_ok=True)
    if kind == "sqlite":
        return FileShelf(place / "read").notebook(NOTEBOOK, metadata)
    if reason := why_not():
        pytest.skip(reason)
    from shared.runtime.postgres_store import PostgresShelf

    return PostgresShelf(database_at(place)).notebook(NOTEBOOK, metadata)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_backup_holds_what_was_sent_up_to_its_position_and_no_further(tmp_path: Path, kind: str):
    log = notebook(kind, tmp_path / "home")
    filled(log)
    copy_up_to(log, tmp_path / "copy.sqlite", 7)
    assert rows(tmp_path / "copy.sqlite") == ([(n, sent(n).state.value) for n in range(1, 8)], 7)
    copy_up_to(log, tmp_path / "whole.sqlite", 99)
    assert rows(tmp_path / "whole.sqlite")[1] == 10
    log.close()


def test_a_home_that_was_moved_sends_nothing_again(tmp_path: Path):
    home = tmp_path / "home"
    before = notebook("sqlite", home)
    filled(before)
    before.close()
    database = notebook("postgres", home)
    take_in(home / FILE, database)
    log = SendingLog(database, "L1")
    assert log.position == 10 and log.counts() == {"sent": 5, "waiting": 5}
    assert not (home / FILE).exists() and rows(home / f"{FILE}.moved")[1] == 10
    log.take_over([sent(position) for position in range(1, 12)], 11)
    assert log.counts() == {"sent": 6, "waiting": 5}, "what is known already is dropped"
    database.close()


def test_taken_in_again_nothing_changes(tmp_path: Path):
    """Killed before the file was set aside."""
    home = tmp_path / "home"
    before = notebook("sqlite", home)
    filled(before)
    before.close()
    database = notebook("postgres", home)
    take_in(home / FILE, database)
    SendingLog(database, "L1").take_over([sent(11)], 11)
    (home / f"{FILE}.moved").rename(home / FILE)
    take_in(home / FILE, database)
    assert SendingLog(database, "L1").position == 11, "the mark does not go back"
    database.close()
