"""The doctor: a read model that is damaged, and NATS on other machines that answers, but not as it should."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from nats.js.api import RetentionPolicy

from services.start_options import Finding
from services.upkeep import doctor, rebuild
from shared.runtime.ledger import Identity
from shared.runtime.nats_elsewhere import NatsElsewhere
from shared.runtime.stream import made_for
from tests.services.homes import home_at
from tests.shared.runtime.nats_of_others import PLAIN, STORE, Server, server_of_others
from tests.stores import spoil


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with server_of_others(tmp_path) as server:
        yield server


def found_wrong(tmp_path: Path, server: Server) -> Finding:
    home = home_at(tmp_path / "home")
    (home / "read" / "case_board.sqlite").unlink()
    before = doctor(home, None, False, print)
    nats = NatsElsewhere(server.login.url, "relay", "secret")
    (wrong,) = (one for one in doctor(home, None, False, print, nats) if not one.ok and one not in before)
    return wrong


def test_a_read_model_that_is_damaged(tmp_path: Path):
    home = home_at(tmp_path / "home")
    (wrong,) = (one for one in doctor(home, None, False, print) if not one.ok and "read model" in one.what)
    assert "case_board is damaged on the disk" in wrong.what and "anew by itself" in (wrong.way_out or "")


def test_pages_that_nobody_has_asked_for_are_read_when_it_looks_deep(tmp_path: Path):
    home = home_at(tmp_path / "home")
    (home / "read" / "case_board.sqlite").unlink()
    rebuild(home, None, ["case_board"], print)
    spoil(home / "read" / "case_board.sqlite", 3 * 4_096)
    assert not [one for one in doctor(home, None, False, print) if "damaged" in one.what]
    (wrong,) = (one for one in doctor(home, None, True, print) if "damaged" in one.what)
    assert not wrong.ok and "case_board is damaged on the disk" in wrong.what


def test_nats_without_jetstream(tmp_path: Path, server: Server):
    server.start(PLAIN)
    wrong = found_wrong(tmp_path, server)
    assert "runs without JetStream" in wrong.what and "jetstream {" in (wrong.way_out or "")


def test_nats_without_the_stream(tmp_path: Path, server: Server):
    server.start(PLAIN, STORE)
    wrong = found_wrong(tmp_path, server)
    assert "there is no stream" in wrong.what and "made again by itself" in (wrong.way_out or "")


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"metadata": {"ledger": "L9", "epoch": "1"}}, "belongs to L9"),
        ({"retention": RetentionPolicy.WORK_QUEUE}, "retention=workqueue"),
    ],
    ids=["of another ledger", "that forgets what was read"],
)
def test_a_stream_of_that_name_that_is_other_than_ours(
    tmp_path: Path, server: Server, other: dict[str, object], said: str
):
    async def made() -> None:
        connection = await server.connect()
        await connection.jetstream().add_stream(made_for(Identity("L1", 1, False)).evolve(**other))
        await connection.close()

    server.start(PLAIN, STORE)
    asyncio.run(made())
    wrong = found_wrong(tmp_path, server)
    assert said in wrong.what and "nothing in it was touched" in wrong.what and wrong.way_out


def test_nats_that_is_not_there(tmp_path: Path, server: Server):
    wrong = found_wrong(tmp_path, server)
    assert "nats-server cannot be reached" in wrong.what and "start it" in (wrong.way_out or "")
