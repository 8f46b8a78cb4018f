"""Between facts and bytes: what is stored is what is sent, and nothing is read that was not meant."""

from __future__ import annotations

import hashlib
import json
import tracemalloc
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.catalogue import CATALOGUE
from shared.kernel.fact import Actor, Event, Fact
from shared.kernel.personal import Erased
from shared.runtime.codec import (
    Identity,
    Row,
    Unreadable,
    cloud_event,
    decode,
    digest,
    encode,
    fact_of,
    headers,
    row_from_cloud_event,
    row_from_message,
    row_of,
    subject,
)
from shared.runtime.door import Malformed, read_command
from tests.examples import example
from tests.facts import MONDAY, received
from tests.shared.runtime.ledgers import row

SCHEMA = Path(__file__).parents[4] / "shared" / "data" / "schemas" / "cloudevents.json"


L1 = Identity("L1", 1, 1)


def fact(event: Event, **changed: Any) -> Fact[Any]:
    usual: dict[str, Any] = {
        "position": 7, "stream": "complaint-a", "version": 3, "event": event, "occurred_at": MONDAY,
        "recorded_at": MONDAY + timedelta(microseconds=1), "site": "sz", "service": "intake",
        "actor": Actor("p-ana", ("owner", "auditor"), "p-bo"), "command_id": "k1", "correlation": "c1",
    }  # fmt: skip
    return Fact(**{**usual, **changed})


# ── there and back ────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("full", [True, False], ids=["full", "bare"])
@pytest.mark.parametrize("topic", CATALOGUE)
def test_every_event_comes_back_as_it_was(topic: str, full: bool):
    event = example(CATALOGUE[topic], full=full)
    body = encode(event)
    assert decode(topic, event.SHAPE, body) == event
    assert encode(decode(topic, event.SHAPE, body)) == body


def test_a_fact_comes_back_as_it_was():
    one = fact(received(), causation="6", backdate_reason="线路故障", historical=True, epoch=2)
    stored = row_of(one)
    assert fact_of(stored) == replace(one, stored=stored)
    assert fact_of(row_of(fact(received(), actor=Actor("p-ana"), site=""))).actor.roles == ()


def test_the_bytes_in_the_ledger_are_the_bytes_on_the_wire():
    stored = row_of(fact(received()))
    assert stored.sha256 == hashlib.sha256(stored.body).hexdigest() == digest(stored.body)
    sent = headers(stored, L1)
    assert row_from_message(sent, stored.body) == stored
    assert sent["ce-sha256"] == stored.sha256
    assert subject(stored) == "casetrail.fact.sz.complaint.Received"
    assert subject(stored._replace(site="")) == "casetrail.fact._.complaint.Received"


LINES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=60)


@given(LINES, LINES, LINES)
def test_headers_carry_any_text_as_printable_ascii(reason: str, correlation: str, actor: str):
    stored = row(1)._replace(backdate_reason=reason, correlation=correlation, actor=actor, roles="")
    sent = headers(stored, L1)
    assert all(value.isascii() and value.isprintable() and " " not in value for value in sent.values())
    assert row_from_message(sent, stored.body) == stored


def test_percent_signs_and_quotes_survive_headers():
    stored = row(1)._replace(backdate_reason='100 % "sure" %41\r\nnats: no')
    assert "\n" not in headers(stored, L1)["ce-backdatereason"]
    assert row_from_message(headers(stored, L1), stored.body) == stored


def test_optional_columns_are_left_out_not_sent_empty():
    sent = headers(row(1)._replace(site=""), L1)
    assert not {"ce-site", "ce-causation", "ce-historical", "ce-onbehalfof", "ce-policy"} & set(sent)
    assert {"ce-specversion", "ce-id", "ce-source", "ce-type"} <= set(sent)
    assert sent["ce-source"] == "urn:casetrail:L1:1" and sent["ce-type"] == "casetrail.complaint.Received"


def test_everything_that_leaves_a_simulated_ledger_says_so():
    assert headers(row(1), Identity("L1", 1, 1, simulated=True))["ce-simulated"] == "true"
    assert "ce-simulated" not in headers(row(1), L1)


