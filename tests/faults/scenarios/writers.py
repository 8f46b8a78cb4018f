"""Many who write: at one case at once, and more than there is time for."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from services.stores import database_of, open_ledger
from shared.runtime.home import Home
from tests import checker
from tests.faults.frame import Verdict, scenario
from tests.faults.judging import all_faults, faults_of_rebuild
from tests.house import RunningHouse, running_house
from tests.journeys.load import Load
from tests.journeys.people import Case, People, head

WRITERS, TURNS = 6, 25


@scenario("two-writers", row="16")
def two_writers(folder: Path, seed: int) -> Verdict:
    """Six people change one case at once, each by the version he has seen: of a version one wins, the others are told."""
    verdict = Verdict()
    with running_house(folder) as house:
        people = People.of(house)
        case = people.case_at("registered")
        first = case.sees()["version"]
        won: list[int] = []
        lost = threading.Lock()

        def work(number: int) -> int:
            told = 0
            who = house.someone(people.zhou.id, people.zhou.token)
            for turn in range(TURNS):
                version = case.sees(after_position=head(who))["version"]
                key = f"writer-{number}-{turn}"
                answer = who.post(
                    f"/intake/complaints/{case.id}/contact-customer",
                    {"direction": "outbound", "channel": "email", "purpose": "clarification", "summary": key},
                    if_match=f'"{version}"', idempotency_key=key,
                )  # fmt: skip
                if answer.is_success:
                    with lost:
                        won.append(answer.json()["version"])
                    if answer.json()["version"] != version + 1:
                        verdict.faults.append(f"{key} saw {version} and was stored as {answer.json()['version']}")
                elif answer.status_code == 412:
                    told += 1
                else:
                    verdict.faults.append(f"{key} was answered with {answer.status_code}: {answer.text}")
            return told

        with ThreadPoolExecutor(WRITERS) as pool:
            told = sum(pool.map(work, range(WRITERS)))
        if sorted(won) != list(range(first + 1, first + 1 + len(won))):
            verdict.faults.append(f"versions given: {sorted(won)}")
        stored = [entry for entry in checker.ledger(house.home) if entry.stream == f"complaint-{case.id}"]
        if len(stored) != first + len(won):
            verdict.faults.append(f"{len(won)} changes were acknowledged, {len(stored) - first} are stored")
        verdict.faults += all_faults(house)
        verdict.count(won=len(won), told_that_they_were_late=told)
    if not told:
        verdict.faults.append("nobody was ever late: nothing was shown")
    return verdict


HUGE, AT_ONCE = 20_000, 1_000
QUICK_S = 0.1


@scenario("huge-case", row="29")
def huge_case(folder: Path, seed: int) -> Verdict:
    """A case has 20,000 facts: a command about it takes a tenth of a second and less, and is quick right after a start."""
    verdict = Verdict()
    with running_house(folder) as house:
        people = People.of(house)
        case = people.case_at("registered")
        case.contact()
        house.ready()
        house.stop()
        _grows(house, f"complaint-{case.id}")
        house.start()
        case.contact()  # folds all of it, and keeps a snapshot
        _is_quick(case, verdict)
        starts: list[float] = []
        for _ in range(3):
            house.kill()
            house.start()
            people.case()  # what every first command pays for
            starts.append(_seconds(case))
        verdict.count(ms_after_a_start=round(1_000 * min(starts), 1))
        if min(starts) > 5 * QUICK_S:
            verdict.faults.append(f"the first command after a start took {min(starts):.1f} s and more")
        verdict.faults += [*all_faults(house), *faults_of_rebuild(house)]
        verdict.count(facts=len(checker.ledger(house.home)))
    return verdict


def _is_quick(case: Case, verdict: Verdict) -> None:
    took = min(_seconds(case) for _ in range(10))
    verdict.count(ms=round(1_000 * took, 1))
    if took > QUICK_S:
        verdict.faults.append(f"none of ten commands took less than {took:.3f} s")


def _seconds(case: Case) -> float:
    began = time.monotonic()
    case.contact()
    return time.monotonic() - began


def _grows(house: RunningHouse, stream: str) -> None:
    """Its last fact is recorded again and again, past all doors: over HTTP that would take an hour."""
    with Home(house.home) as home:
        ledger = open_ledger(home, database_of(home))
        last, head = ledger.stream(stream)[-1], ledger.head()
        for first in range(1, HUGE, AT_ONCE):
            with ledger.writing() as writing:
                more = range(first, first + AT_ONCE)
                writing.append([last._replace(position=head + n, version=last.version + n,
                                              recorded_at=writing.head().recorded_at) for n in more])  # fmt: skip
        ledger.close()


@scenario("burst", row="20")
def burst(folder: Path, seed: int) -> Verdict:
    """100,000 commands by 32 clients at once: none is lost, the stream comes level, memory does not grow with them."""
    return commands_at_once(folder, 100_000, 32)


@scenario("small-burst", row="20")
def small_burst(folder: Path, seed: int) -> Verdict:
    """5,000 commands by 32 clients at once."""
    return commands_at_once(folder, 5_000, 32)


MOST_MB = 64.0
"""What the house may take more at the end than half-way: its memories of cases and facts are full by then."""


def commands_at_once(folder: Path, commands: int, clients: int) -> Verdict:
    verdict = Verdict()
    with running_house(folder) as house:
        load = Load(People.of(house), folder / "journal", commands=commands, clients=clients)
        with load.running():
            load.patience_s = 3_600
            for share in (0.25, 0.5, 0.75):
                load.after(share)
                verdict.count(**{f"mb_at_{share:.0%}": _resident_mb(house)})
        end = _resident_mb(house)
        grown = end - verdict.seen["mb_at_50%"]
        if grown > MOST_MB:
            verdict.faults.append(f"memory grew by {grown:.0f} MB in the second half")
        house.ready()
        since = max(0, len(checker.ledger(house.home)) - 20_000)
        verdict.faults += [*all_faults(house, load, since=since), *faults_of_rebuild(house)]
        verdict.count(acknowledged=len(load.acknowledged), mb_at_the_end=end)
    return verdict


def _resident_mb(house: RunningHouse) -> float:
    assert house.process is not None
    pages = int(Path(f"/proc/{house.process.pid}/statm").read_text().split()[1])
    return pages * 4096 / 1e6
