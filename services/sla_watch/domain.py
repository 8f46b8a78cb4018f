"""What people decide about the promises: to take an escalated one on. What facts and time do stands in keeping and passing."""

from shared.clocks.duties import Duties
from shared.clocks.state import Clock, Clocks
from shared.events import clocks as e
from shared.events.complaint import CaseText
from shared.events.organisation import Role
from shared.kernel.command import Command, Decided, Topics
from shared.kernel.errors import Refused
from shared.kernel.fact import Occasion
from shared.policy.rules import Rules


class AcknowledgeEscalation(Command):
    """Take on an escalated breach, so that it climbs no further."""

    clock_id: e.ClockId
    decision: CaseText


class AcknowledgeDutyEscalation(Command):
    """Take on a duty of the site that nobody kept and that has climbed to you: it climbs no further, and is still owed."""

    clock_id: e.ClockId
    decision: CaseText


def acknowledge(clocks: Clocks, command: AcknowledgeEscalation, occasion: Occasion, rules: Rules) -> Decided:
    """Someone takes an escalated breach on."""
    yield _taken_on(_escalated(clocks, command.clock_id), command.decision, occasion)


def acknowledge_duty(duties: Duties, command: AcknowledgeDutyEscalation, occasion: Occasion, rules: Rules) -> Decided:
    """The same for a duty of the site, by whomever it may climb to there or the head of quality."""
    clock, site = _escalated(duties, command.clock_id), duties.complaint_id
    climbs_to = dict.fromkeys((*(rung.role for rung in clock.ladder), Role.QUALITY_HEAD.value))
    if rules.roles(occasion.actor.id, site, occasion.now).isdisjoint(climbs_to):
        raise Refused(
            f"{command.clock_id} climbs to others", rule="G-ESCALATION", field="clock_id",
            way_out=f"one who is {', '.join(climbs_to)} at {site} takes it on, or somebody keeps it",
        )  # fmt: skip
    yield _taken_on(clock, command.decision, occasion)


def _escalated(clocks: Clocks, clock_id: str) -> Clock:
    """Raises Refused for one that has climbed nowhere, or that somebody has taken on."""
    clock = clocks.clocks.get(clock_id)
    if clock is None or clock.level == 0:
        escalated = ", ".join(clock.clock_id for clock in clocks.open() if clock.level) or "none"
        raise Refused(
            "this clock is not escalated", rule="G-ESCALATION", field="clock_id", way_out=f"escalated: {escalated}"
        )
    if clock.acknowledged_level >= clock.level:
        raise Refused("the escalation has already been taken on", rule="G-ESCALATION", field="clock_id")
    return clock


def _taken_on(clock: Clock, decision: CaseText, occasion: Occasion) -> e.EscalationAcknowledged:
    return e.EscalationAcknowledged(clock_id=clock.clock_id, level=clock.level, by=occasion.actor.id, decision=decision)


TOPICS: Topics = ((AcknowledgeEscalation, acknowledge),)
