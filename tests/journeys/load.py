"""Clients that keep working whatever is killed: they write down what they send and what they were told, and ask again.

Every command is in the journal, on disk, before it is sent; its answer before the next one is. So the journal knows what
was acknowledged, whatever happens to the house.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.checker import Entry
from tests.house import Someone, until
from tests.journeys.people import SYMPTOM, People, unique

NOT_NOW = {502, 503, 504, 507}
PATIENCE_S = 60.0


class Load:
    """`commands` commands by `clients` clients at once, each working on cases of its own."""

    def __init__(self, people: People, journal: Path, *, commands: int = 200, clients: int = 4) -> None:
        self.people, self.commands, self.clients = people, commands, clients
        self.name = unique("load")
        self.sent: set[str] = set()
        self.acknowledged: dict[str, dict[str, Any]] = {}
        self.asked_again = 0
        self.going_on = threading.Event()
        """Cleared, nobody begins anything new; what has been sent is still insisted on."""
        self.going_on.set()
        self.waiting = self.ended = 0
        self.patience_s = PATIENCE_S
        self._journal = journal.open("ab")
        self._lock = threading.Lock()

    @contextmanager
    def running(self) -> Iterator[Load]:
        """Everything is sent within the block and acknowledged at its end."""
        with ThreadPoolExecutor(self.clients) as pool:
            working = [pool.submit(self._works, number) for number in range(self.clients)]
            yield self
            for each in working:
                each.result()
        self._journal.close()

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Within the block everybody has been answered, and nobody sends anything."""
        self.going_on.clear()
        until(lambda: self.waiting + self.ended == self.clients, "all clients have been answered", self.patience_s + 10)
        try:
            yield
        finally:
            self.going_on.set()

    def after(self, share: float) -> None:
        """Wait until this share of the commands has been acknowledged."""
        wanted = int(self.commands * share)
        until(
            lambda: len(self.acknowledged) >= wanted or self.ended == self.clients,
            f"{wanted} commands are acknowledged",
            self.patience_s,
        )

    def faults(self, entries: Sequence[Entry]) -> Iterator[str]:
        """Every acknowledged command exactly once where it was said to be; nothing that nobody asked for."""
        mine = [entry for entry in entries if entry.command_id.startswith(f"{self.name}/")]
        done = Counter(entry.command_id for entry in mine if entry.stream.startswith("complaint-"))
        for key in self.acknowledged.keys() | done.keys():
            if done[key] != 1:
                yield f"{key} is in the ledger {done[key]} times"
        for key, answer in self.acknowledged.items():
            if answer["position"] > len(entries):
                yield f"{key} was said to be {answer}, and the ledger ends before"
                continue
            entry = entries[answer["position"] - 1]
            where = (entry.command_id, entry.stream, entry.version)
            if where != (key, f"complaint-{answer['complaint_id']}", answer["version"]):
                yield f"{key} was said to be {answer}, there is {where}"
        if not set(done) <= self.sent:
            yield f"nobody asked for {set(done) - self.sent}"

    def _works(self, number: int) -> None:
        try:
            self._work(number)
        finally:
            with self._lock:
                self.ended += 1

    def _work(self, number: int) -> None:
        for case in range(1_000_000):
            id = ""
            for step, (who, path, body) in enumerate(self._way()):
                self._rest()
                if len(self.sent) >= self.commands:
                    return
                answer = self._insist(who, path.format(id=id), body, f"{self.name}/{number}-{case}-{step}")
                id = answer["complaint_id"]

    def _rest(self) -> None:
        if not self.going_on.is_set():
            with self._lock:
                self.waiting += 1
            self.going_on.wait()
            with self._lock:
                self.waiting -= 1

    def _insist(self, who: Someone, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        """The same command again and again until it is acknowledged."""
        self._note({"sent": key})
        self.sent.add(key)
        deadline = time.monotonic() + self.patience_s
        while True:
            try:
                answer = who.post(path, body, idempotency_key=key)
                if answer.is_success:
                    told = {name: answer.json()[name] for name in ("complaint_id", "version", "position")}
                    self._note({"acknowledged": key, **told})
                    self.acknowledged[key] = told
                    return told
                assert answer.status_code in NOT_NOW, f"{key} {path}: {answer.status_code} {answer.text}"
            except httpx.TransportError:
                pass
            assert time.monotonic() < deadline, f"{key} was not acknowledged within {self.patience_s:.0f} s"
            self.asked_again += 1
            time.sleep(0.05)  # a part comes back after a second; more questions would take that time from it

    def _note(self, line: dict[str, Any]) -> None:
        with self._lock:
            self._journal.write(json.dumps(line).encode() + b"\n")
            self._journal.flush()
            os.fsync(self._journal.fileno())

    def _way(self) -> list[tuple[Someone, str, dict[str, Any]]]:
        """One case across intake, triage and capa."""
        zhou, chen = self.people.zhou, self.people.chen
        here = "complaints/{id}"
        return [
            (zhou, "/intake/complaints", {"site": "sz", "channel": "app_chat", "description": "Garbled screen, again"}),
            (zhou, f"/intake/{here}/acknowledge", {"channel": "app_chat"}),
            (zhou, f"/intake/{here}/register", {
                "symptom": SYMPTOM, "frequency": "often", "extent": "lot", "product_model": "ABC-2000", "demands": ["repair"],
            }),
            (chen, f"/triage/{here}/classify", {
                "category": "hardware_failure", "grade": "P3", "rank": "3", "basis": "confirmed",
            }),
            (chen, f"/triage/{here}/assign", {"owner": chen.id, "department": "quality"}),
            (chen, f"/capa/{here}/start-investigation", {}),
            (chen, f"/capa/{here}/define-containment", {
                "where": ["warehouse"], "measure": "Hold lot L-0317", "owner": chen.id,
            }),
        ]  # fmt: skip
