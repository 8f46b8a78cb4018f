"""Bytes that no schema would send, at every door that takes a body: `python -m tests.doors.fuzz --count 1000000 --seed 7`.

Each input is made from the seed and its number alone, so a finding is repeated by `--seed S --only N`. The rule: an
answer below 500 within a second, a problem document when it says no, and nothing of the input in it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import httpx

from tests.doors.attacked import CANARY, Attacked
from tests.house import running_house

SLOW_S = 1.0
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 2**31, 2**53, 2**64, -(2**64), 10**400, 1e308, "", " ", "\x00", "\x1b[2J", "\ud835", "\udc00", "\ufeff", "\u202e", "é", "张",
    "💥", "a" * 300, "a" * 301, "a" * 20_001, "../../x", "'; DROP TABLE facts; --", "<script>", "{{7*7}}", "%s%n", "2026-02-30", "9999-12-31T00:00:00-12:00",
    "0001-01-01T00:00:00Z", "2026-01-01T00:00:00", "1970-01-01T00:00:00Z", "sz", "p-7k2m9q", "0" * 64, "0199a3b4-6c1e-7b3a-9d52-3f1c2a4b5d6e", [], {}, [[]],
    [None], {"": None}, {"erased": True}, ["x"] * 1_000, CANARY + " !",
)  # fmt: skip
TOKENS = (
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b'"',
    b"\\",
    b"\\u",
    b"\\ud835",
    b"\x00",
    b"\xff",
    b"\xed\xa0\x80",
    b"null",
    b"NaN",
    b"1e999",
    b"-",
    b"0",
    b"\xef\xbb\xbf",
    b"\r\n",
)
HEADERS: dict[str, tuple[bytes, ...]] = {
    "content-type": (b"text/plain", b"application/json; charset=utf-16", b"", b"multipart/form-data", b"multipart/form-data; boundary=x", b"\xff", b"application/json"),
    "idempotency-key": (b"a b", b"\xff", b"k" * 129, b"", b"same"), "if-match": (b'"0"', b'"-1"', b"x", b'"' + b"9" * 40 + b'"', b"*", b"\xb2"),
    "casetrail-clock": (b"2026-01-01T00:00:00Z", b"x"), "casetrail-correlation": (b"\xff", b"c" * 500), "accept": (b"text/html", b"\xff"),
    "content-encoding": (b"gzip", b"x"), "expect": (b"100-continue",), "host": (b"[", b"x" * 300), "accept-language": (b"zz;q=x,,\xff",),
}  # fmt: skip


@dataclass
class Found:
    """What came of it."""

    answers: Counter[int] = field(default_factory=Counter[int])
    wrong: list[str] = field(default_factory=list[str])
    slowest_s: float = 0.0


def attack(attacked: Attacked, count: int, seed: int, only: int | None = None) -> Found:
    """Send `count` inputs; what is wrong is named by its number."""
    found = Found()
    targets = [
        (path, operation)
        for method, path, operation in attacked.operations()
        if method == "post" and not path.endswith("/rebuild")
    ]
    for number in range(count) if only is None else (only,):
        path, body, headers = made(targets, Random(f"{seed}/{number}"))
        began = time.monotonic()
        try:
            answer = attacked.owner.http.post(
                path, content=body, headers={name.encode(): value for name, value in headers.items()}
            )
        except httpx.HTTPError as error:
            found.wrong.append(f"{number} {path}: no answer: {error!r}")
            continue
        took = time.monotonic() - began
        found.answers[answer.status_code] += 1
        found.slowest_s = max(found.slowest_s, took)
        for wrong in complaints(answer, took):
            found.wrong.append(
                f"{number} {path}: {answer.status_code} {wrong}: {body[:200]!r} {headers} → {answer.text[:200]}"
            )
    return found


def complaints(answer: httpx.Response, took: float) -> Iterator[str]:
    """What is wrong with an answer."""
    if answer.status_code >= 500:
        yield "a bug"
    elif answer.status_code >= 400:
        if (
            answer.headers.get("content-type") != "application/problem+json"
            or json.loads(answer.content)["status"] != answer.status_code
        ):
            yield "no problem document"
        if CANARY in answer.text:
            yield "an echo"
    if took > SLOW_S:
        yield f"slow, {took:.1f} s"


def made(targets: list[tuple[str, dict[str, Any]]], chance: Random) -> tuple[str, bytes, dict[str, bytes]]:
    """One input."""
    path, operation = chance.choice(targets)
    media = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    example: dict[str, Any] = dict(media.get("example", {}))
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3))):
        name = chance.choice([*example, "occurred_at", "backdate_reason", "x", CANARY[:6]])
        example[name] = chance.choice(ODD)
    text = json.dumps(example, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")
    kind = chance.randrange(10)
    if kind < 4:
        text = broken(text, chance)
    elif kind == 4:
        text = chance.randbytes(chance.choice((0, 1, 7, 100, 5_000)))
    elif kind == 5:
        depth = chance.choice((10, 150, 250, 1_000, 20_000))
        opening, closing = chance.choice(((b"[", b"]"), (b'{"a":', b"}")))
        text = text[:-1] + b', "deep": ' + opening * depth + b"1" + closing * depth + b"}"
    headers = {"content-type": b"application/json"}
    if chance.random() < 0.2:
        name = chance.choice([*HEADERS])
        headers[name] = chance.choice(HEADERS[name])
    if chance.random() < 0.05:
        path += chance.choice(("?", "/", "%00", "?after_position=-1", "/..", "%ff"))
    return path, text, headers


def broken(text: bytes, chance: Random) -> bytes:
    """The same with a few bytes changed, lost, doubled or put in."""
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(text) + 1)
        match chance.randrange(5):
            case 0:
                text = text[:at] + chance.choice(TOKENS) + text[at:]
            case 1:
                text = text[:at] + text[at + chance.randrange(1, 8) :]
            case 2:
                text = text[:at] + bytes([chance.randrange(256)]) + text[at + 1 :]
            case 3:
                text = text[:at] + text[at : at + 20] * chance.choice((2, 50)) + text[at:]
            case _:
                text = text[:at]
    return text


def main() -> int:
    """The command."""
    words = argparse.ArgumentParser(description="Throw bytes at every door that takes a body.")
    words.add_argument("--count", type=int, default=10_000)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--only", type=int)
    asked = words.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_house(Path(folder)) as house:
        attacked = Attacked.in_(house)
        began = time.monotonic()
        found = attack(attacked, asked.count, asked.seed, asked.only)
        house.ready()
        seconds = time.monotonic() - began
        sys.stdout.write(
            f"{found.answers.total():,} inputs in {seconds:.0f} s, slowest {found.slowest_s:.2f} s, {dict(sorted(found.answers.items()))}\n"
        )
        for line in found.wrong[:20]:
            sys.stdout.write(line + "\n")
        sys.stdout.write(f"{len(found.wrong)} wrong\n")
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
