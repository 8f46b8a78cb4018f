"""Shenzhen going by a policy that is shipped, or by one made for the test, with people who hold what they are said to hold."""

from __future__ import annotations

from typing import ClassVar

from shared.events.organisation import Role
from shared.policy.pack import Pack, effective
from shared.policy.pack_check import lineage
from shared.policy.pack_file import read_pack
from shared.policy.policies import Policy
from shared.policy.shipped import shipped
from tests.given import World

META = "meta: {id: ours, version: 1, title: {en: Ours, zh: 我们的}}\n"


def going_by(pack: str, *overlays: str, **holds: Role | None) -> World:
    """`p_lin=Role.X`: p-lin holds that one role, with None no role; whoever is not named holds every role."""
    return _world(effective([*lineage(shipped()[pack], shipped()), *(shipped()[one] for one in overlays)]), holds)


def saying(text: str, **holds: Role | None) -> World:
    """A policy that says this and nothing else."""
    pack = read_pack(META + text).pack
    assert pack is not None, read_pack(META + text).faults
    return _world(pack, holds)


def _world(pack: Pack, holding: dict[str, Role | None]) -> World:
    class Site(World):
        going_by = Policy(pack, f"{pack.meta.id}@1 digest")
        holds: ClassVar = {
            person.replace("_", "-"): frozenset[Role]() if role is None else frozenset({role})
            for person, role in holding.items()
        }

    return Site()
