"""A case of which one thing after another is asked, in a world that goes by a policy and where people hold roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from shared.complaint.state import Complaint
from shared.events.organisation import Role
from shared.kernel.command import Command
from shared.kernel.errors import Unknown
from shared.policy.organisation import Site
from shared.policy.shipped import shipped
from tests.given import Domain, Given, Outcome, World, triage
from tests.policies import policy, policy_of

SITES = ("sz", "dd")
PEOPLE: Mapping[str, frozenset[Role]] = {
    "p-eng": frozenset({Role.QUALITY_ENGINEER}),
    "p-eng2": frozenset({Role.QUALITY_ENGINEER}),
    "p-head": frozenset({Role.QUALITY_HEAD}),
    "p-sup": frozenset({Role.SERVICE_SUPERVISOR}),
    "p-gm": frozenset({Role.GENERAL_MANAGER}),
    "p-fin": frozenset({Role.FINANCE}),
    "p-wh": frozenset({Role.WAREHOUSE}),
    "p-plan": frozenset({Role.PROJECT_PLANNING}),
    "p-rnd": frozenset({Role.RND}),
    "p-out": frozenset[Role](),
}
"""One role each, so that a test can tell who may; p-ana, who usually asks, holds all of them."""


def world(*packs: str, others: tuple[Complaint, ...] = ()) -> World:
    """Two sites, people with one role each, and a policy if one is named."""
    made = Sites(*others)
    if packs:
        made.going_by = policy(*packs) if packs[0] in shipped() else policy_of(*packs)
    return made


class Sites(World):
    """Shenzhen and Dresden."""

    holds: ClassVar[dict[str, frozenset[Role]]] = dict(PEOPLE)

    def site(self, code: str) -> Site:
        if code not in SITES:
            raise Unknown(f"there is no site {code!r}", field="site", way_out="sites: sz, dd")
        return super().site(code)

    def roles(self, person: str, site: str, at: datetime | None = None) -> frozenset[Role]:
        """p-dd-… holds every role in Dresden and none in Shenzhen."""
        if person.startswith("p-dd"):
            return frozenset(Role) if site == "dd" else frozenset()
        return super().roles(person, site, at)


@dataclass
class Life:
    """What was accepted is folded; what is asked and refused changes nothing."""

    case: Complaint
    now: datetime
    world: World
    domain: Domain = triage

    @staticmethod
    def of(*past: Any, packs: tuple[str, ...] = (), others: tuple[Complaint, ...] = ()) -> Life:
        begun = triage.given(*past)
        return Life(begun.case, begun.now, world(*packs, others=others))

    def asks(self, command: Command, by: str = "p-ana") -> Outcome:
        """What would be answered."""
        return Given(self.domain.topics, self.case, self.now, self.world).when(command, by=by)

    def does(self, command: Command, by: str = "p-ana") -> Outcome:
        """Something that must be accepted."""
        outcome = self.asks(command, by)
        assert outcome.problem is None, f"was refused: {outcome.problem!r}"
        self.case = outcome.after
        return outcome
