"""A company of the demonstration that goes by one of the shipped packs, and the case that shows how it works."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.demo.diary import Diary
from services.demo.organisation import DemoSite, Hours, Staff
from services.demo.scenario import Step
from shared.events.organisation import Role

Tells = Callable[[Diary], list[Step]]
"""Writes down the main case, and whatever other case belongs to its story."""


@dataclass(frozen=True)
class Procedure:
    """One source procedure as a company lives it."""

    case: str
    """The key of its main case."""
    site: DemoSite
    shows: str
    """What is worth looking at in it, in one line."""
    days_before: int
    """So many days before the demonstration ends its story begins, which is long enough for it to end."""
    tell: Tells

    def begins(self, until: datetime) -> datetime:
        """When its story begins, and its site goes by its pack."""
        return until - timedelta(days=self.days_before)

    def steps(self, until: datetime, hours: Hours) -> list[Step]:
        """Every step of its story, in order."""
        diary = Diary.begun(self.case, self.site, self.begins(until), hours)
        return list(_numbered(sorted(self.tell(diary), key=lambda step: step.at)))


def _numbered(steps: Iterable[Step]) -> Iterator[Step]:
    """What goes on side by side is written one after the other, and numbered in the order in which it happens."""
    counts: Counter[str] = Counter()
    for step in steps:
        counts[step.case] += 1
        yield replace(step, number=counts[step.case])


def company(
    code: str, title: str, zone: str, language: str, pack: str, *people: tuple[str, str, tuple[Role, ...]]
) -> DemoSite:
    """A site with its people: post, name, roles."""
    staff = tuple(Staff(f"{code}-{post}", name, code, roles) for post, name, roles in people)
    return DemoSite(code, title, zone, language, {language: 1}, staff, pack)
