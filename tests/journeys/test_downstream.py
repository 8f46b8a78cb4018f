"""Somebody downstream reads facts of one site from NATS, and can do nothing else there."""

from __future__ import annotations

import asyncio
import json
import subprocess
from contextlib import suppress
from typing import Any

import nats
import pytest
from nats.errors import Error as NatsError
from nats.js.errors import APIError

from tests.house import ROOT, RunningHouse, casetrail, until
from tests.journeys.people import People, head, unique


def subscriber(house: RunningHouse, *words: str) -> Any:
    """`casetrail subscriber …`, as JSON."""
    done = subprocess.run(
        [*casetrail("subscriber"), *words, "--json", "--home", str(house.home)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def signed_in(told: dict[str, Any]) -> dict[str, Any]:
    """What `casetrail subscriber add` prints, as keywords for nats.connect. Errors are raised, not logged."""
    return {
        "servers": told["address"], "user": told["user"], "password": told["password"],
        "inbox_prefix": told["inbox_prefix"], "allow_reconnect": False,
    }  # fmt: skip


def test_a_subscriber_reads_the_facts_of_its_site_and_nothing_else(house: RunningHouse, people: People) -> None:
    elsewhere = unique("site")
    people.owner.does("/intake/sites", site=elsewhere, title="Elsewhere", zone="Europe/Berlin", language="en")
    foreign = people.owner.does(
        "/intake/complaints", site=elsewhere, channel="email", description="None of your business"
    )
    mine = people.case_at("assigned")
    last = head(people.owner)
    house.ready()
    name = unique("bi")
    told = subscriber(house, "add", name, "--site", "sz")

    async def reading() -> tuple[list[tuple[str, dict[str, str], bytes]], list[str]]:
        violations: list[str] = []

        async def on_error(error: Exception) -> None:
            violations.append(str(error))

        connection = await nats.connect(**signed_in(told), error_cb=on_error)
        js = connection.jetstream(domain=told["domain"], timeout=1)
        pull = await js.pull_subscribe_bind(durable=told["durable"], stream=told["stream"])
        read: list[tuple[str, dict[str, str], bytes]] = []
        while not read or int(read[-1][1]["ce-position"]) < mine.position:
            for message in await pull.fetch(100, timeout=10):
                read.append((message.subject, dict(message.headers or {}), message.data))
                await message.ack()

        # Everything else is refused.
        with pytest.raises((NatsError, APIError, TimeoutError)):
            await js.publish("casetrail.fact.sz.complaint.Received", b"{}")
        with pytest.raises((NatsError, APIError, TimeoutError)):
            await js.add_consumer(told["stream"], durable_name="mine-too")
        with pytest.raises((NatsError, APIError, TimeoutError)):
            other = await js.pull_subscribe_bind(durable="audit-timeline", stream=told["stream"])
            await other.fetch(1, timeout=1)
        with pytest.raises((NatsError, APIError, TimeoutError)):
            await js.delete_stream(told["stream"])
        with pytest.raises((NatsError, APIError, TimeoutError)):
            await connection.request("casetrail.command.intake.acknowledge", b"{}", timeout=1)
        await connection.subscribe("casetrail.fact.>")
        await connection.flush()
        await connection.close()
        return read, violations

    read, violations = asyncio.run(reading())
    assert {subject.split(".")[2] for subject, _, _ in read} == {"sz"}
    positions = [int(headers["ce-position"]) for _, headers, _ in read]
    assert positions == sorted(set(positions)) and positions[-1] <= last + 50
    of_case = [
        subject.split(".")[-1] for subject, headers, _ in read if headers["ce-subject"] == f"complaint-{mine.id}"
    ]
    assert of_case[0] == "Received" and of_case[-1] == "Assigned"
    assert foreign["complaint_id"].encode() not in b"".join(body for _, _, body in read)
    assert sum("permissions violation" in said.lower() for said in violations) >= 4, violations
    house.ready()
    assert people.owner.get("/readyz").status_code == 200


def test_a_subscriber_that_is_removed_reads_no_more(house: RunningHouse, people: People) -> None:
    name = unique("gone")
    told = subscriber(house, "add", name)
    assert name in {item["name"] for item in subscriber(house, "list")["items"]}

    async def connect() -> None:
        connection = await asyncio.wait_for(nats.connect(**signed_in(told), error_cb=_quiet, connect_timeout=2), 5)
        await connection.close()

    asyncio.run(connect())
    people.owner.http.delete(f"/sla-watch/subscribers/{name}").raise_for_status()
    with pytest.raises(Exception, match=r"(?i)authorization"):
        asyncio.run(connect())
    assert people.zhou.post("/sla-watch/subscribers", {"name": unique("spy")}).status_code == 403


def test_its_durable_survives_the_loss_of_the_stream(house: RunningHouse, people: People) -> None:
    """Everything on NATS may be wiped: the subscriber's durable is made again and delivers from the beginning."""
    name = unique("again")
    told = subscriber(house, "add", name, "--site", "sz")

    async def first(count: int) -> list[int]:
        connection = await nats.connect(**signed_in(told), error_cb=_quiet)
        pull = await connection.jetstream(domain=told["domain"]).pull_subscribe_bind(
            durable=told["durable"], stream=told["stream"]
        )
        found = [int((message.headers or {})["ce-position"]) for message in await pull.fetch(count, timeout=3)]
        await connection.close()
        return found

    before = asyncio.run(first(3))

    async def wipe() -> None:
        connection = await nats.connect(**house.nats("relay"))
        await connection.jetstream().delete_stream("CASETRAIL")
        await connection.close()

    asyncio.run(wipe())
    people.case()
    house.ready()

    def delivered() -> list[int]:
        with suppress(NatsError, APIError, TimeoutError):
            return asyncio.run(first(3))
        return []

    assert until(delivered, "the durable delivers again", 20) == before


async def _quiet(error: Exception) -> None:
    """Errors are asserted on, not logged."""
