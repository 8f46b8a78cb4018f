"""Downstream subscribers: an address, a credential, and one durable that can be pulled and acknowledged, nothing else."""

import asyncio
import contextlib
from typing import Annotated, Any

from fastapi import Path, Request
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError
from pydantic import BaseModel, ConfigDict

from shared.kernel.errors import Forbidden, Invalid, Unknown
from shared.kernel.values import SiteCode
from shared.policy.organisation import Person
from shared.runtime.bodies import json_of
from shared.runtime.door import Doorkeeper, read_strictly
from shared.runtime.http import Routes, SignedIn, takes
from shared.runtime.nats_config import DOMAIN
from shared.runtime.nats_elsewhere import Nats
from shared.runtime.nats_names import FACTS, STREAM
from shared.runtime.relay import connect, jetstream

Name = Annotated[SiteCode, Path(description="1 to 32 of a-z, 0-9 and -")]


class AddSubscriber(BaseModel):
    """Let somebody downstream read all facts, or those of one site."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)

    name: SiteCode
    site: SiteCode | None = None


def routes(keeper: Doorkeeper, nats: Nats) -> Routes:
    """`/sla-watch/subscribers`"""
    router = Routes(prefix="/sla-watch", tags=["sla-watch"])

    def _owner_only(person: Person) -> None:
        if not any(site.owner == person.id for site in keeper.desk.directory.sites.values()):
            raise Forbidden("only an owner lets others listen", rule="G-SITE")

    @router.get("/subscribers", operation_id="subscribers.list", summary="Who listens downstream")
    async def subscribers(person: SignedIn) -> dict[str, Any]:
        _owner_only(person)
        return {
            "items": [
                {"name": durable.removeprefix("sub-"), "durable": durable, "subject": subject}
                for durable, subject in nats.subscribers().items()
            ]
        }

    @router.post(
        "/subscribers",
        operation_id="subscribers.add",
        status_code=201,
        summary="A credential that reads facts and nothing else",
        openapi_extra=takes(AddSubscriber, {"name": "warehouse", "site": "sz"}),
    )
    async def add(person: SignedIn, request: Request) -> dict[str, Any]:
        _owner_only(person)
        asked = read_strictly(AddSubscriber, await json_of(request, 10_000))
        if asked.site is not None:
            keeper.desk.directory.site(asked.site)
        try:
            login = await asyncio.to_thread(nats.add_subscriber, asked.name, asked.site)
        except ValueError as error:
            raise Invalid(str(error), field="name") from None
        with contextlib.suppress(NatsError):  # the server takes in its new user just now: `keep_durables` makes it soon
            await _make(nats, login.user, f"{FACTS}.{asked.site}.>" if asked.site else f"{FACTS}.>")
        return {
            "address": login.url, "user": login.user, "password": login.password, "stream": STREAM, "durable": login.user,
            "domain": DOMAIN, "inbox_prefix": login.inbox, "subject": nats.subscribers()[login.user],
        }  # fmt: skip

    @router.delete(
        "/subscribers/{name}", operation_id="subscribers.remove", summary="Nothing more is read with this credential"
    )
    async def remove(person: SignedIn, name: Name) -> dict[str, Any]:
        _owner_only(person)
        if f"sub-{name}" not in nats.subscribers():
            raise Unknown(f"there is no subscriber {name!r}", way_out="casetrail subscriber list")
        await asyncio.to_thread(nats.remove_subscriber, name)
        connection = await connect(nats.login("relay"))
        try:
            await jetstream(connection).delete_consumer(STREAM, f"sub-{name}")
        except NotFoundError:
            pass
        finally:
            await connection.close()
        return {"removed": name}

    return router


async def keep_durables(nats: Nats) -> None:
    """Make every subscriber's durable that is missing: after the stream was made anew, all of them are."""
    if not nats.subscribers():
        return
    connection = await connect(nats.login("relay"))
    try:
        for durable, subject in nats.subscribers().items():
            try:
                await jetstream(connection).consumer_info(STREAM, durable)
            except NotFoundError:
                await jetstream(connection).add_consumer(STREAM, _consumer(durable, subject))
    finally:
        await connection.close()


async def _make(nats: Nats, durable: str, subject: str) -> None:
    connection = await connect(nats.login("relay"))
    try:
        await jetstream(connection).add_consumer(STREAM, _consumer(durable, subject))
    finally:
        await connection.close()


def _consumer(durable: str, subject: str) -> ConsumerConfig:
    return ConsumerConfig(
        durable_name=durable, deliver_policy=DeliverPolicy.ALL, ack_policy=AckPolicy.EXPLICIT, filter_subject=subject
    )
