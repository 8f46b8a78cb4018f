"""CAPA to the machinery."""

from __future__ import annotations

from services.capa.costs import CostStatement
from services.capa.domain import TOPICS
from services.capa.worklist import CapaWorklist
from shared.runtime.service import Service, case_commands

SERVICE = Service(
    "capa",
    handles=case_commands(TOPICS),
    read_models=(CapaWorklist, CostStatement),
    description="Containment, cause, actions, verification, closure",
)
