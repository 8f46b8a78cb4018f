"""Editions of a calendar: published anew only when they say something new."""

from datetime import datetime, timedelta

import pytest

from services.sla_watch.calendars import decide_calendar
from shared.clocks.calendars import WorkCalendar
from shared.clocks.published import fold_calendar
from shared.kernel.errors import Refused
from shared.kernel.fact import Actor, Event, Occasion
from tests.facts import MONDAY, Log


def published(known: WorkCalendar | None, at: datetime) -> WorkCalendar:
    occasion = Occasion(Actor("p-owner"), at, at, "k", "k")
    [event] = decide_calendar(known, "cn-std", "Asia/Shanghai", occasion)
    assert isinstance(event, Event)
    edition = fold_calendar(known, Log().append("calendar-cn-std", event, at))
    assert edition is not None
    return edition


def test_an_edition_that_says_nothing_new_is_refused_and_the_next_year_is_news():
    first = published(None, MONDAY)
    with pytest.raises(Refused) as no:
        published(first, MONDAY + timedelta(days=1))
    assert no.value.rule == "G-CALENDAR"
    assert published(first, MONDAY + timedelta(days=366)).version == 2
