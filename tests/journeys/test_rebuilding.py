"""Every read model is built anew while everybody works: the answers stay the same, and nobody is turned away."""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services import rebuilding, upkeep
from shared.kernel.errors import Unavailable
from tests import checker
from tests.house import RunningHouse, command_line, parent, pids, until
from tests.journeys.load import Load
from tests.journeys.people import People, head

MODELS = {
    "intake": "intake_worklist", "triage": "triage_worklist", "capa": "capa_worklist", "sla-watch": "sla_board",
    "audit": "timeline", "insight": "case_board", "notify": "outbox",
}  # fmt: skip
READS = (
    "/intake/worklist", "/triage/worklist", "/capa/worklist", "/sla-watch/clocks", "/insight/complaints", "/insight/counts",
)  # fmt: skip


def test_read_models_are_rebuilt_under_live_traffic(house: RunningHouse, people: People, tmp_path: Path) -> None:
    case = people.case_at("closing")
    load = Load(people, tmp_path / "journal", commands=300)
    done, turned_away = threading.Event(), list[str]()

    def look() -> None:
        while not done.is_set():
            for path in (*READS, f"/audit/complaints/{case.id}", f"/audit/complaints/{case.id}/timeline"):
                answer = people.owner.get(path)
                if answer.status_code != 200:
                    turned_away.append(f"{path}: {answer.status_code} {answer.text}")

    with ThreadPoolExecutor(3) as readers, load.running():
        looking = [readers.submit(look) for _ in range(3)]
        for share in (0.1, 0.4, 0.7):
            load.after(share)
            for service, model in MODELS.items():
                told = people.owner.does(f"/{service}/read-models/{model}/rebuild")
                assert told["rebuilt"] == model
        load.after(1.0)
        done.set()
        for each in looking:
            each.result()
    assert not turned_away, turned_away[:5]
    house.ready()
    entries = checker.check(house.home, house.nats("relay"), people.owner.sees)
    assert not list(load.faults(entries))


def test_all_are_rebuilt_at_once_by_other_processes_under_live_traffic(
    house: RunningHouse, people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "WORTH_PROCESSES", 1)
    case, told = people.case_at("closing"), list[str]()
    load = Load(people, tmp_path / "journal", commands=200)
    with load.running():
        load.after(0.2)
        upkeep.rebuild(house.home, None, [], told.append)
        assert people.owner.get(f"/audit/complaints/{case.id}").status_code == 200
        load.after(1.0)
    assert {f"{name} rebuilt" for name in rebuilding.MODELS} <= set(told)
    house.ready()
    entries = checker.check(house.home, house.nats("relay"), people.owner.sees)
    assert not list(load.faults(entries))


def test_a_part_that_is_killed_ends_the_rebuild_and_nothing_else(
    house: RunningHouse, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "WORTH_PROCESSES", 1)
    case = people.case_at("closing")
    with ThreadPoolExecutor(1) as apart:
        asked = apart.submit(upkeep.rebuild, house.home, None, ["case_board", "timeline"], lambda line: None)
        os.kill(until(_builder, "a process builds a part"), signal.SIGKILL)
        with pytest.raises(Unavailable, match="was killed"):
            asked.result(60)
    assert people.owner.get(f"/audit/complaints/{case.id}").status_code == 200
    told = list[str]()
    upkeep.rebuild(house.home, None, ["case_board", "timeline"], told.append)
    assert told[-2:] == ["case_board rebuilt", "timeline rebuilt"]
    assert not list(house.home.rglob("*.rebuilding*"))


def _builder() -> int | None:
    mine = (pid for pid in pids() if parent(pid) == os.getpid())
    return next((pid for pid in mine if "spawn_main" in command_line(pid)), None)


def test_a_long_rebuild_says_how_far_it_is_and_for_how_long_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    told, now = list[str](), iter([0.0, 3.0, 6.0, 8.0, 11.5, 20.0])
    monkeypatch.setattr(rebuilding, "seconds", lambda: next(now))
    progress = rebuilding._Progress(1_000, told.append)
    for done in (100, 250, 300, 500, 1_000):
        progress.at(done)
    assert told == ["25% done, about 18 s more", "50% done, about 12 s more"]


def test_a_rebuilt_read_model_gives_the_same_answers(people: People) -> None:
    last = head(people.owner)
    paths = [*READS, "/insight/complaints?stage=open&limit=1000"]
    before = {path: people.owner.sees(path, after_position=last) for path in paths}
    for service, model in MODELS.items():
        people.owner.does(f"/{service}/read-models/{model}/rebuild")
    after = {path: people.owner.sees(path, after_position=last) for path in paths}
    if head(people.owner) == last:  # a promise may have come due in between
        for path in paths:
            assert after[path] == before[path], path


def test_only_an_owner_has_read_models_rebuilt(people: People) -> None:
    assert people.zhou.post("/audit/read-models/timeline/rebuild").status_code == 403
