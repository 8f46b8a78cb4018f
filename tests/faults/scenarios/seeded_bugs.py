"""The checker's power: each seeded bug must be found, for the right reason, and the system without one accused of nothing."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.faults.frame import Verdict, scenario
from tests.faults.inject.bugs import BUGS, Bug
from tests.faults.scenes import SCENES, play

QUICK = ("answer-before-commit", "answers-forgotten", "position-outside", "notice-twice", "back-in-time")


def survives(folder: Path, bug: Bug) -> str:
    """Why it was not found; empty when it was."""
    found = play(folder, bug.name, bug.scene)
    if any(re.search(bug.told, fault) for fault in found):
        return ""
    said = f"found were only: {found[:3]}" if found else "nothing was found"
    return f"the seeded bug {bug.name} ({bug.says}) should break {bug.invariant}, and {said}"


def all_of(folder: Path, bugs: Sequence[Bug], told: Callable[[str], None]) -> Verdict:
    """Each in its scene; and each of these scenes without a bug."""
    verdict = Verdict()
    for name in dict.fromkeys(bug.scene for bug in bugs):
        accused = play(_fresh(folder / f"sound-{name}"), "", name)
        told(f"no bug, {name}: {'held' if not accused else 'ACCUSED'}")
        verdict.faults += [f"without any bug, {name}: {fault}" for fault in accused]
        verdict.count(scenes=1)
    for number, bug in enumerate(bugs, 1):
        survived = survives(_fresh(folder / bug.name), bug)
        told(f"{number}/{len(bugs)} {bug.name} ({bug.invariant}): {'SURVIVED' if survived else 'caught'}")
        verdict.faults += [survived] if survived else []
        verdict.count(bugs=1, caught=0 if survived else 1)
        if not survived:
            shutil.rmtree(folder / bug.name)
    return verdict


def _fresh(folder: Path) -> Path:
    folder.mkdir()
    return folder


@scenario("seeded-bugs", row="checker")
def seeded_bugs(folder: Path, seed: int) -> Verdict:
    """Every seeded bug is found by the checker, and the sound system is accused of nothing."""
    return all_of(folder, list(BUGS.values()), lambda line: print(line, flush=True))


@scenario("some-seeded-bugs", row="checker", short=True)
def some_seeded_bugs(folder: Path, seed: int) -> Verdict:
    """Five of the seeded bugs, which are found every time within seconds."""
    return all_of(folder, [BUGS[name] for name in QUICK], lambda line: None)


assert {bug.scene for bug in BUGS.values()} <= SCENES.keys()
