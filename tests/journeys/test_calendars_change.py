"""A calendar changes while promises run: they are counted again, explain themselves, and go by another policy when told to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from shared.policy.shipped import text_of
from tests.house import RunningHouse, running_house, until

SHANGHAI = ZoneInfo("Asia/Shanghai")


def due(house: RunningHouse, clock: str) -> str:
    """When a promise of the only case is due."""
    return next(each["due_at"] for each in clocks(house) if each["clock_id"] == clock)


def clocks(house: RunningHouse) -> list[dict[str, Any]]:
    """Those of cases; what the site owes by itself is another matter."""
    position = house.owner.sees("/audit/head")["position"]
    items = house.owner.sees("/sla-watch/clocks", after_position=position)["items"]
    return [item for item in items if item["complaint_id"] is not None]


def chapters(house: RunningHouse, case: str, clock: str) -> list[dict[str, Any]]:
    found = house.owner.sees(f"/sla-watch/complaints/{case}/explanation", clock=clock)
    return found["items"][0]["chapters"]


def test_running_promises_follow_the_calendar_and_say_why(tmp_path: Path) -> None:
    with running_house(tmp_path) as house:
        said = house.owner.does("/intake/complaints", site="sz", channel="email", description="The screen is garbled")
        case = said["complaint_id"]
        until(lambda: clocks(house), "its promises run")
        was = due(house, "closure/1")
        last = datetime.fromisoformat(was).astimezone(SHANGHAI)

        day = str(last.date())
        house.owner.does(
            "/sla-watch/calendars/sz/amend-calendar", reason="power cut", now_free=[{"day": day, "name": "power cut"}]
        )
        moved = until(lambda: due(house, "closure/1") != was and due(house, "closure/1"), "the amendment moved it")
        assert datetime.fromisoformat(moved) >= datetime.fromisoformat(was) + timedelta(days=1)
        first, second = chapters(house, case, "closure/1")
        assert (first["calendar"], second["calendar"], second["due"]) == ("sz@1", "sz@2", moved)
        assert first["agrees"] and second["agrees"] and second["because"] == "calendar published"
        assert any(step["day"] == day and "power cut" in step["rule"] for step in second["steps"])
        early = [each for each in clocks(house) if each["clock_id"] == "first_response/1"]
        assert early[0]["calendar"] == "sz@1", "what no calendar measures does not move"

        house.owner.does(
            "/sla-watch/calendars", calendar="nights", zone="Asia/Shanghai", holidays=[], weekly=["mon-sun 20:00-04:00"]
        )
        house.owner.does("/sla-watch/sites/sz/assign-calendar", calendar="nights", reason="night shift from now on")
        by_night = until(
            lambda: due(house, "closure/1") != moved and due(house, "closure/1"), "the other calendar moved it"
        )
        assert f"{datetime.fromisoformat(by_night).astimezone(SHANGHAI):%H:%M}" == "04:00"
        listed = {each["calendar"]: each["sites"] for each in house.owner.sees("/sla-watch/calendars")["items"]}
        assert listed == {"nights": ["sz"], "sz": []}
        assert house.owner.sees("/sla-watch/calendars/sz", edition=1)["edition"] == 1


def test_promises_stay_as_they_were_made_until_somebody_migrates_them(tmp_path: Path) -> None:
    with running_house(tmp_path) as house:
        house.owner.does("/intake/complaints", site="sz", channel="email", description="The screen is garbled")
        until(lambda: clocks(house), "its promises run")
        before = {each["clock_id"]: each["due_at"] for each in clocks(house)}
        for pack in ("pack-base", "pack-s1"):
            house.owner.does("/sla-watch/policies", text=text_of(pack))
        house.owner.does("/sla-watch/sites/sz/activate-policy", pack="pack-s1")
        assert {each["clock_id"]: each["due_at"] for each in clocks(house)} == before, "pinned"
        now = datetime.now(UTC)
        house.owner.does("/sla-watch/sites/sz/migrate-policy", reason="agreed with the customer")
        until(
            lambda: any(each["due_at"] != before.get(each["clock_id"]) for each in clocks(house)),
            "the migration moved them",
        )
        moved = next(each for each in clocks(house) if each["clock_id"] == "first_response/1")
        assert moved["target"] == "PT8H" and datetime.fromisoformat(moved["due_at"]) < now + timedelta(hours=9)
