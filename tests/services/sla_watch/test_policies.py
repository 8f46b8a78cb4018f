"""Publishing and activating policies: every guard refuses once, and what is decided names exactly what it was decided by."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.sla_watch.policies import ActivatePolicy, PublishPolicy, decide_activation, decide_publication, unheld
from shared.events.organisation import Role
from shared.events.policy import PolicyActivated, PolicyPackPublished
from shared.kernel.errors import Invalid, Problem, Refused, Unknown
from shared.kernel.fact import Actor, Occasion
from shared.policy.organisation import Site, fold_site
from shared.policy.policies import NO_POLICY, PublishedPack, digest_of, fold_policy, policy_of
from shared.policy.shipped import shipped, text_of
from tests.facts import DAY, MONDAY, Log
from tests.given import World
from tests.policies import policy

NOW = Occasion(Actor("p-owner"), MONDAY, MONDAY, "k", "k")


class Office(World):
    """Where packs are published and activated, one after another."""

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, PublishedPack] = {}
        self.log, self.at = Log(), NOW
        self.of_site = Site("sz", "Shenzhen", "Asia/Shanghai", "cn-std", "p-owner")

    def packs(self) -> dict[str, PublishedPack]:
        return self.known

    def publishes(self, text: str) -> PolicyPackPublished:
        from shared.policy.pack_file import read_pack

        pack = read_pack(text).pack
        id = pack.meta.id if pack else "none"
        (event,) = decide_publication(self.known.get(id, PublishedPack()), PublishPolicy(text=text), self.at, self)
        assert isinstance(event, PolicyPackPublished)
        self.known[id] = fold_policy(self.known.get(id, PublishedPack()), self._fact(f"policy-{id}", event))
        return event

    def activates(self, pack: str, *overlays: str, **more: Any) -> PolicyActivated:
        command = ActivatePolicy(pack=pack, overlays=overlays, **more)
        (event,) = decide_activation(self.of_site, command, self.at, self)
        assert isinstance(event, PolicyActivated)
        self.of_site = fold_site(self.of_site, self._fact("site-sz", event))
        return event

    def _fact(self, stream: str, event: Any) -> Any:
        self.log.append(stream, event, self.at.now)
        return self.log.facts[-1]


@pytest.fixture
def office() -> Office:
    office = Office()
    for id in shipped():
        office.publishes(text_of(id))
    return office


def refused(kind: type[Problem], field: str | None, *asked: Any, **more: Any) -> str:
    ask, *words = asked
    with pytest.raises(kind) as caught:
        ask(*words, **more)
    assert (caught.value.rule, caught.value.field) == ("G-POLICY", field)
    return caught.value.detail


def version(n: int, more: str = "") -> str:
    return f"meta: {{id: ours, version: {n}, extends: pack-s0, title: {{en: ours, zh: 我们的}}}}\n{more}"


def test_a_new_version_is_published_and_the_old_one_stays(office: Office):
    first = office.publishes(version(1))
    second = office.publishes(version(2, "numbering: 'X-{seq:4}'\n"))
    assert first.digest != second.digest
    assert [each.text for each in office.known["ours"].versions.values()] == [first.text, second.text]


def test_a_version_is_published_once(office: Office):
    office.publishes(version(1))
    assert "already" in refused(Refused, "text", office.publishes, version(1))
    assert "another text" in refused(Refused, "text", office.publishes, version(1, "numbering: 'X-{seq:4}'\n"))


def test_a_pack_with_faults_is_not_published_and_names_the_first_line(office: Office):
    assert "line 2" in refused(
        Invalid, "text", office.publishes, version(1, "clauses: {CL-NONE: {targets: {all: wd1}}}\n")
    )
    assert "line 1" in refused(Invalid, "text", office.publishes, "meta: [")
    assert "no pack 'pack-q'" in refused(Invalid, "text", office.publishes, version(1).replace("pack-s0", "pack-q"))


def test_an_activation_names_everything_the_policy_is_made_of(office: Office):
    event = office.activates("pack-s0", "overlay-8d-auto")
    assert event.policy == "pack-s0@1 + overlay-8d-auto@1"
    assert [ref.pack for ref in event.lineage] == ["pack-base", "pack-s0", "overlay-8d-auto"]
    policy = policy_of(event, office.known)
    assert digest_of(policy.pack) == event.digest and event.digest in policy.ref
    assert policy.pack.meta.id == "pack-s0" and policy.pack.grade_scheme is not None


def test_a_later_version_changes_nothing_until_it_is_activated(office: Office):
    office.publishes(version(1))
    first = office.activates("ours")
    office.publishes(version(2, "numbering: 'X-{seq:4}'\n"))
    before = policy_of(first, office.known)
    assert before.pack.numbering != "X-{seq:4}"
    office.at = replace(NOW, now=MONDAY + DAY, at=MONDAY + DAY)
    assert policy_of(office.activates("ours"), office.known).pack.numbering == "X-{seq:4}"
    assert policy_of(first, office.known) == before


def test_it_is_in_effect_from_its_instant_on(office: Office):
    office.activates("pack-s0")
    later = office.activates("pack-s3", effective_from=MONDAY + 7 * DAY)
    site = office.of_site
    assert site.activation(MONDAY - timedelta(seconds=1)) is None
    assert site.activation(MONDAY + DAY) is not later and site.activation(MONDAY + 7 * DAY) is later


def test_what_cannot_be_activated(office: Office):
    assert "not published" in refused(Unknown, "pack", office.activates, "pack-q")
    assert "not published" in refused(Unknown, "pack", office.activates, "pack-s0", version=7)
    assert "overlay" in refused(Invalid, "pack", office.activates, "overlay-8d-auto")
    assert "no overlay" in refused(Invalid, "overlays", office.activates, "pack-s0", "pack-s1")
    assert "past" in refused(Refused, "effective_from", office.activates, "pack-s0", effective_from=MONDAY - DAY)
    office.activates("pack-s0")
    assert "already" in refused(Refused, "pack", office.activates, "pack-s0")


def test_roles_that_nobody_holds_are_named():
    """An escalation that climbs to nobody is said when the policy is activated, not when it happens."""
    by_pack = policy("pack-s3")
    needed = unheld(by_pack, ())
    assert {"service_supervisor", "dept_head", "quality_head", "general_manager"} <= set(needed)
    assert "case_owner" not in needed, "that is whoever it is in the case"
    assert unheld(by_pack, [Role(role) for role in needed]) == []
    assert "dept_head" not in unheld(by_pack, [Role.DEPT_HEAD]) and unheld(NO_POLICY, ()) == []
