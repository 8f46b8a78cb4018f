"""The composition root: the only place that knows everything. Opens a home, starts its parts, stops them in order."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC
from typing import Any

import uvloop

from services.first_start import open_ledger as record_first_facts
from services.house import House
from services.organisation_chart import PARTS, durables
from services.start_options import Running, StartOptions
from services.starting import PRIVATE, check_site
from services.stores import CLOCK_WAY_OUT, clock_fault, database_of, open_ledger, open_shelf, remember
from shared.runtime import collector, one_core
from shared.runtime.home import Home, StartRefused
from shared.runtime.ledger import Ledger
from shared.runtime.nats_server import EmbeddedNats

log = logging.getLogger("casetrail")

TURN_S = 0.001
"""How long a thread may keep Python's lock from another. Decisions share time with projections and HTTP, to which the default
of 5 ms would add that much at every hand-over; at 0.1 ms a sixth of all processor time went into handing over."""


def run(home: Home, options: StartOptions) -> None:
    """Run an occupied home and block until it is stopped; raises StartRefused with one line that names the way out."""
    _configure_logging(home)
    database = database_of(home, options.database)
    ledger = open_ledger(home, database, simulated=options.simulated)
    if fault := clock_fault(ledger, simulated=ledger.identity().simulated):
        raise StartRefused(f"{fault}: {CLOCK_WAY_OUT}")
    remember(home, database)
    nats = EmbeddedNats(home, durables())
    nats.launch()
    try:
        if options.split:
            from services.supervisor import supervise

            _first_start(home, ledger, nats, options)
            nats.wait()
            run_to_end(supervise(home, options, nats))
        else:
            run_to_end(_alone(home, ledger, options, nats), on_one_core=True)
    finally:
        nats.stop()
        ledger.close()


def run_to_end(work: Coroutine[Any, Any, None], *, on_one_core: bool = False) -> None:
    """Like `asyncio.run`, but what is left over is left behind: asyncio would wait for clients that never give up.

    `on_one_core`, one at a time: for a process that does everything. Many that share few cores are better spread by the system.
    """
    collector.settle_to_answer()
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.set_exception_handler(lambda loop, context: log.debug("left behind: %s", context.get("message")))
    staying = loop.create_task(one_core.stay()) if on_one_core else None
    loop.run_until_complete(work)
    if staying is not None:
        staying.cancel()


def assemble(home: Home, ledger: Ledger, nats: EmbeddedNats, parts: tuple[str, ...] = PARTS, **how: object) -> House:
    """A house over a home; `how` goes to it."""
    shelf = open_shelf(home, home.saved().database)
    return House(home.path, ledger, nats, parts, shelf=shelf, **how)  # pyright: ignore[reportArgumentType]


def _first_start(home: Home, ledger: Ledger, nats: EmbeddedNats, options: StartOptions) -> None:
    """For --split: the first facts are recorded before any process is started."""
    house = assemble(home, ledger, nats, ())
    try:
        bootstrap(home, house, options)
    finally:
        house.desk.stop()


def bootstrap(home: Home, house: House, options: StartOptions) -> None:
    """The first facts of a new home. Raises StartRefused when the ledger is not the one that this home had."""
    identity = house.ledger.identity().ledger_id
    known = home.saved().ledger
    place = "the database" if home.saved().database else "ledger.sqlite"
    if known and (house.ledger.head() == 0 or known != identity):
        raise StartRefused(
            f"{home.path} had the ledger {known}, and {place} is now {'empty' if known == identity else 'another one'}: "
            f"put back {place}{'' if home.saved().database else ' together with its -wal'}, or choose another --home"
        )
    _first_facts(home, house, options)
    if not known:
        with home.changing() as saved:
            saved.ledger = identity


def _first_facts(home: Home, house: House, options: StartOptions) -> None:
    if house.ledger.head() != 0:
        if options.simulated and not house.desk.directory.home().simulated:
            raise StartRefused(
                f"{home.path} is a real home and can never become a simulated one: choose another --home"
            )
        return
    site = (options.site or "main").strip().lower()
    zone = options.zone or "UTC"
    begin = options.begin.astimezone(UTC) if options.simulated and options.begin else None
    check_site(site, zone)
    record_first_facts(
        house.desk, home / "admin.token", site=site, title=options.title or site, zone=zone,
        owner=(options.owner or "owner").strip() or "owner", begin=begin,
    )  # fmt: skip
    if begin is not None:
        house.clock.simulated = True
        house.clock.stand_at(begin)


async def _alone(home: Home, ledger: Ledger, options: StartOptions, nats: EmbeddedNats) -> None:
    stop = told_to_stop()
    house = assemble(home, ledger, nats)  # nats-server opens its store meanwhile
    nats.wait()
    bootstrap(home, house, options)
    async with house.running(options.host, options.port) as server:
        if not server.started:
            raise StartRefused(f"port {options.port} on {options.host} could not be opened: choose another with --port")
        announce(home, options, house)
        await until_told_to_stop(stop, lambda: _revive(nats))


def announce(home: Home, options: StartOptions, house: House) -> None:
    """Say where everything is: to the next start, to the command line, and to whoever waits for readiness."""
    url = address(options)
    home.announce(url)
    running = Running(url, house.sign_in_url(url), owner_token(home), home.path)
    if options.on_ready is not None:
        options.on_ready(running)


def announce_split(home: Home, options: StartOptions) -> None:
    """The same when the parts are processes: the link is asked for at the front door."""
    import httpx  # one process needs none

    url = address(options)
    home.announce(url)
    token, link = owner_token(home), url
    with contextlib.suppress(httpx.HTTPError):  # a part may be down just now; the house runs all the same
        answer = httpx.post(
            f"{url}/console/sign-in-links", headers={"authorization": f"Bearer {token}"}, timeout=10, verify=False
        )
        link = answer.json()["url"] if answer.is_success else url
    if options.on_ready is not None:
        options.on_ready(Running(url, link, token, home.path))


async def run_part(options: StartOptions, part: str) -> None:
    """One part as a process of its own; the supervisor holds the home and runs nats-server."""
    os.umask(PRIVATE)
    stop = told_to_stop()
    home = Home(options.home)
    _configure_logging(home, part)
    ledger = open_ledger(home, database_of(home))
    ports: dict[str, int] = json.loads((home / "parts.json").read_text())
    nats = EmbeddedNats(home, durables())

    def upstream(other: str) -> list[str]:
        return [f"http://127.0.0.1:{ports[other]}"]

    house = assemble(home, ledger, nats, (part,), alone=False, upstream=upstream)
    async with house.running(options.host, options.port):
        await stop.wait()
    ledger.close()


def address(options: StartOptions) -> str:
    """The base URL as seen from this machine."""
    host = "127.0.0.1" if options.host in ("0.0.0.0", "::") else options.host
    return f"http://[{host}]:{options.port}" if ":" in host else f"http://{host}:{options.port}"


def owner_token(home: Home) -> str:
    """The owner's first token, as saved."""
    with contextlib.suppress(OSError):
        return (home / "admin.token").read_text().strip()
    return ""


