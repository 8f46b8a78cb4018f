"""What nats-server is told: one template for the server of a home and for a cluster on machines of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from shared.runtime.nats_names import FACTS, MONITOR, STREAM

DOMAIN = "ledger"
"""Subscribers say `jetstream(domain=DOMAIN)`; services and the relay share the stream's account: `jetstream()`."""
DECIDING = ("intake", "triage", "capa", "sla_watch")
"""The services that have a door for commands."""


@dataclass(frozen=True)
class Own:
    """The server of one home."""

    host: str
    port: int
    log: str
    store: str


@dataclass(frozen=True)
class Cluster:
    """One server of several, on a machine of its own."""

    name: str
    nodes: Sequence[str]
    host: str = "0.0.0.0"
    port: int = 4222
    routes_port: int = 6222
    monitor_port: int = MONITOR
    store: str = "/data"


def quoted(value: object) -> str:
    """A string of NATS' configuration language."""
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def variable(user: str) -> str:
    """The environment variable that holds a user's password on the machines of a cluster."""
    return f"CASETRAIL_NATS_{user.upper().replace('-', '_')}"


def routes_of(nodes: Sequence[str], password: str) -> str:
    """How the servers of a cluster find each other: what the variable of `routes` holds. NATS puts no variable into a text."""
    return "[" + ",".join(f"nats://casetrail:{password}@{node}" for node in nodes) + "]"


def users_of(services: Mapping[str, Collection[str]], readers: Mapping[str, str | None]) -> list[str]:
    """Everybody who has a password."""
    return ["relay", "client", *services, *(f"sub-{name}" for name in readers)]


def cluster_config(cluster: Cluster, services: Mapping[str, Collection[str]], readers: Mapping[str, str | None]) -> str:
    """For one server; the passwords are in its environment."""
    passwords = {user: f"${variable(user)}" for user in ("cluster", *users_of(services, readers))}
    return configuration(
        services=services, subscribers=[f"sub-{name}" for name in readers], passwords=passwords, own=None, cluster=cluster,
    )  # fmt: skip


def subjects(readers: Mapping[str, str | None]) -> dict[str, str]:
    """Each subscriber's durable and the subjects it may read."""
    return {f"sub-{name}": f"{FACTS}.{site}.>" if site else f"{FACTS}.>" for name, site in readers.items()}


def template() -> str:
    """From which it is made."""
    return (resources.files("deploy") / "nats" / "nats.conf.j2").read_text(encoding="utf-8")


def configuration(
    *, services: Mapping[str, Collection[str]], subscribers: Collection[str], passwords: Mapping[str, str],
    deciding: Collection[str] = DECIDING, own: Own | None, cluster: Cluster | None = None,
) -> str:  # fmt: skip
    """`passwords` as they stand in the text: quoted, or names of variables."""
    from jinja2 import Environment, StrictUndefined  # see EmbeddedNats._write: it is seldom needed

    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)
    environment.filters.update(quoted=quoted)  # pyright: ignore[reportUnknownMemberType]  (not typed there)
    return environment.from_string(template()).render(
        own=own, cluster=cluster, routes=f"${variable('routes')}", stream=STREAM, domain=DOMAIN,
        services=services, deciding=deciding, subscribers=subscribers, passwords=passwords,
    )  # fmt: skip
