"""Case numbers: by the pattern of the policy, without gaps, each once in the installation, and found again from their text."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain import ReceiveComplaint
from shared.events.policy import PackRef, PolicyActivated
from shared.events.words import Channel
from shared.kernel.command import Elsewhere
from shared.policy.numbering import places, series
from shared.policy.organisation import Site
from shared.policy.policies import NO_POLICY, Policy, PublishedPack
from tests.facts import MONDAY, utc
from tests.given import World, intake
from tests.services.triage.test_grading_by_policy import published

SF = "SF-{yyyy}-{seq:4}"


class Sites(World):
    """Sites by code, each with the patterns it went by, the last of them now."""

    def __init__(self, taken: int = 0, **patterns: tuple[str, ...]) -> None:
        super().__init__(numbers_taken=taken)
        self.patterns = patterns
        self.known: dict[str, PublishedPack] = {}
        for number, pattern in enumerate(sorted({one for each in patterns.values() for one in each})):
            text = f"meta: {{id: p{number}, version: 1, title: {{en: x, zh: x}}}}\nnumbering: '{pattern}'\n"
            self.known[pattern] = published(text)

    def packs(self) -> dict[str, PublishedPack]:
        return {pack.id: pack for pack in self.known.values()}

    def site(self, code: str) -> Site:
        return Site(
            code,
            code,
            "Asia/Shanghai",
            "cn-std",
            "p-owner",
            "en",
            tuple(self._activated(code, one) for one in self.patterns[code]),
        )

    def sites(self) -> list[Site]:
        return [self.site(code) for code in self.patterns]

    def policy(self, site: str, at: datetime) -> Policy:
        if not self.patterns[site]:
            return NO_POLICY
        latest = self.known[self.patterns[site][-1]].latest
        assert latest is not None
        return Policy(latest.pack, "x")

    def _activated(self, site: str, pattern: str) -> PolicyActivated:
        latest = self.known[pattern].latest
        assert latest is not None
        ref: PackRef = latest.ref
        return PolicyActivated(site=site, policy=ref.pack, lineage=(ref,), digest=ref.digest, effective_from=MONDAY)


def number(world: Sites, at: datetime = MONDAY, site: str = "sz", count: int = 42) -> str:
    return series(world.site(site), at, world).number(count)


@pytest.mark.requirement("S0-53", "S4-64")
@pytest.mark.parametrize(
    ("pattern", "wanted", "period"),
    [
        (SF, "SF-2026-0042", "SF-2026"),
        ("QC-{yyyy}{mm}-{seq:4}", "QC-202603-0042", "QC-202603"),
        ("AS-{yyyy}{mm}{dd}-{seq:3}", "AS-20260302-042", "AS-20260302"),
        ("{site}-{yyyy}-{seq:5}", "SZ-2026-00042", "2026"),
        ("{site}_{seq:2}", "SZ_42", "all"),
        ("{seq:1}", "42", "all"),
    ],
)
def test_a_number_follows_the_pattern_of_the_policy(pattern: str, wanted: str, period: str):
    world = Sites(sz=(pattern,), dd=())
    assert number(world) == wanted
    assert series(world.site("sz"), MONDAY, world).period == period


def test_where_no_policy_says_otherwise_it_is_site_year_and_count():
    assert number(Sites(sz=())) == "SZ-2026-00042"


def test_the_period_is_that_of_the_site():
    new_year_in_shenzhen = utc("2026-12-31 16:00")
    assert number(Sites(sz=(SF,)), new_year_in_shenzhen) == "SF-2027-0042"


def test_a_pattern_of_two_sites_gets_the_site_in_front_and_goes_on_in_its_series():
    alone, shared, former = Sites(sz=(SF,), dd=()), Sites(sz=(SF,), dd=(SF,)), Sites(sz=(SF,), dd=(SF, "X-{seq:4}"))
    assert (number(alone), number(shared), number(shared, site="dd")) == (
        "SF-2026-0042",
        "SZ-SF-2026-0042",
        "DD-SF-2026-0042",
    )
    assert number(former) == "SZ-SF-2026-0042", "numbers of the other site may look so, from when it had the pattern"
    periods = {series(world.site("sz"), MONDAY, world).period for world in (alone, shared, former)}
    assert periods == {"SF-2026"}


def test_a_number_never_begins_with_the_code_of_another_site():
    assert number(Sites(sz=(SF,), sf=())) == "SZ-SF-2026-0042"


def test_receipt_takes_the_next_number_in_the_series_of_the_policy():
    world = Sites(taken=41, sz=(SF,), dd=())
    wish = ReceiveComplaint(site="sz", channel=Channel.EMAIL, description="the screen is garbled")
    outcome = intake.given().in_a_world(world).when(wish)
    taken: Any = outcome.items[0]
    assert isinstance(taken, Elsewhere)
    assert (taken.stream, taken.event.case_no) == ("numbers-sz-SF-2026", "SF-2026-0042")  # type: ignore[attr-defined]
    assert outcome.event(1).case_no == "SF-2026-0042"


CODES = st.sampled_from(["sz", "dd", "sf", "sz-2", "2026"])
PATTERNS = st.sampled_from(
    [SF, "{site}-{yyyy}-{seq:5}", "{site}_{seq:1}", "QC-{yyyy}{mm}-{seq:4}", "{seq:3}", "SZ-{yyyy}-{seq:5}"]
)


@given(
    patterns=st.dictionaries(CODES, st.lists(PATTERNS, max_size=3).map(tuple), min_size=1), count=st.integers(1, 99_999)
)
def test_every_number_is_found_where_it_was_taken_and_no_two_are_the_same(patterns: dict[str, Any], count: int):
    world = Sites(**patterns)
    texts: list[str] = []
    for code in patterns:
        of_site = series(world.site(code), MONDAY, world)
        text = of_site.number(count)
        texts.append(text)
        assert (f"numbers-{code}-{of_site.period}", count) in set(places(text.lower(), patterns))
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("text", ["", "hello", "SF-2026-", "SF 2026 1", "SF-2026-" + "9" * 16, "é-1", "a\x00-1"])
def test_what_is_no_number_is_looked_for_nowhere(text: str):
    assert list(places(text, ["sz"])) == []
