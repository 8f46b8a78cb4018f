"""From the answer of a command over HTTP to its row in the case board, on a whole house."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from shared.runtime.home import free_port

FIRST = ("--site", "sz", "--zone", "Asia/Shanghai", "--owner", "b")


@dataclass(frozen=True)
class Lag:
    """Seconds."""

    p50: float
    p99: float
    count: int

    def __str__(self) -> str:
        return f"p50 {self.p50 * 1000:.1f} ms, p99 {self.p99 * 1000:.1f} ms over {self.count}"


def commit_to_visible(folder: Path, seconds: float) -> Lag:
    """One client, one command after another; each waited for with `after_position`."""
    home, port = folder / "home", free_port()
    house = subprocess.Popen(
        [sys.executable, "-m", "services.cli", "up", "--home", str(home), "--port", str(port), *FIRST],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        client = _ready(home, port)
        found: list[float] = []
        until = time.perf_counter() + seconds
        while time.perf_counter() < until or len(found) < 50:
            answer = client.post(
                "/intake/complaints", json={"site": "sz", "channel": "email", "description": f"complaint {len(found)}"}
            ).json()
            began = time.perf_counter()
            client.get(
                "/insight/complaints", params={"after_position": answer["position"], "limit": 1}
            ).raise_for_status()
            found.append(time.perf_counter() - began)
        ordered = sorted(found)
        return Lag(statistics.median(ordered), ordered[int(len(ordered) * 0.99) - 1], len(ordered))
    finally:
        os.kill(house.pid, signal.SIGINT)
        house.wait(10)


def _ready(home: Path, port: int) -> httpx.Client:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                token = (home / "admin.token").read_text().strip()
                return httpx.Client(
                    base_url=f"http://127.0.0.1:{port}", headers={"authorization": f"Bearer {token}"}, timeout=30
                )
        except httpx.HTTPError:
            pass
        time.sleep(0.02)
    raise RuntimeError("the house did not become ready")
