"""The fault suite in a short form: the table of points is true, some deaths are survived, some bugs are found."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.frame import Verdict, scenarios
from tests.faults.inject.bugs import BUGS
from tests.faults.inject.points import POINTS, Point, While
from tests.faults.scenarios.beginnings import Once, at_every_beginning, killed_once
from tests.faults.scenarios.kill_points import at_every_point
from tests.faults.scenarios.rounds import kill_rounds
from tests.faults.scenarios.seeded_bugs import survives
from tests.faults.scenes import SCENES
from tests.house import ON_POSTGRES, ROOT
from tests.postgres import why_not


def there_is(place: str) -> bool:
    """Whether `module:path` names something."""
    module, _, path = place.partition(":")
    owner: object = importlib.import_module(module)
    for name in path.split("."):
        owner = getattr(owner, name, None)
    return owner is not None


@pytest.mark.parametrize("point", POINTS.values(), ids=lambda point: point.name)
def test_each_point_names_a_place_in_the_system(point: Point):
    assert all(there_is(place) for place in {point.sqlite, point.postgres} if place)


@pytest.mark.parametrize("bug", BUGS.values(), ids=lambda bug: bug.name)
def test_each_bug_names_a_place_in_the_system_and_a_scene_that_shows_it(bug):
    assert all(there_is(place) for place in bug.wrong)
    assert bug.scene in SCENES


def held(verdict: Verdict) -> bool:
    assert verdict.held, str(verdict)
    return True


def test_the_house_may_die_between_any_two_steps(tmp_path: Path):
    names = ("before-commit", "committed", "relay-mid-batch", "watcher-said")
    verdict = at_every_point(tmp_path, 1, 1, names, lambda line: None)
    assert held(verdict)
    assert verdict.seen["kills"] == len(names)


def test_a_first_start_that_is_killed_leaves_an_owner_who_may_do_everything(tmp_path: Path):
    once = Once(tmp_path)
    try:
        assert killed_once(once, POINTS["first-facts-recorded"], 1) == []
    finally:
        once.house.close()


@pytest.mark.skipif(why_not() is not None, reason=str(why_not()))
def test_a_move_that_is_killed_half_way_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(ON_POSTGRES, raising=False)
    verdict = at_every_beginning(tmp_path, 1, 1, lambda line: None, [While.MOVE], ["copied-half"])
    assert held(verdict)
    assert verdict.seen["kills"] == 1


def test_three_rounds_of_killing_a_part_the_broker_with_its_store_and_the_whole_house(tmp_path: Path):
    verdict = kill_rounds(tmp_path, 313, 3, lambda line: None)
    assert held(verdict)
    assert verdict.seen["rounds"] == 3
    assert verdict.seen["killed_house"] == verdict.seen["killed_nats-server_wiped"] == 1


@pytest.mark.parametrize(
    "names", [("answer-before-commit",), ("notice-twice", "back-in-time"), ("no-version-check",)], ids=", ".join
)
def test_seeded_bugs_are_found(names: tuple[str, ...], tmp_path: Path):
    assert not survives(tmp_path, *(BUGS[name] for name in names))


def test_the_command_lists_every_scenario():
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults", "--list"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert [line.split()[0] for line in done.stdout.splitlines()] == list(scenarios())
