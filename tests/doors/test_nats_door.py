"""The door for commands on NATS: whatever is sent, an answer with a status comes back, never silence."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import nats
import pytest
from nats.aio.client import Client
from nats.errors import NoRespondersError

from tests.doors.attacked import CANARY, EXAMPLE, Attacked
from tests.doors.test_malformed_bodies import NOT_JSON, WRONG_VALUE, with_value

pytestmark = pytest.mark.usefixtures("nothing_written")

PROBLEM = "application/problem+json"


def asked(
    attacked: Attacked, *requests: tuple[str, bytes, dict[str, str]]
) -> list[tuple[int, dict[str, Any], dict[str, str]]]:
    """Status, body and headers of each answer; 503 with an empty body is the server's own word that nobody listens there."""

    async def ask() -> list[tuple[int, dict[str, Any], dict[str, str]]]:
        connection: Client = await nats.connect(**attacked.house.nats("client"))
        answers: list[tuple[int, dict[str, Any], dict[str, str]]] = []
        try:
            for subject, body, headers in requests:
                try:
                    answer = await connection.request(subject, body, timeout=10, headers=headers or None)
                    answers.append(
                        (int((answer.headers or {})["status"]), json.loads(answer.data), dict(answer.headers or {}))
                    )
                except NoRespondersError:
                    answers.append((503, {}, {}))
        finally:
            await connection.close()
        return answers

    return asyncio.run(ask())


def bearer(attacked: Attacked) -> dict[str, str]:
    return {"Authorization": f"Bearer {attacked.owner.token}"}


def subjects(attacked: Attacked) -> list[str]:
    """Where each documented command is taken."""
    paths = [path.strip("/").split("/") for path, methods in attacked.openapi["paths"].items() if "post" in methods]
    return [
        f"casetrail.command.{parts[0]}.{parts[-1]}" for parts in paths if len(parts) == 4 and parts[1] == "complaints"
    ]


def test_garbage_is_answered_on_every_subject(attacked: Attacked) -> None:
    bodies = [*NOT_JSON.values(), *(with_value(value) for value in WRONG_VALUE.values())]
    wanted = subjects(attacked)
    assert len(wanted) > 25
    requests = [
        (subject, body, bearer(attacked)) for number, subject in enumerate(wanted) for body in bodies[number % 3 :: 3]
    ]
    for (subject, body, _), (status, said, headers) in zip(requests, asked(attacked, *requests), strict=True):
        assert status in (404, 422), (subject, body[:80], status, said)
        assert said["status"] == status and said["detail"] and headers["content-type"] == PROBLEM
        assert CANARY not in json.dumps(said)


def test_receiving_refuses_what_http_refuses(attacked: Attacked) -> None:
    subject = "casetrail.command.intake.receive-complaint"
    bodies = [*NOT_JSON.values(), *(with_value(value) for value in WRONG_VALUE.values()), b"", b"{}", b"x" * 1_000_001]
    for body, (status, said, _) in zip(
        bodies, asked(attacked, *((subject, body, bearer(attacked)) for body in bodies)), strict=True
    ):
        assert status in (413, 422), (body[:80], status, said)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, 401), ({"Authorization": ""}, 401), ({"Authorization": "Bearer nobody"}, 401), ({"Authorization": "é"}, 401),
        ({"Idempotency-Key": "a b"}, 422), ({"Idempotency-Key": "é" * 200}, 422), ({"If-Match": "seven"}, 422), ({"If-Match": '"99"'}, 412),
        ({"Casetrail-Correlation": "x" * 5_000}, 422), ({"Casetrail-Correlation": "\udc80".encode("utf-8", "replace").decode() + "é"}, 422),
        ({"Casetrail-Clock": "2026-01-01T00:00:00Z"}, 422),
    ],
)  # fmt: skip
def test_headers_of_nonsense_are_answered(attacked: Attacked, headers: dict[str, str], expected: int) -> None:
    late = {"occurred_at": "9998-01-01T00:00:00Z", "backdate_reason": "late"} if expected == 422 else {}
    body = json.dumps({"complaint_id": attacked.case, "channel": "email", **late}).encode()
    all_headers = headers if expected == 401 else {**bearer(attacked), **headers}
    ((status, said, _),) = asked(attacked, ("casetrail.command.intake.acknowledge", body, all_headers))
    assert status == expected, said


def test_ids_of_nonsense_are_answered(attacked: Attacked) -> None:
    subject = "casetrail.command.intake.withdraw"
    ids: list[Any] = [
        None,
        7,
        1e300,
        [],
        {},
        "",
        "x" * 300,
        "../x",
        "\x00",
        "SZ-2026-99999",
        True,
        attacked.case.upper(),
    ]
    bodies = [json.dumps({"complaint_id": id, "reason": "none"}).encode() for id in ids]
    for body, (status, said, _) in zip(
        bodies, asked(attacked, *((subject, body, bearer(attacked)) for body in bodies)), strict=True
    ):
        assert status in (404, 422), (body, said)


def test_a_command_that_nobody_takes_is_answered(attacked: Attacked) -> None:
    for subject in (
        "nonsense",
        "intake.nonsense",
        "intake.receive-complaint.x",
        "mars.receive-complaint",
        "intake.issue-token",
        "intake",
        "intake.import-complaint",
        "intake.import-history",
    ):
        ((status, _, _),) = asked(
            attacked, (f"casetrail.command.{subject}", json.dumps(EXAMPLE).encode(), bearer(attacked))
        )
        assert 400 <= status < 600


def test_header_lines_that_are_none_are_answered(attacked: Attacked) -> None:
    """Raw protocol: what the client library would not send."""
    status_lines = asyncio.run(_raw_headers(attacked))
    assert all(line.startswith(b"HMSG") for line in status_lines), status_lines


async def _raw_headers(attacked: Attacked) -> list[bytes]:
    login = attacked.house.nats("client")
    host, port = login["servers"].removeprefix("nats://").split(":")
    answers: list[bytes] = []
    for head in (
        b"NATS/1.0\r\n\xff\xfe: \xff\r\n\r\n",
        b"NATS/1.0\r\nno colon\r\n\r\n",
        b"NATS/1.0\r\n: empty\r\n\r\n",
        b"NATS/1.0\r\nIf-Match\r\n\r\n",
        b"NATS/1.0\r\n\r\n",
    ):
        reader, writer = await asyncio.open_connection(host, int(port))
        await reader.readline()
        inbox = f"{login['inbox_prefix']}.raw".encode()
        connect = json.dumps(
            {"verbose": False, "user": login["user"], "pass": login["password"], "headers": True, "no_responders": True}
        )
        body = b"{}"
        writer.write(b"CONNECT " + connect.encode() + b"\r\nSUB " + inbox + b" 1\r\nPING\r\n")
        writer.write(
            b"HPUB casetrail.command.intake.receive-complaint %s %d %d\r\n%s%s\r\n"
            % (inbox, len(head), len(head) + len(body), head, body)
        )
        await writer.drain()
        line = b""
        while not line.startswith((b"HMSG", b"MSG")):
            line = await asyncio.wait_for(reader.readline(), 10)
            if not line or line.startswith(b"-ERR"):
                break
        answers.append(line)
        writer.close()
    return answers
