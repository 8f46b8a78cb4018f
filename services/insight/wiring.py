"""Insight to the machinery."""

from __future__ import annotations

from services.insight.case_board import CaseBoard
from services.insight.case_studies import CaseStudies
from services.insight.my_work import MyWork
from shared.runtime.service import Service

SERVICE = Service(
    "insight",
    read_models=(CaseBoard, MyWork, CaseStudies),
    description="The case board, everybody's work, and the library of cases",
)