def told_to_stop() -> asyncio.Event:
    """What SIGINT and SIGTERM set from now on. Asked for before anything is started, so that a start, too, ends in order."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop


async def until_told_to_stop(stop: asyncio.Event, look_after: Callable[[], None]) -> None:
    """Until then; looks after what must live meanwhile."""
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 0.25)
        if not stop.is_set():
            look_after()


def _revive(nats: EmbeddedNats) -> None:
    if not nats.running:
        log.warning("nats-server has ended; it is started again on its port")
        with contextlib.suppress(StartRefused):
            nats.start()


def _configure_logging(home: Home, part: str = "casetrail") -> None:
    log_to(logging.FileHandler(home.folder("log") / f"{part}.log", encoding="utf-8"))


def log_to(handler: logging.Handler) -> None:
    """Everything that is worth a line, from CASETRAIL_LOG_LEVEL on."""
    sys.setswitchinterval(TURN_S)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger("casetrail")
    root.handlers[:] = [handler]
    root.propagate = False
    wanted = os.environ.get("CASETRAIL_LOG_LEVEL", "INFO").upper()
    known = wanted in logging.getLevelNamesMapping()
    root.setLevel(wanted if known else "INFO")
    if not known:
        log.warning("CASETRAIL_LOG_LEVEL=%s is no level; INFO is used", wanted)
