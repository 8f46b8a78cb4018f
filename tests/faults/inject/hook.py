"""How a fault gets into a process of the system without a trace of it in the system: modules are changed as they are loaded.

The environment of the process says what is wanted:

    CASETRAIL_TEST_FAULTS    a folder; `armed` in it says at which point which passing is fatal, `passed/` what was passed
    CASETRAIL_TEST_BUG       the name of a bug in `bugs.py` that this process shall have, or several, with commas
    CASETRAIL_TEST_SETTINGS  module:NAME=number;…  constants that would make a test wait, for example for a restart
"""

from __future__ import annotations

import functools
import importlib.abc
import importlib.machinery
import inspect
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

Change = Callable[[ModuleType], None]
INSIDE = "inside"
"""The point that lies within a seeded bug: where it would show."""
_armed: list[Armed] = []


class Armed:
    """Whether passing a point is fatal just now: at the nth passing in whichever process comes there first, once."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._file = folder, folder / "armed"
        self._told: set[str] = set()
        self._seen: tuple[int, int] = (0, 0)
        self._id = self._point = ""
        self._left = 0

    def passes(self, point: str) -> None:
        """A process is at this point."""
        if point not in self._told:
            self._told.add(point)
            (self.folder / "passed" / point).touch()
        try:
            found = os.stat(self._file)
        except FileNotFoundError:
            return
        if (seen := (found.st_mtime_ns, found.st_ino)) != self._seen:
            self._seen = seen
            self._id, self._point, left = self._file.read_text().split()
            self._left = int(left)
        if point != self._point:
            return
        self._left -= 1
        if self._left == 0:
            self.strikes()

    def strikes(self) -> None:
        """The process ends here and now, as by kill -9; of several that come here only one."""
        try:
            descriptor = os.open(self.folder / "fired" / self._id, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        except FileExistsError:
            return
        os.write(descriptor, " ".join(sys.argv).encode())
        os.kill(os.getpid(), signal.SIGKILL)
        signal.pause()


class _Finder(importlib.abc.MetaPathFinder):
    """Finds modules as everybody else does; those that shall be changed are changed right after they have run."""

    def __init__(self, changes: dict[str, list[Change]]) -> None:
        self.changes = changes

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in self.changes:
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        spec = next((spec for finder in others if (spec := finder.find_spec(fullname, path, target))), None)
        if spec is None or spec.loader is None:
            return spec
        run = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            run(module)
            for change in self.changes.pop(fullname, ()):
                change(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def here() -> None:
    """For seeded bugs: if ever, it shows when the process ends here."""
    for armed in _armed:
        armed.passes(INSIDE)


def said(name: str) -> str:
    """For seeded bugs: what the scene lets them know, as a file of that name; empty when there is none."""
    path = Path(os.environ["CASETRAIL_TEST_FAULTS"]) / name
    return path.read_text() if path.exists() else ""


def install(folder: Path) -> None:
    """From now on modules are changed as they are loaded."""
    from tests.faults.inject.bugs import BUGS
    from tests.faults.inject.points import POINTS

    armed = Armed(folder)
    _armed.append(armed)
    changes: dict[str, list[Change]] = {}
    for setting in filter(None, os.environ.get("CASETRAIL_TEST_SETTINGS", "").split(";")):
        where, _, number = setting.partition("=")
        module, _, name = where.partition(":")
        changes.setdefault(module, []).append(functools.partial(_set, name=name, number=number))
    for bug in filter(None, os.environ.get("CASETRAIL_TEST_BUG", "").split(",")):
        for module, wrong in BUGS[bug].changes.items():
            changes.setdefault(module, []).extend(wrong)
    for point in POINTS.values():
        passes = functools.partial(armed.passes, point.name)
        for module in point.modules:
            changes.setdefault(module, []).append(functools.partial(point.put, passes=passes))
    sys.meta_path.insert(0, _Finder(changes))


def _set(loaded: ModuleType, name: str, number: str) -> None:
    setattr(loaded, name, type(getattr(loaded, name))(number))


def replaced(module: ModuleType, path: str, made: Callable[[Any], Any]) -> None:
    """`Class.method`, `function`, or `os.replace` as that module sees it, in the place of itself: `made` gets the original."""
    *owners, name = path.split(".")
    owner: Any = module
    for each in owners:
        inner = getattr(owner, each)
        if isinstance(inner, ModuleType):  # a copy: other modules go on using the true one
            copy = ModuleType(inner.__name__)
            copy.__dict__.update(inner.__dict__)
            setattr(owner, each, copy)
            inner = copy
        owner = inner
    original = inspect.getattr_static(owner, name)
    setattr(owner, name, made(original))


def before(passes: Callable[[], None]) -> Callable[[Any], Any]:
    """The function with this done first."""

    def made(original: Any) -> Any:
        @functools.wraps(original)
        def first(*given: Any, **named: Any) -> Any:
            passes()
            return original(*given, **named)

        return first

    return made


def after(passes: Callable[[], None]) -> Callable[[Any], Any]:
    """The function, plain or asynchronous, with this done last, when it has not failed."""

    def made(original: Any) -> Any:
        if inspect.iscoroutinefunction(original):

            @functools.wraps(original)
            async def then_last(*given: Any, **named: Any) -> Any:
                answer = await original(*given, **named)
                passes()
                return answer

            return then_last

        @functools.wraps(original)
        def last(*given: Any, **named: Any) -> Any:
            answer = original(*given, **named)
            passes()
            return answer

        return last

    return made
