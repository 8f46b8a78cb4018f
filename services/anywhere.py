"""One part as a process on any machine: the ledger in PostgreSQL, NATS somewhere, the other parts at their addresses.

Nobody looks after it here; whatever runs it (systemd, Compose, Kubernetes) starts it again when it ends. What is missing at
its start is waited for and told, so that nothing needs to be started in order.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from services.composition import log_to, told_to_stop
from services.first_start import open_ledger as record_first_facts
from services.house import House
from services.organisation_chart import SERVICES
from services.starting import PRIVATE, check_site
from services.stores import CLOCK_WAY_OUT, clock_fault, open_ledger, open_shelf
from shared.runtime.clock import Clock
from shared.runtime.desk import Desk
from shared.runtime.home import Home, StartRefused, require_port
from shared.runtime.ledger import Ledger
from shared.runtime.nats_elsewhere import NatsElsewhere
from shared.runtime.nats_names import MONITOR
from shared.runtime.shelf import Shelf

log = logging.getLogger("casetrail")

TRIES_AGAIN_S = 2.0
EVERY_PART = "*"
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


@dataclass(frozen=True)
class Anywhere:
    """Where a part finds what it works with."""

    part: str
    database: str
    nats: str
    password: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 8700
    home: Path = Path()
    """Holds what a part is told in files of its own (`notify.toml`); nothing is kept there."""
    files: Path | None = None
    """Evidence and documents: one folder for all parts on all machines."""
    upstream: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    replicas: int = 1
    readers: dict[str, str | None] = field(default_factory=dict[str, "str | None"])
    monitor_port: int = MONITOR


def addresses(given: Sequence[str]) -> dict[str, list[str]]:
    """`intake=http://a:8701,http://b:8701` for one part, `http://{part}:8700` for all others. Raises StartRefused."""
    found: dict[str, list[str]] = {}
    for word in given:
        name, equals, rest = word.partition("=")
        part, all = (name.replace("-", "_"), rest) if equals and ":" not in name else (EVERY_PART, word)
        named = [address.rstrip("/") for address in all.split(",")]
        if (part != EVERY_PART and part not in {"relay", *SERVICES}) or not all_http(named):
            raise StartRefused(
                f"{word!r} names no address of a part: say for example 'http://{{part}}:8700', or 'intake=http://a:8701,http://b:8701'"
            )
        found.setdefault(part, []).extend(named)
    return found


def all_http(addresses: Sequence[str]) -> bool:
    """Whether these can be asked over HTTP."""
    return all(address.startswith(("http://", "https://")) for address in addresses)


def readers(text: str) -> dict[str, str | None]:
    """`warehouse=sz, erp` → who reads the facts downstream, and of which site."""
    pairs = (word.strip().partition("=") for word in text.split(",") if word.strip())
    return {name: site or None for name, _, site in pairs}


async def run_anywhere(options: Anywhere) -> None:
    """Run one part until told to stop; raises StartRefused for what waiting would not change."""
    os.umask(PRIVATE)
    stop = told_to_stop()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(FORMAT))
    log_to(handler)
    require_port(options.port, options.host)
    if options.part == "console" and EVERY_PART not in options.upstream and len(options.upstream) < len(SERVICES) + 1:
        raise StartRefused(
            "the console passes requests on to the other parts: name them with --upstream 'http://{part}:8700'"
        )
    opened = await _opened(options, stop)
    if opened is None:
        return
    ledger, shelf = opened
    nats = NatsElsewhere(
        options.nats, options.part, options.password, options.replicas, options.readers, options.monitor_port
    )

    def upstream(part: str) -> list[str]:
        named = options.upstream.get(part) or options.upstream.get(EVERY_PART, [])
        return [address.replace("{part}", part.replace("_", "-")) for address in named]

    house = House(
        options.home, ledger, nats, (options.part,), shelf=shelf, alone=False, upstream=upstream, files=options.files
    )
    async with house.running(options.host, options.port) as server:
        if not server.started:
            raise StartRefused(f"port {options.port} on {options.host} could not be opened: choose another with --port")
        log.info("%s is running at %s:%d", options.part, options.host, options.port)
        await stop.wait()
    ledger.close()


async def _opened(options: Anywhere, stop: asyncio.Event) -> tuple[Ledger, Shelf] | None:
    """The ledger and the read models as soon as they can be had; None when it is told to stop before."""
    said = ""
    while not stop.is_set():
        try:
            return await asyncio.to_thread(_open, options)
        except StartRefused as reason:
            if (now := str(reason)) != said:
                log.warning("%s waits: %s", options.part, now)
            said = now
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TRIES_AGAIN_S):
                await stop.wait()
    return None


def _open(options: Anywhere) -> tuple[Ledger, Shelf]:
    ledger = open_ledger(Home(options.home), options.database, make=False)
    try:
        if ledger.head() == 0:
            raise StartRefused("the ledger is empty: casetrail postgres begin --site … --zone … --owner …")
        if fault := clock_fault(ledger, simulated=ledger.identity().simulated):
            raise StartRefused(f"{fault}: {CLOCK_WAY_OUT}")
        return ledger, open_shelf(Home(options.home), options.database)
    except BaseException:
        ledger.close()
        raise


def begin(database: str, *, site: str, zone: str, owner: str, title: str | None, token: Path) -> str:
    """The first facts of a ledger on PostgreSQL, once; what was done, in a line. Raises StartRefused."""
    os.umask(PRIVATE)
    check_site(site, zone)
    ledger = open_ledger(Home(token.parent), database, make=False)
    try:
        if ledger.head():
            return (
                f"ledger {ledger.identity().ledger_id} has begun already, with {ledger.head()} facts; nothing was done"
            )
        desk = Desk(ledger, Clock())
        try:
            record_first_facts(
                desk, token, site=site.strip().lower(), title=title or site, zone=zone, owner=owner, begin=None
            )
        finally:
            desk.stop()
        return f"ledger {ledger.identity().ledger_id} begins with site {site}; the token of {owner} is in {token}"
    finally:
        ledger.close()
