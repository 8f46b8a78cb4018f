"""Bodies past the limit: 413 before anything is parsed, and memory stays flat."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doors.attacked import Attacked, says_no

pytestmark = pytest.mark.usefixtures("nothing_written")

MEGABYTE = 1_000_000


def resident(attacked: Attacked) -> int:
    """Bytes of memory the server holds."""
    assert attacked.house.process is not None
    pages = int(Path(f"/proc/{attacked.house.process.pid}/statm").read_text().split()[1])
    return pages * 4096


def pieces(total: int, piece: bytes = b"x" * 65_536) -> Iterator[bytes]:
    """A chunked upload; httpx does not say how long it is."""
    for _ in range(total // len(piece)):
        yield piece


def test_a_body_of_10_mb_is_refused_by_its_announced_length(attacked: Attacked) -> None:
    body = json.dumps({"description": "x" * 10 * MEGABYTE}).encode()
    for path in (
        "/intake/complaints",
        f"/capa/complaints/{attacked.case}/plan-action",
        f"/intake/people/{attacked.outsider.id}/issue-token",
    ):
        says_no(attacked.send(path, body), 413)
    says_no(attacked.send("/intake/imports", body * 2), 413)
    says_no(attacked.send("/intake/histories", body * 2), 413)
    says_no(attacked.send("/sla-watch/subscribers", body), 413)
    says_no(attacked.send("/sla-watch/simulation/advance", body), 403, 413)


def test_a_body_of_10_mb_in_chunks_is_refused_while_it_streams(attacked: Attacked) -> None:
    headers = {"content-type": "application/json"}
    says_no(attacked.owner.http.post("/intake/complaints", content=pieces(10 * MEGABYTE), headers=headers), 413)
    says_no(attacked.owner.http.post("/intake/imports", content=pieces(20 * MEGABYTE), headers=headers), 413)


def test_memory_stays_flat_under_large_bodies(attacked: Attacked) -> None:
    body = b'{"description": "' + b"x" * 10 * MEGABYTE + b'"}'
    for _ in range(3):
        attacked.send("/intake/complaints", body)
    before = resident(attacked)
    for _ in range(30):
        says_no(attacked.send("/intake/complaints", body), 413)
    assert resident(attacked) - before < 20 * MEGABYTE


def test_a_file_past_100_mb_is_refused_while_it_streams(attacked: Attacked) -> None:
    before = resident(attacked)
    answer = attacked.owner.http.post("/files", content=pieces(101 * MEGABYTE), headers={"content-type": "image/png"})
    says_no(answer, 413)
    assert resident(attacked) - before < 20 * MEGABYTE
    assert not list((attacked.house.home / "files").glob(".incoming*"))
