"""Triage to the machinery."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from services.triage.domain import TOPICS
from services.triage.similar_cases import SimilarCases
from services.triage.topics.handover import AcceptTransfer, DeclineTransfer
from services.triage.worklist import TriageWorklist
from shared.runtime.rules_now import RulesNow
from shared.runtime.service import Service, case_commands


def _destination(id: str, command: Any, rules: RulesNow) -> str:
    """Whoever answers a site that hands a case over must hold a role at the site it is handed to (G-SITE)."""
    complaint = rules.complaint(id)
    return complaint.handover.to_site or complaint.site


SERVICE = Service(
    "triage",
    handles=tuple(
        replace(handles, site=_destination) if handles.command in (AcceptTransfer, DeclineTransfer) else handles
        for handles in case_commands(TOPICS)
    ),
    read_models=(TriageWorklist, SimilarCases),
    description="How grave is it, of what kind, who answers for it",
)
