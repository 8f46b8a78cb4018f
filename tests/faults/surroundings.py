"""A house at work in a world that has faults: clients with a journal, the damage within the block, and the judgement at its end."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import nats

from tests.faults.frame import CannotRunHere, Verdict
from tests.faults.judging import all_faults, faults_of_rebuild
from tests.house import RunningHouse, Someone, running_house, until
from tests.journeys.load import Load
from tests.journeys.people import People


@contextmanager
def at_work(
    folder: Path, verdict: Verdict, *, commands: int = 200, clients: int = 4, journal: Path | None = None, **how: Any
) -> Iterator[tuple[RunningHouse, Load]]:
    """Within the block clients work, whatever is done to the house; at its end every command of theirs is acknowledged, the house
    has come level by itself, and the checker judges. `how` as for `running_house`."""
    with running_house(folder, **how) as house:
        load = Load(People.of(house), journal or folder / "journal", commands=commands, clients=clients)
        with load.running():
            yield house, load
        verdict.faults += [*all_faults(house, load), *faults_of_rebuild(house)]
        verdict.count(acknowledged=len(load.acknowledged), asked_again=load.asked_again)


def parts(house: RunningHouse) -> dict[str, Any]:
    """What `/readyz` says of each part; it must answer."""
    return house.owner.http.get("/readyz").json()["parts"]


def fault_of(house: RunningHouse, part: str, *words: str) -> str:
    """Wait until `/readyz` names this part with these words; what it says."""

    def said() -> str:
        with suppress(httpx.TransportError):  # it may be just starting
            fault = parts(house).get(part, {}).get("fault") or ""
            return fault if all(word in fault for word in words) else ""
        return ""

    return until(said, f"/readyz names {part}: {', '.join(words)}", 60, 0.1)


COMPLAINT = {"site": "sz", "channel": "email", "description": "Hinge squeaks after a week"}


def refused(who: Someone, status: int, *words: str) -> dict[str, Any]:
    """Wait until a command is answered with this status; the problem document, which says these words and the way out."""

    def answer() -> dict[str, Any] | None:
        found = who.post("/intake/complaints", COMPLAINT)
        return found.json() if found.status_code == status else None

    told = until(answer, f"a command is answered with {status}", 30, 0.05)
    assert all(word in told["detail"] for word in words) and told["way_out"], told
    return told


def on_stream(house: RunningHouse, do: Callable[[Any, Any], Awaitable[Any]], user: str = "relay") -> Any:
    """Do this to NATS as one of its users: with the connection and its JetStream."""

    async def doing() -> Any:
        connection = await nats.connect(**house.nats(user), error_cb=_unheard)
        try:
            return await do(connection, connection.jetstream())
        finally:
            await connection.close()

    return asyncio.run(doing())


async def _unheard(error: Exception) -> None:
    """What the client would write to the terminal; whoever asks is told by an exception."""


def needs(*programs: str, package: str = "") -> None:
    """Raises CannotRunHere where a program is missing, with the way to have it."""
    for program in programs:
        if shutil.which(program) is None:
            raise CannotRunHere(f"no {program} here (on Debian: apt install {package or program})")
