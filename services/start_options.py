"""What a start is told, what it tells back, and what a doctor finds."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class Running:
    """A house that has just become ready."""

    url: str
    sign_in_url: str
    """Signs one browser in, once."""
    owner_token: str
    home: Path


@dataclass(frozen=True)
class StartOptions:
    """How to start. Site, zone, owner and title count at the first start of a home; None means: take what is there."""

    home: Path
    host: str = "127.0.0.1"
    port: int = 8700
    split: bool = False
    site: str | None = None
    zone: str | None = None
    owner: str | None = None
    title: str | None = None
    expose: bool = False
    """Listening beyond this machine without TLS in front was asked for in so many words."""
    database: str | None = None
    """The address of the PostgreSQL database that holds the ledger; None: what the home remembers, else a file in it."""
    simulated: bool = False
    begin: datetime | None = None
    """Where the clock of a simulated home stands at its first start."""
    on_ready: Callable[[Running], None] | None = None

    @property
    def beyond_loopback(self) -> bool:
        """Whether other machines could reach the address, where tokens would travel in the clear."""
        if self.host == "localhost":
            return False
        try:
            return not ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return True


@dataclass(frozen=True)
class Finding:
    """One thing a doctor looked at, and the way out when it is not in order."""

    ok: bool
    what: str
    way_out: str | None = None
