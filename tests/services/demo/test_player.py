"""The demonstration played for real: a small year through the doors of a house, interrupted once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.demo import finale, year
from services.demo.player import play, what_to_look_at
from services.demo.procedures import PROCEDURES
from services.demo.programme import NAMED, demonstration
from services.demo.worked import EARPHONES, SCREEN
from tests.house import RunningHouse, running_house
from tests.journeys.told import Told

UNTIL = datetime(2026, 3, 17, 8, 0, tzinfo=UTC)
COMPLAINTS = finale.COUNT + 4


class Interrupted(Exception):
    """Somebody pressed Ctrl-C."""


def now_of(house: RunningHouse) -> datetime:
    """What its clock says."""
    return datetime.fromisoformat(house.owner.sees("/audit/head")["now"])


@pytest.mark.slow
def test_an_interrupted_demonstration_goes_on_and_ends_with_promises_of_every_kind(tmp_path: Path):
    with running_house(tmp_path, simulated=year.begins(UNTIL)) as house:
        token = (house.home / "admin.token").read_text().strip()

        def impatient(done: int, total: int, what: str) -> None:
            if done > 0.9 * total:
                raise Interrupted

        with pytest.raises(Interrupted):
            play(house.url, token, until=UNTIL, complaints=COMPLAINTS, progress=impatient)
        before, went_on = house.owner.sees("/audit/head")["position"], now_of(house)
        told: list[int] = []
        report = play(
            house.url, token, until=UNTIL, complaints=COMPLAINTS, progress=lambda done, total, what: told.append(done)
        )

        assert report.refused == []
        assert told == sorted(told) and before < report.facts
        cases = house.owner.sees("/insight/complaints", limit=200, after_position=report.facts)["items"]
        steps = list(demonstration(UNTIL, year.SEED, COMPLAINTS).steps)
        assert len(cases) == sum(step.opens for step in steps)  # what had been played before was not played twice
        refused_before = [step for step in steps if step.refused and step.at < went_on]
        assert refused_before and report.commands == len(steps) - len(refused_before)
        head = house.owner.sees("/audit/head")
        assert head["simulated"] and datetime.fromisoformat(head["now"]) >= UNTIL
        soon = house.owner.sees(
            "/sla-watch/clocks",
            after_position=report.facts,
            state="running",
            due_before=(UNTIL + timedelta(hours=1)).isoformat(),
        )
        assert len(soon["items"]) >= 4
        assert house.owner.sees("/sla-watch/clocks", state="paused")["items"]
        assert house.owner.sees("/sla-watch/clocks", state="breached")["items"]
        assert set(report.cases) == set(NAMED)
        screen, earphones = report.cases[SCREEN], report.cases[EARPHONES]
        there = house.owner.sees(f"/audit/complaints/{earphones}")
        assert (there["stage"], there["cycle"]) == ("archived", 2)
        # A fact told late: what we knew then differs from what had happened by then.
        late = [
            e
            for e in house.owner.sees(f"/audit/complaints/{screen}/timeline")["entries"]
            if e["type"] == "CustomerContacted"
        ]
        then = late[-1]["occurred_at"]
        knew = house.owner.sees(f"/audit/complaints/{screen}", as_of=then)["version"]
        happened = house.owner.sees(f"/audit/complaints/{screen}", happened_by=then)["version"]
        assert knew < happened
        for (
            each
        ) in PROCEDURES:  # however busy it is around them, they happen when they are told to, and keep their promises
            assert Told.of(house, report.cases[each.case]).broken() == []
        look = what_to_look_at(report, house.url)
        assert all(any(report.cases[each.case] in line and each.shows in line for line in look) for each in PROCEDURES)
