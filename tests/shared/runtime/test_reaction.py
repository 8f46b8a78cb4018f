"""Reactions: what they asked for has been done, so they never go back; what one fact asks of many cases comes in parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.events.organisation import PersonAdded
from shared.kernel.command import Ask, Decided
from shared.kernel.errors import Refused, Unavailable
from shared.kernel.fact import Fact, Occasion
from shared.policy.organisation import Person
from shared.runtime import reaction as reaction_module
from shared.runtime.desk import Desk
from shared.runtime.reaction import Reaction
from tests.shared.runtime.desks import FIRST, desk_at

PEOPLE = 250


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_at(tmp_path) as desk:
        yield desk


def test_a_reaction_is_never_rebuilt(desk: Desk):
    with pytest.raises(Refused) as no:
        Reaction("sla_watch", "keeper", desk, lambda fact: ()).rebuild(lambda after: ())
    assert no.value.rule == "G-REBUILD"


class Engages:
    """For the first fact it asks to take on many people; the one at `stumbles` fails."""

    def __init__(self, stumbles: int | None = None) -> None:
        self.stumbles = stumbles
        self.asked = 0

    def __call__(self, fact: Fact[Any]) -> Iterator[Ask]:
        for number in range(PEOPLE if fact.position == 1 else 0):
            self.asked += 1
            yield Ask(f"person-p-hand-{number}", self._decide(f"p-hand-{number}", number == self.stumbles), "sz")

    def _decide(self, id: str, stumbles: bool) -> Any:
        def decide(person: Person, occasion: Occasion, rules: Any) -> Decided:
            if stumbles:
                raise RuntimeError("stumbled")
            if person.id != id:
                yield PersonAdded(person=id, name=id)

        return decide


def test_what_is_asked_of_many_comes_in_parts_and_each_once(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    """Others are not kept waiting for all of it, and an end in the middle loses and doubles nothing."""
    monkeypatch.setattr(reaction_module, "TOGETHER", 100)
    rows = desk.ledger.rows(0, 100)
    with pytest.raises(Unavailable):
        Reaction("sla_watch", "keeper", desk, Engages(stumbles=130)).apply_rows(rows)
    assert desk.ledger.head() == FIRST + 100, "the first part is done"
    assert desk.ledger.position("keeper") == 0, "and the step is not"
    again = Reaction("sla_watch", "keeper", desk, Engages())
    again.apply_rows(rows)
    assert (desk.ledger.head(), desk.ledger.position("keeper")) == (FIRST + PEOPLE, 1)
    assert again.position == FIRST
    again.apply_rows(rows)
    assert desk.ledger.head() == FIRST + PEOPLE


def test_few_are_one_transaction_with_the_position(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reaction_module, "TOGETHER", PEOPLE + 1)
    with pytest.raises(Unavailable):
        Reaction("sla_watch", "keeper", desk, Engages(stumbles=130)).apply_rows(desk.ledger.rows(0, 100))
    assert (desk.ledger.head(), desk.ledger.position("keeper")) == (FIRST, 0)
