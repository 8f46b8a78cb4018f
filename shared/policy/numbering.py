"""Case numbers: without gaps for each site, pattern and period, and none of them twice in the installation (S0-53, S4-64).

A pattern of the policy (`SF-{yyyy}-{seq:4}`) ends with its count. What stands before the count names the period, and with
the site the stream in which the numbers are taken, so a number is found again from its text alone. Where a pattern is
that of several sites, or of one that could be taken for another, the site's code comes first: SZ-SF-2026-0042.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from shared.policy.organisation import Site
from shared.policy.policies import policy_of
from shared.policy.rules import Rules

USUAL = "{site}-{yyyy}-{seq:5}"
"""Where no policy says otherwise: SZ-2026-00042."""
_COUNT = re.compile(r"\{seq:([1-9])\}")
_NUMBER = re.compile(r"(?:([A-Z0-9_-]{1,100})[-_])?([0-9]{1,15})")


@dataclass(frozen=True)
class Series:
    """The numbers of one site and period."""

    period: str
    before: str
    digits: int

    def number(self, count: int) -> str:
        """The number with that count."""
        return f"{self.before}{count:0{self.digits}}"


def series(site: Site, at: datetime, rules: Rules) -> Series:
    """Which numbers a case gets that is received at a site at an instant."""
    pattern = rules.policy(site.code, at).pack.numbering or USUAL
    before, digits = _filled(pattern, _day(at, site.zone), site.code)
    if "{site}" not in pattern and any(
        pattern in _patterns(other, rules) or before.startswith(f"{other.code.upper()}-")
        for other in rules.sites()
        if other.code != site.code
    ):
        before = f"{site.code.upper()}-{before}"
    return _of_the_period(site.code, before, digits)


@lru_cache(maxsize=64)
def _day(at: datetime, zone: str) -> date:
    """Many cases are received at the instant of one transaction."""
    return at.astimezone(ZoneInfo(zone)).date()


@lru_cache(maxsize=64)
def _of_the_period(site: str, before: str, digits: int) -> Series:
    return Series(period(site, before), before, digits)


@lru_cache(maxsize=64)
def _filled(pattern: str, day: date, site: str) -> tuple[str, int]:
    """What stands before the count on a day, and how many digits the count has; many cases of a day ask the same."""
    count = _COUNT.search(pattern)
    before = _COUNT.sub("", pattern)
    for token, text in (("yyyy", f"{day:%Y}"), ("mm", f"{day:%m}"), ("dd", f"{day:%d}"), ("site", site)):
        before = before.replace(f"{{{token}}}", text)
    return before.upper(), int(count[1]) if count else 5


def places(text: str, sites: Collection[str]) -> Iterator[tuple[str, int]]:
    """Where a number may have been taken: streams and counts, the likeliest first."""
    found = _NUMBER.fullmatch(text.upper())
    if found is None:
        return
    before, count = found[1] or "", int(found[2])
    for site in sorted(sites, key=lambda code: (not before.startswith(code.upper()), code)):
        yield f"numbers-{site}-{period(site, before)}", count


def period(site: str, before: str) -> str:
    """What stands before the count, without the site's own code."""
    bare, own = before.rstrip("-_"), site.upper()
    if bare == own:
        return "all"
    if bare.startswith((f"{own}-", f"{own}_")):
        bare = bare[len(own) + 1 :]
    return bare or "all"


def _patterns(site: Site, rules: Rules) -> set[str | None]:
    """Every pattern that the site has ever gone by."""
    packs = rules.packs()
    return {policy_of(activated, packs).pack.numbering for activated in site.activations}
