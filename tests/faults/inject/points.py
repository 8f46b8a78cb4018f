"""The kill points: places between two steps that must both happen or neither, or of which the second must be done again.

Passing one is fatal when `hook.Armed` says so. Each names a function of the system; that it exists, and that runs do pass
there, is checked: a point that nobody passes proves nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from types import ModuleType
from typing import Any

from tests.faults.inject.hook import after, before, replaced

Passes = Callable[[], None]


class While(StrEnum):
    """What must be going on for the point to be passed."""

    WORK = "clients work"
    REBUILD = "a read model is built anew"
    REFILL = "the stream was lost and is refilled"
    FIRST_START = "a home is made"
    BACKUP = "a backup is taken"
    RESTORE = "a backup is put back"
    MOVE = "a ledger is moved to PostgreSQL"


@dataclass(frozen=True)
class Point:
    """One place. `sqlite` and `postgres` are `module:path` where the stores differ; empty when a store has no such place."""

    name: str
    says: str
    put_by: Callable[[Passes], Callable[[Any], Any]]
    sqlite: str
    postgres: str
    when: While

    def place(self, store: str) -> str:
        """`module:path`, or empty."""
        return self.postgres if store == "postgres" else self.sqlite

    @property
    def modules(self) -> set[str]:
        return {place.partition(":")[0] for place in (self.sqlite, self.postgres) if place}

    def put(self, loaded: ModuleType, passes: Passes) -> None:
        """Into the module that has just been loaded."""
        for place in {self.sqlite, self.postgres}:
            module, _, path = place.partition(":")
            if module == loaded.__name__:
                replaced(loaded, path, self.put_by(passes))


def _mid_batch(passes: Passes) -> Callable[[Any], Any]:
    """The relay's connection hands each message to the server at once, and the point lies behind each but the last one."""

    class Wire:
        def __init__(self, connection: Any) -> None:
            self._connection = connection

        def __getattr__(self, name: str) -> Any:
            return getattr(self._connection, name)

        async def publish(self, *given: Any, **named: Any) -> None:
            await self._connection.publish(*given, **named)
            await self._connection.flush()
            passes()

    return _with_wire(Wire)


def _unanswered(passes: Passes) -> Callable[[Any], Any]:
    """The last message of a batch, or a single one, has reached the server, and its answer is not awaited."""

    class Wire:
        def __init__(self, connection: Any) -> None:
            self._connection = connection

        def __getattr__(self, name: str) -> Any:
            return getattr(self._connection, name)

        async def request(self, *given: Any, **named: Any) -> Any:
            answer = await self._connection.request(*given, **named)
            passes()  # the server has it: what it answered is not told to the relay any more
            return answer

    return _with_wire(Wire)


