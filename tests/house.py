"""A real house for tests: `casetrail up` as a subprocess in a home of its own, with people to act in it.

Nothing here knows how the house works inside; it is started, asked over HTTP and NATS, killed and started again.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import SystemRandom
from typing import Any

import httpx

ROOT = Path(__file__).parents[1]
PARTS = ("relay", "intake", "triage", "capa", "sla_watch", "audit", "insight", "notify", "console")
ON_POSTGRES = "CASETRAIL_TEST_HOUSES_ON_POSTGRES"
"""Set to anything, every house of the tests keeps its ledger and its read models on PostgreSQL."""
PATIENCE_S = 90.0
"""For busy machines; an idle one needs a second or two for anything."""


def until(true: Callable[[], Any], what: str, patience_s: float = PATIENCE_S, every_s: float = 0.01) -> Any:
    """Wait for a condition; fails with what was waited for."""
    deadline = time.monotonic() + patience_s
    while not (found := true()):
        assert time.monotonic() < deadline, f"waited {patience_s:.0f} s in vain: {what}"
        time.sleep(every_s)
    return found


def free_port() -> int:
    """A port that nobody listens on at this moment, and none of those that the system gives to outgoing connections: one of
    these might have it when a house starts again at the same address."""
    while True:
        port = SystemRandom().randrange(15_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


ANSWERS_WITHIN = httpx.Timeout(20, read=300)
"""Seconds. To build a read model of a hundred thousand commands anew takes longer than any other answer."""


@dataclass(frozen=True)
class Someone:
    """A person with a token, as seen from outside. A refusal is an answer: look at its status."""

    id: str
    token: str
    http: httpx.Client

    def get(self, path: str, **query: Any) -> httpx.Response:
        """One read."""
        return self.http.get(path, params={name: str(value) for name, value in query.items()})

    def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """One command; `idempotency_key=…` and the like become headers."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.post(path, json={} if body is None else body, headers=named)

    def does(self, path: str, **body: Any) -> dict[str, Any]:
        """A command that must be carried out."""
        answer = self.post(path, body)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def sees(self, path: str, **query: Any) -> dict[str, Any]:
        """A read that must be answered."""
        answer = self.get(path, **query)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()


