"""The comparison of stream and ledger: how soon it looks again."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.runtime import comparison
from shared.runtime.comparison import Comparison
from shared.runtime.nats_server import EmbeddedNats
from shared.runtime.relay import connect
from tests.shared.runtime.carrying import ledger_at, record, relay_for, server_at, until, working


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedNats]:
    with server_at(tmp_path) as server:
        yield server


def test_a_server_that_does_not_answer_does_not_put_off_the_next_look(
    server: EmbeddedNats, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """It rests so many times as long as it has worked; waiting for an answer is no work."""
    monkeypatch.setattr(comparison, "ANSWER_S", 1.5)
    monkeypatch.setattr(comparison, "SOON_S", 0.2)
    caplog.set_level("DEBUG", "casetrail.comparison")

    async def main() -> None:
        ledger = ledger_at(tmp_path, 50)
        relay = relay_for(server, ledger)
        async with working(relay.run()):
            await relay.ready()
        connection = await connect(server.login("relay"))
        compared, differs, came_to = Comparison(ledger), list[int](), list[int]()

        def level() -> int:
            came_to.append(compared.position)
            return ledger.head()

        stalled(server, signal.SIGSTOP)
        async with working(compared.run(connection, level, differs.append)):
            await until(lambda: "it goes on later" in caplog.text)
            stalled(server, signal.SIGCONT)
            await until(lambda: 50 in came_to)  # the end: it rests
            record(ledger, 1)  # by nobody carried to the stream
            await until(lambda: 51 in differs)
        await connection.close()

    asyncio.run(main())


def stalled(server: EmbeddedNats, how: signal.Signals) -> None:
    os.kill(int((server.home / "nats" / "nats.pid").read_text()), how)
