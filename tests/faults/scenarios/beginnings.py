"""kill -9 at named points of what happens once: a first start, a backup, a restore, a move. Said again, each must succeed, and
every byte must be there."""

from __future__ import annotations

import json
import random
import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tests import checker
from tests.faults.frame import CannotRunHere, Verdict, judged, scenario
from tests.faults.house import FaultyHouse, store
from tests.faults.inject.points import Point, While
from tests.faults.judging import all_faults
from tests.faults.scenarios.kill_points import points
from tests.house import until
from tests.journeys.people import People
from tests.postgres import database_at, dropped, why_not

AT_MOST = 3
AGAIN_AND_AGAIN = ("home-remembered", "ledger-half-made", "copied-half")
"""Points that are passed more than once on the way."""
FEW_AT_ONCE = {"shared.runtime.copying:AT_ONCE": 6}
BOOKS = ("commands", "positions", "refusals")
ONCE = (While.FIRST_START, While.BACKUP, While.RESTORE)


class Once:
    """A house whose home is made, lost and made again in one place."""

    def __init__(self, folder: Path) -> None:
        self.house = FaultyHouse(folder, settings=FEW_AT_ONCE)
        self.folder, self.home = folder, self.house.home

    def lost(self) -> None:
        """There is no home any more, and no database."""
        shutil.rmtree(self.home, ignore_errors=True)
        self._another_database("first")

    def _another_database(self, name: str) -> str:
        """An empty one, when this house works in a database."""
        if self.house.database:
            dropped(self.folder / name)
            self.house.database = database_at(self.folder / name)
        return self.house.database or ""

    # ── what is killed ────────────────────────────────────────────────────────────────────────────────────────────────
    def first_start(self, point: Point, passing: int) -> Iterator[str]:
        """A home whose first start is killed there: it starts again, and its owner's token is good."""
        house = self.house
        fired = house.arm(point.name, passing)
        house.launch()
        process = house.process
        assert process is not None
        until(lambda: process.poll() is not None or _is_announced(house), "it dies, or has started", 60)
        if not fired.exists():
            yield f"{point.name}: passed fewer than {passing} times by a first start"
            return
        house.dies()
        house.disarm()
        house.start()
        People.of(house).case_at("registered")
        yield from all_faults(house)
        house.stop()

    def backup(self, point: Point, passing: int) -> Iterator[str]:
        """A backup is killed there, and taken again; what is put back from it is what was there."""
        words = ("backup", str(self.folder / "backup"), "--home", str(self.home))
        yield from self._killed(point, passing, *words)
        self._done(*words)
        self._done("backup", words[1], "--verify", *words[2:])
        with self._set_aside() as before:
            self._done(*self._restore())
            yield from self._as_before(before, more=1)

    def restore(self, point: Point, passing: int) -> Iterator[str]:
        """A restore is killed there, and done again."""
        self._done("backup", str(self.folder / "backup"), "--home", str(self.home))
        with self._set_aside() as before:
            words = self._restore()
            yield from self._killed(point, passing, *words)
            self._done(*words)
            yield from self._as_before(before, more=1)

    def move(self, point: Point, passing: int) -> Iterator[str]:
        """A move to PostgreSQL is killed there, and said again: it goes on, or says that it was done."""
        dropped(self.folder / "moved")
        words = ("move", "--to", database_at(self.folder / "moved"), "--home", str(self.home))
        with self._set_aside() as before:
            shutil.copytree(self.folder / "aside", self.home)
            yield from self._killed(point, passing, *words)
            done, moved = self.house.runs(*words), bool(_kept(self.home).get("database"))
            if done != (1 if "already" in self.house.told()[-1_000:] else 0) or not moved:
                yield f"said again, it ended with {done}: {self.house.told()[-500:]}"
            if (self.home / "ledger.sqlite").exists():
                yield "the file is still where it was"
            yield from self._as_before(before, more=0)

    # ── how ───────────────────────────────────────────────────────────────────────────────────────────────────────────
    def _killed(self, point: Point, passing: int, *words: str) -> Iterator[str]:
        fired = self.house.arm(point.name, passing)
        ended = self.house.runs(*words)
        self.house.disarm()
        if ended != -signal.SIGKILL or not fired.exists():
            yield f"{words[0]} ended with {ended}, and the point was {'' if fired.exists() else 'not '}passed"

    def _done(self, *words: str) -> None:
        ended = self.house.runs(*words)
        assert ended == 0, f"{words[0]}: {self.house.told()[-1_000:]}"

    def _restore(self) -> tuple[str, ...]:
        database = self._another_database("second")
        where = ("--database", database) if database else ()
        return ("restore", str(self.folder / "backup"), "--home", str(self.home), *where)

    @contextmanager
    def _set_aside(self) -> Iterator[tuple[list[checker.Entry], dict[str, Any]]]:
        """Within the block the home is lost; what lay in it."""
        before, database, aside = lies_in(self.home), self.house.database, self.folder / "aside"
        self.home.rename(aside)
        yield before
        shutil.rmtree(self.home)
        aside.rename(self.home)
        self.house.database = database

    def _as_before(self, before: tuple[list[checker.Entry], dict[str, Any]], more: int) -> Iterator[str]:
        """Every fact and every book, byte for byte, with so many facts more; and a house in which everything is in order."""
        (facts, books), (now, books_now) = before, lies_in(self.home)
        if len(now) != len(facts) + more:
            yield f"{len(facts)} facts have become {len(now)}"
        yield from (f"position {a.position} came back otherwise" for a, b in zip(facts, now, strict=False) if a != b)
        yield from (f"{name} are not the same" for name in BOOKS if books[name] != books_now[name])
        self.house.start()
        People.of(self.house).case_at("registered")
        yield from all_faults(self.house)
        self.house.stop()


