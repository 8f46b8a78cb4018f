"""The tables of a ledger on PostgreSQL, and the one step that makes them or brings them up to date.

Facts lie in partitions of ten million positions each, so that the indexes being written to stay small however many facts
there are. A unique index of a partitioned table must contain what it is partitioned by, so each partition has one of its
own for (stream, version); what reaches across partitions a trigger looks up. The writer holds a lock and needs none of
this: these are backstops against whoever else inserts.
"""

from __future__ import annotations

from typing import Any

import psycopg

from shared.kernel.errors import Unavailable
from shared.runtime.ledger import ORGANISATION, UNFINISHED, DamagedLedger, NewerLedger, NoLedger

FORMAT = 1
PARTITION = 10_000_000
KINDS = ", ".join(f"'{kind}'" for kind in ORGANISATION)
IS_ORGANISATION = f"split_part(originator_id, '-', 1) IN ({KINDS})"
MIGRATING, WRITING, COPYING = 0x0CA5E, 0x0CA5F, 0x0CA60
"""Advisory locks, of this database alone."""

_TABLES = (
    "CREATE SCHEMA casetrail",
    """CREATE TABLE casetrail.ledger (one integer PRIMARY KEY CHECK (one = 1), format integer NOT NULL,
       ledger_id text NOT NULL, epoch integer NOT NULL, simulated boolean NOT NULL)""",
    """CREATE TABLE casetrail.stored_events (
        notification_id bigint NOT NULL PRIMARY KEY,
        originator_id text COLLATE "C" NOT NULL,
        originator_version bigint NOT NULL,
        topic text NOT NULL,
        state bytea NOT NULL,
        shape integer NOT NULL,
        site text NOT NULL,
        service text NOT NULL,
        occurred_at text NOT NULL,
        recorded_at text NOT NULL,
        actor text NOT NULL,
        roles text NOT NULL,
        on_behalf_of text,
        command_id text NOT NULL,
        correlation text NOT NULL,
        causation text,
        backdate_reason text,
        policy text,
        historical integer NOT NULL,
        epoch integer NOT NULL,
        sha256 text NOT NULL
    ) PARTITION BY RANGE (notification_id)""",
    f"CREATE INDEX organisation ON casetrail.stored_events (notification_id) WHERE {IS_ORGANISATION}",
    """CREATE TABLE casetrail.commands (actor text COLLATE "C", command_id text COLLATE "C", fingerprint text NOT NULL,
       answer bytea NOT NULL, PRIMARY KEY (actor, command_id))""",
    'CREATE TABLE casetrail.positions (listener text COLLATE "C" PRIMARY KEY, position bigint NOT NULL)',
    """CREATE TABLE casetrail.refusals (listener text COLLATE "C", position bigint, detail text NOT NULL,
       PRIMARY KEY (listener, position))""",
    """CREATE TABLE casetrail.snapshots (stream text COLLATE "C" PRIMARY KEY, version bigint NOT NULL,
       fingerprint text NOT NULL, state bytea NOT NULL)""",
    """CREATE FUNCTION casetrail.facts_stay() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
       BEGIN RAISE 'facts are neither changed nor deleted'; END $$""",
    """CREATE TRIGGER facts_stay BEFORE UPDATE OR DELETE ON casetrail.stored_events
       FOR EACH ROW EXECUTE FUNCTION casetrail.facts_stay()""",
    """CREATE TRIGGER facts_stay_whole BEFORE TRUNCATE ON casetrail.stored_events
       FOR EACH STATEMENT EXECUTE FUNCTION casetrail.facts_stay()""",
    # Once for each statement: a trigger for each row would cost a third of the rate.
    """CREATE FUNCTION casetrail.facts_follow() RETURNS trigger LANGUAGE plpgsql
       SET search_path = pg_catalog SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
       DECLARE earliest bigint; latest bigint; many bigint;
       BEGIN
         SELECT min(notification_id), max(notification_id), count(*) INTO earliest, latest, many FROM fresh;
         IF latest - earliest + 1 <> many OR earliest <> 1 AND NOT EXISTS
             (SELECT FROM casetrail.stored_events WHERE notification_id = earliest - 1) THEN
           RAISE 'positions have no gaps';
         END IF;
         IF latest > {partition} AND EXISTS (SELECT FROM fresh JOIN casetrail.stored_events AS other
             USING (originator_id, originator_version) WHERE other.notification_id < fresh.notification_id) THEN
           RAISE 'versions of a stream are unique';
         END IF;
         RETURN NULL;
       END $$""",
    """CREATE TRIGGER facts_follow AFTER INSERT ON casetrail.stored_events REFERENCING NEW TABLE AS fresh
       FOR EACH STATEMENT EXECUTE FUNCTION casetrail.facts_follow()""",
    # Runs with the rights of whoever made it: the writers own no table. It can do this and nothing else.
    """CREATE FUNCTION casetrail.make_room(behind bigint) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
       SET search_path = pg_catalog, pg_temp AS $$
       DECLARE number bigint; name text;
       BEGIN
         FOR number IN behind / {partition} .. behind / {partition} + 1 LOOP
           name := format('facts_%s', number);
           CONTINUE WHEN to_regclass('casetrail.' || name) IS NOT NULL;
           EXECUTE format('CREATE TABLE casetrail.%I (LIKE casetrail.stored_events INCLUDING DEFAULTS INCLUDING STORAGE)', name);
           EXECUTE format('CREATE UNIQUE INDEX %I ON casetrail.%I (originator_id, originator_version)', name || '_versions', name);
           EXECUTE format('CREATE TRIGGER facts_stay_whole BEFORE TRUNCATE ON casetrail.%I
             FOR EACH STATEMENT EXECUTE FUNCTION casetrail.facts_stay()', name);
           EXECUTE format('ALTER TABLE casetrail.stored_events ATTACH PARTITION casetrail.%I FOR VALUES FROM (%s) TO (%s)',
             name, number * {partition} + 1, (number + 1) * {partition} + 1);
         END LOOP;
         RETURN (behind / {partition} + 2) * {partition};
       END $$""",
    "REVOKE ALL ON FUNCTION casetrail.make_room FROM PUBLIC",
    "SELECT casetrail.make_room(0)",
)

