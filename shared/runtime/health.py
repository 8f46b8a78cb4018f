"""Is it alive, is it ready, how far is it: for people, load balancers and Prometheus."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

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
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._registry.register(self)  # pyright: ignore[reportArgumentType]  # a duck-typed collector

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

    def collect(self) -> Iterable[Metric]:
        """For Prometheus."""
        ready, report = self.ready()
        if report["head"] is not None:  # else nobody knows it: a head of 0 would be a false alarm
            head = GaugeMetricFamily("casetrail_ledger_head", "Position of the last fact")
            head.add_metric([], report["head"])
            yield head
        up = GaugeMetricFamily("casetrail_ready", "1 when no part is at fault")
        up.add_metric([], float(ready))
        yield up
        position = GaugeMetricFamily("casetrail_position", "Last fact taken by each part", labels=["part"])
        lag = GaugeMetricFamily("casetrail_lag", "Facts that each part has yet to take", labels=["part"])
        fault = GaugeMetricFamily("casetrail_fault", "1 when the part stands still", labels=["part"])
        for name, part in report["parts"].items():
            if "position" in part:
                position.add_metric([name], part["position"])
                lag.add_metric([name], part["lag"])
            fault.add_metric([name], float(part["fault"] is not None))
        yield from (position, lag, fault)
        with contextlib.suppress(Problem):  # that the database is away is said above
            for name, what, value in self.figures():
                figure = GaugeMetricFamily(name, what)
                figure.add_metric([], value)
                yield figure

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
            told = await asyncio.to_thread(generate_latest, self._registry)
            return Response(told, media_type="text/plain; version=0.0.4")

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
