"""What may be done to the stream by hand, by another publisher, or by the disk it lies on. It is a carrier: the ledger counts."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import nats
from nats.errors import Error as NatsError
from nats.js.api import DiscardPolicy
from nats.js.errors import APIError

from tests import checker
from tests.faults.frame import Verdict, scenario
from tests.faults.judging import all_faults
from tests.faults.surroundings import at_work, fault_of, on_stream
from tests.house import ROOT, RunningHouse, free_port, running_house, until
from tests.journeys.load import Load
from tests.journeys.people import People

STREAM = checker.STREAM
ByHand = Callable[[Any, Any], Awaitable[Any]]


async def _last(connection: Any, js: Any) -> int:
    return int((await js.stream_info(STREAM)).state.last_seq)


async def _is_whole(connection: Any, js: Any) -> bool:
    info = await js.stream_info(STREAM)
    kept, config = info.state, info.config
    return bool(kept.first_seq == 1 and kept.messages and config.discard == DiscardPolicy.NEW and config.max_msgs == -1)


async def _delete(connection: Any, js: Any) -> None:
    await js.delete_stream(STREAM)


@scenario("stream-deleted", row="5")
def stream_deleted(folder: Path, seed: int) -> Verdict:
    """The stream is deleted by hand, and later purged, while clients work; it is made anew and refilled from 1 by itself."""
    verdict = Verdict()

    async def purge(connection: Any, js: Any) -> None:
        await js.purge_stream(STREAM)

    with at_work(folder, verdict, commands=240) as (house, load):
        for share, harm in ((0.3, _delete), (0.6, purge)):
            load.after(share)
            on_stream(house, harm)
            verdict.count(harms=1)
            until(lambda: _quietly(house, _is_whole), "the stream is made anew", 60, 0.1)
    return verdict


def _stands_still(house: RunningHouse, load: Load, verdict: Verdict, harm: ByHand, words: tuple[str, ...]) -> None:
    """After this the relay stops and says why, while commands are acknowledged as before and every read model follows."""
    on_stream(house, harm)
    said = fault_of(house, "relay", *words)
    before, stood = len(load.acknowledged), on_stream(house, _last)
    until(lambda: len(load.acknowledged) >= before + 40, "commands are acknowledged meanwhile")
    if (at := on_stream(house, _last)) != stood:
        verdict.faults.append(f"the relay published up to {at} although it says: {said}")
    verdict.count(acknowledged_meanwhile=len(load.acknowledged) - before)


@scenario("stream-sealed", row="5")
def stream_sealed(folder: Path, seed: int) -> Verdict:
    """The stream is sealed by hand: the relay stops and names the setting, commands go on; once it is removed, all goes on."""
    verdict = Verdict()

    async def seal(connection: Any, js: Any) -> None:
        config = (await js.stream_info(STREAM)).config
        config.sealed = True
        await js.update_stream(config=config)

    with at_work(folder, verdict, commands=240) as (house, load):
        load.after(0.3)
        _stands_still(house, load, verdict, seal, ("other settings", "sealed", "goes on by itself"))
        on_stream(house, _delete)  # a seal cannot be broken
    return verdict


@scenario("stream-full", row="5", short=True)
def stream_full(folder: Path, seed: int) -> Verdict:
    """The stream may hold no more messages: it refuses new ones, the relay says so, commands go on; with room again, it goes on."""
    verdict = Verdict()

    async def fill(connection: Any, js: Any) -> None:
        info = await js.stream_info(STREAM)
        info.config.max_msgs = info.state.messages
        await js.update_stream(config=info.config)

    async def make_room(connection: Any, js: Any) -> None:
        config = (await js.stream_info(STREAM)).config
        config.max_msgs = -1
        await js.update_stream(config=config)

    with at_work(folder, verdict, commands=240) as (house, load):
        load.after(0.3)
        _stands_still(house, load, verdict, fill, ("maximum messages",))
        on_stream(house, make_room)
    return verdict


@scenario("stream-drops", row="5")
def stream_drops(folder: Path, seed: int) -> Verdict:
    """Somebody limits the stream and has it drop its oldest facts: it is made anew, without limit, with every fact in it."""
    verdict = Verdict()

    async def drop(connection: Any, js: Any) -> None:
        config = (await js.stream_info(STREAM)).config
        config.max_msgs, config.discard = 10, DiscardPolicy.OLD
        await js.update_stream(config=config)

    async def whole(connection: Any, js: Any) -> bool:
        info = await js.stream_info(STREAM)
        return bool(
            info.config.discard == DiscardPolicy.NEW and info.config.max_msgs == -1 and info.state.first_seq == 1
        )

    with at_work(folder, verdict) as (house, load):
        load.after(0.4)
        on_stream(house, drop)
        until(lambda: _quietly(house, _is_whole), "the stream is made anew as it should be", 60, 0.2)
    return verdict


def _quietly(house: RunningHouse, ask: ByHand) -> Any:
    try:
        return on_stream(house, ask)
    except (APIError, NatsError):
        return None


def flip_a_bit(blocks: Path, chance: random.Random) -> str:
    """Of one bit in one of the files in which nats-server keeps messages; where."""
    file = chance.choice(sorted(blocks.rglob("*.blk")))
    held = bytearray(file.read_bytes())
    byte = chance.randrange(len(held))
    held[byte] ^= 1 << chance.randrange(8)
    file.write_bytes(held)
    return f"byte {byte:,} of {len(held):,} in {file.name}"


@scenario("nats-bit-flip", row="7", short=True)
def nats_bit_flip(folder: Path, seed: int) -> Verdict:
    """One bit flips in a file of nats-server while it is down: its own counts say that all is there, but it is found and healed."""
    return bits_flip(folder, seed, 4)


@scenario("nats-bit-flips", row="7")
def nats_bit_flips(folder: Path, seed: int) -> Verdict:
    """The same forty times."""
    return bits_flip(folder, seed, 40)


def bits_flip(folder: Path, seed: int, times: int) -> Verdict:
    """nats-server ends in order, or by kill -9: then it cuts off what follows the damage, which is another way to lose it."""
    verdict, chance = Verdict(), random.Random(seed)
    with running_house(folder) as house:
        load = Load(People.of(house), folder / "journal", commands=120)
        with load.running():
            pass
        house.ready()
        for number in range(times):
            with house.nobody_restarts_anything():
                pid = house.pid("nats-server")
                assert pid is not None
                os.kill(pid, (signal.SIGTERM, signal.SIGKILL)[number % 2])
                until(lambda: house.pid("nats-server") is None, "nats-server has ended")
                where = flip_a_bit(house.home / "nats" / "jetstream", chance)
            verdict.count(flips=1)
            until(lambda: house.pid("nats-server"), "nats-server is started again")
            house.ready()
            until(lambda: _is_as_the_ledger(house), f"flip {number + 1} is healed: {where}", 60, 0.2)
        verdict.faults += all_faults(house, load)
        verdict.count(acknowledged=len(load.acknowledged))
    return verdict


def _is_as_the_ledger(house: RunningHouse) -> bool:
    with suppress(AssertionError, APIError, NatsError, OSError):
        return not checker.faults_of_stream(checker.ledger(house.home), house.nats("relay"))
    return False


# ── other publishers ──────────────────────────────────────────────────────────────────────────────────────────────────
Copy = tuple[str, dict[str, str], bytes]


async def _some_message(js: Any, chance: random.Random) -> Copy:
    last = int((await js.stream_info(STREAM)).state.last_seq)
    message = await js.get_msg(STREAM, seq=chance.randint(1, max(1, last)))
    told = {name: value for name, value in (message.headers or {}).items() if not name.startswith("Nats-")}
    return message.subject, told, message.data or b""


def _forged(copy: Copy, position: int, body: bytes) -> Copy:
    """As if it were the fact at this position, in every way."""
    on, told, _ = copy
    changed = {"ce-position": str(position), "ce-id": str(position), "ce-sha256": hashlib.sha256(body).hexdigest()}
    return on, {**told, **changed}, body


@scenario("foreign-messages", row="14", short=True)
def foreign_messages(folder: Path, seed: int) -> Verdict:
    """Somebody with the relay's password publishes facts again, out of order, forged, and poison: no read model takes any of it."""
    verdict, chance = Verdict(), random.Random(seed)

    async def one_more(connection: Any, js: Any) -> None:
        on, told, body = await _some_message(js, chance)
        last = int((await js.stream_info(STREAM)).state.last_seq)
        forged = _forged((on, told, body), last + 1, body.replace(b"Garbled", b"Perfect"))
        later = _forged((on, told, body), last + 2, body)
        poison: list[Copy] = [
            (on, {}, b"\x00\xff"),
            (on, {**told, "ce-position": "many"}, b"{"),
            ("casetrail.fact.x", {}, b""),
        ]
        for subject, headers, data in chance.choice(([(on, told, body)] * 2, [later, forged], [forged], poison)):
            await js.publish(subject, data, headers=headers or None)
        verdict.count(foreign=1)

    with at_work(folder, verdict, commands=300) as (house, load):
        for share in (0.1, 0.25, 0.4, 0.55, 0.7, 0.85):
            load.after(share)
            until(lambda: _done(house, one_more), "a foreign message is on the stream", 30, 0.1)
    return verdict


