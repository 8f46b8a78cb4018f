"""The sending log: what has been sent to whom, and what is to be tried again. It is never rebuilt and never rewinds.

A notebook of the service: `notify.sqlite` in the home, or a schema of the database. How far the outbox has been looked at,
and what followed from it, are written in one transaction; so a notice is taken over once, also after the outbox was built
anew (ADR 12).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from shared.kernel.values import rfc3339
from shared.runtime.notebook import Notebook, in_file
from shared.runtime.pages import Page, page

NOTEBOOK = "notify"
FILE = "notify.sqlite"
"""Where the home keeps it, unless the ledger is in a database."""
AT_A_TIME = 1_000


class State(StrEnum):
    """How it stands with one notice to one person by one way."""

    WAITING = "waiting"
    FAILED = "failed"
    """It will be tried again."""
    SENT = "sent"
    GIVEN_UP = "given_up"
    NO_CHANNEL = "no_channel"
    """Nobody said how this person is reached."""
    NOBODY = "nobody"
    """Nobody holds the role."""
    TOO_OLD = "too_old"


DUE = (State.WAITING, State.FAILED)

metadata = sa.MetaData()
_MARKS = sa.Table(
    "marks",
    metadata,
    sa.Column("ledger", sa.Text, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
)
DELIVERIES = sa.Table(
    "deliveries",
    metadata,
    sa.Column("newest", sa.BigInteger, nullable=False),  # -position: the list begins with the latest
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("complaint_id", sa.Text, nullable=False),
    sa.Column("site", sa.Text, nullable=False),
    sa.Column("template", sa.Text, nullable=False),
    sa.Column("at_once", sa.Boolean, nullable=False),
    sa.Column("recorded_at", sa.Text, nullable=False),
    sa.Column("said", sa.Text, nullable=False),
    sa.Column("to", sa.Text, nullable=False),
    sa.Column("via", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("ready_at", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    # On the machine's clock, also in a simulated home: it is the outside world that is tried again.
    sa.Column("next_attempt_at", sa.Text, nullable=False),
    sa.Column("sent_at", sa.Text),
    sa.Column("error", sa.Text),
    sa.Index("deliveries_due", "state", "next_attempt_at"),
    sa.Index("deliveries_in_order", "newest", "key"),
)
_d = DELIVERIES.c
_COUNTS = sa.select(_d.state, sa.func.count()).group_by(_d.state)


@dataclass(frozen=True)
class Delivery:
    """One notice to one person, or group, by one way."""

    key: str
    """Derived from the fact, the recipient, the way and the template: the same for ever."""
    position: int
    complaint_id: str
    site: str
    template: str
    at_once: bool
    recorded_at: str
    said: str
    to: str
    via: str
    state: State
    ready_at: str
    """When it may go out, on the clock of the home."""
    attempts: int = 0
    next_attempt_at: str = ""
    sent_at: str | None = None
    error: str | None = None


_FIELDS = tuple(field.name for field in fields(Delivery))
_values = attrgetter(*_FIELDS)
_QUOTED = ", ".join(f'"{name}"' for name in _FIELDS)
_TAKE_OVER = f"INSERT INTO deliveries (newest, {_QUOTED}) VALUES (?{', ?' * len(_FIELDS)}) ON CONFLICT DO NOTHING"


class SendingLog:
    """Thread-safe; the marks of ledgers other than the present one are left alone."""

    def __init__(self, notebook: Notebook, ledger: str) -> None:
        self.ledger, self._notebook = ledger, notebook
        self._lock = threading.Lock()
        if notebook.in_a_file:  # either brings its drivers along, a part of each start
            from sqlalchemy.dialects.sqlite import insert
        else:
            from sqlalchemy.dialects.postgresql import insert
        self._insert: Callable[[sa.Table], Any] = insert
        self._take_over = _TAKE_OVER if notebook.in_a_file else _TAKE_OVER.replace("?", "%s")

    def close(self) -> None:
        """Let go of it."""
        self._notebook.close()

    @property
    def position(self) -> int:
        """Up to here the outbox has been taken over."""
        with self._notebook.begin() as db:
            return db.execute(sa.select(_MARKS.c.position).where(_MARKS.c.ledger == self.ledger)).scalar() or 0

    def take_over(self, deliveries: Iterable[Delivery], position: int) -> None:
        """New deliveries and how far they reach, in one transaction. One whose key is known already is dropped."""
        rows = [(-delivery.position, *_values(delivery)) for delivery in deliveries]
        with self._lock, self._notebook.begin() as db:
            if rows:
                db.exec_driver_sql(self._take_over, rows)  # thousands at once after an outage: five times faster so
            self._mark(db, position)

    def step_back(self, position: int) -> None:
        """An older ledger was put back: what comes next is new. What was sent stays sent."""
        with self._lock, self._notebook.begin() as db:
            self._mark(db, position)

    def _mark(self, db: sa.Connection, position: int) -> None:
        mark = self._insert(_MARKS).values(ledger=self.ledger, position=position)
        db.execute(mark.on_conflict_do_update(index_elements=["ledger"], set_={"position": position}))

    def due(self, now: datetime, wall: datetime, most: int = 50) -> Sequence[Delivery]:
        """What may go out at `now` (the home's clock) and is not to wait for its next attempt; at once first."""
        query = (
            sa.select(DELIVERIES)
            .where(_d.state.in_(DUE), _d.next_attempt_at <= rfc3339(wall), _d.ready_at <= rfc3339(now))
            .order_by(_d.at_once.desc(), _d.ready_at, _d.key)
            .limit(most)
        )
        with self._notebook.begin() as db:
            return [delivery_of(row) for row in db.execute(query).mappings()]

    def changed(self, key: str, **to: Any) -> None:
        """One delivery stands differently now; on the disk before this returns."""
        with self._lock, self._notebook.begin() as db:
            db.execute(sa.update(DELIVERIES).where(_d.key == key).values(**to))

    def page(self, *, state: State | None, site: str | None, limit: int, cursor: str | None) -> Page:
        """The latest first. Raises Invalid for a foreign cursor."""
        query = sa.select(DELIVERIES)
        if state is not None:
            query = query.where(_d.state == state)
        if site is not None:
            query = query.where(_d.site == site)
        with self._notebook.begin() as db:
            return page(db, query, (_d.newest, _d.key), limit, cursor)

    def counts(self) -> dict[str, int]:
        """How many stand how."""
        with self._notebook.begin() as db:
            return {str(row[0]): int(row[1]) for row in db.execute(_COUNTS)}


def copy_up_to(log: Notebook, file: Path, position: int) -> None:
    """The log as a file, for a backup: nothing of facts that are not in the backup."""
    copy = in_file(file, metadata)
    with log.begin() as kept, copy.begin() as db:
        db.exec_driver_sql("PRAGMA journal_mode = DELETE")  # one file
        for table, which in ((_MARKS, sa.true()), (DELIVERIES, _d.position <= position)):
            for rows in kept.execute(sa.select(table).where(which)).mappings().partitions(AT_A_TIME):
                db.execute(sa.insert(table), [dict(row) for row in rows])
        db.execute(sa.update(_MARKS).where(_MARKS.c.position > position).values(position=position))
    copy.close()


def take_in(file: Path, log: Notebook) -> None:
    """A log that was kept in the home, into the database that the home was moved or restored to. Taken in again, nothing
    changes; the file is set aside then."""
    from sqlalchemy.dialects.postgresql import insert

    kept = in_file(file, metadata)
    with kept.begin() as source, log.begin() as db:
        for table in (DELIVERIES, _MARKS):
            add = insert(table).on_conflict_do_nothing()
            for rows in source.execute(sa.select(table)).mappings().partitions(AT_A_TIME):
                db.execute(add, [dict(row) for row in rows])
    kept.close()
    file.rename(file.with_suffix(".sqlite.moved"))


def delivery_of(row: Mapping[Any, Any]) -> Delivery:
    """One row as it was taken over."""
    values: dict[str, Any] = {name: row[name] for name in _FIELDS}
    values["state"] = State(values["state"])
    return Delivery(**values)
