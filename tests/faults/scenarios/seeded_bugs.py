"""The checker's power: each seeded bug must be found, for the right reason, and the system without one accused of nothing."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.faults.frame import Verdict, scenario
from tests.faults.inject.bugs import BUGS, Bug
from tests.faults.scenes import SCENES, play

QUICK = (("answer-before-commit",), ("answers-forgotten",), ("position-outside",), ("notice-twice", "back-in-time"))
"""Those that stand together are sown together: neither keeps the other from showing, nor from being told."""


def survives(folder: Path, bug: Bug, *others: Bug) -> str:
    """Why it was not found, or the first of several in one house; empty when all were."""
    bugs = (bug, *others)
    found = play(folder, ",".join(each.name for each in bugs), bug.scene)
    said = f"found were only: {found[:3]}" if found else "nothing was found"
    for each in bugs:
        if not any(re.search(each.told, fault) for fault in found):
            return f"the seeded bug {each.name} ({each.says}) should break {each.invariant}, and {said}"
    return ""


def all_of(folder: Path, bugs: Sequence[Bug], told: Callable[[str], None]) -> Verdict:
    """Each in its scene; and each of these scenes without a bug."""
    verdict = Verdict()
    for name in dict.fromkeys(bug.scene for bug in bugs):
        accused = play(_fresh(folder / f"sound-{name}"), "", name)
        told(f"no bug, {name}: {'held' if not accused else f'ACCUSED: {accused[0]}'}")
        verdict.faults += [f"without any bug, {name}: {fault}" for fault in accused]
        verdict.count(scenes=1)
    for number, bug in enumerate(bugs, 1):
        survived = survives(_fresh(folder / bug.name), bug)
        told(f"{number}/{len(bugs)} {bug.name} ({bug.invariant}): {f'SURVIVED: {survived}' if survived else 'caught'}")
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
    """Five of the seeded bugs, which are found every time; that no sound house is accused `some-kill-points` shows."""
    verdict = Verdict()
    for names in QUICK:
        survived = survives(_fresh(folder / names[0]), *(BUGS[name] for name in names))
        verdict.faults += [survived] if survived else []
        verdict.count(bugs=len(names))
    return verdict


assert {bug.scene for bug in BUGS.values()} <= SCENES.keys()