def _with_wire(wire: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def made(publish: Any) -> Any:
        @functools.wraps(publish)
        async def wired(relay: Any, connection: Any, rows: Any) -> None:
            await publish(relay, wire(connection), rows)

        return wired

    return made


def _between_batches(passes: Passes) -> Callable[[Any], Any]:
    """Behind each batch but the last one, when it has been committed."""

    def made(in_batches: Any) -> Any:
        def given(*what: Any) -> Any:
            for number, batch in enumerate(in_batches(*what)):
                if number:
                    passes()
                yield batch

        return given

    return made


def _between_statements(passes: Passes) -> Callable[[Any], Any]:
    class Statements(tuple[str, ...]):
        def __iter__(self) -> Any:
            for statement in tuple.__iter__(self):
                yield statement
                passes()

    return Statements


_ALL = (
    # name, what has happened when it is passed, how, where, where on PostgreSQL ("=": the same), while
    ("writer-locked", "the writer lock is held, and nothing has been looked at", after,
     "shared.runtime.sqlite_ledger:SqliteWriting.__init__", "shared.runtime.postgres_ledger:PostgresWriting.__init__", While.WORK),
    ("writer-refreshed", "what other processes wrote has been taken into account", after,
     "shared.runtime.known:Known.catch_up", "=", While.WORK),
    ("decided", "everything is decided, nothing written", before, "shared.runtime.transaction:Transaction.write", "=", While.WORK),
    ("before-insert", "facts are about to be inserted", before,
     "shared.runtime.sqlite_ledger:SqliteWriting.append", "shared.runtime.postgres_ledger:PostgresWriting.append", While.WORK),
    ("facts-inserted", "facts are inserted, first answers are not", after,
     "shared.runtime.sqlite_ledger:SqliteWriting.append", "shared.runtime.postgres_ledger:PostgresWriting._copy", While.WORK),
    ("answers-remembered", "first answers are inserted, nothing is committed", after,
     "shared.runtime.sqlite_ledger:SqliteWriting.remember", "shared.runtime.postgres_ledger:PostgresWriting.remember", While.WORK),
    ("snapshot-kept", "a snapshot is written, nothing is committed", after,
     "shared.runtime.sqlite_ledger:SqliteWriting.keep_snapshot", "shared.runtime.postgres_ledger:PostgresWriting.keep_snapshot",
     While.WORK),
    ("before-commit", "everything is written, nothing is committed", after, "shared.runtime.transaction:Transaction.write", "=", While.WORK),
    ("committed", "committed, and nobody has been answered", before, "shared.runtime.transaction:Transaction.answer", "=", While.WORK),
    ("nobody-woken", "committed, and neither the relay nor anybody who waits knows", before,
     "services.house:House._committed", "=", While.WORK),
    ("answered", "everybody has been answered", after, "shared.runtime.transaction:Transaction.answer", "=", While.WORK),
    ("reaction-asks", "a reaction has been given a fact, and asks for nothing yet", before,
     "services.house:House._asks", "=", While.WORK),
    ("reaction-decided", "what a reaction asks for is decided, its position has not moved", before,
     "shared.runtime.sqlite_ledger:SqliteWriting.move", "shared.runtime.postgres_ledger:PostgresWriting.move", While.WORK),
    ("reaction-moved", "the position of a reaction has moved, nothing is committed", after,
     "shared.runtime.sqlite_ledger:SqliteWriting.move", "shared.runtime.postgres_ledger:PostgresWriting.move", While.WORK),
    ("reaction-done", "a step of a reaction is committed, the reaction does not know", after,
     "shared.runtime.reaction:Reaction._advance", "=", While.WORK),
    ("relay-read", "the relay has read facts and published none", before, "shared.runtime.relay:Relay._publish", "=", While.WORK),
    ("relay-mid-batch", "a part of an atomic batch has reached the server", _mid_batch,
     "shared.runtime.relay:Relay._publish", "=", While.WORK),
    ("relay-unacknowledged", "a batch is stored, and its acknowledgement has not been read", _unanswered,
     "shared.runtime.relay:Relay._publish", "=", While.WORK),
    ("relay-published", "a batch is acknowledged, the relay's position has not moved", after,
     "shared.runtime.relay:Relay._publish", "=", While.WORK),
    ("relay-agreed", "the relay knows where the stream ends", after, "shared.runtime.relay:Relay._agree", "=", While.REFILL),
    ("stream-missing", "the stream is about to be made anew", before, "shared.runtime.relay:made_for", "=", While.REFILL),
    ("relay-refills", "a part of the stream is refilled", after, "shared.runtime.relay:Relay._publish", "=", While.REFILL),
    ("listener-nudged", "messages have arrived, nothing is applied", before,
     "shared.runtime.listener:Listener._apply", "=", While.WORK),
    ("position-moved", "the position of a read model has moved, its rows have not", after,
     "shared.runtime.read_model:ReadModel.__init__", "=", While.WORK),
    ("rows-half", "some of the rows of a batch are changed", after, "shared.runtime.read_model:ReadModel.apply", "=", While.WORK),
    ("rows-before-commit", "rows and position are written and not committed", before,
     "sqlalchemy.engine.base:Connection._commit_impl", "shared.runtime.postgres_store:_commit", While.WORK),
    ("rows-committed", "rows and position are committed, nothing is acknowledged", after,
     "shared.runtime.store:Store.apply_rows", "=", While.WORK),
    ("acknowledged", "messages are acknowledged", before, "shared.runtime.listener:Listener._pass_by", "=", While.WORK),
    ("rebuild-begins", "a rebuild was asked for", before,
     "shared.runtime.store:Store.rebuild", "=", While.REBUILD),
    ("rebuild-half", "a part of the facts is in the fresh rows", after,
     "shared.runtime.building:_feed_together", "=", While.REBUILD),
    ("rebuild-before-swap", "the fresh rows are complete, the old ones still answer", before,
     "shared.runtime.store:Store.swap", "shared.runtime.postgres_store:PostgresStore.swap", While.REBUILD),
    ("rebuild-swapped", "the fresh rows have taken the place of the old ones", after,
     "shared.runtime.store:Store.swap", "shared.runtime.postgres_store:PostgresStore.swap", While.REBUILD),
    ("watcher-level", "the watcher knows of every fact up to the head", after,
     "services.sla_watch.watcher:Watcher._level", "=", While.WORK),
    ("watcher-reads-due", "the watcher has read what is due, and asks for nothing yet", after,
     "services.house:Deadlines.due", "=", While.WORK),
    ("watcher-decides", "a breach is being decided", before, "services.sla_watch.watcher:fire_all", "=", While.WORK),
    ("watcher-said", "a breach is committed, the board does not show it", after,
     "services.sla_watch.watcher:Watcher._say", "=", While.WORK),
    ("notices-read", "notices are read from the outbox, none is in the sending log", before,
     "services.notify.sending_log:SendingLog.take_over", "=", While.WORK),
    ("notices-taken-over", "notices and the mark are in the sending log", after,
     "services.notify.sending_log:SendingLog.take_over", "=", While.WORK),
    ("notice-marked", "a notice is noted as tried, and not sent", before, "services.notify.sender:Sender._send", "=", While.WORK),
    ("notice-sent", "a notice is sent, and not noted as sent", after, "services.notify.sender:Sender._hand_over", "=", While.WORK),
    ("notice-noted", "what became of a notice is noted", after,
     "services.notify.sending_log:SendingLog.changed", "=", While.WORK),
    ("file-written", "a file is written under another name, and may be in memory only", before,
     "shared.runtime.files:os.fsync", "=", While.WORK),
    ("file-synced", "a file is on the disk under another name", before, "shared.runtime.files:os.replace", "=", While.WORK),
    ("file-in-place", "a file has its name, nobody has been answered", after, "shared.runtime.files:os.replace", "=", While.WORK),
    ("home-not-remembered", "what the home shall remember lies beside it", before,
     "shared.runtime.home:os.replace", "=", While.FIRST_START),
    ("home-remembered", "the home remembers", after, "shared.runtime.home:os.replace", "=", While.FIRST_START),
    ("ledger-half-made", "some tables of the ledger are made", _between_statements,
     "shared.runtime.sqlite_ledger:_SCHEMA", "shared.runtime.postgres_schema:_TABLES", While.FIRST_START),
    ("ledger-made", "the ledger is made and empty", after,
     "shared.runtime.sqlite_ledger:SqliteLedger._migrate", "shared.runtime.postgres_schema:migrate", While.FIRST_START),
    ("owner-token-saved", "the owner's token is saved, the ledger does not know it", after,
     "services.first_start:_token", "=", While.FIRST_START),
    ("first-facts-recorded", "a transaction of the first start is committed", after,
     "shared.runtime.transaction:Transaction.answer", "=", While.FIRST_START),
    ("read-model-made", "the tables of a read model are made", after,
     "shared.runtime.store:Store._usable_position", "shared.runtime.postgres_store:PostgresStore._usable_position",
     While.FIRST_START),
    ("backup-begun", "what stands beside the facts is written, no facts are", after,
     "shared.runtime.backup:write_books", "=", While.BACKUP),
    ("backup-without-manifest", "everything is written but the manifest", before, "shared.runtime.backup:finish", "=", While.BACKUP),
    ("backup-with-manifest", "the manifest is in place", after, "shared.runtime.backup:finish", "=", While.BACKUP),
    ("restore-begun", "the home is ours, nothing is copied", after, "services.restoring:_begin", "=", While.RESTORE),
    ("restore-filled", "everything is copied, nothing compared", after, "services.restoring:fill", "=", While.RESTORE),
    ("restore-compared", "everything is compared, the copy is no ledger yet", after, "services.restoring:compare", "=", While.RESTORE),
    ("restore-whole", "the copy is a ledger with an epoch", after,
     "shared.runtime.sqlite_ledger:SqliteLedger.become_whole", "shared.runtime.postgres_ledger:PostgresLedger.become_whole",
     While.RESTORE),
    ("restore-files-back", "files are back, the home is not released yet", after,
     "services.restoring:_put_back", "=", While.RESTORE),
    ("copy-made", "the database holds an empty copy", after, "services.moving:see_that_it_is_ours", "", While.MOVE),
    ("copied-half", "a batch is in the database, the next one is not", _between_batches,
     "shared.runtime.copying:in_batches", "", While.MOVE),
    ("copied-facts", "facts are in the database, first answers are not", after,
     "shared.runtime.postgres_ledger:PostgresLedger.clear_books", "", While.MOVE),
    ("copied", "everything is in the database, nothing compared", after, "services.moving:fill", "", While.MOVE),
    ("copy-compared", "everything is compared, the copy is no ledger yet", after, "services.moving:compare", "", While.MOVE),
    ("copy-whole", "the database holds a ledger, the home does not know of it", after, "services.moving:_moved", "", While.MOVE),
    ("move-remembered", "the home remembers the database, the file is where it was", before,
     "services.moving:_set_aside", "", While.MOVE),
    ("move-done", "the file is set aside, the home is not released", after, "services.moving:_set_aside", "", While.MOVE),
)  # fmt: skip

POINTS: dict[str, Point] = {
    name: Point(name, says, how, sqlite, sqlite if postgres == "=" else postgres, when)
    for name, says, how, sqlite, postgres, when in _ALL
}
SETTINGS = {"shared.runtime.transaction:SNAPSHOT_EVERY": 5, "shared.runtime.relay:BATCH": 20}
"""So that what is rare is passed in a short run: a snapshot after five facts, batches of twenty."""
