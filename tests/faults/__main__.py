"""`python3 run.py faults`: faults on purpose, judged by a checker that imports nothing from the system."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults.frame import CannotRunHere, Scenario, Verdict, scenarios
from tests.faults.inject.bugs import BUGS
from tests.faults.scenarios.beginnings import at_every_beginning, at_every_step_of_moving
from tests.faults.scenarios.kill_points import at_every_point
from tests.faults.scenarios.rounds import kill_rounds
from tests.faults.scenarios.seeded_bugs import all_of
from tests.house import ON_POSTGRES

EXAMPLES = """
  python3 run.py faults --list                      every scenario, with its row in the matrix of faults
  python3 run.py faults --short                     something of everything, five minutes
  python3 run.py faults --rounds 100 --seed 7       a hundred rounds of kill -9, with the faults that the seed 7 chooses
  python3 run.py faults --kill-points 3             three deaths at every named point
  python3 run.py faults --seeded-bugs               is the checker able to find anything? Each bug must be caught
  python3 run.py faults --scenario nats-wiped       one scenario; may be said several times
  python3 run.py faults --all --json faults.json    every scenario there is, and a report for machines
  python3 run.py faults --kill-points 20 --scenario power-cuts --scenario nats-wipes    they add up: a campaign in one command

The same seed chooses the same faults; what is under way when they strike depends on the machine, so a fault that was found is
looked for again with the same seed and more rounds. Everything happens in a folder of its own under the directory for temporary
files, on loopback, to processes that the command itself has started. When something was found the folder is kept, and named.
It ends with 0 when everything held, 1 when a fault was found, 2 when it was asked for something that there is not."""


@dataclass(frozen=True)
class Task:
    """One line of the report."""

    name: str
    run: Callable[[Path, int], Verdict]


def main(words: Sequence[str]) -> int:
    """Runs what was asked for; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python3 run.py faults",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    what = parser.add_argument_group("what; several add up")
    what.add_argument("--list", action="store_true", help="tell what there is, and run nothing")
    what.add_argument("--scenario", action="append", metavar="NAME", help="run this scenario")
    what.add_argument(
        "--rounds", type=int, metavar="N", help="so many rounds of kill -9 of any processes, two relays, NATS wiped"
    )
    what.add_argument("--kill-points", type=int, metavar="K", help="kill -9 at every named point, so often at each")
    what.add_argument(
        "--seeded-bugs", nargs="*", metavar="NAME", help="bugs sown on purpose, or these: is each one found?"
    )
    what.add_argument("--short", action="store_true", help="what is quick and certain of everything: five minutes")
    what.add_argument("--all", action="store_true", help="every scenario")
    parser.add_argument("--seed", type=int, default=1, help="chooses the faults; default 1")
    parser.add_argument(
        "--store", choices=("sqlite", "postgres"), default="sqlite", help="where facts are kept; default sqlite"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report there as well")
    given = parser.parse_args(words)
    found = scenarios()
    if unknown := [name for name in given.scenario or () if name not in found]:
        parser.error(f"there is no scenario {unknown[0]!r}; --list tells which there are")
    if unknown := [name for name in given.seeded_bugs or () if name not in BUGS]:
        parser.error(f"there is no seeded bug {unknown[0]!r}; there are {', '.join(BUGS)}")
    if given.list:
        for name, one in found.items():
            print(f"{name:28} row {one.row:9} {one.says}")
        return 0
    if given.store == "postgres":
        os.environ[ON_POSTGRES] = "yes"
    tasks = list(_chosen(given, found))
    if not tasks:
        parser.print_help()
        return 2
    return carried_out(tasks, given.seed, given.store, given.json)


def _chosen(given: argparse.Namespace, found: Mapping[str, Scenario]) -> Iterator[Task]:
    if given.seeded_bugs is not None:
        bugs = [BUGS[name] for name in given.seeded_bugs or BUGS]
        yield Task("seeded-bugs", lambda folder, seed: all_of(folder, bugs, _line))
    if given.rounds:
        yield Task("kill-rounds", lambda folder, seed: kill_rounds(folder, seed, given.rounds, _line))
    if given.kill_points:
        yield Task("kill-points", lambda folder, seed: at_every_point(folder, seed, given.kill_points, told=_line))
        yield Task("beginnings", lambda folder, seed: at_every_beginning(folder, seed, given.kill_points, _line))
        if given.store == "sqlite":
            yield Task("moving", lambda folder, seed: at_every_step_of_moving(folder, seed, given.kill_points, _line))
    named = given.scenario or [name for name, one in found.items() if given.all or (given.short and one.short)]
    yield from (Task(name, found[name].run) for name in named)


def _line(text: str) -> None:
    print(f"      {text}", flush=True)


def carried_out(tasks: Sequence[Task], seed: int, store: str, report: Path | None) -> int:
    """One after the other, each told as it ends; then all of them in a table."""
    told: list[dict[str, object]] = []
    place = Path(tempfile.mkdtemp(prefix="casetrail-faults-"))
    for number, task in enumerate(tasks, 1):
        print(f"[{number}/{len(tasks)}] {task.name} …", end=" ", flush=True)
        folder = place / f"{number}-{task.name}"
        folder.mkdir()
        began, spent = time.monotonic(), _cpu_s()
        one = _told(task, folder, seed)
        one |= {"seconds": round(time.monotonic() - began, 1), "cpu_seconds": round(_cpu_s() - spent, 1)}
        told.append(one)
        print(f"{one['outcome']}, {one['seconds']} s, {one['cpu_seconds']} s of CPU\n      {one['text']}", flush=True)
        if told[-1]["outcome"] != "FOUND":
            shutil.rmtree(folder, ignore_errors=True)
    found = [one for one in told if one["outcome"] == "FOUND"]
    left_out = [one for one in told if one["outcome"] == "left out"]
    held = len(told) - len(found) - len(left_out)
    print(f"\n{held} held, {len(found)} found faults, {len(left_out)} left out; seed {seed}, {store}")
    if found:
        print(f"what was left behind: {place}")
    else:
        shutil.rmtree(place, ignore_errors=True)
    if report is not None:
        machine = {"python": platform.python_version(), "system": platform.platform(), "cores": os.cpu_count()}
        report.write_text(
            json.dumps({"seed": seed, "store": store, "machine": machine, "scenarios": told}, indent=2) + "\n"
        )
    return int(bool(found))


def _cpu_s() -> float:
    """What we have spent, with all that has ended in order: on a busy machine it says more than a clock."""
    return sum(os.times()[:4])


def _told(task: Task, folder: Path, seed: int) -> dict[str, object]:
    try:
        verdict = task.run(folder, seed)
    except CannotRunHere as why:
        return {"name": task.name, "outcome": "left out", "text": str(why)}
    except AssertionError as failed:
        verdict = Verdict([str(failed)])
    except Exception:  # nobody thought of it: it is told, and the other tasks are carried out
        verdict = Verdict([traceback.format_exc(limit=-8)])
    outcome = "held" if verdict.held else "FOUND"
    return {"name": task.name, "outcome": outcome, "text": str(verdict), "faults": verdict.faults, "seen": verdict.seen}


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
