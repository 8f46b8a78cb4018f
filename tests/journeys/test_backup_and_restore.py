"""Houses that are backed up while they run, put back, and moved: nothing of what was lost is shown, nothing else is."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nats
import pytest

from tests import checker
from tests.house import ROOT, RunningHouse, casetrail, running_house, until
from tests.journeys.people import People
from tests.journeys.test_downstream import signed_in, subscriber
from tests.postgres import database_at

COMPLAINT = {"site": "sz", "channel": "email", "description": "The hinge squeaks after a week"}


def does(*words: object) -> dict[str, Any]:
    """What a command that must succeed tells as JSON."""
    done = subprocess.run(
        [*casetrail(*map(str, words)), "--json"],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def delivered(told: dict[str, Any], up_to: int) -> list[tuple[int, str]]:
    """(position, ledger and epoch) of everything a subscriber is given, up to a position."""

    async def reading() -> list[tuple[int, str]]:
        connection = await nats.connect(**signed_in(told))
        pull = await connection.jetstream(domain=told["domain"]).pull_subscribe_bind(
            durable=told["durable"], stream=told["stream"]
        )
        read: list[tuple[int, str]] = []
        while not read or read[-1][0] < up_to:
            for message in await pull.fetch(100, timeout=10):
                head = message.headers or {}
                read.append((int(head["ce-position"]), head["ce-source"]))
                await message.ack()
        await connection.close()
        return read

    return until(lambda: _or_nothing(reading), "the subscriber's durable is there", 30, 0.2)


def _or_nothing(reading: Any) -> list[tuple[int, str]]:
    try:
        return asyncio.run(reading())
    except Exception:  # the durable is made again within seconds
        return []


@pytest.fixture
def again(tmp_path: Path) -> Iterator[RunningHouse]:
    house = RunningHouse(tmp_path / "again")
    yield house
    house.close()


@pytest.mark.parametrize(
    ("store", "left"), [("sqlite", "stream and read models")]
)  # the others: faults --scenario old-backup
def test_an_old_backup_is_put_back_and_what_followed_it_is_nowhere(
    tmp_path: Path, again: RunningHouse, store: str, left: str
) -> None:
    place = tmp_path / "backup"
    with running_house(tmp_path, database=database_at(tmp_path) if store == "postgres" else None) as house:
        people = People.of(house)
        case_no = people.case_at("closed").sees()["case_no"]
        stored = house.owner.http.post("/files", content=b"a photo", headers={"content-type": "image/png"}).json()
        kept = people.zhou.post("/intake/complaints", COMPLAINT, idempotency_key="before").json()
        bi = subscriber(house, "add", "bi")
        taken = does("backup", place, "--home", house.home)
        lost = people.zhou.post("/intake/complaints", COMPLAINT, idempotency_key="after").json()
        for _ in range(3):
            people.case_at("registered")
        head = house.ready()["head"]
        assert head > taken["head"] + 10
        assert len({epoch for _, epoch in delivered(bi, head)}) == 1
        house.stop()
    words = ["--database", database_at(tmp_path / "again")] if store == "postgres" else []
    restored = does("restore", place, "--home", again.home, *words)
    assert (restored["position"], restored["facts_sha256"]) == (taken["head"], taken["facts_sha256"])
    if left != "nothing":
        for name in ("nats", "read"):
            if (house.home / name).exists():
                shutil.copytree(house.home / name, again.home / name)
    again.start()
    checker.check(again.home, again.nats("relay"), again.owner.sees)
    after = again.owner.sees("/audit/head")
    assert (after["position"], after["epoch"]) == (taken["head"] + 1, restored["epoch"])
    numbers = {item["case_no"] for item in again.owner.sees("/insight/complaints")["items"]}
    assert numbers == {case_no, kept["case_no"]}
    assert again.owner.get(f"/audit/complaints/{lost['complaint_id']}").status_code == 404
    assert again.owner.http.get(f"/files/{stored['sha256']}").content == b"a photo"
    # Tokens are the same. What was answered before the backup is answered again, what came after is done anew.
    zhou = again.someone(people.zhou.id, people.zhou.token)
    assert zhou.post("/intake/complaints", COMPLAINT, idempotency_key="before").json()["case_no"] == kept["case_no"]
    anew = zhou.post("/intake/complaints", COMPLAINT, idempotency_key="after").json()
    assert anew["case_no"] == lost["case_no"] and anew["complaint_id"] != lost["complaint_id"]
    now = again.ready()["head"]
    checker.check(again.home, again.nats("relay"), again.owner.sees)
    # Subscribers are given all of it again, and see from which position on it is another history.
    read = delivered(bi, now)
    assert [position for position, _ in read] == list(range(1, now + 1))
    epochs = {position: int(source.rpartition(":")[2]) for position, source in read}
    assert {epochs[position] for position in range(1, taken["head"] + 1)} == {1}
    assert {epochs[position] for position in range(taken["head"] + 1, now + 1)} == {restored["epoch"]}
    said = does("backup", place, "--home", again.home)
    assert (said["head"], said["epoch"]) == (now, restored["epoch"])


def test_a_house_moves_to_postgres_and_nobody_notices(tmp_path: Path) -> None:
    with running_house(tmp_path) as house:
        if house.database:
            pytest.skip("it is there already")
        people = People.of(house)
        case = people.case_at("closed")
        kept = people.zhou.post("/intake/complaints", COMPLAINT, idempotency_key="before").json()
        bi = subscriber(house, "add", "bi")
        head = house.ready()["head"]
        delivered(bi, head)
        running = subprocess.run(
            [*casetrail("move"), "--to", database_at(tmp_path), "--home", str(house.home)],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert running.returncode == 1 and "already running" in running.stderr
        house.stop()
        moved = does("move", "--to", database_at(tmp_path), "--home", house.home)
        assert (moved["facts"], moved["epoch"]) == (head, 1)
        assert not list(house.home.glob("ledger.sqlite")) and (house.home / "ledger.sqlite.moved").exists()
        house.start()
        assert case.sees()["stage"] == "closed"
        assert people.zhou.post("/intake/complaints", COMPLAINT, idempotency_key="before").json() == kept
        people.case_at("registered")
        now = house.ready()["head"]
        checker.check(house.home, house.nats("relay"), people.owner.sees)
        assert delivered(bi, now)[0][0] == head + 1, "the stream is the same, and nothing comes twice"
        assert does("backup", tmp_path / "backup", "--home", house.home)["head"] == now
