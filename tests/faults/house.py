"""A house whose processes carry the kill points, and, if wanted, a bug."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from shared.runtime.home import port_in_use
from tests.faults.inject.fork_server import PARTS, Forked, ForkServer
from tests.faults.inject.newer import NEWER
from tests.faults.inject.points import SETTINGS
from tests.house import ON_POSTGRES, ROOT, RunningHouse, casetrail, command_line, free_port, until

INJECTED = Path(__file__).parent / "inject"
QUICK = {"services.supervisor:LONGEST_S": 0.2, "services.supervisor:SHORTEST_S": 0.05}
"""A part that is killed again and again is started again at once: the growing delay is tested elsewhere."""


def store() -> str:
    """Where houses of this run keep their facts: `sqlite` or `postgres`."""
    return "postgres" if os.environ.get(ON_POSTGRES) else "sqlite"


class FaultyHouse(RunningHouse):
    """Points are armed and pass in any of its processes. Its starts are forks (see `inject/fork_server.py`): it dies very often."""

    def __init__(self, folder: Path, *, split: bool = False, bug: str = "", settings: Mapping[str, float] = {}) -> None:
        super().__init__(folder / "home", split=split)
        self.faults = folder / "faults"
        for name in ("passed", "fired", PARTS):
            (self.faults / name).mkdir(parents=True, exist_ok=True)
        self._ids = itertools.count(1)
        self._forks: ForkServer | None = None
        chosen = {**SETTINGS, **QUICK, **settings}
        path = [str(INJECTED), *filter(None, [os.environ.get("PYTHONPATH")])]
        self.environment = {
            "PYTHONPATH": os.pathsep.join(path), "CASETRAIL_TEST_FAULTS": str(self.faults), "CASETRAIL_TEST_BUG": bug,
            "CASETRAIL_TEST_SETTINGS": ";".join(f"{name}={value}" for name, value in chosen.items()),
        }  # fmt: skip

    def launch(self) -> None:
        self.process = self._forked(*self.arguments()[len(casetrail()) :])

    def runs(self, *words: str) -> int:
        """`casetrail` with these words, to its end; its exit code, negative for a signal. What it says is added to `told`."""
        return self._forked(*words).wait(120)

    def told(self) -> str:
        """What everything that was started here has said."""
        return self.out.read_text(errors="replace")

    def _forked(self, *words: str) -> Forked:
        self._forks = self._forks or ForkServer.begun({**os.environ, **self.environment})
        return self._forks.start(["services.cli", *words], self.out)

    def children(self) -> list[int]:
        return [*super().children(), *self._parts()]

    def pid(self, part: str) -> int | None:
        forked = (pid for pid, name in self._parts().items() if name == part)
        return min((pid for pid in (super().pid(part), *forked) if pid), default=None)

    def _parts(self) -> dict[int, str]:
        """The parts that were forked and live; nothing in their command lines tells them from each other."""
        noted = {int(path.name): path.read_text() for path in (self.faults / PARTS).iterdir()}
        return {pid: name for pid, name in noted.items() if "fork_server" in command_line(pid)}

    def close(self) -> None:
        super().close()
        if self._forks is not None:
            self._forks.close()

    def answers(self) -> None:
        """Wait until every part is up and without fault; while clients work, some are always a little behind."""
        until(self._is_well, "the house answers", self.patience_s, 0.2)

    def _is_well(self) -> bool:
        with suppress(httpx.HTTPError):
            return self._is_announced() and self._looks.get("/readyz?hurry=true").status_code == 200
        return False

    def arm(self, point: str, passing: int) -> Path:
        """From now on this passing of the point is fatal, once; the file that is there when it has been."""
        id = f"{next(self._ids)}-{point}"
        draft = self.faults / "armed.new"
        draft.write_text(f"{id} {point} {passing}")
        draft.replace(self.faults / "armed")
        return self.faults / "fired" / id

    @contextmanager
    def another_relay(self, *, waited_for: bool = False) -> Iterator[subprocess.Popen[bytes]]:
        """A second process that publishes, within the block; under --split. `waited_for`: not before it is up."""
        port = free_port()
        with (self.home / "log" / "second-relay.out").open("ab") as out:
            words = ["-m", "services", "relay", "--home", str(self.home), "--port", str(port)]
            second = subprocess.Popen(
                [sys.executable, *words], cwd=ROOT, env={**os.environ, **self.environment}, stdin=subprocess.DEVNULL,
                stdout=out, stderr=out,
            )  # fmt: skip
        try:
            if waited_for:
                until(lambda: port_in_use(port), "the second relay is up")
            yield second
        finally:
            second.kill()
            second.wait()

    def newer(self, *parts: str) -> None:
        """From now on these parts, and no others, start as a newer version (see `inject/newer.py`)."""
        (self.faults / NEWER).write_text(" ".join(parts))

    def disarm(self) -> None:
        """Nothing is fatal any more."""
        (self.faults / "armed").unlink(missing_ok=True)

    def passed(self) -> set[str]:
        """The points that any process has passed so far."""
        return {path.name for path in (self.faults / "passed").iterdir()}

    def dies(self) -> None:
        """Wait until the process that was started is gone, and with it all that it started."""
        process = self.process
        assert process is not None
        until(lambda: process.poll() is not None, "the house is dead", 30)
        until(lambda: not self.children(), "the children die with their parent", 30)


@contextmanager
def faulty_house(
    folder: Path, *, split: bool = False, bug: str = "", settings: Mapping[str, float] = {}
) -> Iterator[FaultyHouse]:
    """It runs within the block."""
    house = FaultyHouse(folder, split=split, bug=bug, settings=settings)
    try:
        house.start()
        yield house
    finally:
        house.close()
