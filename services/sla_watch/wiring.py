"""SLA watch to the machinery."""

from __future__ import annotations

from typing import Any

from services.sla_watch import simulations
from services.sla_watch.board import SlaBoard
from services.sla_watch.calendars import AmendCalendar, AssignCalendar, PublishCalendar, amend, assign, publish
from services.sla_watch.digests import PublishDigest
from services.sla_watch.digests import publish as publish_digest
from services.sla_watch.domain import AcknowledgeDutyEscalation, AcknowledgeEscalation, acknowledge, acknowledge_duty
from services.sla_watch.policies import (
    ActivatePolicy,
    MigratePolicy,
    PublishPolicy,
    decide_activation,
    decide_migration,
    decide_publication,
    pack_in,
)
from shared.clocks.duties import duties_stream
from shared.kernel.fact import Occasion
from shared.runtime.orders import ANYWHERE
from shared.runtime.rules_now import RulesNow
from shared.runtime.service import Handles, Service

CLOCK_KEEPER = "clock_keeper"


def _clocks(id: str, command: Any, occasion: Occasion) -> str:
    return f"clocks-{id}"


def _site_of_case(id: str, command: Any, rules: RulesNow) -> str:
    return rules.complaint(id).site


def _named(id: str, command: PublishCalendar, occasion: Occasion) -> str:
    return f"calendar-{command.calendar}"


def _of_named(id: str, command: PublishCalendar, rules: RulesNow) -> str:
    return _of_calendar(command.calendar, command, rules)


def _of_calendar(id: str, command: Any, rules: RulesNow) -> str:
    """A calendar that bears the name of a site is that site's; others are everybody's."""
    return id if any(site.code == id for site in rules.sites()) else ANYWHERE


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


def _duties(id: str, command: Any, occasion: Occasion) -> str:
    return duties_stream(id)


def _site_stream(id: str, command: Any, occasion: Occasion) -> str:
    return f"site-{id}"


def _simulation(id: str, command: simulations.RecordSimulation, occasion: Occasion) -> str:
    return simulations.stream_for(command, occasion)


def _simulated(id: str, command: simulations.RecordSimulation, rules: RulesNow) -> str:
    """One of several sites, or of all, is nobody's alone."""
    return command.sites[0] if len(command.sites) == 1 else ANYWHERE


SERVICE = Service(
    "sla_watch",
    handles=(
        Handles(
            AcknowledgeEscalation, acknowledge, "complaints/{id}/acknowledge-escalation", _clocks, site=_site_of_case
        ),
        Handles(PublishPolicy, decide_publication, "policies", _pack, creates=True, site=_anywhere),
        Handles(ActivatePolicy, decide_activation, "sites/{id}/activate-policy", _site_stream, site=_site),
        Handles(MigratePolicy, decide_migration, "sites/{id}/migrate-policy", _site_stream, site=_site),
        Handles(PublishDigest, publish_digest, "sites/{id}/publish-digest", _duties, creates=True, site=_site),
        Handles(
            AcknowledgeDutyEscalation,
            acknowledge_duty,
            "sites/{id}/acknowledge-duty-escalation",
            _duties,
            creates=True,
            site=_site,
        ),
        Handles(AssignCalendar, assign, "sites/{id}/assign-calendar", _site_stream, site=_site),
        Handles(PublishCalendar, publish, "calendars", _named, creates=True, site=_of_named),
        Handles(AmendCalendar, amend, "calendars/{id}/amend-calendar", _calendar, site=_of_calendar),
        Handles(
            simulations.RecordSimulation, simulations.decide, "simulations", _simulation, creates=True, site=_simulated
        ),
    ),
    read_models=(SlaBoard,),
    reactions=(CLOCK_KEEPER,),
    description="The promises about time",
)
