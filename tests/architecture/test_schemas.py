"""What we promised about the shape of events is kept: schemas are committed, and old bodies are read as ever."""

from __future__ import annotations

import copy
import json
from typing import Any

import jsonschema
import pytest

from docs.schemas import SCHEMAS, broken, schema, text
from shared.events.catalogue import CATALOGUE
from shared.runtime.codec import decode, encode
from tests.examples import example
from tests.history.keep import HISTORY, shapes


@pytest.mark.parametrize("topic", CATALOGUE)
def test_the_schema_is_committed_and_nothing_in_it_was_broken(topic: str):
    kept = json.loads((SCHEMAS / f"{topic}.json").read_text(encoding="utf-8"))
    assert list(broken(kept, schema(CATALOGUE[topic]))) == []
    assert text(CATALOGUE[topic]) == (SCHEMAS / f"{topic}.json").read_text(encoding="utf-8"), "python -m docs.schemas"


def test_no_event_is_ever_taken_away():
    assert {path.stem for path in SCHEMAS.glob("*.json")} == set(CATALOGUE)


@pytest.mark.parametrize("topic", CATALOGUE)
def test_bodies_fit_their_schema(topic: str):
    kept = json.loads((SCHEMAS / f"{topic}.json").read_text(encoding="utf-8"))
    for full in (True, False):
        jsonschema.validate(json.loads(encode(example(CATALOGUE[topic], full=full))), kept)


def test_what_breaks_a_promise_is_noticed():
    old = schema(CATALOGUE["complaint.ActionPlanned"])

    def changed(change: Any) -> list[str]:
        new = copy.deepcopy(old)
        change(new)
        return list(broken(old, new))

    def gone(new: dict[str, Any]) -> None:
        del new["properties"]["department"]

    def retyped(new: dict[str, Any]) -> None:
        new["properties"]["due"] = {"type": "integer"}

    def demanded(new: dict[str, Any]) -> None:
        new["properties"]["budget"] = {"type": "integer"}
        new["required"].append("budget")

    def forgotten(new: dict[str, Any]) -> None:
        new["$defs"]["ActionKind"]["enum"].remove("preventive")

    def allowed(new: dict[str, Any]) -> None:
        new["properties"]["budget"] = {"type": "integer", "default": 0}
        new["$defs"]["ActionKind"]["enum"].append("lesson")
        new["description"] = "told better"

    assert [len(changed(one)) for one in (gone, retyped, demanded, forgotten)] == [1, 1, 1, 1]
    assert changed(allowed) == []


# ── history ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("path", sorted(HISTORY.glob("*/*.json")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_body_that_was_ever_stored_is_read_as_the_same_event(path: Any):
    topic, (shape, _) = path.parent.name, path.stem.split("-")
    kept = json.loads(path.read_bytes())
    event = decode(topic, int(shape), json.dumps(kept["body"]).encode())
    now = event.model_dump(mode="json")
    assert holds(now, kept["reads_as"])
    if int(shape) == event.SHAPE:
        assert json.loads(encode(event)) == kept["body"]


def holds(now: Any, before: Any) -> bool:
    """Whether everything is as it was; fields that joined later, however deep, read as their defaults."""
    match before:
        case dict():
            return isinstance(now, dict) and all(name in now and holds(now[name], before[name]) for name in before)
        case list():
            return isinstance(now, list) and len(now) == len(before) and all(map(holds, now, before))
        case _:
            return now == before


def test_what_reads_otherwise_than_before_is_noticed():
    before = {"a": 1, "deep": [{"b": 2}]}
    assert holds({"a": 1, "deep": [{"b": 2, "joined": None}], "joined": 0}, before)
    for other in ({"a": 2, "deep": [{"b": 2}]}, {"a": 1, "deep": [{"b": 3}]}, {"a": 1, "deep": []}, {"a": 1}):
        assert not holds(other, before)


def test_every_shape_of_every_event_has_its_examples():
    found = {(path.parent.name, int(path.stem.split("-")[0])) for path in HISTORY.glob("*/*-full.json")}
    assert found == set(shapes()), "python -m tests.history.keep"
