"""One process of Casetrail: whichever parts it is asked to run, assembled and kept running until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from services import routes, subscribers
from services.audit.documents.room import Room
from services.console.sessions import Sessions
from services.console.wiring import sign_in_path
from services.notify.outbox import Outbox
from services.notify.sender import Sender
from services.organisation_chart import SERVICES
from services.sla_watch import board as sla_board
from services.sla_watch import reactions
from services.sla_watch.board import SlaBoard
from services.sla_watch.watcher import Watcher
from services.sla_watch.wiring import CLOCK_KEEPER
from services.stores import CLOCK_WAY_OUT, clock_fault
from shared.clocks.calendars import COMPANY
from shared.complaint.state import Complaint
from shared.events.organisation import ClockSet
from shared.kernel.command import Ask
from shared.kernel.errors import Unavailable
from shared.kernel.fact import Fact
from shared.kernel.ids import derived
from shared.runtime.bus import Bus
from shared.runtime.cases import Cases
from shared.runtime.clock import Clock, seconds, wall
from shared.runtime.codec import fact_of
from shared.runtime.desk import Desk
from shared.runtime.directory import last_recorded
from shared.runtime.door import Doorkeeper
from shared.runtime.files import Files
from shared.runtime.folding import StreamMemory
from shared.runtime.health import Health
from shared.runtime.http_protocol import GuardedHttp
from shared.runtime.ledger import Ledger
from shared.runtime.listener import Listener
from shared.runtime.nats_elsewhere import Nats
from shared.runtime.nats_names import NatsLogin, durable
from shared.runtime.orders import Order
from shared.runtime.reaction import Reaction
from shared.runtime.read_model import ReadModel
from shared.runtime.readable import Readable
from shared.runtime.relay import Relay
from shared.runtime.service import Service
from shared.runtime.shelf import FileShelf, Shelf

if TYPE_CHECKING:
    from services.console.front import Upstream

log = logging.getLogger("casetrail")

REACTS_WITHIN_S = 0.1
"""Under load; what reactions record is waited for by people, what read models show is looked at."""
BOARD_WITHIN_S = 10.0
"""How long a reaction waits for the SLA board; then it is tried again."""
LOOK_AFTER_S = 15.0
"""How often the doctor looks after the durables, unless the server was away: then at once."""


@dataclass(frozen=True)
class Deadlines:
    """What the watcher asks of the SLA board."""

    readable: Readable

    def next_due(self) -> datetime | None:
        """When to wake next."""
        return self.readable.now(sla_board.next_due)

    def due(self, now: datetime, limit: int) -> Any:
        """What time has done by now, in due order."""
        return self.readable.now(lambda db: sla_board.due(db, now, limit))


class House:
    """Parts: any of `relay`, the services, `console`."""

    def __init__(
        self,
        folder: Path,
        ledger: Ledger,
        nats: Nats,
        parts: Collection[str],
        *,
        shelf: Shelf | None = None,
        alone: bool = True,
        upstream: Upstream | None = None,
        files: Path | None = None,
    ) -> None:
        """`alone`: all parts run in this process. `upstream` names the addresses of another part, for the front door; `files`
        is the folder for evidence and documents, if it is not in the home."""
        self.folder, self.ledger, self.nats, self.parts, self.upstream = folder, ledger, nats, tuple(parts), upstream
        self._loop: asyncio.AbstractEventLoop | None = None
        self.shelf = shelf or FileShelf(folder / "read")
        self.clock = Clock()
        self.files = Files(files or folder / "files")
        told = ledger.wakes(self._woken)  # of other processes' commits
        poll_s = 0.5 if alone or told else 0.02
        self.relay = Relay(ledger, nats.login("relay"), poll_s=poll_s) if "relay" in parts else None
        self.room = Room(ledger, self.files, lambda: self.desk.directory)
        self.desk = Desk(
            ledger, self.clock, has_file=self.files.has, drafts=self.room.drafted, committed=self._committed
        )
        self._set_simulated_clock()
        self.doorkeeper = Doorkeeper(self.desk, alone=alone)
        self.cases = Cases(ledger)
        self.complaints = StreamMemory(self.cases.complaints)
        self.readables: dict[type[ReadModel], Readable] = {}
        self.listeners: list[Listener] = []
        self.watcher: Watcher | None = None
        self.buses = [self._bus(SERVICES[part], nats.login(part)) for part in parts if part in SERVICES]
        if "sla_watch" in parts:
            self.watcher = self._watcher()
        self.sender = self._sender() if "notify" in parts else None
        self.health = Health(ledger, self.listeners, self.relay, self._faults, self._figures)
        self.sessions: Sessions | None = None
        self.app: FastAPI = routes.application(self)
        self._tasks: list[asyncio.Task[Any]] = []

    # ── assembly ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def _bus(self, service: Service, login: NatsLogin) -> Bus:
        mine: list[Listener] = []
        for model in service.read_models:
            store = self.shelf.store(model, self._ledger_name(), self.cases)
            watched = bool(service.reactions)  # its reactions wait for what they have led to
            listener = Listener(durable(service.name, model.name), store, self.ledger, ahead=watched)
            self.readables[model] = Readable(store, listener)
            mine.append(listener)
        for name in service.reactions:
            reaction = Reaction(service.name, name, self.desk, self._asks, self._expects, reactions.IGNORED)
            mine.append(
                Listener(durable(service.name, name), reaction, self.ledger, most_s=REACTS_WITHIN_S, ahead=True)
            )
        self.listeners += mine
        return Bus(service, login, mine, self.doorkeeper)

    def _watcher(self) -> Watcher:
        board = self.readables[SlaBoard]
        keeper = next(one for one in self.listeners if one.durable == durable("sla_watch", CLOCK_KEEPER))
        watcher = Watcher(self.desk, keeper, board.listener, Deadlines(board))
        board.listener.after_move = watcher.wake
        return watcher

    def _sender(self) -> Sender:
        outbox = self.readables[Outbox]
        sender = Sender(self, outbox)
        outbox.listener.after_move = sender.wake
        return sender

    def _asks(self, fact: Fact[Any]) -> Iterable[Ask]:
        return reactions.asks(fact, self)

    def _expects(self, facts: Iterable[Fact[Any]]) -> None:
        self.complaints.expect(fact for fact in facts if fact.kind == "complaint")

    def case_at(self, fact: Fact[Any]) -> Complaint:
        """For the reactions: the case right after one of its facts."""
        return self.complaints.take(fact)

    def later_than(self, fact: Fact[Any]) -> list[Fact[Any]]:
        """For the reactions: facts of the same case that are recorded already and come after it."""
        return [fact_of(row) for row in self.ledger.stream(fact.stream, after=fact.version)]

    def sites_of(self, fact: Fact[Any]) -> list[str]:
        """For the reactions: the sites that a fact about a site or calendar concerns."""
        own, directory = fact.subject_id, self.desk.directory
        return [own] if fact.kind == "site" else [
            code for code, site in directory.sites.items()
            if site.calendar == own or (own == COMPANY and site.calendar not in directory.calendars)
        ]  # fmt: skip

    def before(self, fact: Fact[Any]) -> list[Fact[Any]]:
        """For the reactions: facts of the same case that come before it."""
        return [fact_of(row) for row in self.ledger.stream(fact.stream, up_to=fact.version - 1)]

    def running_at(self, fact: Fact[Any]) -> list[tuple[str, str]]:
        """For the reactions: (complaint id, site) of cases with running promises at the sites that a fact concerns."""
        concerned = self.sites_of(fact)
        board, head, until = self.readables[SlaBoard], self.ledger.head(), seconds() + BOARD_WITHIN_S
        while board.position < head:  # a promise that the board does not show yet would be left out for ever
            if seconds() > until:
                raise Unavailable(f"the SLA board is at {board.position} and has not reached {head} yet")
            time.sleep(0.01)
        return list(board.now(lambda db: sla_board.running_at(db, concerned)))

    def _ledger_name(self) -> str:
        identity = self.ledger.identity()
        return f"{identity.ledger_id}:{identity.epoch}"

    def _set_simulated_clock(self) -> None:
        home = self.desk.directory.home()
        self.clock.simulated = home.simulated
        if home.simulated and not home.clock_running:
            with contextlib.suppress(IndexError):
                last = self.ledger.rows(self.ledger.head() - 1, 1)[0].recorded_at
                self.clock.stand_at(last_recorded(last) or wall())

    def _faults(self) -> dict[str, str | None]:
        faults: dict[str, str | None] = {} if self.watcher is None else {"watcher": self.watcher.fault}
        if self.relay is not None and self.relay.damage:
            faults["ledger"] = self.relay.damage
        if behind := clock_fault(self.ledger, simulated=self.clock.simulated):
            faults["clock"] = f"{behind}: {CLOCK_WAY_OUT}"
        return faults

    def _figures(self) -> Iterator[tuple[str, str, float]]:
        yield "casetrail_desk_waiting", "Commands that wait to be decided", self.desk.waiting
        if "sla_watch" in self.parts:
            due, now = self.readables[SlaBoard].now(sla_board.next_due), self.desk.clock.now()
            late = 0.0 if due is None else max(0.0, (now - due).total_seconds())
            yield "casetrail_watcher_late_seconds", "Since when something has been due that is not said yet", late
        if self.sender is not None:
            counts = self.sender.log.counts()
            waiting = counts.get("waiting", 0) + counts.get("failed", 0)
            yield "casetrail_notices_waiting", "Notices that are still to be sent", waiting
            yield "casetrail_notices_given_up", "Notices that could not be sent", counts.get("given_up", 0)

    def _committed(self, position: int) -> None:
        if self.relay is not None:
            self.relay.wake()

    def _woken(self) -> None:
        """Somebody has committed, in whatever process. From a thread of the ledger's."""
        if (loop := self._loop) is not None and not loop.is_closed():
            with contextlib.suppress(RuntimeError):  # the loop ends at this moment
                loop.call_soon_threadsafe(self._look)

    def _look(self) -> None:
        if self.relay is not None:
            self.relay.wake()
        for bus in self.buses:
            # Not yet connected; or another process of the service may get the message, whose turn it is not.
            if not bus.started or bus.login.elsewhere:
                for listener in bus.listeners:
                    listener.nudge()

    def sign_in_url(self, base: str) -> str:
        """A link that signs one browser in, once: the owner of the first site."""
        owner = next((site.owner for site in self.desk.directory.sites.values()), "")
        return base if self.sessions is None else base + sign_in_path(self.sessions, owner)

    # ── running ───────────────────────────────────────────────────────────────────────────────────────────────────────
    async def pass_time(self, to: datetime, running: bool) -> int:
        """Simulated homes: everything until `to` happens; from there the clock runs on if asked."""
        assert self.watcher is not None
        said = await self.watcher.advance(to, simulated=True)
        self.clock.stand_at(to)
        if running:
            set_to = ClockSet(to=max(to, self.clock.now()), running=True, real_at=wall())
            home = next(iter(self.desk.directory.homes))
            await self.desk.ask(
                Order("sla_watch", f"home-{home}", lambda state, occasion, rules: iter((set_to,)), "s-sla-watch",
                      derived("clock", to), clock=to)
            )  # fmt: skip
        return said

    @contextlib.asynccontextmanager
    async def running(self, host: str, port: int) -> AsyncGenerator[uvicorn.Server]:
        """Everything runs within the block; leaving it stops doors, listeners, committer and relay, in this order."""
        self._loop = asyncio.get_running_loop()
        server = _Server(door(routes.served(self.app, self), host, port))
        serving = asyncio.create_task(server.serve())
        try:
            self._start(*(listener.run() for listener in self.listeners))
            if self.relay is not None:
                self._start(self.relay.run())
            if self.watcher is not None:
                self._start(self.watcher.run())
            if self.sender is not None:
                self.sender.start()
            self._start(*(self._look_after(bus) for bus in self.buses))
            if self.relay is not None:
                self._start(self._look_after_subscribers())
            while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn tells by a flag
                await asyncio.sleep(0.005)
            yield server
        finally:
            server.stop()
            await asyncio.wait([serving], timeout=2)
            for task in self._tasks:
                task.cancel()
            await _at_most(self._tasks)
            if self.sender is not None:
                await asyncio.to_thread(self.sender.stop)
            await _at_most([asyncio.ensure_future(bus.stop()) for bus in self.buses])
            await asyncio.to_thread(self.desk.stop)
            for readable in self.readables.values():
                readable.store.close()
            await asyncio.to_thread(self.shelf.close)
            if self.sessions is not None:
                self.sessions.close()

    def _start(self, *works: Awaitable[Any]) -> None:
        self._tasks += [asyncio.ensure_future(work) for work in works]

    async def _look_after(self, bus: Bus) -> None:
        """Connect as soon as the stream is there, then see to the durables for ever."""
        started = False
        while True:
            try:
                if not started:
                    await bus.start()
                    started = True
                for listener in bus.listeners:
                    await bus.ensure(listener)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_AFTER_S):
                        await bus.reconnected.wait()
                bus.reconnected.clear()
            except asyncio.CancelledError:
                raise
            except Exception as error:
                log.debug("%s looks for its durables again: %s", bus.service.name, error)
                await asyncio.sleep(0.05 if not started else 0.5)

    async def _look_after_subscribers(self) -> None:
        while True:
            with contextlib.suppress(Exception):  # the stream may be missing just now; the next look comes soon
                await subscribers.keep_durables(self.nats)
            await asyncio.sleep(LOOK_AFTER_S)


async def _at_most(tasks: Collection[asyncio.Future[Any]], seconds: float = 0.5) -> None:
    """Wait for them, but not for ever: a client that looks for a server that is gone takes no notice of being cancelled."""
    if tasks:
        await asyncio.wait(tasks, timeout=seconds)


def door(app: ASGIApp, host: str, port: int) -> uvicorn.Config:
    """How an application is served."""
    return uvicorn.Config(
        app, host=host, port=port, http=GuardedHttp, log_level="warning", access_log=False, lifespan="off",
        timeout_graceful_shutdown=1, server_header=False, date_header=False, proxy_headers=False,
    )  # fmt: skip


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the whole house is stopped in order, not the door alone.

    And without its tick: it looks ten times a second whether it shall end, which is most of what an idle house would do.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told = asyncio.Event()

    def stop(self) -> None:
        """End as soon as open requests are answered. On the event loop."""
        self.should_exit = True
        self._told.set()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self._told.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield
