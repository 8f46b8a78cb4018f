"""What is in the way of a start is told in one line with the way out, and nothing is left behind; stopping takes a moment."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests import checker
from tests.house import ROOT, RunningHouse, casetrail, free_port, running_house
from tests.journeys.people import People


def refused(home: Path, *words: str) -> str:
    """Start where it cannot be done; the one line that was said."""
    done = subprocess.run(
        [*casetrail("up"), "--home", str(home), "--port", str(free_port()), *words],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    said = (done.stdout + done.stderr).strip()
    assert "Traceback" not in said
    return " ".join(said.split())  # a narrow terminal wraps it


def test_a_second_start_in_the_same_home(house: RunningHouse) -> None:
    said = refused(house.home)
    assert "already running" in said and house.url in said and "casetrail down" in said and "--home" in said
    assert house.ready()["ready"]


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refused(tmp_path / "home", "--port", str(port))
        assert f"port {port}" in said and "--port" in said
        said = refused(tmp_path / "split", "--port", str(port), "--split")
        assert f"port {port}" in said and "--port" in said


def test_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    said = refused(tmp_path / "file")
    assert "cannot be written" in said and "--home" in said
    said = refused(tmp_path / "file" / "below")
    assert "cannot be written" in said and "--home" in said
    if os.geteuid() != 0:  # root may write anywhere
        tmp_path.chmod(0o500)
        said = refused(tmp_path / "home")
        tmp_path.chmod(0o700)
        assert "cannot be written" in said and "--home" in said


def test_a_directory_that_is_somebody_elses(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("300 pages")
    said = refused(tmp_path)
    assert "no Casetrail home" in said and "--home" in said
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(("words", "told"), [
    (("--zone", "Middle/Earth"), "--zone"),
    (("--site", "Not A Code"), "a-z"),
    (("--host", "0.0.0.0"), "--expose"),
])  # fmt: skip
def test_first_answers_that_are_none(words: tuple[str, ...], told: str, tmp_path: Path) -> None:
    assert told in refused(tmp_path / "home", *words)


def test_ledgers_and_homes_from_a_newer_version(tmp_path: Path) -> None:
    with running_house(tmp_path) as house:
        house.stop()
    ledger = sqlite3.connect(house.home / "ledger.sqlite")
    (version,) = ledger.execute("PRAGMA user_version").fetchone()
    ledger.execute("PRAGMA user_version = 999")
    ledger.commit()
    said = refused(house.home)
    assert "999" in said and "--home" in said and "install" in said
    ledger.execute(f"PRAGMA user_version = {version}")
    ledger.commit()
    ledger.close()

    kept = json.loads((house.home / "home.json").read_text())
    (house.home / "home.json").write_text(json.dumps({**kept, "format": 999}))
    said = refused(house.home)
    assert "newer" in said and "--home" in said
    (house.home / "home.json").write_text(json.dumps(kept))


def test_ctrl_c_ends_everything_at_once_and_the_next_start_goes_on(tmp_path: Path) -> None:
    with running_house(tmp_path) as house:
        people = People.of(house)
        case = people.case_at("investigating")
        children, used = house.children(), cpu_seconds(house)
        took = house.stop(signal.SIGINT)
        print(f"Ctrl-C took {took:.2f} s")
        busy = os.getloadavg()[0] / (os.cpu_count() or 1)
        assert took < max(1.0, busy), f"{took:.2f} s at a load of {busy:.1f} for each core (had used {used:.1f} s)"
        assert not set(children) & set(house.children())
        house.start()
        assert case.sees()["stage"] == "investigating"
        checker.check(house.home, house.nats("relay"), people.owner.sees)
        down = subprocess.run([*casetrail("down"), "--home", str(house.home)], cwd=ROOT, timeout=60, check=True)
        assert down.returncode == 0 and house.process is not None
        assert house.process.wait(10) == 0


def cpu_seconds(house: RunningHouse) -> float:
    """What the house has used so far."""
    assert house.process is not None
    fields = Path(f"/proc/{house.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
