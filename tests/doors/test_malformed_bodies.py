"""Bodies that are not what a command looks like: 4xx with field and rule, and nothing is recorded."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.doors.attacked import CANARY, EXAMPLE, Attacked, says_no

pytestmark = pytest.mark.usefixtures("nothing_written")


def example(**changed: Any) -> bytes:
    return json.dumps({**EXAMPLE, **changed}).encode()


def with_value(text: str) -> bytes:
    """A body whose description is this piece of JSON."""
    return b'{"site":"sz","channel":"telephone","description":%s}' % text.encode("utf-8", "surrogatepass")


NOT_JSON: dict[str, bytes] = {
    "half an object": b'{"site": "sz"',
    "trailing comma": b'{"site": "sz",}',
    "two documents": example() + example(),
    "single quotes": b"{'site': 'sz'}",
    "a comment": b'{"site": "sz" /* CanaryNobodyMayEcho */}',
    "a list": b"[]",
    "a string": b'"CanaryNobodyMayEcho"',
    "a number": b"7",
    "null": b"null",
    "only blanks": b"   \r\n\t ",
    "XML": b"<CanaryNobodyMayEcho/>",
    "a form": b"site=sz&channel=CanaryNobodyMayEcho",
    "byte order mark": b"\xef\xbb\xbf" + example(),
    "UTF-16": example().decode().encode("utf-16"),
    "Latin-1": '{"description": "é CanaryNobodyMayEcho"}'.encode("latin-1"),
    "raw surrogate": b'{"description": "\xed\xa0\xb5 CanaryNobodyMayEcho"}',
    "overlong UTF-8": b'{"description": "\xc0\xaf CanaryNobodyMayEcho"}',
    "raw NUL": b'{"description": "a\x00b"}',
    "NULs": b"\x00" * 1_000,
    "line feed within a string": b'{"description": "a\nb"}',
    "half an escape": b'{"description": "\\u12"}',
    "1,000 deep": b'{"description": ' + b"[" * 1_000 + b"]" * 1_000 + b"}",
    "100,000 deep": b'{"description": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "100,000 deep, never closed": b"[" * 100_000,
    "objects 100,000 deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
    "every byte": bytes(range(256)),
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_not_json_is_malformed(attacked: Attacked, body: bytes) -> None:
    said = says_no(attacked.send("/intake/complaints", body), 422)
    assert said["field"] and said["rule"]


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_not_json_is_malformed_at_the_doors_that_read_for_themselves(attacked: Attacked, body: bytes) -> None:
    says_no(attacked.send("/intake/imports", body), 422)
    says_no(attacked.send(f"/intake/people/{attacked.outsider.id}/issue-token", body), 422)
    says_no(attacked.send("/sla-watch/subscribers", body), 413, 422)
    says_no(attacked.send("/sla-watch/simulation/advance", body), 403, 422)


WRONG_VALUE: dict[str, str] = {
    "null": "null",
    "true": "true",
    "number": "7",
    "list": '["CanaryNobodyMayEcho"]',
    "object": '{"a": "CanaryNobodyMayEcho"}',
    "erased": '{"erased": true}',
    "erased, said shortly": "{}",
    "empty": '""',
    "blanks": '" \\t\\u3000 "',
    "lone high surrogate": '"\\ud835 CanaryNobodyMayEcho"',
    "lone low surrogate": '"\\udc00 CanaryNobodyMayEcho"',
    "surrogates the wrong way round": '"\\udc00\\ud835"',
    "NUL": '"a\\u0000CanaryNobodyMayEcho"',
    "escape": '"\\u001b[2J CanaryNobodyMayEcho"',
    "bell": '"\\u0007"',
    "delete": '"\\u007f"',
    "too long": '"' + "a" * 20_001 + '"',
    "1e400": "1e400",
    "10**400": "1" + "0" * 400,
    "10**5000": "1" + "0" * 5_000,
    "NaN": "NaN",
    "-Infinity": "-Infinity",
    "a number with a leading zero": "007",
}


@pytest.mark.parametrize("value", WRONG_VALUE.values(), ids=WRONG_VALUE)
def test_a_text_is_a_text_of_printable_characters(attacked: Attacked, value: str) -> None:
    says_no(attacked.send("/intake/complaints", with_value(value)), 422)


def test_nobody_says_that_something_has_been_erased(attacked: Attacked) -> None:
    says_no(attacked.send("/intake/complaints", with_value('{"erased": true}')), 422, rule="G-ERASED")


FIELDS: list[tuple[str, Any]] = [
    ("site", "SZ"), ("site", "s" * 33), ("site", "../x"), ("site", ""), ("site", 5), ("site", "sz\n"),
    ("channel", "pigeon"), ("channel", 1), ("channel", None), ("case_kind", ["complaint"]), ("origin", {}),
    ("language", "english!"), ("language", "x" * 300), ("customer_no", "a b"), ("customer_no", "-" * 3),
    ("product_model", "m" * 301), ("lot_no", ""), ("lot_no", "\x00"), ("safety_hazard", "yes"), ("safety_hazard", 1),
    ("safety_hazard", 2**64), ("contact", {"name": CANARY}), ("external_ref", 1.5),
    ("occurred_at", "2026-11-01"), ("occurred_at", "2026-11-01T10:00:00"), ("occurred_at", 1_790_000_000),
    ("occurred_at", "0001-01-01T00:00:00Z"), ("occurred_at", "9999-12-31T00:00:00-12:00"), ("occurred_at", "0001-01-01T00:00:00+12:00"),
    ("occurred_at", "9999-12-31T23:59:59Z"), ("occurred_at", "1969-12-31T23:59:59Z"), ("occurred_at", "2026-02-30T00:00:00Z"),
    ("occurred_at", "2026-11-01T24:00:01Z"), ("occurred_at", "2026-11-01T10:00:00+99:99"), ("occurred_at", "２０２６-11-01T10:00:00Z"),
    ("occurred_at", "2026-11-01T10:00:00.1234567Z"), ("occurred_at", "yesterday"), ("occurred_at", ""), ("occurred_at", "2026-W01-1T00:00:00Z"),
    ("occurred_at", {}), ("occurred_at", "9998-12-31T00:00:00Z"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), FIELDS)
def test_the_field_that_is_wrong_is_named(attacked: Attacked, name: str, value: Any) -> None:
    body = example(**{name: value, "backdate_reason": "told late"} if name == "occurred_at" else {name: value})
    said = says_no(attacked.send("/intake/complaints", body), 422, field=name)
    assert said["rule"]


def test_unknown_fields_are_refused_whatever_they_are_called(attacked: Attacked) -> None:
    for name in (
        "Site",
        "id",
        "complaint_id",
        "__class__",
        "case_no",
        "source",
        "also",
        "live",
        "roles",
        "a" * 100_000,
        "\x1b[2J",
        "é",
        "",
    ):
        said = says_no(attacked.send("/intake/complaints", example(**{name: CANARY})), 422)
        assert said["rule"] == "extra_forbidden"


def test_many_wrong_fields_make_a_short_answer(attacked: Attacked) -> None:
    says_no(attacked.send("/intake/complaints", example(**{f"x{n}": CANARY for n in range(20_000)})), 422)


def test_a_key_given_twice_is_refused(attacked: Attacked) -> None:
    twice = example()[:-1] + b', "site": "sz"}'
    says_no(attacked.send("/intake/complaints", twice), 422, field="site", rule="duplicate_key")
    deep = b'{"asked_of": "customer", "asked_of": "supplier", "items": ["a photo"]}'
    says_no(attacked.send(f"/intake/complaints/{attacked.case}/request-information", deep), 422, rule="duplicate_key")
    says_no(attacked.send("/intake/imports", b'{"source": "a", "source": "b", "rows": []}'), 422, rule="duplicate_key")
    token = f"/intake/people/{attacked.outsider.id}/issue-token"
    says_no(attacked.send(token, b'{"label": "a", "label": "b"}'), 422, rule="duplicate_key")


def test_empty_bodies_name_the_first_field_that_is_missing(attacked: Attacked) -> None:
    says_no(attacked.send("/intake/complaints", b""), 422, field="site", rule="missing")
    says_no(attacked.send("/intake/complaints", b"{}"), 422, field="site", rule="missing")
    says_no(attacked.send("/intake/imports", b""), 422)
    says_no(attacked.send("/sla-watch/subscribers", b""), 422)


CONTENT_TYPES = (
    "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "text/html", "image/png", "x",
    "application/octet-stream", "application/json-seq", "é", "application/msgpack", "; charset=utf-8",
)  # fmt: skip


@pytest.mark.parametrize("content_type", CONTENT_TYPES)
def test_another_content_type_is_refused(attacked: Attacked, content_type: str) -> None:
    headers = {b"content-type": content_type.encode("latin-1")}
    answer = attacked.owner.http.post("/intake/complaints", content=example(), headers=headers)
    says_no(answer, 415, field="Content-Type")


def test_content_encodings_are_not_unpacked(attacked: Attacked) -> None:
    import gzip

    says_no(attacked.send("/intake/complaints", gzip.compress(example()), content_encoding="gzip"), 415, 422)


def test_every_command_refuses_every_kind_of_nonsense(attacked: Attacked) -> None:
    """All command routes, each with wrong types in each of its example's fields and with a field of its own invention."""
    wrong: tuple[Any, ...] = (
        None,
        True,
        -1,
        2**64,
        1.5,
        "",
        "\x00",
        [],
        [[]],
        {},
        {"a": {"b": CANARY}},
        "x" * 30_000,
        [CANARY] * 2_000,
    )
    asked = 0
    for path, example_of in attacked.command_routes():
        says_no(attacked.owner.post(path, {**example_of, CANARY[:0] + "invented": CANARY}), 403, 422)
        for name in example_of:
            for value in wrong:
                # In the future, so that nothing is recorded where the value happens to be right.
                late = (
                    {"occurred_at": "9998-01-01T00:00:00Z", "backdate_reason": "late"}
                    if "token" not in path
                    else {"x": 1}
                )
                says_no(attacked.owner.post(path, {**example_of, **late, name: value}))
                asked += 1
    assert asked > 500


def test_rows_of_reference_data_may_hold_anything_and_are_refused_one_by_one(attacked: Attacked) -> None:
    rows = '{"rows": [{}, {"code": 123456789012345678901234567890}, {"code": null}, {"code": 1e400}]}'
    answer = attacked.owner.http.post(
        "/intake/reference/departments/imports", content=rows, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 200, answer.text
    assert [one["row"] for one in answer.json()["rejected"]] == [1, 2, 3, 4]
