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
from tests.facts import received
from tests.shared.runtime.desks import FIRST, desk_at, on_both_stores, said, saying  # noqa: F401

PEOPLE = 250

pytestmark = pytest.mark.usefixtures("on_both_stores")


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


class Greets:
    """Each fact about a person asks once for that person's twin; whatever is asked twice is there twice."""

    def __init__(self) -> None:
        self.asked = list[int]()

    def __call__(self, fact: Fact[Any]) -> Iterator[Ask]:
        self.asked.append(fact.position)
        if fact.kind == "complaint":
            yield Ask(f"complaint-twin-of-{fact.position}", self._decide(fact), "sz")

    def _decide(self, fact: Fact[Any]) -> Any:
        return lambda state, occasion, rules: iter((received(f"TWIN-{fact.position}"),))


def test_two_processes_with_the_same_reaction_do_each_thing_once_whatever_their_steps(tmp_path: Path):
    with desk_at(tmp_path) as one, desk_at(tmp_path) as other:
        for number in range(30):
            said(one, saying(f"complaint-c{number}", received(f"SZ-{number}"), as_told=True))
        rows = one.ledger.rows(0, 1_000)
        first, second = Greets(), Greets()
        here, there = Reaction("sla_watch", "keeper", one, first), Reaction("sla_watch", "keeper", other, second)
        for ahead, behind in ((9, 5), (14, 20), (21, 29), (36, 36)):
            here.apply_rows(rows[here.position : ahead])
            there.apply_rows(rows[there.position : behind])
        twins = [row.stream for row in one.ledger.rows(len(rows), 1_000)]
        assert sorted(twins) == sorted(
            f"complaint-twin-of-{row.position}" for row in rows if row.stream.startswith("complaint-")
        )
        assert first.asked == second.asked == [row.position for row in rows], (
            "each has seen every fact, whoever was faster"
        )
        assert one.ledger.position("keeper") == len(rows)
