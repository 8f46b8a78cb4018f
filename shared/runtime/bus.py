"""NATS as the services see it: one broker for each service's own user, its listeners, and its door for commands.

Every flag of FastStream and of the consumers stands in this file, with its reason (measured.md, Traps).
"""

from __future__ import annotations

import asyncio
import logging
import warnings
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson
from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, NatsMessage
from faststream.nats.response import NatsResponse
from faststream.security import SASLPlaintext
from nats.js.api import AckPolicy as ServerAck
from nats.js.api import ConsumerConfig, ConsumerInfo, DeliverPolicy
from nats.js.errors import NotFoundError

from shared.kernel.errors import Problem, Unknown
from shared.runtime.desk import WAITING
from shared.runtime.door import Doorkeeper, problem_document, refuse_repeated_keys
from shared.runtime.listener import Listener
from shared.runtime.nats_names import COMMANDS, FACTS, STREAM, NatsLogin
from shared.runtime.service import Handles, Service

log = logging.getLogger("casetrail.bus")

# FastStream advises against push consumers with a durable; each of ours has one listener in one process, on purpose.
warnings.filterwarnings("ignore", "The JetStream Push consumer", RuntimeWarning)

TAKEN_AT_ONCE = WAITING + 1_000
"""Commands of one service that are under way: more than may wait for the desk, so it is the desk that says when it is enough."""
JUMP = 1_000
"""A consumer this far behind its listener is told to go on where the listener stands, instead of delivering old news."""


@dataclass
class Bus:
    """One service's connection: its listeners and its door for commands."""

    service: Service
    login: NatsLogin
    listeners: Sequence[Listener]
    doorkeeper: Doorkeeper | None = None
    broker: NatsBroker = field(init=False)
    reconnected: asyncio.Event = field(default_factory=asyncio.Event)
    """The server was away, and may have come back without its data: the durables are worth a look."""
    started: bool = field(init=False, default=False)
    _connection: Any = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.broker = broker_for(self.login, self._told_of_reconnection)
        for listener in self.listeners:
            declare_listener(self.broker, listener, group(listener.durable, self.login))
        if self.doorkeeper is not None and self.service.handles:
            declare_commands(self.broker, self.service, self.doorkeeper)

    async def _told_of_reconnection(self) -> None:
        self.reconnected.set()

    async def start(self) -> None:
        """Connect, make sure that the durables exist, subscribe."""
        self._connection = await self.broker.connect()
        for listener in self.listeners:
            await self.ensure(listener)
            listener.jump = partial(self._jump, listener.durable)
        await self.broker.start()
        self.started = True

    async def stop(self) -> None:
        """Let go of the connection; consumers before the server, or its shutdown hangs."""
        await self.broker.stop()

    async def _jump(self, durable: str, sequence: int) -> None:
        await self._connection.jetstream(domain=self.login.domain).reset_consumer(STREAM, durable, seq=sequence)

    async def _make(self, js: Any, durable: str) -> ConsumerInfo:
        made: ConsumerInfo = await js.add_consumer(STREAM, consumer(durable, self.login))
        log.info("durable %s was made", durable)
        return made

    async def ensure(self, listener: Listener) -> None:
        """The doctor's work: a lost durable is made again, one that lags far behind its listener is moved on."""
        js = self._connection.jetstream(domain=self.login.domain)
        try:
            info: ConsumerInfo = await js.consumer_info(STREAM, listener.durable)
        except NotFoundError:
            info = await self._make(js, listener.durable)
        if info.config.deliver_group != group(listener.durable, self.login):  # never changed on a consumer that exists
            await js.delete_consumer(STREAM, listener.durable)
            info = await self._make(js, listener.durable)
        delivered = info.delivered.stream_seq if info.delivered is not None else 0
        listener.behind_stream = max(0, listener.position - delivered)
        if listener.behind_stream > JUMP:
            await self._jump(listener.durable, listener.position + 1)


def broker_for(login: NatsLogin, reconnected: Callable[[], Awaitable[None]]) -> NatsBroker:
    """A broker that never gives up reconnecting."""
    return NatsBroker(
        login.servers,
        security=SASLPlaintext(username=login.user, password=login.password),
        inbox_prefix=login.inbox,  # each user may only hear its own inbox
        max_reconnect_attempts=-1,
        reconnected_cb=reconnected,
        reconnect_time_wait=0.1,  # pyright: ignore[reportArgumentType]  # passed on to nats-py, which takes a float
        apply_types=False,  # nothing is injected; that alone would cost more than taking a nudge
        logger=None,  # one line per fact would cost more than the fact
        graceful_timeout=None,
        js_options={"domain": login.domain} if login.domain else {},
        **login.patience,  # pyright: ignore[reportArgumentType]
    )


