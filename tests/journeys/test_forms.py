"""Forms when every part is a process of its own: the page's process records, all others hear of it."""

from __future__ import annotations

import re

from tests.house import until
from tests.journeys.people import People
from tests.services.console.clerk import Clerk


def test_a_command_from_a_page_is_seen_by_every_part(split_people: People):
    clerk = Clerk.of(split_people.house, split_people.zhou)
    done = clerk.opens("/new").sends(site="sz", channel="email", description="It smells of smoke")
    assert "Recorded. Received as" in done.says
    (case_no,) = re.findall(r"/cases/(SZ-[0-9-]+)\?told=", str(done.answer.url))
    acknowledged = clerk.opens(f"/cases/{case_no}/do/acknowledge").sends(channel="email")
    assert "Receipt acknowledged by e-mail" in acknowledged.says

    def clock_is_met() -> bool:
        clocks = split_people.owner.sees(f"/audit/complaints/{case_no}")["clocks"]
        return any(clock["clause"] == "acknowledgement" and clock["status"] == "met" for clock in clocks)

    until(clock_is_met, "the watcher has heard of it")
