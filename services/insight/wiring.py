"""Insight to the machinery."""

from __future__ import annotations

from services.insight.case_board import CaseBoard
from shared.runtime.service import Service

SERVICE = Service("insight", read_models=(CaseBoard,), description="The case board")
