"""How long a promise allows, when it warns, and how its due date was counted, in words of both languages.

What a clock keeps of it is English (`worktime.py`, `services/sla_watch/due_times.py`); here it is read again.
"""

from __future__ import annotations

import re
from datetime import timedelta

from shared.clocks.calendars import WEEKDAYS
from shared.clocks.lead import WarnAt
from shared.clocks.periods import is_rhythm
from shared.clocks.state import BY_DATE
from shared.clocks.worktime import Kind, Target
from shared.events.lengths import lasts

_TEXTS: dict[str, tuple[str, str]] = {
    "agreed_day": ("a day agreed in the case", "案件中约定的日期"),
    "working_day": ("{n} working day", "{n}个工作日"),
    "working_days": ("{n} working days", "{n}个工作日"),
    "calendar_day": ("{n} day", "{n}天"),
    "calendar_days": ("{n} days", "{n}天"),
    "working_time": ("{length} of working time", "工作时间{length}"),
    "working_days_elapsed": ("the length of {n} working days", "{n}个工作日的时长"),
    "months": ("{n} months", "{n}个月"),
    "warn_share": ("when {n} % of the allowed time is used up", "用去允许时间的{n}%时"),
    "warn_lead": ("{length} before it is due", "到期前{length}"),
    "reminder": ("reminder {length} after the start", "开始后{length}提醒"),
    "half_day": ("until the end of the next half-day", "至下一个半天结束"),
    "by_time": ("by {time}", "{time}前"),
    "daily": ("each working day by {time}", "每个工作日{time}前"),
    "close_of_business": ("each working day until work ends", "每个工作日下班前"),
    "weekly": ("each week", "每周"),
    "weekly_monday": ("each Monday", "每周一"),
    "weekly_friday": ("each Friday", "每周五"),
    "monthly": ("each month, by its fifth working day", "每月第5个工作日前"),
    "quarterly": ("each quarter, by its tenth working day", "每季度第10个工作日前"),
    "count_round": ("comes round", "按周期到期"),
    "count_start_day": ("the first day does not count", "起始日不计"),
    "count_start_half": ("the first half-day does not count", "起始的半天不计"),
    "count_next_half": ("end of the next half-day", "下一个半天结束"),
    "count_extra_day": ("extra working day", "调休上班日"),
    "count_working_day": ("working day", "工作日"),
    "count_working_time": ("working time", "工作时间"),
    "count_clock": ("by the clock", "按自然时间"),
    "count_calendar_days": ("days", "自然日"),
    "count_months": ("months", "月"),
    "count_agreed_close": ("agreed day: when work ends", "约定日：下班时"),
    "count_agreed_midnight": ("agreed day: at midnight", "约定日：当日24点"),
    "count_as_told": ("as told to the customer", "按对客户的承诺"),
    "count_monday": ("Monday is free", "周一休息"),
    "count_tuesday": ("Tuesday is free", "周二休息"),
    "count_wednesday": ("Wednesday is free", "周三休息"),
    "count_thursday": ("Thursday is free", "周四休息"),
    "count_friday": ("Friday is free", "周五休息"),
    "count_saturday": ("Saturday is free", "周六休息"),
    "count_sunday": ("Sunday is free", "周日休息"),
    "count_next": ("next {time}", "下一个{time}"),
    "count_holiday": ("{name}, does not count", "{name}，不计"),
    "count_shortened": ("{n} days like these", "同样的{n}天从略"),
    "count_pauses": ("given back by pauses: {length}", "暂停补回{length}"),
}
_FIXED = {
    "start day excluded": "count_start_day", "half-day of the start excluded": "count_start_half",
    "end of the next half-day": "count_next_half", "extra working day (调休)": "count_extra_day",
    "working day": "count_working_day", "working seconds": "count_working_time", "seconds by the clock": "count_clock",
    "calendar days": "count_calendar_days", "months": "count_months", "agreed day: end of work": "count_agreed_close",
    "agreed day: midnight": "count_agreed_midnight", "as told": "count_as_told",
    "comes round": "count_round",
    **{f"{day}, skipped": f"count_{day.lower()}" for day in WEEKDAYS},
}  # fmt: skip
_IN_SECONDS = frozenset({"working seconds", "seconds by the clock"})
_NEXT, _SKIPPED = re.compile(r"next (\d\d:\d\d)"), re.compile(r"(.+), skipped")
_PAUSES, _SHORTENED = re.compile(r"pauses give back (.+)"), re.compile(r"(\d+) days like these not told")
_DAYS, _SECONDS = re.compile(r"(\d+) days"), re.compile(r"(\d+) seconds")


def _text(language: str, key: str, **values: object) -> str:
    return _TEXTS[key][language == "zh"].format(**values)


def allowed(target: str, language: str) -> str:
    """A target in the notation of domain §4.5.3, in words."""
    if target == BY_DATE:
        return _text(language, "agreed_day")
    if is_rhythm(target):
        rhythm, _, time = target.partition(":")
        return _text(language, rhythm, time=time)
    try:
        parsed = Target.parse(target)
    except ValueError:
        return target
    match parsed.kind:
        case Kind.CLOCK:
            return lasts(language, timedelta(seconds=parsed.n))
        case Kind.WORKING:
            return _text(language, "working_time", length=lasts(language, timedelta(seconds=parsed.n)))
        case Kind.WORKING_DAYS:
            return _text(language, "working_day" if parsed.n == 1 else "working_days", n=parsed.n)
        case Kind.WORKING_DAYS_ELAPSED:
            return _text(language, "working_days_elapsed", n=parsed.n)
        case Kind.CALENDAR_DAYS:
            return _text(language, "calendar_day" if parsed.n == 1 else "calendar_days", n=parsed.n)
        case Kind.MONTHS:
            return _text(language, "months", n=parsed.n)
        case Kind.HALF:
            return _text(language, "half_day")
        case Kind.BY:
            return _text(language, "by_time", time=target.removeprefix("by:"))


def warns(warn: WarnAt, language: str) -> str:
    """When somebody is warned: at a share of the allowed time, or so long before it is over."""
    if isinstance(warn, int):
        return _text(language, "warn_share", n=warn)
    return _text(language, "warn_lead", length=allowed(warn, language))


def reminds(after: str, language: str) -> str:
    """When somebody is reminded: so long after the start."""
    return _text(language, "reminder", length=allowed(after, language))


def rule(told: str, language: str) -> str:
    """Why a day counted, or did not. The name of a holiday stays in the language of its country."""
    if told in _FIXED:
        return _text(language, _FIXED[told])
    if found := _NEXT.fullmatch(told):
        return _text(language, "count_next", time=found[1])
    if found := _SKIPPED.fullmatch(told):
        return _text(language, "count_holiday", name=found[1])
    if found := _SHORTENED.fullmatch(told):
        return _text(language, "count_shortened", n=found[1])
    if found := _PAUSES.fullmatch(told):
        days, seconds = _DAYS.search(found[1]), _SECONDS.search(found[1])
        given = timedelta(days=int(days[1]) if days else 0, seconds=int(seconds[1]) if seconds else 0)
        return _text(language, "count_pauses", length=lasts(language, given))
    return told


def counted(told: str, n: int | None, language: str) -> str:
    """The count so far, or how long was counted."""
    if n is None:
        return ""
    return lasts(language, timedelta(seconds=n)) if told in _IN_SECONDS else str(n)
