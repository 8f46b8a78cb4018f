"""SLA watch to the machinery."""

from __future__ import annotations

from typing import Any

from services.sla_watch.board import SlaBoard
from services.sla_watch.calendars import PublishCalendar, decide_calendar
from services.sla_watch.domain import AcknowledgeEscalation, acknowledge
from shared.kernel.command import Decided
from shared.kernel.fact import Occasion
from shared.runtime.desk import RulesNow
from shared.runtime.service import Handles, Service

CLOCK_KEEPER = "clock_keeper"


def _acknowledged(state: Any, command: AcknowledgeEscalation, occasion: Occasion, rules: RulesNow) -> Decided:
    return acknowledge(state, command, occasion)


def _clocks(id: str, command: Any, occasion: Occasion) -> str:
    return f"clocks-{id}"


def _site_of_case(id: str, command: Any, rules: RulesNow) -> str:
    return rules.complaint(id).site


def _published(state: Any, command: PublishCalendar, occasion: Occasion, rules: RulesNow) -> Decided:
    return decide_calendar(state, state.id, state.zone, occasion, command.years_ahead)


def _calendar(id: str, command: Any, occasion: Occasion) -> str:
    return f"calendar-{id}"


def _site(id: str, command: Any, rules: RulesNow) -> str:
    return id


SERVICE = Service(
    "sla_watch",
    handles=(
        Handles(
            AcknowledgeEscalation, _acknowledged, "complaints/{id}/acknowledge-escalation", _clocks, site=_site_of_case
        ),
        Handles(PublishCalendar, _published, "calendars/{id}/publish-calendar", _calendar, site=_site),
    ),
    read_models=(SlaBoard,),
    reactions=(CLOCK_KEEPER,),
    description="The promises about time",
)
