"""What `up` and `demo` ask for, keep and refuse; the start itself is tried by the journeys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from services import starting
from services.cli import demo
from services.cli.app import app
from services.cli.start import machine_zone
from services.demo.player import Report
from services.start_options import Running, StartOptions
from shared.kernel.errors import Refused
from shared.runtime.home import StartRefused

UNTIL = "2026-03-17T16:00:00+08:00"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[StartOptions]:
    """Starts nothing; says at once that it is ready."""
    asked: list[StartOptions] = []

    def start(options: StartOptions) -> None:
        asked.append(options)
        options.home.mkdir(exist_ok=True)
        if options.on_ready:
            options.on_ready(Running("http://127.0.0.1:8700", "http://127.0.0.1:8700/in", "secret", options.home))

    monkeypatch.setattr(starting, "start", start)
    return asked


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., None]], None]:
    """Puts a player in place of the real one."""
    monkeypatch.setattr(demo, "_stop", lambda: None)

    def put(player: Callable[..., None]) -> None:
        def report(*told: Any, **how: Any) -> Report:
            player(*told, **how)
            return Report(how["until"], cases={"garbled screen": "SZ-2025-00001"})

        monkeypatch.setattr("services.demo.apart.play_apart", report)

    return put


def casetrail(*words: str):
    return CliRunner().invoke(app, list(words))


def test_the_first_start_asks_nothing_without_a_terminal(started: list[StartOptions], tmp_path: Path):
    result = casetrail("up", "--home", str(tmp_path / "h"))
    assert result.exit_code == 0, result.output
    [options] = started
    assert (options.site, options.zone, options.owner) == ("main", machine_zone(), "owner")
    assert (options.host, options.port, options.simulated) == ("127.0.0.1", 8700, False)
    assert "secret" in result.stdout


def test_a_later_start_takes_what_is_there_and_shows_no_token(started: list[StartOptions], tmp_path: Path):
    (tmp_path / "home.json").write_text("{}")
    result = casetrail("up", "--home", str(tmp_path))
    assert started[0].site is None
    assert "secret" not in result.stdout


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org"])
def test_listening_beyond_this_machine_must_be_said(started: list[StartOptions], tmp_path: Path, host: str):
    result = casetrail("up", "--home", str(tmp_path / "h"), "--host", host)
    assert (result.exit_code, started) == (1, [])
    assert "--expose" in result.stderr
    assert casetrail("up", "--home", str(tmp_path / "h"), "--host", host, "--expose").exit_code == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.1.2.3"])
def test_loopback_needs_no_word(started: list[StartOptions], tmp_path: Path, host: str):
    assert casetrail("up", "--home", str(tmp_path / "h"), "--host", host).exit_code == 0


def test_what_is_in_the_way_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    def start(options: StartOptions) -> None:
        raise StartRefused("port 8700 is in use: choose another with --port")

    monkeypatch.setattr(starting, "start", start)
    result = casetrail("up", "--home", str(tmp_path / "h"))
    assert result.exit_code == 1
    assert result.stderr == "port 8700 is in use: choose another with --port\n"


def test_a_demonstration_plays_its_plan_and_remembers_it(
    started: list[StartOptions], play: Callable[..., None], tmp_path: Path
):
    played: list[dict[str, Any]] = []
    play(lambda url, token, **how: played.append({"url": url, "token": token, **how}))
    words = ("demo", "--home", str(tmp_path / "d"), "--until", UNTIL, "--seed", "3", "--complaints", "50")
    result = casetrail(*words, "--exit-when-done")
    assert result.exit_code == 0, result.output
    [how] = played
    how.pop("progress")(1, 2, "17 Mar 2026")
    assert how == {
        "url": "http://127.0.0.1:8700", "token": "secret", "until": datetime(2026, 3, 17, 8, tzinfo=UTC), "seed": 3,
        "complaints": 50,
    }  # fmt: skip
    assert started[0].simulated and started[0].begin and started[0].begin < datetime(2025, 3, 17, tzinfo=UTC)
    assert "casetrail tail" in result.stdout

    again = casetrail("demo", "--home", str(tmp_path / "d"))
    assert again.exit_code == 0, again.output
    assert len(played) == 1, "a finished year is simply there"
    assert started[1].begin == started[0].begin


def test_an_interrupted_year_goes_on_with_the_same_plan(
    started: list[StartOptions], play: Callable[..., None], tmp_path: Path
):
    def breaks(*_: Any, **__: Any) -> None:
        raise Refused("no", way_out="ask")

    play(breaks)
    words = ("demo", "--home", str(tmp_path / "d"), "--until", UNTIL, "--seed", "3")
    result = casetrail(*words)
    assert result.exit_code == 1
    assert "it goes on" in result.stderr

    seen: list[Any] = []
    play(lambda *_, **how: seen.append((how["seed"], how["until"])))
    assert casetrail("demo", "--home", str(tmp_path / "d")).exit_code == 0
    assert seen == [(3, datetime(2026, 3, 17, 8, tzinfo=UTC))]


def test_a_home_with_another_year_is_left_alone(started: list[StartOptions], play: Callable[..., None], tmp_path: Path):
    play(lambda *_, **__: None)
    casetrail("demo", "--home", str(tmp_path / "d"), "--until", UNTIL, "--seed", "3")
    result = casetrail("demo", "--home", str(tmp_path / "d"), "--seed", "4")
    assert (result.exit_code, len(started)) == (1, 1)
    assert "another year" in result.stderr


def test_an_end_that_is_no_instant(tmp_path: Path):
    assert casetrail("demo", "--home", str(tmp_path / "d"), "--until", "tomorrow").exit_code == 2
