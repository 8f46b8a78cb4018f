"""The demonstration played for real: a small year through the doors of a house, interrupted once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.demo import finale, year
from services.demo.player import play, what_to_look_at
from tests.house import running_house

UNTIL = datetime(2026, 3, 17, 8, 0, tzinfo=UTC)
COMPLAINTS = finale.COUNT + 4


class Interrupted(Exception):
    """Somebody pressed Ctrl-C."""


@pytest.mark.slow
def test_an_interrupted_demonstration_goes_on_and_ends_with_promises_of_every_kind(tmp_path: Path):
    with running_house(tmp_path, simulated=year.begins(UNTIL)) as house:
        token = (house.home / "admin.token").read_text().strip()

        def impatient(done: int, total: int, what: str) -> None:
            if done > total // 2:
                raise Interrupted

        with pytest.raises(Interrupted):
            play(house.url, token, until=UNTIL, complaints=COMPLAINTS, progress=impatient)
        halfway = house.owner.sees("/audit/head")["position"]
        told: list[int] = []
        report = play(
            house.url, token, until=UNTIL, complaints=COMPLAINTS, progress=lambda done, total, what: told.append(done)
        )

        assert report.refused == []
        assert told == sorted(told) and halfway < report.facts
        cases = house.owner.sees("/insight/complaints", limit=200, after_position=report.facts)["items"]
        assert len(cases) == COMPLAINTS + 2  # what had been played before was not played twice
        assert report.commands == len(list(year.steps(UNTIL, complaints=COMPLAINTS)))
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
        (screen, earphones) = report.cases.values()
        there = house.owner.sees(f"/audit/complaints/{earphones}")
        assert (there["stage"], there["cycle"]) == ("closed", 2)
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
        assert len(what_to_look_at(report, house.url)) == 6
