"""The checker's power: damage done on purpose is found, each kind by itself. A checker that sees nothing proves nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests import checker
from tests.checker import Entry
from tests.house import RunningHouse
from tests.journeys.load import Load
from tests.journeys.people import People

Damage = Callable[[list[Entry]], object]


@pytest.fixture(scope="module")
def facts(house: RunningHouse, people: People) -> list[Entry]:
    """A ledger of some length in which everything agrees."""
    for stage in ("received", "investigating", "closed"):
        people.case_at(stage)
    house.ready()
    return checker.check(house.home, house.nats("relay"), people.owner.sees)


def swap(entries: list[Entry]) -> None:
    entries[-1], entries[-2] = (
        replace(entries[-2], position=entries[-1].position),
        replace(entries[-1], position=entries[-2].position),
    )


OF_THE_LEDGER: dict[str, Damage] = {
    "a fact is missing": lambda entries: entries.pop(-5),
    "a byte is changed": lambda entries: entries.__setitem__(
        -5, replace(entries[-5], body=entries[-5].body[:-1] + b" }")
    ),
    "two facts change places": swap,
    "a version is repeated": lambda entries: entries.__setitem__(
        -1, replace(entries[-1], version=entries[-1].version - 1)
    ),
    "time runs backwards": lambda entries: entries.__setitem__(
        -1, replace(entries[-1], recorded_at="2001-01-01T00:00:00.000000Z")
    ),
}


@pytest.mark.parametrize("damage", OF_THE_LEDGER)
def test_it_sees_a_damaged_ledger(damage: str, facts: list[Entry]) -> None:
    damaged = list(facts)
    assert not list(checker.faults_of_ledger(damaged))
    OF_THE_LEDGER[damage](damaged)
    assert list(checker.faults_of_ledger(damaged))


OF_THE_STREAM: dict[str, Damage] = {
    "a fact that is not on the stream": lambda entries: entries.append(replace(entries[-1], position=len(entries) + 1)),
    "a fact more on the stream": lambda entries: entries.pop(),
    "other bytes": lambda entries: entries.__setitem__(5, replace(entries[5], body=b"{}")),
    "another hash": lambda entries: entries.__setitem__(5, replace(entries[5], sha256="0" * 64)),
    "another actor": lambda entries: entries.__setitem__(5, replace(entries[5], actor="p-mallory")),
    "another site": lambda entries: entries.__setitem__(-1, replace(entries[-1], site="dd")),
    "two facts in another order": swap,
}


@pytest.mark.parametrize("damage", OF_THE_STREAM)
def test_it_sees_a_stream_that_differs(damage: str, house: RunningHouse, facts: list[Entry]) -> None:
    damaged = checker.ledger(house.home)
    OF_THE_STREAM[damage](damaged)
    assert checker.faults_of_stream(damaged, house.nats("relay"))


OF_THE_ANSWERS: dict[str, tuple[str, Callable[[dict[str, Any]], object]]] = {
    "the board misses a case": ("/insight/complaints", lambda told: told["items"].pop()),
    "the board shows another stage": ("/insight/complaints", lambda told: told["items"][0].update(stage="archived")),
    "the board is behind": ("/insight/complaints", lambda told: told["items"][0].update(last_position=1)),
    "a worklist misses a case": ("/capa/worklist", lambda told: told["items"].clear()),
    "a worklist is behind": ("/intake/worklist", lambda told: told["items"][0].update(version=0)),
    "the timeline misses a fact": ("/timeline", lambda told: told["entries"].pop()),
    "the timeline tells a fact twice": ("/timeline", lambda told: told["entries"].append(told["entries"][-1])),
    "the timeline tells it differently": ("/timeline", lambda told: told["entries"][0]["data"].update(channel="fax")),
    "audit shows another stage": ("/audit", lambda told: told.update(stage="new") if "stage" in told else None),
    "audit shows an older version": ("/audit", lambda told: told.update(version=0) if "stage" in told else None),
    "a clock stands differently": ("/sla-watch/clocks", lambda told: told["items"][0].update(status="cancelled ")),
    "a clock is missing": ("/sla-watch/clocks", lambda told: told["items"].pop()),
}


@pytest.mark.parametrize("damage", OF_THE_ANSWERS)
def test_it_sees_a_read_model_that_differs(damage: str, people: People, facts: list[Entry]) -> None:
    where, harm = OF_THE_ANSWERS[damage]

    def ask(path: str, **query: Any) -> dict[str, Any]:
        told = people.owner.sees(path, **query)
        if where in path:
            harm(told)
        return told

    assert list(checker.faults_of_read_models(facts, ask))


@pytest.mark.parametrize("damage", ["lost", "cut off", "doubled", "elsewhere", "not asked for"])
def test_the_journal_sees_what_was_acknowledged_and_is_not_there(
    damage: str, house: RunningHouse, people: People, tmp_path: Path
) -> None:
    load = Load(people, tmp_path / "journal", commands=8, clients=1)
    with load.running():
        pass
    assert (
        len([line for line in (tmp_path / "journal").read_text().splitlines() if "acknowledged" in json.loads(line)])
        == 8
    )
    entries = checker.ledger(house.home)
    assert not list(load.faults(entries))
    (mine, *_) = [entry for entry in entries if entry.command_id == f"{load.name}/0-0-2"]
    if damage == "lost":
        entries[mine.position - 1] = replace(mine, command_id="another")
    elif damage == "cut off":
        del entries[mine.position - 1 :]
    elif damage == "doubled":
        entries.append(replace(mine, position=len(entries) + 1, version=99))
    elif damage == "elsewhere":
        load.acknowledged[mine.command_id]["version"] += 1
    else:
        entries.append(replace(mine, position=len(entries) + 1, command_id=f"{load.name}/phantom"))
    assert list(load.faults(entries))
