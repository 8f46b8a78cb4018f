"""Clients whose cases touch everything that can be half done: promises broken long ago, evidence, notices that go out at once."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from tests.house import Someone, until
from tests.journeys.load import NOT_NOW, PATIENCE_S, Load
from tests.journeys.people import SYMPTOM, People

LONG_AGO = timedelta(days=40)
THINKS_S = 0.05
"""A client that never thinks would take the time that a killed process needs to come back."""
EVIDENCE = "/attach-evidence"


class Work(Load):
    """As long as it is let: `commands` is set to 0 to end it."""

    def __init__(self, people: People, journal: Path, *, commands: int = 1_000_000, clients: int = 4) -> None:
        super().__init__(people, journal, commands=commands, clients=clients)
        self.stored: list[str] = []
        """SHA-256 of the files whose storing was acknowledged."""
        self._looked_at = 0

    @property
    def over(self) -> bool:
        """Every client has ended."""
        return self.ended == self.clients

    def more(self, commands: int) -> None:
        """Wait until so many more have been acknowledged, or a client was told something that it does not believe."""
        wanted = len(self.acknowledged) + commands
        until(lambda: len(self.acknowledged) >= wanted or self.ended, f"{commands} more commands", PATIENCE_S)

    def faults_of_files(self) -> Iterator[str]:
        """Every file that was acknowledged since the last look is there, byte for byte."""
        new, self._looked_at = self.stored[self._looked_at :], len(self.stored)
        for sha256 in new:
            answer = self.people.owner.get(f"/files/{sha256}")
            if answer.status_code != 200 or hashlib.sha256(answer.content).hexdigest() != sha256:
                yield f"the file {sha256} was acknowledged, and is answered with {answer.status_code}"

    def _insist(self, who: Someone, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        time.sleep(THINKS_S)
        if path.endswith(EVIDENCE):
            content = os.urandom(2_000)
            self._store(who, content)
            body = {**body, "file": {**body["file"], "sha256": hashlib.sha256(content).hexdigest()}}
        return super()._insist(who, path, body, key)

    def _store(self, who: Someone, content: bytes) -> None:
        deadline = time.monotonic() + self.patience_s
        while True:
            try:
                answer = who.http.post("/files", content=content, headers={"content-type": "image/png"})
                if answer.is_success:
                    self._note({"stored": answer.json()["sha256"]})
                    self.stored.append(answer.json()["sha256"])
                    return
                assert answer.status_code in NOT_NOW, f"a file: {answer.status_code} {answer.text}"
            except httpx.TransportError:
                pass
            assert time.monotonic() < deadline, "a file was not acknowledged"
            time.sleep(0.05)

    def _way(self) -> list[tuple[Someone, str, dict[str, Any]]]:
        """The first steps of a grave case that was found in a drawer."""
        zhou, chen = self.people.zhou, self.people.chen
        here = "complaints/{id}"
        received = (datetime.now(UTC) - LONG_AGO).isoformat()
        return [
            (zhou, "/intake/complaints", {
                "site": "sz", "channel": "app_chat", "description": "Smoke from the power supply",
                "occurred_at": received, "backdate_reason": "found in a drawer",
            }),
            (zhou, f"/intake/{here}/acknowledge", {"channel": "app_chat"}),
            (zhou, f"/intake/{here}/attach-evidence", {
                "kind": "photo", "file": {"bytes": 2_000, "media_type": "image/png", "name": "smoke.png"},
            }),
            (zhou, f"/intake/{here}/register", {
                "symptom": SYMPTOM, "frequency": "often", "extent": "lot", "product_model": "ABC-2000", "demands": ["repair"],
            }),
            (chen, f"/triage/{here}/classify", {
                "category": "hardware_failure", "grade": "P1", "rank": "1", "basis": "confirmed", "reason": "smoke",
            }),
            (chen, f"/triage/{here}/assign", {"owner": chen.id, "department": "quality"}),
            (chen, f"/capa/{here}/start-investigation", {}),
            (zhou, f"/intake/{here}/contact-customer", {
                "direction": "outbound", "channel": "telephone", "purpose": "clarification", "summary": "Asked for photos",
            }),
        ]  # fmt: skip
