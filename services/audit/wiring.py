"""Audit to the machinery."""

from __future__ import annotations

from services.audit.timeline import Timeline
from shared.runtime.service import Service

SERVICE = Service("audit", read_models=(Timeline,), description="The timeline, and the state as of any moment")
