"""`casetrail demo`: a simulated home with a year of complaints at three sites, played through the public doors."""

from __future__ import annotations

import json
import os
import signal
import threading
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli import show
from services.cli.connection import DEMO_HOME, PLAYED, DatabaseOption
from services.cli.start import Port, refused, run

if TYPE_CHECKING:
    from services.start_options import Running


@dataclass(frozen=True)
class Plan:
    """What is played. Kept in the home, because only the same plan can go on where it was interrupted."""

    until: str
    """RFC 3339: where the year ends, and real time takes over."""
    seed: int
    complaints: int
    finished: bool = False
    cases: dict[str, str] = field(default_factory=dict[str, str])
    """The cases that are told one by one and their numbers, once the year is finished."""

    @property
    def ends(self) -> datetime:
        """The same as an instant."""
        from shared.kernel.values import parse_instant

        return parse_instant(self.until)

    @classmethod
    def of(cls, home: Path) -> Plan | None:
        """The plan of a home that is there already."""
        try:
            kept = json.loads((home / PLAYED).read_text(encoding="utf-8"))
            return cls(kept["until"], kept["seed"], kept["complaints"], kept["finished"], kept["cases"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, home: Path) -> None:
        """Writes it down."""
        from shared.runtime.home import replace_file

        replace_file(home / PLAYED, json.dumps(asdict(self)) + "\n")


def demo(
    home: Annotated[
        Path, typer.Option(envvar="CASETRAIL_DEMO_HOME", metavar="DIR", help="Where it lives.")
    ] = DEMO_HOME,
    port: Port = 8700,
    database: DatabaseOption = None,
    seed: Annotated[int | None, typer.Option(help="Another seed, another year.", show_default="2026")] = None,
    complaints: Annotated[int | None, typer.Option(min=1, help="How many in the year.", show_default="2000")] = None,
    until: Annotated[
        str | None, typer.Option(metavar="RFC3339", help="Where the year ends.", show_default="now")
    ] = None,
    exit_when_done: Annotated[
        bool, typer.Option("--exit-when-done", "--no-follow", help="Stop when the year is complete.")
    ] = False,
) -> None:
    """Play a year of complaints at three sites on a simulated clock, and keep it running until Ctrl-C.

    Among them is one case by each of the five procedures whose packs are shipped, from receipt to archive. Started
    again, a finished year is simply there, and an interrupted one goes on.
    """
    from services.demo import year
    from services.demo.organisation import SITES
    from services.start_options import StartOptions
    from shared.runtime.clock import wall

    kept = Plan.of(home)
    pinned = _pinned(until)
    plan = kept or Plan(
        pinned or wall().isoformat(timespec="seconds"),
        year.SEED if seed is None else seed,
        complaints or year.COMPLAINTS,
    )
    asked_for = (pinned or plan.until, plan.seed if seed is None else seed, complaints or plan.complaints)
    if kept and asked_for != (plan.until, plan.seed, plan.complaints):
        refused(
            f"{home} holds another year (seed {plan.seed}, {plan.complaints} complaints, until {plan.until}): "
            "choose another --home, or remove that directory"
        )
    players, failures, bar = list[threading.Thread](), list[str](), _Bar()

    def on_ready(running: Running) -> None:
        _tell(running)
        if plan.finished:
            _what_to_look_at(running, plan)
            if exit_when_done:
                _stop()
            return
        plan.keep(running.home)
        told = (running, plan, bar, failures, exit_when_done)
        players.append(threading.Thread(target=_play, args=told, name="demo", daemon=True))
        players[0].start()

    first = SITES["sz"]
    run(
        StartOptions(
            home=home, port=port, simulated=True, begin=year.begins(plan.ends),
            site=first.code, title=first.title, zone=first.zone, owner="Demo owner", database=database, on_ready=on_ready,
        )
    )  # fmt: skip
    for player in players:
        player.join(0.5)  # after Ctrl-C it may still be waiting for an answer, and is not waited for
    bar.stop()  # gives the terminal its cursor back
    if failures or (exit_when_done and not (Plan.of(home) or plan).finished):
        raise typer.Exit(1)


def _play(running: Running, plan: Plan, bar: _Bar, failures: list[str], exit_when_done: bool) -> None:
    from services.demo.apart import Interrupted, play_apart
    from shared.kernel.errors import Problem

    try:
        bar.start()
        report = play_apart(
            running.url, running.owner_token, until=plan.ends, seed=plan.seed, complaints=plan.complaints,
            progress=bar.at,
        )  # fmt: skip
        bar.stop()
        finished = replace(plan, finished=True, cases=report.cases)
        finished.keep(running.home)
        show.line(f"{report.commands:,} commands were played in {report.seconds:.0f} s.")
        for refusal in report.refused[:3]:
            show.remark(f"refused: {refusal}", "yellow")
        _what_to_look_at(running, finished)
    except Interrupted:
        failures += ["interrupted"] if exit_when_done else []
        show.remark("the year is not complete; start the demonstration again and it goes on", "yellow")
    except Problem as problem:
        failures.append(problem.detail)
        show.problem(problem)
        show.remark("the year is not complete; start the demonstration again and it goes on", "yellow")
    except Exception as error:
        # In a thread nobody else would see it; the rest of the house goes on without it.
        failures.append(str(error))
        show.remark(f"the year could not be played on ({type(error).__name__}: {error})", "red")
    if exit_when_done:
        _stop()


def _stop() -> None:
    os.kill(os.getpid(), signal.SIGINT)  # as Ctrl-C would: everything stops in its order


class _Bar:
    """How far the year is; silent without a terminal."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        console = show.err()
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(),
            console=console, disable=not console.is_terminal,
        )  # fmt: skip
        self._task = self._progress.add_task("playing the year", total=None)

    def start(self) -> None:
        """Shows it."""
        self._progress.start()

    def at(self, done: int, total: int, what: str) -> None:
        """Moves it."""
        self._progress.update(self._task, completed=done, total=total, description=f"playing {show.one_line(what)}")

    def stop(self) -> None:
        """Leaves it as it stands."""
        self._progress.stop()


def _pinned(until: str | None) -> str | None:
    from shared.kernel.values import parse_instant

    if until is None:
        return None
    try:
        parse_instant(until)
    except ValueError as error:
        raise show.typed_wrongly(str(error), field="--until") from None
    return until


def _tell(running: Running) -> None:
    show.line(f"Casetrail, simulated, is running at {running.url}", "bold green")
    show.line(f"  sign in   {running.sign_in_url}  (works once)")
    show.remark("  Ctrl-C stops it")


def _what_to_look_at(running: Running, plan: Plan) -> None:
    from services.demo.player import Report, what_to_look_at

    where = "" if running.home.name == DEMO_HOME.name else f" --home {running.home}"
    show.line("The year is complete; time runs on from here. Worth a look:", "bold")
    for text in what_to_look_at(Report(plan.ends, cases=plan.cases), running.url):
        show.line(f"  {text}{where if text.startswith('casetrail') else ''}")
