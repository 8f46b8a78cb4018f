"""Policies of the shipped packs, for tests: a site that goes by one of them."""

from __future__ import annotations

from functools import cache

from shared.policy.pack import Pack, effective
from shared.policy.pack_check import lineage
from shared.policy.policies import Policy
from shared.policy.shipped import shipped

PROCEDURES = ("pack-s0", "pack-s1", "pack-s2", "pack-s3", "pack-s4")


@cache
def policy(pack: str, *overlays: str) -> Policy:
    """The whole policy of a shipped pack, with overlays on top."""
    line = lineage(shipped()[pack], shipped())
    whole = effective([*line, *(shipped()[each] for each in overlays)])
    return Policy(whole.model_copy(update={"meta": line[-1].meta}), f"{pack}@1 digest")


def policy_of(text: str) -> Policy:
    """The policy of a pack as somebody writes it, over the base."""
    from shared.policy.pack_file import read_pack

    file = read_pack(text)
    assert isinstance(file.pack, Pack), file.faults
    return Policy(effective(lineage(file.pack, shipped())), f"{file.pack.meta.id}@1 digest")
