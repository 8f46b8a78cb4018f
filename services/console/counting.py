"""How long a promise allows, and how its due date was counted, in the reader's language.

What a clock keeps of it is English (`shared/clocks/worktime.py`, `services/sla_watch/due_times.py`); here it is read again.
"""

from __future__ import annotations

import re
from datetime import timedelta

from services.console.texts import text
from shared.clocks.calendars import WEEKDAYS
from shared.clocks.worktime import Kind, Target
from shared.events.sentences import lasts

BY_DATE = "date"
_FIXED = {
    "start day excluded": "count_start_day", "half-day of the start excluded": "count_start_half",
    "end of the next half-day": "count_next_half", "extra working day (调休)": "count_extra_day",
    "working day": "count_working_day", "working seconds": "count_working_time", "seconds by the clock": "count_clock",
    "calendar days": "count_calendar_days", "months": "count_months", "agreed day: end of work": "count_agreed_close",
    "agreed day: midnight": "count_agreed_midnight", "as told": "count_as_told",
    **{f"{day}, skipped": f"count_{day.lower()}" for day in WEEKDAYS},
}  # fmt: skip
_IN_SECONDS = frozenset({"working seconds", "seconds by the clock"})
_NEXT, _SKIPPED = re.compile(r"next (\d\d:\d\d)"), re.compile(r"(.+), skipped")
_PAUSES, _SHORTENED = re.compile(r"pauses give back (.+)"), re.compile(r"(\d+) days like these not told")
_DAYS, _SECONDS = re.compile(r"(\d+) days"), re.compile(r"(\d+) seconds")


def allowed(target: str, language: str) -> str:
    """A target in the notation of domain §4.5.3, in words."""
    if target == BY_DATE:
        return text(language, "agreed_day")
    try:
        parsed = Target.parse(target)
    except ValueError:
        return target
    match parsed.kind:
        case Kind.CLOCK:
            return lasts(language, timedelta(seconds=parsed.n))
        case Kind.WORKING:
            return text(language, "working_time", length=lasts(language, timedelta(seconds=parsed.n)))
        case Kind.WORKING_DAYS:
            return text(language, "working_days", n=parsed.n)
        case Kind.WORKING_DAYS_ELAPSED:
            return text(language, "working_days_elapsed", n=parsed.n)
        case Kind.CALENDAR_DAYS:
            return text(language, "calendar_days", n=parsed.n)
        case Kind.MONTHS:
            return text(language, "months", n=parsed.n)
        case Kind.HALF:
            return text(language, "half_day")
        case Kind.BY:
            return text(language, "by_time", time=target.removeprefix("by:"))


def rule(told: str, language: str) -> str:
    """Why a day counted, or did not. The name of a holiday stays in the language of its country."""
    if told in _FIXED:
        return text(language, _FIXED[told])
    if found := _NEXT.fullmatch(told):
        return text(language, "count_next", time=found[1])
    if found := _SKIPPED.fullmatch(told):
        return text(language, "count_holiday", name=found[1])
    if found := _SHORTENED.fullmatch(told):
        return text(language, "count_shortened", n=found[1])
    if found := _PAUSES.fullmatch(told):
        days, seconds = _DAYS.search(found[1]), _SECONDS.search(found[1])
        given = timedelta(days=int(days[1]) if days else 0, seconds=int(seconds[1]) if seconds else 0)
        return text(language, "count_pauses", length=lasts(language, given))
    return told


def counted(told: str, n: int | None, language: str) -> str:
    """The count so far, or how long was counted."""
    if n is None:
        return ""
    return lasts(language, timedelta(seconds=n)) if told in _IN_SECONDS else str(n)
