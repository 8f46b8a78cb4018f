"""Below the commands: methods, chunks, odd requests, and clients that dawdle."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.doors.attacked import CANARY, EXAMPLE, Attacked, says_no
from tests.doors.test_too_large import resident
from tests.house import until

pytestmark = pytest.mark.usefixtures("nothing_written")


def raw(attacked: Attacked, request: bytes, *, patience_s: float = 5) -> tuple[int, bytes]:
    """Status and rest of the answer to bytes on a socket; 0 when the connection is closed without a word."""
    with socket.create_connection(("127.0.0.1", attacked.house.port), timeout=patience_s) as connection:
        answer = b""
        try:
            connection.sendall(request)
            while chunk := connection.recv(65_536):
                answer += chunk
                if b"\r\n\r\n" in answer and b"connection: close" not in answer.lower():
                    break
        except (ConnectionResetError, BrokenPipeError, TimeoutError):
            pass
    return (int(answer.split(b" ", 2)[1]) if answer else 0), answer


@pytest.fixture(scope="module", autouse=True)
def half_a_head(attacked: Attacked) -> Iterator[Future[tuple[int, bytes, float]]]:
    """Somebody who never says the rest, from the first test of this file on: status, answer, and after how many seconds."""

    def waiting() -> tuple[int, bytes, float]:
        began = time.monotonic()
        status, answer = raw(attacked, b"GET /intake/me HTTP/1.1\r\nX: y", patience_s=40)
        return status, answer, time.monotonic() - began

    with ThreadPoolExecutor(1) as aside:
        yield aside.submit(waiting)


def head(attacked: Attacked, line: str, *headers: str) -> bytes:
    lines = [line, "Host: localhost", f"Authorization: Bearer {attacked.owner.token}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "GET"])
def test_other_methods_are_refused(attacked: Attacked, method: str) -> None:
    for path, _ in attacked.command_routes():
        if (method, path) == ("GET", "/intake/people") or method == "GET":
            continue
        answer = attacked.owner.http.request(method, path)
        if method == "HEAD":
            assert answer.status_code == 405
        else:
            says_no(answer, 405)
            assert "POST" in answer.headers["allow"]
    says_no(attacked.owner.http.request("POST", "/audit/head"), 405)
    says_no(attacked.owner.http.get(f"/capa/complaints/{attacked.case}/close"), 405)


@pytest.mark.parametrize(
    "path",
    ["/nowhere", "/intake", "/intake/", "/intake/complaints/", "//intake/complaints", "/INTAKE/complaints", "/intake/complaints/x/y/z", "/%2e%2e/etc/passwd",
     "/intake/complaints/{id}/import-complaint", "/intake/complaints/{id}/fail", "/docs", "/redoc", "/openapi.json/", "/.git/config", "/*"],
)  # fmt: skip
def test_addresses_that_are_none(attacked: Attacked, path: str) -> None:
    path = path.replace("{id}", attacked.case)
    says_no(attacked.owner.post(path, EXAMPLE), 404, 405)
    says_no(attacked.owner.http.get(path), 404, 405)


def test_very_long_addresses(attacked: Attacked) -> None:
    says_no(attacked.owner.http.get("/" + "a" * 20_000), 404)
    says_no(attacked.owner.http.get("/audit/complaints/" + "a" * 20_000), 404)
    status, answer = raw(attacked, b"GET /" + b"a" * 5_000_000 + b" HTTP/1.1\r\n\r\n")
    assert status in (0, 404, 414, 431), answer[:200]


def test_endless_headers_are_cut_off(attacked: Attacked) -> None:
    before = resident(attacked)
    for endless in (b"GET / HTTP/1.1\r\nX: ", b"GET /", b"GET / HTTP/1.1\r\n"):
        filler = b"X-%d: y\r\n" % 7 * 10_000 if endless.endswith(b"\r\n") else b"a" * 65_536
        status, answer = raw(attacked, endless + filler * 200)
        assert status in (0, 431), answer[:200]
    assert resident(attacked) - before < 20_000_000


NOT_HTTP = (
    b"\x00\x01\x02\r\n\r\n", b"hello\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\nbad header\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
    b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n", b"GET / HTTP/1.1\r\nX: a\x00b\r\n\r\n", b"GET / HTTP/1.1\r\nX: a\rb\r\n\r\n",
    b"CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
)  # fmt: skip


@pytest.mark.parametrize("request_", NOT_HTTP)
def test_what_is_not_http(attacked: Attacked, request_: bytes) -> None:
    status, answer = raw(attacked, request_, patience_s=1)
    assert status == 0 or 400 <= status < 500, answer[:300]
    if status:
        body = json.loads(answer.partition(b"\r\n\r\n")[2])
        assert body["status"] == status and b"application/problem+json" in answer


def test_what_is_not_http_is_told_so(attacked: Attacked) -> None:
    status, answer = raw(attacked, b"hello\r\n\r\n", patience_s=5)
    assert (status, json.loads(answer.partition(b"\r\n\r\n")[2])["rule"]) == (400, "G-HTTP")


@pytest.mark.parametrize(
    "host", ["", "[", "[::1", "a b", "é", "x" * 5_000, "localhost:99999999", "evil.example/@x", "\\", "a,b", ":", "@"]
)
def test_hosts_of_nonsense(attacked: Attacked, host: str) -> None:
    for line in (
        "POST /console/sign-in-links HTTP/1.1",
        "GET / HTTP/1.1",
        "GET /sign-in?code=x HTTP/1.1",
        "GET /nowhere HTTP/1.1",
    ):
        request = f"{line}\r\nHost: {host}\r\nAuthorization: Bearer {attacked.owner.token}\r\nAccept: text/html\r\nContent-Length: 0\r\n\r\n"
        status, answer = raw(attacked, request.encode("latin-1"))
        assert 200 <= status < 500, answer[:300]


def test_nothing_of_a_request_becomes_a_header_of_the_answer(attacked: Attacked) -> None:
    for path in (
        "/intake/complaints/x%0d%0aX-Injected:%20y",
        "/nowhere?a=%0d%0aX-Injected:%20y",
        f"/?lang=%0d%0aX-Injected:%20{CANARY}",
    ):
        answer = attacked.owner.http.get(path)
        assert "x-injected" not in answer.headers
    key = raw(
        attacked,
        head(attacked, "POST /intake/complaints HTTP/1.1", "Idempotency-Key: a\r\n X-Injected: y", "Content-Length: 0"),
    )
    assert b"x-injected" not in key[1].lower() or 400 <= key[0] < 500


def test_chunked_bodies_are_bodies(attacked: Attacked) -> None:
    def byte_by_byte() -> Iterator[bytes]:
        for byte in json.dumps({**EXAMPLE, "site": "mars"}).encode():
            yield bytes([byte])

    headers = {"content-type": "application/json"}
    says_no(attacked.owner.http.post("/intake/complaints", content=byte_by_byte(), headers=headers), 404, field="site")
    says_no(attacked.owner.http.post("/intake/complaints", content=iter([b"{"]), headers=headers), 422)
    says_no(attacked.owner.http.post("/intake/complaints", content=iter([]), headers=headers), 422)


def test_a_command_cut_off_in_the_middle_is_not_carried_out(attacked: Attacked) -> None:
    body = json.dumps(EXAMPLE).encode()
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", attacked.house.port), timeout=5) as connection:
            length = f"Content-Length: {len(body) + 1}"
            connection.sendall(
                head(attacked, "POST /intake/complaints HTTP/1.1", "Content-Type: application/json", length) + body
            )
        with socket.create_connection(("127.0.0.1", attacked.house.port), timeout=5) as connection:
            connection.sendall(
                head(attacked, "POST /files HTTP/1.1", "Content-Type: image/png", "Content-Length: 1000") + b"x" * 10
            )
    until(lambda: not list((attacked.house.home / "files").glob(".incoming*")), "nothing half-stored is left")


def test_two_hundred_dawdlers_keep_nobody_waiting(attacked: Attacked) -> None:
    """Half heads and half bodies, held open; everyone else is answered meanwhile, and memory stays flat."""
    before = resident(attacked)
    dawdlers = [socket.create_connection(("127.0.0.1", attacked.house.port), timeout=5) for _ in range(200)]
    try:
        for number, dawdler in enumerate(dawdlers):
            whole = head(
                attacked, "POST /intake/complaints HTTP/1.1", "Content-Type: application/json", "Content-Length: 900000"
            )
            dawdler.sendall(whole + b'{"site"' if number % 2 else whole[:-9])
        for _ in range(3):
            for dawdler in dawdlers[1::2]:
                dawdler.sendall(b" ")
            began = time.monotonic()
            assert attacked.owner.get("/intake/me").status_code == 200
            assert time.monotonic() - began < 2
        assert resident(attacked) - before < 30_000_000
    finally:
        for dawdler in dawdlers:
            dawdler.close()


@pytest.mark.slow
def test_half_a_head_is_answered_in_the_end(half_a_head: Future[tuple[int, bytes, float]]) -> None:
    status, answer, seconds = half_a_head.result()
    assert status == 408, answer[:200]
    assert 15 < seconds < 30
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["status"] == 408
