"""Keeping what a simulation said: only when somebody asks for it, with the reason. Simulating itself records nothing."""

from shared.complaint.local_ids import NEXT
from shared.events.simulations import SimulationRecorded
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Forbidden, Invalid, Refused
from shared.kernel.fact import Occasion
from shared.kernel.ids import uuid7
from shared.kernel.told import told
from shared.kernel.values import LocalId
from shared.policy.access import who_may
from shared.policy.rules import Rules
from shared.policy.simulations import Simulation


class RecordSimulation(SimulationRecorded, Command):
    """Keep what a simulation said, and why it was asked (`casetrail sla what-if --record`)."""

    simulation_id: LocalId = NEXT
    """Left out, one is made."""


def stream_for(command: RecordSimulation, occasion: Occasion) -> str:
    """`simulation-…`: the stream of one simulation."""
    return f"simulation-{_id(command, occasion)}"


def decide(simulation: Simulation, command: RecordSimulation, occasion: Occasion, rules: Rules) -> Decided:
    """The record; refused for sites at which whoever asks may not do it, and for figures that cannot be."""
    if simulation.recorded is not None:
        raise Refused(f"there is a simulation {command.simulation_id} already", rule="G-UNIQUE", field="simulation_id")
    for site in command.sites:
        if not rules.roles(occasion.actor.id, rules.site(site).code, occasion.now).intersection(who_may(type(command))):
            raise Forbidden(f"{occasion.actor.id} may not record this for {site}", rule="G-SITE", field="sites")
    first, end = command.received_from, command.received_before
    if first is not None and end is not None and end <= first:
        raise Invalid("a period ends after it begins", rule="G-SIMULATION", field="received_before")
    for counts in (command.recorded, *(one.clauses for one in command.tried)):
        if any(one.kept + one.broken > one.started for one in counts):
            raise Invalid("more are kept and broken than were begun", rule="G-SIMULATION", field="tried")
        if len({one.clause for one in counts}) < len(counts):
            raise Invalid("a clause is counted twice", rule="G-SIMULATION", field="tried")
    yield told(SimulationRecorded, command, simulation_id=_id(command, occasion))


def _id(command: RecordSimulation, occasion: Occasion) -> str:
    return command.simulation_id or uuid7(occasion.now, occasion.randomness)
