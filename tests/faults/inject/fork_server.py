"""`python -m tests.faults.inject.fork_server`: loads Casetrail once; from then on each start is a fork, and takes a fifth of the time.

What is forked has loaded modules and done nothing else: no thread, no open file, no home. So has the fork server that every
supervisor is given for its parts. A line of JSON is one request, a line its answer; with the end of requests the server ends.

    {"start": ["services.cli", "up", …], "out": "file for what it says"}  →  its process number; without `out` it says it where we do
    {"ended": 4711}                                                       →  its exit code, negative for a signal; null while it runs
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
from typing import IO, Any

from tests.faults.inject.newer import become_newer, is_newer

ROOT = Path(__file__).parents[3]
LOADED = (
    "services.cli.app", "services.composition", "services.supervisor", "shared.runtime.postgres_ledger",
    "shared.runtime.postgres_store", "holidays.countries", "pydantic.v1",
)  # fmt: skip
"""What a start loads, at once or on its way."""
MAINS = {"services.cli": "services.cli", "services": "services.__main__"}
"""What stands behind `python -m` → where its `main` is."""
PARTS = "parts"
"""Folder beside `armed`: a file for each part that was forked, named by its process, with the name of the part."""


# ── the side of those who want something started ──────────────────────────────────────────────────────────────────────
class ForkServer:
    """One that runs already, behind two pipes."""

    def __init__(self, requests: IO[bytes], answers: IO[bytes], ended: Callable[[], object] = lambda: None) -> None:
        self._requests, self._answers, self._ended = requests, answers, ended
        self._one_asks = threading.Lock()

    @staticmethod
    def begun(environment: Mapping[str, str]) -> ForkServer:
        """A new one with this environment; its first start waits until everything is loaded."""
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.inject.fork_server"], cwd=ROOT, env=environment, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )  # fmt: skip
        assert server.stdin is not None and server.stdout is not None
        return ForkServer(server.stdin, server.stdout, server.wait)

    def start(self, words: Sequence[str], out: Path | None = None) -> Forked:
        """`python -m` with these words; what it says is added to a file."""
        pid = self._ask({"start": [*words], "out": str(out or "")})
        assert pid is not None
        return Forked(pid, lambda: self._ask({"ended": pid}))

    def close(self) -> None:
        """What it has started is left as it is."""
        self._requests.close()
        self._answers.read()
        self._ended()

    def _ask(self, request: Mapping[str, object]) -> int | None:
        with self._one_asks:
            self._requests.write(json.dumps(request).encode() + b"\n")
            self._requests.flush()
            line = self._answers.readline()
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

    collector.calm()  # as Casetrail's commands do
    for module in LOADED:
        with suppress(ImportError):  # some are there only where they are needed
            import_module(module)
    assert threading.active_count() == 1, "a process with threads cannot be forked"
    serve(0, 1)


def serve(requests: int, answers: int) -> None:
    """Requests come from one descriptor, answers go to another."""
    ended: dict[int, int] = {}
    for line in os.fdopen(requests, "rb", closefd=False):
        request = json.loads(line)
        if "start" in request:
            parent, answer = os.getpid(), os.fork()
            if answer == 0:
                for descriptor in {requests, answers} - {0, 1, 2}:
                    os.close(descriptor)
                _becomes(request["start"], request["out"], parent)
        else:
            answer = _ended(request["ended"], ended)
        os.write(answers, json.dumps(answer).encode() + b"\n")


def _ended(pid: int, known: dict[int, int]) -> int | None:
    if pid not in known:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found == 0:
            return None
        known[pid] = os.waitstatus_to_exitcode(status)
    return known[pid]


def _becomes(words: Sequence[str], out: str, parent: int) -> None:
    """The command, in a process of its own; does not return."""
    code = 1
    try:
        _dies_with(parent)  # and so with the tests, of whatever they die
        if out:
            _says_it_in(out)
        else:
            _is_a_part(words[1])
            if is_newer(words[1]):
                become_newer()
        if "--split" in words:
            _forks_its_parts()
        sys.argv = list(words)
        import_module(MAINS[words[0]]).main()
    except SystemExit as told:
        code = told.code if isinstance(told.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _says_it_in(out: str) -> None:
    nothing, said = os.open(os.devnull, os.O_RDONLY), os.open(out, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for descriptor, becomes in ((nothing, 0), (said, 1), (said, 2)):
        os.dup2(descriptor, becomes)


def _is_a_part(name: str) -> None:
    os.setsid()
    (Path(os.environ["CASETRAIL_TEST_FAULTS"]) / PARTS / str(os.getpid())).write_text(name)


def _dies_with(parent: int) -> None:
    from shared.runtime.nats_server import die_with_parent

    if ask := die_with_parent(parent):
        ask()


def _forks_its_parts() -> None:
    """This process, which becomes a supervisor, gets a fork server of its own, which dies with it, and with which its parts die."""
    from services import supervisor
    from tests.faults.inject.hook import replaced

    (asked, ask), (told, tell), parent = os.pipe(), os.pipe(), os.getpid()
    if os.fork() == 0:
        os.close(ask)
        os.close(told)
        _dies_with(parent)
        serve(asked, tell)
        os._exit(0)
    os.close(asked)
    os.close(tell)
    server = ForkServer(os.fdopen(ask, "wb"), os.fdopen(told, "rb"))

    def forked(arguments: Sequence[str], **how: Any) -> Forked:
        return server.start(arguments[2:])

    replaced(supervisor, "subprocess.Popen", lambda original: forked)


if __name__ == "__main__":
    main()
