"""All measurements, by topic: what each is called, in which unit, what measures it; then what is compared with what, and wanted.

A measurement is a function of an empty folder and a number of seconds (bench/measuring.py). A new one takes its line here.
"""

from __future__ import annotations

from bench import disk, http, lag, rebuild, start, writes
from bench.measuring import Compared, Measure, Row, Topic
from bench.peers import dbos_steps, django_history, rest_framework, stock

NEEDS = {"SQLite": "", "PostgreSQL": "postgres"}
DJANGO, REST, DBOS = "django simple_history", "django simple_history rest_framework gunicorn", "dbos"


# ── commands at the desk ──────────────────────────────────────────────────────────────────────────────────────────────
def _raw(store: str, connections: int, rows: int) -> Row:
    name = f"raw {store}, {_many(connections, 'connection')}, {_many(rows, 'row')} a transaction"
    return Row(name, "rows/s", writes.raw(store, connections, rows), NEEDS[store])


def _desk(store: str, clients: int, kind: str = "client", *, hot: int = 0) -> Row:
    name = f"desk on {store}, {_many(clients, kind)}, {f'{hot} hot cases' if hot else 'cold'}"
    return Row(name, "commands/s", writes.desk(store, clients, hot=hot, threads=kind == "thread"), NEEDS[store])


def _stock(store: str, threads: int) -> Row:
    name = f"stock eventsourcing on {store}, {_many(threads, 'thread')}"
    return Row(name, "saves/s", stock.saves(store, threads), NEEDS[store])


def _django(store: str, threads: int) -> Row:
    name = f"Django + simple-history on {store}, {_many(threads, 'thread')}"
    return Row(name, "saves/s", django_history.saves(store, threads), f"{DJANGO} {NEEDS[store]}")


def _dbos(store: str, threads: int, steps: int) -> Row:
    name = f"DBOS on {store}, {_many(threads, 'thread')}, {_many(steps, 'step')} a workflow"
    return Row(name, "steps/s", dbos_steps.steps(store, threads, in_each=steps), f"{DBOS} {NEEDS[store]}")


def _many(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number > 1)}"


def _ours(store: str) -> tuple[Row, ...]:
    return (
        *(_desk(store, clients) for clients in (1, 16, 64, 256)),
        *(_desk(store, clients, hot=8) for clients in (1, 16, 64, 256)),
        _desk(store, 64, hot=64),
        _desk(store, 64, "thread"),
        _desk(store, 64, "thread", hot=8),
    )


def _compared(store: str, *over: tuple[str, float | None]) -> tuple[Compared, ...]:
    return tuple(
        Compared(f"desk on {store}, 64 clients, {cases}", theirs, wanted)
        for cases in ("cold", "8 hot cases")
        for theirs, wanted in over
    )


