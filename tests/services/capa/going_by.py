"""Worlds in which Shenzhen goes by a policy: one that is shipped, or a few words of one."""

from __future__ import annotations

from typing import Any

from shared.events.organisation import Role
from shared.policy.pack import Pack, effective
from shared.policy.pack_check import lineage
from shared.policy.policies import Policy
from shared.policy.shipped import shipped
from tests.given import World

META = {"id": "pack-ours", "version": 1, "title": {"en": "Ours", "zh": "我们的"}}


class Ruled(World):
    """Everybody holds every role, but for those who are named."""

    def __init__(self, pack: Pack, **holds: Role) -> None:
        super().__init__()
        self.going_by = Policy(pack, f"{pack.meta.id}@1 digest")
        self.held = {f"p-{name}": frozenset({role}) for name, role in holds.items()}

    def roles(self, person: str, site: str, at: Any = None) -> frozenset[Role]:
        return self.held.get(person, frozenset(Role))


def going_by(name: str, **holds: Role) -> Ruled:
    """By a pack that is shipped; `head=Role.QUALITY_HEAD` says what p-head holds."""
    return Ruled(effective(lineage(shipped()[name], shipped())), **holds)


def asking(holds: dict[str, Role] | None = None, **sections: Any) -> Ruled:
    """By a pack that says only this."""
    return Ruled(Pack.model_validate({"meta": META, **sections}), **(holds or {}))


def guarded(**guards: Any) -> Ruled:
    """By a pack that has only these guards."""
    return asking(guards=guards)