def lies_in(home: Path) -> tuple[list[checker.Entry], dict[str, Any]]:
    """Facts and what stands beside them, by plain SQL."""
    return checker.ledger(home), {name: _rows(home, name) for name in BOOKS}


def _rows(home: Path, table: str) -> list[list[Any]]:
    if database := _kept(home).get("database"):
        import psycopg

        with psycopg.connect(database) as connection:
            found: Any = connection.execute(f"SELECT * FROM casetrail.{table} ORDER BY 1, 2".encode()).fetchall()
    else:
        with closing(sqlite3.connect(home / "ledger.sqlite")) as file:
            found = file.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
    return [[bytes(value) if isinstance(value, memoryview) else value for value in row] for row in found]


def _kept(home: Path) -> dict[str, Any]:
    return json.loads((home / "home.json").read_text())


def _is_announced(house: FaultyHouse) -> bool:
    lock = house.home / "lock"
    return lock.exists() and house.url in lock.read_text()


# ── how often ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def killed_once(once: Once, point: Point, passing: int) -> list[str]:
    """What was found after one death at this point."""
    does = {
        While.FIRST_START: once.first_start, While.BACKUP: once.backup, While.RESTORE: once.restore, While.MOVE: once.move,
    }[point.when]  # fmt: skip
    if point.when is While.FIRST_START:
        once.lost()
    verdict = Verdict()
    with judged(verdict, "it was said again"):
        verdict.faults += does(point, passing)
    return [f"after {point.name}, passing {passing}: {fault}" for fault in verdict.faults]


def at_every_beginning(
    folder: Path,
    seed: int,
    times: int,
    told: Callable[[str], None],
    when: Sequence[While] = ONCE,
    names: Sequence[str] = (),
) -> Verdict:
    """So many places, in each of which a home is killed once at each point, or at these, of a first start, a backup, a restore."""
    verdict, chance = Verdict(), random.Random(seed)
    wanted = [point for point in points(*when) if not names or point.name in names]
    for turn in range(1, times + 1):
        place, sound = folder / f"turn-{turn}", verdict.held
        place.mkdir()
        once = Once(place)
        try:
            if While.FIRST_START not in when:
                once.house.start()
                People.of(once.house).case_at("registered")
                once.house.stop()
            for point in wanted:
                passing = chance.randint(1, AT_MOST if point.name in AGAIN_AND_AGAIN else 1)
                found = killed_once(once, point, passing)
                told(f"{turn}/{times} {point.name}: {'held' if not found else found[0]}")
                verdict.faults += found
                verdict.count(kills=1)
                if found:
                    break  # it lies there as it was found
        finally:
            once.house.close()
        if sound and verdict.held:
            shutil.rmtree(place)
    verdict.count(points=len(wanted))
    return verdict


def at_every_step_of_moving(folder: Path, seed: int, times: int, told: Callable[[str], None]) -> Verdict:
    """So often at each point of a move from SQLite to PostgreSQL."""
    if reason := why_not():
        raise CannotRunHere(reason)
    if store() == "postgres":
        raise CannotRunHere("a ledger that is in PostgreSQL is not moved there: say it with --store sqlite")
    return at_every_beginning(folder, seed, times, told, (While.MOVE,))


@scenario("kill-points-of-beginnings", row="2")
def beginnings(folder: Path, seed: int) -> Verdict:
    """kill -9 once at each named point of a first start, a backup and a restore; said again, each succeeds."""
    return at_every_beginning(folder, seed, 1, lambda line: print(line, flush=True))


@scenario("kill-points-of-moving", row="2")
def moving(folder: Path, seed: int) -> Verdict:
    """kill -9 once at each named point of a move to PostgreSQL; said again it goes on, and every byte is there."""
    return at_every_step_of_moving(folder, seed, 1, lambda line: print(line, flush=True))
