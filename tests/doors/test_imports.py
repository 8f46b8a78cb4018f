"""The bulk door: a batch that cannot be read is refused whole, a row that cannot be taken is named, and nothing else happens."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.doors.attacked import CANARY, Attacked, says_no

pytestmark = pytest.mark.usefixtures("nothing_written")

ROW: dict[str, Any] = {
    "row": 2, "external_ref": "4711", "site": "sz", "received_at": "2025-03-17T16:00:00+08:00", "state": "open",
    "description": "screen garbled after two hours of operation",
}  # fmt: skip


def sent(attacked: Attacked, rows: str, source: str = '"old-desk"') -> Any:
    return attacked.send("/intake/imports", f'{{"source": {source}, "rows": {rows}}}'.encode("utf-8", "surrogatepass"))


BATCHES: dict[str, str] = {
    "rows that are none": '[1, "x", null]', "rows as an object": '{"0": {}}', "rows within rows": "[[{}]]", "null": "null",
    "too many": "[" + ",".join(["{}"] * 2_001) + "]", "1,000 deep": '[{"row": ' + "[" * 1_000 + "]" * 1_000 + "}]",
    "100,000 deep": '[{"row": ' + '{"a":' * 100_000 + "1" + "}" * 100_000 + "}]", "lone surrogate": '[{"row": "\\ud835"}]',
    "lone surrogate as key": '[{"\\udc00": 1}]', "twice the same key": '[{"row": 1, "row": 2}]',
}  # fmt: skip


@pytest.mark.parametrize("rows", BATCHES.values(), ids=BATCHES)
def test_a_batch_that_cannot_be_read(attacked: Attacked, rows: str) -> None:
    says_no(sent(attacked, rows), 422)


@pytest.mark.parametrize(
    "source", ["null", "7", '""', '"' + "x" * 301 + '"', '"a\\u0000b"', "{}", '["a"]', '"\\ud835"']
)
def test_a_source_is_a_line(attacked: Attacked, source: str) -> None:
    says_no(sent(attacked, "[]", source), 422)


NUMBERS = (
    "1e400",
    "-1e400",
    "1" + "0" * 400,
    str(2**64),
    "NaN",
    "Infinity",
    "-1",
    "0",
    "1.5",
    "true",
    "null",
    '"2"',
    "{}",
    '[["CanaryNobodyMayEcho"]]',
)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_row_that_does_not_number_itself_is_told_by_its_place(attacked: Attacked, number: str) -> None:
    answer = sent(attacked, f'[{{"row": {number}}}]')
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["imported"], said["repeated"]) == (0, 0)
    assert [(one["row"], one["column"]) for one in said["rejected"]] == [(1, "row")] or said["rejected"][0]["row"] == 1
    assert CANARY not in answer.text


CELLS: list[tuple[str, Any]] = [
    ("external_ref", ""), ("external_ref", "x" * 129), ("external_ref", "a\x00"), ("external_ref", None), ("site", "mars"), ("site", "SZ"), ("site", {}),
    ("received_at", "2025-03-17"), ("received_at", "9999-12-31T00:00:00-12:00"), ("received_at", "9000-01-01T00:00:00Z"), ("received_at", 0),
    ("received_at", "0001-01-01T00:00:00+12:00"), ("description", ""), ("description", "x" * 20_001), ("description", "\x1b[2J"), ("description", {}),
    ("description", {"erased": True}), ("channel", "pigeon"), ("kind", ""), ("origin", 7), ("language", "?"), ("rank", 0), ("rank", 5), ("rank", "1"),
    ("rank", 10**30), ("category", CANARY), ("category", "x" * 301), ("state", "half"), ("closed_at", "2026-01-01T00:00:00Z"), ("serial_nos", ["x"] * 501),
    ("serial_nos", "x"), ("serial_nos", [None]), ("purchase_date", "2025-13-01"), ("purchase_date", "0001-01-01"), ("safety_hazard", "no"),
    ("extra", {"a": 1}), ("extra", {"": "x"}), ("extra", {"a\x00": "x"}), ("extra", {f"c{n}": "x" for n in range(65)}), ("extra", {"a": "x" * 20_000, "b": "x" * 20_000}),
    ("extra", []), ("invented", CANARY), ("", CANARY), ("live", True), ("source", "x"), ("complaint_id", "x"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "value"), CELLS)
def test_a_cell_that_cannot_be_taken_is_named(attacked: Attacked, column: str, value: Any) -> None:
    answer = sent(attacked, json.dumps([{**ROW, column: value}]))
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["imported"], said["repeated"]) == (0, 0), answer.text
    (rejected,) = said["rejected"]
    assert rejected["row"] == 2 and rejected["reason"]
    assert CANARY not in answer.text and len(answer.content) < 2_000


def test_nothing_was_closed_in_the_future_or_before_it_came(attacked: Attacked) -> None:
    for closed_at in ("9000-01-01T00:00:00Z", "2025-03-17T07:00:00Z"):
        said = sent(attacked, json.dumps([{**ROW, "state": "closed", "closed_at": closed_at}])).json()
        assert said["imported"] == 0 and len(said["rejected"]) == 1, said


def test_2000_absurd_rows_are_2000_rejects(attacked: Attacked) -> None:
    said = sent(attacked, json.dumps([{"row": n + 2, "x": CANARY} for n in range(2_000)])).json()
    assert said["imported"] == 0
    assert [one["row"] for one in said["rejected"]] == list(range(2, 2_002))
