"""A digest: what was recorded at a site since the last one, counted from the facts (S3-12, S3-34, S2-44)."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from services.sla_watch.duties import DUTIES, met, owed
from shared.clocks.duties import Duties
from shared.clocks.periods import next_period
from shared.events import complaint as c
from shared.events.clocks import Breached
from shared.events.complaint import CaseText
from shared.events.duties import Count, DigestKind, DigestPublished
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Refused
from shared.kernel.fact import Fact, Occasion
from shared.kernel.values import ComplaintId, SiteCode
from shared.policy.rules import Rules

CHARGES = (c.CostRecorded, c.CostAllocationProposed, c.CostAllocationApproved, c.CostAllocationExecuted)
NAMES_CASES: dict[DigestKind, tuple[type[Any], ...]] = {
    DigestKind.DAILY: (c.Received,), DigestKind.PROGRESS: (Breached,), DigestKind.COSTS: CHARGES,
}  # fmt: skip
SAID = ("channel", "department", "category", "result")
"""Fields whose codes are counted beside the event itself: complaints by channel, charges by department."""
MOST_CASES = 2_000


class PublishDigest(Command):
    """Publish the digest that a site owes next: what was recorded there since the last one of its kind, counted for you.

    It reaches up to now, or to the end of its window if that is past; what comes after belongs to the next one.
    """

    kind: DigestKind
    note: CaseText | None = None


def publish(duties: Duties, command: PublishDigest, occasion: Occasion, rules: Rules) -> Decided:
    """The digest and, with it, the promise kept; refused where the policy of the site asks for none."""
    site = duties.complaint_id
    duty = next(one for one in DUTIES if one.digest == command.kind)
    clock = owed(duties, duty, occasion.at)
    if clock is None:
        coming = next((one for one in duties.clocks.values() if one.clause == duty.name and one.open), None)
        then = f"; the next one begins at {coming.starts_at:%Y-%m-%d %H:%M} UTC" if coming else ""
        raise Refused(
            f"{site or 'the site'} owes no such digest now{then}",
            rule="G-DIGEST", field="kind",
            way_out="wait for it" if coming else f"a policy with {duty.terms} asks for it (activate-policy)",
        )  # fmt: skip
    period = next_period(clock.target, rules.calendar(rules.site(site).calendar), clock.starts_at)
    since = duties.reach.get(command.kind, period.since)
    until = max(since, min(period.until, occasion.at))
    yield digest(site, command.kind, period.key, since, until, rules.recorded_between(site, since, until), command.note)
    yield met(clock, occasion.at)


def digest(
    site: SiteCode, kind: DigestKind, period: str, since: datetime, until: datetime, facts: Iterable[Fact[Any]],
    note: CaseText | None = None,
) -> DigestPublished:  # fmt: skip
    """What is published of these facts: how often each thing was recorded, and the cases that are named."""
    counts = Counter[str]()
    cases: dict[ComplaintId, None] = {}
    for fact in facts:
        counts.update(_counted(fact.event))
        if isinstance(fact.event, NAMES_CASES[kind]):
            cases.setdefault(fact.subject_id)
    named = sorted(cases)[:MOST_CASES]
    told = json.dumps({"counts": counts, "cases": named}, sort_keys=True, ensure_ascii=False).encode()
    return DigestPublished(
        site=site, kind=kind, period=period, period_from=since, period_to=until,
        counts=tuple(Count(of=name, times=times) for name, times in sorted(counts.items())), cases=tuple(named),
        sha256=hashlib.sha256(told).hexdigest(), note=note,
    )  # fmt: skip


def _counted(event: Any) -> Iterator[str]:
    name = type(event).__name__
    yield name
    for field in SAID:
        if (code := getattr(event, field, None)) is not None and isinstance(code, str):
            yield f"{name}.{field}.{code}"
    yield from (f"{name}.department.{share.department}" for share in getattr(event, "shares", ()))
