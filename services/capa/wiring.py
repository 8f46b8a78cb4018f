"""CAPA to the machinery."""

from __future__ import annotations

from typing import get_args

from services.capa.domain import CapaCommand, decide
from services.capa.worklist import CapaWorklist
from shared.runtime.service import Service, case_commands

SERVICE = Service(
    "capa",
    handles=case_commands(get_args(CapaCommand), decide),
    read_models=(CapaWorklist,),
    description="Containment, cause, actions, verification, closure",
)
