"""An event log of another system, taken over by a running house: told whole, once, as of its own days, and to nobody."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.house import ROOT, RunningHouse, casetrail, running_house, until

MAPPING = ROOT / "examples/mappings/incident-log.toml"
SAMPLE = Path(os.environ.get("CASETRAIL_TEST_DATA", ROOT / "../shared/data")) / "incident-log-sample.csv"
OPEN = {"New", "Active", "Awaiting User Info", "Awaiting Vendor", "Awaiting Evidence", "Awaiting Problem"}


@pytest.fixture(scope="module")
def old_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    """A house of its own: thousands of facts come in."""
    with running_house(tmp_path_factory.mktemp("histories")) as house:
        yield house


def words(house: RunningHouse, log: Path, *more: str) -> list[str]:
    options = ["--mapping", str(MAPPING), "--site", "sz", "--json"]
    return [*casetrail("import-history", str(log), *options, *more), "--home", str(house.home)]


def taken_over(house: RunningHouse, log: Path, *more: str) -> dict[str, Any]:
    done = subprocess.run(words(house, log, *more), cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.stdout.startswith("{"), done.stderr
    report = json.loads(done.stdout)
    assert (done.returncode == 1) == bool(report["rejected"] or report["unreadable"]), done.stderr
    return report


def facts(house: RunningHouse) -> list[dict[str, Any]]:
    """All facts of cases and of their promises."""
    found: list[dict[str, Any]] = []
    after = 0
    while lines := house.owner.get("/audit/facts", after=after, limit=1000).text.splitlines():
        found += map(json.loads, lines)
        after += len(lines)
    return [fact for fact in found if fact["type"].startswith(("casetrail.complaint.", "casetrail.clocks."))]


def case_called(house: RunningHouse, name: str) -> str:
    """The id of a case by what it is called in its log."""
    ends = (fact for fact in facts(house) if fact["type"] == "casetrail.complaint.HistoryTakenOver")
    return next(fact["subject"].removeprefix("complaint-") for fact in ends if fact["data"]["case"] == name)


def sample(folder: Path) -> Path:
    if not SAMPLE.is_file():
        pytest.skip(f"{SAMPLE.name} is not here; set CASETRAIL_TEST_DATA to the directory that holds it")
    log = folder / SAMPLE.name
    log.write_bytes(SAMPLE.read_bytes())  # the rejects stand beside it
    return log


def counted_by_hand(log: Path) -> Counter[str]:
    """The same straight from the file, by nothing but the csv module."""
    by_case: dict[str, list[dict[str, str]]] = {}
    with log.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            by_case.setdefault(row["number"], []).append(row)
    found = Counter[str](Received=len(by_case))
    for rows in by_case.values():
        for before, after in pairwise(rows):
            was, now = before["incident_state"], after["incident_state"]
            found["Reopened"] += was in ("Resolved", "Closed") and now in OPEN
            found["Closed"] += was != now == "Closed"
            found["GradeChanged"] += before["priority"] != after["priority"]
    return found


@pytest.mark.slow
def test_the_log_of_incidents_is_told_whole(old_desk: RunningHouse, tmp_path: Path) -> None:
    log = sample(tmp_path)
    expected = counted_by_hand(log)
    assert (expected["Received"], expected["Reopened"], expected["GradeChanged"]) == (518, 38, 12)
    report = taken_over(old_desk, log)
    assert (report["rows"], report["cases"], report["imported"], report["rejected"]) == (3265, 518, 518, 0)
    old_desk.ready()
    recorded = facts(old_desk)
    kinds = Counter(fact["type"].rpartition(".")[2] for fact in recorded)
    for kind, count in expected.items():
        assert kinds[kind] == report["events"][kind] == count, kind
    assert kinds["HistoryTakenOver"] == 518 and kinds["Breached"] > 100 and kinds["Escalated"] > 100
    assert {fact["historical"] for fact in recorded} == {"true"}
    assert max(fact["time"] for fact in recorded) == "2017-02-10T13:57:00.000000Z", "nothing happened after the log"
    # Again: nothing new, and it says so.
    head = old_desk.owner.sees("/audit/head")["position"]
    again = taken_over(old_desk, log)
    assert (again["imported"], again["repeated"]) == (0, 518)
    assert old_desk.owner.sees("/audit/head")["position"] == head
    # Nobody is told, nothing runs.
    assert old_desk.owner.sees("/notify/outbox")["items"] == []
    assert old_desk.owner.sees("/sla-watch/clocks")["items"] == []
    assert old_desk.owner.sees("/insight/complaints", overdue=True)["items"] == []


@pytest.mark.slow
def test_the_timeline_of_a_case_tells_all_of_it(old_desk: RunningHouse, tmp_path: Path) -> None:
    """A row of the log may be later than another system's own close; what our rules would have refused is marked."""
    taken_over(old_desk, sample(tmp_path))
    old_desk.ready()
    id = case_called(old_desk, "INC0000102")
    told = old_desk.owner.sees(f"/audit/complaints/{id}/timeline")["entries"]
    assert all(item["historical"] for item in told)
    said = [item["says"]["en"] for item in told]
    assert any(sentence.startswith("Reopened for cycle 2") for sentence in said)
    assert any(
        "History of INC0000102 taken over from incident-log (as told): 11 events" in sentence for sentence in said
    )
    assert any("“closure” met" in sentence for sentence in said) and any("breached" in sentence for sentence in said)


