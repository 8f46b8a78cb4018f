"""A site owes digests and reviews in a running house: they begin with its policy, are kept, and begin anew."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from shared.policy.shipped import text_of
from tests.house import RunningHouse, running_house, until

DIGEST = "daily_digest:2026-03-02/1"
ALWAYS = ["mon-sun 00:00-00:00"]


def owed(house: RunningHouse) -> dict[str, dict[str, Any]]:
    """What the site owes now, by duty."""
    position = house.owner.sees("/audit/head")["position"]
    items = house.owner.sees("/sla-watch/clocks", state="running", after_position=position)["items"]
    return {item["clause"]: item for item in items if item["complaint_id"] is None}


def test_digests_and_reviews_come_round(tmp_path: Path) -> None:
    with running_house(tmp_path) as house:
        owner = house.owner
        # Somebody works around the clock, so that the test does not depend on the hour at which it runs.
        owner.does("/sla-watch/calendars", calendar="always-on", zone="Asia/Shanghai", holidays=[], weekly=ALWAYS)
        owner.does("/sla-watch/sites/sz/assign-calendar", calendar="always-on", reason="for this test")
        for pack in ("pack-base", "pack-s3", "pack-s4"):
            owner.does("/sla-watch/policies", text=text_of(pack))
        owner.does("/sla-watch/sites/sz/activate-policy", pack="pack-s3")
        duties = until(lambda: len(found := owed(house)) == 4 and found, "what the policy asks for is owed")
        assert set(duties) == {"daily_digest", "friday_progress", "monday_review", "quarterly_review"}
        assert duties["daily_digest"]["site"] == "sz" and duties["daily_digest"]["case_no"] == ""

        case = owner.does("/intake/complaints", site="sz", channel="email", description="The screen is garbled")
        answer = owner.does("/sla-watch/sites/sz/publish-digest", kind="daily_digest", note="one call")
        digest = next(event for event in answer["events"] if event["type"] == "DigestPublished")
        counts = {one["of"]: one["times"] for one in digest["counts"]}
        assert counts["Received"] == counts["Received.channel.email"] == 1
        assert digest["cases"] == [case["complaint_id"]]
        told = json.dumps({"counts": counts, "cases": digest["cases"]}, sort_keys=True, ensure_ascii=False).encode()
        assert digest["sha256"] == hashlib.sha256(told).hexdigest()
        shown = owner.sees("/sla-watch/sites/sz/duties", language="zh")
        assert [one["sha256"] for one in shown["digests"]] == [digest["sha256"]]
        assert shown["digests"][0]["by"] == owner.sees("/intake/me")["person"]
        assert owner.sees("/sla-watch/sites/sz/duties", digests=0)["digests"] == []
        why = {one["clock"]: one["chapters"] for one in owner.sees("/sla-watch/sites/sz/duties")["items"]}
        (chapter,) = why[duties["monday_review"]["clock_id"]]
        assert chapter["due"] == duties["monday_review"]["due_at"] and chapter["agrees"]
        assert chapter["calendar"] == "always-on@1" and "Monday" in chapter["allowed"]
        kept = duties["daily_digest"]["clock_id"]
        assert kept not in why
        ended = owner.sees("/sla-watch/sites/sz/duties", ended=True)["items"]
        assert {one["clock"]: one["status"] for one in ended}[kept] == "met"
        assert owner.sees("/sla-watch/sites/sz/duties", clock=kept)["items"][0]["status"] == "met"
        assert owner.get("/sla-watch/sites/sz/duties", clock="nothing/1").status_code == 404
        assert owner.get("/sla-watch/sites/dd/duties").status_code in (403, 404)
        again = until(
            lambda: (
                (found := owed(house).get("daily_digest"))
                and found["clock_id"] != duties["daily_digest"]["clock_id"]
                and found
            ),
            "the next digest is owed",
        )
        assert again["starts_at"] == duties["daily_digest"]["due_at"] < again["due_at"]
        own = owner.sees("/sla-watch/clocks", complaint=case["case_no"] if "case_no" in case else case["complaint_id"])
        assert {item["complaint_id"] for item in own["items"]} == {case["complaint_id"]}, (
            "what the site owes is no case's"
        )
        assert "nobody_holds" in owner.sees("/sla-watch/sites/sz/policy")
        twice = owner.post("/sla-watch/sites/sz/publish-digest", {"kind": "daily_digest"})
        assert twice.status_code == 409 and twice.json()["rule"] == "G-DIGEST"
        never = owner.post("/sla-watch/sites/sz/publish-digest", {"kind": "weekly_costs"})
        assert never.status_code == 409 and "CL-COST-W" in never.json()["way_out"]

        quarter = duties["quarterly_review"]["clock_id"]
        owner.does("/sla-watch/sites/sz/activate-policy", pack="pack-s4")
        until(lambda: "monthly_review" in owed(house), "the other policy asks for a monthly review")
        ended = {one["clock_id"]: one["status"] for one in owner.sees("/sla-watch/clocks", limit=1000)["items"]}
        assert ended[quarter] == "cancelled"


def test_what_nobody_kept_is_taken_on_by_whom_it_climbed_to(tmp_path: Path) -> None:
    with running_house(tmp_path, simulated=datetime.fromisoformat("2026-03-02T08:00:00+08:00")) as house:
        owner = house.owner
        for pack in ("pack-base", "pack-s3"):
            owner.does("/sla-watch/policies", text=text_of(pack))
        owner.does("/sla-watch/sites/sz/activate-policy", pack="pack-s3")
        supervisor, clerk = house.person("Lin", "service_supervisor"), house.person("Zhou", "customer_service")
        house.ready()
        owner.does("/sla-watch/simulation/advance", to="2026-03-02T17:30:00+08:00")
        house.ready()
        path = "/sla-watch/sites/sz/acknowledge-duty-escalation"
        wish = {"clock_id": DIGEST, "decision": "I do it today"}
        no = clerk.post(path, wish)
        assert (no.status_code, no.json()["rule"]) == (409, "G-ESCALATION")
        assert "service_supervisor" in no.json()["way_out"]
        assert clerk.post("/sla-watch/sites/dd/acknowledge-duty-escalation", wish).status_code == 404
        answer = supervisor.post(path, wish)
        assert answer.status_code == 201 and answer.json()["events"][0]["type"] == "EscalationAcknowledged"
        assert supervisor.post(path, wish).status_code == 409, "once is enough"

        owner.does("/sla-watch/simulation/advance", to="2026-03-04T12:00:00+08:00")
        house.ready()
        late = {item["clock_id"]: item for item in owner.sees("/sla-watch/clocks", state="breached")["items"]}
        assert (late[DIGEST]["level"], late[DIGEST]["acknowledged"]) == (1, True), "it climbs no further"
        assert late["monday_review:2026-W10/1"]["level"] > 1, "unlike what nobody took on"