WRITES = Topic(
    "writes",
    "Durable commands a second: SQLite",
    (
        _raw("SQLite", 1, 1), _raw("SQLite", 16, 1), _raw("SQLite", 1, 100),
        *_ours("SQLite"),
        _stock("SQLite", 1),
        _django("SQLite", 1), _django("SQLite", 16),
        _dbos("SQLite", 1, 1), _dbos("SQLite", 16, 1),
    ),
    _compared(
        "SQLite",
        ("raw SQLite, 1 connection, 1 row a transaction", 1.2),
        ("stock eventsourcing on SQLite, 1 thread", 5),
        ("Django + simple-history on SQLite, 1 thread", None),
        ("DBOS on SQLite, 1 thread, 1 step a workflow", None),
    ),
    """
A desk command is the whole thing: authorise, decide by the domain's rules, fold, hash, insert the facts with their
envelope, and remember the command's id, all on disk (`synchronous = FULL`) before it is answered. Cold: a new case each
time, which is two facts; hot: a contact with a customer, one fact, on a few cases that everybody works on. Clients are
coroutines of one event loop, as requests to a door are; threads are threads. A raw row has a unique key, a version and
400 bytes; a stock save appends one event of an aggregate that is already in memory; a Django save inserts a complaint
and its history in one transaction (WAL, FULL, IMMEDIATE); a DBOS step is a datasource transaction that inserts one row.
Each of them asserts that it is as durable as ours.

What stops it is Python's one interpreter lock, not the disk: beside the clients, the committer alone computes for 175–200 µs a
cold command and 112–128 µs a hot one on a machine where a raw row took 385 µs (324 µs in the run above) of which nearly all is
waiting. That time is spread over validation, permission, decision, fold, hashing and three rows (two facts, the remembered
answer), none of which raw rows and stock saves have. Five times stock would be a whole command in less time than one of
stock's bare `INSERT`s takes to compute. ADR 21 says what was made quicker, and what was tried in vain.

So the ratios follow from the disk: the less a flush takes, the less there is to gain by sharing one. Above it takes 0.4 ms
(`fdatasync` of 4 KiB), which few disks do. In an ext4 image mounted by loop on the same machine, where it takes 1.3 ms, the same
command gave (2026-11-22, 5 rounds of 1 s, `TMPDIR` in the image): cold 1.48 × raw and 2.95 × stock, hot 1.99 × and 3.96 ×; 256
clients in place of 64 cold 1.69 × and 3.36 ×, hot 2.74 × and 5.46 ×.""",
)  # fmt: skip

POSTGRES = Topic(
    "writes-postgres",
    "Durable commands a second: PostgreSQL",
    (
        _raw("PostgreSQL", 1, 1), _raw("PostgreSQL", 16, 1), _raw("PostgreSQL", 1, 100),
        *_ours("PostgreSQL"),
        _stock("PostgreSQL", 1), _stock("PostgreSQL", 16),
        _django("PostgreSQL", 1), _django("PostgreSQL", 16), _django("PostgreSQL", 64),
        _dbos("PostgreSQL", 1, 1), _dbos("PostgreSQL", 16, 1), _dbos("PostgreSQL", 16, 20),
    ),
    _compared(
        "PostgreSQL",
        ("raw PostgreSQL, 16 connections, 1 row a transaction", 0.7),
        ("stock eventsourcing on PostgreSQL, 16 threads", 6),
        ("Django + simple-history on PostgreSQL, 16 threads", 6),
        ("DBOS on PostgreSQL, 16 threads, 1 step a workflow", None),
        ("DBOS on PostgreSQL, 16 threads, 20 steps a workflow", None),
    ),
    """
As on SQLite, with `fsync`, `full_page_writes` and `synchronous_commit` on in every connection. One server for all, in its
default settings but for 64 MB of shared buffers; each measurement has a database of its own in it.

What stops it: as on SQLite, and besides about 50 µs of processor time a command for the protocol (pipelines and `COPY` are in
use already) and about 95 µs of waiting for the server, which computes on the same two cores as we do.

In the slower image that is told of above (a flush takes 1.3 ms instead of 0.4; 3 rounds of 1 s): cold 0.68 × raw, 4.70 × stock and
6.40 × Django, hot 0.90 ×, 6.20 × and 8.45 ×; 256 clients in place of 64 cold 0.92 ×, 6.35 × and 8.65 ×.""",
)  # fmt: skip


# ── a whole process, or several ───────────────────────────────────────────────────────────────────────────────────────
def _posts(name: str, store: str, measure: Measure, need: str = "") -> Row:
    return Row(f"{name}, {store}", "POSTs/s", measure, f"{need} {NEEDS[store]}")