HEAD = "number,incident_state,sys_mod_count,caller_id,opened_by,opened_at,sys_updated_by,sys_updated_at,contact_type,location,"
HEAD += "category,subcategory,u_symptom,impact,urgency,priority,assignment_group,assigned_to,u_priority_confirmation,closed_code\n"


def incidents(count: int, more: str = "") -> str:
    """So many small ones, four rows each."""
    states = (("New", "3 - Moderate"), ("Active", "3 - Moderate"), ("Resolved", "2 - High"), ("Closed", "2 - High"))
    return HEAD + "".join(
        f"I{n},{state},{mod},c,o,2020-03-02 08:00:00,u{mod},2020-03-0{2 + mod} 09:00:00,Phone,l,cat,sub,sym,i,u,"
        f"{priority},g,,True,x\n"
        for n in range(count)
        for mod, (state, priority) in enumerate(states)
    ) + more  # fmt: skip


CASES = 500
"""Enough that the import is killed in the middle."""


@pytest.mark.slow
def test_a_killed_import_goes_on_and_nothing_is_there_twice(old_desk: RunningHouse, tmp_path: Path) -> None:
    log, before = tmp_path / "killed.csv", Counter(fact["type"] for fact in facts(old_desk))
    log.write_text(incidents(CASES), encoding="utf-8")
    checkpoint = tmp_path / "killed.csv.checkpoint.jsonl"
    running = subprocess.Popen(
        [*words(old_desk, log), "--batch-cases", "20"], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    until(lambda: checkpoint.exists() and len(checkpoint.read_text().splitlines()) > 3, "some of it is settled")
    running.send_signal(signal.SIGKILL)
    running.wait()
    report = taken_over(old_desk, log, "--batch-cases", "20")
    assert report["resumed_after"] > 0, "it was killed in the middle"
    assert (report["cases"], report["imported"] + report["repeated"]) == (CASES, CASES)
    old_desk.ready()
    after = Counter(fact["type"] for fact in facts(old_desk))
    for kind, each in (("Received", 1), ("Closed", 1), ("GradeChanged", 1), ("HistoryTakenOver", 1)):
        assert after[f"casetrail.complaint.{kind}"] - before[f"casetrail.complaint.{kind}"] == CASES * each
    assert not checkpoint.exists()


@pytest.mark.slow
def test_a_log_that_has_grown_is_named_and_changes_nothing(old_desk: RunningHouse, tmp_path: Path) -> None:
    log = tmp_path / "grown.csv"
    text = incidents(3).replace("\nI", "\nG")
    log.write_text(text, encoding="utf-8")
    assert taken_over(old_desk, log)["imported"] == 3
    head = old_desk.owner.sees("/audit/head")
    old_desk.ready()
    head = old_desk.owner.sees("/audit/head")
    more = "G1,Active,4,c,o,2020-03-02 08:00:00,u4,2020-03-09 09:00:00,Phone,l,cat,sub,sym,i,u,2 - High,g,,True,x\n"
    lines = text.splitlines(keepends=True)
    log.write_text("".join([*lines[:9], more, *lines[9:]]), encoding="utf-8")
    report = taken_over(old_desk, log)
    assert (report["imported"], report["repeated"], report["rejected"]) == (0, 2, 1)
    (reason,) = report["reasons"]
    assert (
        reason
        == "case: was taken over before, with 5 events; now it has 6 and says something else: nothing was changed"
    )
    assert "case G1: was taken over before" in (tmp_path / "grown.csv.rejects.csv").read_text("utf-8-sig")
    assert old_desk.owner.sees("/audit/head")["position"] == head["position"]


@pytest.mark.slow
def test_strict_rejects_what_lenient_marks(old_desk: RunningHouse, tmp_path: Path) -> None:
    log = tmp_path / "strict.csv"
    log.write_text(incidents(2).replace("\nI", "\nS"), encoding="utf-8")
    strict = taken_over(old_desk, log, "--strict")
    assert (strict["imported"], strict["rejected"]) == (0, 2)
    assert strict["reasons"] == {"G-STAGE: Closed while the case is received": 2}
    assert taken_over(old_desk, log)["imported"] == 2


@pytest.mark.slow
def test_a_person_may_go_on_with_a_case_that_was_open_in_the_log(old_desk: RunningHouse, tmp_path: Path) -> None:
    log = tmp_path / "open.csv"
    log.write_text(
        HEAD + incidents(1).removeprefix(HEAD).replace("I0", "O1").splitlines(keepends=True)[0], encoding="utf-8"
    )
    taken_over(old_desk, log)
    old_desk.ready()
    id = case_called(old_desk, "O1")
    case = old_desk.owner.sees(f"/audit/complaints/{id}")["state"]
    assert case["historical"] and case["stage"] == "received"
    old_desk.owner.does(f"/intake/complaints/{id}/acknowledge", channel="telephone")
    head = old_desk.ready()
    shown = old_desk.owner.sees(f"/audit/complaints/{id}")
    assert shown["state"]["historical"] and head
    assert old_desk.owner.sees("/sla-watch/clocks")["items"] == [], "what is done later starts no clocks"
