"""Notify's door: the outbox, and a test of the ways out."""

import asyncio
from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict

from services.notify.sender import Sender
from services.notify.sending_log import State
from shared.kernel.errors import Forbidden, Unavailable
from shared.kernel.values import Line, SiteCode
from shared.runtime.bodies import json_of
from shared.runtime.clock import seconds
from shared.runtime.door import Doorkeeper, read_strictly
from shared.runtime.http import AfterPosition, Routes, SignedIn, takes

PATIENCE_S = 5.0
_HIDDEN = {"newest", "said", "key"}


class TestNotice(BaseModel):
    """Send a test: `to` is the id of a person, who is reached in every way there is, or the name of one channel."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)

    to: Line


def routes(doorkeeper: Doorkeeper, sender: Sender) -> Routes:
    """`/notify/…`"""
    router = Routes(prefix="/notify", tags=["notify"])
    directory = doorkeeper.desk.directory

    @router.get(
        "/outbox", operation_id="notify.outbox", summary="Who was told of what, and who could not be, latest first"
    )
    async def outbox(
        person: SignedIn,
        state: State | None = None,
        site: SiteCode | None = None,
        limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
        cursor: Annotated[str | None, Query(max_length=500)] = None,
        after_position: AfterPosition = None,
    ) -> dict[str, Any]:
        await _taken_over(after_position)
        page = await asyncio.to_thread(sender.log.page, state=state, site=site, limit=limit, cursor=cursor)
        return {
            "items": [_told(item) for item in page.items],
            "next_cursor": page.next_cursor,
            "counts": await asyncio.to_thread(sender.log.counts),
            "fault": sender.fault,
            "position": sender.log.position,
        }

    @router.post(
        "/test",
        operation_id="notify.test",
        summary="Send a test to a person, or by one channel",
        openapi_extra=takes(TestNotice, {"to": "sz-quality-room"}),
    )
    async def test(person: SignedIn, request: Request) -> dict[str, Any]:
        if not any(site.owner == person.id for site in directory.sites.values()):
            raise Forbidden("only an owner tries out how people are reached", rule="G-SITE")
        asked = read_strictly(TestNotice, await json_of(request, 10_000))
        tried = await asyncio.to_thread(sender.test, asked.to)
        return {"items": [{"via": one.via, "sent": one.error is None, "error": one.error} for one in tried]}

    async def _taken_over(position: int | None) -> None:
        """Not before the notices of the fact at this position stand in the log."""
        until = seconds() + PATIENCE_S
        while position is not None and sender.log.position < min(position, doorkeeper.desk.ledger.head()):
            if seconds() > until:
                raise Unavailable("the outbox has not been taken over so far yet", way_out="try again")
            sender.wake()
            await asyncio.sleep(0.02)

    def _told(item: dict[str, Any]) -> dict[str, Any]:
        return {"title": sender.title_of(item), **{name: item[name] for name in item if name not in _HIDDEN}}

    return router
