"""Notices out of a real house: over kill -9, restarts and rebuilds; in a process of their own; at night and at weekends."""

from __future__ import annotations

import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.house import RunningHouse, running_house, until
from tests.journeys.people import Case, People, head
from tests.receivers import MailBox, mail_server, web_hook

AT_ONCE = "\n[sending]\nfirst_retry_s = 0.05\n"


def settle(house: RunningHouse, text: str) -> None:
    path = house.home / "notify.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)


def reachable(house: RunningHouse, name: str, role: str, address: str) -> str:
    """Somebody with an e-mail address and a role."""
    owner = house.owner
    id = owner.does("/intake/people", name=name, email=address)["person"]
    owner.does(f"/intake/people/{id}/grant-role", role=role, site="sz")
    return id


def grave(people: People) -> Case:
    """A case of rank 1, just classified."""
    case = people.case_at("registered")
    body = {"category": "hardware_failure", "grade": "P1", "rank": "1", "basis": "confirmed", "reason": "smoke"}
    case.does(people.chen, "triage", "classify", **body)
    return case


def outbox(house: RunningHouse, **query: Any) -> dict[str, Any]:
    """What it shows once it is level; as long as it is not, it says "try again", and a mail that goes out may take its time."""
    level = until(
        lambda: (
            (answer := house.owner.get("/notify/outbox", after_position=head(house.owner), **query)).status_code != 503
            and answer
        ),
        "the outbox is level",
    )
    assert level.is_success, level.text
    return level.json()


def test_killed_between_sending_and_noting_it_is_sent_once_more_and_then_never_again(tmp_path: Path):
    with mail_server() as box, running_house(tmp_path) as house:
        settle(house, box.settings() + AT_ONCE)
        people = People.of(house)
        reachable(house, "Boss", "quality_head", "boss@example.com")
        box.hold.clear()
        case = grave(people)
        until(lambda: box.mails, "the server has taken the mail and not said so yet")
        house.kill()
        box.hold.set()
        house.start()
        until(lambda: outbox(house, state="sent")["items"], "it is sent")
        first, second = box.mails
        assert first["Message-ID"] == second["Message-ID"]
        assert case.sees()["case_no"] in first["Subject"]

        house.stop()
        house.start()
        assert house.owner.does("/notify/read-models/outbox/rebuild")["rebuilt"] == "outbox"
        house.stop()
        for left in (house.home / "read").iterdir():
            left.unlink()
        house.start()
        grave(people)
        until(lambda: len(outbox(house, state="sent")["items"]) == 2, "what is new is sent")
        assert len(box.mails) == 3 and len({mail["Message-ID"] for mail in box.mails}) == 2


def test_a_house_in_parts_tells_people_too_shows_no_secret_in_its_outbox_and_stops_with_all_its_parts(tmp_path: Path):
    with mail_server() as box, web_hook() as hook, running_house(tmp_path, split=True) as house:
        settle(house, box.settings() + f'\n[[channel]]\nname = "room"\nrole = "quality_head"\nurl = "{hook.url}"\n')
        boss = reachable(house, "Boss", "quality_head", "boss@example.com")
        grave(People.of(house))
        until(lambda: box.mails and hook.posted, "both are told")
        until(lambda: len(outbox(house, state="sent")["items"]) == 2, "and noted")
        told = house.owner.get("/notify/outbox").text
        assert "secret" not in told and "boss@example.com" not in told and "张三" not in told
        tried = house.owner.does("/notify/test", to=boss)["items"]
        assert [(one["via"], one["sent"]) for one in tried] == [("email", True)]
        assert box.mails[-1]["Subject"] == "Casetrail: a test · 测试"
        assert house.owner.post("/notify/test", {"to": "nobody"}).status_code == 404
        stranger = house.person("Stranger", "customer_service")
        assert stranger.post("/notify/test", {"to": boss}).status_code == 403
        the_supervisor_stops_its_parts(house)


def the_supervisor_stops_its_parts(house: RunningHouse) -> None:
    """Here, because a house in parts takes longest to start, and this one has done its work."""
    assert len(house.children()) == 10  # nine parts and nats-server
    print(f"SIGTERM took {house.stop(signal.SIGTERM):.2f} s")
    until(lambda: not house.children(), "all parts are gone", 1)


def test_in_simulated_time_the_weekend_passes_before_anybody_is_told(tmp_path: Path):
    friday_evening = datetime(2026, 3, 6, 11, 0, tzinfo=UTC)  # seven o'clock in Shenzhen
    with mail_server() as box, running_house(tmp_path, simulated=friday_evening) as house:
        settle(house, box.settings())
        people = People.of(house)
        ana = reachable(house, "Ana", "quality_engineer", "ana@example.com")
        case = people.case_at("triaged")
        case.does(people.chen, "triage", "assign", owner=ana, department="logistics")
        (waiting,) = [one for one in outbox(house, state="waiting")["items"] if one["template"] == "assigned"]
        assert waiting["ready_at"].startswith("2026-03-09T00:30:00"), "Monday at half past eight in Shenzhen"
        advance(house, "2026-03-08T12:00:00+00:00")
        assert subjects(box) == []
        advance(house, "2026-03-09T00:30:01+00:00")
        until(lambda: subjects(box), "it is Monday")
        assert subjects(box) == [f"〔模拟〕{case.sees()['case_no']}：已分派给您"]


def advance(house: RunningHouse, to: str) -> None:
    house.owner.does("/sla-watch/simulation/advance", to=to)
    house.ready()
    outbox(house)


def subjects(box: MailBox) -> list[str]:
    """What Ana was told of her own cases; promises that time has broken are another matter."""
    return [mail["Subject"] for mail in box.mails if mail["Subject"].endswith("已分派给您")]
