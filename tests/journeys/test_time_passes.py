"""What time alone does: warnings, breaches, escalations, each exactly once and in due order, also after an outage."""

from __future__ import annotations

import os
import signal
import subprocess
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests import checker
from tests.checker import Entry
from tests.house import RunningHouse, running_house, until
from tests.journeys.people import Case, People, head

FIRED = ("WarningIssued", "Breached", "Escalated")
NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=20)
LATE = "found on paper after the outage"


def ago(moment: datetime) -> dict[str, str]:
    """The fields of a command about something that happened then."""
    return {"occurred_at": moment.isoformat(), "backdate_reason": LATE}


def fired(home: Path, *cases: Case, since: int = 0) -> list[Entry]:
    """What time has done, to these cases or to all, in the order in which it was recorded."""
    streams = {f"clocks-{case.id}" for case in cases}
    return [
        entry for entry in checker.ledger(home, since) if entry.type in FIRED and (not cases or entry.stream in streams)
    ]


def escalations(home: Path, cases: Sequence[Case], since: int) -> int:
    """How many there have been of these cases."""
    return sum(entry.type == "Escalated" for entry in fired(home, *cases, since=since))


def once_and_in_order(entries: Sequence[Entry]) -> None:
    """Each warning, breach and escalation exactly once; in due order; breached when it was due, not when it was noticed."""
    what = Counter((e.stream, e.type, e.data["clock_id"], e.data.get("number") or e.data.get("level")) for e in entries)
    assert what and set(what.values()) == {1}
    due = [entry.occurred_at for entry in entries]
    assert due == sorted(due)


def test_promises_broken_while_the_watcher_was_down(split_house: RunningHouse, split_people: People) -> None:
    house, people = split_house, split_people
    with house.nobody_restarts_anything():
        house.kill_part("sla_watch")
        before = head(people.owner)
        broken = [people.case(**ago(LONG_AGO + timedelta(hours=hours))) for hours in (7, 0, 3)]
        kept = people.case(**ago(LONG_AGO))
        kept.does(people.zhou, "intake", "acknowledge", channel="email", **ago(LONG_AGO + timedelta(minutes=5)))
        kept.contact(**ago(LONG_AGO + timedelta(hours=1)))
        assert not [entry for entry in checker.ledger(house.home, since=before) if "clocks-" in entry.stream]
        assert people.owner.get("/sla-watch/clocks").status_code == 503
        assert people.owner.get("/readyz").status_code == 503
    house.ready()
    until(lambda: escalations(house.home, broken, before) >= 12, "all has been escalated")
    house.ready()

    entries = fired(house.home, since=before)
    once_and_in_order(entries)
    started = {(e.stream, e.data["clock_id"]): e.data for e in checker.ledger(house.home) if e.type == "ClockStarted"}
    for case in broken:
        stream = f"clocks-{case.id}"
        breached = {e.data["clock_id"]: e.data for e in entries if e.stream == stream and e.type == "Breached"}
        assert breached.keys() == {"acknowledgement/1", "first_response/1"}
        for clock, breach in breached.items():
            assert breach["breached_at"] == started[stream, clock]["due_at"]
        levels = [
            (e.data["clock_id"], e.data["level"], e.data["to_role"])
            for e in entries
            if e.stream == stream and e.type == "Escalated"
        ]
        assert sorted(levels) == [
            (clock, level, role)
            for clock in ("acknowledgement/1", "first_response/1")
            for level, role in ((1, "service_supervisor"), (2, "quality_head"))
        ]
    # Never a false breach: both promises to this customer were kept, although it was recorded only much later.
    assert {e.type for e in entries if e.stream == f"clocks-{kept.id}"} <= {"WarningIssued"}
    clocks = kept.clocks()
    assert (clocks["acknowledgement/1"]["status"], clocks["first_response/1"]["status"]) == ("met", "met")

    # Told late that the customer had been called in time: the breach stands, beside its excuse.
    excused = broken[0]
    excused.contact(**ago(LONG_AGO + timedelta(hours=9)))
    excused.acknowledge()
    clocks = excused.clocks()
    assert clocks["first_response/1"]["excused"] and clocks["first_response/1"]["status"] == "met"
    assert clocks["first_response/1"]["breached_at"] == clocks["first_response/1"]["due_at"]
    assert not clocks["acknowledgement/1"]["excused"] and clocks["acknowledgement/1"]["status"] == "met_late"
    types = Counter(excused.types())
    assert (types["Breached"], types["BreachExcused"], types["Met"]) == (2, 1, 2)

    # Nothing of it is said again, whatever happens to the watcher.
    said = [entry.position for entry in fired(house.home)]
    house.kill_part("sla_watch")
    house.ready()
    assert [entry.position for entry in fired(house.home)] == said
    checker.check(house.home, house.nats("relay"), people.owner.sees, since=before)