def test_what_the_issue_promises_to_subscribers():
    """Names that others rely on: id, subject, time, and the extensions."""
    sent = headers(row_of(fact(received(), causation="6")), L1)
    assert (sent["ce-id"], sent["ce-position"], sent["ce-streamversion"]) == ("7", "7", "3")
    assert (sent["ce-subject"], sent["ce-time"]) == ("complaint-a", "2026-03-02T01:00:00.000000Z")
    assert (sent["ce-actor"], sent["ce-service"], sent["ce-correlation"], sent["ce-causation"]) == (
        "p-ana", "intake", "c1", "6",
    )  # fmt: skip
    assert sent["ce-recordedtime"] == "2026-03-02T01:00:00.000001Z"


def test_erased_data_is_read_as_such():
    event = received(customer_name=Erased(), description=Erased())
    assert decode("complaint.Received", 1, encode(event)) == event
    assert b'"customer_name":{"erased":true}' in encode(event)


# ── strict reading ────────────────────────────────────────────────────────────────────────────────────────────────────
USUAL = json.loads(encode(example(CATALOGUE["complaint.CustomerContacted"])))
CLOCK = json.loads(encode(example(CATALOGUE["clocks.ClockStarted"])))


def body(topic_usual: dict[str, Any], **changed: Any) -> bytes:
    return json.dumps({**topic_usual, **changed}).encode()


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(body(USUAL, next_contact_by=1_772_000_000), id="a number as a time"),
        pytest.param(body(USUAL, next_contact_by="1772000000"), id="a number in quotes as a time"),
        pytest.param(body(USUAL, next_contact_by="2026-03-02T09:00:00"), id="a time without zone"),
        pytest.param(body(USUAL, next_contact_by="2026-03-02"), id="a day as a time"),
        pytest.param(body(USUAL, next_contact_by="2026-W10-1T09:00:00Z"), id="a week date"),
        pytest.param(body(USUAL, next_contact_by="1969-12-31T23:59:59Z"), id="before 1970"),
        pytest.param(body(USUAL, next_contact_by="9999-12-31T23:00:00-12:00"), id="after 9998"),
        pytest.param(body(USUAL, next_contact_by="9999-01-01T00:00:00Z"), id="in 9999"),
        pytest.param(body(USUAL, next_contact_by="2026-02-30T00:00:00Z"), id="no such day"),
        pytest.param(body(USUAL, summary="a\u0000b"), id="NUL"),
        pytest.param(body(USUAL, summary="a\u001b[2Jb"), id="a terminal's escape"),
        pytest.param(body(USUAL, summary="a\ud800b"), id="a lone surrogate"),
        pytest.param(body(USUAL, summary=""), id="an empty text"),
        pytest.param(body(USUAL, summary=" \n"), id="a blank text"),
        pytest.param(body(USUAL, summary="x" * 20_001), id="a text too long"),
        pytest.param(body(USUAL, summary=5), id="a number as a text"),
        pytest.param(body(USUAL, summary={"erased": False}), id="erased that is not"),
        pytest.param(body(USUAL, summary={"erased": True, "by": "me"}), id="erased and more"),
        pytest.param(body(USUAL, extra=1), id="an unknown field"),
        pytest.param(body(USUAL, direction="sideways"), id="an unknown code"),
        pytest.param(body(CLOCK, cycle="1"), id="a text as a number"),
        pytest.param(body(CLOCK, cycle=1.0), id="a float"),
        pytest.param(body(CLOCK, cycle=True), id="a truth as a number"),
        pytest.param(encode(example(CATALOGUE["clocks.ClockStarted"])).replace(b'"cycle":2', b'"cycle":NaN'), id="NaN"),
        pytest.param(
            encode(example(CATALOGUE["clocks.ClockStarted"])).replace(b'"cycle":2', b'"cycle":1e999'), id="1e999"
        ),
        pytest.param(
            encode(example(CATALOGUE["clocks.ClockStarted"])).replace(b'"cycle":2', b'"cycle":' + b"9" * 5_000),
            id="5,000 digits",
        ),
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="half of it"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"\xff\xfe", id="no UTF-8"),
        pytest.param(b'{"summary":' + b"[" * 5_000, id="5,000 deep"),
    ],
)
def test_what_does_not_fit_is_unreadable(wrong: bytes):
    topic = "clocks.ClockStarted" if b"clock_id" in wrong else "complaint.CustomerContacted"
    with pytest.raises(Unreadable, match=topic):
        decode(topic, 1, wrong)


