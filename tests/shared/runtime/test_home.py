"""One home, one user at a time; what is remembered stays; whatever is in the way is said in one line with a way out."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shared.runtime.home import FORMAT, Home, Occupant, StartRefused, free_port, port_in_use, replace_file, require_port

OCCUPY = """
import sys
from shared.runtime.home import Home
home = Home(sys.argv[1])
home.occupy()
home.announce(sys.argv[2])
print("held", flush=True)
sys.stdin.read()
"""


def refusal(home: Home) -> str:
    with pytest.raises(StartRefused) as caught:
        home.occupy()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_new_home_is_for_its_owner_only(tmp_path: Path):
    with Home(tmp_path / "deep" / "home") as home:
        assert home.port("nats") and home.passwords("relay")
        assert mode(home.path) == mode(home.folder("nats")) == 0o700
        assert mode(home / "home.json") == mode(home / "lock") == 0o600


def test_looking_at_a_home_that_is_not_there_makes_nothing(tmp_path: Path):
    home = Home(tmp_path / "home")
    assert home.occupant() is None and home.saved().ports == {}
    assert not home.path.exists()


def test_a_second_start_is_told_who_is_running_and_how_to_stop_it(tmp_path: Path):
    with Home(tmp_path / "home") as home:
        home.announce("http://127.0.0.1:8700")
        told = refusal(Home(home.path))
    assert f"already running in {home.path} (pid {os.getpid()}, http://127.0.0.1:8700)" in told
    assert "'casetrail down'" in told and "--home" in told


def test_a_released_home_can_be_taken_again(tmp_path: Path):
    for _ in range(3):
        with Home(tmp_path / "home") as home:
            assert Home(home.path).occupant() == Occupant(os.getpid(), None)
        assert home.occupant() is None


def test_a_killed_process_leaves_no_lock(tmp_path: Path):
    path, url = str(tmp_path / "home"), "http://127.0.0.1:1"
    words = [sys.executable, "-c", OCCUPY, path, url]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout and other.stdout.readline() == "held\n"
        assert Home(path).occupant() == Occupant(other.pid, url)
        other.kill()
    assert Home(path).occupant() is None
    Home(path).occupy()


def test_asking_who_is_there_does_not_turn_a_start_away(tmp_path: Path):
    home = Home(tmp_path / "home")
    with ThreadPoolExecutor(4) as many:
        asking = [many.submit(lambda: [Home(home.path).occupant() for _ in range(200)]) for _ in range(4)]
        for _ in range(50):
            with home:
                pass
        for each in asking:
            each.result()


def test_a_directory_of_somebody_else_is_left_alone(tmp_path: Path):
    (tmp_path / "thesis.txt").write_text("mine")
    before = mode(tmp_path)
    assert "is no Casetrail home" in refusal(Home(tmp_path))
    assert mode(tmp_path) == before and [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_home_that_cannot_be_written_is_refused(tmp_path: Path):
    (tmp_path / "file").write_text("")
    assert "cannot be written" in refusal(Home(tmp_path / "file"))
    assert "cannot be written" in refusal(Home(tmp_path / "file" / "below"))
    assert "--home" in refusal(Home("/proc/home" if sys.platform == "linux" else "/dev/home"))


def test_a_home_of_a_newer_version_is_refused_and_unchanged(tmp_path: Path):
    home = Home(tmp_path)
    newer = json.dumps({"format": FORMAT + 1, "ports": {"nats": 1}})
    (home / "home.json").write_text(newer)
    assert "newer Casetrail" in refusal(home)
    assert (home / "home.json").read_text() == newer
    assert home.occupant() is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\x00"])
def test_a_damaged_home_is_refused(tmp_path: Path, text: str):
    (tmp_path / "home.json").write_text(text)
    assert "restore it from a backup" in refusal(Home(tmp_path))


def test_ports_and_passwords_are_chosen_once(tmp_path: Path):
    with Home(tmp_path / "home") as home:
        chosen = home.port("nats"), home.passwords("relay", "audit")
        assert (home.port("nats"), home.passwords("relay", "audit")) == chosen
        assert len(set(chosen[1].values())) == 2
    with Home(tmp_path / "home") as again:
        assert (again.port("nats"), again.passwords("relay", "audit")) == chosen


def test_changes_of_many_at_once_are_all_kept(tmp_path: Path):
    with Home(tmp_path / "home") as home, ThreadPoolExecutor(8) as many:
        list(many.map(lambda number: Home(home.path).passwords(f"user-{number}"), range(40)))
        assert len(home.saved().passwords) == 40


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "file"
    replace_file(file, "old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        replace_file(file, "new")
    assert file.read_text() == "old" and list(tmp_path.iterdir()) == [file]


def test_a_port_in_use_is_named_with_the_way_out():
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = stranger.getsockname()[1]
        assert port_in_use(port)
        with pytest.raises(StartRefused, match=rf"port {port} .* in use .* --port"):
            require_port(port)
    assert not port_in_use(free_port())
