"""What the door tests share: a house with one case, its routes, and what an answer that says no must look like."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx

from tests.house import RunningHouse, Someone

CANARY = "CanaryNobodyMayEcho"
"""Part of hostile inputs; no answer may hold it."""
OPEN_TO_EVERYONE = {"/healthz", "/readyz", "/metrics"}


@dataclass
class Attacked:
    """A house under attack."""

    house: RunningHouse
    owner: Someone
    outsider: Someone
    """Known, but holds no role anywhere."""
    case: str
    """The id of a case that was only just received."""
    case_no: str
    openapi: dict[str, Any]
    _read: int = 0
    _refusals: int = 0

    @classmethod
    def in_(cls, house: RunningHouse) -> Attacked:
        """A running house, furnished."""
        owner = house.owner
        outsider = house.person("Wang Fang")
        received = owner.does("/intake/complaints", **EXAMPLE)
        house.ready()
        return cls(house, owner, outsider, received["complaint_id"], received["case_no"], owner.sees("/openapi.json"))

    def recorded(self) -> int:
        """How many facts there are. That something was refused is a fact too, but nothing of what was asked."""
        while lines := self.owner.get("/audit/facts", after=self._read, limit=1000).text.splitlines():
            kinds = [json.loads(line)["type"] for line in lines]
            self._read += len(lines)
            self._refusals += sum(kind == "casetrail.guard.GuardRefused" for kind in kinds)
        return self._read - self._refusals

    def level(self) -> int:
        """The head once every reaction to what was recorded has come to its end."""
        self.house.ready()
        return self.recorded()

    def send(self, path: str, body: bytes, **headers: str) -> httpx.Response:
        """Bytes as they are, with the owner's token."""
        named = {
            "content-type": "application/json",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return self.owner.http.post(path, content=body, headers=named)

    def operations(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Every documented operation: method, path with this case filled in, and its description."""
        person = self.outsider.id
        return [
            (method, filled(path, case=self.case, person=person), operation)
            for path, methods in self.openapi["paths"].items()
            for method, operation in methods.items()
        ]

    def command_routes(self) -> list[tuple[str, dict[str, Any]]]:
        """Path and example of every command."""
        return [
            (path, operation["requestBody"]["content"]["application/json"].get("example", {}))
            for method, path, operation in self.operations()
            if method == "post" and "application/json" in operation.get("requestBody", {}).get("content", {})
        ]


EXAMPLE: dict[str, Any] = {
    "site": "sz",
    "channel": "telephone",
    "description": "the screen is garbled after two hours of operation",
}


def filled(path: str, *, case: str, person: str) -> str:
    """A path of the OpenAPI document with real ids."""
    id = person if "/people/" in path else "sz" if "/calendars/" in path or "/sites/" in path else case
    path = (
        path.replace("{document}", "report")
        .replace("{part}", "rp1")
        .replace("{kind}", "lots")
        .replace("{lot}", "20240315001")
        .replace("{code}", "20240315001")
    )
    return path.replace("{id}", id).replace("{site}", "sz").replace("{sha256}", "0" * 64).replace("{name}", "nobody")


def says_no(answer: httpx.Response, *among: int, field: str | None = None, rule: str | None = None) -> dict[str, Any]:
    """The problem document of an answer that refuses the input and echoes nothing of it."""
    assert 400 <= answer.status_code < 500, f"{answer.status_code} {answer.text[:300]}"
    assert answer.headers["content-type"] == "application/problem+json", answer.text[:300]
    body = json.loads(answer.content)
    assert body["status"] == answer.status_code
    assert body["title"] and body["detail"] and body["type"]
    assert CANARY not in answer.text
    assert len(answer.content) < 6_000, "an answer that says no is short"
    assert not among or answer.status_code in among, f"{answer.status_code}, not {among}: {answer.text[:300]}"
    assert field is None or body.get("field") == field, body
    assert rule is None or body.get("rule") == rule, body
    return body
