"""Facts that this version does not know: nobody passes them by."""

from __future__ import annotations

from pathlib import Path

from services.stores import database_of, open_ledger
from shared.runtime.home import Home
from tests.faults.frame import Verdict, scenario
from tests.faults.surroundings import fault_of, parts
from tests.house import running_house
from tests.journeys.people import People


@scenario("newer-fact", row="30")
def newer_fact(folder: Path, seed: int) -> Verdict:
    """A fact of a newer shape lies in the ledger: every listener stops before it and says so, and what came before is answered."""
    verdict = Verdict()
    with running_house(folder) as house:
        people = People.of(house)
        case, other = people.case(), people.case()
        house.ready()
        house.stop()
        with Home(house.home) as home:
            ledger = open_ledger(home, database_of(home))
            last = ledger.stream(f"complaint-{case.id}")[-1]
            head = ledger.head()
            with ledger.writing() as writing:
                at = writing.head().recorded_at
                newer = {"position": head + 1, "version": last.version + 1, "shape": 99, "recorded_at": at}
                writing.append([last._replace(**newer)])
            ledger.close()
        house.launch()
        words = (f"position {head + 1}", "shape 99", "install the version")
        for name in ("audit-timeline", "insight-case-board", "sla-watch-sla-board", "sla-watch-clock-keeper"):
            fault_of(house, name, *words)
        for name, part in parts(house).items():
            if part.get("position", 0) > head and name != "relay":
                verdict.faults.append(f"{name} passed the fact by: {part}")
        if other.people.owner.sees(f"/audit/complaints/{other.id}")["stage"] != "received":
            verdict.faults.append("the other case is not shown")
        answer = people.zhou.post(f"/intake/complaints/{case.id}/acknowledge", {"channel": "email"})
        if answer.status_code != 503 or "shape 99" not in answer.text:
            verdict.faults.append(f"a command about that case is answered with {answer.status_code}: {answer.text}")
        verdict.count(listeners=sum("position" in part for part in parts(house).values()))
    return verdict
