"""What the quick client publishes is what the library's own client would have published."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nats
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from nats.aio.client import Client

from shared.runtime.codec import headers
from shared.runtime.nats_client import QuickClient
from shared.runtime.nats_server import _binary, die_with_parent
from tests.house import free_port
from tests.shared.runtime.carrying import ledger_at, until

HEADS: dict[str, dict[str, str] | None] = {
    "none": None,
    "no name": {},
    "one": {"ce-id": "1"},
    "a value of two lines, which must not become a header of its own": {"ce-id": "1\r\nNats-Msg-Id: 2", "ce-type": "x"},
    "a value with a line feed alone": {"ce-id": "1\n2"},
    "a value beyond ASCII": {"ce-subject": "投诉"},
    "spaces around": {"ce-id": " 1 "},
    "colons": {"ce-source": "urn:casetrail:L1:1"},
}


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen(
        [_binary(), "-a", "127.0.0.1", "-p", str(port)], cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, preexec_fn=die_with_parent(os.getpid()),  # noqa: PLW1509 - see there
    )  # fmt: skip
    yield f"nats://127.0.0.1:{port}"
    process.terminate()
    process.wait(10)


def test_both_clients_are_heard_alike(url: str, tmp_path: Path) -> None:
    ledger = ledger_at(tmp_path, 1)
    heads = {**HEADS, "a fact": headers(ledger.rows(0, 1)[0], ledger.identity())}
    ledger.close()
    theirs, ours = asyncio.run(_heard(url, Client(), heads)), asyncio.run(_heard(url, QuickClient(), heads))
    assert ours == theirs
    assert len(ours["a fact"][0] or {}) > 10


ODD = st.one_of(
    st.sampled_from(
        (b": ", b":", b" ", b"\r\n", b"\r", b"\n", b"\t", b"\x1c", b"\x0b", "é".encode(), b"\xff", b"ce-id", b"1")
    ),
    st.binary(max_size=3),
)


@given(st.lists(ODD, max_size=30).map(b"".join))
@example(b"ce-id: 1\r\nce-type: casetrail.complaint.Received\r\n\r\n")
@example(b"a:b: c\r\n")
@example(b"a : 1\r\nb:2\r\n: 3\r\n")
def test_headers_are_read_as_the_library_reads_them(raw: bytes) -> None:
    assert QuickClient._parse_header_lines(raw) == Client._parse_header_lines(raw)


async def _heard(url: str, client: Client, heads: dict[str, dict[str, str] | None]) -> dict[str, Any]:
    """What a subscriber has of each message: its headers and its body."""
    async with asyncio.timeout(20):
        reader = await nats.connect(url, max_reconnect_attempts=-1, reconnect_time_wait=0.05)
        heard: list[Any] = []

        async def hears(message: Any) -> None:
            heard.append((message.headers, message.data))

        await reader.subscribe("spoken", cb=hears)
        await reader.flush()
        await client.connect(url)
        for name, head in heads.items():
            await client.publish("spoken", name.encode(), headers=head)
        await client.flush()
        assert client.stats["out_msgs"] == len(heads)
        await until(lambda: len(heard) == len(heads))
        await client.close()
        await reader.close()
    return {body.decode(): (head, body) for head, body in heard}
