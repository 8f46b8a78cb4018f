"""`/metrics`: what a process knows about itself, for Prometheus."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from shared.kernel.errors import Problem
from shared.runtime.health import Health


def told(health: Health) -> bytes:
    """In Prometheus' text format, 0.0.4."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(_Figures(health))  # pyright: ignore[reportArgumentType]  # a duck-typed collector
    return generate_latest(registry)


@dataclass(frozen=True)
class _Figures:
    health: Health

    def collect(self) -> Iterable[Metric]:
        """What is so now."""
        ready, report = self.health.ready()
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
            for name, what, value in self.health.figures():
                figure = GaugeMetricFamily(name, what)
                figure.add_metric([], value)
                yield figure
