"""What a fact leads to: which cases are asked to compute their promises again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from services.sla_watch.calendars import calendar_published
from services.sla_watch.reactions import asks
from shared.clocks.calendars import COMPANY
from shared.complaint.state import Complaint
from shared.events.calendars import CalendarAmended
from shared.events.organisation import CalendarAssigned
from shared.kernel.fact import Event, Fact
from tests.facts import MONDAY, Log, OneSite


class Two:
    """Two cases run at the site that a fact concerns."""

    def case_at(self, fact: Fact[Any]) -> Complaint:
        raise AssertionError("no fact of a case")

    def later_than(self, fact: Fact[Any]) -> Sequence[Fact[Any]]:
        return ()

    def sites_of(self, fact: Fact[Any]) -> Iterable[str]:
        return ["sz"]

    def before(self, fact: Fact[Any]) -> Sequence[Fact[Any]]:
        return ()

    def running_at(self, fact: Fact[Any]) -> Iterable[tuple[str, str]]:
        return [("one", "sz"), ("two", "sz")]


FIRST = calendar_published(OneSite.week_days)


@pytest.mark.parametrize(
    ("stream", "event"),
    [
        ("calendar-cn-std", FIRST),
        (f"calendar-{COMPANY}", FIRST.model_copy(update={"calendar": COMPANY})),
        ("calendar-cn-std", FIRST.model_copy(update={"edition": 2})),
        ("calendar-cn-std", CalendarAmended(calendar="cn-std", edition=2, reason="a power cut", tzdb="2026a")),
        ("site-sz", CalendarAssigned(site="sz", calendar="cn-std", was="x", reason="moved")),
    ],
    ids=["first edition", "the company's first", "second edition", "amended", "given to a site"],
)
def test_whatever_changes_working_time_counts_running_promises_again(stream: str, event: Event):
    """The first edition too: until it came, sites that name it worked by the company's calendar, or around the clock."""
    asked = [ask.stream for ask in asks(Log().append(stream, event, MONDAY, site="sz"), Two())]
    assert asked == ["clocks-one", "clocks-two", "duties-sz"]
