"""More commands at once than may wait: those past the limit are told at once when to come again, and nothing else happens.

What waits is made to wait by a lock on the ledger, held from outside as a slow disk would hold it.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import nats
from nats.aio.client import Client

from shared.runtime.desk import WAITING
from tests.doors.attacked import EXAMPLE, Attacked
from tests.doors.test_too_large import MEGABYTE, resident
from tests.house import until

MANY = WAITING + 400
PATIENCE_S = 60.0
SUBJECT = "casetrail.command.intake.contact-customer"
CONTACT = {"direction": "outbound", "channel": "email", "purpose": "progress", "summary": "told how it goes"}


@dataclass(frozen=True)
class Said:
    """One answer: its status, when to come again, and the position of what was recorded."""

    status: int
    retry_after: str | None
    position: int


Ask = Callable[[int], Awaitable[Said]]


@contextmanager
def stalled(attacked: Attacked) -> Generator[Callable[[], None]]:
    """Nothing can be committed until the given function is called, or the block ends."""
    if attacked.house.database:
        import psycopg

        from shared.runtime.postgres_schema import WRITING

        session = psycopg.connect(attacked.house.database)
        session.execute(f"SELECT pg_advisory_lock({WRITING})".encode())
        close = session.close
    else:
        ledger = sqlite3.connect(attacked.house.home / "ledger.sqlite", isolation_level=None, timeout=20)
        ledger.execute("BEGIN IMMEDIATE")
        close = ledger.close
    try:
        yield close
    finally:
        close()


async def flood(ask: Ask, go_on: Callable[[], None]) -> Sequence[Said]:
    """All at once; the ledger goes on as soon as somebody was told to come again."""
    asked = [asyncio.ensure_future(ask(number)) for number in range(MANY)]
    try:
        async with asyncio.timeout(PATIENCE_S):
            first, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
            go_on()
            assert {one.result().status for one in first} == {503}, "while nothing is stored, nobody is told that it is"
            return await asyncio.gather(*asked)
    finally:
        for one in asked:
            one.cancel()


def check(attacked: Attacked, answers: Sequence[Said]) -> None:
    """Everybody was answered; what was acknowledged is there, once each; and the house works as before."""
    refused = [one for one in answers if one.status == 503]
    taken = [one.position for one in answers if one.status == 200]
    assert len(refused) + len(taken) == MANY, {one.status for one in answers}
    assert refused and {one.retry_after for one in refused} == {"1"}
    assert len(taken) >= WAITING, "as many as may wait are taken"
    began = time.monotonic()
    case(attacked)
    assert time.monotonic() - began < PATIENCE_S / 4, "it recovers at once"
    lines = attacked.owner.get(
        "/audit/facts", after=min(taken) - 1, limit=max(taken) - min(taken) + 1
    ).text.splitlines()
    there = [json.loads(line) for line in lines]
    contacts = {int(one["position"]) for one in there if one["type"] == "casetrail.complaint.CustomerContacted"}
    assert len(set(taken)) == len(taken) and set(taken) <= contacts


def case(attacked: Attacked) -> str:
    """A new one, which many want to record contacts for."""
    return str(attacked.owner.does("/intake/complaints", **EXAMPLE)["complaint_id"])


def over_http(attacked: Attacked) -> Ask:
    """Each on a connection of its own, by hand: a client that shares them would queue by itself."""
    body = json.dumps(CONTACT).encode()
    url = httpx.URL(attacked.house.url)
    head = (
        f"POST /intake/complaints/{case(attacked)}/contact-customer HTTP/1.1\r\nhost: {url.host}\r\nauthorization: Bearer {attacked.owner.token}\r\n"
        f"content-type: application/json\r\nconnection: close\r\ncontent-length: {len(body)}\r\n\r\n"
    ).encode()
    opening = asyncio.Semaphore(
        500
    )  # the system's queue of connections that nobody has taken yet is not what is tested

    async def ask(number: int) -> Said:
        async with opening:
            reader, writer = await asyncio.open_connection(url.host, url.port)
            writer.write(head + body)
            await writer.drain()
        said, _, document = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        first, *others = said.decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in others)}
        return Said(int(first.split()[1]), headers.get("retry-after"), json.loads(document).get("position", 0))

    return ask


def over_nats(attacked: Attacked, connection: Client) -> Ask:
    """All on one connection; each with a key of its own."""
    body = json.dumps({"complaint_id": case(attacked), **CONTACT}).encode()
    bearer = {"Authorization": f"Bearer {attacked.owner.token}"}

    async def ask(number: int) -> Said:
        answer = await connection.request(SUBJECT, body, PATIENCE_S, headers=bearer)
        headers = answer.headers or {}
        return Said(int(headers["status"]), headers.get("retry-after"), json.loads(answer.data).get("position", 0))

    return ask


def test_more_than_may_wait_are_told_when_to_come_again(battered: Attacked) -> None:
    ask = over_http(battered)
    with stalled(battered) as go_on:
        answers = asyncio.run(flood(ask, go_on))
    check(battered, answers)


def test_over_nats_the_same_and_memory_stays_as_it_is(battered: Attacked) -> None:
    async def main() -> Sequence[Said]:
        connection = await nats.connect(**battered.house.nats("client"))
        try:
            ask = over_nats(battered, connection)
            with stalled(battered) as go_on:
                return await flood(ask, go_on)
        finally:
            await connection.close()

    check(battered, asyncio.run(main()))
    battered.house.ready()
    before = resident(battered)
    check(battered, asyncio.run(main()))
    until(
        lambda: resident(battered) - before < 60 * MEGABYTE,
        "memory is what it was: a flood that leaked would leave 150 MB",
        20,
    )
