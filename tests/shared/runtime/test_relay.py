"""The relay on the real nats-server: position n is sequence n, whatever is done to the stream."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nats.js.api import AckPolicy, ConsumerConfig, DiscardPolicy, StreamConfig

from shared.runtime.codec import headers, row_from_message
from shared.runtime.health import Health
from shared.runtime.nats_names import FACTS, STREAM
from shared.runtime.nats_server import EmbeddedNats
from tests.shared.runtime.carrying import (
    in_stream,
    jetstream_of,
    ledger_at,
    level,
    record,
    relay_for,
    server_at,
    until,
    working,
)
from tests.shared.runtime.ledgers import row


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedNats]:
    with server_at(tmp_path) as server:
        yield server


def test_position_is_sequence_and_the_bytes_are_the_ledgers(server: EmbeddedNats, tmp_path: Path):
    async def main() -> None:
        ledger = ledger_at(tmp_path, 5)
        relay = relay_for(server, ledger)
        async with jetstream_of(server) as js, working(relay.run()):
            await relay.ready()
            record(ledger, 3)
            relay.wake()
            await level(js, ledger)
            assert await in_stream(js) == list(range(1, 9))
            for stored in ledger.rows(0, 10):
                message = await js.get_msg(STREAM, seq=stored.position, direct=True)
                assert row_from_message(message.headers, message.data) == stored
            await until(lambda: relay.position == 8)
            assert relay.fault is None

    asyncio.run(main())


def test_more_than_one_batch_at_once(server: EmbeddedNats, tmp_path: Path):
    async def main() -> None:
        ledger = ledger_at(tmp_path, 2_345)
        relay = relay_for(server, ledger)
        async with jetstream_of(server) as js, working(relay.run()):
            await level(js, ledger)
            for sequence in (1, 1_000, 1_001, 2_000, 2_345):
                message = await js.get_msg(STREAM, seq=sequence, direct=True)
                assert message.headers["ce-position"] == str(sequence)

    asyncio.run(main())


def test_a_wiped_stream_is_refilled(server: EmbeddedNats, tmp_path: Path):
    async def main() -> None:
        ledger = ledger_at(tmp_path, 20)
        relay = relay_for(server, ledger)
        async with jetstream_of(server) as js, working(relay.run()):
            await level(js, ledger)
            await js.delete_stream(STREAM)
            record(ledger, 1)
            await level(js, ledger)
            assert await in_stream(js) == list(range(1, 22))

    asyncio.run(main())


def test_a_long_refill_is_in_order_from_one_and_says_how_far_it_is(
    server: EmbeddedNats, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    async def main() -> None:
        ledger = ledger_at(tmp_path, 3_500)
        relay = relay_for(server, ledger)
        async with jetstream_of(server) as js, working(relay.run()):
            await level(js, ledger)
            await until(lambda: relay.position == 3_500 and relay.refill is None)
            health, told, published = Health(ledger, (), relay), list[dict[str, Any]](), relay._publish
            late = ConsumerConfig(durable_name="sub-late", ack_policy=AckPolicy.EXPLICIT)

            async def publish(connection: Any, rows: Any) -> None:
                ready, report = health.ready()
                if relay.refill is not None:
                    told.append({**report["parts"]["relay"], "ready": ready})
                await published(connection, rows)
                if len(told) == 1:  # somebody downstream asks for everything while the stream is being filled
                    await js.add_consumer(STREAM, late)

            relay._publish = publish  # type: ignore[method-assign]
            await js.delete_stream(STREAM)
            record(ledger, 1)
            relay.wake()
            await level(js, ledger)
            assert [one["position"] for one in told] == [0, 1_000, 2_000, 3_000]
            assert told[0]["refill"] == {"facts_per_second": 0, "seconds_left": None}
            for one in told[1:3]:
                assert one["ready"], "our own listeners read the ledger meanwhile: nothing is at fault"
                assert one["refill"]["facts_per_second"] > 0 and one["refill"]["seconds_left"] >= 0
            await until(lambda: relay.refill is None)
            pull = await js.pull_subscribe_bind(durable="sub-late", stream=STREAM)
            read: list[str] = []
            while len(read) < 3_501:
                for message in await pull.fetch(1_000, timeout=10):
                    read.append(message.headers["ce-position"])
                    await message.ack()
            assert read == [str(position) for position in range(1, 3_502)], "whoever listens downstream skips nothing"

    with caplog.at_level("INFO", "casetrail.relay"):
        asyncio.run(main())
    assert "the stream is level" in caplog.text


def test_a_server_that_lost_its_data_is_refilled_although_nothing_new_happens(server: EmbeddedNats, tmp_path: Path):
    async def main() -> None:
        ledger = ledger_at(tmp_path, 20)
        relay = relay_for(server, ledger)
        async with working(relay.run()):
            await relay.ready()
            server.stop()
            shutil.rmtree(server.home / "nats" / "jetstream")
            server.start()
            async with jetstream_of(server) as js:
                await level(js, ledger)
                assert await in_stream(js) == list(range(1, 21))

    asyncio.run(main())


async def _filled(js: object, count: int, metadata: dict[str, str]) -> None:
    config = StreamConfig(name=STREAM, subjects=[f"{FACTS}.>"], metadata=metadata, allow_atomic=True, allow_direct=True)
    await js.add_stream(config)  # type: ignore[attr-defined]
    from shared.runtime.codec import Identity

    for position in range(1, count + 1):
        sent = headers(row(position, "complaint-other", position), Identity("L9", 1, 1))
        await js.publish(f"{FACTS}.sz.complaint.Received", b"{}", headers=sent)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("count", "metadata"),
    [
        pytest.param(5, {"ledger": "L9", "epoch": "1"}, id="of another ledger"),
        pytest.param(5, {"ledger": "L1", "epoch": "7"}, id="of another epoch"),
        pytest.param(5, {}, id="of nobody"),
        pytest.param(30, {"ledger": "L1", "epoch": "1"}, id="ahead of the ledger"),
        pytest.param(5, {"ledger": "L1", "epoch": "1"}, id="with other facts in it"),
    ],
)
def test_a_stream_that_is_not_ours_is_replaced(
    server: EmbeddedNats, tmp_path: Path, count: int, metadata: dict[str, str]
):
    async def main() -> None:
        ledger = ledger_at(tmp_path, 12)
        async with jetstream_of(server) as js:
            await _filled(js, count, metadata)
            relay = relay_for(server, ledger)
            async with working(relay.run()):
                await relay.ready()
                await level(js, ledger)
                assert await in_stream(js) == list(range(1, 13))
                first = await js.get_msg(STREAM, seq=1, direct=True)
                assert first.headers["ce-source"] == "urn:casetrail:L1:1"

    asyncio.run(main())


def test_a_purged_stream_begins_at_one_again(server: EmbeddedNats, tmp_path: Path):
    async def main() -> None:
        ledger = ledger_at(tmp_path, 12)
        async with jetstream_of(server) as js:
            async with working(relay_for(server, ledger).run()):
                await level(js, ledger)
            await js.purge_stream(STREAM)
            record(ledger, 1)
            relay = relay_for(server, ledger)
            async with working(relay.run()):
                await relay.ready()
                assert await in_stream(js) == list(range(1, 14))

    asyncio.run(main())


def test_two_relays_at_once_publish_each_fact_once(server: EmbeddedNats, tmp_path: Path):
    async def main() -> None:
        ledger = ledger_at(tmp_path, 50)
        relays = [relay_for(server, ledger) for _ in range(2)]
        async with jetstream_of(server) as js, working(*(relay.run() for relay in relays)) as tasks:
            for _ in range(30):
                record(ledger, 7)
                for relay in relays:
                    relay.wake()
                await asyncio.sleep(0)
            await level(js, ledger)
            assert await in_stream(js) == list(range(1, 261))
            assert not any(task.done() for task in tasks)
            record(ledger, 1)
            await until(lambda: all(relay.position == 261 and relay.fault is None for relay in relays))

    asyncio.run(main())


def test_a_relay_that_died_half_way_is_continued_by_the_next(server: EmbeddedNats, tmp_path: Path):
    async def main() -> None:
        ledger = ledger_at(tmp_path, 300)
        async with jetstream_of(server) as js:
            for _ in range(5):
                async with working(relay_for(server, ledger).run()):
                    await asyncio.sleep(0.004)
                record(ledger, 300)
            async with working(relay_for(server, ledger).run()):
                await level(js, ledger)
            info = await js.stream_info(STREAM)
            assert (info.state.first_seq, info.state.last_seq, info.state.messages) == (1, 1_800, 1_800)

    asyncio.run(main())


def test_the_server_may_be_away_for_a_while(server: EmbeddedNats, tmp_path: Path):
    async def main() -> None:
        ledger = ledger_at(tmp_path, 3)
        relay = relay_for(server, ledger)
        async with working(relay.run()):
            await relay.ready()
            server.stop()
            record(ledger, 3)
            server.start()
            async with jetstream_of(server) as js:
                await level(js, ledger)
                assert await in_stream(js) == list(range(1, 7))

    asyncio.run(main())


def test_a_stream_that_would_drop_its_oldest_facts_is_made_to_refuse_new_ones(server: EmbeddedNats, tmp_path: Path):
    """Streams of earlier versions, and whatever somebody has set since."""

    async def main() -> None:
        ledger = ledger_at(tmp_path, 5)
        async with jetstream_of(server) as js:
            async with working((relay := relay_for(server, ledger)).run()):
                await relay.ready()
                made = (await js.stream_info(STREAM)).config
                assert made.discard == DiscardPolicy.NEW
            made.discard = DiscardPolicy.OLD
            assert (await js.update_stream(config=made)).config.discard == DiscardPolicy.OLD
            async with working((relay := relay_for(server, ledger)).run()):
                await relay.ready()
                found = await js.stream_info(STREAM)
                assert (found.config.discard, found.config.metadata["ledger"]) == (DiscardPolicy.NEW, "L1")
                record(ledger, 2)
                relay.wake()
                await level(js, ledger)
                assert await in_stream(js) == list(range(1, 8)), "nothing was made anew"

    asyncio.run(main())
