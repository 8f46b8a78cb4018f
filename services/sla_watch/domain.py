"""What people decide about the promises: to take an escalated one on. What facts and time do stands in keeping and passing."""

from __future__ import annotations

from shared.clocks.state import Clocks
from shared.events import clocks as e
from shared.events.complaint import CaseText
from shared.kernel.command import Command, Decided, Topics
from shared.kernel.errors import Refused
from shared.kernel.fact import Occasion
from shared.policy.rules import Rules


class AcknowledgeEscalation(Command):
    """Take on an escalated breach, so that it climbs no further."""

    clock_id: e.ClockId
    decision: CaseText


def acknowledge(clocks: Clocks, command: AcknowledgeEscalation, occasion: Occasion, rules: Rules) -> Decided:
    """Someone takes an escalated breach on."""
    clock = clocks.clocks.get(command.clock_id)
    if clock is None or clock.level == 0:
        escalated = ", ".join(clock.clock_id for clock in clocks.open() if clock.level) or "none"
        raise Refused(
            "this clock is not escalated", rule="G-ESCALATION", field="clock_id", way_out=f"escalated: {escalated}"
        )
    if clock.acknowledged_level >= clock.level:
        raise Refused("the escalation has already been taken on", rule="G-ESCALATION", field="clock_id")
    yield e.EscalationAcknowledged(
        clock_id=clock.clock_id, level=clock.level, by=occasion.actor.id, decision=command.decision
    )


TOPICS: Topics = ((AcknowledgeEscalation, acknowledge),)
