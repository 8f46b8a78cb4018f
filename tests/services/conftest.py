"""Read models on disk, fed as the runtime feeds them."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from shared.kernel.fact import Fact
from shared.runtime.cases import Cases
from shared.runtime.codec import row_of
from shared.runtime.read_model import ReadModel
from shared.runtime.store import Store
from tests.facts import Told
from tests.stores import KINDS, feed, open_store, rebuild_in_parts

Build = Callable[..., Store[Any]]


@pytest.fixture(params=KINDS)
def build(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Build]:
    """`build(Model, facts)`: its store after all facts, applied at once or `batch` at a time."""
    stores: list[Store[Any]] = []

    def built(
        model: type[ReadModel], facts: Sequence[Fact[Any]], *, batch: int = 10_000, twice: bool = False
    ) -> Store[Any]:
        store = open_store(request.param, model, tmp_path / str(len(stores)), "ledger:1", Cases(Told(facts)))
        stores.append(store)
        for first in range(0, len(facts), batch):
            for _ in range(2 if twice else 1):
                feed(store, facts[first : first + batch])
        return store

    yield built
    for store in stores:
        store.close()


@pytest.fixture
def same_rows(build: Build) -> Callable[[type[ReadModel], Sequence[Fact[Any]]], None]:
    """Plain, every fact twice, in batches of every kind, rebuilt from stored rows, at once and in parts: the same rows."""

    def check(model: type[ReadModel], facts: Sequence[Fact[Any]]) -> None:
        plain = build(model, facts)
        expected = plain.dump()
        assert len(expected) > 100
        assert build(model, facts, batch=1).dump() == expected
        assert build(model, facts, batch=1, twice=True).dump() == expected
        assert build(model, facts, batch=7, twice=True).dump() == expected
        rows = [row_of(fact) for fact in facts]
        plain.rebuild(lambda after: rows[after : after + 11])
        assert plain.dump() == expected
        assert plain.position == len(facts)
        rebuild_in_parts([plain], rows, 3)
        assert (plain.dump(), plain.position) == (expected, len(facts))

    return check
