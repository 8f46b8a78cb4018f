"""Calendars for readers: what each says now, and what an edition said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from shared.clocks.calendars import ALWAYS, WEEKDAYS, WorkCalendar
from shared.clocks.published import fold_calendar
from shared.events.calendars import CalendarAmended
from shared.kernel.fact import Fact
from shared.kernel.values import rfc3339
from shared.policy.organisation import Site


def listed(calendar: WorkCalendar, sites: Iterable[Site]) -> dict[str, Any]:
    """The latest edition in one line, and the sites that work by it."""
    return {
        "calendar": calendar.id, "edition": calendar.version, "zone": calendar.zone, "country": calendar.country,
        "subdivision": calendar.subdivision, "published_from": _day(calendar.published_from),
        "published_through": _day(calendar.published_through),
        "sites": sorted(site.code for site in sites if site.calendar == calendar.id),
    }  # fmt: skip


def edition_told(facts: Sequence[Fact[Any]]) -> dict[str, Any]:
    """The edition that the last of these facts states, whole, with who stated it when and why."""
    calendar: WorkCalendar | None = None
    for fact in facts:
        calendar = fold_calendar(calendar, fact)
    assert calendar is not None
    last = facts[-1]
    event = last.event
    return {
        **listed(calendar, ()), "weekly": {
            name: ", ".join(f"{begin:%H:%M}–{end:%H:%M}" for begin, end in hours)
            for name, hours in zip(WEEKDAYS, calendar.weekly, strict=True)
        },
        "holidays": {str(day): name for day, name in calendar.holidays.items()},
        "extra_working_days": sorted(map(str, calendar.extra_working_days)),
        "days_end": calendar.days_end, "roll": calendar.roll, "tzdb": event.tzdb,
        "source": event.reason if isinstance(event, CalendarAmended) else event.source,
        "recorded_at": rfc3339(last.recorded_at), "by": last.actor.id,
    }  # fmt: skip


def editions(stream: Callable[[str], Iterable[Fact[Any]]], named: Iterable[str]) -> dict[str, WorkCalendar]:
    """Every edition of the calendars that are named like `cn-std@2`, by such a name."""
    found: dict[str, WorkCalendar] = {str(ALWAYS): ALWAYS}
    for id in sorted({name.rpartition("@")[0] for name in named} - {ALWAYS.id}):
        calendar: WorkCalendar | None = None
        for fact in stream(f"calendar-{id}"):
            calendar = fold_calendar(calendar, fact)
            found[str(calendar)] = calendar
    return found


def _day(day: date | None) -> str | None:
    return None if day is None else str(day)
