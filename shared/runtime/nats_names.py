"""The names by which everybody finds everything on NATS."""

from __future__ import annotations

from dataclasses import dataclass

STREAM = "CASETRAIL"
FACTS = "casetrail.fact"
COMMANDS = "casetrail.command"
MONITOR = 8222


@dataclass(frozen=True, slots=True)
class NatsLogin:
    """Where the server is and who we are there; every user has an inbox of its own."""

    url: str
    user: str
    password: str
    domain: str | None = None
    """The JetStream domain under which the ledger's account is imported; see deploy/nats."""
    elsewhere: bool = False
    """The servers are not this home's own: others may keep things there, and several processes of a service share a durable."""
    replicas: int = 1
    """On how many servers each fact of the stream lies."""
    monitor_port: int = MONITOR
    """Where the servers tell about themselves over HTTP."""

    @property
    def servers(self) -> list[str]:
        """The addresses; each is tried when another one is gone."""
        return self.url.split(",")

    @property
    def patience(self) -> dict[str, int]:
        """A machine that vanishes says no good-bye: elsewhere it is missed within fifteen seconds, not four minutes."""
        return {"ping_interval": 5, "max_outstanding_pings": 2} if self.elsewhere else {}

    @property
    def inbox(self) -> str:
        """Where replies and deliveries for this user arrive."""
        return f"_INBOX_{self.user}"

    def delivery(self, durable: str) -> str:
        """The subject on which a durable delivers to this user; fixed, so that a recreated one finds its listener."""
        return f"{self.inbox}.deliver.{durable}"


def durable(service: str, listener: str) -> str:
    """`audit-timeline`: the durable consumer of one listener."""
    return f"{service}-{listener.removeprefix(f'{service}_')}".replace("_", "-")
