"""One complaint from receipt to close over HTTP, looked at from every side on the way."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from tests import checker
from tests.house import RunningHouse
from tests.journeys.people import WAY, People, head

PICTURE = b"\x89PNG\r\n\x1a\n" + b"half of the screen" * 100


@pytest.mark.requirement("S0-02")
def test_a_complaint_goes_from_receipt_to_close(house: RunningHouse, people: People) -> None:
    received = people.zhou.post("/intake/complaints", {
        "site": "sz", "channel": "telephone", "description": "花屏，开机五分钟后", "language": "zh", "customer_name": "张伟",
        "product_model": "ABC-2000",
    })  # fmt: skip
    assert received.status_code == 201
    told = received.json()
    assert told["case_no"].startswith("SZ-") and told["version"] == 1
    case = people.case()
    assert case.sees()["stage"] == "received"

    case.acknowledge()
    case.contact(occurred_at=datetime.now(UTC).isoformat(), backdate_reason="noted after the call")
    stored = people.zhou.http.post("/files", content=PICTURE, headers={"content-type": "image/png"})
    assert stored.json() == {
        "sha256": hashlib.sha256(PICTURE).hexdigest(),
        "bytes": len(PICTURE),
        "media_type": "image/png",
    }
    evidence = case.attach(stored.json()["sha256"], len(PICTURE))
    case.register()
    case.classify()
    case.assign()
    case.investigate()
    case.find_cause(evidence)
    planned = case.plan()
    case.does(people.chen, "capa", "submit-action-plan")
    assert case.refused(people.chen, "capa", "complete-action", action_id=planned, result="done")["rule"] == "G-ACTION"
    case.approve()
    case.complete()
    assert case.sees()["stage"] == "verifying"
    case.verify()
    case.close()

    seen = case.sees()
    assert (seen["stage"], seen["cycle"], seen["site"]) == ("closed", 1, "sz")
    state = seen["state"]
    assert state["root_cause"]["five_whys"][0]["evidence"] == [evidence]
    assert state["evidence"][evidence]["file"]["name"] == "screen.png"
    assert state["actions"][planned]["status"] == "effective"
    assert state["actions"][planned]["doers"] == [people.wang.id]
    assert people.owner.get(f"/files/{stored.json()['sha256']}").content == PICTURE
    by_number = people.owner.sees(f"/audit/complaints/{seen['case_no']}")
    assert by_number["complaint_id"] == case.id
    assert {clock["status"] for clock in case.clocks().values()} == {"met"}
    checker.check(house.home, house.nats("relay"), people.owner.sees)


def test_nobody_judges_their_own_work(people: People) -> None:
    case = people.case_at("planning")
    case.plan()
    case.does(people.zhao, "capa", "submit-action-plan")
    assert case.refused(people.zhao, "capa", "approve-action-plan")["rule"] == "G-SOD"
    other = people.case_at("plan_review")
    other.approve()
    (action,) = other.actions("approved")
    other.does(people.sun, "capa", "complete-action", action_id=action, result="done")
    refused = other.refused(
        people.sun, "capa", "verify-effect", action_ids=[action], effective=True, method="looked at it"
    )
    assert refused["rule"] == "G-SOD" and "somebody else" in refused["way_out"]


def test_each_step_stands_on_the_right_worklist_and_on_the_board(people: People) -> None:
    awaited = {
        "received": ("intake", "acknowledge"), "registered": ("triage", "classify"), "triaged": ("triage", "assign"),
        "assigned": ("capa", "start_investigation"), "investigating": ("capa", "root_cause"), "planning": ("capa", "plan"),
        "plan_review": ("capa", "approve_plan"), "implementing": ("capa", "actions"), "verifying": ("capa", "verify"),
        "closing": ("capa", "close"),
    }  # fmt: skip
    case = people.case()
    seen = set[str]()
    for step, stage in WAY:
        step(case)
        last = head(people.owner)
        (row,) = [
            item
            for item in people.owner.sees(
                "/insight/complaints", site="sz", stage=stage, limit=1_000, after_position=last
            )["items"]
            if item["complaint_id"] == case.id
        ]
        assert row["stage"] == stage
        if stage in awaited and stage not in seen:
            service, awaits = awaited[stage]
            items = people.owner.sees(f"/{service}/worklist", site="sz", limit=1_000, after_position=last)["items"]
            assert [item["awaits"] for item in items if item["complaint_id"] == case.id] == [awaits]
        seen.add(stage)
    for service in ("intake", "triage", "capa"):
        items = people.owner.sees(f"/{service}/worklist", limit=1_000, after_position=head(people.owner))["items"]
        assert case.id not in {item["complaint_id"] for item in items}


def test_a_case_can_be_seen_as_it_was_as_it_was_known_and_as_it_had_happened(people: People) -> None:
    now = datetime.now(UTC)
    case = people.case(occurred_at=(now - timedelta(hours=5)).isoformat(), backdate_reason="taken down on paper")
    case.acknowledge()
    known_before_the_call = case.sees()
    before = datetime.now(UTC)
    called = now - timedelta(hours=3)
    case.contact(occurred_at=called.isoformat(), backdate_reason="noted after the shift")
    after = case.sees()

    assert case.sees(version=1)["version"] == 1
    assert case.sees(version=2)["state"] == known_before_the_call["state"]
    assert case.sees(version=3)["state"] == after["state"]
    assert people.owner.get(f"/audit/complaints/{case.id}", version=9).status_code == 404

    as_known = case.sees(as_of=before.isoformat())
    assert as_known["state"]["first_contact_at"] is None and as_known["state"]["acknowledged_at"] is not None
    as_happened = case.sees(happened_by=(now - timedelta(hours=1)).isoformat())
    assert as_happened["state"]["first_contact_at"] is not None and as_happened["state"]["acknowledged_at"] is None
    assert (
        people.owner.get(f"/audit/complaints/{case.id}", happened_by=(now - timedelta(hours=6)).isoformat()).status_code
        == 404
    )
    assert people.owner.get(f"/audit/complaints/{case.id}", version=1, as_of=before.isoformat()).status_code == 422


def test_the_timeline_tells_it_in_both_languages(people: People) -> None:
    case = people.case_at("planning")
    case.plan()
    told = people.owner.sees(f"/audit/complaints/{case.id}/timeline", after_position=case.position)["entries"]
    of_case = [entry for entry in told if entry["stream"] == f"complaint-{case.id}"]
    assert [entry["version"] for entry in of_case] == list(range(1, len(of_case) + 1))
    assert [entry["position"] for entry in told] == sorted({entry["position"] for entry in told})
    for entry in told:
        assert entry["says"]["en"] and entry["says"]["zh"] and entry["says"]["en"] != entry["says"]["zh"]
        assert "{" not in entry["says"]["en"] + entry["says"]["zh"]
    assigned = next(entry for entry in told if entry["type"] == "Assigned")
    assert assigned["says"] == {"en": "Assigned to Chen Jie, quality", "zh": "分派给Chen Jie（质量）"}
    assert assigned["actor"] == people.chen.id and assigned["service"] == "triage"
