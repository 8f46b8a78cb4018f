"""SLA watch to the machinery."""

from __future__ import annotations

from typing import Any

from services.sla_watch.board import SlaBoard
from services.sla_watch.calendars import PublishCalendar, decide_calendar
from services.sla_watch.domain import AcknowledgeEscalation, acknowledge
from services.sla_watch.policies import (
    ActivatePolicy,
    PublishPolicy,
    decide_activation,
    decide_publication,
    pack_in,
)
from shared.kernel.command import Decided
from shared.kernel.fact import Occasion
from shared.runtime.desk import ANYWHERE, RulesNow
from shared.runtime.service import Handles, Service

CLOCK_KEEPER = "clock_keeper"


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


def _pack(id: str, command: PublishPolicy, occasion: Occasion) -> str:
    pack = pack_in(command).pack
    assert pack is not None
    return f"policy-{pack.meta.id}"


def _anywhere(id: str, command: Any, rules: RulesNow) -> str:
    return ANYWHERE


def _site_stream(id: str, command: Any, occasion: Occasion) -> str:
    return f"site-{id}"


SERVICE = Service(
    "sla_watch",
    handles=(
        Handles(
            AcknowledgeEscalation, acknowledge, "complaints/{id}/acknowledge-escalation", _clocks, site=_site_of_case
        ),
        Handles(PublishPolicy, decide_publication, "policies", _pack, creates=True, site=_anywhere),
        Handles(ActivatePolicy, decide_activation, "sites/{id}/activate-policy", _site_stream, site=_site),
        Handles(PublishCalendar, _published, "calendars/{id}/publish-calendar", _calendar, site=_site),
    ),
    read_models=(SlaBoard,),
    reactions=(CLOCK_KEEPER,),
    description="The promises about time",
)