@scenario("foreign-messages-at-rest", row="14")
def foreign_messages_at_rest(folder: Path, seed: int) -> Verdict:
    """The same while nothing else happens: the relay looks by itself, and removes what is not the ledger's."""
    verdict, chance = Verdict(), random.Random(seed)

    async def forge(connection: Any, js: Any) -> None:
        copy = await _some_message(js, chance)
        on, told, body = _forged(copy, int((await js.stream_info(STREAM)).state.last_seq) + 1, copy[2])
        await js.publish(on, body, headers=told)

    with running_house(folder) as house:
        load = Load(People.of(house), folder / "journal", commands=60)
        with load.running():
            pass
        house.ready()
        for _ in range(3):
            on_stream(house, forge)
            until(lambda: _is_as_the_ledger(house), "the forged fact is gone", 60, 0.2)
            verdict.count(foreign=1)
        verdict.faults += all_faults(house, load)
    return verdict


@scenario("foreign-publisher", row="14")
def foreign_publisher(folder: Path, seed: int) -> Verdict:
    """With the password of a service, or of a client, nothing can be published to the facts' subject at all."""
    verdict = Verdict()
    with at_work(folder, verdict, commands=60) as (house, load):
        load.after(0.5)
        for user in ("client", "intake", "triage", "capa", "sla_watch", "audit", "insight", "notify"):
            if "permissions violation" not in (said := asyncio.run(_try_to_publish(house.nats(user)))).lower():
                verdict.faults.append(f"{user} may publish facts: {said or 'no refusal'}")
            verdict.count(refused=1)
    return verdict


