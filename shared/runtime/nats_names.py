"""The names by which everybody finds everything on NATS."""

from __future__ import annotations

from dataclasses import dataclass

STREAM = "CASETRAIL"
FACTS = "casetrail.fact"
COMMANDS = "casetrail.command"


@dataclass(frozen=True, slots=True)
class NatsLogin:
    """Where the server is and who we are there; every user has an inbox of its own."""

    url: str
    user: str
    password: str
    domain: str | None = None
    """The JetStream domain under which the ledger's account is imported; see deploy/nats."""

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
