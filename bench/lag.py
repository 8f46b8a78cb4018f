"""From the answer of a command to its row in the case board, in a whole house; and what bare JetStream takes for its part.

Visible is what a reader sees: a query over HTTP that waits for the command's position (`after_position`). Its way there and back
is in the figure.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import nats
from nats.js import JetStreamContext

from bench.http import CONNECTIONS, load_on
from bench.measuring import Measure
from shared.runtime.nats_server import _binary, die_with_parent
from tests.house import RunningHouse, Someone, free_port, running_house, until
from tests.postgres import database_at

OF_A_COMPLAINT = 5
"""Facts: its number and its receipt; then, from the keeper of clocks, three promises."""
LEAST = 200
"""Samples of a steady load in a measurement of a second or more: the slowest of a hundred wants more than a hundred."""
WARM_UP = 20


def steady(store: str, facts: int) -> Measure:
    """Milliseconds at so many facts a second, one command after another."""

    def measure(folder: Path, seconds: float) -> dict[str, float]:
        with _house(store, folder) as house:
            looks = _looks(house.person("Clerk", "customer_service"), seconds, OF_A_COMPLAINT / facts)
            return _told(looks[WARM_UP:])

    return measure


def saturated(store: str) -> Measure:
    """Milliseconds while so many connections ask for as much as they get, and all listeners run."""

    def measure(folder: Path, seconds: float) -> dict[str, float]:
        with _house(store, folder) as house:
            clerk = house.person("Clerk", "customer_service")
            found: list[float] = []
            load = load_on(f"{house.url}/intake/complaints", f"Bearer {clerk.token}", seconds, CONNECTIONS)
            others = [house.someone("", clerk.token) for _ in range(4)]
            threads = [threading.Thread(target=lambda one=one: found.extend(_looks(one, seconds))) for one in others]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            load.communicate(timeout=60)
            return _told(found)

    return measure


@contextmanager
def _house(store: str, folder: Path) -> Iterator[RunningHouse]:
    with running_house(folder, database=database_at(folder) if store == "PostgreSQL" else None) as house:
        yield house


def _looks(clerk: Someone, seconds: float, every_s: float = 0.0) -> list[float]:
    """Seconds from each answer until it is seen."""
    found: list[float] = []
    began = time.perf_counter()
    while time.perf_counter() < began + seconds or (every_s and len(found) < WARM_UP + _least(seconds)):
        answer = clerk.does("/intake/complaints", site="sz", channel="email", description=f"complaint {len(found)}")
        answered = time.perf_counter()
        clerk.sees("/insight/complaints", after_position=answer["position"], limit=1)
        found.append(time.perf_counter() - answered)
        time.sleep(max(0.0, began + len(found) * every_s - time.perf_counter()))
    return found


def _least(seconds: float) -> int:
    return int(LEAST * min(1.0, seconds))


def _told(found: Sequence[float]) -> dict[str, float]:
    ordered = sorted(one * 1_000 for one in found)
    return {"p50": statistics.median(ordered), "p99": ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]}


def machine(folder: Path, seconds: float) -> dict[str, float]:
    """Milliseconds by which a sleep of one is too long: what no program on this machine can do anything about."""
    found: list[float] = []
    until = time.perf_counter() + seconds
    while (began := time.perf_counter()) < until:
        time.sleep(0.001)
        found.append(time.perf_counter() - began - 0.001)
    return _told(found)


# ── bare JetStream ────────────────────────────────────────────────────────────────────────────────────────────────────
def jetstream(publishers: int, every_s: float = 0.0) -> Measure:
    """Milliseconds from publishing 400 bytes to having them, on a server that syncs each message as ours does."""

    def measure(folder: Path, seconds: float) -> dict[str, float]:
        with _server(folder) as url:
            return _told(asyncio.run(_published(url, publishers, every_s, seconds)))

    return measure


async def _published(url: str, publishers: int, every_s: float, seconds: float) -> list[float]:
    found: list[float] = []
    async with _connected(url) as js:
        await js.add_stream(name="facts", subjects=["fact.*"])

        async def take(message: Any) -> None:
            found.append(time.perf_counter() - float(message.headers["at"]))
            await message.ack()

        await js.subscribe("fact.*", durable="reader", cb=take, manual_ack=True)
        began = time.perf_counter()

        async def publisher(number: int) -> None:
            done = 0
            while time.perf_counter() < began + seconds or done < _least(seconds):
                await js.publish(f"fact.{number}", b"x" * 400, headers={"at": repr(time.perf_counter())})
                done += 1
                await asyncio.sleep(max(0.0, began + done * every_s - time.perf_counter()) if every_s else 0)

        await asyncio.gather(*(publisher(number) for number in range(publishers)))
    return found


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[JetStreamContext]:
    connection = await nats.connect(url)
    try:
        yield connection.jetstream()
        await connection.drain()
    finally:
        await connection.close()


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    port = free_port()
    (folder / "nats.conf").write_text(
        f'listen: "127.0.0.1:{port}"\njetstream {{ store_dir: "{folder}/nats", sync_interval: always }}\n'
    )
    process = subprocess.Popen(
        [_binary(), "-c", str(folder / "nats.conf")], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, preexec_fn=die_with_parent(os.getpid()),  # noqa: PLW1509 - see there
    )  # fmt: skip
    try:
        until(lambda: (folder / "nats").exists() and _listens(port), "nats-server listens", 20)
        yield f"nats://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _listens(port: int) -> bool:
    import socket

    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
