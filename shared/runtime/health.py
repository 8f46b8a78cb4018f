"""Is it alive, is it ready, how far is it: for people, load balancers and Prometheus."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response

from shared.kernel.errors import Problem
from shared.runtime.http import Json, Routes
from shared.runtime.ledger import Ledger
from shared.runtime.listener import Listener
from shared.runtime.relay import Relay

Faults = Callable[[], dict[str, str | None]]
Figures = Callable[[], Iterable[tuple[str, str, float]]]
"""Name, what it is, and how much."""
Hurry = Annotated[bool, Query(description="Listeners that lag take what waits now, not at their next turn.")]


class Health:
    """What a process knows about itself. `faults` names other parts that may be at fault, such as the watcher."""

    def __init__(
        self,
        ledger: Ledger,
        listeners: Sequence[Listener],
        relay: Relay | None,
        faults: Faults = dict[str, "str | None"],
        figures: Figures = tuple,
    ) -> None:
        self.ledger, self.listeners, self.relay, self.faults, self.figures = ledger, listeners, relay, faults, figures

    def ready(self) -> tuple[bool, dict[str, Any]]:
        """Whether everything runs without fault, and how far each listener is behind the ledger."""
        try:
            head = self.ledger.head()
        except Problem as problem:
            return False, {"head": None, "parts": {"ledger": {"fault": problem.line}}}
        parts: dict[str, Any] = {
            listener.durable: {
                "position": listener.position,
                "lag": max(0, head - listener.position),
                "fault": listener.fault or _ahead(listener.position, head),
            }
            for listener in self.listeners
        }
        if self.relay is not None:
            behind = max(0, head - self.relay.position)
            parts["relay"] = {
                "position": self.relay.position,
                "lag": behind,
                "fault": self.relay.fault,
                **_refill(self.relay),
            }
        for name, fault in self.faults().items():
            parts[name] = {"fault": fault}
        return all(part["fault"] is None for part in parts.values()), {"head": head, "parts": parts}

    def hurry(self) -> None:
        """Somebody waits until all is level. On the event loop."""
        try:
            head = self.ledger.head()
        except Problem:
            return  # `ready` says so
        for listener in self.listeners:
            if listener.position < head:
                listener.hurry()

    async def answer(self, hurry: bool = False) -> Json:
        """To `/readyz`."""
        if hurry:
            self.hurry()
        ready, report = await asyncio.to_thread(self.ready)  # a database that is away keeps one waiting
        return Json({"ready": ready, **report}, 200 if ready else 503, headers={} if ready else {"retry-after": "1"})

    def routes(self) -> Routes:
        """`/healthz`, `/readyz`, `/metrics`; open to everyone who reaches the port, and silent about cases."""
        router = Routes(tags=["health"])

        @router.get("/healthz", operation_id="health.alive", summary="The process is alive")
        async def healthz() -> dict[str, str]:
            return {"status": "alive"}

        @router.get("/readyz", operation_id="health.ready", summary="Each part's position, lag and fault")
        async def readyz(hurry: Hurry = False) -> Json:
            return await self.answer(hurry)

        @router.get("/metrics", operation_id="health.metrics", summary="For Prometheus", response_class=Response)
        async def metrics() -> Response:
            from shared.runtime.metrics import told  # many a house is never asked, and none waits for it to start

            return Response(await asyncio.to_thread(told, self), media_type="text/plain; version=0.0.4")

        return router


def _refill(relay: Relay) -> dict[str, Any]:
    """While the stream lacks very much: how fast it is filled, and about how long that will take."""
    if (refill := relay.refill) is None:
        return {}
    left = refill.seconds_left
    return {"refill": {"facts_per_second": round(refill.rate), "seconds_left": None if left is None else round(left)}}


def _ahead(position: int, head: int) -> str | None:
    """Never in order: what stands beyond the end of the ledger is not in it."""
    return f"stands at {position}, beyond the end of the ledger at {head}" if position > head else None
