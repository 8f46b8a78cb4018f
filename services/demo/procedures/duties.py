"""What a company of the demonstration owes again and again: its digests are published and its reviews are held, in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from services.demo.organisation import DemoSite
from services.demo.scenario import Step
from services.sla_watch.duties import DUTIES, Duty, rhythm_of
from shared.clocks.calendars import WorkCalendar
from shared.clocks.periods import next_period
from shared.events.organisation import Role
from shared.policy.pack import effective
from shared.policy.pack_check import lineage
from shared.policy.policies import Policy
from shared.policy.shipped import shipped

BEFORE = timedelta(minutes=50)
"""Each is kept so long before it is due."""
CHAIRS = (Role.AFTERSALES_MANAGER, Role.QUALITY_HEAD)
PUBLISHERS = (Role.SERVICE_SUPERVISOR, Role.AFTERSALES_MANAGER, Role.QUALITY_HEAD)


def kept(site: DemoSite, begins: datetime, until: datetime, calendar: WorkCalendar) -> list[Step]:
    """A step for each time that something is owed, in order."""
    assert site.pack is not None
    policy = Policy(effective(lineage(shipped()[site.pack], shipped())), site.pack)
    times = sorted((at, duty.name, duty) for duty in DUTIES for at in _times(duty, policy, begins, until, calendar))
    return [
        Step(at, f"duties-{site.code}", number, *_done(site, duty, at)) for number, (at, _, duty) in enumerate(times, 1)
    ]


def _times(duty: Duty, policy: Policy, begins: datetime, until: datetime, calendar: WorkCalendar) -> Iterator[datetime]:
    rhythm, after = rhythm_of(duty, policy), begins
    while rhythm is not None:
        period = next_period(rhythm, calendar, after)
        after, at = period.due, period.due - BEFORE
        if at >= until:
            return
        if at > begins:
            yield at


def _done(site: DemoSite, duty: Duty, at: datetime) -> tuple[str, str, dict[str, object]]:
    if duty.digest is not None:
        who = next(each for role in PUBLISHERS for each in site.holding(role))
        return who.key, f"/sla-watch/sites/{site.code}/publish-digest", {"kind": duty.digest.value}
    role, who = next((role, each) for role in CHAIRS for each in site.holding(role))
    body: dict[str, object] = {
        "site": site.code, "kind": max(duty.reviews).value, "chair_role": role.value, "attendees": [who.id],
        "findings": _FOUND[site.language == "zh"],
    }  # fmt: skip
    return who.key, "/capa/reviews", body


_FOUND = (
    "Open cases were looked at one by one; what slips has an owner and a day.",
    "逐件查看未结案件，滞后事项均已落实责任人和时间。",
)
