"""One simulation that was recorded, folded from its own stream."""

from __future__ import annotations

from dataclasses import dataclass

from shared.events.simulations import SimulationRecorded
from shared.kernel.fact import Fact


@dataclass(frozen=True)
class Simulation:
    """As it was recorded; nothing happens to it afterwards."""

    recorded: SimulationRecorded | None = None


def fold_simulation(simulation: Simulation, fact: Fact[SimulationRecorded]) -> Simulation:
    """The simulation after its one fact."""
    return Simulation(fact.event)