class RunningHouse:
    """One home and the processes that run in it."""

    def __init__(
        self, home: Path, *, split: bool = False, simulated: datetime | None = None, database: str | None = None
    ) -> None:
        if database is None and os.environ.get(ON_POSTGRES):
            from tests.postgres import database_at

            database = database_at(home)
        self.home, self.split, self.simulated, self.database = home, split, simulated, database
        self.environment: dict[str, str] = {}
        """Of its processes, beside that of the tests."""
        self.patience_s = PATIENCE_S
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self._clients: list[httpx.Client] = []
        self._looks = self._client(timeout=5)

    @property
    def out(self) -> Path:
        """What the process that was started has said."""
        return self.home.parent / f"{self.home.name}.out"

    # ── starting and stopping ─────────────────────────────────────────────────────────────────────────────────────────
    def start(self) -> None:
        """Start it, and wait until everything runs and is level with the ledger."""
        self.launch()
        self.ready()

    def launch(self) -> None:
        """Start it without waiting."""
        with self.out.open("ab") as out:
            self.process = subprocess.Popen(
                self.arguments(), cwd=ROOT, env={**os.environ, **self.environment}, stdin=subprocess.DEVNULL, stdout=out,
                stderr=out,
            )  # fmt: skip

    def stop(self, with_signal: int = signal.SIGINT) -> float:
        """Ctrl-C; how many seconds it took."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(with_signal)
        assert self.process.wait(20) == 0, self.said()
        return time.monotonic() - began

    def kill(self) -> None:
        """kill -9 of the whole house: the process that was started, and with it all that it started."""
        assert self.process is not None
        beside = os.getpid()  # whoever was started by ourselves is not killed with it
        gone = [self.process.pid, *(pid for pid in self.children() if parent(pid) != beside)]
        self.process.kill()
        self.process.wait()
        until(lambda: not any(command_line(pid) for pid in gone), "the children die with their parent", 30)

    def ready(self) -> dict[str, Any]:
        """Wait until every part is without fault and level with the ledger; the head."""
        try:
            every_s = 0.15 if self.split else 0.05  # one question to a house in parts is a question to each of them
            return until(self._is_level, "the house is level", self.patience_s, every_s)
        except AssertionError as failed:
            raise AssertionError(f"{failed}\n{self.said()}") from None

    def _is_level(self) -> dict[str, Any] | None:
        if self.process is not None and self.process.poll() is not None:
            raise AssertionError(f"the house has ended with {self.process.returncode}: {self.said()}")
        if not self._is_announced():
            return None
        with suppress(httpx.TransportError):
            answer = self._looks.get("/readyz?hurry=true")
            found = answer.json()
            level = answer.status_code == 200 and all(part.get("lag", 0) == 0 for part in found["parts"].values())
            return found if level and len(found["parts"]) >= 10 else None
        return None

    def _is_announced(self) -> bool:
        """Whether the lock of the home names the address, as it does once the start is over."""
        with suppress(FileNotFoundError):
            return self.url in (self.home / "lock").read_text()
        return False

    def close(self) -> None:
        """End it, whatever state it is in."""
        for client in self._clients:
            client.close()
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()

    def said(self) -> str:
        """The last it said, for failed tests."""
        texts = [self.out, *sorted((self.home / "log").glob("*.log"))]
        return "\n".join(f"{text.name}: {text.read_text(errors='replace')[-1_500:]}" for text in texts if text.exists())

    def arguments(self) -> list[str]:
        """The command that starts it."""
        if self.simulated is not None:
            code = (
                "from shared.runtime import collector; collector.calm()\n"
                "from datetime import datetime; from pathlib import Path\n"
                "from services.starting import start; from services.start_options import StartOptions\n"
                f"start(StartOptions(home=Path({str(self.home)!r}), port={self.port}, split={self.split},"
                f" database={self.database!r}, site='sz',"
                " zone='Asia/Shanghai', owner='Li Na', simulated=True,"
                f" begin=datetime.fromisoformat({self.simulated.isoformat()!r})))"
            )
            return [sys.executable, "-c", code]
        first = ["--site", "sz", "--zone", "Asia/Shanghai", "--owner", "Li Na"]
        split = ["--split"] if self.split else []
        where = ["--database", self.database] if self.database else []
        return [*casetrail("up"), "--home", str(self.home), "--port", str(self.port), *first, *split, *where]

    # ── processes ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def children(self) -> list[int]:
        """Everything that runs in this home but the process that was started."""
        mine = self.process.pid if self.process is not None else 0
        return [pid for pid in pids() if pid != mine and str(self.home) in command_line(pid)]

    def pid(self, part: str) -> int | None:
        """The process of a part under --split, or of `nats-server`; None while there is none."""
        for pid in self.children():
            words = command_line(pid).split("\0")
            if part == "nats-server" and words[0].endswith("nats-server"):
                return pid
            if words[1:4] == ["-m", "services", part]:
                return pid
        return None

    def kill_part(self, part: str) -> int:
        """kill -9 of one part; its process number."""
        pid = until(lambda: self.pid(part), f"{part} runs")
        os.kill(pid, signal.SIGKILL)
        until(lambda: not command_line(pid), f"{part} is dead")
        return pid

    @contextmanager
    def nobody_restarts_anything(self) -> Iterator[None]:
        """The supervisor sleeps meanwhile: a part that is killed now stays down until the end of the block."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    # ── people ────────────────────────────────────────────────────────────────────────────────────────────────────────
    @property
    def owner(self) -> Someone:
        """Li Na, who owns the first site."""
        token = (self.home / "admin.token").read_text().strip()
        return self.someone("", token)

    def someone(self, id: str, token: str) -> Someone:
        """Whoever holds this token."""
        return Someone(id, token, self._client(headers={"authorization": f"Bearer {token}"}, timeout=ANSWERS_WITHIN))

    def _client(self, **how: Any) -> httpx.Client:
        # It speaks plain HTTP, and reading all certificate authorities would take longer than most questions.
        client = httpx.Client(base_url=self.url, verify=False, **how)
        self._clients.append(client)
        return client

    def person(self, name: str, *roles: str, site: str = "sz") -> Someone:
        """Someone new with these roles at a site."""
        owner = self.owner
        id = owner.does("/intake/people", name=name)["person"]
        for role in roles:
            owner.does(f"/intake/people/{id}/grant-role", role=role, site=site)
        return self.someone(id, owner.does(f"/intake/people/{id}/issue-token", label="test")["token"])

    # ── what lies in the home ─────────────────────────────────────────────────────────────────────────────────────────
    def nats(self, user: str) -> dict[str, Any]:
        """Where nats-server is and how `user` signs in, as keywords for nats.connect."""
        kept = json.loads((self.home / "home.json").read_text())
        return {
            "servers": f"nats://127.0.0.1:{kept['ports']['nats']}", "user": user, "password": kept["passwords"][user],
            "inbox_prefix": f"_INBOX_{user}",
        }  # fmt: skip


def casetrail(*words: str) -> list[str]:
    """The command line `casetrail …`."""
    return [sys.executable, "-m", "services.cli", *words]


@contextmanager
def running_house(
    folder: Path,
    *,
    split: bool = False,
    simulated: datetime | None = None,
    name: str = "home",
    database: str | None = None,
) -> Iterator[RunningHouse]:
    """A house that runs within the block. `simulated` is the instant at which the clock of a simulated home begins."""
    house = RunningHouse(folder / name, split=split, simulated=simulated, database=database)
    try:
        house.start()
        yield house
    finally:
        house.close()


def pids() -> list[int]:
    """Of all processes."""
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def parent(pid: int) -> int:
    """Who started a process; 0 when it is gone."""
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


def command_line(pid: int) -> str:
    """How a process was started, words separated by NUL; empty when it is gone or a zombie."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    return ""