def test_a_watcher_killed_again_and_again_says_each_thing_once(split_house: RunningHouse, split_people: People) -> None:
    house, people = split_house, split_people
    with house.nobody_restarts_anything():
        house.kill_part("sla_watch")
        before = head(people.owner)
        with ThreadPoolExecutor(4) as pool:
            cases = list(pool.map(lambda n: people.case(**ago(LONG_AGO + timedelta(minutes=7 * n))), range(40)))
    for count in (1, 60):
        until(lambda count=count: len(fired(house.home, *cases, since=before)) >= count, f"{count} things are said")
        os.kill(until(lambda: house.pid("sla_watch"), "the watcher runs"), signal.SIGKILL)
    until(lambda: escalations(house.home, cases, before) >= 160, "all has been escalated")
    house.ready()
    entries = fired(house.home, *cases, since=before)
    once_and_in_order(entries)
    assert Counter(entry.type for entry in entries)["Breached"] == 80
    checker.check(house.home, house.nats("relay"), people.owner.sees, since=before)


# ── simulated homes ───────────────────────────────────────────────────────────────────────────────────────────────────
MONDAY = datetime.fromisoformat("2026-03-02T09:00:00+08:00")


def test_weeks_pass_in_a_simulated_home_which_stays_one(tmp_path: Path) -> None:
    with running_house(tmp_path, simulated=MONDAY) as house:
        people = People.of(house)
        assert people.owner.sees("/audit/head")["simulated"]
        case = people.case()
        case.acknowledge()
        silent = people.case()

        def pass_time(to: datetime) -> int:
            return people.owner.does("/sla-watch/simulation/advance", to=to.isoformat())["said"]

        assert pass_time(MONDAY + timedelta(minutes=30)) == 0
        assert pass_time(MONDAY + timedelta(hours=4)) > 0
        (escalated,) = [e for e in fired(house.home, silent) if e.type == "Escalated"]
        clock = {"clock_id": escalated.data["clock_id"], "decision": "I call the customer now"}
        head_of_quality = people.zhao
        path = f"/sla-watch/complaints/{silent.id}/acknowledge-escalation"
        assert head_of_quality.post(path, clock).status_code == 200
        assert head_of_quality.post(path, clock).status_code == 409
        house.kill()
        house.start()
        pass_time(MONDAY + timedelta(days=60))
        house.ready()

        entries = fired(house.home)
        once_and_in_order(entries)
        assert [e.recorded_at for e in entries] == [e.occurred_at for e in entries], "recorded when it was due"
        levels = Counter(e.data["clock_id"] for e in entries if e.type == "Escalated" and e.stream.endswith(silent.id))
        assert levels == {"acknowledgement/1": 1, "first_response/1": 2, "closure/1": 3}, (
            "taken on: it climbs no further"
        )
        assert pass_time(MONDAY + timedelta(days=60)) == 0

        # Commands carry the home's clock forward, never back.
        later = (MONDAY + timedelta(days=70)).isoformat()
        answer = people.zhou.post(
            "/intake/complaints", {"site": "sz", "channel": "email", "description": "Late one"}, casetrail_clock=later
        )
        assert answer.status_code == 201
        house.ready()
        new = checker.check(house.home, house.nats("relay"), people.owner.sees)[answer.json()["position"] - 1]
        assert new.recorded_at == "2026-05-11T01:00:00.000000Z"

        house.stop()
        house.simulated = None  # a plain `casetrail up` in the same home
        house.start()
        seen = house.owner.sees("/audit/head")
        assert seen["simulated"] and seen["now"].startswith("2026-05-11"), "it stays what it is"


def test_real_time_cannot_be_set(house: RunningHouse, people: People) -> None:
    answer = people.owner.post("/sla-watch/simulation/advance", {"to": "2036-01-01T00:00:00Z"})
    assert (answer.status_code, answer.json()["rule"]) == (403, "G-TIME")
    body = {"site": "sz", "channel": "email", "description": "From the future"}
    answer = people.zhou.post("/intake/complaints", body, casetrail_clock="2036-01-01T00:00:00Z")
    assert (answer.status_code, answer.json()["field"]) == (422, "Casetrail-Clock")
    answer = people.zhou.post(
        "/intake/complaints", {**body, "occurred_at": "2036-01-01T00:00:00Z", "backdate_reason": "x"}
    )
    assert (answer.status_code, answer.json()["field"]) == (422, "occurred_at")


def test_a_real_home_stays_real(tmp_path: Path) -> None:
    with running_house(tmp_path) as house:
        house.stop()
        house.simulated = MONDAY
        refused = subprocess.run(house.arguments(), capture_output=True, text=True, timeout=60, check=False)
        assert refused.returncode != 0 and "can never become a simulated one" in refused.stderr
