"""A case told day by day: who did what on which working day, at what time on the wall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from services.demo.organisation import DemoSite, Hours, Staff
from services.demo.scenario import RECEIVE, Step, path
from shared.clocks.calendars import WorkCalendar

LONGEST = 210
"""Days from the first to the last that a diary has."""
ORDINARY = (0, 1, 2, 3, 4, 7, 8, 9, 10, 11)
"""Days from the first Monday on that are all worked, so that what is told to happen on the next day does."""


@dataclass
class Diary:
    """Writes one case of one site down, step by step. Day 1 is a Monday, the first of two ordinary weeks."""

    case: str
    site: DemoSite
    days: Sequence[date]
    """The working days."""
    steps: list[Step] = field(default_factory=list[Step])

    @classmethod
    def begun(cls, case: str, site: DemoSite, begins: datetime, hours: Hours) -> Diary:
        """With the first such Monday after an instant."""
        return cls(case, site, _working_days(hours.office, begins.astimezone(site.tz).date()))

    def beside(self, case: str, site: DemoSite | None = None) -> Diary:
        """Another case on the same days, at another site if one is named."""
        return Diary(case, site or self.site, self.days)

    def at(self, day: int, clock: str) -> datetime:
        """The n-th working day at a time on the wall, with seconds that look like life."""
        return self.minute(day, clock) + timedelta(seconds=(day * 37 + len(self.steps) * 11) % 57)

    def minute(self, day: int, clock: str) -> datetime:
        """The same to the minute, as people agree on it."""
        local = datetime.combine(self.days[day - 1], time.fromisoformat(clock), self.site.tz)
        return local.astimezone(UTC)

    def date(self, day: int) -> str:
        """The n-th working day."""
        return self.days[day - 1].isoformat()

    def week_ends(self, first: int, last: int) -> list[int]:
        """The days from one to another that are the last working day of a week, Friday at the latest."""
        upto_friday = {each.isocalendar()[:2]: n for n, each in enumerate(self.days, 1) if each.weekday() <= 4}
        return [n for n in sorted(upto_friday.values()) if first <= n <= last]

    def within(self, day: int, days: int) -> int:
        """The last working day that comes at most so many days after another one."""
        until = self.days[day - 1] + timedelta(days=days)
        return sum(each <= until for each in self.days)

    def years_from(self, day: int, years: int) -> str:
        """The end of the year that comes so many years after a working day."""
        return f"{self.days[day - 1].year + years}-12-31"

    def before(self, days: int) -> date:
        """So many days before the first one."""
        return self.days[0] - timedelta(days=days)

    def id(self, post: str) -> str:
        """Who holds a post of the site."""
        return self.site.one(post).id

    def write(
        self, day: int, clock: str, who: str | Staff, door: str, *, refused: str | None = None, **body: Any
    ) -> None:
        """One command; `occurred_at` as (day, clock) when it is recorded late, `refused` when a rule forbids it."""
        if "occurred_at" in body:
            body["occurred_at"] = self.at(*body["occurred_at"]).replace(microsecond=0)
        service, _, command = door.partition("/")
        where = RECEIVE if command == "receive" else path(service, command)
        actor = who.key if isinstance(who, Staff) else self.site.one(who).key
        number = len(self.steps) + 1
        self.steps.append(Step(self.at(day, clock), self.case, number, actor, where, body, refused))


def _working_days(calendar: WorkCalendar, after: date) -> list[date]:
    def works(day: date) -> bool:
        return bool(calendar.pattern(day))

    day = after + timedelta(days=1)
    while day.weekday() or not all(works(day + timedelta(days=n)) for n in ORDINARY):
        day += timedelta(days=1)
    return [each for each in (day + timedelta(days=n) for n in range(LONGEST)) if works(each)]