HTTP = Topic(
    "http",
    "POST of a complaint over HTTP, end to end",
    (
        Row("no-op POST, FastAPI + uvicorn", "POSTs/s", http.noop),
        Row("the load that asks the no-op", "% of a core", http.load),
        _posts("desk and ledger alone", "SQLite", http.desk("SQLite")),
        _posts("whole system in one process", "SQLite", http.whole("SQLite")),
        _posts("whole system, --split", "SQLite", http.whole("SQLite", split=True)),
        _posts("DRF + simple-history, 1 process", "SQLite", rest_framework.posts("SQLite", 1), REST),
        _posts("desk and ledger alone", "PostgreSQL", http.desk("PostgreSQL")),
        _posts("whole system in one process", "PostgreSQL", http.whole("PostgreSQL")),
        _posts("whole system, --split", "PostgreSQL", http.whole("PostgreSQL", split=True)),
        _posts("DRF + simple-history, 1 process", "PostgreSQL", rest_framework.posts("PostgreSQL", 1), REST),
        _posts("DRF + simple-history, 5 processes", "PostgreSQL", rest_framework.posts("PostgreSQL", 5), REST),
    ),
    (
        Compared("desk and ledger alone, SQLite", "no-op POST, FastAPI + uvicorn", 0.4),
        Compared("desk and ledger alone, PostgreSQL", "no-op POST, FastAPI + uvicorn", 0.4),
        Compared("desk and ledger alone, SQLite", "DRF + simple-history, 1 process, SQLite", 5),
        Compared("desk and ledger alone, PostgreSQL", "DRF + simple-history, 1 process, PostgreSQL", 5),
        Compared("whole system in one process, SQLite", "DRF + simple-history, 1 process, SQLite", 2),
        Compared("whole system in one process, PostgreSQL", "DRF + simple-history, 1 process, PostgreSQL", 2),
        Compared("whole system, --split, SQLite", "DRF + simple-history, 1 process, SQLite"),
        Compared("whole system, --split, PostgreSQL", "DRF + simple-history, 1 process, PostgreSQL"),
        Compared("whole system, --split, PostgreSQL", "DRF + simple-history, 5 processes, PostgreSQL"),
    ),
    f"""
{http.CONNECTIONS} connections that are kept alive, from a process beside the server on the same machine (bench/load.py). Each POST
is a new complaint, with a bearer token that is looked up, and is on disk when it is answered. The no-op is a FastAPI route
that reads the body, in the same uvicorn with the same settings. Desk and ledger alone: the commands of `intake`, and nobody
who listens. The whole system: relay, nats-server, all listeners and reactions, watcher. DRF: a `ModelViewSet` with token
authentication and `ATOMIC_REQUESTS`, so that a complaint and its history are one transaction, under gunicorn, the first
server that Django's documentation names, with {rest_framework.THREADS} threads in each process and persistent connections;
one process, as ours is one, and five, which gunicorn recommends for two cores. Ours, the no-op as well, keep to one core at a
time (docs/adr/0023); DRF kept to one core by hand answered 0.8 times as many POSTs on SQLite and 1.4 times as many on PostgreSQL
(medians of three).

What stops the desk below 0.4: the no-op needs 165 µs of processor time a POST; a complaint needs that, the desk's 175–200 µs
(above), and the token, the body's validation and the answer on top, all under one interpreter lock. The whole system adds
relay, fourteen read models, the keeper of clocks and the watcher in the same process; `--split` spreads them over processes,
which is worth it where there are more cores than two.""",
)

