"""A house on many machines, for tests: three NATS servers as a cluster, PostgreSQL, and so many processes of each part, all on
loopback. Nobody restarts anything: what is killed stays dead, and the others must go on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psycopg

from services.organisation_chart import PARTS, durables
from shared.runtime.nats_config import Cluster, cluster_config, routes_of, users_of, variable
from shared.runtime.nats_server import _binary, die_with_parent
from shared.runtime.postgres import with_user
from tests.house import ROOT, RunningHouse, casetrail, free_port, until

NODES = ("nats-1", "nats-2", "nats-3")


class NatsCluster:
    """Three servers, with the configuration that `casetrail nats config` writes, on ports of their own."""

    def __init__(self, folder: Path, host: str = "127.0.0.1", within: tuple[str, ...] = ()) -> None:
        """`within`: words before the command that starts a server, such as those that choose a network namespace."""
        self.folder, self.host, self.within = folder, host, within
        self.ports = {node: free_port() for node in NODES}
        self.monitors = {node: free_port() for node in NODES}
        self._routes = {node: free_port() for node in NODES}
        self.passwords = {
            user: f"p{user.replace('_', '-')}-{os.urandom(8).hex()}" for user in ("cluster", *users_of(durables(), {}))
        }
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        for node in NODES:
            place = folder / node
            place.mkdir(parents=True)
            at = Cluster(
                node, NODES, host, self.ports[node], self._routes[node], self.monitors[node], str(place / "data")
            )
            (place / "nats.conf").write_text(cluster_config(at, durables(), {}))

    def start(self, *nodes: str) -> None:
        """All of them, or these."""
        environment = {variable(user): password for user, password in self.passwords.items()}
        routes = [f"{self.host}:{port}" for port in self._routes.values()]
        environment[variable("routes")] = routes_of(routes, self.passwords["cluster"])
        for node in nodes or NODES:
            place = self.folder / node
            with (place / "out").open("ab") as out:
                self.running[node] = subprocess.Popen(
                    [*self.within, _binary(), "-c", str(place / "nats.conf")], env={**os.environ, **environment},
                    stdin=subprocess.DEVNULL,
                    stdout=out, stderr=out, start_new_session=True, preexec_fn=die_with_parent(os.getpid()),  # noqa: PLW1509 - see there
                )  # fmt: skip

    def kill(self, node: str) -> None:
        """kill -9."""
        self.running[node].kill()
        self.running.pop(node).wait()

    @property
    def url(self) -> str:
        return ",".join(f"nats://{self.host}:{port}" for port in self.ports.values())

    def login(self, user: str) -> dict[str, Any]:
        """As keywords for nats.connect."""
        return {
            "servers": self.url.split(","), "user": user, "password": self.passwords[user], "inbox_prefix": f"_INBOX_{user}",
        }  # fmt: skip

    def streams(self) -> list[dict[str, Any]]:
        """What the server that leads the stream tells of it; the others know less about each other."""
        for node in self.running:
            with suppress(httpx.HTTPError):
                told = httpx.get(f"http://{self.host}:{self.monitors[node]}/jsz?streams=true", timeout=5).json()
                accounts = told.get("account_details") or ()
                found = [one for account in accounts for one in account.get("stream_detail") or ()]
                if found and all(one.get("cluster", {}).get("leader") == node for one in found):
                    return found
        return []

    def leader(self) -> str:
        """The server that leads the stream."""
        return until(
            lambda: next((one["cluster"]["leader"] for one in self.streams() if "leader" in one["cluster"]), ""),
            "a leader",
        )

    def close(self) -> None:
        for node in list(self.running):
            self.kill(node)


class ManyMachines(RunningHouse):
    """`each` processes of every part; the first consoles are asked first."""

    def __init__(
        self, folder: Path, database: str, each: int = 2, replicas: int = 3, cluster: NatsCluster | None = None
    ) -> None:
        super().__init__(folder / "home", database=database)
        self.home.mkdir(parents=True)
        (self.home / "home.json").write_text(json.dumps({"format": 1, "database": database}))  # for the checker
        self.user = f"casetrail_app_{database[-8:]}"
        self.narrow = with_user(database, self.user, "narrow")
        self.cluster, self.replicas = cluster or NatsCluster(folder / "nats"), replicas
        self.ports = {part: [free_port() for _ in range(each)] for part in PARTS}
        self.processes: dict[tuple[str, int], subprocess.Popen[bytes]] = {}
        self.use(0)

    def use(self, console: int) -> None:
        """From now on everybody asks this console."""
        self.url = f"http://127.0.0.1:{self.ports['console'][console]}"
        for client in self._clients:
            client.base_url = self.url

    def launch(self) -> None:
        """The database is made, the cluster started, and all parts at once: none needs another one first."""
        password = self.home / "app-password"
        password.write_text("narrow")
        first = (
            "--site",
            "sz",
            "--zone",
            "Asia/Shanghai",
            "--owner",
            "Li Na",
            "--token-file",
            str(self.home / "admin.token"),
        )
        for words, database in (
            (("migrate", "--login", self.user, "--login-password-file", str(password)), self.database),
            (("begin", *first), self.narrow),
            (("begin", *first), self.narrow),  # said again it changes nothing
        ):
            subprocess.run(
                [*casetrail("postgres", *words), "--database", str(database)],
                cwd=ROOT,
                check=True,
                stdout=subprocess.DEVNULL,
            )
        self.cluster.start()
        for part in PARTS:
            for number in range(len(self.ports[part])):
                self.start_part(part, number)

    def start_part(self, part: str, number: int) -> None:
        """One process."""
        at = [
            word for other, ports in self.ports.items() if other != "console"
            for word in ("--upstream", f"{other}={','.join(f'http://127.0.0.1:{port}' for port in ports)}")
        ]  # fmt: skip
        known = {"CASETRAIL_DATABASE": self.narrow, "CASETRAIL_NATS": self.cluster.url,
                 "CASETRAIL_NATS_PASSWORD": self.cluster.passwords.get(part, "")}  # fmt: skip
        with (self.home / f"{part}-{number}.out").open("ab") as out:
            self.processes[part, number] = subprocess.Popen(
                [sys.executable, "-m", "services.cli", "part", part, "--port", str(self.ports[part][number]),
                 "--files", str(self.home / "files"), "--home", str(self.home),
                 "--nats-replicas", str(self.replicas), *(at if part == "console" else ())],
                cwd=ROOT, env={**os.environ, **known}, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True, preexec_fn=die_with_parent(os.getpid()),  # noqa: PLW1509 - see there
            )  # fmt: skip

    def kill_process(self, part: str, number: int) -> None:
        """kill -9."""
        self.processes[part, number].kill()
        self.processes.pop((part, number)).wait()

    def _is_announced(self) -> bool:
        return True

    def nats(self, user: str) -> dict[str, Any]:
        return self.cluster.login(user)

    def asked(self, part: str, number: int, path: str) -> httpx.Response:
        """One process by itself."""
        return httpx.get(f"http://127.0.0.1:{self.ports[part][number]}{path}", timeout=10)

    def said(self) -> str:
        texts = sorted(self.home.glob("*.out"))
        return "\n".join(f"{text.name}: {text.read_text(errors='replace')[-600:]}" for text in texts)

    def close(self) -> None:
        for client in self._clients:
            client.close()
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.cluster.close()
        with psycopg.connect(str(self.database), autocommit=True) as owner:
            if owner.execute("SELECT FROM pg_roles WHERE rolname = %s", (self.user,)).fetchone() is not None:
                owner.execute(f"DROP OWNED BY {self.user}; DROP ROLE {self.user}".encode(), prepare=False)


@contextmanager
def many_machines(
    folder: Path, database: str, each: int = 2, cluster: NatsCluster | None = None
) -> Iterator[ManyMachines]:
    """They run within the block."""
    house = ManyMachines(folder, database, each, cluster=cluster)
    try:
        house.start()
        yield house
    finally:
        house.close()
