"""The stream that carries the facts: how it is made, and what must not be otherwise about it or about its servers.

What is in the way is told in a line with the way out; nothing is touched, and the relay goes on by itself once it is gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import DiscardPolicy, PersistMode, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import APIError, NotFoundError, ServiceUnavailableError

from shared.kernel.errors import Problem, Unavailable
from shared.runtime.ledger import Identity
from shared.runtime.nats_names import FACTS, STREAM

OLDEST = (2, 12)
"""The first nats-server with atomic batches."""
NOT_AT_ALL, NOT_FOR_THE_ACCOUNT = 10076, 10039


def made_for(ledger: Identity, replicas: int = 1) -> StreamConfig:
    """The stream of a ledger that does not have one yet."""
    return StreamConfig(
        name=STREAM,
        subjects=[f"{FACTS}.>"],
        storage=StorageType.FILE,
        retention=RetentionPolicy.LIMITS,
        discard=DiscardPolicy.NEW,  # should somebody ever set a limit: refused is heard of, dropped is not
        duplicate_window=0.1,  # the fence orders and deduplicates; the window would only cost memory
        allow_direct=True,
        allow_atomic=True,
        deny_delete=True,
        num_replicas=replicas,
        metadata=_told_of(ledger),
    )


def is_ours(config: StreamConfig, ledger: Identity, *, elsewhere: bool) -> bool:
    """Whether a stream is of this ledger and epoch. Raises Unavailable where it is not to be touched: somebody else's on
    servers that others use as well, or ours with settings that would lose, hide or reorder facts, or refuse them."""
    kept: dict[str, str] = config.metadata or {}
    if elsewhere and kept.get("ledger") != ledger.ledger_id:
        raise _refused(config, f"belongs to {kept.get('ledger') or 'somebody else'}, not to ledger {ledger.ledger_id}")
    mine = _told_of(ledger)
    ours = {name: kept.get(name) for name in mine} == mine
    if ours and (others := list(_others(config))):
        raise _refused(config, f"has other settings than ours ({', '.join(others)})")
    return ours


def _told_of(ledger: Identity) -> dict[str, str]:
    """What a stream says of whose it is."""
    return {"ledger": ledger.ledger_id, "epoch": str(ledger.epoch)}


def _others(config: StreamConfig) -> Iterator[str]:
    if config.subjects != [f"{FACTS}.>"]:
        yield f"subjects={','.join(config.subjects or ['none'])}"
    if config.storage != StorageType.FILE:
        yield f"storage={config.storage}"
    if config.retention != RetentionPolicy.LIMITS:
        yield f"retention={config.retention}"
    if config.max_age:
        yield f"max_age={config.max_age:g}s"
    if config.max_msgs_per_subject not in (-1, 0):
        yield f"max_msgs_per_subject={config.max_msgs_per_subject}"
    if config.persist_mode == PersistMode.ASYNC:
        yield "persist_mode=async"
    if not config.allow_atomic:
        yield "allow_atomic=false"
    for name in (
        "sealed",
        "mirror",
        "sources",
        "subject_transform",
        "allow_rollup_hdrs",
        "no_ack",
        "allow_msg_counter",
    ):
        if getattr(config, name):
            yield name


def _refused(config: StreamConfig, why: str) -> Problem:
    """For a stream of our name that cannot be ours."""
    return Unavailable(
        f"the stream {config.name} on NATS {why}; nothing in it was touched",
        way_out="give Casetrail a NATS account of its own, or remove or mend that stream: the relay goes on by itself",
    )


async def look_at_server(connection: Client) -> None:
    """Raises Unavailable when this nats-server can carry no facts."""
    version = connection.connected_server_version
    if (version.major, version.minor) < OLDEST:
        raise Unavailable(
            f"nats-server is {version.major}.{version.minor}.{version.patch} and has no atomic batches",
            way_out=f"install nats-server {OLDEST[0]}.{OLDEST[1]} or newer",
        )


async def info_of(js: Any) -> Any | None:
    """What there is of the stream; None when there is none yet. Raises Unavailable where there is no JetStream."""
    try:
        return await js.stream_info(STREAM)
    except NotFoundError:
        return None
    except (APIError, NatsError) as error:
        await _without_jetstream(js, error)
        raise


async def _without_jetstream(js: Any, error: Exception) -> None:
    """A cluster without a leader answers in another way; so does a server that has JetStream and is just starting."""
    if not isinstance(error, APIError):
        return
    code = error.err_code
    if code is None and isinstance(
        error, ServiceUnavailableError
    ):  # nobody answers questions about streams: ask whether it can
        try:
            await js.account_info()
        except APIError as refusal:
            code = refusal.err_code or NOT_AT_ALL
        except NatsError:
            return  # what failed first says more
    if code in (NOT_AT_ALL, NOT_FOR_THE_ACCOUNT):
        raise _no_jetstream(" for this account" if code == NOT_FOR_THE_ACCOUNT else "") from error


def _no_jetstream(where: str) -> Problem:
    return Unavailable(
        f"nats-server runs without JetStream{where}, so the stream has no place",
        way_out="configure jetstream { store_dir: …, sync_interval: always }, or start it with -js",
    )
