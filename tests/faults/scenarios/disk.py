"""A disk that is full, that refuses to write or to flush, or that gives back other bytes than it was given."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.faults import loop_image
from tests.faults.frame import CannotRunHere, Verdict, scenario
from tests.faults.judging import all_faults
from tests.faults.surroundings import at_work, fault_of, needs, refused
from tests.house import ROOT, RunningHouse, casetrail, free_port, running_house, until
from tests.journeys.load import Load
from tests.journeys.people import People
from tests.stores import spoil

FLUSHING = "fsync,fdatasync"


@contextmanager
def refusing(pid: int, calls: str, error: str, when: str = "1+") -> Iterator[None]:
    """Within the block these system calls of a process fail. Raises CannotRunHere where nobody may do that to a process."""
    needs("strace")
    asked = ["strace", "-f", "-qq", "-e", f"trace={calls}", "-e", f"inject={calls}:error={error}:when={when}"]
    tracer = subprocess.Popen(
        [*asked, "-o", os.devnull, "-p", str(pid)], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        until(lambda: tracer.poll() is not None or _traced(pid), "strace looks at the process", 20)
        if tracer.poll() is not None:
            raise CannotRunHere(f"strace may not look at a process here: {tracer.communicate()[1].strip()}")
        yield
    finally:
        if tracer.poll() is None:
            tracer.send_signal(signal.SIGINT)
        tracer.communicate(timeout=20)


def _traced(pid: int) -> bool:
    """Whether every thread of it is being looked at."""
    threads = [(task / "status").read_text() for task in Path(f"/proc/{pid}/task").iterdir()]
    return all(re.search(r"^TracerPid:\s+[1-9]", status, re.MULTILINE) for status in threads)


def _pid(house: RunningHouse) -> int:
    assert house.process is not None
    return house.process.pid


@scenario("disk-refuses-to-flush", row="10", short=True)
def disk_refuses_to_flush(folder: Path, seed: int) -> Verdict:
    """Every flush of the process that commits fails (EIO): commands are refused, reads answered; then all goes on."""
    return refused_calls(folder, FLUSHING, "EIO", 503, "cannot be written")


@scenario("disk-refuses-to-write", row="10")
def disk_refuses_to_write(folder: Path, seed: int) -> Verdict:
    """Every write into a file of the process that commits fails (ENOSPC): commands are refused with 507; then all goes on."""
    return refused_calls(folder, "pwrite64", "ENOSPC", 507, "disk is full")


def refused_calls(folder: Path, calls: str, error: str, status: int, words: str) -> Verdict:
    verdict = Verdict()
    with at_work(folder, verdict, commands=200, database="") as (house, load):
        case = load.people.case()
        case.sees()
        load.after(0.3)
        with refusing(_pid(house), calls, error):
            refused(load.people.zhou, status, words)
            before = dict(load.acknowledged)
            assert load.people.owner.sees(f"/audit/complaints/{case.id}")["stage"] == "received"
            refused(load.people.zhou, status, words)
            if new := load.acknowledged.keys() - before.keys():
                verdict.faults.append(f"{sorted(new)} were acknowledged although nothing could be stored")
        load.people.case()
    return verdict


@scenario("disk-hiccups", row="10")
def disk_hiccups(folder: Path, seed: int) -> Verdict:
    """Some flushes fail and the next ones do not, again and again: what was acknowledged is there, what was refused is not."""
    verdict, chance = Verdict(), random.Random(seed)
    with at_work(folder, verdict, commands=400, database="") as (house, load):
        for number in range(4):
            load.after((number + 0.2) / 5)
            first = chance.randint(1, 8)
            with refusing(_pid(house), FLUSHING, "EIO", when=f"{first}..{first + chance.randint(0, 4)}"):
                load.after((number + 0.8) / 5)
            verdict.count(bursts=1)
    return verdict


@scenario("disk-full", row="11", short=True)
def disk_full(folder: Path, seed: int) -> Verdict:
    """The disk of the home fills up and is freed: commands are refused with the way out, reads answered; then all goes on."""
    verdict = Verdict()
    with loop_image.memory(64) as disk, at_work(
        disk, verdict, commands=200, journal=folder / "journal", database=""
    ) as (house, load):  # fmt: skip
        case = load.people.case()
        case.sees()
        load.after(0.3)
        with filled(disk):
            refused(load.people.zhou, 507, "disk is full")
            assert load.people.owner.sees(f"/audit/complaints/{case.id}")["stage"] == "received"
            answer = load.people.owner.http.get("/readyz")
            verdict.count(parts_at_fault=sum(part["fault"] is not None for part in answer.json()["parts"].values()))
        load.people.case()
        house.ready()
    return verdict


@scenario("disk-full-at-start", row="11", short=True)
def disk_full_at_start(folder: Path, seed: int) -> Verdict:
    """The disk of the home fills up while nobody runs, then during a rebuild: both end in one line; freed, all goes on."""
    verdict = Verdict()
    with loop_image.memory(64) as disk, running_house(disk, database="") as house:
        load = Load(People.of(house), folder / "journal", commands=40)
        with load.running():
            pass
        house.ready()
        house.stop()
        with filled(disk):
            for asked in (("up", "--port", str(free_port())), ("rebuild",), ("doctor",)):
                verdict.faults += ends_in_a_line(*asked, "--home", str(house.home))
        house.start()
        with filled(disk):
            verdict.faults += ends_in_a_line("rebuild", "timeline", "--home", str(house.home))
        verdict.faults += [f"{left.name} was left behind" for left in house.home.rglob("*.rebuilding*")]
        verdict.faults += all_faults(house, load)
        verdict.count(acknowledged=len(load.acknowledged))
    return verdict


def ends_in_a_line(*asked: str) -> list[str]:
    """What is wrong with how this command of ours ends while its disk is full; nothing when it says so in a line."""
    said = subprocess.run(casetrail(*asked), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    told = said.returncode == 1 and "disk is full" in said.stderr and "Traceback" not in said.stderr
    return (
        [] if told else [f"{asked[0]} ended with {said.returncode} and said {said.stdout[-200:]}{said.stderr[-500:]}"]
    )


@scenario("disk-read-only", row="11")
def disk_read_only(folder: Path, seed: int) -> Verdict:
    """The disk of the home is mounted read-only: the start refuses in a line and touches nothing; writable again, it goes on."""
    verdict = Verdict()
    with loop_image.memory(64) as disk, running_house(disk, database="") as house:
        load = Load(People.of(house), folder / "journal", commands=40)
        with load.running():
            pass
        house.ready()
        house.stop()
        for how in ("ro", "rw"):
            subprocess.run(["mount", "-o", f"remount,{how}", disk], check=True)
            if how == "ro":
                asked = casetrail("up", "--home", str(house.home), "--port", str(free_port()))
                said = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
                if said.returncode != 1 or "cannot be written" not in said.stderr or "Traceback" in said.stderr:
                    verdict.faults.append(f"the start ended with {said.returncode} and said {said.stderr[-500:]}")
        house.start()
        verdict.faults += all_faults(house, load)
        verdict.count(acknowledged=len(load.acknowledged))
    return verdict


@scenario("nats-disk-full", row="11")
def nats_disk_full(folder: Path, seed: int) -> Verdict:
    """The disk on which nats-server keeps its messages fills up and is freed: commands go on, and so does the stream then."""
    verdict = Verdict()
    with loop_image.memory(32) as disk, running_house(folder, database="") as house:
        load = Load(People.of(house), folder / "journal", commands=400)
        house.stop()
        shutil.move(house.home / "nats", disk / "nats")
        (house.home / "nats").symlink_to(disk / "nats")
        house.start()
        with load.running():
            load.after(0.1)
            with filled(disk):
                fault_of(house, "relay", "")
                before = len(load.acknowledged)
                until(lambda: len(load.acknowledged) >= before + 40, "commands are acknowledged meanwhile")
                verdict.count(acknowledged_meanwhile=len(load.acknowledged) - before)
        verdict.faults += all_faults(house, load)
        verdict.count(acknowledged=len(load.acknowledged))
    return verdict


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Within the block there is no room on it."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while file.write(b"\0" * size):
                    pass
            except OSError:
                continue
    try:
        yield
    finally:
        ballast.unlink()


@scenario("ledger-bit-flip", row="9", short=True)
def ledger_bit_flip(folder: Path, seed: int) -> Verdict:
    """One bit flips in a fact on the disk: it is named by itself, by the doctor and at the desk; the rest goes on."""
    verdict, chance = Verdict(), random.Random(seed)
    with running_house(folder, database="") as house:
        people = People.of(house)
        case, other = people.case(description="Only this one hums"), people.case()
        house.ready()
        house.stop()
        position = flip_a_bit_of(house.home / "ledger.sqlite", f"complaint-{case.id}", chance)
        house.launch()  # ready it can no longer be
        named = f"position {position}: complaint.Received does not match its SHA-256"
        fault_of(house, "ledger", named, "restore the ledger from a backup")
        told = people.zhou.post(f"/intake/complaints/{case.id}/acknowledge", {"channel": "email"})
        if told.status_code != 503 or named not in told.text:
            verdict.faults.append(f"a command about the damaged case is answered with {told.status_code}: {told.text}")
        other.acknowledge()
        if other.sees()["version"] != 2:
            verdict.faults.append("the other case does not go on")
        doctor = subprocess.run(
            casetrail("doctor", "--deep", "--home", str(house.home)),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if doctor.returncode == 0 or f"position {position}" not in " ".join(doctor.stdout.split()):
            verdict.faults.append(f"doctor --deep ends with {doctor.returncode} and says {doctor.stdout}")
        verdict.count(flips=1)
    return verdict


@scenario("read-models-damaged", row="9")
def read_models_damaged(folder: Path, seed: int) -> Verdict:
    """Read models are overwritten on the disk while clients work, and once more while nobody runs: each is built anew by itself."""
    verdict = Verdict()
    with running_house(folder, database="") as house:
        load = Load(People.of(house), folder / "journal", commands=200)
        house.ready()
        house.stop()  # what has been written goes from the logs into the files
        house.launch()
        with load.running():
            load.after(0.3)
            _spoil_all(house, 4_096, verdict)
        if not (named := _damaged(house)):
            verdict.faults.append("doctor --deep names none of them")
        verdict.count(named=len(named))
        until(lambda: not _damaged(house), "each has been built anew", 60, 1)
        house.stop()
        _spoil_all(house, 0, verdict)
        house.launch()
        house.ready()
        verdict.faults += [f"{name} is still damaged" for name in _damaged(house)] + all_faults(house, load)
        verdict.count(acknowledged=len(load.acknowledged))
    return verdict


def _spoil_all(house: RunningHouse, first: int, verdict: Verdict) -> None:
    verdict.count(spoilt=sum(spoil(file, first) for file in sorted((house.home / "read").glob("*.sqlite"))))


def _damaged(house: RunningHouse) -> list[str]:
    """Which read models the doctor calls damaged."""
    asked = casetrail("doctor", "--deep", "--json", "--home", str(house.home))
    said = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    return re.findall(r"read model (\w+) is damaged", said)


def flip_a_bit_of(ledger: Path, stream: str, chance: random.Random) -> int:
    """Of one bit in the first fact of a stream, in the file itself; its position. Nobody has the file open."""
    with closing(sqlite3.connect(ledger)) as connection:
        position, body = connection.execute(
            "SELECT rowid, state FROM stored_events WHERE originator_id = ? ORDER BY rowid LIMIT 1", (stream,)
        ).fetchone()
    held = bytearray(ledger.read_bytes())
    place = held.index(body) + chance.randrange(len(body))
    held[place] ^= 1 << chance.randrange(8)
    ledger.write_bytes(held)
    return int(position)
