"""POSTs of complaints a second, end to end: what a client with so many open connections gets answered, durably.

The server is a process, or several; the load is a process beside it, on the same machine.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import httpx

from bench.load import Answered, Asked
from bench.measuring import Measure
from shared.runtime.nats_server import die_with_parent
from tests.house import ROOT, free_port, running_house, until
from tests.postgres import database_at

CONNECTIONS = 64
BODY = json.dumps({"site": "sz", "channel": "email", "description": "complaint {n} of the benchmark"})


def noop(folder: Path, seconds: float) -> float:
    """A POST that reads what was sent and answers: what the server itself can do."""
    return _noop(folder, seconds).rate


def load(folder: Path, seconds: float) -> float:
    """How much of a core the load needs while it asks the no-op, in percent: with less than a whole one it limits nothing."""
    found = _noop(folder, seconds)
    return found.processor / found.seconds * 100


def _noop(folder: Path, seconds: float) -> Answered:
    with served("noop", folder) as url:
        return asked(f"{url}/intake/complaints", "Bearer x", seconds)


def desk(store: str) -> Measure:
    """The desk and its ledger alone: no relay, no listeners, no watcher."""

    def measure(folder: Path, seconds: float) -> float:
        with served("desk", folder, "--store", store) as url:
            return asked(f"{url}/intake/complaints", f"Bearer {(folder / 'clerk.token').read_text()}", seconds).rate

    return measure


def whole(store: str, *, split: bool = False) -> Measure:
    """`casetrail up`: relay, all listeners, reactions and watcher at work, in one process or `--split`."""

    def measure(folder: Path, seconds: float) -> float:
        where = database_at(folder) if store == "PostgreSQL" else None
        with running_house(folder, split=split, database=where) as house:
            token = house.person("Clerk", "customer_service").token
            return asked(f"{house.url}/intake/complaints", f"Bearer {token}", seconds).rate

    return measure


def asked(url: str, authorization: str, seconds: float, connections: int = CONNECTIONS) -> Answered:
    """What became of a load that lasted so long. Every answer must be a success."""
    load = load_on(url, authorization, seconds, connections)
    out, _ = load.communicate(timeout=seconds + 90)
    found = Answered(**json.loads(out))
    assert found.done and not found.failed, f"{found.failed} of {found.done + found.failed} failed: {found.said}"
    return found


def load_on(url: str, authorization: str, seconds: float, connections: int = CONNECTIONS) -> subprocess.Popen[bytes]:
    """The process that asks; it prints what was answered and ends."""
    what = Asked(url, BODY, authorization, connections, seconds)
    return subprocess.Popen(
        [sys.executable, "-m", "bench.load", json.dumps(asdict(what))], cwd=ROOT, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, preexec_fn=die_with_parent(os.getpid()),  # noqa: PLW1509 - see there
    )  # fmt: skip


@contextmanager
def served(what: str, folder: Path, *words: str) -> Iterator[str]:
    """One of `bench.served`; its address."""
    port = free_port()
    command = [sys.executable, "-m", "bench.served", what, str(folder), str(port), *words]
    with running(command, folder, f"http://127.0.0.1:{port}") as url:
        yield url


@contextmanager
def running(command: list[str], folder: Path, url: str, environment: dict[str, str] | None = None) -> Iterator[str]:
    """A server that is asked within the block, from its first answer on."""
    with (folder / "server.out").open("ab") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            preexec_fn=die_with_parent(os.getpid()),  # noqa: PLW1509 - see there
        )  # fmt: skip
    try:
        until(lambda: process.poll() is not None or _answers(url), f"{command[2:5]} answers", 60)
        assert process.poll() is None, (folder / "server.out").read_text()[-3_000:]
        yield url
    finally:
        process.terminate()
        process.wait(20)


def _answers(url: str) -> bool:
    try:
        httpx.get(url, verify=False)
        return True
    except httpx.TransportError:
        return False
