"""Copies of the ledger: one file after a clean stop, never taken for another home's, and never ahead of what it shows."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

from tests.house import ROOT, RunningHouse, casetrail, free_port, running_house, until

COMPLAINT: dict[str, Any] = {"site": "sz", "channel": "email", "description": "the screen is garbled after two hours"}


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*casetrail(*words)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def refused_start(home: Path, *words: str) -> str:
    done = run("up", "--home", str(home), "--port", str(free_port()), *words)
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stdout + done.stderr
    return " ".join((done.stdout + done.stderr).split())


def facts_in(ledger: Path) -> int:
    with sqlite3.connect(f"file:{ledger}?mode=ro&immutable=1", uri=True) as db:
        return int(db.execute("SELECT count(*) FROM stored_events").fetchone()[0])


def test_after_a_clean_stop_all_facts_are_in_the_one_file(tmp_path: Path) -> None:
    with running_house(tmp_path) as house:
        house.owner.does("/intake/complaints", **COMPLAINT)
        head = house.ready()["head"]
        house.stop()
        copy = shutil.copy(house.home / "ledger.sqlite", tmp_path / "copy.sqlite")
        assert facts_in(Path(copy)) == head


def test_an_empty_or_foreign_ledger_is_not_taken_for_the_one_the_home_had(tmp_path: Path) -> None:
    with running_house(tmp_path) as house:
        house.stop()
        ledger = house.home / "ledger.sqlite"
        kept = shutil.copy(ledger, tmp_path / "kept.sqlite")
        for leftover in house.home.glob("ledger.sqlite*"):
            leftover.unlink()
        said = refused_start(house.home)
        assert "another one" in said and "put back ledger.sqlite" in said
        shutil.copy(kept, ledger)
        house.start()
        assert house.owner.sees("/intake/sites")["items"][0]["site"] == "sz"


def test_an_older_ledger_that_was_put_back_shows_nothing_that_is_not_in_it(tmp_path: Path) -> None:
    with running_house(tmp_path) as house:
        first = house.owner.does("/intake/complaints", **COMPLAINT)["case_no"]
        house.ready()
        house.stop()
        older = shutil.copy(house.home / "ledger.sqlite", tmp_path / "older.sqlite")
        house.start()
        lost = [house.owner.does("/intake/complaints", **COMPLAINT)["case_no"] for _ in range(3)]
        house.ready()
        house.stop()
        for leftover in house.home.glob("ledger.sqlite*"):
            leftover.unlink()
        shutil.copy(older, house.home / "ledger.sqlite")
        told = run("doctor", "--deep", "--home", str(house.home))
        assert told.returncode == 1 and "beyond the end of the ledger" in told.stdout
        house.start()
        assert _numbers(house) == [first]
        new = house.owner.does("/intake/complaints", **COMPLAINT)
        assert new["case_no"] in lost  # the number is free again, and the board shows the case that has it now
        until(lambda: _numbers(house) == sorted([first, new["case_no"]]), "the board shows the new case")
        told_by_number = house.owner.sees(f"/audit/complaints/{new['case_no']}", after_position=new["position"])
        assert told_by_number["complaint_id"] == new["complaint_id"]


def _numbers(house: RunningHouse) -> list[str]:
    return sorted(case["case_no"] for case in house.owner.sees("/insight/complaints")["items"])


def test_the_doctor_sees_what_was_taken_away_or_changed(tmp_path: Path) -> None:
    with running_house(tmp_path) as house:
        stored = house.owner.http.post("/files", content=b"a photo", headers={"content-type": "image/png"}).json()
        house.ready()
        house.stop()
        assert run("doctor", "--deep", "--home", str(house.home)).returncode == 0
        path = house.home / "files" / stored["sha256"][:2] / stored["sha256"]
        path.write_bytes(b"another photo")
        told = run("doctor", "--deep", "--home", str(house.home))
        assert told.returncode == 1 and stored["sha256"] in told.stdout
        path.write_bytes(b"a photo")
        with sqlite3.connect(house.home / "ledger.sqlite") as db:
            db.execute("DROP TRIGGER facts_are_not_deleted")
        told = run("doctor", "--home", str(house.home))
        assert told.returncode == 1 and "facts_are_not_deleted is missing" in told.stdout


def test_a_damaged_file_is_told_in_one_line(tmp_path: Path) -> None:
    with running_house(tmp_path) as house:
        house.stop()
        ledger = house.home / "ledger.sqlite"
        ledger.write_bytes(b"no database at all" * 500)
        assert "cannot be read" in refused_start(house.home)
        told = run("doctor", "--deep", "--home", str(house.home))
        assert told.returncode == 1 and "Traceback" not in told.stderr


def test_a_site_that_cannot_be_leaves_nothing_behind(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for wrong in (("--site", "S Z!"), ("--site", "sz", "--zone", "Mars/Base")):
        refused_start(home, *wrong)
        assert not home.exists()
    said = refused_start(home, "--host", "nohost.example", "--expose")
    assert "no address of this machine" in said
