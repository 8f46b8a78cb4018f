"""What a site owes again and again, as data: daily digest, weekly progress, reviews; and what keeps each of them (domain §4.5.2).

A duty is a clock like any other, in the stream of its site. Which of them there are follows from the site's policy alone; the next
one begins when the last is kept or broken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from services.sla_watch.due_times import due_time, still_to_come
from services.sla_watch.promises import rungs_of
from shared.clocks.calendars import TZDB, WorkCalendar
from shared.clocks.duties import Duties
from shared.clocks.lead import MOST_WARNINGS, WarnAt, leads, shares
from shared.clocks.periods import Period, is_rhythm, next_period
from shared.clocks.state import Clock, ClockStatus
from shared.events import clocks as e
from shared.events.clocks import Reason
from shared.events.duties import DigestKind
from shared.events.organisation import Role
from shared.events.reviews import ReviewKind
from shared.kernel.command import Decided
from shared.policy.access import COMMANDS
from shared.policy.pack import Pack
from shared.policy.policies import Policy
from shared.policy.rules import Rules


@dataclass(frozen=True)
class Duty:
    """One of them. `warn` is when somebody is reminded, where the policy does not say."""

    name: str
    terms: str
    source: str
    digest: DigestKind | None = None
    reviews: frozenset[ReviewKind] = frozenset()
    warn: tuple[WarnAt, ...] = ()


DUTIES = (
    Duty("daily_digest", "CL-DIGEST-D", "S3-12, S4-11", DigestKind.DAILY, warn=("PT30M",)),
    Duty("friday_progress", "CL-PROGRESS-FRI", "S3-34", DigestKind.PROGRESS, frozenset({ReviewKind.FRIDAY_PROGRESS})),
    Duty("weekly_costs", "CL-COST-W", "S2-44, S2-45", DigestKind.COSTS, warn=("wd1",)),
    Duty("monday_review", "CL-REVIEW-MON", "S3-25", reviews=frozenset({ReviewKind.MONDAY_REVIEW})),
    Duty("weekly_coordination", "CL-COORD-W", "S0-44", reviews=frozenset({ReviewKind.WEEKLY_COORDINATION})),
    Duty(
        "monthly_review", "CL-REVIEW-M", "S1-52, S4-25",
        reviews=frozenset({ReviewKind.MONTHLY_QUALITY, ReviewKind.JOINT}),
    ),
    Duty("quarterly_review", "CL-REVIEW-Q", "S3-44", reviews=frozenset({ReviewKind.QUARTERLY})),
)  # fmt: skip
BY_NAME = {duty.name: duty for duty in DUTIES}


def door_of(duty: Duty) -> str:
    """The command that keeps it."""
    return "publish-digest" if duty.digest is not None else "hold-review"


def owed_by(duty: Duty, pack: Pack) -> frozenset[str]:
    """The roles of which one keeps it: whom the pack names for it, as far as they may; where it names nobody, whoever may."""
    terms, may = (pack.clauses or {}).get(duty.terms), frozenset(COMMANDS[door_of(duty)])
    named = frozenset[str]() if terms is None else frozenset(role for role in (terms.by_role, terms.chair) if role)
    return named & may or may


def climbs_to(duty: Duty, pack: Pack) -> frozenset[str]:
    """The roles of which one takes it on when nobody has kept it."""
    return frozenset(rung.role for rung in rungs_of(pack, duty.terms)) | {Role.QUALITY_HEAD}


def rhythm_of(duty: Duty, policy: Policy) -> str | None:
    """How often the policy wants it, as `shared.clocks.periods` reads it; None: not at all."""
    terms = (policy.pack.clauses or {}).get(duty.terms) if policy.ref else None
    target = (terms.targets or {}).get("all") if terms else None
    if target is None:
        return None
    return f"daily:{target.removeprefix('by:')}" if target.startswith("by:") else target if is_rhythm(target) else None


def keep_duties(duties: Duties, site: str, at: datetime, rules: Rules) -> Decided:
    """What has to be said so that exactly the duties run that the policy of the site wants when they are due, on the present
    calendar. Said twice, it says nothing the second time."""
    of_site = rules.site(site)
    calendar = rules.calendar(of_site.calendar)
    for duty in DUTIES:
        running = _running(duties, duty)
        if running is not None and running.target == rhythm_of(duty, rules.policy(site, running.due_at)):
            yield from _by_calendar(running, at, calendar)
            continue
        if running is not None:
            yield e.ClockCancelled(clock_id=running.clock_id, reason=Reason.POLICY)
        # By the policy of now; where that will not last until it is due, by the one that is to come.
        for begins in (at, *(one.effective_from for one in of_site.activations if one.effective_from > at)):
            rhythm = rhythm_of(duty, rules.policy(site, begins))
            if rhythm is None:
                continue
            period = _next(duties, duty, rhythm, begins, calendar)
            policy = rules.policy(site, period.due)
            if rhythm_of(duty, policy) == rhythm:
                yield _begun(duty, rhythm, period, policy, calendar)
                break


def _running(duties: Duties, duty: Duty) -> Clock | None:
    """The one that is owed next. A broken one goes on beside it, until it is kept late."""
    return next((one for one in _of(duties, duty) if one.status == ClockStatus.RUNNING), None)


def _of(duties: Duties, duty: Duty) -> Iterator[Clock]:
    return (clock for clock in duties.clocks.values() if clock.clause == duty.name)


def _next(duties: Duties, duty: Duty, rhythm: str, at: datetime, calendar: WorkCalendar) -> Period:
    """After the last one; a duty that was given up, or never was, begins anew from now."""
    last = max((one.due_at for one in _of(duties, duty) if one.target == rhythm), default=None)
    cancelled = any(one.status == ClockStatus.CANCELLED for one in _of(duties, duty))
    return next_period(rhythm, calendar, at if last is None or cancelled else last)


def _begun(duty: Duty, rhythm: str, period: Period, policy: Policy, calendar: WorkCalendar) -> e.ClockStarted:
    terms = (policy.pack.clauses or {}).get(duty.terms)
    said = None if terms is None else terms.warnings
    warn = (duty.warn if said is None else said)[:MOST_WARNINGS]
    when = due_time(rhythm, warn, period.opens, calendar)
    return e.ClockStarted(
        clock_id=f"{duty.name}:{period.key}/1", clause=duty.name, cycle=1, starts_at=period.opens, target=rhythm,
        due_at=when.at, warn_at=when.warn_at, ladder=rungs_of(policy.pack, duty.terms),
        provisional=when.provisional, calendar=str(calendar), source=f"{policy.pack.meta.id} {duty.terms}",
        steps=when.steps, warn=shares(warn), tzdb=TZDB, warn_before=leads(warn),
    )  # fmt: skip


def _by_calendar(clock: Clock, at: datetime, calendar: WorkCalendar) -> Iterator[e.ClockRebased]:
    warn = BY_NAME[clock.clause].warn if clock.warn_before is None else (*(clock.warn or ()), *clock.warn_before)
    when = due_time(clock.target, warn, clock.starts_at, calendar)
    if when.at == clock.due_at or when.at <= at:
        return
    yield e.ClockRebased(
        clock_id=clock.clock_id, reason=Reason.CALENDAR, was_due_at=clock.due_at, due_at=when.at,
        warn_at=still_to_come(at, when.warn_at), target=clock.target, ladder=clock.ladder,
        provisional=when.provisional, calendar=str(calendar),
    )  # fmt: skip


def kept_by_review(duties: Duties, kind: ReviewKind, at: datetime) -> Decided:
    """A review that was held keeps the oldest duty of its kind that had begun by then."""
    for duty in DUTIES:
        if kind in duty.reviews and (clock := owed(duties, duty, at)) is not None:
            yield met(clock, at)


def owed(duties: Duties, duty: Duty, at: datetime) -> Clock | None:
    """The oldest that is open and had begun by then."""
    begun = (one for one in _of(duties, duty) if one.open and one.starts_at <= at)
    return min(begun, key=lambda one: one.due_at, default=None)


def met(clock: Clock, at: datetime) -> e.Met:
    """It was kept, in time or late."""
    return e.Met(clock_id=clock.clock_id, met_at=at, margin_s=int((clock.due_at - at).total_seconds()))
