"""When something is due, and how long it took, in working time. Source: PRC Civil Code art. 201-203, proposal 4.5.3.

Moments are UTC and aware (a naive one is a TypeError). Lengths are whole seconds; a start keeps its fraction of one.
"""

import re
from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from itertools import count, islice, pairwise
from typing import NamedTuple, TypeAlias, assert_never

from shared.clocks.calendars import BEYOND, DAY, EPOCH, OUT_OF_REACH, SPAN, WorkCalendar
from shared.kernel.record import record

Pause: TypeAlias = tuple[datetime, datetime]

_ONE_DAY = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)


# Seconds on a calendar


def working_seconds(calendar: WorkCalendar, a: datetime, b: datetime) -> int:
    """Seconds worked from a to b; negative when b is before a. Counts whole clock seconds, so parts always add up."""
    one, other = _second(a), _second(b)
    first, last = one >> SPAN, other >> SPAN
    if first == last:
        span = calendar.span(first)
        return span.worked(other) - span.worked(one)
    if first > last:
        return -working_seconds(calendar, b, a)
    between = sum(calendar.span(k).total for k in range(first, last))
    return between + calendar.span(last).worked(other) - calendar.span(first).worked(one)


def add_working_seconds(calendar: WorkCalendar, start: datetime, seconds: int) -> datetime:
    """The first moment at which so many seconds are worked since start; backwards, the last with so many left to it."""
    if seconds == 0:
        return start
    second, fraction = _second(start), start.microsecond
    k = second >> SPAN
    span = calendar.span(k)
    i = bisect_right(span.opens, second) - 1
    if i < 0 or span.closes[i] <= second:
        fraction = 0  # outside working time nothing has begun to count
    wanted = span.worked(second) + seconds
    if seconds > 0 and not fraction:  # may land on the close: Friday 17:30, not Monday 08:30
        while wanted > span.total:
            wanted -= span.total
            k += 1
            span = calendar.span(k)
        i = bisect_left(span.before, wanted) - 1
    else:
        while wanted >= span.total and seconds > 0:
            wanted -= span.total
            k += 1
            span = calendar.span(k)
        while wanted < 0:
            k -= 1
            span = calendar.span(k)
            wanted += span.total
        i = bisect_right(span.before, wanted) - 1
    return EPOCH + timedelta(seconds=span.opens[i] + wanted - span.before[i], microseconds=fraction)


def _second(at: datetime) -> int:
    since = at - EPOCH
    second = since.days * DAY + since.seconds
    if not 0 <= second < BEYOND:
        raise ValueError(f"{at}: {OUT_OF_REACH}")
    return second


def _moment(second: int) -> datetime:
    return EPOCH + timedelta(seconds=second)


# Targets


class Kind(StrEnum):
    CLOCK = "PT"  # n seconds
    WORKING = "PT:biz"  # n working seconds
    WORKING_DAYS = "wd"
    WORKING_DAYS_ELAPSED = "wd:elapsed"
    CALENDAR_DAYS = "cd"
    MONTHS = "mo"
    HALF = "half"  # n is 1
    BY = "by"  # n seconds after midnight, on the wall


_TEN_YEARS = 3653  # days
_LONGEST = {
    Kind.CLOCK: _TEN_YEARS * DAY,
    Kind.WORKING: _TEN_YEARS * DAY,
    Kind.WORKING_DAYS: _TEN_YEARS,
    Kind.WORKING_DAYS_ELAPSED: _TEN_YEARS,
    Kind.CALENDAR_DAYS: _TEN_YEARS,
    Kind.MONTHS: 120,
    Kind.HALF: 1,
    Kind.BY: DAY - 1,
}
_BY_DAY = frozenset({Kind.WORKING_DAYS, Kind.CALENDAR_DAYS, Kind.MONTHS})
_PERIOD = re.compile(r"PT(?=[0-9])(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)S)?(:biz)?")
_DAYS = re.compile(r"(wd|cd|mo)([0-9]+)(:elapsed)?")
_BY = re.compile(r"by:([0-9]{2}):([0-9]{2})")


