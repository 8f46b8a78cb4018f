"""When a site works: its week, its holidays, its make-up days, in its own zone.

Hours are wall time; the moment they stand for is the first at which the site's clock has reached them. So a time inside
the hour that is skipped in spring is the jump, and of the hour that comes twice in autumn the first one counts.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from itertools import accumulate, pairwise
from typing import Any, Literal, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, reset_tzpath

import tzdata

TZDB: str = tzdata.IANA_VERSION
"""The edition of the time-zone database: that of the pinned package, the same on every machine."""

Interval: TypeAlias = tuple[time, time]
Hours: TypeAlias = tuple[Interval, ...]
Week: TypeAlias = tuple[Hours, ...]

# A due date must not depend on which zones the machine happens to have: none of its own are looked at.
reset_tzpath(to=())
ZoneInfo.clear_cache()

DAY = 86_400
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BEYOND = (date(9999, 1, 1) - EPOCH.date()).days * DAY
OUT_OF_REACH = "working time is known for the years 1970 to 9998 only"
SPAN = 25  # a span is 2**25 seconds, some 388 days: its number is one shift away from the second
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_ONE_DAY = timedelta(days=1)
_EPOCH_ON_THE_WALL = EPOCH.replace(tzinfo=None)
_FIRST, _LAST = date(1969, 12, 25), date(9999, 1, 7)  # zones and night shifts reach over the edge


class Span(NamedTuple):
    """The working time of 388 days, in UTC seconds since 1970: made for bisection."""

    opens: list[int]
    closes: list[int]
    before: list[int]  # seconds worked in this span before opens[i]
    total: int

    def worked(self, second: int) -> int:
        """Seconds worked from the beginning of the span to this second."""
        i = bisect_right(self.opens, second) - 1
        return self.before[i] + min(second, self.closes[i]) - self.opens[i] if i >= 0 else 0


@dataclass(frozen=True)
class WorkCalendar:
    """One published version of a site's working time. Refuses (ValueError) what cannot be a calendar.

    An interval whose end is not after its start crosses midnight and belongs to the day it starts on. A make-up day
    (调休) is worked with the hours of the first working weekday. Days outside `published_from` … `published_through`
    have hours, but nobody has promised them.
    """

    id: str
    version: int
    zone: str
    weekly: Week  # Monday to Sunday
    holidays: Mapping[date, str] = field(default_factory=dict[date, str], hash=False)
    extra_working_days: frozenset[date] = frozenset()
    published_through: date | None = None  # None: no end
    published_from: date | None = None
    days_end: Literal["midnight", "close"] = "midnight"  # when a deadline in calendar days or months falls due
    roll: Literal["stay", "next_working_day"] = "stay"  # where it goes when that day is free
    country: str | None = None  # whose public holidays it keeps: the next edition asks for the same
    subdivision: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "holidays", dict(sorted(self.holidays.items())))
        object.__setattr__(self, "extra_working_days", frozenset(self.extra_working_days))
        _refuse_unknown_zone(self.zone)
        _refuse_impossible_week(self.weekly)
        for day in sorted(self.extra_working_days):
            if day in self.holidays:
                raise ValueError(f"{day}: cannot be a holiday ({self.holidays[day]}) and a make-up day")
            for one, next_one in pairwise((day - _ONE_DAY, day, day + _ONE_DAY)):
                if _overlap(self.pattern(one), self.pattern(next_one)):
                    raise ValueError(f"{day}: the hours of the make-up day overlap those of the day before or after it")

    def __reduce__(self) -> tuple[type["WorkCalendar"], tuple[Any, ...]]:
        """Pickled without its indexes, which cannot be."""
        return WorkCalendar, tuple(getattr(self, each.name) for each in fields(self))

    def __str__(self) -> str:
        return f"{self.id}@{self.version}"

    def __hash__(self) -> int:
        """Of its name: due dates are remembered for it, and its weeks and days take longer to hash than to count."""
        return hash((self.id, self.version))

    @cached_property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @cached_property
    def usual_hours(self) -> Hours:
        """The hours of the first working weekday, which make-up days borrow."""
        return next(hours for hours in self.weekly if hours)

    @cached_property
    def usual_day(self) -> int:
        """Working seconds of a usual day: what one day of `wdN:elapsed` is worth."""
        return sum(end - start for start, end in map(_seconds_of_day, self.usual_hours))

    def pattern(self, day: date) -> Hours:
        """The hours of a day on the wall."""
        if day in self.extra_working_days:
            return self.usual_hours
        return () if day in self.holidays else self.weekly[day.weekday()]

    def reason(self, day: date) -> str:
        """Why a day differs from an ordinary working day, for explanations; empty when it does not."""
        if day in self.extra_working_days:
            return "extra working day (调休)"
        if day in self.holidays:
            return f"{self.holidays[day]}, skipped"
        return "" if self.weekly[day.weekday()] else f"{WEEKDAYS[day.weekday()]}, skipped"

    def promised(self, first: date, last: date) -> bool:
        """Whether the holidays of all these days are published."""
        return first >= (self.published_from or date.min) and last <= (self.published_through or date.max)

    def day_of(self, at: datetime) -> date:
        """The site's day at this moment."""
        return at.astimezone(self.tz).date()

    def second(self, day: date, at: time = time.min) -> int:
        """The first UTC second at which the site's clock has reached this wall time."""
        if not _FIRST <= day <= _LAST:
            raise ValueError(f"{day}: {OUT_OF_REACH}")
        wall = datetime.combine(day, at)
        naive = (wall - _EPOCH_ON_THE_WALL) // timedelta(seconds=1)
        before, after = (_offset(wall.replace(tzinfo=self.tz, fold=fold)) for fold in (0, 1))
        if before >= after:  # plain, or comes twice: the first time
            return naive - before
        skipped = range(naive - after, naive - before + 1)  # the clock jumps over this wall time somewhere in here
        return skipped[bisect_left(skipped, True, key=lambda s: _offset(datetime.fromtimestamp(s, self.tz)) != before)]

    @cached_property
    def hours(self) -> Callable[[date], tuple[tuple[int, int], ...]]:
        """The hours of a day in UTC seconds; empty when it is free (or, as on Samoa's 30 December 2011, never came)."""
        return lru_cache(maxsize=1024)(self._hours)

    @cached_property
    def span(self) -> Callable[[int], Span]:
        """The working time in span k, which begins at second k * 2**25. Built when asked for; the last 32 are kept."""
        return lru_cache(maxsize=32)(self._span)

    def _hours(self, day: date) -> tuple[tuple[int, int], ...]:
        tomorrow = day + _ONE_DAY
        walls = ((self.second(day, s), self.second(day if s < e else tomorrow, e)) for s, e in self.pattern(day))
        return tuple((opens, closes) for opens, closes in walls if opens < closes)

    def _span(self, k: int) -> Span:
        begin, end = k << SPAN, min((k + 1) << SPAN, BEYOND)
        if not 0 <= begin < end:
            raise ValueError(OUT_OF_REACH)
        first, last = (EPOCH.date() + timedelta(days=second // DAY) for second in (begin, end))
        days = (first + timedelta(days=i) for i in range(-3, (last - first).days + 3))
        every = (each for day in days for each in self._hours(day))
        within = [(max(opens, begin), min(closes, end)) for opens, closes in every if opens < end and begin < closes]
        *before, total = accumulate((closes - opens for opens, closes in within), initial=0)
        return Span([opens for opens, _ in within], [closes for _, closes in within], before, total)


def _offset(at: datetime) -> int:
    offset = at.utcoffset()
    assert offset is not None
    return offset // timedelta(seconds=1)


def _seconds_of_day(interval: Interval) -> tuple[int, int]:
    start, end = (each.hour * 3600 + each.minute * 60 + each.second for each in interval)
    return start, end if start < end else end + DAY


def _overlap(one: Hours, next_day: Hours) -> bool:
    return bool(one and next_day) and _seconds_of_day(one[-1])[1] - DAY > _seconds_of_day(next_day[0])[0]


def _refuse_unknown_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as cause:  # OSError: "Europe" is a directory
        raise ValueError(f"unknown time zone {zone!r}") from cause


def _refuse_impossible_week(week: Week) -> None:
    if len(week) != len(WEEKDAYS):
        raise ValueError(f"a week has 7 days, Monday to Sunday, not {len(week)}")
    if not any(week):
        raise ValueError("a week without working time: no deadline would ever come")
    for name, hours in zip(WEEKDAYS, week, strict=True):
        _refuse_impossible_times(name, (each for interval in hours for each in interval))
        for one, following in pairwise(map(_seconds_of_day, hours)):
            if following[0] < one[1]:
                raise ValueError(f"{name}: intervals overlap or are out of order")
    for i, name in enumerate(WEEKDAYS):
        if _overlap(week[i - 1], week[i]):
            raise ValueError(f"{name}: begins before the hours of the day before are over")


def _refuse_impossible_times(weekday: str, times: Iterable[time]) -> None:
    for each in times:
        if each.tzinfo is not None:
            raise ValueError(f"{weekday}: {each} carries a zone; hours are the site's wall time")
        if each.microsecond:
            raise ValueError(f"{weekday}: {each} is finer than a second")


COMPANY = "company"
"""The calendar of this name holds for every site that has none of its own."""
ALWAYS = WorkCalendar(id="always", version=1, zone="UTC", weekly=(((time.min, time.min),),) * 7)
