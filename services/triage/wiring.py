"""Triage to the machinery."""

from __future__ import annotations

from typing import get_args

from services.triage.domain import TriageCommand, decide
from services.triage.worklist import TriageWorklist
from shared.runtime.service import Service, case_commands

SERVICE = Service(
    "triage",
    handles=case_commands(get_args(TriageCommand), decide),
    read_models=(TriageWorklist,),
    description="How grave is it, of what kind, who answers for it",
)
