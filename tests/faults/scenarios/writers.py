"""Many who write: at one case at once, and more than there is time for."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests import checker
from tests.faults.frame import Verdict, scenario
from tests.faults.judging import all_faults, faults_of_rebuild
from tests.house import RunningHouse, running_house
from tests.journeys.load import Load
from tests.journeys.people import People, head

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
