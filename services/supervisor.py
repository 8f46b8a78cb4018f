"""`--split`: every part as a process of its own, restarted with growing delay, behind the same one port."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field

import httpx

from services.composition import address, announce_split, told_to_stop, until_told_to_stop
from services.organisation_chart import PARTS
from services.start_options import StartOptions
from shared.runtime.clock import seconds
from shared.runtime.home import Home, StartRefused, free_port, replace_file
from shared.runtime.nats_server import EmbeddedNats, die_with_parent

log = logging.getLogger("casetrail.supervisor")

SHORTEST_S, LONGEST_S = 0.2, 10.0
SETTLED_S = 20.0
"""A part that has run this long has recovered; its next restart is quick again."""


@dataclass
class Part:
    """One process and its restarts."""

    name: str
    arguments: list[str]
    child: subprocess.Popen[bytes] | None = None
    delay: float = SHORTEST_S
    started: float = 0.0
    due: float = 0.0
    restarts: int = field(default=0)

    def start(self) -> None:
        """Run it, as a child that dies with us."""
        self.child = subprocess.Popen(
            self.arguments,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent(os.getpid()),  # noqa: PLW1509 - see there
        )
        self.started = seconds()

    def look_after(self) -> None:
        """Restart it when it has ended, after a delay that doubles each time."""
        now = seconds()
        if self.child is not None and self.child.poll() is None:
            if now - self.started > SETTLED_S:
                self.delay = SHORTEST_S
            return
        if self.child is not None:
            log.warning(
                "%s has ended with %s; it is started again in %.1f s", self.name, self.child.returncode, self.delay
            )
            self.child, self.due, self.restarts = None, now + self.delay, self.restarts + 1
            self.delay = min(self.delay * 2, LONGEST_S)
        if now >= self.due:
            self.start()

    def stop(self) -> None:
        """Ask it to end."""
        if self.child is not None and self.child.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self.child.send_signal(signal.SIGTERM)


async def supervise(home: Home, options: StartOptions, nats: EmbeddedNats) -> None:
    """Start all parts and look after them until told to stop."""
    ports = {part: free_port() for part in PARTS}
    ports["console"] = options.port
    replace_file(home / "parts.json", json.dumps(ports))
    parts = [Part(part, _arguments(home, part, options, ports)) for part in PARTS]
    stop = told_to_stop()
    announcing = asyncio.create_task(_announce_when_ready(home, options))
    try:
        for part in parts:
            part.start()
        await until_told_to_stop(stop, lambda: _look_after(parts, nats))
    finally:
        announcing.cancel()
        for part in parts:
            part.stop()
        await asyncio.gather(*(asyncio.to_thread(_ended, part) for part in parts))


def _arguments(home: Home, part: str, options: StartOptions, ports: dict[str, int]) -> list[str]:
    host = options.host if part == "console" else "127.0.0.1"
    return [
        sys.executable,
        "-m",
        "services",
        part,
        "--home",
        str(home.path),
        "--host",
        host,
        "--port",
        str(ports[part]),
    ]


def _look_after(parts: list[Part], nats: EmbeddedNats) -> None:
    if not nats.running:
        log.warning("nats-server has ended; it is started again on its port")
        with contextlib.suppress(StartRefused):
            nats.start()
    for part in parts:
        part.look_after()


async def _announce_when_ready(home: Home, options: StartOptions) -> None:
    """Say where the house is as soon as every part is ready; after half a minute in any case."""
    until = seconds() + 30
    async with httpx.AsyncClient(verify=False) as client:
        while seconds() < until:
            with contextlib.suppress(httpx.HTTPError):
                if (await client.get(f"{address(options)}/readyz", timeout=2)).status_code == 200:
                    break
            await asyncio.sleep(0.1)  # each look asks all parts, which have a start to finish
    await asyncio.to_thread(announce_split, home, options)


def _ended(part: Part) -> None:
    if part.child is None:
        return
    try:
        part.child.wait(2)
    except subprocess.TimeoutExpired:
        part.child.kill()
        part.child.wait()
