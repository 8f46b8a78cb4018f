"""Triage to the machinery."""

from __future__ import annotations

from services.triage.domain import TOPICS
from services.triage.worklist import TriageWorklist
from shared.runtime.service import Service, case_commands

SERVICE = Service(
    "triage",
    handles=case_commands(TOPICS),
    read_models=(TriageWorklist,),
    description="How grave is it, of what kind, who answers for it",
)