async def _try_to_publish(login: dict[str, Any]) -> str:
    heard: asyncio.Queue[str] = asyncio.Queue()

    async def told(error: Exception) -> None:
        heard.put_nowait(str(error))

    connection = await nats.connect(**login, error_cb=told)
    try:
        await connection.publish("casetrail.fact.sz.complaint.Received", b"{}")
        await connection.flush()
        async with asyncio.timeout(5):
            return await heard.get()
    except TimeoutError:
        return ""
    finally:
        await connection.close()


def _done(house: RunningHouse, harm: ByHand) -> bool:
    """The stream may be just being made anew: then it is tried again."""
    with suppress(APIError, NatsError):
        on_stream(house, harm)
        return True
    return False


# ── several relays ────────────────────────────────────────────────────────────────────────────────────────────────────
@scenario("two-relays", row="15")
def two_relays(folder: Path, seed: int) -> Verdict:
    """Two relays work at one stream, and each in turn is killed, or stopped and woken: every fact is published once, in order."""
    verdict, chance = Verdict(), random.Random(seed)
    with at_work(folder, verdict, commands=600, split=True) as (house, load), another_relay(house) as second:
        for share in (0.1, 0.25, 0.4, 0.55, 0.7, 0.85):
            load.after(share)
            if chance.random() < 0.5:
                house.kill_part("relay")
                verdict.count(kills=1)
            else:
                os.kill(second, signal.SIGSTOP)
                load.after(share + 0.1)
                os.kill(second, signal.SIGCONT)
                verdict.count(stops=1)
    return verdict


@contextmanager
def another_relay(house: RunningHouse) -> Iterator[int]:
    """Beside the one of a house in parts, which knows nothing of it; its process number."""
    begun = [sys.executable, "-c", "from services.__main__ import main; main()"]
    words = [*begun, "relay", "--home", str(house.home), "--host", "127.0.0.1"]
    with (house.home.parent / "relay.out").open("ab") as out:
        relay = subprocess.Popen(
            [*words, "--port", str(free_port())], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
    try:
        yield relay.pid
        assert relay.poll() is None, "the second relay has ended"
    finally:
        relay.kill()
        relay.wait()
