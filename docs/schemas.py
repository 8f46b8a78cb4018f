"""Writes a JSON Schema of each event to docs/reference/schemas: `python -m docs.schemas`.

The schemas that are there are a promise to everybody who reads our facts: a field never disappears and never changes its
type, and a new one has a default. What would break that is not written; `broken` says why.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shared.events.catalogue import CATALOGUE
from shared.kernel.fact import Event

SCHEMAS = Path(__file__).parent / "reference" / "schemas"
TELLING = frozenset({"description", "examples", "title", "default"})
"""What a schema says about a field without changing what may stand in it."""


def schema(kind: type[Event]) -> dict[str, Any]:
    """The JSON Schema of an event's body, under its permanent name."""
    made = kind.model_json_schema(mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:casetrail:event:{kind.TOPIC}:{kind.SHAPE}",
        **made,
    }


def text(kind: type[Event]) -> str:
    """As it is written."""
    return json.dumps(schema(kind), indent=2, ensure_ascii=False) + "\n"


def broken(old: dict[str, Any], new: dict[str, Any], where: str = "") -> Iterator[str]:
    """Each way in which a body that fitted the old schema may not fit the new one, or may mean something else."""
    before: dict[str, Any] = old.get("properties", {})
    after: dict[str, Any] = new.get("properties", {})
    for name in before.keys() - after.keys():
        yield f"{where}{name} has disappeared"
    for name in before.keys() & after.keys():
        yield from _changed(before[name], after[name], f"{where}{name}")
    for name in set(new.get("required", ())) - set(old.get("required", ())):
        yield f"{where}{name} is new or was optional, and has no default"
    kept: dict[str, Any] = old.get("$defs", {})
    for name, definition in kept.items():
        now = new.get("$defs", {}).get(name)
        if now is None:
            yield f"{name} has disappeared"
        elif "enum" in definition:
            yield from (f"{name} no longer knows {gone!r}" for gone in definition["enum"] if gone not in now["enum"])
        else:
            yield from broken(definition, now, f"{name}.")


def _changed(before: Any, after: Any, where: str) -> Iterator[str]:
    if (was := _meaning(before)) != (now := _meaning(after)):
        yield f"{where} was {json.dumps(was)} and is {json.dumps(now)}"


def _meaning(part: Any) -> Any:
    """A part of a schema without what only tells about it."""
    match part:
        case dict():
            kept: dict[str, Any] = part
            return {name: _meaning(value) for name, value in kept.items() if name not in TELLING}
        case list():
            items: list[Any] = part
            return [_meaning(item) for item in items]
        case _:
            return part


def main() -> int:
    """Write what is new; 1 when something would break a promise."""
    SCHEMAS.mkdir(parents=True, exist_ok=True)
    refused = False
    for topic, kind in CATALOGUE.items():
        path = SCHEMAS / f"{topic}.json"
        wrong = list(broken(json.loads(path.read_text(encoding="utf-8")), schema(kind))) if path.exists() else []
        for reason in wrong:
            print(f"{topic}: {reason}: add a field with a default, or a new event", file=sys.stderr)
        refused |= bool(wrong)
        if not wrong:
            path.write_text(text(kind), encoding="utf-8")
    return int(refused)


if __name__ == "__main__":
    sys.exit(main())
