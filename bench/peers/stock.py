"""`eventsourcing` as it comes: each client saves one event of an aggregate that it has in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from bench.measuring import Measure
from bench.writes import rate, synced
from tests.postgres import database_at

TEXT = "x" * 300


class Case(Aggregate):
    """An aggregate as the library's own examples write it."""

    @event("Opened")
    def __init__(self, text: str) -> None:
        self.text = text

    @event("Noted")
    def note(self, text: str) -> None:
        """Change its text."""
        self.text = text


def saves(store: str, threads: int) -> Measure:
    """Events a second, one in each save."""

    def measure(folder: Path, seconds: float) -> float:
        app: Application[Any] = Application(env=_sqlite(folder) if store == "SQLite" else _postgres(folder, threads))
        _assert_durable(app, store)
        cases = [Case(TEXT) for _ in range(threads)]
        app.save(*cases)

        def save(client: int, number: int) -> None:
            cases[client].note(f"{number} {TEXT}")
            app.save(cases[client])

        try:
            return rate(save, threads, seconds)
        finally:
            app.close()

    return measure


def _sqlite(folder: Path) -> dict[str, str]:
    return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(folder / "stock.sqlite")}


def _postgres(folder: Path, threads: int) -> dict[str, str]:
    url = urlsplit(database_at(folder))
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres", "POSTGRES_DBNAME": url.path[1:], "POSTGRES_HOST": str(url.hostname),
        "POSTGRES_PORT": str(url.port), "POSTGRES_USER": unquote(url.username or ""),
        "POSTGRES_PASSWORD": unquote(url.password or ""), "POSTGRES_POOL_SIZE": str(threads),
    }  # fmt: skip


def _assert_durable(app: Application[Any], store: str) -> None:
    datastore: Any = app.factory.datastore  # type: ignore[attr-defined]
    if store == "SQLite":
        with datastore.transaction(commit=False) as cursor:
            cursor.execute("PRAGMA synchronous")
            assert cursor.fetchone()[0] == 2, "the comparison is only fair with synchronous = FULL"
    else:
        with datastore.get_connection() as connection:
            assert synced(connection), "the comparison is only fair with synchronous_commit = on"
