"""A home: the one directory in which an installation keeps everything, and which only one of them may use at a time."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import secrets
import socket
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

FORMAT = 1
"""Rises when a home is laid out so differently that an older Casetrail would do harm in it."""

MARKS = {"home.json", "lock"}
"""A directory with one of these is a home; any other that holds something is somebody else's, and left alone."""

PATIENCE = 0.3
"""Seconds for which a held lock is asked again: `occupant()` holds it for a moment."""


class StartRefused(Exception):
    """Nothing was started. One line for a person: what is in the way, and the way out."""


@dataclass
class Saved:
    """What a home remembers from its first start on, in `home.json` (mode 0600: it holds passwords)."""

    format: int = FORMAT
    ports: dict[str, int] = field(default_factory=dict[str, int])
    passwords: dict[str, str] = field(default_factory=dict[str, str])
    subscribers: dict[str, str | None] = field(default_factory=dict[str, str | None])
    """Downstream subscribers by name, each with the one site it may read, or None for all sites."""
    ledger: str = ""
    """The id of its ledger, once the first facts are recorded; another or an empty one is never taken for it."""
    database: str = ""
    """The address of the PostgreSQL database that holds the ledger, as it was last given; empty: ledger.sqlite."""


@dataclass(frozen=True)
class Occupant:
    """Who is running in a home. Both are unknown for the instant between locking and writing them down."""

    pid: int | None
    url: str | None

    def __str__(self) -> str:
        known = [f"pid {self.pid}" if self.pid else "", self.url or ""]
        return f" ({', '.join(part for part in known if part)})" if any(known) else ""


class Home:
    """Looking changes nothing; `occupy()` makes the directory and holds it until `release()` or the process ends."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path).expanduser().absolute()
        self._lock: int | None = None

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    def folder(self, name: str) -> Path:
        """A subdirectory that only its owner can enter, made when missing."""
        made = self / name
        made.mkdir(mode=0o700, parents=True, exist_ok=True)
        return made

    # -- one at a time ------------------------------------------------------------------------------------------------

    def occupy(self) -> None:
        """Makes the home when it is new and locks it. StartRefused when it cannot be ours."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._adopt()
            lock = self._locked()
        except OSError as error:
            raise StartRefused(
                f"{self.path} cannot be written ({(error.strerror or str(error)).lower()}): "
                "choose another directory with --home, or change its owner"
            ) from error
        self._lock = lock
        try:
            self.saved()  # a home from a newer version is noticed before anything touches it
        except StartRefused:
            self.release()
            raise
        self.announce(None)

    def announce(self, url: str | None) -> None:
        """Tells whoever comes second where the first one is reached."""
        if self._lock is None:
            raise RuntimeError("occupy() the home before announcing its address")
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, json.dumps({"pid": os.getpid(), "url": url}).encode(), 0)

    def release(self) -> None:
        """Gives the home back. The lock file stays: removing it would let two starts lock two different files."""
        if self._lock is not None:
            os.ftruncate(self._lock, 0)
            os.close(self._lock)
            self._lock = None

    def occupant(self) -> Occupant | None:
        """Who runs here now; None when nobody does."""
        try:
            lock = os.open(self / "lock", os.O_RDWR)
        except OSError:
            return None
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            told = _object(os.pread(lock, 4096, 0))
            return Occupant(told.get("pid"), told.get("url"))
        finally:
            os.close(lock)
        return None

    def __enter__(self) -> Home:
        self.occupy()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def _adopt(self) -> None:
        present = {entry.name for entry in self.path.iterdir()} - {"lost+found"}  # an empty mounted volume has that one
        if not present:
            with suppress(PermissionError):  # a mounted volume may be writable to us and not ours
                self.path.chmod(0o700)
        elif not present & MARKS:
            raise StartRefused(
                f"{self.path} holds other files and is no Casetrail home: choose an empty or new directory with --home"
            )

    def _locked(self) -> int:
        # flock, not lockf: POSIX locks vanish when this process closes *any* descriptor of the file.
        lock = os.open(self / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() < deadline:
                    time.sleep(0.01)
                    continue
                os.close(lock)
                raise StartRefused(
                    f"Casetrail is already running in {self.path}{self.occupant() or ''}: "
                    "stop it with 'casetrail down' or choose another --home"
                ) from None
            return lock

    # -- what it remembers --------------------------------------------------------------------------------------------

    def saved(self) -> Saved:
        """What the home remembers; the defaults when it is new."""
        try:
            kept = _object((self / "home.json").read_bytes())
        except FileNotFoundError:
            return Saved()
        if not kept:
            raise StartRefused(f"{self / 'home.json'} is damaged: restore it from a backup, or choose another --home")
        if kept.get("format", 0) > FORMAT:
            raise StartRefused(
                f"{self.path} was made by a newer Casetrail (format {kept['format']}, this one knows {FORMAT}): "
                "install that version or choose another --home"
            )
        known = {one.name for one in fields(Saved)}
        return Saved(**{name: value for name, value in kept.items() if name in known})

    @contextmanager
    def changing(self) -> Generator[Saved]:
        """What the home remembers, to be changed: read, changed and replaced as one step among all processes.

        Only reading again under the lock keeps `casetrail subscriber add` from undoing what `up` has just written.
        """
        with open(os.open(self / "home.lock", os.O_RDWR | os.O_CREAT, 0o600), "r+b") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            saved = self.saved()
            before = asdict(saved)
            yield saved
            if asdict(saved) != before:
                replace_file(self / "home.json", json.dumps(asdict(saved), indent=2, ensure_ascii=False) + "\n")

    def port(self, name: str) -> int:
        """The port called `name`: chosen free at the first start, the same ever after."""
        if name not in self.saved().ports:
            with self.changing() as saved:
                saved.ports.setdefault(name, free_port())
        return self.saved().ports[name]

    def passwords(self, *names: str) -> dict[str, str]:
        """The passwords called so, 256 bits each, made when first asked for."""
        if not self.saved().passwords.keys() >= set(names):
            with self.changing() as saved:
                for name in names:
                    saved.passwords.setdefault(name, secrets.token_urlsafe(32))
        kept = self.saved().passwords
        return {name: kept[name] for name in names}


def replace_file(path: Path, text: str) -> None:
    """Writes a file so that it is the old one or the new one after any crash, and readable to its owner only."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it 0600
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(draft)
        raise


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


def port_in_use(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody listens there. Port numbers below 1024 that we may not bind count as in use; raises OSError when there
    is no such address on this machine."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # our own last run may still be in TIME_WAIT
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return True
            raise
    return False


def require_port(port: int, host: str = "127.0.0.1", flag: str = "--port") -> None:
    """StartRefused when the port is taken, or when there is no such address."""
    try:
        taken = port_in_use(port, host)
    except OSError as error:
        raise StartRefused(
            f"{host} is no address of this machine ({error.strerror}): choose another with --host"
        ) from None
    if taken:
        raise StartRefused(f"port {port} on {host} is in use by another program: stop it or choose another with {flag}")


def _object(text: bytes) -> dict[str, Any]:
    """A JSON object, or an empty one when it is anything else."""
    with suppress(ValueError):
        found = json.loads(text)
        if isinstance(found, dict):
            return found  # pyright: ignore[reportUnknownVariableType]  (JSON)
    return {}
