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
    server: EmbeddedNats, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """It rests so many times as long as it has worked; waiting for an answer is no work."""
    monkeypatch.setattr(comparison, "ANSWER_S", 1.5)
    monkeypatch.setattr(comparison, "SOON_S", 0.2)

    async def main() -> None:
        ledger = ledger_at(tmp_path, 50)
        relay = relay_for(server, ledger)
        async with working(relay.run()):
            await relay.ready()
        connection = await connect(server.login("relay"))
        compared, differs = Comparison(ledger), list[int]()
        stalled(server, signal.SIGSTOP)
        async with working(compared.run(connection, ledger.head, differs.append)):
            await asyncio.sleep(1.2 * comparison.ANSWER_S)
            stalled(server, signal.SIGCONT)
            await until(lambda: compared.position == 50)
            await asyncio.sleep(3 * comparison.APART_S)  # it has come to the end, and rests
            record(ledger, 1)  # by nobody carried to the stream
            await until(lambda: 51 in differs)
        await connection.close()

    asyncio.run(main())


def stalled(server: EmbeddedNats, how: signal.Signals) -> None:
    os.kill(int((server.home / "nats" / "nats.pid").read_text()), how)