@dataclass(frozen=True, slots=True)
class Target:
    """A length as a policy writes it: `PT2H`, `PT2H:biz`, `wd3`, `wd3:elapsed`, `cd30`, `mo3`, `half`, `by:17:00`."""

    kind: Kind
    n: int

    def __post_init__(self) -> None:
        if self.n < (0 if self.kind is Kind.BY else 1):
            raise ValueError(f"a target must be longer than nothing, not {self.n}")
        if self.n > _LONGEST[self.kind]:
            raise ValueError(
                "there is no such time of day" if self.kind is Kind.BY else "a target must not be longer than ten years"
            )

    @property
    def by_day(self) -> bool:
        """Whether only the day of the start counts, and not its hour."""
        return self.kind in _BY_DAY

    @staticmethod
    def parse(text: str) -> "Target":
        """Raises ValueError, which repeats the text and says what is wrong with it."""
        try:
            return _parsed(text)
        except ValueError as cause:
            raise ValueError(f"target {text[:40]!r}: {cause}") from None

    def __str__(self) -> str:
        match self.kind:
            case Kind.CLOCK:
                return _period(self.n)
            case Kind.WORKING:
                return f"{_period(self.n)}:biz"
            case Kind.WORKING_DAYS | Kind.CALENDAR_DAYS | Kind.MONTHS:
                return f"{self.kind.value}{self.n}"
            case Kind.WORKING_DAYS_ELAPSED:
                return f"wd{self.n}:elapsed"
            case Kind.HALF:
                return "half"
            case Kind.BY:
                return f"by:{_wall(self.n):%H:%M}"
            case _:
                assert_never(self.kind)


@lru_cache(256)
def _parsed(text: str) -> Target:
    if len(text) > 40:
        raise ValueError("is too long for a target")
    if "-" in text:
        raise ValueError("a target must not be negative")
    if text == "half":
        return Target(Kind.HALF, 1)
    if found := _PERIOD.fullmatch(text):
        hours, minutes, seconds = (int(each or 0) for each in found.group(1, 2, 3))
        return Target(Kind.WORKING if found[4] else Kind.CLOCK, hours * 3600 + minutes * 60 + seconds)
    if found := _DAYS.fullmatch(text):
        if found[3] and found[1] != "wd":
            raise ValueError("only working days (wd) can be elapsed")
        return Target(Kind(found[1] + (found[3] or "")), int(found[2]))
    if found := _BY.fullmatch(text):
        hour, minute = int(found[1]), int(found[2])
        if hour > 23 or minute > 59:
            raise ValueError("there is no such time of day")
        return Target(Kind.BY, hour * 3600 + minute * 60)
    raise ValueError("is none of PT2H, PT2H:biz, wd3, wd3:elapsed, cd30, mo3, half, by:17:00")


