"""Which services there are, and which of them decide. The composition root and the NATS permissions are made from it."""

from __future__ import annotations

from services.audit.wiring import SERVICE as AUDIT
from services.capa.wiring import SERVICE as CAPA
from services.insight.wiring import SERVICE as INSIGHT
from services.intake.wiring import SERVICE as INTAKE
from services.notify.wiring import SERVICE as NOTIFY
from services.sla_watch.wiring import SERVICE as SLA_WATCH
from services.triage.wiring import SERVICE as TRIAGE
from shared.runtime.nats_names import durable
from shared.runtime.service import Service

SERVICES: dict[str, Service] = {
    service.name: service for service in (INTAKE, TRIAGE, CAPA, SLA_WATCH, AUDIT, INSIGHT, NOTIFY)
}
PARTS = ("relay", *SERVICES, "console")
"""Everything that runs, each as a process of its own under `--split`."""


def durables() -> dict[str, list[str]]:
    """Service → the names of its durable consumers."""
    return {
        service.name: [
            durable(service.name, listener)
            for listener in (*(model.name for model in service.read_models), *service.reactions)
        ]
        for service in SERVICES.values()
    }
