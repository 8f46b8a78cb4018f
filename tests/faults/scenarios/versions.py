"""Facts that a version does not know: nobody passes them by, and two versions may work beside each other."""

from __future__ import annotations

from pathlib import Path

from services.stores import database_of, open_ledger
from shared.runtime.home import Home
from tests import checker
from tests.faults.at_work import Worked, at_work
from tests.faults.frame import Verdict, scenario
from tests.faults.surroundings import fault_of, parts
from tests.house import PARTS, running_house, until
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


ORDER = ("insight", "sla_watch", "notify", "audit", "triage", "capa", "console", "relay")
"""In which the other parts follow when `intake` has begun to record what they do not know."""
WRITER, LATER = "intake", 12
"""And so many commands more are acknowledged after each step, before the newer one records what is unknown."""


@scenario("two-versions", row="31")
def two_versions(folder: Path, seed: int) -> Verdict:
    """A house is upgraded part by part under load, one part goes back meanwhile; who meets a newer fact waits until it is newer."""
    verdict = Verdict()
    with at_work(folder, verdict, split=True) as worked:
        worked.work.patience_s = 300  # whoever needs a newer fact is told 503 until the last part has followed
        worked.house.answers()
        _readers_first(worked)
        _the_writer_first(worked)
        shapes = {entry.shape for entry in checker.ledger(worked.house.home) if entry.type == "CustomerContacted"}
        if shapes != {2, 3}:
            verdict.faults.append(f"facts of the shapes {sorted(shapes)} were recorded, not of both versions")
    return verdict


def _readers_first(worked: Worked) -> None:
    """As an upgrade should be: who reads is newer before anybody writes. Then one goes back; work goes on all the time."""
    readers = ("insight", "audit")
    for number in range(len(readers)):
        _become(worked, readers[number], *readers[: number + 1])
        worked.work.more(LATER)
    _become(worked, "insight", "audit")
    worked.work.more(LATER)
    worked.check()


def _the_writer_first(worked: Worked) -> None:
    """As it should not be: every other part stands still before the first newer fact and says so, until it is newer too."""
    _become(worked, WRITER, WRITER, "audit")
    behind = {"insight": "insight-case-board", "sla_watch": "sla-watch-clock-keeper"}
    for name in behind.values():
        fault_of(worked.house, name, "shape 3", "install the version")
    told = parts(worked.house)
    at = {name: told[name]["position"] for name in behind.values()}
    newer = [WRITER, "audit"]
    for part in ORDER:
        newer += [part] if part != "audit" else []
        _become(worked, part, *newer)
        for left, name in behind.items():
            if left not in newer and parts(worked.house)[name]["position"] != at[name]:
                worked.verdict.faults.append(f"{name} stood before a newer fact at {at[name]}, and went on")
    worked.house.answers()
    worked.work.more(LATER)


def _become(worked: Worked, part: str, *newer: str) -> None:
    """kill -9, and it comes back as what it shall be."""
    assert set(newer) <= set(PARTS)
    worked.house.newer(*newer)
    before = worked.house.kill_part(part)
    worked.fired["sender interrupted"] += part == "notify"
    until(lambda: worked.house.pid(part) not in (None, before), f"{part} is started again")
    worked.verdict.count(restarts=1)