def test_the_door_reads_commands_as_strictly():
    from services.intake.domain import ContactCustomer

    good = {name: value for name, value in USUAL.items() if name != "next_contact_by"}
    assert read_command(ContactCustomer, json.dumps(good).encode()).door() == "contact-customer"
    for name, wrong in (("summary", "a\ud800b"), ("next_contact_by", 1e300), ("occurred_at", "2026-03-02T09:00:00")):
        with pytest.raises(Malformed) as malformed:
            read_command(ContactCustomer, json.dumps({**good, name: wrong}).encode())
        if name != "summary":  # a lone surrogate is not JSON at all
            assert malformed.value.field == name


def test_unknown_events_and_newer_shapes_are_unreadable():
    with pytest.raises(Unreadable, match="unknown event"):
        decode("complaint.Teleported", 1, b"{}")
    with pytest.raises(Unreadable, match="shape 99"):
        decode("complaint.Received", 99, encode(received()))
    with pytest.raises(Unreadable, match="no way from shape 0"):
        decode("complaint.Received", 0, encode(received()))


def test_what_cannot_be_read_names_its_position():
    with pytest.raises(Unreadable, match="position 12: "):
        fact_of(row(12)._replace(body=b"{}"))


@pytest.mark.parametrize("missing", ["ce-position", "ce-subject", "ce-source", "ce-sha256", "ce-time", "ce-actor"])
def test_a_message_that_is_not_ours_is_unreadable(missing: str):
    sent = headers(row(1), L1)
    del sent[missing]
    with pytest.raises(Unreadable):
        row_from_message(sent, b"{}")
    with pytest.raises(Unreadable):
        row_from_message({**headers(row(1), L1), "ce-position": "one"}, b"{}")


# ── CloudEvents ───────────────────────────────────────────────────────────────────────────────────────────────────────
def structured(stored: Row) -> dict[str, Any]:
    return orjson.loads(orjson.dumps(cloud_event(stored, L1)))


def test_structured_and_binary_form_say_the_same():
    stored = row_of(fact(received(), backdate_reason="线路 故障"))
    document, sent = structured(stored), headers(stored, L1)
    assert {name: unquote(value) for name, value in sent.items()} == {
        f"ce-{name}": value for name, value in document.items() if name != "data"
    }
    assert document["data"] == json.loads(stored.body)


@pytest.mark.parametrize("reason", ["线路 故障", '50 %, "%41","data":{"a":1}', None])
def test_a_line_of_an_export_is_read_back_byte_for_byte(reason: str | None):
    stored = row_of(fact(received(description='he said ,"data":{} and 100 %41'), backdate_reason=reason))
    line = orjson.dumps(cloud_event(stored, L1), option=orjson.OPT_APPEND_NEWLINE)
    assert row_from_cloud_event(line) == stored and digest(row_from_cloud_event(line).body) == stored.sha256


@pytest.mark.parametrize("line", [b"", b"[]", b"{}", b'{"id":"1"}', b'{"id":1,"data":{}}', b"\xff"])
def test_what_is_no_line_of_facts_is_unreadable(line: bytes):
    with pytest.raises(Unreadable):
        row_from_cloud_event(line)


@pytest.mark.skipif(not SCHEMA.exists(), reason="the CloudEvents schema is not at hand")
@pytest.mark.parametrize("topic", CATALOGUE)
def test_every_event_is_a_valid_cloud_event(topic: str):
    import jsonschema

    document = structured(row_of(fact(example(CATALOGUE[topic]), backdate_reason="线路故障", causation="6")))
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))
    assert all(name.isalnum() and name.islower() and len(name) <= 20 for name in document)


def test_a_body_takes_no_more_memory_than_its_bytes() -> None:
    """The last thousands of rows are kept at hand; buffers that are never cut back made each of them 16 kB."""
    event = example(CATALOGUE["complaint.Received"])
    tracemalloc.start()
    try:
        bodies = [encode(event) for _ in range(100)]
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 100 * (len(bodies[0]) + 500)


def test_rows_that_say_the_same_are_told_apart_at_once() -> None:
    """They are looked up by the thousand; were all of one hash, each would be compared with every other."""
    rows = [row_of(fact(received(), position=position)) for position in range(1, 200)]
    assert len({row.body for row in rows}) == 1 and len({hash(row) for row in rows}) == len(rows)
