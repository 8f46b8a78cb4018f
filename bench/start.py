"""How long `casetrail up` takes, and how much memory, in a home that has been started before and holds no complaint."""

from __future__ import annotations

import http.client
import re
import time
from contextlib import suppress
from pathlib import Path

from bench.measuring import Measure
from tests.house import RunningHouse
from tests.postgres import database_at


def up(store: str) -> Measure:
    """Seconds from the command to `/readyz` saying that every part is in order."""

    def measure(folder: Path, seconds: float) -> float:
        house = _house(store, folder)
        house.start()  # modules are compiled then, and in the page cache
        house.stop()
        began = time.perf_counter()
        house.launch()
        try:
            while not (house._is_announced() and _ready(house.port)):
                assert time.perf_counter() < began + 60, house.said()
                time.sleep(0.005)
            return time.perf_counter() - began
        finally:
            house.close()

    return measure


def memory(store: str) -> Measure:
    """MB of the process and of its nats-server, once all is level: proportional set size, and resident set size summed."""

    def measure(folder: Path, seconds: float) -> dict[str, float]:
        house = _house(store, folder)
        house.start()
        try:
            assert house.process is not None
            pids = [house.process.pid, *house.children()]
            assert len(pids) == 2, f"expected the process and its nats-server, found {len(pids)} processes"
            return {"PSS": sum(map(_pss, pids)), "RSS": sum(map(_rss, pids))}
        finally:
            house.close()

    return measure


def _house(store: str, folder: Path) -> RunningHouse:
    return RunningHouse(folder / "home", database=database_at(folder) if store == "PostgreSQL" else None)


def _ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with suppress(OSError):
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    return False


def _pss(pid: int) -> float:
    return _kilobytes(pid, "smaps_rollup", "Pss") / 1_024


def _rss(pid: int) -> float:
    return _kilobytes(pid, "status", "VmRSS") / 1_024


def _kilobytes(pid: int, file: str, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB", Path(f"/proc/{pid}/{file}").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])
