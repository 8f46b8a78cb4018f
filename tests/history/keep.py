"""Keeps an example body of every shape of every event: `python -m tests.history.keep` adds those that are missing.

Nothing that is here is ever changed. `body` is what was stored; `reads_as` is what it means today, which may gain fields.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from shared.events.catalogue import CATALOGUE
from shared.runtime.codec import encode
from tests.examples import example

HISTORY = Path(__file__).parent


def shapes() -> Iterator[tuple[str, int]]:
    """Every shape that there has been."""
    return ((topic, shape) for topic, kind in CATALOGUE.items() for shape in range(1, kind.SHAPE + 1))


def main() -> None:
    for topic, kind in CATALOGUE.items():
        for name, full in (("full", True), ("bare", False)):
            path = HISTORY / topic / f"{kind.SHAPE}-{name}.json"
            if path.exists():
                continue
            path.parent.mkdir(exist_ok=True)
            event = example(kind, full=full)
            kept = {"body": json.loads(encode(event)), "reads_as": event.model_dump(mode="json")}
            path.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