LAG = Topic(
    "lag",
    "From commit to visible",
    (
        Row("the machine at rest", "ms", lag.machine),
        Row("bare JetStream, 50 a second", "ms", lag.jetstream(1, 0.02)),
        *(
            Row(f"{facts} facts/s, {store}", "ms", lag.steady(store, facts), NEEDS[store])
            for facts in (50, 125)
            for store in NEEDS
        ),
        Row("bare JetStream, 64 publishers", "ms", lag.jetstream(64)),
        Row("saturated, SQLite", "ms", lag.saturated("SQLite")),
        Row("saturated, PostgreSQL", "ms", lag.saturated("PostgreSQL"), "postgres"),
    ),
    (
        *(Compared(f"50 facts/s, {store}, p99", at_most=20) for store in ("SQLite", "PostgreSQL")),
        *(Compared(f"saturated, {store}, p99", at_most=500) for store in ("SQLite", "PostgreSQL")),
        Compared("50 facts/s, SQLite, p50", "bare JetStream, 50 a second, p50"),
        Compared("saturated, SQLite, p50", "bare JetStream, 64 publishers, p50"),
    ),
    f"""
From the answer of a POST, which is after the commit, until a query over HTTP that waits for its position (`after_position`)
has the case board with it: relay, JetStream, listener, the board's own commit, and the query's way there and back. 50 facts/s:
one complaint after another, ten a second, each {lag.OF_A_COMPLAINT} facts with its clocks, {lag.LEAST} of them at least; 125
likewise. Saturated: {http.CONNECTIONS} connections ask for as much as they get, and four more look. All listeners, reactions and
the watcher run. The machine at rest: how much too late a thread wakes that asked to sleep for a millisecond. Bare JetStream:
from publishing 400 bytes to having them, with nats-py, on a server that syncs each message as ours does.

What stops it: a question that waits takes the server 5.7 ms at rest, of which 2 each for the board's turn and for the query; client
and HTTP take the rest. The slowest of a hundred meet turns of the keeper and of other read models at the interpreter's lock, a
checkpoint of the board's file (3 to 8 ms, once in eighty turns), or a moment in which the machine does something else: while this
was looked into, a thread that only slept came up to 30 ms too late. On PostgreSQL a turn of all fourteen read models takes 12 ms
of processor time, on two cores that clients, server, nats-server and PostgreSQL share. A house keeps to one core
(docs/adr/0023), and collects garbage a little at a time: before, one complaint in 150 met a collection of 20 to 60 ms. Keeping
other turns back while somebody waits made no difference. Before 2026-11-22, 20:00, clocks' facts were not counted: what is called
125 facts/s here was called 50.""",
)

START = Topic(
    "start",
    "Start and memory of `up`",
    (
        Row("ready, SQLite", "s", start.up("SQLite")),
        Row("ready, PostgreSQL", "s", start.up("PostgreSQL"), "postgres"),
        Row("memory, SQLite", "MB", start.memory("SQLite")),
        Row("memory, PostgreSQL", "MB", start.memory("PostgreSQL"), "postgres"),
    ),
    (
        *(Compared(f"ready, {store}", at_most=1.2) for store in ("SQLite", "PostgreSQL")),
        *(Compared(f"memory, {store}, PSS", at_most=150) for store in ("SQLite", "PostgreSQL")),
        *(Compared(f"memory, {store}, RSS", at_most=150) for store in ("SQLite", "PostgreSQL")),
    ),
    """
Warm: the home has been started before, so that modules are compiled and in the page cache. Empty: no complaint. From the
command to `/readyz` saying that every part is in order. Memory is that of the process and its nats-server, once every part
is level: proportional set size (pages that both share count once), and the sum of what is resident in each. That of
PostgreSQL is not in it.

What stops the start: nearly all of it is Python loading some 1,300 modules; nats-server opens its store meanwhile.""",
)

DISK = Topic(
    "disk",
    "On disk, for a million facts",
    (Row("SQLite", "MB", disk.files),),
    (),
    f"""
Megabytes for a million facts beyond what a home without complaints takes: cases of a number, a receipt, {disk.CONTACTS} contacts
and their clocks, written by a desk and taken by a whole house until all is level. The ledger keeps facts, the answers to
commands and the snapshots; the read models are all of them together.""",
)

REBUILD = Topic(
    "rebuild",
    "Rebuild of read models from the ledger",
    (
        Row("timeline", "facts/s", rebuild.timeline),
        Row("case board", "facts/s", rebuild.case_board),
    ),
    (
        Compared("timeline", at_least=40_000),
        Compared("case board", at_least=40_000),
    ),
    f"""
Of a generated ledger of {rebuild.FACTS:,} facts. `bench rebuilds` takes all fourteen, on both stores, beside raw `executemany`.
What stops it: the case board reads each fact, checks it against its SHA-256, parses, validates and folds it, all in Python; writing
the rows is the smaller part. The timeline keeps facts as they are stored, and is stopped by reading and writing them.""",
)

TOPICS = (WRITES, POSTGRES, HTTP, LAG, START, DISK, REBUILD)
