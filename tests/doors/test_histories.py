"""The door of histories: a batch that cannot be read is refused whole, a case that cannot be taken is named, and nothing else happens."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.doors.attacked import CANARY, Attacked, says_no

pytestmark = pytest.mark.usefixtures("nothing_written")

STEP: dict[str, Any] = {
    "row": 2, "at": "2025-03-17T16:00:00+08:00", "event": "Received",
    "fields": {"channel": "telephone", "description": "screen garbled after two hours of operation"},
}  # fmt: skip
CASE: dict[str, Any] = {"row": 2, "case": "4711", "site": "sz", "steps": [STEP]}
UNTIL = '"2025-06-01T00:00:00Z"'


def sent(attacked: Attacked, rows: str, source: str = '"old-desk"', until: str = UNTIL, mode: str = '"lenient"') -> Any:
    body = f'{{"source": {source}, "mode": {mode}, "log_until": {until}, "rows": {rows}}}'
    return attacked.send("/intake/histories", body.encode("utf-8", "surrogatepass"))


BATCHES: dict[str, str] = {
    "rows that are none": '[1, "x", null]', "rows as an object": '{"0": {}}', "rows within rows": "[[{}]]", "null": "null",
    "too many": "[" + ",".join(["{}"] * 501) + "]", "1,000 deep": '[{"row": ' + "[" * 1_000 + "]" * 1_000 + "}]",
    "100,000 deep": '[{"row": ' + '{"a":' * 100_000 + "1" + "}" * 100_000 + "}]", "lone surrogate": '[{"row": "\\ud835"}]',
    "twice the same key": '[{"row": 1, "row": 2}]',
}  # fmt: skip


@pytest.mark.parametrize("rows", BATCHES.values(), ids=BATCHES)
def test_a_batch_that_cannot_be_read(attacked: Attacked, rows: str) -> None:
    says_no(sent(attacked, rows), 422)


@pytest.mark.parametrize(
    "until", ['""', "null", "0", '"2025-06-01"', '"2025-06-01T00:00:00"', '"9999-12-31T23:59:59Z"']
)
def test_a_log_ends_at_an_instant(attacked: Attacked, until: str) -> None:
    says_no(sent(attacked, "[]", until=until), 422)


def test_a_mode_is_one_of_two(attacked: Attacked) -> None:
    says_no(sent(attacked, "[]", mode='"careless"'), 422)


CELLS: list[tuple[str, Any]] = [
    ("row", 0), ("row", "2"), ("row", 2**64), ("row", 1e300), ("case", ""), ("case", "x" * 129), ("case", None), ("case", "a\x00"),
    ("site", "mars"), ("site", {}), ("steps", []), ("steps", {}), ("steps", [None]), ("steps", [STEP] * 5_001), ("invented", CANARY),
    ("source", "x"), ("mode", "strict"), ("log_until", "2025-06-01T00:00:00Z"), ("occurred_at", "2025-06-01T00:00:00Z"),
]  # fmt: skip
STEPS: list[tuple[str, Any]] = [
    ("row", 0), ("row", -1), ("at", "2025-03-17"), ("at", "2025-03-17T16:00:00"), ("at", "1969-01-01T00:00:00Z"), ("at", 0),
    ("at", "2999-01-01T00:00:00Z"), ("event", CANARY), ("event", "Closed"), ("event", "StepSigned"), ("event", "Breached"),
    ("event", {}), ("by", ""), ("by", "x" * 301), ("by", "\x1b[2J"), ("fields", []), ("fields", None), ("fields", {}),
    ("fields", {**STEP["fields"], CANARY: 1}), ("fields", {**STEP["fields"], "case_no": 7, "channel": "pigeon"}),
    ("fields", {**STEP["fields"], "description": {"erased": True}}), ("fields", {**STEP["fields"], "description": "x" * 20_001}),
    ("fields", {**STEP["fields"], "serial_nos": ["x"] * 501}), ("fields", {**STEP["fields"], "lot_no": 2**70}),
    ("fields", {**STEP["fields"], "also": {"a": {"b": "c"}}}), ("invented", CANARY),
]  # fmt: skip


@pytest.mark.parametrize(
    "case", [{**CASE, name: value} for name, value in CELLS] + [{**CASE, "steps": [{**STEP, name: value}]} for name, value in STEPS]
)  # fmt: skip
def test_a_case_that_cannot_be_taken_is_named(attacked: Attacked, case: dict[str, Any]) -> None:
    answer = sent(attacked, json.dumps([case]))
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["imported"], said["repeated"]) == (0, 0), answer.text
    (rejected,) = said["rejected"]
    assert rejected["reason"] and len(answer.content) < 2_000
    if case["row"] == 2:
        assert rejected["row"] == 2


def test_500_absurd_cases_are_500_rejects(attacked: Attacked) -> None:
    said = sent(attacked, json.dumps([{"row": n + 2, "x": CANARY} for n in range(500)])).json()
    assert said["imported"] == 0
    assert [one["row"] for one in said["rejected"]] == list(range(2, 502))


def test_whoever_holds_no_role_takes_nothing_over(attacked: Attacked) -> None:
    batch = {"source": "old-desk", "log_until": json.loads(UNTIL), "rows": [CASE]}
    said = attacked.outsider.post("/intake/histories", batch).json()
    assert said["imported"] == 0 and "role" in said["rejected"][0]["reason"]