PROTECTS = (
    "facts_stay on stored_events", "facts_stay_whole on stored_events", "facts_follow on stored_events", "table commands",
    "table positions", "table refusals", "table snapshots", "table stored_events",
)  # fmt: skip
"""Triggers and tables that every ledger has."""
_THERE = """
    SELECT tgname || ' on ' || c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
      WHERE c.relnamespace = to_regnamespace('casetrail') AND tgenabled IN ('O', 'A')
    UNION ALL SELECT 'table ' || relname FROM pg_class WHERE relnamespace = to_regnamespace('casetrail')
      AND relkind IN ('r', 'p')
    UNION ALL SELECT indexrelid::regclass::text FROM pg_index WHERE indisunique AND indisvalid
      AND indrelid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = to_regclass('casetrail.stored_events'))
    UNION ALL SELECT 'partition ' || inhrelid::regclass::text FROM pg_inherits
      WHERE inhparent = to_regclass('casetrail.stored_events')
"""


def weaknesses(connection: psycopg.Connection[Any]) -> list[str]:
    """What has been taken away that protects the facts; empty when nothing has."""
    there = {str(name) for (name,) in connection.execute(_THERE.encode())}
    parts = [name.partition(" ")[2] for name in there if name.startswith("partition ")]
    wanted = [
        *PROTECTS, *(f"{part}_versions" for part in parts),
        *(f"{name} on {part.rpartition('.')[2]}" for part in parts for name in ("facts_stay", "facts_stay_whole")),
    ]  # fmt: skip
    return [f"{name} is missing or switched off" for name in wanted if name not in there]


def format_of(connection: psycopg.Connection[Any]) -> int:
    """The format of the ledger in this database; 0 when there is none. Raises NewerLedger and DamagedLedger."""
    # Asked of the tables themselves: to_regclass may answer from what a session remembers from before it waited for a lock.
    found = connection.execute(
        "SELECT relname FROM pg_namespace n LEFT JOIN pg_class c ON relnamespace = n.oid AND relname = 'ledger' "
        "WHERE nspname = 'casetrail'"
    ).fetchone()
    if found is None:
        return 0
    row = connection.execute("SELECT format FROM casetrail.ledger").fetchone() if found[0] is not None else None
    if row is None:
        raise DamagedLedger(
            "the schema casetrail is there without its table ledger: something else has made or changed it"
        )
    if row[0] > FORMAT:
        raise NewerLedger(f"the ledger has format {row[0]}, this version knows up to {FORMAT}")
    return int(row[0])


def take_turn_to_copy(connection: psycopg.Connection[Any]) -> bool:
    """Whether nobody else copies a ledger into this database; holds until the session ends."""
    found = connection.execute(f"SELECT pg_try_advisory_lock({COPYING})".encode()).fetchone()
    return found is not None and found[0]


def drop_unfinished(connection: psycopg.Connection[Any], ledger_id: str) -> None:
    """What is left of a copy of this ledger that was cut short."""
    with connection.transaction():
        if (
            format_of(connection)
            and connection.execute(
                "SELECT FROM casetrail.ledger WHERE epoch = %s AND ledger_id = %s", (UNFINISHED, ledger_id)
            ).fetchone()
        ):
            connection.execute("DROP SCHEMA casetrail CASCADE")


def advice(connection: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    """What could be safer, each with the way to it."""
    found = connection.execute(
        "SELECT current_user, has_table_privilege('casetrail.stored_events', 'UPDATE, DELETE, TRUNCATE'), "
        "current_setting('data_checksums')"
    ).fetchone()
    user, may_change, checksums = found or ("", False, "on")
    advised: list[tuple[str, str]] = []
    if may_change:
        advised.append(
            (f"{user} writes facts and could also change them", "casetrail postgres roles makes one that cannot")
        )
    if checksums != "on":
        advised.append(("the server does not notice flipped bits on its disk", "stop it, and pg_checksums --enable"))
    return advised


def migrate(connection: psycopg.Connection[Any], new_ledger_id: str, simulated: bool, epoch: int = 1) -> None:
    """Make the tables if there are none: one transaction under a lock, so that two first starts do not race, and so that
    nothing is ever half done."""
    if format_of(connection) == FORMAT:
        return
    try:
        with connection.transaction():
            connection.execute(f"SELECT pg_advisory_xact_lock({MIGRATING})".encode())
            if format_of(connection) == 0:
                if not new_ledger_id:
                    raise NoLedger("the database holds no ledger")
                for statement in _TABLES:
                    connection.execute(statement.replace("{partition}", str(PARTITION)).encode())
                connection.execute(
                    "INSERT INTO casetrail.ledger VALUES (1, %s, %s, %s, %s)",
                    (FORMAT, new_ledger_id, epoch, simulated),
                )
    except psycopg.errors.InsufficientPrivilege as error:
        raise Unavailable(
            f"the database has no ledger yet, and {connection.info.user} may not make one",
            way_out="name the database as its owner"
            if epoch == UNFINISHED
            else "casetrail postgres migrate with the owner's --database, then deploy/postgres/roles.sql",
        ) from error