def group(durable: str, login: NatsLogin) -> str | None:
    """With one process for each service its durable is bound once. Elsewhere all processes of a service are bound, and each
    message goes to one of them: a nudge for whoever gets it; whose turn it is to apply, the store says."""
    return durable if login.elsewhere else None


def consumer(durable: str, login: NatsLogin) -> ConsumerConfig:
    """The durable of one listener."""
    return ConsumerConfig(
        durable_name=durable,
        deliver_subject=login.delivery(durable),  # fixed, so that a recreated durable finds its listener again
        deliver_group=group(durable, login),
        deliver_policy=DeliverPolicy.ALL,  # the only policy that may later be moved to any position
        ack_policy=ServerAck.ALL,  # one acknowledgement for a whole batch
        ack_wait=5,  # after a hard kill of the server the default of 30 s stalls a listener for 28
        max_ack_pending=1,  # a message is a nudge: what lies behind it is read from the ledger and passed by
        filter_subject=f"{FACTS}.>",
    )


def declare_listener(broker: NatsBroker, listener: Listener, queue: str | None = None) -> None:
    """A push subscription on the listener's durable. Pull batches add delay and lose messages; push was measured faster."""

    @broker.subscriber(
        f"{FACTS}.>",
        queue=queue or "",
        durable=listener.durable,
        stream=JStream(STREAM, declare=False),  # the relay alone makes the stream
        ack_policy=AckPolicy.MANUAL,  # the default drops a fact after one exception; we ack after the rows are stored
        title=f"facts:{listener.durable}",
        include_in_schema=False,
        no_reply=True,
        decoder=_as_it_comes,
    )
    async def take(message: NatsMessage) -> None:
        await listener.take(message.raw_message)


async def _as_it_comes(message: NatsMessage) -> NatsMessage:
    """Whoever takes it reads the raw bytes itself: decoding here would be done for nothing."""
    return message


def declare_commands(broker: NatsBroker, service: Service, doorkeeper: Doorkeeper) -> None:
    """`casetrail.command.<service>.<command>`: the same commands by request and reply; a refusal is an answer.

    One subscription for all of them. One for each, 160 in a house, was measured to be a tenth of its start.
    """
    taken = {handles.command.door(): handles for handles in service.handles}

    @broker.subscriber(
        f"{COMMANDS}.{service.prefix}.*",
        queue=service.name,  # several processes of one service share the work
        max_workers=TAKEN_AT_ONCE,  # one by one, commands would never share a transaction, and a flood would wait unseen
        title=f"{service.name}:commands",
        decoder=_as_it_comes,
    )
    async def take(message: NatsMessage) -> NatsResponse:
        status, body, headers = await answered(service, taken, doorkeeper, message.raw_message)
        return NatsResponse(orjson.dumps(body), headers={"status": str(status), **headers})


async def answered(
    service: Service, taken: Mapping[str, Handles], doorkeeper: Doorkeeper, message: Any
) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Status, body and headers for one request; an exception would leave the caller waiting."""
    door = message.subject.rpartition(".")[2]
    try:
        if door not in taken:
            raise Unknown(f"{service.prefix} takes no command {door!r}", way_out="see /asyncapi.json")
        handles = taken[door]
        said: dict[str, str] = message.headers or {}
        headers = {name.lower(): value for name, value in said.items()}
        body, id = message.data, ""
        if "{" in handles.path:
            body, id = _without_id(message.data, handles)
        reply = await doorkeeper.handle(service, handles, id, headers, body)
        return reply.status, reply.body, {"content-type": "application/json"}
    except Problem as problem:
        later = {"retry-after": "1"} if problem.status == 503 else {}
        return problem.status, problem_document(problem), {"content-type": "application/problem+json", **later}
    except Exception:
        log.exception("%s %s failed", service.name, door)
        return 500, {"title": "A bug; it is logged", "status": 500}, {"content-type": "application/problem+json"}


def _without_id(data: bytes, handles: Handles) -> tuple[bytes, str]:
    """The body without the id that HTTP has in its route: `complaint_id`, or `person`."""
    name = "complaint_id" if handles.path.startswith("complaints/") else "person"
    try:
        said = orjson.loads(data)
        if not isinstance(said, dict):
            return data, ""
        refuse_repeated_keys(data)
        body: dict[str, Any] = {**said}
        id = body.pop(name, "")
        return orjson.dumps(body), id if isinstance(id, str) else ""
    except (ValueError, TypeError, RecursionError):  # not JSON, or deeper than anybody writes: the door says so
        return data, ""
