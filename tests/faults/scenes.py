"""What is done to a house with a seeded bug, so that the bug shows; the house without one must come through all of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests import checker
from tests.faults.at_work import Worked, at_work
from tests.faults.frame import Verdict, judged
from tests.faults.house import FaultyHouse, faulty_house
from tests.faults.inject.hook import INSIDE
from tests.faults.judging import all_faults, faults_of_rebuild
from tests.house import ROOT, casetrail, until
from tests.journeys.people import People, head

COMMANDS = 60
PATIENCE_S = 30.0
"""Where the house starts within a second; a machine on which that takes ten is given a minute more."""
Scene = Callable[[Path, str, Verdict], None]
SCENES: dict[str, Scene] = {}


def scene(play: Scene) -> Scene:
    """With an empty folder, the name of a bug, or none, and a verdict for what is found."""
    SCENES[play.__name__] = play
    return play


@contextmanager
def working(folder: Path, bug: str, verdict: Verdict, *, split: bool = False) -> Iterator[Worked]:
    began = time.monotonic()
    with at_work(folder, verdict, split=split, bug=bug) as worked:
        worked.work.patience_s = PATIENCE_S + 6 * (time.monotonic() - began)
        worked.house.patience_s = worked.work.patience_s + 15
        yield worked


def play(folder: Path, bug: str, name: str) -> list[str]:
    """What one scene found; a client that is told something impossible is a fault as well."""
    verdict = Verdict()
    with judged(verdict, "playing"):
        SCENES[name](folder, bug, verdict)
    return verdict.faults


@scene
def quiet(folder: Path, bug: str, verdict: Verdict) -> None:
    """Clients work, and nothing happens to anybody."""
    with working(folder, bug, verdict) as worked:
        worked.work.more(COMMANDS)


@scene
def killed_inside(folder: Path, bug: str, verdict: Verdict) -> None:
    """The house dies where the bug would show, three times; without one, between a commit and its answers."""
    with working(folder, bug, verdict) as worked:
        for passing in (3, 2, 4):
            fired = worked.house.arm(INSIDE if bug else "committed", passing)
            with suppress(AssertionError):
                until(lambda fired=fired: fired.exists() or worked.work.over, "it dies", worked.work.patience_s)
            if not fired.exists():
                break
            worked.house.dies()
            worked.fired["killed"] += 1 if not bug else 0
            worked.house.launch()
        worked.house.disarm()
        worked.work.more(20)


@scene
def restarted(folder: Path, bug: str, verdict: Verdict) -> None:
    """Killed as a whole again and again: what it knew by heart it has to look up."""
    with working(folder, bug, verdict) as worked:
        for _ in range(2):
            worked.work.more(COMMANDS)
            worked.house.kill()
            worked.fired["killed"] += 1
            worked.house.launch()
        worked.work.more(COMMANDS)


@scene
def split(folder: Path, bug: str, verdict: Verdict) -> None:
    """Every part is a process of its own, and cases go back and forth between them."""
    with working(folder, bug, verdict, split=True) as worked:
        worked.house.answers()
        before = worked.work.asked_again
        worked.work.more(2 * COMMANDS)
        if (refused := worked.work.asked_again - before) > 1:  # it is none; whoever does not look makes one of twenty
            verdict.faults.append(f"{refused} commands were turned away, and nothing had happened to anybody")


@scene
def two_relays(folder: Path, bug: str, verdict: Verdict) -> None:
    """Two relays publish the same facts."""
    with working(folder, bug, verdict, split=True) as worked, worked.house.another_relay(waited_for=True):
        worked.work.more(COMMANDS)
        worked.check()


@scene
def wiped(folder: Path, bug: str, verdict: Verdict) -> None:
    """nats-server and its store are lost."""
    with working(folder, bug, verdict) as worked:
        worked.work.more(COMMANDS)
        with worked.house.nobody_restarts_anything():
            worked.house.kill_part("nats-server")
            shutil.rmtree(worked.house.home / "nats" / "jetstream")
            (worked.house.faults / "first").write_text(str(len(checker.ledger(worked.house.home)) // 2))
        worked.work.more(20)


@scene
def raced(folder: Path, bug: str, verdict: Verdict) -> None:
    """Two people decide about the same version of a case."""
    with faulty_house(folder, bug=bug) as house:
        people = People.of(house)
        case = people.case_at("registered")
        seen = f'"{case.sees()["version"]}"'
        body = {"direction": "outbound", "channel": "telephone", "purpose": "clarification"}
        answers = [
            people.zhou.post(f"/intake/complaints/{case.id}/contact-customer", {**body, "summary": said}, if_match=seen)
            for said in ("Asked for photos", "Told the customer to send it in")
        ]
        if all(answer.is_success for answer in answers):
            verdict.faults.append(f"two decisions from version {seen}, and both were acknowledged")
            return
        assert [answer.status_code for answer in answers] == [200, 412], [answer.text for answer in answers]


@scene
def kept_while_down(folder: Path, bug: str, verdict: Verdict) -> None:
    """What was kept in time is told while the watcher is down, together with what it is about."""
    with faulty_house(folder, split=True, bug=bug) as house:
        people = People.of(house)
        received = datetime.now(UTC) - timedelta(days=20)
        with house.nobody_restarts_anything():
            house.kill_part("sla_watch")
            case = people.case(occurred_at=received.isoformat(), backdate_reason="found in a drawer")
            minutes = (received + timedelta(minutes=5)).isoformat()
            case.does(
                people.zhou,
                "intake",
                "acknowledge",
                channel="email",
                occurred_at=minutes,
                backdate_reason="found in a drawer",
            )
        house.ready()
        said = [entry for entry in checker.ledger(house.home) if entry.stream == f"clocks-{case.id}"]
        clock = next(
            entry for entry in said if entry.type == "ClockStarted" and "acknowledgement" in entry.data["clock_id"]
        )
        broken = [e for e in said if e.type == "Breached" and e.data["clock_id"] == clock.data["clock_id"]]
        verdict.faults += [
            f"position {entry.position}: {clock.data['clock_id']} was kept in time, and is called broken"
            for entry in broken
        ]


@scene
def restored(folder: Path, bug: str, verdict: Verdict) -> None:
    """A backup is put back; the stream and the read models that lie beside it are further on."""
    with faulty_house(folder, bug=bug) as house:
        people = People.of(house)
        people.case_at("investigating")
        _done("backup", str(folder / "backup"), "--home", str(house.home), house=house)
        for _ in range(3):
            people.case_at("registered")
        house.ready()
        house.stop()
        old = folder / "old"
        house.home.rename(old)
        _done("restore", str(folder / "backup"), "--home", str(house.home), house=house)
        for name in ("nats", "read"):
            shutil.copytree(old / name, house.home / name)
        house.start()
        others = People.of(house)
        for _ in range(2):
            others.case_at("registered")
        assert head(others.owner) > 0
        verdict.faults += [*all_faults(house), *faults_of_rebuild(house)]


def _done(*words: str, house: FaultyHouse) -> None:
    done = subprocess.run(
        casetrail(*words), cwd=ROOT, env={**os.environ, **house.environment}, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
