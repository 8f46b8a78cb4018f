"""Notify to the machinery."""

from __future__ import annotations

from services.notify.outbox import Outbox
from shared.runtime.service import Service

SERVICE = Service("notify", read_models=(Outbox,), description="Who is told of what")
