"""Packs stand side by side as far as the terminal is wide."""

from __future__ import annotations

import pytest

from services.cli.what_if_told import Group, parts

FIVE: list[Group] = [("as recorded", {}), *((f"pack-s{number}@1", {}) for number in range(4))]


@pytest.mark.parametrize(("width", "blocks"), [(1000, [5]), (130, [3, 2]), (90, [2, 2, 1]), (20, [1, 1, 1, 1, 1])])
def test_what_does_not_fit_stands_below(width: int, blocks: list[int]):
    found = list(parts(FIVE, width))
    assert [len(block) for block in found] == blocks
    assert [group for block in found for group in block] == FIVE
