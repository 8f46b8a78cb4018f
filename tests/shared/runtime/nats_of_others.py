"""A real nats-server that somebody else looks after, for tests of what may be wrong with it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nats

from shared.runtime.nats_names import NatsLogin
from shared.runtime.nats_server import _binary, die_with_parent
from tests.house import free_port

PLAIN = "authorization {users: [{user: relay, password: secret}]}"
STORE = "jetstream {store_dir: STORE, sync_interval: always}"


class Server:
    """Somebody else's, which may be given another configuration."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *blocks: str) -> None:
        text = "\n".join((f"listen: 127.0.0.1:{self.port}", *blocks))
        (self.folder / "nats.conf").write_text(text.replace("STORE", f'"{self.folder}/data"'))
        self.process = subprocess.Popen(
            [_binary(), "-c", str(self.folder / "nats.conf")], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=die_with_parent(os.getpid()),  # noqa: PLW1509 - see there
        )  # fmt: skip

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    @property
    def login(self) -> NatsLogin:
        return NatsLogin(f"nats://127.0.0.1:{self.port}", "relay", "secret", elsewhere=True)

    async def connect(self) -> Any:
        return await nats.connect(self.login.url, user="relay", password="secret", max_reconnect_attempts=-1)


@contextmanager
def server_of_others(folder: Path) -> Generator[Server]:
    """Not started yet."""
    server = Server(folder)
    try:
        yield server
    finally:
        server.stop()
