"""Rows as a ledger stores them, and how to open one: for the contract every store must keep."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from shared.events.organisation import SiteOpened
from shared.kernel.fact import Event
from shared.runtime.cases import Cases
from shared.runtime.codec import Row, digest, encode
from shared.runtime.ledger import Ledger
from shared.runtime.sqlite_ledger import SqliteLedger
from tests.facts import Told, received
from tests.postgres import database_at

AT = "2026-03-02T01:00:00.000000Z"
SITE = SiteOpened(site="sz", title="Shenzhen", zone="Asia/Shanghai", calendar="sz", owner="p-owner")


def open_sqlite(path: Path) -> Ledger:
    return SqliteLedger(path / "ledger.sqlite", "L1")


def open_postgres(path: Path) -> Ledger:
    """In a database of its own for each place."""
    from shared.runtime.postgres_ledger import PostgresLedger

    return PostgresLedger(database_at(path), "L1")


NO_CASES = Cases(Told(()))
"""For read models that fold none."""
STORES = {"sqlite": open_sqlite, "postgres": open_postgres}
"""Name → how a process opens its ledger at a place."""


def prepare(store: str, path: Path) -> None:
    """Before other processes open a ledger there: the server is this one's."""
    if store == "postgres":
        database_at(path)


def row(position: int, stream: str = "complaint-a", version: int | None = None, event: Event | None = None) -> Row:
    event = event or (SITE if stream.startswith("site-") else received(f"SZ-2026-{position:05}"))
    body = encode(event)
    return Row(
        position, stream, version or position, event.TOPIC, body, 1, "sz", "intake", AT, AT, "p-ana", "owner,auditor", None,
        f"k{position}", "c1", None, None, None, 0, 1, digest(body),
    )  # fmt: skip


def rows(first: int, last: int, stream: str = "complaint-a") -> list[Row]:
    return [row(position, stream, position) for position in range(first, last + 1)]


def filled(ledger: Ledger, count: int = 10) -> Ledger:
    with ledger.writing() as writing:
        writing.append(rows(1, count))
    return ledger


def one_after_another(ledger: Ledger, name: str, count: int) -> Iterator[int]:
    """As any writer does it: lock, look at the head, insert behind it."""
    for version in range(1, count + 1):
        with ledger.writing() as writing:
            position = writing.head().position + 1
            writing.append([row(position, f"complaint-{name}", version)])
        yield position