def _period(seconds: int) -> str:
    parts = ((seconds // 3600, "H"), (seconds // 60 % 60, "M"), (seconds % 60, "S"))
    return "PT" + "".join(f"{n}{unit}" for n, unit in parts if n)


def _wall(seconds: int) -> time:
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60)


# Due


class Step(NamedTuple):
    """One row of the explanation: what a day counted for, as told to people and kept with the clock."""

    day: date
    rule: str = ""
    n: int | None = None
    close: str | None = None  # local, with its distance from UTC: 17:30+08:00


@record(slots=False)
class Due:
    """`provisional`: it leans on working time of days whose holidays are not published yet, and may move."""

    at: datetime
    provisional: bool
    tell: Callable[[], tuple[Step, ...]] = field(repr=False, compare=False)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """How it came to fall there; told only when somebody asks, since it takes as long as the rest."""
        return self.tell()


def due(
    calendar: WorkCalendar, start: datetime, target: Target, paused: Sequence[Pause] = (), *, whole_days: bool = False
) -> Due:
    """When a promise made at start falls due. A pause counts if it began before that; overlapping pauses count once.

    For targets in days a pause gives back the days it covers whole, and what else it covers in seconds: working days
    and working seconds for `wdN`, calendar days and clock seconds for `cdN` and `moN`; with `whole_days` only the days.
    All others get their seconds back. Raises ValueError for a pause that ends before it begins, and beyond the years
    1970 to 9998.
    """
    rule, pauses = _counting(calendar, start, target), _merged(start, paused)
    try:
        at, days, seconds = _landed(rule, pauses, whole_days and rule.in_days)
    except OverflowError:
        raise ValueError(f"{start} and {target}: {OUT_OF_REACH}") from None

    def tell() -> tuple[Step, ...]:
        steps = list(rule.tells(at))
        if days or seconds:
            given = [f"{days} days"] * bool(days) + [f"{seconds} seconds"] * bool(seconds)
            steps.append(Step(calendar.day_of(at - _MICROSECOND), f"pauses give back {' and '.join(given)}"))
        return _shortened(steps)

    leans = rule.leans and not calendar.promised(rule.first, calendar.day_of(at - _MICROSECOND))
    return Due(at, leans, tell)


def _landed(rule: "_Counting", pauses: Iterable[Pause], whole_days: bool) -> tuple[datetime, int, int]:
    """Where it falls in the end, and the days and seconds that pauses gave back."""
    at, days, seconds = rule.lands(0), 0, 0
    for since, until in pauses:
        if since >= at:
            break
        more_days, more_seconds = rule.gives(since, until)
        days, seconds = days + more_days, seconds + (0 if whole_days else more_seconds)
        at = rule.adds(rule.lands(days), seconds)
    _second(at)  # still within reach
    return at, days, seconds


def _counting(calendar: WorkCalendar, start: datetime, target: Target) -> "_Counting":
    match target.kind:
        case Kind.CLOCK:
            return _Clock(calendar, start, target.n)
        case Kind.BY:
            return _By(calendar, start, target.n)
        case Kind.WORKING:
            return _Working(calendar, start, target.n)
        case Kind.WORKING_DAYS_ELAPSED:
            return _Working(calendar, start, target.n * calendar.usual_day)
        case Kind.HALF:
            return _Half(calendar, start, target.n)
        case Kind.WORKING_DAYS:
            return _WorkingDays(calendar, start, target.n)
        case Kind.CALENDAR_DAYS:
            return _CalendarDays(calendar, start, target.n)
        case Kind.MONTHS:
            return _Months(calendar, start, target.n)
        case _:
            assert_never(target.kind)


def _merged(start: datetime, paused: Sequence[Pause]) -> list[Pause]:
    merged: list[Pause] = []
    for since, until in sorted(paused):
        if until < since:
            raise ValueError(f"a pause ends ({until}) before it begins ({since})")
        if merged and since <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(until, merged[-1][1])
        elif until > start:
            merged.append((max(since, start), until))
    return merged


def _shortened(steps: list[Step], longest: int = 40) -> tuple[Step, ...]:
    if len(steps) <= longest:
        return tuple(steps)
    half = longest // 2
    return (*steps[:half], Step(steps[half].day, f"{len(steps) - longest} days like these not told"), *steps[-half:])


# Ways of counting


class _Counting(ABC):
    """How one kind of target lands, and how it moves when a pause gives back days or seconds: mostly working ones."""

    leans = True  # on the working time of the days it passes
    in_days = False

    def __init__(self, calendar: WorkCalendar, start: datetime, n: int) -> None:
        self.calendar, self.start, self.n = calendar, start, n
        self.begin = _second(start)

    @cached_property
    def first(self) -> date:
        """The day of the start."""
        return self.calendar.day_of(self.start)

    @abstractmethod
    def lands(self, days: int) -> datetime:
        """Where it falls when so many days were given back."""

    @abstractmethod
    def tells(self, at: datetime) -> Iterator[Step]:
        """How it came to fall there."""

    def gives(self, since: datetime, until: datetime) -> tuple[int, int]:
        """The days and seconds a pause gives back."""
        return 0, working_seconds(self.calendar, since, until)

    def adds(self, at: datetime, seconds: int) -> datetime:
        return add_working_seconds(self.calendar, at, seconds)

    def close(self, at: datetime) -> str:
        return at.astimezone(self.calendar.tz).isoformat(timespec="minutes")[11:]


class _Clock(_Counting):
    leans = False

    def lands(self, days: int) -> datetime:
        return self.start + timedelta(seconds=self.n)

    def gives(self, since: datetime, until: datetime) -> tuple[int, int]:
        return 0, _second(until) - _second(since)

    def adds(self, at: datetime, seconds: int) -> datetime:
        return at + timedelta(seconds=seconds)

    def tells(self, at: datetime) -> Iterator[Step]:
        yield Step(self.calendar.day_of(at), "seconds by the clock", self.n, self.close(at))


class _By(_Clock):
    """The next such time on the wall, strictly after start: 17:00:00 belongs to tomorrow's digest (V15)."""

    def lands(self, days: int) -> datetime:
        return self._after(self.start)

    def adds(self, at: datetime, seconds: int) -> datetime:
        return self._after(self.start + timedelta(seconds=seconds))

    def tells(self, at: datetime) -> Iterator[Step]:
        yield Step(self.calendar.day_of(at), f"next {_wall(self.n):%H:%M}", close=self.close(at))

    def _after(self, moment: datetime) -> datetime:
        today = self.calendar.day_of(moment)
        walls = (_moment(self.calendar.second(today + timedelta(days=i), _wall(self.n))) for i in count())
        return next(wall for wall in walls if wall > moment)


class _Working(_Counting):
    def lands(self, days: int) -> datetime:
        return self.adds(self.start, self.n)

    def tells(self, at: datetime) -> Iterator[Step]:
        end, last = _second(at), self.calendar.day_of(at - _MICROSECOND)
        for day in _days_after(self.first - 2 * _ONE_DAY):  # yesterday's night shift may still run
            if day > last:
                break
            hours = self.calendar.hours(day)
            if seconds := sum(max(0, min(closes, end) - max(opens, self.begin)) for opens, closes in hours):
                reason = self.calendar.reason(day) or "working seconds"
                yield Step(day, reason, seconds, self.close(at) if day == last else None)
            elif day > self.first and not hours:
                yield Step(day, self.calendar.reason(day))


class _Half(_Counting):
    """The end of the first half-day that begins after start."""

    def lands(self, days: int) -> datetime:
        for day in _days_after(self.first - 2 * _ONE_DAY):  # yesterday's night shift may have its second half before it
            for begin, end in _halves(self.calendar.hours(day)):
                if begin > self.begin:
                    return _moment(end)
        raise AssertionError("a calendar always works again")

    def tells(self, at: datetime) -> Iterator[Step]:
        yield Step(self.first, "half-day of the start excluded")
        yield Step(self.calendar.day_of(at - _MICROSECOND), "end of the next half-day", 1, self.close(at))


class _WorkingDays(_Counting):
    """The close of the n-th working day after the start day, which does not count (art. 201)."""

    in_days = True

    def lands(self, days: int) -> datetime:
        return _close_of_business(self.calendar, self.first, self.n + days)

    def gives(self, since: datetime, until: datetime) -> tuple[int, int]:
        """Working days that lie in the pause with all their hours, and the working seconds of the others."""
        begin, end, last = _second(since), _second(until), self.calendar.day_of(until)
        days, seconds = 0, working_seconds(self.calendar, since, until)
        for day in _days_after(self.calendar.day_of(since) - _ONE_DAY):
            if day > last:
                break
            hours = self.calendar.hours(day)
            if hours and begin <= hours[0][0] and hours[-1][1] <= end:
                days, seconds = days + 1, seconds - sum(closes - opens for opens, closes in hours)
        return days, seconds

    def tells(self, at: datetime) -> Iterator[Step]:
        yield Step(self.first, "start day excluded")
        n, end = 0, _second(at)
        for day in _days_after(self.first):
            hours = self.calendar.hours(day)
            if hours and end < hours[-1][1]:  # seconds given back end in the middle of this day
                break
            n += bool(hours)
            last = bool(hours) and end == hours[-1][1]
            yield Step(day, self.calendar.reason(day), n if hours else None, self.close(at) if last else None)
            if last:
                break


class _CalendarDays(_Counting):
    """The end of the n-th day after the start day (art. 201, 203)."""

    unit = "calendar days"
    in_days = True

    def __init__(self, calendar: WorkCalendar, start: datetime, n: int) -> None:
        super().__init__(calendar, start, n)
        self.leans = calendar.days_end == "close" or calendar.roll == "next_working_day"

    def last(self) -> date:
        return self.first + timedelta(days=self.n)

    def lands(self, days: int) -> datetime:
        day = self.last() + timedelta(days=days)
        hours = self.calendar.hours(day)
        if not hours and self.calendar.roll == "next_working_day":
            return _close_of_business(self.calendar, day, 1)
        if hours and self.calendar.days_end == "close":
            return _moment(hours[-1][1])
        return _moment(self.calendar.second(day + _ONE_DAY))

    def gives(self, since: datetime, until: datetime) -> tuple[int, int]:
        """Days that lie in the pause from midnight to midnight, and the seconds of the others."""
        begin, end, midnight = _second(since), _second(until), self.calendar.second
        day, last = self.calendar.day_of(since), self.calendar.day_of(until)
        if midnight(day) < begin or since.microsecond:
            day += _ONE_DAY
        if last <= day:
            return 0, end - begin
        return (last - day).days, end - begin - (midnight(last) - midnight(day))

    def adds(self, at: datetime, seconds: int) -> datetime:
        return at + timedelta(seconds=seconds)

    def tells(self, at: datetime) -> Iterator[Step]:
        yield Step(self.first, "start day excluded")
        last, close = self.calendar.day_of(at - _MICROSECOND), self.close(at)
        yield Step(last, self.unit, self.n, "24:00" + close[5:] if last < self.calendar.day_of(at) else close)


class _Months(_CalendarDays):
    """The same day of the month n months later, or the month's last when it has none (art. 202)."""

    unit = "months"

    def last(self) -> date:
        year, month = divmod(self.first.year * 12 + self.first.month - 1 + self.n, 12)
        return date(year, month + 1, min(self.first.day, monthrange(year, month + 1)[1]))


def _days_after(day: date) -> Iterator[date]:
    return (day + timedelta(days=i) for i in count(1))


def _close_of_business(calendar: WorkCalendar, first: date, n: int) -> datetime:
    closes = (hours[-1][1] for day in _days_after(first) if (hours := calendar.hours(day)))
    return _moment(next(islice(closes, n - 1, None)))


def _halves(hours: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """Morning and afternoon: parted by the longest break, or in the middle of a day without one."""
    if not hours:
        return ()
    begin, end = hours[0][0], hours[-1][1]
    if len(hours) == 1:
        noon = (begin + end) // 2
        return (begin, noon), (noon, end)
    (_, lunch), (afternoon, _) = max(pairwise(hours), key=lambda pair: pair[1][0] - pair[0][1])
    return (begin, lunch), (afternoon, end)
