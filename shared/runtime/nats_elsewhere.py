"""NATS that somebody else looks after: a server or a cluster on other machines, reached as one part's own user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from shared.kernel.errors import Refused
from shared.runtime.nats_config import subjects
from shared.runtime.nats_names import MONITOR, NatsLogin


class Nats(Protocol):
    """What the parts ask of NATS, wherever it runs."""

    def login(self, user: str) -> NatsLogin:
        """How a user gets in. KeyError: no such user."""
        ...

    def subscribers(self) -> dict[str, str]:
        """Each downstream subscriber's durable and the subjects it may read."""
        ...

    def add_subscriber(self, name: str, site: str | None = None) -> NatsLogin: ...

    def remove_subscriber(self, name: str) -> None: ...


@dataclass(frozen=True)
class NatsElsewhere:
    """Its users and their passwords stand in its own configuration: see `casetrail nats config`."""

    servers: str
    """Addresses, separated by commas."""
    user: str
    password: str = field(repr=False)
    replicas: int = 1
    readers: Mapping[str, str | None] = field(default_factory=dict[str, "str | None"])
    """Downstream subscribers by name, each with the one site it may read, or None for all."""
    monitor_port: int = MONITOR

    def login(self, user: str) -> NatsLogin:
        """Only as the part that this process runs."""
        if user != self.user:
            raise KeyError(user)
        return NatsLogin(
            self.servers, user, self.password, elsewhere=True, replicas=self.replicas, monitor_port=self.monitor_port
        )

    def subscribers(self) -> dict[str, str]:
        """As named at the start; the relay keeps their durables."""
        return subjects(self.readers)

    def add_subscriber(self, name: str, site: str | None = None) -> NatsLogin:
        """Refused: the servers would have to be told."""
        raise _not_here()

    def remove_subscriber(self, name: str) -> None:
        """Refused as well."""
        raise _not_here()


def _not_here() -> Refused:
    return Refused(
        "subscribers are named in the configuration of the NATS servers",
        rule="G-SUBSCRIBER",
        way_out="casetrail nats config --subscriber NAME[=SITE], and CASETRAIL_SUBSCRIBERS for the relay",
    )
