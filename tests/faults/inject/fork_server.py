"""`python -m tests.faults.inject.fork_server`: loads Casetrail once; from then on each start is a fork, and takes a fifth of the time.

What is forked has loaded modules and done nothing else: no thread, no open file, no home. A line of JSON on stdin is one request,
a line on stdout its answer; with the end of stdin it ends.

    {"start": ["up", "--home", …], "out": "file for what it says"}  →  its process number
    {"ended": 4711}                                                 →  its exit code, negative for a signal; null while it runs
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[3]
LOADED = (
    "services.cli.app", "services.composition", "services.supervisor", "shared.runtime.postgres_ledger",
    "shared.runtime.postgres_store", "holidays.countries", "pydantic.v1",
)  # fmt: skip
"""What a start loads, at once or on its way."""


# ── the side of the tests ─────────────────────────────────────────────────────────────────────────────────────────────
class ForkServer:
    """One, with this environment; its first start waits until everything is loaded."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.inject.fork_server"], cwd=ROOT, env=environment, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )  # fmt: skip
        self._one_asks = threading.Lock()

    def start(self, words: Sequence[str], out: Path) -> Forked:
        """`casetrail` with these words; what it says is added to a file."""
        pid = self._ask({"start": [*words], "out": str(out)})
        assert pid is not None
        return Forked(pid, lambda: self._ask({"ended": pid}))

    def close(self) -> None:
        """What it has started is left as it is."""
        self._server.communicate(timeout=20)

    def _ask(self, request: Mapping[str, object]) -> int | None:
        to, answers = self._server.stdin, self._server.stdout
        assert to is not None and answers is not None
        with self._one_asks:
            to.write(json.dumps(request).encode() + b"\n")
            to.flush()
            line = answers.readline()
        assert line, "the fork server has ended"
        return json.loads(line)


class Forked(subprocess.Popen[bytes]):
    """What was started, as if it had been by us; its parent is the fork server, which therefore is asked how it ended."""

    def __init__(self, pid: int, ended: Callable[[], int | None]) -> None:
        self.pid, self.returncode, self._ended = pid, None, ended

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self._ended()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        deadline = time.monotonic() + (timeout if timeout is not None else float("inf"))
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("casetrail", timeout or 0)
            time.sleep(0.005)
        return code


# ── the side of the server ────────────────────────────────────────────────────────────────────────────────────────────
def main() -> None:
    """Serve until nobody asks any more."""
    from shared.runtime import collector

    collector.calm()  # as `casetrail` does
    for module in LOADED:
        with suppress(ImportError):  # some are there only where they are needed
            import_module(module)
    assert threading.active_count() == 1, "a process with threads cannot be forked"
    ended: dict[int, int] = {}
    for line in sys.stdin:
        request = json.loads(line)
        if "start" in request:
            answer = os.fork()
            if answer == 0:
                _casetrail(request["start"], request["out"])
        else:
            answer = _ended(request["ended"], ended)
        print(json.dumps(answer), flush=True)


def _casetrail(words: Sequence[str], out: str) -> None:
    """The command, in a process of its own; does not return."""
    from services.cli import main as casetrail

    nothing, said = os.open(os.devnull, os.O_RDONLY), os.open(out, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for descriptor, becomes in ((nothing, 0), (said, 1), (said, 2)):
        os.dup2(descriptor, becomes)
    sys.argv = ["casetrail", *words]
    code = 1
    try:
        casetrail()
    except SystemExit as told:
        code = told.code if isinstance(told.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _ended(pid: int, known: dict[int, int]) -> int | None:
    if pid not in known:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found == 0:
            return None
        known[pid] = os.waitstatus_to_exitcode(status)
    return known[pid]


if __name__ == "__main__":
    main()
