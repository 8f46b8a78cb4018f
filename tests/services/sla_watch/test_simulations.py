"""What a simulation said is kept when somebody asks for it, with the reason and figures that add up (G-SIMULATION)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.examples import EXAMPLES
from services.sla_watch.simulations import RecordSimulation, decide, stream_for
from shared.events.organisation import Role
from shared.events.simulations import ClauseCount, SimulationRecorded
from shared.kernel.errors import Forbidden, Invalid, Problem, Refused
from shared.kernel.fact import Actor, Occasion
from shared.policy.simulations import Simulation, fold_simulation
from tests.facts import MONDAY, Log, OneSite

OCCASION = Occasion(Actor("p-head"), MONDAY, MONDAY, "k1", "k1", randomness=b"0123456789")


class Site(OneSite):
    holds = {"p-head": frozenset({Role.QUALITY_HEAD}), "p-ana": frozenset({Role.RND})}  # noqa: RUF012


def command(**changed: Any) -> RecordSimulation:
    import orjson

    usual = RecordSimulation.model_validate_json(orjson.dumps(EXAMPLES["RecordSimulation"]))
    return usual.model_copy(update=changed)


def when(command: RecordSimulation, state: Simulation | None = None, by: str = "p-head") -> list[Any]:
    occasion = Occasion(Actor(by), MONDAY, MONDAY, "k1", "k1", randomness=b"0123456789")
    return list(decide(state or Simulation(), command, occasion, Site()))


def refused(kind: type[Problem], rule: str, field: str, command: RecordSimulation, **given: Any) -> None:
    with pytest.raises(kind) as found:
        when(command, **given)
    assert (found.value.rule, found.value.field) == (rule, field)


def test_what_was_counted_is_kept_under_an_id_of_its_own():
    [event] = when(command())
    assert isinstance(event, SimulationRecorded)
    assert stream_for(command(), OCCASION) == f"simulation-{event.simulation_id}"
    assert event.tried[0].clauses[0].broken == 1 and str(event.tried[0].packs[0]) == "pack-s3@1"
    fact = Log().append(f"simulation-{event.simulation_id}", event, MONDAY, site="sz")
    kept = fold_simulation(Simulation(), fact)
    assert kept.recorded == event
    refused(Refused, "G-UNIQUE", "simulation_id", command(simulation_id=event.simulation_id), state=kept)


def test_only_for_sites_at_which_one_may():
    refused(Forbidden, "G-SITE", "sites", command(), by="p-ana")
    assert when(command(sites=()), by="p-head")


def test_figures_that_cannot_be_are_refused():
    day = date(2026, 1, 1)
    refused(Invalid, "G-SIMULATION", "received_before", command(received_from=day, received_before=day))
    too_many = ClauseCount(clause="first_response", started=2, kept=2, broken=1)
    refused(Invalid, "G-SIMULATION", "tried", command(recorded=(too_many,)))
    twice = ClauseCount(clause="first_response", started=2, kept=2, broken=0)
    refused(Invalid, "G-SIMULATION", "tried", command(recorded=(twice, twice)))
