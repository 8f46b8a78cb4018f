"""Whether nats-servers that somebody else looks after have a fact on disk before they say that they have it.

Over NATS nobody is told; their monitoring port tells. What is lost there is refilled from the ledger, so it is a warning.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

from shared.runtime.nats_names import NatsLogin

PATIENCE_S = 2.0


def advice(login: NatsLogin) -> Iterator[tuple[str, str]]:
    """What to know about servers that hold the only copy of the stream: what was found, the way out. Waits for each server."""
    if not login.elsewhere or login.replicas > 1:
        return
    for address in login.servers:
        host = urlsplit(address if "//" in address else f"//{address}").hostname or ""
        monitor = f"http://{f'[{host}]' if ':' in host else host}:{login.monitor_port}/varz"
        try:
            with urlopen(monitor, timeout=PATIENCE_S) as answer:
                always = _syncs_always(json.load(answer))
        except (OSError, HTTPException, ValueError) as error:
            unseen = f"whether nats-server {host} has each fact on disk before it says so could not be seen"
            yield (
                f"{unseen}: {monitor} gives no answer ({type(error).__name__})",
                "http: 8222 in its configuration, or its other port with --nats-monitor",
            )
            continue
        if not always:
            early = f"nats-server {host} says that it has a fact before that is on its disk, and holds the only copy of the stream"
            yield (
                f"{early}: after a power cut facts are missing there until the relay has refilled it",
                "jetstream { …, sync_interval: always } in its configuration, or three servers and --nats-replicas 3",
            )


def _syncs_always(told: Any) -> bool:
    """Raises ValueError for an answer that is not nats-server's."""
    try:
        return bool(told["jetstream"]["config"].get("sync_always"))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("no answer of a nats-server with JetStream") from error
